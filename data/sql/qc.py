"""What `qc` of a reading means in a historian: a flag, or the quality code of OPC."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class QcCode(StrEnum):
    """How `qc` is read; OPEN: nobody has said it, and 0 alone cannot be what is good."""

    FLAG = "flag"
    DA = "da"
    UA = "ua"
    OPEN = "open"


#: From and to which values are good. A status of OPC UA has its severity in the upper two of 32
#: bits, 00 for good; a smallint holds the upper 16 of them, so that 16,384 and more is not good
#: there. What has the sign bit is bad in either width.
GOOD_VALUES: Mapping[QcCode, tuple[tuple[int, int], ...]] = {
    QcCode.FLAG: ((0, 0),),
    QcCode.DA: ((192, 219),),
    QcCode.UA: ((0, 0x3FFF), (0x8000, 0x3FFF_FFFF)),
    QcCode.OPEN: (),
}
#: The names of the codes, as their own documents write them.
STANDARDS = {QcCode.DA: "OPC DA", QcCode.UA: "OPC UA"}
#: A flag has 0, 1 and 2 (good, uncertain, bad); other values are common from this share on.
FLAGS, COMMON = (0, 1, 2), 0.05
#: What OPC DA has besides, and the least distance from 0 of a code of OPC UA that is not good.
_DA_CODES, _LEAST_UA = {*range(3, 128), *range(192, 220)}, 0x4000


class Looks(NamedTuple):
    """What the values of `qc` look like: a code, its most common value, and how common [%]."""

    code: QcCode
    value: int
    percent: int


def looks_like(counts: Mapping[int, int]) -> Looks | None:
    """Return which code of OPC the values of `qc` look like, None where they may be flags.

    Parameters
    ----------
    counts : how many readings have each value; NULL counts as 0
    """
    other = {value: count for value, count in counts.items() if value not in FLAGS}
    total, strange = sum(counts.values()), sum(other.values())
    if not strange or strange < COMMON * total:
        return None
    of_da = sum(count for value, count in other.items() if value in _DA_CODES)
    of_ua = sum(count for value, count in other.items() if abs(value) >= _LEAST_UA)
    has_good = any(value in _DA_CODES and value >= 192 for value in other)
    value = max(other, key=lambda each: (other[each], each))
    percent = round(100 * other[value] / total)
    if has_good and 2 * of_da >= strange:
        return Looks(QcCode.DA, value, percent)
    return Looks(QcCode.UA, value, percent) if 2 * of_ua >= strange else None
