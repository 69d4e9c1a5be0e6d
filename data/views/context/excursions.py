"""When tags were outside their limits in a window."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pandas as pd

from data import queries
from data.analysis import Checks, arrays, excursions, quality
from data.errors import BadInput
from data.queries import Tag
from data.views.judging import readings_before
from data.views.presence import expectation
from data.windows import EPOCH

#: What tells of excursions where the readings do.
READINGS = "readings"


@dataclass(frozen=True, slots=True)
class Excursions:
    """The excursions of one tag.

    Parameters
    ----------
    frame : see `excursions.of_readings`
    made_of : what tells of them, empty where nothing is asked
    """

    tag: Tag
    frame: pd.DataFrame
    made_of: str


def every_excursion(tags: Sequence[Tag], start: datetime, stop: datetime) -> list[Excursions]:
    """Return the excursions of tags in [start, stop), in their order; `stop` not past now.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    return [_of_tag(tag, start, stop) for tag in tags]


def _of_tag(tag: Tag, start: datetime, stop: datetime) -> Excursions:
    if not is_judged(tag.checks) or start >= stop:
        return Excursions(tag, excursions.none(), "")
    request = queries.request(tag.name, None, start, stop, "UTC", tag.checks)
    checks = replace(tag.checks, faults=())
    window = excursions.Stretch(_ns(start), _ns(stop))
    answer = queries.excursions_of_readings.answer(
        request, checks, window, _earlier(tag, start), _limits(tag, request, start, stop)
    )
    if answer.error is not None:
        raise answer.error
    if answer.value is None:
        raise BadInput(
            "too_many_readings",
            count=queries.MOST_READINGS,
            tag=tag.name,
            limit=queries.MOST_READINGS,
        )
    return Excursions(tag, answer.value, READINGS)


def is_judged(checks: Checks) -> bool:
    """Return whether a tag can be outside a limit."""
    return checks.active and any(each is not None for each in checks.limits)


def _ns(time: datetime) -> int:
    return (time - EPOCH) // timedelta(microseconds=1) * 1_000


def _earlier(tag: Tag, start: datetime) -> tuple[tuple[int, float], ...]:
    rows = readings_before(tag, start)
    reasons = quality.range_reasons(arrays.numbers(rows["value"]), arrays.flagged(rows), tag.checks)
    bad = (reasons & quality.BAD_REASONS) != 0
    value = rows["value"].mask(bad)
    return tuple(zip(arrays.nanoseconds(rows.index).tolist(), value.tolist(), strict=True))


def _limits(
    tag: Tag, request: queries.Request, start: datetime, stop: datetime
) -> tuple[tuple[int, float], ...]:
    """Return how long a reading stands at most: the rule's gap, else by the spacing."""
    if tag.checks.gap_seconds is not None:
        return ((0, tag.checks.gap_seconds),)
    return expectation(tag, start, stop, queries.Times(request)).all_limits(tag.checks)
