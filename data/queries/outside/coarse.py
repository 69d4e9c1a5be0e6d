"""The rows of a coarse rollup of many tags in a window, and which readings are still needed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from data.analysis import alarms, arrays, excursions
from data.queries.relations import LAST, catalog, waiting
from data.queries.stretches import Asked, Pieces, asking, before
from data.sql import ROLLUPS

#: The rows of a rollup so far back are settled: a refresh brings in what was written in seconds.
SETTLED = 2


@dataclass(frozen=True)
class Coarse:
    """What a rollup has of tags in a window.

    Parameters
    ----------
    begin, stop : where its rows begin, not after the window's start; where that ends [ns]
    every : its rows, see `asking.stored`
    rows : those that the rollup answers
    spans : of each tag, what it does not answer: (start, stop) [ns]
    total : readings that it counts of each tag in its buckets
    before : readings of tags that may be outside before it, see `before.rows_before`
    is_on : which tags may be outside before their first row
    widths : of the rollup and of the finer ones [s]
    logged : it lacks nothing
    live : the newest bucket of each tag may still be filling
    unchecked : how many buckets of each tag may lack readings, and were not looked after
    """

    begin: int
    stop: int
    every: pd.DataFrame
    rows: pd.DataFrame
    spans: list[list[tuple[int, int]]]
    total: arrays.Floats
    before: pd.DataFrame
    is_on: arrays.Mask
    widths: tuple[int, ...]
    logged: bool
    live: bool
    unchecked: arrays.Whole

    @property
    def end(self) -> int:
        """Where its buckets end, not before the window's stop [ns]."""
        width = self.widths[0] * 10**9
        return -(-self.stop // width) * width

    @property
    def name(self) -> str:
        """The relation."""
        return ROLLUPS[self.widths[0]].name

    def before_of(self, place: int) -> pd.DataFrame:
        """Return the readings of a tag before its rows."""
        return self.before[self.before["tag"] == place]

    def state_of(self, asked: Asked, place: int) -> arrays.Mask:
        """Return which latches of a tag are set before its rows."""
        return _state(asked, place, self.before_of(place))

    def to_read(self, asked: Asked) -> arrays.Mask:
        """Return the rows whose readings are needed, where the readings are to tell."""
        names = ("tag", "place", "min", "max")
        rows = excursions.Stored(*(self.rows[name].to_numpy() for name in names))
        return excursions.runs_to_read(rows, asked.many, self.is_on)

    def stretches(self, to_read: arrays.Mask, tags: arrays.Mask) -> list[tuple[int, int, int]]:
        """Return what is to be read of some tags: place, start, stop [ns].

        Their rows that are to be read, and what the rollup does not answer.
        """
        rows = self.rows[to_read]
        width = self.widths[0] * 10**9
        spans = [list(each) if some else [] for each, some in zip(self.spans, tags, strict=True)]
        for place, at in zip(rows["tag"].tolist(), rows["at"].tolist(), strict=True):
            spans[place].append((at, at + width))
        return [(place, *span) for place, mine in enumerate(spans) for span in arrays.joined(mine)]

    def holes(self, asked: Asked, to_read: arrays.Mask, tags: arrays.Mask) -> Pieces:
        """Return where some tags may be outside and the rollup has no row: all may be BAD there.

        Those behind a row that is to be read and not quiet, and before the first row of a tag that
        may be outside before it; each up to the next row, or to what the rollup does not answer.
        """
        tag, at, low, high = (self.rows[name].to_numpy() for name in ("tag", "at", "min", "max"))
        floor, ceiling = asked.quiet.floor[tag], asked.quiet.ceiling[tag]
        loud = to_read & ~((low >= floor) & (high < ceiling))
        bounds = np.searchsorted(tag, np.arange(len(self.spans) + 1))
        holes = []
        some = tags & (self.is_on | np.isin(np.arange(len(tags)), tag[loud]))
        for place in np.flatnonzero(some).tolist():
            mine = slice(bounds[place], bounds[place + 1])
            ends = (at[mine] + self.widths[0] * 10**9)[loud[mine]].tolist()
            starts = np.sort(np.append(at[mine], [start for start, _stop in self.spans[place]]))
            for start in [*([self.begin] if self.is_on[place] else []), *ends]:
                following = starts[np.searchsorted(starts, start) :]
                holes.append((place, start, int(following[0]) if len(following) else self.stop))
        return asking.pieces(holes).some

    def behind(self, tags: arrays.Mask) -> Pieces:
        """Return what lies between each stretch that the rollup does not answer and its next row.

        Of some tags. What is quiet there, and was sent with none, ends what stands in the stretch.
        """
        tag, at = (self.rows[name].to_numpy() for name in ("tag", "at"))
        bounds, behind = np.searchsorted(tag, np.arange(len(self.spans) + 1)), []
        for place in np.flatnonzero(tags).tolist():
            starts = [start for start, _stop in self.spans[place]]
            mine = np.sort([*at[bounds[place] : bounds[place + 1]].tolist(), *starts, self.stop])
            for _start, stop in self.spans[place]:
                if stop < self.stop:
                    following = mine[np.searchsorted(mine, stop) :]
                    behind.append((place, stop, int(following[0])))
        return asking.pieces(behind).some

    def to_its_end(self, tags: arrays.Mask) -> "Coarse":
        """Return the same where the bucket that ends behind the window tells of some tags too."""
        last = self.end - self.widths[0] * 10**9
        if self.live or self.end == self.stop:
            return self
        spans = [
            [span for span in mine if not some or span[0] < last]
            for mine, some in zip(self.spans, tags, strict=True)
        ]
        return self._with(spans)

    def less(self, stretches: Sequence[Sequence[tuple[int, int]]]) -> "Coarse":
        """Return the same where the rollup does not answer further stretches of each tag."""
        pairs = zip(self.spans, stretches, strict=True)
        return self._with([list(arrays.joined([*mine, *more])) for mine, more in pairs])

    def _with(self, spans: list[list[tuple[int, int]]]) -> "Coarse":
        answered = _answers(spans, *(self.every[name].to_numpy() for name in ("tag", "at")))
        return replace(self, spans=spans, rows=self.every[answered].reset_index(drop=True))

    def gone(self, of: Pieces, read: pd.DataFrame, to_read: arrays.Mask) -> arrays.Mask:
        """Return the tags of which a stretch that was read holds less than the rollup counts.

        Parameters
        ----------
        of : by tag and time
        read : their readings
        """
        count = len(of.tag)
        there = np.zeros(count)
        np.maximum.at(there, read["piece"].to_numpy(np.int64), read["total"].to_numpy())
        tag, at, n = (self.rows[name].to_numpy()[to_read] for name in ("tag", "at", "n"))
        piece = of.holding(tag, at)
        due = np.bincount(piece, n, count)
        gone = np.zeros(len(self.spans), dtype=bool)
        gone[of.tag[there < due]] = True
        return gone


def coarse_rows(asked: Asked, widths: Sequence[int], *, live: bool, whole: bool) -> Coarse:
    """Return what the coarsest rollup has of tags in a window.

    Parameters
    ----------
    widths : of the rollups, from coarse to fine [s]
    live : the newest bucket of each tag may still be filling
    whole : the rollups lack nothing but that
    """
    width = widths[0] * 10**9
    start, stop = asked.window
    # What is written just now is in no rollup yet: the row before must be older than that.
    begin = (start // width - (SETTLED if live else 0)) * width
    end = stop // width * width
    places = np.arange(len(asked.questions))
    of = Pieces(places, np.full(len(places), begin), np.full(len(places), max(stop, begin + 1)))
    rows = asking.stored(asked, of, widths[0])
    tag, at = rows["tag"].to_numpy(), rows["at"].to_numpy()
    newest, total = np.full(len(places), begin - (0 if live else width)), np.zeros(len(places))
    np.maximum.at(newest, tag, at)
    total[tag] = rows["total"]
    edges = np.full(len(places), end)
    if live or not whole:
        edges = np.minimum(edges, newest if live else newest + width)
    spans = _spans(begin, edges, stop, widths[0])
    answered = _answers(spans, tag, at)
    inside = before.surely_inside(asked, begin, widths[0], adjacent=not whole)
    earlier = before.rows_before(asked, np.flatnonzero(~inside), begin)
    is_on = _is_on(asked, earlier)
    inside_rows = rows[answered].reset_index(drop=True)
    return Coarse(
        begin=begin,
        stop=stop,
        every=rows,
        rows=inside_rows,
        spans=spans,
        total=total,
        before=earlier,
        is_on=is_on,
        widths=tuple(widths),
        logged=whole,
        live=live,
        unchecked=np.zeros(len(places), np.int64),
    )


def _spans(begin: int, edges: arrays.Whole, stop: int, width: int) -> list[list[tuple[int, int]]]:
    """Return of each tag what the rollup does not answer: its end, and where it waits.

    Where chunks of readings were dropped it waits too, and nothing else can tell.
    """
    waits: arrays.Stretches = ()
    if catalog().refreshes:
        now = waiting()
        kept = begin if now.kept == LAST else max(begin, now.kept)
        waits = arrays.within(now.stretches.get(width, ()), kept, stop)
    spans = []
    for edge in edges.tolist():
        mine = [*waits, *([(edge, stop)] if edge < stop else [])]
        spans.append(list(arrays.joined(mine)))
    return spans


def _answers(
    spans: list[list[tuple[int, int]]], tag: arrays.Whole, at: arrays.Whole
) -> arrays.Mask:
    """Return which rows the rollup answers: those in none of the spans of their tag."""
    answers = np.ones(len(tag), dtype=bool)
    bounds = np.searchsorted(tag, np.arange(len(spans) + 1))
    for place, mine in enumerate(spans):
        rows = slice(bounds[place], bounds[place + 1])
        for start, stop in mine:
            answers[rows] &= ~((at[rows] >= start) & (at[rows] < stop))
    return answers


def _is_on(asked: Asked, earlier: pd.DataFrame) -> arrays.Mask:
    """Return which tags were outside by the readings before a window."""
    is_on = np.zeros(len(asked.questions), dtype=bool)
    for place in np.unique(earlier["tag"]).tolist():
        is_on[place] = _state(asked, place, earlier[earlier["tag"] == place]).any()
    return is_on


def _state(asked: Asked, place: int, earlier: pd.DataFrame) -> arrays.Mask:
    """Return which latches of a tag its readings before a window leave set."""
    if not len(earlier):
        return np.zeros(4, dtype=bool)
    index = pd.DatetimeIndex(earlier["at"].to_numpy(), tz="UTC")
    rows = earlier[list(before.NUMBERS)].set_axis(index)
    return np.asarray(alarms.bucket_latches(rows, asked.questions[place].checks)[-1])
