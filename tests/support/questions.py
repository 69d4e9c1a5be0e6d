"""Questions and rows of files, made without a historian."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from data.export import Question, batches
from data.queries import Tag

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def asked(*tags: str | Tag, **changes: Any) -> Question:
    """Return a question for every reading of tags in 1970 to 2199."""
    given: dict[str, Any] = {
        "tags": tuple(each if isinstance(each, Tag) else Tag(each) for each in tags),
        "start": datetime(1970, 1, 1, tzinfo=UTC),
        "stop": datetime(2200, 1, 1, tzinfo=UTC),
        "now": NOW,
        "zone": "UTC",
        "resolution": None,
        "columns": ("tag", "time", "value", "qc"),
    }
    return Question(**given | changes)


def rows(
    question: Question,
    tags: Sequence[str],
    at: Sequence[int],
    values: Sequence[float | None],
    qc: Sequence[int],
) -> pa.RecordBatch:
    """Return rows as they come from the historian: of a number that is missing NaN."""
    numbers = np.array([np.nan if value is None else value for value in values], np.float64)
    columns = {
        "tag": batches.texts(tags),
        "time": batches.times(np.array(at, np.int64), question.zone),
        "value": batches.numbers(numbers),
        "qc": batches.counts(np.array(qc, np.int64)),
    }
    return batches.batch(columns, question.columns, question.zone)
