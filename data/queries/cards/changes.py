"""Since when states are what they are, and their starts: the hours of their last day that hold a
change are looked into, and what was counted stays until the hour has other readings."""

import logging
import time
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from data.analysis import Floats, arrays, held, hours
from data.db import HistorianUnavailable, cache, cached, database_now
from data.queries.asking import read_frame
from data.queries.deciding import has_holes
from data.queries.latest import spans_of
from data.queries.relations import catalog, degrading
from data.queries.tick import FIRST_LOOK
from data.sql import before_hours_statement, counted_hours_statement

logger = logging.getLogger("ksys")

#: Most hours that are looked into for an answer, and most readings in them: about as many as the
#: historian can count in a third of a second.
MOST_HOURS, MOST_READINGS = 2_000, 200_000
#: After so long an hour is counted anew even if its readings seem to be the same ones [s].
COUNT_AGAIN_S = 3_600.0
#: How long it is shared which value a tag had before its hours [s].
BEFORE_S = 600.0
#: After it took too long, hours are not looked into [s].
SLOW_S = 600.0
#: Where a value before the hours is sought first: of many chunks most are left out then.
NEAR = timedelta(days=1)
HOUR_NS = 3600 * 10**9
#: Columns of an answer that `held.Counted` has besides `known`.
COLUMNS = ("first", "last", "first_at", "changed_at", "starts")


class _Count(NamedTuple):
    """What was counted of an hour, and of which: `key` are its numbers then."""

    key: list[float]
    made_at: float
    row: tuple[Any, ...]  # by COLUMNS, or empty: there are fewer readings than were rolled up


class _Wanted(NamedTuple):
    """The hours to count, each by places of its tag and hour; `size` of their readings."""

    names: tuple[str, ...]
    tag: arrays.Whole
    hour: arrays.Whole
    start: arrays.Whole  # [ns]
    size: Floats
    keys: list[list[float]]  # what differs where other readings are in an hour

    def ids(self) -> list[tuple[str, int]]:
        """Return what names each hour, whatever tags there are."""
        return [
            (self.names[tag], start)
            for tag, start in zip(self.tag.tolist(), self.start.tolist(), strict=True)
        ]


@degrading
def held_states(
    names: tuple[str, ...], places: arrays.Whole, rows: pd.DataFrame, newest: pd.Timestamp
) -> held.Held:
    """Return since when tags hold their last value in these hours, and their starts in them.

    Parameters
    ----------
    places : of these tags among all
    rows : what `day` returns of all tags; newest : its attrs

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    count, mine = len(names), pd.Series(np.arange(len(names)), places)
    rows = rows[rows["tag"].isin(places)]
    rows = rows.assign(tag=mine.reindex(rows["tag"]).to_numpy())
    numbers, spans = hours.matrix(rows, count, newest), spans_of(names)
    size, stored = (hours.grid(rows, name, count, newest) for name in ("n", "stored"))
    start = (newest - pd.Timedelta(hours=hours.HOURS - 1)).to_pydatetime()
    before = np.array(values_before(names, tuple(spans["lows"]), tuple(spans["highs"]), start))
    hidden = numbers.bad & (stored != 1)
    if has_holes():
        hidden |= held.missing(~np.isnan(size))
    hourly = held.Hourly(numbers.first, numbers.last, numbers.min < numbers.max, hidden)
    wanted = held.to_count(hourly, before)
    ends = [np.array(spans[name])[:, None] + np.zeros_like(size) for name in ("lows", "highs")]
    keys = np.stack([*numbers, size, *ends], axis=-1)[wanted]
    tag, hour = np.nonzero(wanted)
    starts = newest.value - (hours.HOURS - 1 - hour) * HOUR_NS
    sizes = np.nan_to_num(size[wanted])
    asked = _Wanted(names, tag, hour, starts, sizes, np.nan_to_num(keys, nan=-1.0).tolist())
    counted = _filled(asked, _counts(asked, spans), wanted.shape)
    return held.held(hourly, wanted, counted, before)


def _counts(wanted: _Wanted, spans: dict[str, list[float]]) -> list[_Count | None]:
    """Return what is kept of the hours that are wanted, after a look into some more of them."""
    last: dict[tuple[str, int], _Count] = cache.recall("counted_hours") or {}
    ids = wanted.ids()
    counts = [last.get(each) for each in ids]
    same = zip(counts, wanted.keys, strict=True)
    counts = [count if count and count.key == key else None for count, key in same]
    due = _due(wanted, counts)
    if len(due):
        for place, count in _looked_into(wanted, due, spans).items():
            counts[place] = count
    by_id = {each: count for each, count in zip(ids, counts, strict=True) if count}
    cache.remember("counted_hours", by_id)
    return counts


def _filled(wanted: _Wanted, counts: list[_Count | None], shape: tuple[int, ...]) -> held.Counted:
    """Return what was counted, by tag and hour."""
    counted = held.nothing_counted(shape)
    whole = [place for place, count in enumerate(counts) if count and count.row]
    at = wanted.tag[whole], wanted.hour[whole]
    counted.known[at] = True
    rows = [count.row for count in counts if count and count.row]
    for name, column in zip(COLUMNS, zip(*rows, strict=True), strict=False):
        getattr(counted, name)[at] = column
    return counted


def _due(wanted: _Wanted, counts: list[_Count | None]) -> arrays.Whole:
    """Return which hours to look into: what is not kept, newest first, then what was long ago."""
    now, slow_at = time.monotonic(), cache.recall("slow_counting")
    if slow_at is not None and now - slow_at < SLOW_S:
        return np.zeros(0, dtype=np.int64)
    made_at = np.array([count.made_at if count else np.nan for count in counts])
    new = np.flatnonzero(np.isnan(made_at))
    again = np.flatnonzero(now - made_at > COUNT_AGAIN_S)
    new = new[np.argsort(-wanted.hour[new], kind="stable")]
    due = np.concatenate([new, again[np.argsort(made_at[again])]])[:MOST_HOURS]
    return due[: int(np.searchsorted(wanted.size[due].cumsum(), MOST_READINGS, side="right"))]


def _looked_into(
    wanted: _Wanted, due: arrays.Whole, spans: dict[str, list[float]]
) -> dict[int, _Count]:
    """Return what the readings of these hours hold; nothing where that takes too long."""
    starts = pd.to_datetime(wanted.start[due], utc=True)
    tag = wanted.tag[due].tolist()
    values: dict[str, Any] = {name: [of[k] for k in tag] for name, of in spans.items()}
    values |= {"tags": [wanted.names[k] for k in tag], "hours": list(starts.to_pydatetime())}
    values |= {"start": starts.min().to_pydatetime(), "stop": database_now()}
    made_at = time.monotonic()
    try:
        frame = read_frame(counted_hours_statement(catalog().flagged), values)
    except HistorianUnavailable as failure:
        if failure.key != "historian_timeout":
            raise
        logger.warning("the changes of states take too long: no card tells them for a while")
        cache.remember("slow_counting", made_at)
        return {}
    for name in ("first_at", "changed_at"):
        frame[name] = arrays.nanoseconds(frame[name])
    rows = zip(*(frame[name].tolist() for name in COLUMNS), strict=True)
    places = due[frame["tag"].to_numpy(np.int64)]
    is_whole = frame["n"].to_numpy() >= wanted.size[places]
    return {
        place: _Count(wanted.keys[place], made_at, row if whole else ())
        for place, whole, row in zip(places.tolist(), is_whole.tolist(), rows, strict=True)
    }


@cached(BEFORE_S)
def values_before(
    names: tuple[str, ...], lows: tuple[float, ...], highs: tuple[float, ...], start: datetime
) -> list[float]:
    """Return the value of the newest reading of each tag before a time that is not BAD.

    NaN where none of its newest 610 readings is good. Of many chunks a day is read first.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    newest, flagged = np.full(len(names), np.nan), catalog().flagged
    of_each = {"tags": names, "lows": lows, "highs": highs}
    values = {"start": start, "depth": FIRST_LOOK, "floor": start - NEAR}
    for bounded in (True, False) if catalog().many_parts else (False,):
        some = np.flatnonzero(np.isnan(newest))
        if not len(some):
            break
        mine = {name: [each[place] for place in some] for name, each in of_each.items()}
        statement = before_hours_statement(flagged, bounded)
        bound = values if bounded else {k: v for k, v in values.items() if k != "floor"}
        frame = read_frame(statement, {**mine, **bound})
        newest[some[frame["tag"].to_numpy(np.int64)]] = frame["value"].to_numpy(np.float64)
    return newest.tolist()
