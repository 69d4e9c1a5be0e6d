"""The search for what came before readings that are all BAD, from tick to tick."""

import time
from typing import Any

import numpy as np
import pandas as pd

from data.analysis import ManyChecks, alarms, arrays
from data.db import cache
from data.queries.asking import read_frame
from data.queries.relations import catalog
from data.sql import trusted_statement

#: Every tick reads so many of the newest readings of each tag, all tags in one statement. Only for
#: the few tags of which all of them are BAD does a look-back of their own go further.
FIRST_LOOK = 610
#: Tags of a long look-back in one statement: it reads 5,001 rows of each, in a fifth of a second.
TAGS_AT_ONCE = 100
#: A tick looks no further back after so long [s]; the next goes on where it ended. Until then such
#: a tag is judged by the first look alone.
SEARCH_S = 2.0
#: After so long a look-back starts anew [s], and so takes in the readings that came late; that of
#: up to 100 tags after a minute, which costs a fifth of a second.
SEARCH_AGAIN_S, SOONEST_AGAIN_S = 600.0, 60.0


class Search:
    """The search for the trusted readings of tags that have been BAD for long.

    What a search found is remembered with the time of the tag's newest reading at that moment. The
    next search reads only what came after that time, unless the rule has other bounds by then.
    """

    def __init__(self, names: tuple[str, ...], many: ManyChecks) -> None:
        self.names, self.many = names, many
        self.until = pd.DatetimeIndex([pd.NaT] * len(names)).tz_localize("UTC").as_unit("us")
        self.made_at = np.zeros(len(names))
        self.trusted = pd.DataFrame({"tag": np.zeros(0, int), "place": np.zeros(0, int)})

    @classmethod
    def resumed(cls, names: tuple[str, ...], many: ManyChecks) -> "Search":
        """Return the search for these tags, of these checks, as the one before left it."""
        search = cls(names, many)
        last: Search | None = cache.recall("trusted")
        if last is not None and last.names == names:
            again = _again_s(int(np.count_nonzero(last.until.notna())))
            old = time.monotonic() - last.made_at > again
            old |= (last.many.low != many.low) | (last.many.high != many.high)
            search.until = pd.DatetimeIndex(last.until.where(~old))
            search.made_at, search.trusted = last.made_at, last.trusted
        return search

    def values(self) -> dict[str, Any]:
        """Return what `recent_statement` binds."""
        times = [None if each is pd.NaT else each.to_pydatetime() for each in self.until]
        bounds = {"sinces": times, "count": alarms.TRUSTED_COUNT}
        return {"tags": list(self.names), **spans(self.many), **bounds}

    def trusted_readings(
        self, first_look: pd.DataFrame, arrivals: pd.DataFrame, newest: pd.Series
    ) -> pd.DataFrame:
        """Return the trusted readings of all tags, those from before the first look included.

        Parameters
        ----------
        first_look : the trusted readings of the first look; their place in it where one goes on
        arrivals : columns tag, place: how many readings came since the search of a tag
        newest : time of each tag's newest reading, NaT without one
        """
        count = np.bincount(first_look["tag"].to_numpy(np.int64), minlength=len(self.names))
        short = (count < alarms.TRUSTED_COUNT) & newest.notna().to_numpy()
        added = np.full(len(self.names), FIRST_LOOK)  # too many where it was not searched
        added[arrivals["tag"].to_numpy(np.int64)] = arrivals["place"].to_numpy()
        # Where a clock stepped back, what came since lies before what the search had read.
        fell_back = np.asarray(self.until > pd.DatetimeIndex(newest))
        goes_on = short & (added < FIRST_LOOK) & ~fell_back
        anew = np.flatnonzero(short & ~goes_on)
        earlier = self.trusted[goes_on[self.trusted["tag"].to_numpy(np.int64)]]
        earlier = earlier.assign(place=earlier["place"] + added[earlier["tag"].to_numpy(np.int64)])
        earlier = earlier[earlier["place"] <= alarms.SEARCH_DEPTH]
        far, anew = self._long_look_backs(anew, newest)
        rows = [first_look[~np.isin(first_look["tag"].to_numpy(), anew)], earlier, *far]
        trusted = _newest_of_each(pd.concat([each for each in rows if len(each)] or rows[:1]))
        done = goes_on.copy()
        done[anew] = True
        self._keep(trusted, done, anew, newest)
        return trusted.drop(columns="place").reset_index(drop=True)

    def _long_look_backs(
        self, anew: arrays.Whole, newest: pd.Series
    ) -> tuple[list[pd.DataFrame], arrays.Whole]:
        """Return what a long look-back reads of these tags, and which of them it had time for."""
        start, frames = time.monotonic(), list[pd.DataFrame]()
        for first in range(0, len(anew), TAGS_AT_ONCE):
            if time.monotonic() - start > SEARCH_S:
                return frames, anew[:first]
            piece = anew[first : first + TAGS_AT_ONCE]
            frames.append(self._long_look_back(piece, newest))
        return frames, anew

    def _long_look_back(self, piece: arrays.Whole, newest: pd.Series) -> pd.DataFrame:
        untils = [each.to_pydatetime() for each in newest.iloc[piece]]
        values: dict[str, Any] = {"tags": [self.names[place] for place in piece]}
        values |= spans(self.many.take(piece))
        values["untils"] = untils
        size = {"count": alarms.TRUSTED_COUNT, "depth": alarms.SEARCH_DEPTH}
        frame = read_frame(trusted_statement(catalog().flagged), values | size).drop(columns="part")
        return frame.assign(tag=piece[frame["tag"].to_numpy()])

    def _keep(
        self, trusted: pd.DataFrame, done: arrays.Mask, anew: arrays.Whole, newest: pd.Series
    ) -> None:
        if not done.any():
            cache.remember("trusted", None)
            return
        self.made_at = self.made_at.copy()
        # Spread out, so that not all are due again at one tick.
        spread = _again_s(len(anew)) / 2
        self.made_at[anew] = time.monotonic() - np.linspace(0, spread, len(anew))
        self.until = pd.DatetimeIndex(newest.where(done))
        self.trusted = trusted[done[trusted["tag"].to_numpy(np.int64)]]
        cache.remember("trusted", self)


def _again_s(count: int) -> float:
    """Return after how long the look-backs of so many tags start anew [s]."""
    share = SOONEST_AGAIN_S * count / TAGS_AT_ONCE
    return float(np.clip(share, SOONEST_AGAIN_S, SEARCH_AGAIN_S))


def _newest_of_each(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the newest readings of each tag, as many as are compared, by tag and time."""
    rows = by_tag_and_time(rows, "ts")
    tag = rows["tag"].to_numpy(np.int64)
    last = np.searchsorted(tag, tag, side="right")
    return rows[last - np.arange(len(rows)) <= alarms.TRUSTED_COUNT]


def spans(many: ManyChecks) -> dict[str, list[float]]:
    """Return what a reading that is not BAD lies between, by rule [tag unit]."""
    return {"lows": many.low.tolist(), "highs": many.high.tolist()}


def by_tag_and_time(frame: pd.DataFrame, time: str) -> pd.DataFrame:
    """Return rows ordered by tag and a column of times."""
    order = np.lexsort((arrays.nanoseconds(frame[time]), frame["tag"].to_numpy()))
    return frame.take(order).reset_index(drop=True)
