"""A question on its way: who reads its rows, and in which order and shape they come."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain

import pyarrow as pa

from data.db import Snapshot
from data.export import about, batches, shapes
from data.export.contract import BY_TAG, LONG, WIDE, Question
from data.export.pump import Pump
from data.export.readings import BLOCK
from data.export.rows import reading_rows
from data.queries import Tag


def stream(question: Question, is_wanted: Callable[[], bool] = lambda: True) -> Pump:
    """Return the batches of a question, which are being read from now on.

    Parameters
    ----------
    is_wanted : tells whether somebody still waits for them
    """
    return Pump(partial(_rows, question), is_wanted)


def schema(question: Question) -> pa.Schema:
    """Return the columns of the rows of a question, in their order, and what is said of them."""
    if question.shape == WIDE:
        names = [tag.name for tag in question.tags]
        plain = shapes.wide_schema(question.columns, names, question.zone)
    else:
        plain = batches.schema(question.columns, question.zone)
    return about.told(question, plain)


def _rows(question: Question, snapshot: Snapshot) -> Iterator[pa.RecordBatch]:
    in_turn = question.shape == LONG and (question.order == BY_TAG or len(question.tags) == 1)
    most = BLOCK if in_turn else min(BLOCK, shapes.block_of(len(question.tags)))
    columns = list(question.columns)
    if not in_turn and "time" not in columns:  # it says where rows belong, in the file or not
        question = replace(question, columns=("time", *columns))
    sources = [_of_tag(question, tag, snapshot, most) for tag in question.tags]
    if question.shape == WIDE:
        return shapes.wide(sources, schema(question), question.columns)
    if in_turn:
        return chain.from_iterable(sources)
    return (rows.select(columns) for rows in shapes.by_time(sources))


def _of_tag(
    question: Question, tag: Tag, snapshot: Snapshot, most: int
) -> Iterator[pa.RecordBatch]:
    return reading_rows(question, tag, snapshot, most)
