"""When tags were outside their limits in a window."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pandas as pd

from data import queries
from data.analysis import Checks, excursions
from data.queries import Tag
from data.windows import EPOCH


@dataclass(frozen=True, slots=True)
class Excursions:
    """The excursions of one tag.

    Parameters
    ----------
    frame : see `excursions.of_rows`
    source : the relations that tell of them; empty where the tag has no limit in force
    """

    tag: Tag
    frame: pd.DataFrame
    source: str


def every_excursion(tags: Sequence[Tag], start: datetime, stop: datetime) -> list[Excursions]:
    """Return the excursions of tags in [start, stop), in their order; `stop` not past now.

    Raises
    ------
    BadInput
        If there are too many readings of a tag, and no rollup.
    HistorianUnavailable
        If the historian does not answer.
    """
    some = [tag for tag in tags if has_limits(tag.checks) and start < stop]
    questions = tuple(question_of(tag) for tag in some)
    answer = queries.every_excursion.answer(questions, stretch(start, stop))
    if answer.error is not None:
        raise answer.error
    found = dict(zip([tag.name for tag in some], answer.value, strict=True))
    none = excursions.none()
    return [
        Excursions(tag, found[tag.name].frame, found[tag.name].source)
        if tag.name in found
        else Excursions(tag, none, "")
        for tag in tags
    ]


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
