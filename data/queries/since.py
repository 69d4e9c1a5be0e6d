"""How old the newest readings are, and since when a limit is crossed where they do not tell.

An age is what a worker has shown, carried on. The reading that crossed a limit is sought as far
back as the alarm itself. What was found stands until a newer reading resets the latch, so a tick
asks only for the tags that have just come into view.
"""

import threading
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from data.analysis import Floats, arrays, gaps
from data.db import cache, clock
from data.queries.asking import read_frame
from data.queries.deciding import (
    LATENESS,
    Question,
    arrays_of,
    at_once,
    deciding_readings,
    has_holes,
    least_spacing,
    older,
    questions_of,
    reach,
    waits_of_hours,
)
from data.queries.latest import spacings
from data.queries.relations import catalog, degrading
from data.queries.tick import SEARCH_AGAIN_S
from data.sql import deciding_since_statement, entering_statement

#: A tick searches no longer [s]; the next goes on with the rest. Until then a card says which limit
#: is crossed and how far.
CROSSING_SEARCH_S = 1.0
#: Columns of a crossing that tell one latch of a tag from another.
KEY = ["low", "high", "floor", "ceiling"]
LATENESS_NS = pd.Timedelta(LATENESS).as_unit("ns").value


class _Kept(NamedTuple):
    """What is known of n tags, of readings up to `until`; NEVER in `since`: longer than we look."""

    names: tuple[str, ...]
    key: arrays.Floats  # n x 4, by KEY: the latch that it is of, NaN where nothing is known
    since: arrays.Whole
    is_found: arrays.Mask
    until: arrays.Whole
    made_at: arrays.Floats

    def put(self, place: arrays.Whole, rows: pd.DataFrame, made_at: Any) -> None:
        """Keep what was found of some tags: columns KEY, since, is_found, newest."""
        self.key[place] = rows[KEY].to_numpy(np.float64)
        self.since[place] = arrays.nanoseconds(rows["since"])
        self.is_found[place] = rows["is_found"].to_numpy(bool)
        self.until[place] = arrays.nanoseconds(rows["newest"])
        self.made_at[place] = made_at


def crossed_since(crossings: pd.DataFrame, names: tuple[str, ...], now: datetime) -> pd.DataFrame:
    """Return since when each limit is crossed.

    Parameters
    ----------
    crossings : what `states.crossings` returns
    names : of all tags
    now : the database's clock when their readings were read

    Returns
    -------
    DataFrame, as `crossings`: `since` NaT where it is longer ago than a look-back reaches, and
    `is_found`, False where there is no answer yet

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    in_view = crossings["since"].notna().to_numpy()
    rows = crossings.assign(is_found=in_view)
    if len(rows):
        kept, place = _recalled(names), rows["tag"].to_numpy(np.int64)
        kept.put(place[in_view], rows[in_view], np.full(int(in_view.sum()), time.monotonic()))
        is_known = _valid(kept, rows, ~in_view)
        kept.until[place[is_known]] = arrays.nanoseconds(rows["newest"])[is_known]
        _search(kept, rows[~in_view & ~is_known], now)
        cache.remember("since", kept)
        rows = _filled(rows, kept, ~in_view, now)
    return rows


def _recalled(names: tuple[str, ...]) -> _Kept:
    """Return a copy of what is known of these tags, also where others came or went."""
    last, count = cache.recall("since"), len(names)
    never, kept = np.full(count, arrays.NEVER), np.full((count, len(KEY)), np.nan)
    fresh = _Kept(names, kept, never, np.zeros(count, bool), never.copy(), np.zeros(count))
    if last is None:
        return fresh
    if last.names == names:
        return _Kept(names, *(column.copy() for column in last[1:]))
    place = pd.Index(last.names).get_indexer(pd.Index(names))
    for column, old in zip(fresh[1:], last[1:], strict=True):
        column[place >= 0] = old[place[place >= 0]]
    return fresh


def _valid(kept: _Kept, rows: pd.DataFrame, out_of_view: arrays.Mask) -> arrays.Mask:
    """Return of which tags what is kept still holds: no reading since then resets the latch."""
    place = rows["tag"].to_numpy(np.int64)
    same = (kept.key[place] == rows[KEY].to_numpy(np.float64)).all(axis=1) & out_of_view
    same &= kept.made_at[place] > time.monotonic() - SEARCH_AGAIN_S
    # Where a clock stepped back, what came since lies before what was read.
    same &= kept.until[place] <= arrays.nanoseconds(rows["newest"])
    is_seamless = kept.until[place] >= arrays.nanoseconds(rows["oldest"])
    unseen = np.flatnonzero(same & ~is_seamless)
    if len(unseen):
        same[unseen[_resets(kept, rows.iloc[unseen])]] = False
    return np.asarray(same)


def _resets(kept: _Kept, rows: pd.DataFrame) -> arrays.Whole:
    """Return the places in `rows` of latches that a reading has reset that no tick has seen."""
    place = rows["tag"].to_numpy(np.int64)
    since = np.maximum(kept.since[place], kept.until[place] - LATENESS_NS)
    values = {
        **arrays_of(_reset_questions(kept.names, rows)),
        "sinces": _datetimes(since),
        "at": None,
    }
    return read_frame(deciding_since_statement(catalog().flagged), values)["tag"].to_numpy(np.int64)


def _search(kept: _Kept, rows: pd.DataFrame, now: datetime) -> None:
    """Seek what is not known, as long as a tick may take."""
    if not len(rows):
        return
    start = made_at = time.monotonic()
    size = at_once(least_spacing(spacings(kept.names).to_numpy()[rows["tag"]]))
    for first in range(0, len(rows), size):
        piece = rows.iloc[first : first + size]
        # Spread out, so that not all are due again at one tick.
        step = SEARCH_AGAIN_S / 2 / len(rows)
        spread = made_at - step * np.arange(first, first + len(piece))
        kept.put(piece["tag"].to_numpy(np.int64), _found(kept.names, piece, now), spread)
        if time.monotonic() - start > CROSSING_SEARCH_S:
            break


@degrading
def _found(names: tuple[str, ...], rows: pd.DataFrame, now: datetime) -> pd.DataFrame:
    """Return these crossings with `since` and `is_found`, all of them by three statements."""
    has, edge = catalog(), pd.Timestamp(now - reach())
    has_hours = 3_600 in has.rollups
    questions = _reset_questions(names, rows)
    reset = deciding_readings.function(questions, None)["ts"]
    values: dict[str, Any] = {**arrays_of(_set_questions(names, rows)), **waits_of_hours()}
    values |= {"sinces": reset.fillna(edge).dt.to_pydatetime().tolist(), "at": None}
    frame = read_frame(entering_statement(has_hours, has.flagged, has_holes()), values)
    entered = frame.set_index("tag")["ts"].reindex(range(len(rows)))
    is_longer = np.zeros(len(rows), dtype=bool)
    never_reset = np.flatnonzero(reset.isna())
    if len(never_reset):
        untils = [edge.to_pydatetime()] * len(never_reset)
        is_longer[never_reset[older(names, rows.iloc[never_reset], untils, has_hours)]] = True
    since = entered.mask(is_longer).to_numpy()
    return rows.assign(since=since, is_found=is_longer | entered.notna().to_numpy())


def _reset_questions(names: tuple[str, ...], rows: pd.DataFrame) -> tuple[Question, ...]:
    """Return which reading resets each latch: that on the good side of its zone."""
    is_high = rows["limit"] >= 2
    bounds = {"low": rows["low"].where(is_high, -np.inf)}
    bounds |= {"high": rows["high"].where(~is_high, np.inf)}
    return questions_of(names, rows.assign(**bounds))


def _set_questions(names: tuple[str, ...], rows: pd.DataFrame) -> tuple[Question, ...]:
    """Return which reading sets each latch: that beyond its limit."""
    is_high = rows["limit"] >= 2
    bounds = {"low": rows["low"].where(~is_high, -np.inf)}
    bounds |= {"high": rows["high"].where(is_high, np.inf)}
    return questions_of(names, rows.assign(**bounds))


def _datetimes(at: arrays.Whole) -> Sequence[datetime]:
    return pd.to_datetime(at, utc=True).to_pydatetime().tolist()


def _filled(
    rows: pd.DataFrame, kept: _Kept, out_of_view: arrays.Mask, now: datetime
) -> pd.DataFrame:
    """Return the rows with what is kept; what has become older than we look is not said."""
    place = rows["tag"].to_numpy(np.int64)
    same = (kept.key[place] == rows[KEY].to_numpy(np.float64)).all(axis=1) & out_of_view
    edge = pd.Timestamp(now - reach()).as_unit("ns").value
    since = np.where(kept.since[place] < edge, arrays.NEVER, kept.since[place])
    since = np.where(same, since, arrays.nanoseconds(rows["since"]))
    is_found = np.where(same, kept.is_found[place], rows["is_found"])
    return rows.assign(since=pd.to_datetime(since, utc=True), is_found=is_found)


class _Keeper:
    """What this worker has shown of every tag of one historian that has readings."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.places: dict[str, int] = {}
        self.shown = gaps.never_shown(0)

    def ages(self, names: tuple[str, ...], now: int, at: arrays.Whole) -> Floats:
        with self.lock:
            self._make_room(names, at)
            there = np.array([self.places.get(name, -1) for name in names], dtype=np.int64)
            is_shown, age = there >= 0, np.full(len(names), np.nan)
            before = self.shown.of(there[is_shown])
            age[is_shown], after = gaps.carried_ages(now, at[is_shown], time.monotonic(), before)
            self.shown.put(there[is_shown], after)
        return age

    def _make_room(self, names: tuple[str, ...], at: arrays.Whole) -> None:
        """Give a place to each tag that has a reading: who asks for other names costs nothing."""
        new = [names[k] for k in np.flatnonzero(at != arrays.NEVER) if names[k] not in self.places]
        if not new:
            return
        self.places |= {name: len(self.places) + k for k, name in enumerate(dict.fromkeys(new))}
        self.shown = self.shown.and_more(len(self.places) - len(self.shown.at))


def ages_of(names: tuple[str, ...], now: datetime, times: "pd.Series[pd.Timestamp]") -> Floats:
    """Return how old each tag's newest reading is [s], NaN without one; never less than shown.

    Parameters
    ----------
    now : the database's clock when the readings were read
    times : of the newest readings, NaT without one; in the order of the names
    """
    keeper: _Keeper = cache.recall("ages") or _Keeper()
    cache.remember("ages", keeper)
    return keeper.ages(names, pd.Timestamp(now).as_unit("ns").value, arrays.nanoseconds(times))


def clock_behind() -> float:
    """Return by how much the database's clock has fallen behind [s], 0 where it has not.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer, and never did.
    """
    return clock.behind()
