"""What a tick has from the one before, so that it reads only what came since.

Of a tag with all the readings that its state needs, a tick reads what follows the ninth newest of
them. So the newest reading and what is late, changed or deleted among the last eight count at once;
what is older than these is read anew within a minute, a share of the tags at each tick.
"""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from data.analysis import alarms, arrays
from data.db import cache
from data.queries.deciding import OF_EACH
from data.sql import Following, Part, QcCode

#: How long what is older than the last eight readings is held [s]: as long as what lies before the
#: bound of a tick.
ANEW_S = 60.0
#: Trusted readings that every tick reads again. Of each eight of the 61 that are held some tick has
#: read less than 610 readings around them, so the 61 lie within the newest 5,001, as they must.
AGAIN = 8
HELD = alarms.TRUSTED_COUNT - AGAIN
Read = Callable[[dict[str, Any]], pd.DataFrame]


class Recent(NamedTuple):
    """What the state of many tags follows from, all seen at one moment.

    Parameters
    ----------
    latest : as `latest` returns it
    trusted : the newest 61 readings of each tag that are not BAD, of its last 5,001; columns tag
        (place in the names), ts, value, qc, ordered by tag, ts
    reference : columns tag, ts, value: the last that is not BAD, at least `behind` seconds old and
        at most one gap older
    """

    latest: pd.DataFrame
    trusted: pd.DataFrame
    reference: pd.DataFrame


class Joined(NamedTuple):
    """The trusted readings of tags of which the last ones were read, and the others were held.

    Parameters
    ----------
    is_held : which of n tags these are
    ts, value : a row for each of n tags, 61 columns by time [us since 1970, tag unit]
    """

    is_held: arrays.Mask
    ts: arrays.Whole
    value: arrays.Floats

    def with_others(self, others: pd.DataFrame) -> pd.DataFrame:
        """Return the trusted readings of all tags: columns tag, ts, value, qc; by tag and time."""
        place, width = np.flatnonzero(self.is_held), self.ts.shape[1]
        tag = np.concatenate([np.repeat(place, width), others["tag"].to_numpy(np.int64)])
        ts = np.concatenate([self.ts[place].ravel(), _microseconds(others)])
        value = np.concatenate([self.value[place].ravel(), others["value"].to_numpy()])
        qc = np.concatenate([np.zeros(place.size * width, np.int64), others["qc"].to_numpy()])
        if len(others):
            order = np.argsort(tag, kind="stable")
            tag, ts, value, qc = tag[order], ts[order], value[order], qc[order]
        times = pd.DatetimeIndex(ts.view("M8[us]")).tz_localize("UTC")
        return pd.DataFrame({"tag": tag, "ts": times, "value": value, "qc": qc}, copy=False)


class Memory(NamedTuple):
    """What a worker remembers of n tags from the tick before.

    Parameters
    ----------
    key : names of the tags, and what their qc means: of others it has nothing
    low, high : between which their readings were trusted [tag unit]
    is_held : of which tags something is held; the others are read anew
    ts, value : a row a tag, its trusted readings up to the ninth newest [us since 1970, tag unit]
    read_at : when all readings of a tag were read, by the steady clock [s]
    """

    key: tuple[Any, ...]
    low: arrays.Floats
    high: arrays.Floats
    is_held: arrays.Mask
    ts: arrays.Whole
    value: arrays.Floats
    read_at: arrays.Floats

    def seens(self, some: arrays.Mask | None = None) -> list[str | None]:
        """Return after what time each tag is read, as SQL writes it, None where all of it is.

        Parameters
        ----------
        some : of these tags; None: of all of which something is held
        """
        times = np.datetime_as_string(self.ts[:, -1].view("M8[us]"), timezone="UTC")
        is_held = (self.is_held if some is None else some).tolist()
        each = zip(times.tolist(), is_held, strict=True)
        return [at if holds else None for at, holds in each]

    def joined(
        self, frame: pd.DataFrame, values: dict[str, Any], read: Read
    ) -> tuple[pd.DataFrame, Joined]:
        """Return the rows of `recent_statement`, with NEWEST of all tags; TRUSTED of the others.

        Parameters
        ----------
        frame : its rows with `seens`
        values : what was bound
        read : reads its rows by other values
        """
        is_following = (frame["part"] == Part.FOLLOWING).to_numpy()
        following = frame[is_following]
        order = np.lexsort((_microseconds(following), following["tag"].to_numpy()))
        following = following.take(order)
        holds = self.is_held & _holds(following, values["depth"], len(self.low))
        tag = following["tag"].to_numpy(np.int64)
        is_last = np.append(tag[1:] != tag[:-1], True)[: len(tag)] & holds[tag]
        rows = [frame[~is_following], following[is_last].assign(part=int(Part.NEWEST))]
        anew = np.flatnonzero(self.is_held & ~holds)
        if len(anew):
            rows.append(_read_anew(anew, values, read))
            self.read_at[anew] = time.monotonic()
        is_trusted = (following["place"] == Following.TRUSTED).to_numpy() & holds[tag]
        return pd.concat(rows, ignore_index=True), self._with(following[is_trusted], holds)

    def _with(self, following: pd.DataFrame, holds: arrays.Mask) -> Joined:
        """Return the newest 61 of what is held of each tag and of what followed, by tag, time."""
        tag, width = following["tag"].to_numpy(np.int64), alarms.TRUSTED_COUNT
        count = np.bincount(tag, minlength=len(holds))
        column = np.arange(HELD) + (AGAIN - count)[:, None]  # what is held moves to the left
        row, held = np.nonzero((column >= 0) & holds[:, None])
        from_end = np.cumsum(count)[tag] - np.arange(len(tag))
        some = from_end <= width

        def filled(old: Any, new: Any) -> Any:
            matrix = np.zeros((len(holds), width), dtype=old.dtype)
            matrix[row, column[row, held]] = old[row, held]
            matrix[tag[some], width - from_end[some]] = new[some]
            return matrix

        ts = filled(self.ts, _microseconds(following))
        return Joined(holds, ts, filled(self.value, following["value"].to_numpy()))

    def keep(self, trusted: pd.DataFrame, is_other: arrays.Mask) -> None:
        """Hold what the next tick need not read.

        Parameters
        ----------
        trusted : of `Recent`
        is_other : tags to be read anew at each tick: sought further back, or of the future
        """
        count = np.bincount(trusted["tag"].to_numpy(np.int64), minlength=len(is_other))
        is_held = (count == alarms.TRUSTED_COUNT) & ~is_other
        start = np.where(is_held, np.cumsum(count) - count, 0)
        place = start[:, None] + np.arange(HELD) if is_held.any() else np.zeros((0, HELD), int)
        held = self._replace(is_held=is_held)
        if len(place):
            ts, value = _microseconds(trusted), trusted["value"].to_numpy()
            # A tag without so many readings at the end of all has nothing to take there.
            place = np.minimum(place, len(ts) - 1)
            held = held._replace(ts=ts[place], value=value[place])
        cache.remember("recent", held)


def resumed(values: dict[str, Any], flagged: QcCode | None) -> Memory:
    """Return what is held of tags whose readings are still trusted by the same bounds.

    Parameters
    ----------
    values : what `recent_statement` binds
    """
    key = (tuple(values["tags"]), flagged)
    low, high = (np.asarray(values[name], dtype=np.float64) for name in ("lows", "highs"))
    last: Memory | None = cache.recall("recent")
    now, size = time.monotonic(), len(low)
    if last is None or last.key != key:
        held = np.zeros((size, HELD))
        nothing = np.zeros(size, dtype=bool)
        read_at = _spread(np.arange(size), size, now)
        return Memory(key, low, high, nothing, held.astype(np.int64), held, read_at)
    holds = last.is_held & (last.low == low) & (last.high == high)
    holds &= last.read_at > now - ANEW_S
    holds &= last.ts[:, -1] > pd.Timestamp(values["floor"]).value // 1_000
    read_at, anew = last.read_at.copy(), np.flatnonzero(~holds)
    read_at[anew] = _spread(anew, size, now)
    return last._replace(low=low, high=high, is_held=holds, read_at=read_at)


def _spread(anew: arrays.Whole, size: int, now: float) -> arrays.Floats:
    """Return when tags count as read: apart, so that not all are due again at one tick."""
    return now - np.linspace(0, ANEW_S * len(anew) / max(size, 1), len(anew))


def _holds(following: pd.DataFrame, depth: int, size: int) -> arrays.Mask:
    """Return of which tags what followed joins what is held: no hole, no clock, all there."""
    tag, place = following["tag"].to_numpy(np.int64), following["place"].to_numpy()
    count = np.bincount(tag, minlength=size)
    ahead = np.bincount(tag[place == Following.AHEAD], minlength=size)
    trusted = np.bincount(tag[place == Following.TRUSTED], minlength=size)
    return np.asarray((trusted >= AGAIN) & (count < depth) & (ahead == 0))


def _read_anew(anew: arrays.Whole, values: dict[str, Any], read: Read) -> pd.DataFrame:
    """Return the rows of these tags, which were asked for by what no longer holds."""
    some = {name: [values[name][at] for at in anew] for name in OF_EACH}
    rows = read({**values, **some, "seens": [None] * len(anew)})
    rows = rows[rows["part"].isin((Part.NEWEST, Part.AHEAD, Part.TRUSTED))]
    return rows.assign(tag=anew[rows["tag"].to_numpy(np.int64)])


def _microseconds(rows: pd.DataFrame) -> arrays.Whole:
    """Return the times of rows [us since 1970], as a frame that was read has them."""
    return pd.DatetimeIndex(rows["ts"]).as_unit("us").asi8
