"""The columns of a file: which there are, and which of them one that names none has."""

from data.analysis import comparison
from data.buckets import Resolution
from data.errors import BadInput
from data.views import columns_for

#: What stands beside any number: of the tag, and of its rule (limits as `rules` names them).
OF_TAG = ("unit", "description")
LIMITS = ("min_val", "lo_lo", "lo", "hi", "hi_hi", "max_val")
#: What judges a number.
JUDGED = ("quality", "reasons", "alarm")
#: Columns of single readings; those of a file that names none.
OF_READINGS = ("tag", "time", "value", "qc", *OF_TAG, *JUDGED, *LIMITS)
READINGS = ("tag", "time", "value", "qc")
WIDE_READINGS, WIDE_STATISTICS = ("time", "value"), ("avg",)
#: What can be said of the readings in a bucket; those of a file that names none.
STATISTICS = ("avg", "min", "max", "first", "last", "sum", "diff", "n")
STATISTICS_GIVEN = ("avg", "min", "max", "n")
#: What else is said of a bucket: `share` of good ones among its readings, 0…1; `seconds`, its
#: width; of states, angles and counters what stands for a mean.
OF_BUCKETS = (
    *("tag", "time", *STATISTICS, "bad", "bad_value", "share", "coverage", "seconds"),
    *(*OF_TAG, *JUDGED, "filling", "remade", "state", "difference", "reset", "resultant"),
    *LIMITS,
)
BESIDE_STATISTICS = ("bad", "coverage", "unit", "quality", "filling")
#: What can be told of the other side of a comparison.
OTHER = (*STATISTICS, "state", "difference", "reset", "resultant")
OF_OTHER = columns_for(OTHER)


def chosen(
    named: str,
    statistics: str,
    width: Resolution | None,
    wide: bool = False,
    compare: str = "",
) -> tuple[str, ...]:
    """Return the columns of a file.

    Parameters
    ----------
    named, statistics : as an address gives them, with commas between; empty: those of any file
    width : of the buckets, None: of single readings
    wide : a column a tag: those of any file are time and one value
    compare : as the address has it: the columns of the other side follow, unless some are named

    Raises
    ------
    BadInput
        If there is no such column, or one is named twice.
    """
    numbers = _split("statistics", statistics, STATISTICS) if statistics else STATISTICS_GIVEN
    if width is None:
        for name, text in (("statistics", statistics), ("compare", compare)):
            if text:
                raise BadInput("not_of_readings", name=name, value=text)
        given = WIDE_READINGS if wide else READINGS
        return _split("columns", named, OF_READINGS) if named else given
    if not named:
        numbers = WIDE_STATISTICS if wide and not statistics else numbers
        names = ("time", *numbers) if wide else ("tag", "time", *numbers, *BESIDE_STATISTICS)
    else:
        names = _split("columns", named, (*OF_BUCKETS, *OF_OTHER) if compare else OF_BUCKETS)
        names += tuple(name for name in numbers if statistics and name not in names)
    return _compared(names, wide) if compare else names


def _compared(names: tuple[str, ...], wide: bool) -> tuple[str, ...]:
    """Return columns with those of the other side: when, of what stands here, and by how much."""
    if any(name.startswith(comparison.PREFIX) for name in names):
        return names
    others = columns_for([name for name in OTHER if name in names])
    return (*names, *(others[1:] if wide else others))  # in a row of all tags no time for each


def _split(name: str, text: str, choices: tuple[str, ...]) -> tuple[str, ...]:
    parts = tuple(part.strip() for part in text.split(","))
    for each in parts:
        if each not in choices:
            raise BadInput("parameter_choice", name=name, value=each, choices=", ".join(choices))
        if parts.count(each) > 1:
            raise BadInput("parameter_twice", name=name, value=each)
    return parts
