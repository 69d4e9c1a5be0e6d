"""The columns of a file: which there are, and which of them one that names none has."""

from data.buckets import Resolution
from data.errors import BadInput

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


def chosen(
    named: str, statistics: str, width: Resolution | None, wide: bool = False
) -> tuple[str, ...]:
    """Return the columns of a file.

    Parameters
    ----------
    named, statistics : as an address gives them, with commas between; empty: those of any file
    width : of the buckets, None: of single readings
    wide : a column a tag: those of any file are time and one value

    Raises
    ------
    BadInput
        If there is no such column, or one is named twice.
    """
    numbers = _split("statistics", statistics, STATISTICS) if statistics else STATISTICS_GIVEN
    if width is None:
        if statistics:
            raise BadInput("not_of_readings", name="statistics", value=statistics)
        given = WIDE_READINGS if wide else READINGS
        return _split("columns", named, OF_READINGS) if named else given
    if not named and wide:
        return ("time", *(numbers if statistics else WIDE_STATISTICS))
    if not named:
        return ("tag", "time", *numbers, *BESIDE_STATISTICS)
    found = _split("columns", named, OF_BUCKETS)
    return (*found, *(name for name in numbers if statistics and name not in found))


def _split(name: str, text: str, choices: tuple[str, ...]) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(","))
    for each in found:
        if each not in choices:
            raise BadInput("parameter_choice", name=name, value=each, choices=", ".join(choices))
        if found.count(each) > 1:
            raise BadInput("parameter_repeated", name=f"{name}={each}", count=found.count(each))
    return found
