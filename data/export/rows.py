"""The rows of a file in their order, as batches: single readings, or buckets as the pages have."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from data import views
from data.analysis import alarms, arrays, quality, seams
from data.db import Snapshot
from data.export import batches
from data.export.columns import JUDGED, LIMITS
from data.export.contract import GOOD, Question
from data.export.readings import BLOCK, Block, blocks
from data.queries import Tag


def reading_rows(
    question: Question, snapshot: Snapshot, most: int = BLOCK
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a question for single readings, tag by tag, oldest first.

    Parameters
    ----------
    most : readings of a batch

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    for tag in question.tags:
        judge = _judge(question, tag)
        for block in blocks(snapshot, tag.name, question.start, question.stop, most):
            batch = _batch(question, tag, block, judge)
            if batch.num_rows:
                yield batch


def _judge(question: Question, tag: Tag) -> seams.Readings | None:
    """Return what judges the readings of a tag, None where nobody asks for that."""
    if not set(JUDGED) & set(question.columns):
        return None
    return views.judging.of_readings(tag, question.start, question.stop, question.live)


def _batch(
    question: Question, tag: Tag, block: Block, judge: seams.Readings | None
) -> pa.RecordBatch:
    columns = {
        "time": batches.times(block.at, question.zone),
        "value": batches.numbers(block.value),
        "qc": batches.counts(block.qc),
    }
    if judge is not None:
        columns |= _judged(block, judge)
    if question.quality == GOOD:
        kept = pa.array(left_out(block, tag) == COUNTED)
        columns = {name: column.filter(kept) for name, column in columns.items()}
    columns |= constants(question, tag, len(columns["time"]))
    return batches.batch(columns, question.columns, question.zone)


def _judged(block: Block, judge: seams.Readings) -> dict[str, pa.Array]:
    found = judge.judged(block.value, block.at * 1_000, block.flagged)
    return {
        "quality": batches.words(found.quality, lambda code: quality.QUALITIES[code]),
        "reasons": batches.words(found.reasons, lambda bits: " ".join(quality.reason_keys(bits))),
        "alarm": batches.words(found.alarm, lambda code: alarms.ALARMS[code]),
    }


#: Why readings are left out of statistics; the first that holds. COUNTED: they are not.
COUNTED, NOT_FINITE, ABSURD, FLAGGED, OUT_OF_SPAN = range(5)
WHY = ("counted", "not_finite", "absurd", "flagged", "out_of_span")


def left_out(block: Block, tag: Tag) -> arrays.Codes:
    """Return why each reading is left out of statistics, by its place in WHY."""
    value, checks = block.value, tag.checks
    inside = (value >= checks.low) & (value <= checks.high)
    sizes = np.abs(value)
    found = np.where(inside, COUNTED, OUT_OF_SPAN)
    found = np.where(block.flagged != 0, FLAGGED, found)
    found = np.where(sizes >= quality.LARGEST, ABSURD, found)
    return np.where(np.isfinite(value), found, NOT_FINITE).astype(np.int8)


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
