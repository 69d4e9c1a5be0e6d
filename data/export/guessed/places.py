"""Places of a file where some of its rows are read: between two of them lie as many rows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import numpy as np

from data.analysis import Floats, arrays
from data.buckets import MAX_ROWS
from data.export.contract import WIDE, Question
from data.export.stream import is_in_turn
from data.queries import Tag
from data.windows import EPOCH

#: Where nobody has counted: into how many parts the window is cut at least, of which the first rows
#: are read, and of how many tags at most.
PARTS, MOST_TAGS = 3, 4
#: Most buckets of such a part: where there are few rows, all of them would be looked at.
MOST_BUCKETS = 4 * MAX_ROWS
Side = Literal["left", "right"]

#: Places whose rows are read: what is unlike the rest for a sixteenth of the file is met. Where
#: each asks for all tags, at least so many.
MOST, LEAST = 16, 4
#: Multiples of it, less the whole, spread evenly: no pattern of the file meets all places.
GOLDEN = 0.6180339887


class Counts(NamedTuple):
    """How many rows a tag, or all of them, have in stretches that follow one another.

    Parameters
    ----------
    start, stop : of each stretch with rows, within the window [ns since 1970]
    rows : of each, more than 0
    """

    start: arrays.Whole
    stop: arrays.Whole
    rows: Floats

    def bounds(self, place: int) -> tuple[datetime, datetime]:
        """Return where a stretch starts and stops, aware UTC."""
        return _time(int(self.start[place])), _time(int(self.stop[place]))


class Place(NamedTuple):
    """A part of a file whose rows are read.

    Parameters
    ----------
    question : asks for these rows alone
    rows : so many they are by the counts; NaN where nobody has counted
    """

    question: Question
    rows: float


def merged(counts: Sequence[Counts], width: float | None) -> Counts:
    """Return the counts of all tags as those of rows in one order of time.

    Parameters
    ----------
    width : of buckets that stand side by side, one row of all tags a bucket [s]; None: each tag has
        rows of its own
    """
    start, place = np.unique(np.concatenate([each.start for each in counts]), return_inverse=True)
    rows = np.concatenate([each.rows for each in counts])
    stop = np.zeros(len(start), np.int64)
    np.maximum.at(stop, place, np.concatenate([each.stop for each in counts]))
    total = np.asarray(np.bincount(place, rows, len(start)), np.float64)
    if width is not None:  # as if no two tags shared one, as far as there are so many
        most = np.ceil(np.maximum((stop - start) / 1e9 / width, 1.0))
        total = np.minimum(total, most)
    return Counts(start, stop, total)


def number(question: Question) -> int:
    """Return at how many places rows are read: where each row is of all tags, of all of them."""
    return MOST if is_in_turn(question) else max(LEAST, MOST // len(question.tags))


def counted(question: Question, counts: Sequence[Counts], most: float, places: int) -> list[Place]:
    """Return so many places with about so many rows each, by what was counted.

    They come in such an order that the first few are spread over the file too.
    """
    tags: list[tuple[Tag, ...]] = [question.tags]
    if is_in_turn(question):
        tags, lines = [(tag,) for tag in question.tags], list(counts)
    else:
        seconds = question.resolution.seconds if question.resolution else None
        lines = [merged(counts, seconds if question.shape == WIDE else None)]
    line = Counts(
        np.concatenate([each.start for each in lines]),
        np.concatenate([each.stop for each in lines]),
        np.concatenate([each.rows for each in lines]),
    )
    ends = np.cumsum(line.rows)
    last_of = np.cumsum([len(each.rows) for each in lines]) - 1
    spread = np.arange(places) * GOLDEN % 1
    step = float(ends[-1]) / len(spread)
    most, every = min(most, step), []
    begins = (np.arange(len(spread)) + spread * (1 - most / step)) * step
    for begin in begins[np.argsort(spread)].tolist():
        place = int(np.searchsorted(last_of, _stretch(ends, begin, "right")))
        end = min(begin + most, float(ends[last_of[place]]))  # not in the next tag
        start, at = _cut(line, ends, begin, most, "right")
        stop, until = _cut(line, ends, end, most, "left")
        part = replace(question, tags=tags[place], start=_time(start), stop=_time(stop))
        every.append(Place(part, until - at))
    return every


def uncounted(question: Question) -> list[Place]:
    """Return places by time alone: the first rows of each are read."""
    step = max(1, len(question.tags) // MOST_TAGS)
    tags: list[tuple[Tag, ...]] = [(tag,) for tag in question.tags[::step][:MOST_TAGS]]
    if not is_in_turn(question):
        tags = [question.tags]
    parts = PARTS if question.resolution else max(PARTS, MOST // len(question.tags))
    part = length = (question.stop - question.start) / parts
    if question.resolution is not None:
        length = min(part, timedelta(seconds=MOST_BUCKETS * question.resolution.seconds))
    starts = [question.start + part * each for each in range(parts)]
    return [
        Place(replace(question, tags=some, start=start, stop=start + length), np.nan)
        for some in tags
        for start in starts
    ]


def _stretch(ends: Floats, position: float, side: Side) -> int:
    """Return the stretch on a side of a position among the rows."""
    return min(int(np.searchsorted(ends, position, side=side)), len(ends) - 1)


def _cut(line: Counts, ends: Floats, position: float, most: float, side: Side) -> tuple[int, float]:
    """Return a time [ns] near a position among the rows, and the position there.

    It is the far edge of the stretch on that side, unless that holds more rows than are wanted:
    within one nobody knows where they lie.
    """
    at = _stretch(ends, position, side)
    rows, end = float(line.rows[at]), float(ends[at])
    if rows <= most:
        is_left = side == "left"
        return (int(line.stop[at]), end) if is_left else (int(line.start[at]), end - rows)
    share = min((position - (end - rows)) / rows, 1.0)
    length = int(line.stop[at] - line.start[at])
    return int(line.start[at]) + round(share * length), position


def _time(at: int) -> datetime:
    return EPOCH + timedelta(microseconds=at // 1_000)
