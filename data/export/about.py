"""What a file of Parquet or Arrow says of itself: what was asked, and what its columns mean."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict

import pyarrow as pa

from data.analysis import comparison
from data.export.columns import OTHER
from data.export.contract import LONG, Question
from data.export.shapes import OF_ROW
from data.queries import Tag

#: Each column in one sentence.
MEANINGS = {
    "tag": "Name of the measured point.",
    "time": "Time of the reading, or start of its bucket, as an instant.",
    "value": "The reading as it is stored; missing where it is no finite number [unit of the tag].",
    "qc": "Quality code as the historian stores it; 0 where it stores none.",
    "unit": "Unit of the tag's numbers.",
    "description": "What is measured.",
    "quality": "Trust in the number: GOOD, SUSPECT, BAD or UNKNOWN.",
    "reasons": "Why the number is not GOOD.",
    "alarm": "Position to the tag's limits: NORMAL, WARNING or CRITICAL.",
    "min_val": "Least value that the instrument can read, by the tag's rule.",
    "lo_lo": "Low limit of the tag's rule, critical at it and below (LL).",
    "lo": "Low limit of the tag's rule, a warning at it and below (L).",
    "hi": "High limit of the tag's rule, a warning at it and above (H).",
    "hi_hi": "High limit of the tag's rule, critical at it and above (HH).",
    "max_val": "Greatest value that the instrument can read, by the tag's rule.",
    "avg": "Mean of the good readings of the bucket; of an angle the circular one, of states none.",
    "min": "Least of the good readings of the bucket.",
    "max": "Greatest of the good readings of the bucket.",
    "first": "First good reading of the bucket by time.",
    "last": "Last good reading of the bucket by time.",
    "sum": "Sum of the good readings of the bucket.",
    "diff": "Last minus first good reading of the bucket.",
    "n": "Count of the good readings of the bucket.",
    "bad": "Count of the readings that were left out of the bucket; missing where it is not known.",
    "bad_value": "The extreme of the readings that were left out of the bucket.",
    "share": "Good readings of the bucket by all of its readings, 0 to 1.",
    "coverage": "Readings of the bucket by those that were expected.",
    "seconds": "Width of the bucket [s].",
    "filling": "Whether the bucket had not ended when it was read.",
    "remade": "Whether another source answers for the bucket, as its rollup lacks readings of it.",
    "state": "Word of the last value of the bucket, of a tag that is a state.",
    "difference": "What a counter counted in the bucket, over resets too.",
    "reset": "Whether a counter began anew in the bucket.",
    "resultant": "Length of the mean vector of an angle, 0 to 1: 1 where all are the same.",
}
#: Columns of the other side of a comparison.
OF_OTHER = {
    **{name: f"Of what the row is compared with: {MEANINGS[name]}" for name in OTHER},
    "time": "Start of the bucket that the row is compared with; missing where none is.",
    "delta": "This row less the one that it is compared with; of states none.",
}
MEANINGS |= {comparison.PREFIX + name: meaning for name, meaning in OF_OTHER.items()}


def rule_version(tags: Iterable[Tag]) -> str:
    """Return a digest of the rules of tags as they were read: another one when any has changed.

    The order of the tags does not matter, and a tag without a rule is one.
    """
    rules = {tag.name: asdict(tag.rule) if tag.rule else None for tag in tags}
    text = json.dumps(rules, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def told(question: Question, schema: pa.Schema) -> pa.Schema:
    """Return columns with what a file says of itself: `ksys` is JSON, and each column has its own.

    That is what it means; in the wide shape also tag, unit and description.
    """
    named = {"site": question.site} if question.site else {}
    whole = named | {
        "query": question.address,
        "zone": question.zone,
        "rule_version": rule_version(question.tags),
        "tags": {
            tag.name: {"unit": tag.unit, "description": tag.description} for tag in question.tags
        },
        "columns": {name: MEANINGS[name] for name in question.columns},
    }
    text = json.dumps(whole, ensure_ascii=False)
    fields = [_told(question, place, field) for place, field in enumerate(schema)]
    return pa.schema(fields, {"ksys": text})


def _told(question: Question, place: int, field: pa.Field) -> pa.Field:
    """Return a column with what it means, and with unit and description where it is of one tag."""
    names = [name for name in question.columns if name not in OF_ROW]
    if question.shape == LONG or not place:
        return field.with_metadata({"column": field.name, "meaning": MEANINGS[field.name]})
    tag, name = question.tags[(place - 1) // len(names)], names[(place - 1) % len(names)]
    of_tag = {"tag": tag.name, "unit": tag.unit, "description": tag.description}
    return field.with_metadata({"column": name, "meaning": MEANINGS[name], **of_tag})
