"""What a page is asked to show, and what the historian has for it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from data import quality, queries, rules, windows
from data.cache import Answer
from data.errors import BadInput
from data.rules import Limits, Rule
from data.windows import Resolution

MAX_TAGS = 8
STATISTICS = ("avg", "min", "max", "first", "last")
DEFAULT_WINDOW = "24h"
RAW = "raw"
COLUMNS = ("avg", "min", "max", "last", "first", "n")


@dataclass(frozen=True, slots=True)
class View:
    """A question in full: which tags, which stretch of time, how wide the buckets.

    Parameters
    ----------
    start, stop : half-open, aware; not yet snapped to buckets
    now : the database's clock
    live : whether the window ends at now and so moves with it
    resolution : asked for, or None where the pixels choose
    pixels : width of the chart [px], None if unknown
    """

    tags: tuple[str, ...]
    start: datetime
    stop: datetime
    now: datetime
    zone: str
    live: bool
    statistic: str = "avg"
    resolution: Resolution | None = None
    pixels: float | None = None

    @property
    def seconds(self) -> float:
        """Length of the window [s]."""
        return (self.stop - self.start).total_seconds()


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


def view(query: Mapping[str, Any], now: datetime, zone: str) -> View:
    """Return what an address or a page's controls ask for.

    Parameters
    ----------
    query : tag (one or several), window or start and stop, zoom ('start/stop', wins over both),
        statistic, resolution, tz, width; all text, as it came
    now : the database's clock
    zone : the site's, used without `tz`

    Raises
    ------
    BadInput
        Names the parameter, the value and the way out.
    """
    zone = windows.site_zone(_one(query, "tz") or zone).key
    window = _window(query, zone)
    start, stop = window.bounds(now, zone)
    token = _one(query, "resolution")
    return View(
        tags=_tags(query),
        start=start,
        stop=stop,
        now=now,
        zone=zone,
        live=window.relative,
        statistic=_statistic(_one(query, "statistic") or "avg"),
        resolution=windows.resolution(token) if token and token != "auto" else None,
        pixels=_pixels(query.get("width")),
    )


def _one(query: Mapping[str, Any], name: str) -> str:
    """Return a parameter as text; of one given twice the last counts."""
    value = query.get(name) or ""
    if isinstance(value, (list, tuple)):
        value = value[-1]
    return str(value).strip()


def _tags(query: Mapping[str, Any]) -> tuple[str, ...]:
    asked = query.get("tag") or ()
    asked = [asked] if isinstance(asked, str) else asked
    tags = tuple(dict.fromkeys(str(tag) for tag in asked if tag))
    if len(tags) > MAX_TAGS:
        raise BadInput("too_many_tags", count=len(tags), limit=MAX_TAGS)
    return tags


def _window(query: Mapping[str, Any], zone: str) -> windows.Window:
    start, stop, zoom = (_one(query, name) for name in ("start", "stop", "zoom"))
    if zoom:
        start, slash, stop = zoom.partition("/")
        if not slash:
            raise BadInput("unreadable_zoom", zoom=zoom)
    if start and stop:
        return windows.absolute(start, stop, zone)
    if start or stop:
        raise BadInput("half_a_window", given="start" if start else "stop")
    return windows.parse(_one(query, "window") or DEFAULT_WINDOW)


def _statistic(name: str) -> str:
    if name not in STATISTICS:
        raise BadInput("unknown_statistic", statistic=name, choices=", ".join(STATISTICS))
    return name


def _pixels(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None


def shown(view: View) -> tuple[list[Shown], list[BadInput]]:
    """Return what there is of every known tag of a view, and a refusal for each unknown one.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer and nothing was kept.
    """
    unknown = [BadInput("unknown_tag", tag=tag) for tag in view.tags if not queries.known(tag)]
    known = [tag for tag in view.tags if queries.known(tag)]
    return [_shown(view, tag) for tag in known], unknown


def known(view: View) -> list[Shown]:
    """Return what there is of every tag of a view.

    Raises
    ------
    BadInput
        If there is no tag of one of the names, or none is asked for.
    HistorianUnavailable
        If the historian does not answer and nothing was kept.
    """
    found, unknown = shown(view)
    if unknown:
        raise unknown[0]
    return found


def width_of(view: View, spacing: float | None) -> Resolution | None:
    """Return the bucket width for one tag, None for raw readings."""
    return view.resolution or windows.finest_for(view.seconds, view.pixels, spacing)


def _shown(view: View, tag: str) -> Shown:
    rule = queries.rules().get(tag)
    spacing = queries.spacing(tag, None if view.live else _next_day(view.stop))
    answer = _history(view, tag, width_of(view, spacing), rule)
    return _described(view, tag, rule, answer)


def _next_day(moment: datetime) -> datetime:
    """Return a time that all views of one day share, so that they share the answer."""
    return windows.ceiling(moment, windows.resolution("1d"), "UTC")


def _history(view: View, tag: str, width: Resolution | None, rule: Rule | None) -> Answer[Any]:
    """Return the history at one width; where it holds too many readings, grouped."""
    token = width.token if width else RAW
    start, stop = windows.snapped(view.start, view.stop, width, view.zone)
    low, high = _span(rule)
    try:
        return queries.history.answer(tag, token, start, stop, view.zone, low, high)
    except BadInput as refusal:
        if refusal.key != "too_many_readings" or view.resolution:
            raise
    return _history(view, tag, _finest(view), rule)


def _finest(view: View) -> Resolution:
    """Return the finest width that the chart and the limit of rows allow."""
    width = windows.finest_for(view.seconds, view.pixels) or windows.RESOLUTIONS[0]
    wide = [r for r in windows.RESOLUTIONS if view.seconds / r.seconds <= windows.MAX_ROWS]
    return max(width, wide[0], key=lambda r: r.seconds)


def _span(rule: Rule | None) -> tuple[float | None, float | None]:
    """Return what the instrument can read; what lies outside is BAD and left out."""
    applied = rules.applied(rule)
    low = applied.min_val
    if not applied.allow_negative:
        low = max(low or 0.0, 0.0)
    return low, applied.max_val


def _described(view: View, tag: str, rule: Rule | None, answer: Answer[Any]) -> Shown:
    row, frame = _row(tag), answer.value
    seconds, spacing = float(frame.attrs["seconds"] or 0), frame.attrs["spacing"]
    gap = quality.gap_seconds(rule, spacing)
    limit = quality.break_seconds(gap, seconds, frame.index)
    readings, stop = int(frame["n"].sum() + frame["bad"].sum()), min(view.stop, view.now)
    return Shown(
        tag=tag,
        description=row.get("description") or "",
        unit=row.get("unit") or "",
        states=row.get("states"),
        limits=rules.limits(rule) if rule and rules.state(rule) == rules.ACTIVE else None,
        frame=frame,
        resolution=frame.attrs["resolution"],
        seconds=seconds,
        source=frame.attrs["source"],
        spacing=spacing,
        limit=limit,
        gaps=quality.gaps(frame.index, limit, view.start, stop),
        codes=codes(frame, rule, gap, seconds),
        readings=readings,
        coverage=quality.coverage(readings, spacing, view.start, stop) if spacing else math.nan,
        as_of=answer.as_of,
        error=answer.error,
    )


def codes(frame: pd.DataFrame, rule: Rule | None, gap: float, seconds: float) -> pd.Series:
    """Return the quality of each row: of a bucket by its range, of a reading by every test."""
    if seconds:
        return quality.bucket_quality(frame, rule)
    value = frame["last"].fillna(frame["bad_value"])
    return quality.assess(frame.assign(value=value), rule, gap)["quality"]


def _row(tag: str) -> Mapping[str, Any]:
    tags = queries.tags()
    return tags.loc[tag].to_dict() if tag in tags.index else {}


def rows(drawn: Sequence[Shown], now: datetime) -> pd.DataFrame:
    """Return the rows behind a figure, newest first, tags in their order within one time.

    Returns
    -------
    DataFrame with columns no, tag, time (site zone), avg, min, max, last, first, n, quality
    (a word), filling (the bucket will still change)
    """
    parts = [_rows(position, item, now) for position, item in enumerate(drawn)]
    if not parts:
        return pd.DataFrame(columns=["no", "tag", "time", *COLUMNS, "filling", "quality"])
    table = pd.concat(parts, ignore_index=True)
    order = np.lexsort((table.pop("position"), -table["time"].astype("int64")))
    table = table.iloc[order].reset_index(drop=True)
    table.insert(0, "no", np.arange(1, len(table) + 1))
    return table


def _rows(position: int, item: Shown, now: datetime) -> pd.DataFrame:
    part = item.frame[list(COLUMNS)].reset_index(drop=True)
    part.insert(0, "time", item.frame.index)
    part.insert(0, "tag", item.tag)
    filling = item.frame.index + timedelta(seconds=item.seconds) > now
    part["filling"] = filling if item.seconds else False
    part["quality"] = [quality.QUALITIES[int(code)] for code in item.codes]
    return part.assign(position=position)
