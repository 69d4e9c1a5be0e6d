"""Where a rollup lacks readings that a finer source has: a look into that at every doubt."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from data import buckets, windows
from data.analysis import arrays, coverage
from data.db import read_frame
from data.queries.plan import Plan, Request, Segment, apart
from data.queries.relations import catalog
from data.sql import counts_statement, probes_statement

#: Most doubts that are looked after for one answer, the newest; and the readings that they may
#: pass over together: some 20 ms of work for the historian.
PROBES, PROBED = 64, 100_000


class _Look(NamedTuple):
    """A stretch of a rollup that may lack readings, and the finer source that may know more."""

    doubt: coverage.Doubt
    counts: coverage.Counts
    rollup: int
    source: int

    @property
    def cost(self) -> int:
        """How many rows of readings decide it."""
        return self.doubt.n + 1


def lacks(request: Request, plan: Plan, frame: pd.DataFrame) -> tuple[list[Segment], int]:
    """Return where rollups lack readings, with the sources that have them, without overlap.

    And how many buckets of the request may lack some that nobody looked after.

    Parameters
    ----------
    frame : the answer of the plan: index bucket; columns n, stored, least, seconds

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    extents = plan.extents
    span = _doubtful_span(extents, frame)
    if span is None:
        return [], 0
    looks = [look for each in reversed(extents) for look in _looks(request.tag, each, span, plan)]
    chosen, rest = _affordable(looks)
    segments = [_lacking(look, plan) for look in _confirmed(request.tag, chosen)]
    return apart(segments), _shown(request, rest)


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
    spans = [(_ns(each.start), _ns(each.stop)) for each in extents]
    return coverage.doubtful_span(start, stop, rows, spans)


def _looks(tag: str, extent: Segment, span: tuple[int, int], plan: Plan) -> list[_Look]:
    """Return the doubts about the stored buckets of an extent inside a span, newest first."""
    width = extent.width * 10**9
    start = max(_ns(extent.start), span[0] - coverage.AROUND * width)
    stop = min(_ns(extent.stop), span[1] + coverage.AROUND * width)
    if start >= stop:
        return []
    values = {"tag": tag, "start": _utc(start), "stop": _utc(stop)}
    frame = read_frame(counts_statement(extent.width, catalog().left), values)
    at, n = arrays.nanoseconds(frame["bucket"]), frame["n"].to_numpy(dtype=np.float64)
    counts = coverage.Counts(at, n, width, start, stop)
    found = []
    for doubt in coverage.doubts(counts):
        source = plan.finest(extent.width, _utc(doubt.stop))
        if source is not None:  # else nobody knows more: the rollup is all there is
            found.append(_Look(doubt, counts, extent.width, source))
    return found


def _confirmed(tag: str, looks: Sequence[_Look]) -> list[_Look]:
    """Return those of which a finer source has more readings: one statement a source."""
    found: list[_Look] = []
    for source in sorted({look.source for look in looks}):
        mine = [look for look in looks if look.source == source]
        values: dict[str, Any] = {"tag": tag, "counts": [look.doubt.n for look in mine]}
        values |= {"starts": [_utc(look.doubt.start) for look in mine]}
        values |= {"stops": [_utc(look.doubt.stop) for look in mine]}
        values |= {"start": min(values["starts"]), "stop": max(values["stops"])}
        places = read_frame(probes_statement(source, catalog().left), values)["place"]
        found += [mine[place - 1] for place in places.tolist()]
    return found


def _lacking(look: _Look, plan: Plan) -> Segment:
    """Return the stretch that another source answers: no more than it reaches back."""
    start, stop = coverage.run_of(look.doubt, look.counts)
    first = next(_ns(each.first) for each in plan.sources if each.width == look.source)
    width = look.counts.width
    if start < first:
        start = min(look.doubt.start, -(-first // width) * width)
    return Segment(look.source, _utc(start), _utc(stop))


def _shown(request: Request, looks: Sequence[_Look]) -> int:
    """Return how many buckets of a request overlap these doubts."""
    if not looks or request.resolution is None:
        return 0
    times = buckets.edges(request.start, request.stop, request.resolution, request.zone)
    edges = arrays.nanoseconds(pd.DatetimeIndex(times))
    touched = np.zeros(len(edges) - 1, dtype=bool)
    for look in looks:
        first = int(np.searchsorted(edges, look.doubt.start, side="right")) - 1
        touched[max(first, 0) : int(np.searchsorted(edges, look.doubt.stop))] = True
    return int(touched.sum())


def _ns(time: datetime) -> int:
    return int((time - windows.EPOCH) / timedelta(microseconds=1)) * 1_000


def _utc(ns: int) -> datetime:
    return windows.EPOCH + timedelta(microseconds=ns // 1_000)
