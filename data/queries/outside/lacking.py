"""Where a coarse rollup of others lacks readings of tags: those are read in its place."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from data.analysis import arrays, doubtful
from data.queries.asking import read_columns
from data.queries.outside.coarse import Coarse
from data.queries.plan import time_of
from data.queries.stretches import Asked, asking
from data.sql import counts_of_tags_statement, more_of_tags_statement

#: Most doubts that are looked after of a tag, the newest; and readings that they may pass over.
PROBES, PROBED = 64, 100_000


def without_holes(asked: Asked, coarse: Coarse, tags: arrays.Mask, most: int) -> Coarse:
    """Return rows of a rollup less those that lack readings, which are to be read there.

    Runs of missing buckets and buckets with too few are in doubt, as in the history of a tag. Those
    that are not looked after, and those of which too much would have to be read, are counted.

    Parameters
    ----------
    tags : of which the rollup tells
    most : readings that may be read of a tag in its place, about; the newest are

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    width = coarse.widths[0] * 10**9
    begin, end = coarse.begin // width * width, coarse.end
    buckets = (end - begin) // width
    places = np.flatnonzero(tags)
    if not len(places) or coarse.logged:
        return coarse
    places, others = np.split(places, [asking.ROWS_AT_ONCE // max(buckets, 1)])
    unchecked = coarse.unchecked.copy()
    unchecked[others] = buckets
    counts = dict(zip(places.tolist(), _counts(asked, coarse, places), strict=True))
    doubts = list[tuple[int, doubtful.Doubt]]()
    for place, each in counts.items():
        every = _new_doubts(each, coarse.spans[place])
        some = _affordable(every)
        doubts += [(place, doubt) for doubt in some]
        unchecked[place] = sum((doubt.stop - doubt.start) // width for doubt in every[len(some) :])
    stretches: list[list[tuple[int, int]]] = [[] for _ in coarse.spans]
    left = dict.fromkeys(counts, float(most))
    for place, doubt in _confirmed(asked, doubts):
        start, stop = doubtful.run_of(doubt, counts[place])
        left[place] -= _rate(counts[place]) * (stop - start) / 1e9
        if left[place] >= 0:
            stretches[place].append((max(start, coarse.begin), min(stop, coarse.stop)))
        else:
            unchecked[place] += (stop - start) // width
    coarse = replace(coarse, unchecked=unchecked)
    return coarse.less(stretches) if any(stretches) else coarse


def _counts(asked: Asked, coarse: Coarse, places: arrays.Whole) -> list[doubtful.Counts]:
    """Return what the rollup counts of some tags, up to where it ends of each."""
    width, names = coarse.widths[0] * 10**9, [asked.questions[place].tag for place in places]
    values = {"tags": names, "start": time_of(coarse.begin), "stop": time_of(coarse.end)}
    columns = read_columns(counts_of_tags_statement(coarse.widths[0]), values)
    at, n, tag = arrays.nanoseconds(columns["bucket"]), columns["n"], columns["tag"]
    order = np.lexsort((at, tag))
    bounds = np.searchsorted(tag[order], np.arange(len(places) + 1)).tolist()
    every = []
    for place, (low, high) in zip(places.tolist(), pairwise(bounds), strict=True):
        mine = order[low:high]
        ends = [start for start, stop in coarse.spans[place] if stop >= coarse.stop]
        stop = min([coarse.end, *(-(-each // width) * width for each in ends)])
        mine = mine[at[mine] < stop]
        counts = n[mine].astype(np.float64)
        every.append(doubtful.Counts(at[mine], counts, width, coarse.begin, stop))
    return every


def _new_doubts(counts: doubtful.Counts, spans: Sequence[tuple[int, int]]) -> list[doubtful.Doubt]:
    """Return the doubts, newest first, where the readings do not answer already."""
    if counts.start >= counts.stop:
        return []
    doubts = doubtful.doubts(counts)
    return [
        each
        for each in doubts
        if not any(each.start < stop and start < each.stop for start, stop in spans)
    ]


def _affordable(doubts: Sequence[doubtful.Doubt]) -> Sequence[doubtful.Doubt]:
    """Return the first doubts, as many as may be looked after."""
    passed = np.cumsum([each.n + 1 for each in doubts])
    return doubts[: min(PROBES, int(np.searchsorted(passed, PROBED, side="right")))]


def _confirmed(
    asked: Asked, doubts: Sequence[tuple[int, doubtful.Doubt]]
) -> list[tuple[int, doubtful.Doubt]]:
    """Return those doubts of tags of which there are more readings than the rollup counts."""
    if not doubts:
        return []
    places, stretches = zip(*doubts, strict=True)
    starts, stops = ([getattr(each, name) for each in stretches] for name in ("start", "stop"))
    values = {
        "tags": [asked.questions[place].tag for place in places],
        "counts": [float(each.n) for each in stretches],
        "starts": [time_of(each) for each in starts],
        "stops": [time_of(each) for each in stops],
        "start": time_of(min(starts)),
        "stop": time_of(max(stops)),
    }
    columns = read_columns(more_of_tags_statement(), values)
    return [doubts[place] for place in sorted(columns["tag"].tolist())]


def _rate(counts: doubtful.Counts) -> float:
    """Return how many readings a second the buckets mostly hold."""
    return float(np.median(counts.n)) / counts.width * 1e9 if len(counts.n) else 0.0
