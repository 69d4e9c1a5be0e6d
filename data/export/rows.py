"""The rows of one tag, as batches: single readings, as they are stored or judged."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from data.analysis import quality
from data.db import Snapshot
from data.export import batches
from data.export.columns import LIMITS
from data.export.contract import GOOD, Question
from data.export.readings import BLOCK, Block, blocks
from data.queries import Tag


def reading_rows(
    question: Question, tag: Tag, snapshot: Snapshot, most: int = BLOCK
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of one tag of a question for single readings, oldest first.

    Parameters
    ----------
    most : readings of a batch

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    for block in blocks(snapshot, tag.name, question.start, question.stop, most):
        yield _batch(question, tag, block)


def _batch(question: Question, tag: Tag, block: Block) -> pa.RecordBatch:
    if question.quality == GOOD:
        value, checks = block.value, tag.checks
        good = (value >= checks.low) & (value <= checks.high) & (block.flagged == 0)
        good &= np.abs(value) < quality.LARGEST
        block = block.part(good)
    count = len(block.at)
    columns = {
        "time": batches.times(block.at, question.zone),
        "value": batches.numbers(block.value),
        "qc": batches.counts(block.qc),
    }
    columns |= constants(question, tag, count)
    return batches.batch(columns, question.columns, question.zone)


def constants(question: Question, tag: Tag, count: int) -> dict[str, pa.Array]:
    """Return those of the asked columns that are the same in all rows of a tag."""
    limits = tag.checks.limits._asdict() | {
        "min_val": tag.checks.min_val,
        "max_val": tag.checks.high,
    }
    found = {"tag": tag.name, "unit": tag.unit, "description": tag.description}
    columns = {name: batches.text(found[name], count) for name in found if name in question.columns}
    numbers = [name for name in LIMITS if name in question.columns]
    return columns | {name: batches.number(limits[name], count) for name in numbers}
