"""Rows of many tags in one order of time: below one another, or beside one another."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from data.analysis import arrays
from data.export import batches

#: Cells of all tags that are held at once, 8 MB of numbers: each step asks for rows of every tag,
#: and with half of this a wide file takes 1.2 times as long. Of each tag at least so many, so
#: that few steps are made, and at most so many, which are also most of a batch.
HELD, LEAST, BATCH = 1_048_576, 64, 16_384
#: Most cells of a batch of a column a tag: where no two tags share a time most of them are empty.
#: Five batches or so wait or are being written, each with its text.
CELLS = 262_144
Rows = Iterator[pa.RecordBatch]
#: Columns that stand once in a row of any shape, and never beside one another.
OF_ROW = ("tag", "time")
#: Names of columns of a row of all tags.
TAKEN = {"time", "offset"}


def block_of(tags: int, columns: int) -> int:
    """Return how many rows of each of so many tags are read at once, of so many columns."""
    return min(BATCH, max(LEAST, HELD // max(tags * columns, 1)))


class _Held:
    """The rows of one tag that were read and have not gone out."""

    def __init__(self, rows: Rows, least: int) -> None:
        self._rows, self._least = rows, least
        self._batch: pa.RecordBatch | None = None
        self.at = np.zeros(0, np.int64)
        self.ended = False

    def fill(self) -> None:
        """Read on until there are as many rows as are wanted, or no more.

        One read does, though it gives less than it asks for: its last time belongs to the next.
        """
        while len(self.at) < self._least and not self.ended:
            batch = next(self._rows, None)
            if batch is None:
                self.ended = True
                return
            at = batch.column("time").view(pa.int64()).to_numpy(zero_copy_only=False)
            both = [self._batch, batch] if self._batch is not None and len(self.at) else [batch]
            self._batch = batch if len(both) == 1 else _joined(both)
            self.at = np.concatenate([self.at, at]) if len(both) > 1 else at

    def take(self, until: int) -> pa.RecordBatch | None:
        """Give away the rows up to a time [us since 1970], None where there are none."""
        count = int(np.searchsorted(self.at, until, side="right"))
        if not count or self._batch is None:
            return None
        taken, rest = self._batch.slice(0, count), self._batch.slice(count)
        self._batch = rest if rest.num_rows else None  # a part of no rows holds the whole
        self.at = self.at[count:]
        return taken


class Step(NamedTuple):
    """Rows of one stretch of time: of tags by their places, each sorted by time."""

    places: list[int]
    rows: list[pa.RecordBatch]


def steps(sources: Sequence[Rows], columns: int) -> Iterator[Step]:
    """Yield the rows of tags stretch by stretch of time, all of each.

    Parameters
    ----------
    sources : of each tag its rows, sorted by time; a time comes in one batch alone
    columns : how many they have
    """
    least = block_of(len(sources), columns) // 2
    held = [_Held(source, least) for source in sources]
    while True:
        for each in held:
            each.fill()
        going = [int(each.at[-1]) for each in held if not each.ended and len(each.at)]
        until = min(going) if going else np.iinfo(np.int64).max
        taken = [(place, each.take(until)) for place, each in enumerate(held)]
        some = [(place, rows) for place, rows in taken if rows is not None]
        ready = [Step([place for place, _rows in some], [rows for _place, rows in some])]
        del taken, some  # else they are held until the next rows of every tag are there
        if ready[0].places:
            yield ready.pop()
        if all(each.ended and not len(each.at) for each in held):
            return


def by_time(sources: Sequence[Rows], columns: int) -> Rows:
    """Yield the rows of tags by time; within one time in the order of the tags."""
    for step in steps(sources, columns):
        whole = _joined(step.rows)
        at = whole.column("time").view(pa.int64()).to_numpy(zero_copy_only=False)
        place = np.repeat(step.places, [rows.num_rows for rows in step.rows])
        order = np.lexsort((place, at))
        for first in range(0, len(order), BATCH):
            yield whole.take(pa.array(order[first : first + BATCH]))
        del step, whole, at


def wide_schema(columns: Sequence[str], tags: Sequence[str], zone: str) -> pa.Schema:
    """Return the columns of a row of all tags: time, then of each tag its values.

    One value of a tag has the tag's name; of several each has name, blank and column, and of one
    too where a tag is called like a column of the row. No column has a blank in its name, so the
    last one parts them whatever the tag is called.
    """
    values = [name for name in columns if name not in OF_ROW]
    bare = len(values) == 1 and not TAKEN.intersection(tags)
    named = [
        (tag if bare else f"{tag} {name}", batches.type_of(name, zone))
        for tag in tags
        for name in values
    ]
    return pa.schema([("time", batches.type_of("time", zone)), *named])


def wide(sources: Sequence[Rows], schema: pa.Schema, columns: Sequence[str]) -> Rows:
    """Yield a row for each time at which any tag has one; a cell only of a tag that has it then.

    A tag with several readings of one time, which a historian of others may hold, has as many rows
    of that time: none is left out.

    Parameters
    ----------
    schema : as `wide_schema` gives it
    columns : of the sources
    """
    values = [name for name in columns if name not in OF_ROW]
    kinds = [field.type for field in schema][1 : len(values) + 1]
    most = max(1, CELLS // len(schema))
    for step in steps(sources, len(columns)):
        own = [_times(rows) for rows in step.rows]
        axis = _axis(own)
        every = np.arange(len(axis))
        tags = {
            place: (rows.select(values), _rows_of(axis, at, every))
            for place, rows, at in zip(step.places, step.rows, own, strict=True)
        }
        for first in range(0, len(axis), most):
            at = axis[first : first + most]
            columns_of = [pa.array(at).view(schema.field(0).type)]
            for place in range(len(sources)):
                columns_of += _beside(range(first, first + len(at)), tags.get(place), kinds)
            ready = [pa.RecordBatch.from_arrays(columns_of, schema=schema)]
            del columns_of
            yield ready.pop()
        del step, own, axis, every, at, tags


def _axis(times: Sequence[arrays.Whole]) -> arrays.Whole:
    """Return the times of all tags, each as often as the tag has it that has it most often."""
    if all(np.array_equal(each, times[0]) for each in times[1:]):
        return times[0]
    axis = np.unique(np.concatenate(times))
    counts = np.ones(len(axis), np.int64)
    for each in times:
        if (each[1:] == each[:-1]).any():
            some, often = np.unique(each, return_counts=True)
            here = np.searchsorted(axis, some)
            counts[here] = np.maximum(counts[here], often)
    return np.repeat(axis, counts)


def _rows_of(axis: arrays.Whole, at: arrays.Whole, every: arrays.Whole) -> arrays.Whole:
    """Return the rows in which those of a tag stand: the second of one time a row further on.

    Parameters
    ----------
    every : all rows, which tags of the same times share
    """
    if np.array_equal(axis, at):
        return every
    repeated: arrays.Whole = np.arange(len(at)) - np.searchsorted(at, at)
    return np.searchsorted(axis, at) + repeated


def _beside(
    wanted: range, tag: tuple[pa.RecordBatch, arrays.Whole] | None, kinds: Sequence[pa.DataType]
) -> list[pa.Array]:
    """Return columns of a tag for some rows, null where the tag has none.

    Parameters
    ----------
    wanted : the rows
    tag : its columns, and in which rows they stand, sorted, each once
    """
    if tag is None:
        return [pa.nulls(len(wanted), kind) for kind in kinds]
    columns, at = tag
    low, high = (int(each) for each in np.searchsorted(at, [wanted.start, wanted.stop]))
    columns, at = columns.slice(low, high - low), at[low:high]
    if len(at) == len(wanted):
        return list(columns.columns)
    indices = np.full(len(wanted), -1, np.int64)
    indices[at - wanted.start] = np.arange(len(at))
    chosen = pa.array(indices, mask=indices < 0)
    return [column.take(chosen) for column in columns.columns]


def _times(rows: pa.RecordBatch) -> arrays.Whole:
    return np.asarray(rows.column("time").view(pa.int64()).to_numpy(zero_copy_only=False))


def _joined(parts: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    """Return batches one after another as one; their texts in one dictionary."""
    if len(parts) == 1:
        return parts[0]
    table = pa.Table.from_batches(parts).unify_dictionaries().combine_chunks()
    return table.to_batches()[0]
