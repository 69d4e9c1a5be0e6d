"""The rows of one tag, as batches: single readings, as they are stored or judged."""

from collections.abc import Iterator

import pyarrow as pa

from data import queries, views
from data.analysis import alarms, quality, seams
from data.db import Snapshot
from data.export import batches
from data.export.columns import JUDGED
from data.export.contract import GOOD, Question
from data.export.rows.beside import constants
from data.export.rows.blocks import BLOCK, Block, blocks
from data.export.rows.gone import Look, request_of
from data.export.rows.left_out import COUNTED, why_left_out
from data.export.rows.tally import Tally
from data.queries import Tag
from data.views import Caveats


def reading_rows(
    question: Question,
    tag: Tag,
    snapshot: Snapshot,
    most: int = BLOCK,
    tally: Tally | None = None,
    caveats: Caveats | None = None,
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of one tag of a question for single readings, oldest first.

    Parameters
    ----------
    most : readings of a batch
    caveats : to note in it what must be said of the rows

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    judge = _judge(question, tag)
    look = Look(request_of(tag, None, (question.start, question.stop), question.zone), caveats)
    for block in blocks(snapshot, tag.name, question.start, question.stop, most):
        if look.is_due:
            at = block.at * 1_000
            look.at((at, at), queries.median_step(block.at))
            del at
        ready = [_batch(question, tag, block, judge, tally)]
        del block  # of a wide file as many wait here as it has tags
        if ready[0].num_rows:
            yield ready.pop()
    look.end()


def _judge(question: Question, tag: Tag) -> seams.Readings | None:
    """Return what judges the readings of a tag, None where nobody asks for that."""
    if not set(JUDGED) & set(question.columns):
        return None
    live = question.live and question.stop == question.now  # and not a week ago, as now-2w/now-1w
    stop = question.whole_stop or question.stop
    return views.judging.of_readings(tag, question.start, stop, live)


def _batch(
    question: Question, tag: Tag, block: Block, judge: seams.Readings | None, tally: Tally | None
) -> pa.RecordBatch:
    columns = {
        "time": batches.times(block.at, question.zone),
        "value": batches.numbers(block.value),
        "qc": batches.counts(block.qc),
    }
    if judge is not None:
        columns |= _judged(block, judge)
    good = question.quality == GOOD
    why = why_left_out(block, tag) if good or tally else None
    if why is not None and good:
        block = block.part(why == COUNTED)
        counted = pa.array(why == COUNTED)
        columns = {name: column.filter(counted) for name, column in columns.items()}
    if why is not None and tally:
        tally.readings(tag.name, why)
        tally.rows(block.at)
    columns |= constants(question, tag, len(block.at))
    return batches.batch(columns, question.columns, question.zone)


def _judged(block: Block, judge: seams.Readings) -> dict[str, pa.Array]:
    outcome = judge.judged(block.value, block.at * 1_000, block.flagged)
    return {
        "quality": batches.words(outcome.quality, lambda code: quality.QUALITIES[code]),
        "reasons": batches.words(outcome.reasons, lambda bits: " ".join(quality.reason_keys(bits))),
        "alarm": batches.words(outcome.alarm, lambda code: alarms.ALARMS[code]),
    }
