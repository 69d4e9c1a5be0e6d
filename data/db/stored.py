"""A stored answer and its age: by two clocks, so that no step of one of them keeps it fresh."""

import math
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar, cast
from uuid import uuid4

import pandas as pd

from data.errors import HistorianUnavailable

R = TypeVar("R")

#: How far the clocks by which two workers write and look may differ [s]; an answer further in the
#: future was written before a clock stepped back.
APART_S = 1.0
#: How long a last good answer stays [s]: with it the pages outlast an outage of an hour.
KEEP_S = 3_600
_STARTED = uuid4().hex


def worker() -> str:
    """Return a name for this process, which no other one has, after a fork neither."""
    return f"{_STARTED}-{os.getpid()}"


class Moment(NamedTuple):
    """When something happened.

    Parameters
    ----------
    time : by the clock of the store [s since 1970]: the wall clock, of a shared one the database's,
        NaN while that is not known
    steady : by the steady clock of the worker [s], which nobody sets
    worker : whose steady clock that is
    """

    time: float
    steady: float
    worker: str


@dataclass(frozen=True, slots=True)
class Stored(Generic[R]):
    """An answer as it is stored.

    Parameters
    ----------
    value : what the reader returned
    read : when it was asked for
    took : how long the reader took [s]
    seconds : how long it may be shared from then on [s]
    """

    value: R
    read: Moment
    took: float
    seconds: float

    def age(self, now: Moment) -> float:
        """Return how old it is [s]: by the later of both clocks; others' steady ones say nothing.

        Of an answer of another worker below 0 where it is of the future, and infinite where no
        clock that both share is known.
        """
        by_time = now.time - self.read.time
        if now.worker != self.read.worker:
            return math.inf if math.isnan(by_time) else by_time
        steady = now.steady - self.read.steady
        return steady if math.isnan(by_time) else max(by_time, steady)

    def is_usable(self, now: Moment) -> bool:
        """Whether it may be shown with its age.

        Not where it is of another worker and of the future, of nobody knows when, or of longer ago
        than a store should hold it.
        """
        return now.worker == self.read.worker or -APART_S <= self.age(now) <= KEEP_S

    def is_fresh(self, now: Moment) -> bool:
        """Whether it may still be shared."""
        return self.is_usable(now) and self.age(now) - self.took < self.seconds


@dataclass(frozen=True, slots=True)
class Answer(Generic[R]):
    """The newest answer there is.

    Parameters
    ----------
    value : what the reader returned
    as_of : when it was read, aware UTC; in a shared store by the database's clock
    error : why there is none newer; None for a fresh answer
    age : how long ago that was [s], by the later of two clocks (`Stored.age`)
    """

    value: R
    as_of: datetime
    error: HistorianUnavailable | None = None
    age: float = 0.0


def copied(value: R) -> R:
    """Return an answer that its receiver may change: pandas copies on write."""
    if isinstance(value, pd.DataFrame | pd.Series):
        return cast(R, value.copy(deep=False))
    return cast(R, dict(value)) if isinstance(value, dict) else value
