"""A question on its way: who reads its rows, and in which order and shape they come."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain

import pyarrow as pa

from data.buckets import MAX_ROWS
from data.db import Snapshot
from data.export import about, batches, shapes
from data.export.contract import BY_TAG, LONG, WIDE, Question
from data.export.pump import Pump
from data.export.rows import BLOCK, Tally, bucket_rows, reading_rows
from data.queries import Tag
from data.views import Caveats


def stream(
    question: Question,
    is_wanted: Callable[[], bool] = lambda: True,
    tally: Tally | None = None,
    caveats: Caveats | None = None,
) -> Pump:
    """Return the batches of a question, which are being read from now on.

    Parameters
    ----------
    is_wanted : tells whether somebody still waits for them
    tally : counts what goes by, where that is to be told
    caveats : filled with what must be said of the rows
    """
    return Pump(partial(rows_of, question, tally=tally, caveats=caveats), is_wanted)


def schema(question: Question) -> pa.Schema:
    """Return the columns of the rows of a question, in their order, and what is said of them."""
    if question.shape == WIDE:
        names = [tag.name for tag in question.tags]
        plain = shapes.wide_schema(question.columns, names, question.zone)
    else:
        plain = batches.schema(question.columns, question.zone)
    return about.told(question, plain)


def is_in_turn(question: Question) -> bool:
    """Return whether all rows of a tag stand before those of the next."""
    return question.shape == LONG and (question.order == BY_TAG or len(question.tags) == 1)


def rows_of(
    question: Question,
    snapshot: Snapshot,
    tally: Tally | None = None,
    caveats: Caveats | None = None,
) -> Iterator[pa.RecordBatch]:
    """Return the batches of a question in their order and shape, read as they are taken."""
    in_turn = is_in_turn(question)
    # Times say where rows belong, whether or not they are in the file.
    has_time = in_turn or "time" in question.columns
    timed = question if has_time else replace(question, columns=("time", *question.columns))
    count = len(timed.columns)
    most = BLOCK if in_turn else min(BLOCK, shapes.block_of(len(question.tags), count))
    sources = [_of_tag(timed, tag, snapshot, most, tally, caveats) for tag in question.tags]
    if question.shape == WIDE:
        return shapes.wide(sources, schema(question), timed.columns)
    if in_turn:
        return chain.from_iterable(sources)
    return (rows.select(list(question.columns)) for rows in shapes.by_time(sources, count))


def _of_tag(
    question: Question,
    tag: Tag,
    snapshot: Snapshot,
    most: int,
    tally: Tally | None,
    caveats: Caveats | None,
) -> Iterator[pa.RecordBatch]:
    if question.resolution is not None:
        return bucket_rows(question, tag, question.resolution, min(most, MAX_ROWS), tally, caveats)
    return reading_rows(question, tag, snapshot, most, tally, caveats)
