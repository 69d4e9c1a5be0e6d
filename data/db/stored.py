"""A stored answer and its age: by two clocks, so that no step of one of them keeps it fresh."""

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
_STARTED = uuid4().hex


def worker() -> str:
    """Return a name for this process, which no other one has, after a fork neither."""
    return f"{_STARTED}-{os.getpid()}"


def store_errors() -> tuple[type[Exception], ...]:
    """Return what a broken shared cache raises; Redis is optional."""
    try:
        from redis.exceptions import RedisError
    except ImportError:
        return (OSError,)
    return (OSError, RedisError)


class Moment(NamedTuple):
    """When something happened.

    Parameters
    ----------
    time : by the clock of the store [s since 1970]: the wall clock, of a shared one the database's
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

        Below 0 for an answer of another worker that is of the future.
        """
        by_time = now.time - self.read.time
        if now.worker != self.read.worker:
            return by_time
        return max(by_time, now.steady - self.read.steady)

    def is_fresh(self, now: Moment) -> bool:
        """Whether it may still be shared."""
        age = self.age(now)
        return age >= -APART_S and age - self.took < self.seconds


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
