"""When tags were outside their limits in a window."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from data import queries
from data.analysis import Checks, excursions
from data.queries import Tag
from data.windows import EPOCH


@dataclass(frozen=True, slots=True)
class Excursions:
    """The excursions of tags.

    Parameters
    ----------
    frame : see `excursions.of_rows`; column tag is the place in `tags`
    sources : the relations that tell of each; empty where a tag has no limit in force
    unchecked : how many buckets of each may lack readings, and were not looked after
    """

    tags: tuple[Tag, ...]
    frame: pd.DataFrame
    sources: tuple[str, ...]
    unchecked: tuple[int, ...]

    def of(self, place: int) -> pd.DataFrame:
        """Return those of one tag."""
        return self.frame[self.frame["tag"] == place].reset_index(drop=True)


def every_excursion(tags: Sequence[Tag], start: datetime, stop: datetime) -> Excursions:
    """Return the excursions of tags in [start, stop); `stop` not past now.

    Raises
    ------
    BadInput
        If there are too many readings of a tag, and no rollup.
    HistorianUnavailable
        If the historian does not answer.
    """
    places = [k for k, tag in enumerate(tags) if has_limits(tag.checks) and start < stop]
    questions = tuple(question_of(tags[place]) for place in places)
    answer = queries.every_excursion.answer(questions, stretch(start, stop))
    if answer.error is not None:
        raise answer.error
    every = answer.value
    sources, unchecked = [""] * len(tags), [0] * len(tags)
    for place, source, count in zip(places, every.sources, every.unchecked, strict=True):
        sources[place], unchecked[place] = source, count
    at = np.array(places, dtype=np.int64)[every.frame["tag"].to_numpy()]
    return Excursions(tuple(tags), every.frame.assign(tag=at), tuple(sources), tuple(unchecked))


def has_limits(checks: Checks) -> bool:
    """Return whether a tag can be outside a limit."""
    return checks.active and any(each is not None for each in checks.limits)


def question_of(tag: Tag) -> queries.OutsideQuestion:
    """Return what readers of a window are asked of a tag."""
    return queries.OutsideQuestion(tag.name, replace(tag.checks, faults=()), tag.period)


def stretch(start: datetime, stop: datetime) -> excursions.Stretch:
    """Return a window in nanoseconds since 1970."""
    first, last = ((each - EPOCH) // timedelta(microseconds=1) * 1_000 for each in (start, stop))
    return excursions.Stretch(first, last)
