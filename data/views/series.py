"""What the historian has for a view: histories or indicators, described, and their rows."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from data import buckets, queries
from data.analysis import Limits, Rule, quality, rules
from data.buckets import Resolution
from data.db import Answer, HistorianUnavailable
from data.errors import BadInput
from data.views.view import View

RAW = "raw"
COLUMNS = ("avg", "min", "max", "last", "first", "n")
BESIDES = ("bad", "bad_value", "unit", "filling", "quality")
STUDIED = ("avg", "sma_10", "sma_60", "lower", "middle", "upper", "slope", "n")


@dataclass(frozen=True, slots=True)
class Shown:
    """What there is of one tag in a view.

    Parameters
    ----------
    frame : history, index `bucket`, without break rows
    seconds : bucket width, 0 for raw readings
    limit : spacing beyond which the line breaks [s]
    gaps : start, stop, seconds of every gap of the window
    codes : quality of each row (see `quality.QUALITIES`)
    coverage : share of expected readings, 0…1, NaN where none can be expected
    as_of : when the historian gave this; `error` says why it gave nothing newer
    """

    tag: str
    description: str
    unit: str
    states: Mapping[str, str] | None
    limits: Limits | None
    frame: pd.DataFrame
    resolution: str
    seconds: float
    source: str
    spacing: float | None
    limit: float
    gaps: pd.DataFrame
    codes: pd.Series
    readings: int
    coverage: float
    as_of: datetime
    error: Exception | None

    @property
    def broken(self) -> pd.DataFrame:
        """What the line goes through: rows with a good value, an empty row in every gap."""
        return quality.with_breaks(self.frame[self.frame["n"] > 0], self.limit)

    @property
    def bad(self) -> pd.DataFrame:
        """The rows that hold BAD readings: `bad` how many, `bad_value` the extreme."""
        return self.frame.loc[self.frame["bad"] > 0, ["bad", "bad_value"]]


def histories(view: View) -> tuple[list[Shown], list[BadInput]]:
    """Return what there is of every known tag of a view, and a refusal for each unknown one.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer and nothing was kept.
    """
    unknown = [BadInput("unknown_tag", tag=tag) for tag in view.tags if not _is_known(tag)]
    return [_shown(view, tag) for tag in view.tags if _is_known(tag)], unknown


def _is_known(tag: str) -> bool:
    return tag in queries.tags.answer().value.index


def _rule(tag: str) -> Rule | None:
    return queries.rules.answer().value.get(tag)


def every_history(view: View) -> list[Shown]:
    """Return what there is of every tag of a view.

    Raises
    ------
    BadInput
        If there is no tag of one of the names, or none is asked for.
    HistorianUnavailable
        If the historian does not answer and nothing was kept.
    """
    found, unknown = histories(view)
    if unknown:
        raise unknown[0]
    return found


def _shown(view: View, tag: str) -> Shown:
    rule = _rule(tag)
    answer = _history(view, tag, view.resolution or _fitting(view, tag), rule)
    return _described(view, tag, rule, answer)


def _fitting(view: View, tag: str) -> Resolution | None:
    """Return the width of buckets that the chart's pixels choose, None for single readings."""
    return buckets.finest_for(view.seconds, view.pixels, _spacing(view, tag))


def _spacing(view: View, tag: str) -> float | None:
    """Return the spacing at a view's end; in an outage that of now, which a live view left."""
    if not view.live:
        try:
            return queries.spacing(tag, _next_day(view.stop))
        except HistorianUnavailable:
            pass
    return queries.spacing(tag)


def _next_day(moment: datetime) -> datetime:
    """Return a time that all views of one day share, so that they share the answer."""
    return buckets.ceiling(moment, buckets.resolution("1d"), "UTC")


def _history(view: View, tag: str, width: Resolution | None, rule: Rule | None) -> Answer[Any]:
    """Return the history at one width; where it holds too many readings, grouped."""
    token = width.token if width else RAW
    start, stop = buckets.snapped(view.start, view.stop, width, view.zone)
    low, high = _span(rule)
    try:
        return queries.history.answer(tag, token, start, stop, view.zone, low, high)
    except BadInput as refusal:
        if refusal.key != "too_many_readings" or view.resolution:
            raise
    return _history(view, tag, _finest(view), rule)


def _finest(view: View) -> Resolution:
    """Return the finest width that the chart and the limit of rows allow."""
    width = buckets.finest_for(view.seconds, view.pixels) or buckets.RESOLUTIONS[0]
    wide = [r for r in buckets.RESOLUTIONS if view.seconds / r.seconds <= buckets.MAX_ROWS]
    return max(width, wide[0], key=lambda r: r.seconds)


def _span(rule: Rule | None) -> tuple[float | None, float | None]:
    """Return what the instrument can read; what lies outside is BAD and left out."""
    applied = rules.applied(rule)
    low = applied.min_val
    if not applied.allow_negative:
        low = max(low or 0.0, 0.0)
    return low, applied.max_val


def _described(view: View, tag: str, rule: Rule | None, answer: Answer[Any]) -> Shown:
    row, known = _row(tag), answer.value.attrs
    # pandas copies attrs deeply at every step that makes a new frame.
    frame = answer.value.copy(deep=False)
    frame.attrs = {}
    seconds, spacing = float(known["seconds"] or 0), known["spacing"]
    gap = quality.gap_seconds(rule, spacing)
    there = frame.index[frame["n"].fillna(0) + frame["bad"].fillna(0) > 0]
    limit = quality.break_seconds(gap, seconds, there)
    readings = int(frame["n"].sum() + frame["bad"].sum())
    # An old answer knows nothing of what came after it: no reading there is no gap.
    stop = min(view.stop, view.now, *([answer.as_of] if answer.error else []))
    marks, failure = _codes(view, tag, rule, answer)
    return Shown(
        tag=tag,
        description=row.get("description") or "",
        unit=row.get("unit") or "",
        states=row.get("states"),
        limits=rules.limits(rule) if rule and rules.state(rule) == rules.ACTIVE else None,
        frame=frame,
        resolution=known["resolution"],
        seconds=seconds,
        source=known["source"],
        spacing=spacing,
        limit=limit,
        gaps=quality.gaps(there, limit, view.start, stop),
        codes=marks,
        readings=readings,
        coverage=quality.coverage(readings, spacing, view.start, stop) if spacing else math.nan,
        as_of=answer.as_of,
        error=answer.error or failure,
    )


def _codes(
    view: View, tag: str, rule: Rule | None, answer: Answer[Any]
) -> tuple[pd.Series, HistorianUnavailable | None]:
    """Return the quality of each row, and why readings before the first could not be asked for."""
    frame = answer.value
    if frame.attrs["seconds"]:
        return quality.bucket_quality(frame, rule), None
    # The spacing of this window would judge a reading in another window by another gap.
    gap = quality.gap_seconds(rule, _spacing(view, tag))
    try:
        before, failure = _before(tag, rule, frame.attrs["start"]), None
    except HistorianUnavailable as error:
        before, failure = None, error
    return codes(frame, rule, gap, before), failure


def _before(tag: str, rule: Rule | None, start: datetime) -> pd.DataFrame | None:
    applied = rules.applied(rule)
    if not queries.compares(applied):
        return None
    low, high = _span(rule)
    low, high = -math.inf if low is None else low, math.inf if high is None else high
    asked = queries.preceding.answer(tag, start, low, high, applied.flat_seconds or 0.0)
    return asked.value


def codes(
    frame: pd.DataFrame, rule: Rule | None, gap: float, before: pd.DataFrame | None = None
) -> pd.Series:
    """Return the quality of readings by every test, whatever the window they are seen in.

    Parameters
    ----------
    frame : a raw history
    before : value and qc of the readings before it that decide (see `preceding`)
    """
    readings = frame[["qc"]].assign(value=frame["last"].fillna(frame["bad_value"]))
    if before is None or not len(before):
        return quality.assess(readings, rule, gap)["quality"]
    zone = pd.DatetimeIndex(frame.index).tz
    before = before.set_axis(pd.DatetimeIndex(before.index).tz_convert(zone))
    whole = pd.concat([before[["qc", "value"]], readings])
    return quality.assess(whole, rule, gap)["quality"].iloc[len(before) :]


def _row(tag: str) -> Mapping[str, Any]:
    tags = queries.tags.answer().value
    return {str(name): value for name, value in tags.loc[tag].items()} if tag in tags.index else {}


def studied(view: View) -> Shown:
    """Return the indicators of a view's first tag: `frame` has a row for every bucket.

    Raises
    ------
    BadInput
        If the view has no tag, or there is none of that name, or it holds too many buckets.
    HistorianUnavailable
        If the historian does not answer and nothing was kept.
    """
    tag = view.tags[0] if view.tags else ""
    if not _is_known(tag):
        raise BadInput("unknown_tag", tag=tag)
    rule = _rule(tag)
    width = view.resolution or _fitting(view, tag) or _no_finer_than(_spacing(view, tag))
    start, stop = buckets.snapped(view.start, view.stop, width, view.zone)
    widths, span = queries.Widths(), _span(rule)
    answer = queries.indicators.answer(tag, width.token, start, stop, view.zone, widths, *span)
    return _described(view, tag, rule, answer)


def _no_finer_than(spacing: float | None) -> Resolution:
    """Return the finest width whose buckets have a reading each."""
    wide = [known for known in buckets.RESOLUTIONS if known.seconds >= (spacing or 0)]
    return wide[0] if wide else buckets.RESOLUTIONS[-1]


def rows(drawn: Sequence[Shown], now: datetime, columns: Sequence[str] = COLUMNS) -> pd.DataFrame:
    """Return the rows behind a figure, newest first, tags in their order within one time.

    Returns
    -------
    DataFrame with columns no, tag, time (site zone), `columns`, bad (readings left out of the
    numbers), bad_value (their extreme), unit, filling (the bucket will still change), quality (a
    word). The row of a single reading has its value as read, good or not; n + bad is 1.
    """
    parts = [_rows(place, item, now, columns) for place, item in enumerate(drawn)]
    if not parts:
        return pd.DataFrame(columns=["no", "tag", "time", *columns, *BESIDES])
    table = pd.concat(parts, ignore_index=True)
    order = np.lexsort((table.pop("position"), -table["time"].astype("int64")))
    table = table.iloc[order].reset_index(drop=True)
    table.insert(0, "no", np.arange(1, len(table) + 1))
    return table


def _rows(place: int, item: Shown, now: datetime, columns: Sequence[str]) -> pd.DataFrame:
    there = (item.frame["n"].fillna(0) + item.frame["bad"].fillna(0)).to_numpy() > 0
    frame = item.frame[there]
    numbers = frame[list(columns)].fillna({"n": 0})
    if not item.seconds:
        numbers = numbers.apply(lambda column: column.fillna(frame["bad_value"]))
    part = numbers.reset_index(drop=True).astype({"n": "int64"})
    part["bad"] = frame["bad"].fillna(0).to_numpy(dtype="int64")
    part["bad_value"] = frame["bad_value"].to_numpy(dtype=float)
    part["unit"] = item.unit
    part.insert(0, "time", frame.index)
    part.insert(0, "tag", item.tag)
    edge = pd.Timestamp(now) - pd.Timedelta(seconds=item.seconds)
    part["filling"] = (frame.index > edge) & bool(item.seconds)
    part["quality"] = [quality.QUALITIES[int(code)] for code in item.codes[there]]
    return part.assign(position=place)
