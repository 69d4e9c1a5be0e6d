"""Since when states are what they are, and their starts: the hours of their last day that hold a
change are looked into, and what was counted stays until the hour has other readings."""

import logging
import time
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from data.analysis import Floats, arrays, held, hours
from data.db import HistorianUnavailable, cache, cached, database_now, read_frame
from data.queries.deciding import has_holes
from data.queries.latest import spans_of
from data.queries.relations import catalog, degrading
from data.queries.tick import FIRST_LOOK
from data.sql import before_hours_statement, counted_hours_statement

logger = logging.getLogger("ksys")

#: Most hours that are looked into for an answer, and most readings in them: a third of a second for
#: the historian, once a minute at most.
MOST_HOURS, MOST_READINGS = 500, 250_000
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

    key: tuple[float, ...]
    made_at: float
    row: tuple[Any, ...]  # by COLUMNS, or empty: there are fewer readings than were rolled up


class _Asked(NamedTuple):
    """The hours of tags: their numbers, and the least and greatest value that is not BAD."""

    names: tuple[str, ...]
    numbers: hours.Hours
    size: Floats
    newest: pd.Timestamp
    spans: dict[str, list[float]]

    def id_of(self, tag: int, hour: int) -> tuple[str, int]:
        return self.names[tag], self.newest.value - (hours.HOURS - 1 - hour) * HOUR_NS

    def key_of(self, tag: int, hour: int) -> tuple[float, ...]:
        """Return what is another where other readings are in an hour; -1 for what is not there."""
        numbers = [float(grid[tag, hour]) for grid in (*self.numbers, self.size)]
        ends = [self.spans[name][tag] for name in ("lows", "highs")]
        return tuple(np.nan_to_num([*numbers, *ends], nan=-1.0).tolist())


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
    counted = _counted(_Asked(names, numbers, size, newest, spans), wanted)
    return held.held(hourly, wanted, counted, before)


def _counted(asked: _Asked, wanted: arrays.Mask) -> held.Counted:
    """Return what is kept of the hours that are wanted, after a look into some more of them."""
    places = [(int(tag), int(hour)) for tag, hour in np.argwhere(wanted)]
    last: dict[tuple[str, int], _Count] = cache.recall("counted_hours") or {}
    kept = {}
    for place in places:
        count = last.get(asked.id_of(*place))
        if count is not None and count.key == asked.key_of(*place):
            kept[place] = count
    due = _due(asked, places, kept)
    if due:
        kept |= _looked_into(asked, due)
    cache.remember("counted_hours", {asked.id_of(*place): each for place, each in kept.items()})
    found = held.nothing_counted(wanted.shape)
    for place, count in kept.items():
        found.known[place] = bool(count.row)
        for name, value in zip(COLUMNS, count.row, strict=False):
            getattr(found, name)[place] = value
    return found


def _due(
    asked: _Asked, places: list[tuple[int, int]], kept: dict[tuple[int, int], _Count]
) -> list[tuple[int, int]]:
    """Return the hours to look into: what is not kept, newest first, then what was long ago."""
    now, slow_at = time.monotonic(), cache.recall("slow_counting")
    if slow_at is not None and now - slow_at < SLOW_S:
        return []
    due = sorted((each for each in places if each not in kept), key=lambda each: -each[1])
    again = [each for each, count in kept.items() if now - count.made_at > COUNT_AGAIN_S]
    due += sorted(again, key=lambda each: kept[each].made_at)
    chosen = due[:MOST_HOURS]
    size = np.cumsum([float(np.nan_to_num(asked.size[each])) for each in chosen])
    return chosen[: int(np.searchsorted(size, MOST_READINGS, side="right"))]


def _looked_into(asked: _Asked, places: list[tuple[int, int]]) -> dict[tuple[int, int], _Count]:
    """Return what the readings of these hours hold; nothing where that takes too long."""
    starts = pd.to_datetime([asked.id_of(*each)[1] for each in places], utc=True)
    tag = [each[0] for each in places]
    values: dict[str, Any] = {name: [of[k] for k in tag] for name, of in asked.spans.items()}
    values |= {"tags": [asked.names[k] for k in tag], "hours": list(starts.to_pydatetime())}
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
    found = {}
    for place, count, row in zip(frame["tag"].tolist(), frame["n"].tolist(), rows, strict=True):
        each = places[place]
        is_whole = count >= np.nan_to_num(asked.size[each])
        found[each] = _Count(asked.key_of(*each), made_at, row if is_whole else ())
    return found


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
    found, flagged = np.full(len(names), np.nan), catalog().flagged
    of_each = {"tags": names, "lows": lows, "highs": highs}
    values = {"start": start, "depth": FIRST_LOOK, "floor": start - NEAR}
    for bounded in (True, False) if catalog().many_parts else (False,):
        some = np.flatnonzero(np.isnan(found))
        if not len(some):
            break
        mine = {name: [each[place] for place in some] for name, each in of_each.items()}
        statement = before_hours_statement(flagged, bounded)
        bound = values if bounded else {k: v for k, v in values.items() if k != "floor"}
        frame = read_frame(statement, {**mine, **bound})
        found[some[frame["tag"].to_numpy(np.int64)]] = frame["value"].to_numpy(np.float64)
    return found.tolist()
