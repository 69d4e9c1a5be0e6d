"""Numbers of buckets, and limits beside a value: no readings, whoever wrote their file."""

from collections.abc import Sequence
from pathlib import Path

from data.analysis import comparison
from data.errors import BadFile
from data.files.cells import broken

__all__ = ["NUMBERS", "TOLD", "WORDS", "refuse_beside", "refuse_long", "refuse_wide"]

#: What a file of buckets says of their readings, and what else stands beside it.
NUMBERS = (
    *("avg", "min", "max", "first", "last", "sum", "diff", "n", "bad", "bad_value", "share"),
    *("coverage", "difference", "reset", "resultant"),
)
BESIDE = (
    *("seconds", "unit", "description", "quality", "reasons", "alarm", "filling", "remade"),
    *("state", "min_val", "lo_lo", "lo", "hi", "hi_hi", "max_val"),
    *(f"{comparison.PREFIX}time", f"{comparison.PREFIX}delta"),
)
#: What may stand behind the name of a tag.
WORDS = {*NUMBERS, *BESIDE, *(f"{comparison.PREFIX}{each}" for each in (*NUMBERS, "state"))}
#: What stands beside a value and judges no reading.
TOLD = (
    "unit",
    "description",
    "reasons",
    "alarm",
    "min_val",
    "lo_lo",
    "lo",
    "hi",
    "hi_hi",
    "max_val",
)
#: The one that no tag is called by: others, such as `Pump1 state`, need company.
MEAN = "avg"


def _no_readings(path: Path, name: str) -> BadFile:
    """Return the complaint about a column that holds numbers of buckets."""
    reason = f"the column {name!r} holds numbers of buckets, which are no readings"
    way = "export the file with resolution=raw, or call the column otherwise if these are readings"
    return broken(path, 1, f"{reason}; {way}")


def refuse_wide(path: Path, names: Sequence[str]) -> None:
    """Refuse a wide file whose columns are each called by what it is of a bucket, behind its tag.

    Of one tag alone the tag need not be named: `time,avg,n`.

    Raises
    ------
    BadFile
        Names the first column that holds numbers of buckets.
    """
    parts = [(tag, word) for tag, _blank, word in (name.rpartition(" ") for name in names)]
    if not all(word in WORDS for _tag, word in parts):
        return
    several = len({tag for tag, _word in parts}) < len(parts)
    for name, (_tag, word) in zip(names, parts, strict=True):
        if word in NUMBERS and (several or word == MEAN):
            raise _no_readings(path, name)


def refuse_beside(path: Path, names: Sequence[str]) -> None:
    """Refuse a wide file that says something of a value beside it, as `D100 lo` of `D100 value`.

    Raises
    ------
    BadFile
        Names the first such column. A tag may be called so where no value of that name is.
    """
    for name in names:
        tag, _blank, word = name.rpartition(" ")
        if word in TOLD and f"{tag} value" in names:
            reason = f"the column {name!r} is said of {f'{tag} value'!r}, and holds no readings"
            way = "leave it out with --ignore, or call it otherwise if it is a tag"
            raise broken(path, 1, f"{reason}; {way}")


def refuse_long(path: Path, names: Sequence[str]) -> None:
    """Refuse a file with a tag and no value whose columns are numbers of buckets.

    Raises
    ------
    BadFile
        Names the first of these columns.
    """
    for name in names:
        if name in NUMBERS:
            raise _no_readings(path, name)
