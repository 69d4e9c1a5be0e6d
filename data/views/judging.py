"""What judges the readings of a window, or its buckets: all at once, or read part by part."""

import math
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from data import buckets, queries
from data.analysis import Checks, alarms, arrays, gaps, quality, seams
from data.db import HistorianUnavailable
from data.queries import Tag

#: A limit of a tag: its name, the zone of the limit, the span, and the side of what sets it.
_Question = tuple[str, float, float, float, float, float]


def spacing_at(tag: str, stop: datetime, live: bool) -> float | None:
    """Return the spacing at a window's end, the same for all that end on one day [s].

    Of a live window that of now; in an outage too, where a live one left it.
    """
    try:
        return _spacing(tag, stop, live)
    except HistorianUnavailable:
        return queries.spacing(tag)


def _spacing(tag: str, stop: datetime, live: bool) -> float | None:
    return queries.spacing(tag, None if live else _next_day(stop))


def _next_day(moment: datetime) -> datetime:
    """Return a time that all windows of one day share, so that they share the answer."""
    return buckets.ceiling(moment, buckets.resolution("1d"), "UTC")


def of_readings(tag: Tag, start: datetime, stop: datetime, live: bool) -> seams.Readings:
    """Return what judges the readings of [start, stop) one after the other.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    gap = float(gaps.limit(tag.checks, _spacing(tag.name, stop, live)))
    before = _read_before(tag, start)
    return seams.Readings(tag.checks, gap, queries.reach(), before)


def of_buckets(tag: Tag, start: datetime) -> seams.Buckets:
    """Return what judges the alarm of the buckets from `start` on one after the other.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    before = _read_before(tag, start)
    # Their range and their flags alone make readings BAD, whatever lies between them.
    bad = quality.assess(before, tag.checks, math.inf)["quality"] == quality.BAD
    before = before.assign(value=before["value"].mask(bad))
    return seams.Buckets(tag.checks, queries.reach(), before)


def readings_before(tag: Tag, start: datetime) -> pd.DataFrame:
    """Return the readings before a time from which the states after it follow.

    As on the card: the newest ones, and for each limit the reading that decides it.

    Returns
    -------
    DataFrame, index ts (UTC), sorted; columns value, qc, place
    """
    questions = _questions(tag.name, tag.checks)
    deciding = queries.deciding_readings(questions, start)
    return _with_deciding(questions, deciding, queries.before(tag.name, start, tag.checks))


def _read_before(tag: Tag, start: datetime) -> pd.DataFrame:
    """Return what `readings_before` does, past the cache."""
    questions = _questions(tag.name, tag.checks)
    deciding = queries.deciding_readings.function(questions, start)
    return _with_deciding(questions, deciding, queries.read_before(tag.name, start, tag.checks))


def _with_deciding(
    questions: Sequence[_Question], deciding: pd.DataFrame, before: pd.DataFrame
) -> pd.DataFrame:
    there = deciding["ts"].notna().to_numpy()
    bounds = np.array([each[1:3] for each in questions]).reshape(-1, 2)[there]
    deciding = deciding[there].assign(qc=0, place=seams.BEYOND)
    at, value = arrays.nanoseconds(deciding["ts"]), arrays.numbers(deciding["value"])
    at = seams.in_turn(at, value, alarms.Zones(*bounds.T))
    deciding = deciding.drop(columns="ts").set_axis(pd.DatetimeIndex(at, tz="UTC", name="ts"))
    deciding = deciding[~deciding.index.isin(before.index) & ~deciding.index.duplicated()]
    return pd.concat([deciding, before]).sort_index(kind="stable") if len(deciding) else before


def _questions(name: str, checks: Checks) -> tuple[_Question, ...]:
    """Return what a look-back asks of a tag, a question a limit."""
    zone = alarms.zones(checks.limits, checks.deadband)
    return tuple(
        (name, float(low), float(high), checks.low, checks.high, float(side))
        for low, high, side in zip(zone.low, zone.high, alarms.SET_SIDE, strict=True)
        if not math.isnan(low)
    )


def joined(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return rows and those that follow them, by time (UTC); of two at one time the latter."""
    rows = pd.concat([before.tz_convert("UTC"), after.tz_convert("UTC")])
    return rows[~rows.index.duplicated(keep="last")].sort_index()


def bucket_marks(frame: pd.DataFrame, checks: Checks) -> quality.Marks:
    """Return quality and reasons of buckets, by range alone."""
    codes = quality.bucket_quality(frame, checks).to_numpy()
    return quality.Marks(codes, quality.bucket_reasons(frame, checks))


def reading_quality(
    frame: pd.DataFrame, checks: Checks, gap: float, earlier: pd.DataFrame | None = None
) -> quality.Marks:
    """Return quality and reasons of readings by every test, whatever window they are seen in.

    Parameters
    ----------
    frame : a history of single readings
    gap : step and rate are not judged across a longer spacing [s]
    earlier : the readings before it that decide, as `queries.before` gives them
    """
    value, bad = arrays.numbers(frame["last"]), arrays.numbers(frame["bad_value"])
    value, at = np.where(np.isnan(value), bad, value), arrays.nanoseconds(frame.index)
    flags, place = arrays.flagged(frame), np.arange(len(frame))
    count = 0 if earlier is None else len(earlier)
    if earlier is not None and count:
        value = np.concatenate([arrays.numbers(earlier["value"]), value])
        at = np.concatenate([arrays.nanoseconds(earlier.index), at])
        flags = np.concatenate([arrays.flagged(earlier), flags])
        place = np.concatenate([quality.places(earlier), place])
    reasons = quality.reading_reasons(value, at, flags, place, checks, gap)[count:]
    return quality.Marks(quality.quality_codes(reasons, np.asarray(checks.active)), reasons)
