"""The rows of other sources in the place of those of a rollup that lacks readings."""

from datetime import datetime

import numpy as np
import pandas as pd

from data.analysis import arrays
from data.queries.grouped.whole import Lacking
from data.queries.plan import Request, Segment, ns_of, time_of, whole_buckets
from data.queries.relations import LAST


def said_again(index: pd.Index, request: Request, lacking: Lacking) -> pd.Index:
    """Return of buckets those whose rollup waits for a refresh, while all readings are there."""
    return _waiting_since(lacking.kept, index, request, lacking)


def deleted(frame: pd.DataFrame, again: pd.DataFrame, request: Request, lacking: Lacking) -> int:
    """Return how many rows of a rollup that waits count readings which are no longer there.

    While none was dropped with its chunk: somebody deleted them. Whether to take them out of the
    numbers, or to thin them out as their means tell, nobody says.

    Parameters
    ----------
    frame : the rows of the rollups
    again : rows of other sources
    """
    index = _waiting_since(lacking.there, frame.index, request, lacking)
    index = index.difference(said_again(index, request, lacking))
    return int(_fewer(index, frame, again).sum())


def gone_before(
    frame: pd.DataFrame, again: pd.DataFrame, request: Request, lacking: Lacking
) -> datetime | None:
    """Return the end of the last row of a rollup that counts readings which were dropped.

    With their chunks, so that the rollup waits for a refresh that would empty it: however many
    came late into that time. None where none did, and where nobody knows of chunks.

    Parameters
    ----------
    frame : the rows of the rollups
    again : rows of other sources
    """
    if lacking.there == LAST or not lacking.waiting:
        return None
    index = _waiting(frame.index, request, lacking)
    index = index[_fewer(index, frame, again)]
    last = int(np.searchsorted(arrays.nanoseconds(index), lacking.there)) - 1
    if last < 0:
        return None
    return time_of(min(int(arrays.ends(frame.loc[index])[last]), lacking.there))


def _fewer(index: pd.Index, frame: pd.DataFrame, again: pd.DataFrame) -> arrays.Mask:
    """Return of which buckets other sources have fewer readings than the rollups count."""
    before, now = (each["n"].add(each["bad"]).reindex(index) for each in (frame, again))
    return np.asarray(before.to_numpy() > now.fillna(0).to_numpy())


def _waiting_since(since: int, index: pd.Index, request: Request, lacking: Lacking) -> pd.Index:
    """Return of buckets those from a time [ns] on whose rollup waits for a refresh."""
    index = _waiting(index, request, lacking)
    return index[arrays.nanoseconds(index) >= since]


def _waiting(index: pd.Index, request: Request, lacking: Lacking) -> pd.Index:
    """Return of buckets those whose rollup waits for a refresh."""
    if not lacking.waiting or request.resolution is None:
        return index[:0]
    spans = whole_buckets(lacking.waiting, request.resolution, request.zone)
    starts, stops = (np.array([ns_of(each) for each in edge]) for edge in zip(*spans, strict=True))
    at = arrays.nanoseconds(index)
    place = np.searchsorted(starts, at, side="right") - 1
    return index[(place >= 0) & (at < stops[place])]


def in_place(
    frame: pd.DataFrame, again: pd.DataFrame, so: pd.Index
) -> tuple[pd.DataFrame, arrays.Mask]:
    """Return rows with those that another source says in their place, as far as it knows more.

    And which of them these are.

    Parameters
    ----------
    frame : the rows of the rollups
    again : rows of other sources
    so : buckets of which the other sources are right, also where the rollup holds more
    """
    again = again[_knows_more(frame, again, so)]
    again = again.assign(remade=_differ(again, frame.reindex(again.index)))
    rest = frame.drop(again.index.union(so), errors="ignore")
    whole = pd.concat([rest, again]).sort_index()
    return whole, whole.index.isin(again.index)


def _knows_more(frame: pd.DataFrame, again: pd.DataFrame, so: pd.Index) -> arrays.Mask:
    """Return which rows of other sources stand in the place of those of the rollups."""
    before = frame["n"].add(frame["bad"]).reindex(again.index).fillna(0)
    return np.asarray((again["n"] + again["bad"] >= before) | again.index.isin(so))


def answers_still(
    frame: pd.DataFrame, again: pd.DataFrame, request: Request, lacking: Lacking
) -> list[Segment]:
    """Return the segments of other sources of which a row stands in the place of a rollup's.

    Where readings were dropped a rollup waits for a refresh that would empty it, and it answers.

    Parameters
    ----------
    frame : the rows of the rollups
    again : rows of other sources
    """
    width = request.resolution
    if width is None or not lacking.segments:
        return []
    so = said_again(frame.index.union(again.index), request, lacking)
    stands = arrays.nanoseconds(again.index[_knows_more(frame, again, so)].union(so))
    spans = [whole_buckets([each], width, request.zone)[0] for each in lacking.segments]
    places = np.searchsorted(stands, [[ns_of(start), ns_of(stop)] for start, stop in spans])
    some = (places[:, 0] < places[:, 1]).tolist()
    return [each for each, stays in zip(lacking.segments, some, strict=True) if stays]


def _differ(one: pd.DataFrame, other: pd.DataFrame) -> arrays.Mask:
    """Return which rows of two frames with one index say something else."""
    names = ["n", "bad", "min", "max", "first", "last"]
    mine, others = (each[names].to_numpy(dtype=np.float64) for each in (one, other))
    same = ((mine == others) | (np.isnan(mine) & np.isnan(others))).all(axis=1)
    # Sums of the same numbers differ by the order in which they were added.
    largest = np.nan_to_num(np.abs(mine[:, 2:4]).max(axis=1)) * mine[:, 0]
    apart = np.abs(one["sum"].to_numpy() - other["sum"].to_numpy())
    return np.asarray(~(same & ~(apart > 1e-12 * largest)))
