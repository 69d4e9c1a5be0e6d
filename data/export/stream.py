"""A question on its way: who reads its rows, and in which order and shape they come."""

from collections.abc import Callable, Iterator
from functools import partial

import pyarrow as pa

from data.db import Snapshot
from data.export.buckets import bucket_rows
from data.export.contract import Question
from data.export.pump import Pump
from data.export.rows import reading_rows


def stream(question: Question, is_wanted: Callable[[], bool] = lambda: True) -> Pump:
    """Return the batches of a question, which are being read from now on.

    Parameters
    ----------
    is_wanted : tells whether somebody still waits for them
    """
    return Pump(partial(_rows, question), is_wanted)


def _rows(question: Question, snapshot: Snapshot) -> Iterator[pa.RecordBatch]:
    if question.resolution is not None:
        return bucket_rows(question)
    return reading_rows(question, snapshot)
