"""What stands beside every row of a tag: who it is, and the limits of its rule."""

import pyarrow as pa

from data.export import batches
from data.export.columns import LIMITS
from data.export.contract import Question
from data.queries import Tag


def constants(question: Question, tag: Tag, count: int) -> dict[str, pa.Array]:
    """Return those of the asked columns that are the same in all rows of a tag."""
    limits = tag.checks.limits._asdict() | {
        "min_val": tag.checks.min_val,
        "max_val": tag.checks.high,
    }
    texts = {"tag": tag.name, "unit": tag.unit, "description": tag.description}
    columns = {name: batches.text(texts[name], count) for name in texts if name in question.columns}
    numbers = [name for name in LIMITS if name in question.columns]
    return columns | {name: batches.number(limits[name], count) for name in numbers}
