"""Readers: a question in, a frame out; answers are shared and kept (see `cache`).

A window is half-open and moved outward to whole buckets, so that equal views share an answer.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from data import rules as rulebook
from data import statements, windows
from data.cache import cached
from data.engine import HistorianUnavailable, read_frame, read_rows
from data.errors import BadInput
from data.quality import gap_seconds
from data.rules import Rule
from data.statements import RAW, Piece
from data.tables import ROLLUPS, influx_hist, metadata
from data.windows import MAX_READINGS, MAX_ROWS, RESOLUTIONS, Resolution

LATEST_S = 2.0
FEATURES_S = 60.0
NAMES_S = 300.0
HISTORY_S = 30.0
SPARKLINES_S = 30.0
REREAD = 200_000  # most readings that are read again to mend stored buckets
SPACING_READINGS = 100
TAIL_READINGS = 61


@dataclass(frozen=True, slots=True)
class Catalog:
    """What the historian has.

    Parameters
    ----------
    columns : (relation, its columns) of the relations of the contract that exist
    postgresql : version of the server
    timescaledb : version of the extension, None without
    """

    columns: tuple[tuple[str, frozenset[str]], ...]
    postgresql: str
    timescaledb: str | None

    def of(self, relation: str) -> frozenset[str]:
        """Return the columns of a relation, none if it is missing."""
        return dict(self.columns).get(relation, frozenset())

    def has(self, relation: str) -> bool:
        """Whether a relation exists with every column of the contract (`diff` apart)."""
        wanted = {c.name for c in metadata.tables[relation].c} - {"diff", "meta", "qc"}
        return wanted <= self.of(relation)

    @property
    def missing(self) -> tuple[str, ...]:
        """Relations of the contract that are not there or lack a column."""
        plain = [name for name in metadata.tables if name not in ("influx_tag", "influx_qc_rule")]
        absent = [name for name in ("influx_tag", "influx_qc_rule") if not self.of(name)]
        return (*(name for name in plain if not self.has(name)), *absent)

    @property
    def rollups(self) -> tuple[int, ...]:
        """Widths of the rollups that can be read, from coarse to fine [s]."""
        return tuple(w for w, table in reversed(ROLLUPS.items()) if self.has(table.name))

    @property
    def flagged(self) -> bool:
        """Whether readings carry a flag of their source."""
        return "qc" in self.of(influx_hist.name)


@cached(NAMES_S)
def catalog() -> Catalog:
    """Return which relations and columns there are."""
    found = read_rows(statements.catalog_statement(list(metadata.tables)))
    versions = read_rows(statements.versions_statement()).iloc[0]
    columns = found.groupby("relation")["column"].agg(frozenset)
    return Catalog(tuple(columns.items()), versions["postgresql"], versions["timescaledb"])


# ---- tags and rules -------------------------------------------------------------------------


@cached(NAMES_S)
def rules() -> dict[str, Rule]:
    """Return the rule of each tag that has one, sound or not."""
    columns = catalog().of("influx_qc_rule")
    if "tag_name" not in columns:
        return {}
    rows = read_rows(statements.rules_statement(columns)).to_dict("records")
    named = (row for row in rows if isinstance(row["tag_name"], str) and row["tag_name"].strip())
    return {row["tag_name"]: rulebook.parse(row) for row in named}


@cached(NAMES_S)
def tags() -> pd.DataFrame:
    """Return what is known of each tag.

    Returns
    -------
    DataFrame, index tag_name, sorted; columns description, unit, tag_type, group (text or None),
    decimals (int or None), states (dict or None), demo (bool)
    """
    described = _described()
    names = {*described, *rules(), *_named_by_readings(bool(described))}
    rows = [_tag_row(described.get(name, {})) for name in sorted(names)]
    index = pd.Index(sorted(names), name="tag_name", dtype=object)
    return pd.DataFrame(rows, index, columns=_TAG_COLUMNS, dtype=object)


_TAG_COLUMNS = ["description", "unit", "tag_type", "decimals", "states", "group", "demo"]


def _described() -> dict[str, dict[str, Any]]:
    columns = catalog().of("influx_tag")
    if "tag_name" not in columns:
        return {}
    rows = read_rows(statements.tags_statement(columns)).to_dict("records")
    return {row["tag_name"]: row for row in rows if row["tag_name"]}


def _named_by_readings(others: bool) -> list[str]:
    """Return the names found in the readings; none where finding them takes too long."""
    try:
        return list(read_rows(statements.names_statement())["tag_name"])
    except HistorianUnavailable as failure:
        if failure.key == "historian_timeout" and others:
            return []
        raise


def _tag_row(row: dict[str, Any]) -> dict[str, Any]:
    meta = row.get("meta") if isinstance(row.get("meta"), dict) else {}
    states, decimals = meta.get("states"), meta.get("decimals")
    return {
        "description": _word(meta.get("description")),
        "unit": _word(row.get("unit")),
        "tag_type": _word(row.get("tag_type")),
        "decimals": decimals if isinstance(decimals, int) and 0 <= decimals <= 15 else None,
        "states": states if isinstance(states, dict) and states else None,
        "group": _word(meta.get("group")),
        "demo": meta.get("demo") is True,
    }


def _word(value: object) -> str | None:
    return str(value) if value not in (None, "") else None


def known(tag: str) -> bool:
    """Whether the historian knows a tag of this name."""
    return tag in tags().index


# ---- the newest readings of many tags -------------------------------------------------------


@cached(LATEST_S)
def latest(names: tuple[str, ...]) -> pd.DataFrame:
    """Return the newest reading of each tag; one later than now + 5 s is left out.

    Returns
    -------
    DataFrame, index tag_name in the order asked; columns ts (UTC, NaT without a reading),
    value, qc, clock (a reading of the future was left out); attrs now: the database's clock.
    """
    statement = statements.latest_statement(names, catalog().flagged)
    frame = read_frame(statement).sort_values("tag", ignore_index=True)
    now = frame.pop("now").iloc[0].to_pydatetime() if len(frame) else datetime.now(UTC)
    frame.index = pd.Index(list(names), name="tag_name", dtype=object)
    frame = frame.drop(columns="tag")
    frame.attrs["now"] = now
    return frame


@cached(LATEST_S)
def tail(names: tuple[str, ...], count: int = TAIL_READINGS) -> pd.DataFrame:
    """Return the newest readings of each tag, none from the future.

    Returns
    -------
    DataFrame, columns tag (place in `names`), ts, value, qc; ordered by tag, ts.
    """
    frame = read_frame(statements.tail_statement(names, count, catalog().flagged))
    return frame.sort_values(["tag", "ts"], ignore_index=True)


def _reference_times(names: tuple[str, ...], at: datetime) -> tuple[Any, ...]:
    return names, windows.floor(at, RESOLUTIONS[3], "UTC")


@cached(HISTORY_S, snapped=_reference_times)
def reference(names: tuple[str, ...], at: datetime) -> pd.DataFrame:
    """Return the last value that is not BAD at or before `at` and within one gap of it.

    Returns
    -------
    DataFrame, index tag_name in the order asked; columns ts, value, NaT and NaN without one.
    """
    known_rules, spacing = rules(), spacings(names)
    applied = [rulebook.applied(known_rules.get(name)) for name in names]
    lows = [_lowest(rule) for rule in applied]
    highs = [rule.max_val for rule in applied]
    gaps = [gap_seconds(rule, space) for rule, space in zip(applied, spacing, strict=True)]
    flagged = catalog().flagged
    frame = read_frame(statements.reference_statement(names, lows, highs, gaps, at, flagged))
    return _in_place(frame, names)


def _lowest(rule: Rule) -> float | None:
    if rule.allow_negative:
        return rule.min_val
    return max(rule.min_val or 0.0, 0.0)


def _in_place(frame: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Return one row a tag in the order asked, empty where there was none."""
    placed = frame.set_index("tag").reindex(range(len(names)))
    placed.index = pd.Index(list(names), name="tag_name", dtype=object)
    return placed


@cached(NAMES_S)
def spacings(names: tuple[str, ...]) -> pd.Series:
    """Return the median spacing of each tag's last 100 readings [s], NaN without two."""
    frame = read_frame(statements.spacings_statement(names, SPACING_READINGS, None))
    frame = frame.sort_values(["tag", "ts"])
    step = frame["ts"].diff().dt.total_seconds().where(frame["tag"].diff() == 0)
    median = step.groupby(frame["tag"]).median().reindex(range(len(names)))
    return pd.Series(
        median.to_numpy(dtype=float), pd.Index(list(names), dtype=object), name="spacing"
    )


@cached(NAMES_S)
def spacing(tag: str, stop: datetime | None = None) -> float | None:
    """Return the median spacing of the last 100 readings before `stop` (now) [s]."""
    frame = read_frame(statements.spacings_statement((tag,), SPACING_READINGS, stop))
    return _median_step(pd.DatetimeIndex(frame["ts"].sort_values()))


def _median_step(times: pd.DatetimeIndex) -> float | None:
    if len(times) < 2:
        return None
    return float(np.median(np.diff(times.as_unit("us").asi8))) / 1e6


def sparklines(names: tuple[str, ...]) -> pd.DataFrame:
    """Return the last hour by minute.

    Returns
    -------
    DataFrame, columns tag (place in `names`), bucket (UTC), avg, min, max; ordered by tag, bucket.
    """
    stop = windows.ceiling(datetime.now(UTC), RESOLUTIONS[6], "UTC")
    return _sparklines(names, stop)


@cached(SPARKLINES_S)
def _sparklines(names: tuple[str, ...], stop: datetime) -> pd.DataFrame:
    has = catalog()
    start = stop - timedelta(hours=1)
    rolled = 60 in has.rollups
    frame = read_frame(statements.sparklines_statement(names, start, stop, rolled, has.flagged))
    return frame.sort_values(["tag", "bucket"], ignore_index=True)


# ---- the history of one tag -----------------------------------------------------------------


def _history_arguments(
    tag: str,
    resolution: str,
    start: datetime,
    stop: datetime,
    zone: str,
    low: float | None = None,
    high: float | None = None,
) -> tuple[Any, ...]:
    width = None if resolution == "raw" else windows.resolution(resolution)
    start, stop = windows.snapped(start, stop, width, zone)
    if start >= stop:
        raise BadInput("start_after_stop", start=start.isoformat(), stop=stop.isoformat())
    if width is not None:
        _check_rows(width, start, stop)
    return tag, width.token if width else "raw", start, stop, zone, low, high


def _check_rows(width: Resolution, start: datetime, stop: datetime) -> None:
    count = math.ceil((stop - start).total_seconds() / width.seconds)
    if count > MAX_ROWS + 2:  # snapping adds one at either end
        raise BadInput("too_many_buckets", count=count, resolution=width.token, limit=MAX_ROWS)


def _history_seconds(tag: str, resolution: str, start: datetime, stop: datetime, *_: Any) -> float:
    width = HISTORY_S if resolution == "raw" else windows.resolution(resolution).seconds
    live = stop >= datetime.now(UTC) - timedelta(seconds=2)
    return min(HISTORY_S, width, LATEST_S if live else HISTORY_S)


@cached(_history_seconds, snapped=_history_arguments)
def history(
    tag: str,
    resolution: str,
    start: datetime,
    stop: datetime,
    zone: str,
    low: float | None = None,
    high: float | None = None,
) -> pd.DataFrame:
    """Return a tag's values over a window, a row a bucket that has readings.

    Parameters
    ----------
    resolution : a token of `windows.RESOLUTIONS`, or raw for a row a reading
    start, stop : bounds, moved outward to whole buckets
    zone : IANA name of the site zone
    low, high : span of the rule; what lies outside is left out of the statistics [tag unit]

    Returns
    -------
    DataFrame, index bucket (site zone), sorted. Columns n, avg, sum, min, max, last, first, diff
    of the good readings; bad: readings left out (out of span, not finite, flagged by the source),
    bad_value: their extreme; marked (bool): a stored bucket that holds bad values which could not
    be left out. A row with n = 0 holds bad readings only. raw has qc besides.
    attrs: source (relations read), resolution, seconds (None for raw), spacing (median [s] or
    None), start, stop.

    Raises
    ------
    BadInput
        If the window holds over 50,000 single readings, or over 4,000 buckets.
    HistorianUnavailable
        If the historian does not answer.
    """
    if resolution == "raw":
        frame, source = _readings(tag, start, stop, low, high), influx_hist.name
        seconds = None
    else:
        width = windows.resolution(resolution)
        seconds = width.seconds
        frame, source = _buckets(tag, width, start, stop, zone, low, high)
    frame.index = frame.index.tz_convert(windows.site_zone(zone))
    frame.attrs.update(
        source=source,
        resolution=resolution,
        seconds=seconds,
        spacing=_spacing_in(frame, seconds),
        start=start,
        stop=stop,
    )
    return frame


def _spacing_in(frame: pd.DataFrame, seconds: int | None) -> float | None:
    """Return the median spacing of the readings behind a frame [s]."""
    step = _median_step(frame.index)
    if seconds is None:
        return step
    counts = (frame["n"] + frame["bad"]).to_numpy()
    if not len(counts):
        return None
    return (step or seconds) / max(float(np.median(counts)), 1.0)


def _readings(
    tag: str, start: datetime, stop: datetime, low: float | None, high: float | None
) -> pd.DataFrame:
    flagged = catalog().flagged
    # The limit drops nothing: one row more than may be shown, and the answer is a refusal.
    asked = statements.raw_statement(tag, start, stop, flagged).limit(MAX_READINGS + 1)
    frame = read_frame(asked)
    if len(frame) > MAX_READINGS:
        count = int(read_frame(statements.count_statement(tag, start, stop))["n"].iloc[0])
        raise BadInput("too_many_readings", count=count, tag=tag, limit=MAX_READINGS)
    value, qc = frame["value"].to_numpy(), frame["qc"].to_numpy()
    good = np.isfinite(value) & (qc == 0)
    good &= value >= (-math.inf if low is None else low)
    good &= value <= (math.inf if high is None else high)
    shown = np.where(good, value, np.nan)
    columns: dict[str, Any] = {"n": good.astype("i8")}
    columns |= dict.fromkeys(("avg", "sum", "min", "max", "last", "first"), shown)
    columns |= {"diff": np.where(good, 0.0, np.nan), "bad": (~good).astype("i8")}
    columns |= {"bad_value": np.where(good, np.nan, value), "marked": np.zeros(len(good), bool)}
    return pd.DataFrame({**columns, "qc": qc}, pd.DatetimeIndex(frame["ts"], name="bucket"))


def _buckets(
    tag: str,
    width: Resolution,
    start: datetime,
    stop: datetime,
    zone: str,
    low: float | None,
    high: float | None,
) -> tuple[pd.DataFrame, str]:
    """Return the grouped rows and the relations they were read from."""
    has = catalog()
    widths = dividing(has.rollups, width, start, stop, zone)
    pieces = _pieces(tag, widths, start, stop) if widths else (Piece(RAW, start, stop),)

    def asked(repaired: bool) -> pd.DataFrame:
        return read_frame(
            statements.history_statement(
                tag,
                pieces,
                width,
                zone,
                low=low,
                high=high,
                flagged=has.flagged,
                repaired=repaired,
            )
        )

    frame = asked(False)
    if 0 < frame["marked"].sum() <= REREAD:
        frame = asked(True)
    frame["marked"] = frame["marked"] > 0
    names = [influx_hist.name if p.width == RAW else ROLLUPS[p.width].name for p in pieces]
    return frame.set_index("bucket"), ", ".join(dict.fromkeys(names))


def dividing(
    rollups: Sequence[int], width: Resolution, start: datetime, stop: datetime, zone: str
) -> list[int]:
    """Return the widths, from coarse to fine, whose buckets fill those of `width` exactly [s].

    Site days are built from whole hours where every offset of the zone in the window is one.
    """
    if not width.local:
        return [w for w in rollups if width.seconds % w == 0]
    offsets = windows.offsets(start, stop, zone)
    return [w for w in rollups if all(offset % w == 0 for offset in offsets)]


def _pieces(tag: str, widths: list[int], start: datetime, stop: datetime) -> tuple[Piece, ...]:
    """Return who answers which part: the coarsest rollup, and finer sources where it ends.

    The newest bucket of a rollup may still be filling, or be long past where the rollup is
    refreshed seldom. So in a window that ends now each source answers up to its newest bucket and
    the next finer one from there; in an older window, only what lies behind that bucket.
    """
    sources = [*widths, RAW]
    edges = read_frame(statements.edges_statement(tag, sources, start, stop)).iloc[0]
    live = stop > edges["now"] - timedelta(seconds=2 * widths[0])
    pieces, begin = [], start
    for place, width in enumerate(sources):
        edge = edges[f"edge_{width}"]
        if pd.isna(edge) or edge.to_pydatetime() < begin:
            continue
        finer = [edges[f"edge_{w}"] for w in sources[place + 1 :]]
        end = edge.to_pydatetime() + timedelta(seconds=0 if live else width)
        if width == RAW or not any(e >= pd.Timestamp(end) for e in finer if not pd.isna(e)):
            end = stop
        if end > begin:
            pieces.append(Piece(width, begin, end))
        begin = max(begin, end)
        if begin >= stop:
            break
    return tuple(pieces) or (Piece(widths[0], start, stop),)


def features(tag: str, start: datetime, stop: datetime, zone: str) -> pd.DataFrame:
    """Return the five-minute features of a tag.

    Returns
    -------
    DataFrame, index bucket (site zone); columns mean_5m, std_5m, min_5m, max_5m, p10_5m, p90_5m,
    n_5m; attrs source: the relation read.
    """
    start, stop = windows.snapped(start, stop, windows.resolution("5m"), zone)
    _check_rows(windows.resolution("5m"), start, stop)
    return _features(tag, start, stop, zone)


@cached(FEATURES_S)
def _features(tag: str, start: datetime, stop: datetime, zone: str) -> pd.DataFrame:
    has = catalog()
    if has.has("features_5m"):
        statement, source = statements.features_statement(tag, start, stop), "features_5m"
    else:
        statement = statements.raw_features_statement(tag, start, stop, has.flagged)
        source = influx_hist.name
    frame = read_frame(statement).set_index("bucket")
    frame.index = frame.index.tz_convert(windows.site_zone(zone))
    frame.attrs["source"] = source
    return frame
