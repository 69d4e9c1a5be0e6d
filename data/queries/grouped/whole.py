"""Where a rollup lacks readings that a finer source has: a look into that at every doubt."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from data import buckets
from data.analysis import arrays, doubtful
from data.buckets import RAW
from data.db import read_frame
from data.queries.plan import Plan, Request, Segment, Source, apart, ns_of, time_of, whole_buckets
from data.queries.relations import LAST, catalog, waiting
from data.sql import counts_statement, held_statement, probes_statement

#: Most doubts that are looked after for one answer, the newest; and the readings that they may
#: pass over together: some 20 ms of work for the historian.
PROBES, PROBED = 64, 100_000


#: Most readings that are read in place of rollups that wait for a refresh; more take longer than a
#: page waits.
MOST_READINGS = 200_000


class _Look(NamedTuple):
    """A stretch of a rollup that may lack readings, and the finer source that may know more."""

    doubt: doubtful.Doubt
    counts: doubtful.Counts
    rollup: int
    source: int

    @property
    def cost(self) -> int:
        """How many rows of readings decide it."""
        return self.doubt.n + 1


class Lacking(NamedTuple):
    """Where rollups lack readings.

    Parameters
    ----------
    segments : the sources that have them, by time, without overlap
    waiting : those of them where a rollup waits for a refresh
    kept : from here on what these say is so, also where the rollup has more readings [ns]
    unchecked : how many buckets of a request may lack some that nobody looked after
    there : from here on no chunk of readings was dropped [ns]
    """

    segments: list[Segment]
    waiting: list[Segment]
    kept: int
    unchecked: int
    there: int = LAST


def lacks(request: Request, plan: Plan, frame: pd.DataFrame) -> Lacking:
    """Return where rollups lack readings, and what has them.

    Parameters
    ----------
    frame : the answer of the plan: index bucket; columns n, stored, least, seconds

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    waits = answered(request.tag, plan)
    looks = _doubtful(request, plan, frame, waits)
    chosen, rest = _affordable(looks)
    segments = [_lacking(look, plan) for look in _confirmed(request.tag, chosen)]
    stretches = [*waits.rest, *((look.doubt.start, look.doubt.stop) for look in rest)]
    every = apart([*segments, *waits.segments])
    shown = shown_in(request, stretches)
    return Lacking(every, waits.waiting, waits.kept, shown, waits.there)


def _doubtful(request: Request, plan: Plan, frame: pd.DataFrame, waits: "Answered") -> list[_Look]:
    """Return the doubts that are left, newest first: a rollup in the place of another has some too.

    Where nothing else answers already, those about the rollups of the plan.
    """
    extents = plan.extents
    span = _doubtful_span(extents, frame)
    looks = [look for each in extents for look in _looks(request.tag, each, span, plan)]
    looks = [look for look in looks if not _overlaps(look.doubt, waits.waiting)]
    for width in {each.width for each in waits.segments} - {RAW}:
        mine = [each for each in waits.segments if each.width == width]
        looks += _looks_within(request.tag, mine, plan)
    return sorted(looks, key=lambda look: look.doubt, reverse=True)


def _looks_within(tag: str, segments: Sequence[Segment], plan: Plan) -> list[_Look]:
    """Return the doubts about stored buckets of one width, each within one of some segments."""
    width = segments[0].width
    start, stop = min(each.start for each in segments), max(each.stop for each in segments)
    counts = _counts(tag, Segment(width, start, stop))
    return [look for each in segments for look in _looks_at(_part(counts, each), plan)]


def _part(counts: doubtful.Counts, segment: Segment) -> doubtful.Counts:
    start, stop = ns_of(segment.start), ns_of(segment.stop)
    rows = slice(*np.searchsorted(counts.at, [start, stop]))
    return doubtful.Counts(counts.at[rows], counts.n[rows], counts.width, start, stop)


def _overlaps(doubt: doubtful.Doubt, segments: Sequence[Segment]) -> bool:
    return any(doubt.start < ns_of(stop) and ns_of(at) < doubt.stop for _, at, stop in segments)


def _affordable(looks: Sequence[_Look]) -> tuple[list[_Look], list[_Look]]:
    """Return the first looks that keep within the limits, and the rest."""
    chosen: list[_Look] = []
    rest: list[_Look] = []
    passed = 0
    for look in looks:
        if len(chosen) < PROBES and passed + look.cost <= PROBED:
            chosen.append(look)
            passed += look.cost
        else:
            rest.append(look)
    return chosen, rest


def _doubtful_span(extents: Sequence[Segment], frame: pd.DataFrame) -> tuple[int, int] | None:
    start = arrays.nanoseconds(frame.index)
    stop = start + (frame["seconds"].to_numpy() * 1e9).astype(np.int64)
    rows = {name: arrays.numbers(frame[name]) for name in ("n", "stored", "least")}
    spans = [(ns_of(each.start), ns_of(each.stop)) for each in extents]
    return doubtful.doubtful_span(start, stop, rows, spans)


def _looks(tag: str, extent: Segment, span: tuple[int, int] | None, plan: Plan) -> list[_Look]:
    """Return the doubts about the stored buckets of an extent inside a span, newest first."""
    if span is None:
        return []
    width = extent.width * 10**9
    start = max(ns_of(extent.start), span[0] - doubtful.AROUND * width)
    stop = min(ns_of(extent.stop), span[1] + doubtful.AROUND * width)
    if start >= stop:
        return []
    return _looks_at(_counts(tag, Segment(extent.width, time_of(start), time_of(stop))), plan)


def _counts(tag: str, segment: Segment) -> doubtful.Counts:
    """Return how many readings the stored buckets of a segment hold."""
    width, start, stop = segment
    values = {"tag": tag, "start": start, "stop": stop}
    frame = read_frame(counts_statement(width, catalog().left), values)
    at, n = arrays.nanoseconds(frame["bucket"]), frame["n"].to_numpy(dtype=np.float64)
    return doubtful.Counts(at, n, width * 10**9, ns_of(start), ns_of(stop))


def _looks_at(counts: doubtful.Counts, plan: Plan) -> list[_Look]:
    """Return the doubts of which a finer source knows more, if any does, newest first."""
    width, looks = counts.width // 10**9, []
    for doubt in doubtful.doubts(counts):
        source = plan.finest(width, time_of(doubt.stop))
        if source is not None:  # else the rollup is all there is
            looks.append(_Look(doubt, counts, width, source))
    return looks


def _confirmed(tag: str, looks: Sequence[_Look]) -> list[_Look]:
    """Return those of which a finer source has more readings: one statement a source."""
    confirmed: list[_Look] = []
    for source in sorted({look.source for look in looks}):
        mine = [look for look in looks if look.source == source]
        values: dict[str, Any] = {"tag": tag, "counts": [look.doubt.n for look in mine]}
        values |= {"starts": [time_of(look.doubt.start) for look in mine]}
        values |= {"stops": [time_of(look.doubt.stop) for look in mine]}
        values |= {"start": min(values["starts"]), "stop": max(values["stops"])}
        places = read_frame(probes_statement(source, catalog().left), values)["place"]
        confirmed += [mine[place - 1] for place in places.tolist()]
    return confirmed


def _lacking(look: _Look, plan: Plan) -> Segment:
    """Return the stretch that another source answers: no more than it reaches back."""
    start, stop = doubtful.run_of(look.doubt, look.counts)
    first = next(ns_of(each.first) for each in plan.sources if each.width == look.source)
    width = look.counts.width
    if start < first:
        start = min(look.doubt.start, -(-first // width) * width)
    return Segment(look.source, time_of(start), time_of(stop))


def shown_in(request: Request, stretches: Sequence[tuple[int, int]]) -> int:
    """Return how many buckets of a request overlap these stretches [ns]."""
    if not stretches or request.resolution is None:
        return 0
    first, last = ns_of(request.start), ns_of(request.stop)
    inside = ((max(start, first), min(stop, last)) for start, stop in stretches)
    parts = [Segment(RAW, time_of(start), time_of(stop)) for start, stop in inside if start < stop]
    width, zone = request.resolution, request.zone
    return sum(buckets.count(*each, width, zone) for each in whole_buckets(parts, width, zone))


class Answered(NamedTuple):
    """What answers where a rollup waits.

    Parameters
    ----------
    segments : the sources, without overlap
    waiting : these, and where their readings were dropped, so that the rollup stays
    rest : stretches that hold too many readings to be read now [ns]
    kept : from here on what the readings say is so, also where the rollup has more [ns]
    there : from here on no chunk of readings was dropped [ns]
    """

    segments: list[Segment]
    waiting: list[Segment]
    rest: list[tuple[int, int]]
    kept: int
    there: int


NOTHING = Answered([], [], [], LAST, LAST)


def answered(tag: str, plan: Plan) -> Answered:
    """Return what answers where rollups of a plan wait for a refresh, newest readings first.

    What was written a rollup lacks until a refresh, whatever its counts look like.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    extents = plan.extents
    if not extents or not catalog().refreshes:
        return NOTHING
    waits = waiting()
    stretches = dict[tuple[int, int], list[Segment]]()
    for width, start, stop in extents:
        finer = [each for each in plan.sources if RAW < each.width < width]
        first, last, step = ns_of(start), ns_of(stop), width * 10**9
        edges = {waits.kept // step * step, -(-waits.kept // step) * step}
        for low, high in pairwise([first, *sorted(e for e in edges if first < e < last), last]):
            mine = arrays.within(waits.stretches.get(width, ()), low, high)
            for begin, end in arrays.parts(mine, step, (last - first) // arrays.MOST_STRETCHES):
                stretches[begin, end] = list(answers(begin, end, finer, waits.stretches))
    rest, empty = _held(tag, stretches)
    every = [each for stretch in stretches if stretch not in rest for each in stretches[stretch]]
    there = _nothing_dropped(plan, waits.kept)
    segments = [
        each
        for each in every
        if ns_of(each.start) >= there or (ns_of(each.stop) <= there and each not in empty)
    ]
    return Answered(segments, every, rest, there if catalog().left else LAST, there)


def _nothing_dropped(plan: Plan, kept: int) -> int:
    """Return from when on no reading of a window was dropped [ns].

    Where no rollup tells of any before its chunks none was, also in a bucket that begins there.
    """
    rollups = [ns_of(each.first) for each in plan.sources if each.width != RAW]
    return 0 if rollups and min(rollups) >= kept else kept


def answers(
    start: int, stop: int, sources: Sequence[Source], stretches: dict[int, arrays.Stretches]
) -> Iterator[Segment]:
    """Yield who answers [start, stop) [ns]: the coarsest source that is there and waits nowhere.

    Parameters
    ----------
    sources : rollups from coarse to fine; what none of them answers the readings do
    stretches : where each waits, by its width
    """
    if not sources:
        yield Segment(RAW, time_of(start), time_of(stop))
        return
    (width, first, newest, *_others), *finer = sources
    low, high = max(start, ns_of(first)), min(stop, ns_of(newest) + width * 10**9)
    if low >= high:
        yield from answers(start, stop, finer, stretches)
        return
    mine = stretches.get(width, ())
    for each in arrays.outside(mine, low, high):
        yield Segment(width, *map(time_of, each))
    for begin, end in arrays.joined([(start, low), *arrays.within(mine, low, high), (high, stop)]):
        if begin < end:
            yield from answers(begin, end, finer, stretches)


def _held(
    tag: str, stretches: Mapping[tuple[int, int], Sequence[Segment]]
) -> tuple[list[tuple[int, int]], set[Segment]]:
    """Return the stretches that hold too many readings for one answer, the newest counted first.

    And the segments of readings in which there are none.
    """
    owners = [(each, key) for key, of in stretches.items() for each in of if each.width == RAW]
    if not owners:
        return [], set()
    owners.sort(reverse=True)
    raw = [each for each, _ in owners]
    values: dict[str, Any] = {"tag": tag, "start": raw[-1].start, "stop": raw[0].stop}
    values |= {"starts": [each.start for each in raw], "stops": [each.stop for each in raw]}
    places = read_frame(held_statement(MOST_READINGS + 1), values)
    too_many = places["n"].sum() > MOST_READINGS
    last = int(places["place"].max()) - 1 if too_many else len(raw)
    some = set((places["place"] - 1).tolist())
    empty = {each for place, each in enumerate(raw[:last]) if place not in some}
    return list(dict.fromkeys(key for _, key in owners[last:])), empty
