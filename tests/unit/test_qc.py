"""What qc means: which values are good by a code, and when values look like one of OPC."""

import pytest

from data.sql import QcCode, looks_like
from data.sql.qc import GOOD_VALUES

BAD_UA, UNCERTAIN_UA = 0x8000_0000, 0x4000_0000


def is_good(code: QcCode, value: int) -> bool:
    return any(first <= value <= last for first, last in GOOD_VALUES[code])


def as_smallint(status: int) -> int:
    """Return the upper half of a status of OPC UA as a signed whole number of 16 bits."""
    upper = status >> 16
    return upper - 0x1_0000 if upper >= 0x8000 else upper


@pytest.mark.parametrize("value", range(-300, 300))
def test_of_opc_da_the_upper_two_of_eight_bits_are_good_up_to_219(value: int) -> None:
    assert is_good(QcCode.DA, value) == (0 <= value < 220 and value >> 6 == 0b11)


@pytest.mark.parametrize("detail", [0, 0x0001_0000, 0x0080_0000, 0x00BA_0000, 0x0FFF_0000])
@pytest.mark.parametrize("info", [0, 0x0400, 0x0480, 0x8000])
def test_of_opc_ua_the_severity_decides_in_every_width(detail: int, info: int) -> None:
    for severity in (0, UNCERTAIN_UA, BAD_UA, 0xC000_0000):
        status = severity | detail | info
        signed = status - (1 << 32) if status >= 1 << 31 else status
        for written in (status, signed, as_smallint(status)):
            assert is_good(QcCode.UA, written) == (severity == 0), hex(status)


def test_what_changed_its_meaning_is_not_good_for_sure() -> None:
    """Bit 14 says that unit or range have changed; in a smallint it is the one of uncertain."""
    assert not is_good(QcCode.UA, 0x4000)


LOOKS = {
    "nothing": ({}, None),
    "flags": ({0: 90, 1: 7, 2: 3}, None),
    "flags of 1": ({1: 100}, None),
    "own codes": ({0: 50, 4: 50}, None),
    "a few strangers": ({0: 96, 192: 4}, None),
    "DA": ({192: 97, 0: 2, 24: 1}, ("da", 192, 97)),
    "DA in an outage": ({24: 60, 0: 30, 192: 10}, ("da", 24, 60)),
    "DA with little good": ({0: 94, 216: 6}, ("da", 216, 6)),
    "DA without anything good": ({0: 50, 24: 50}, None),
    "UA in 16 bits": ({0: 90, -32768: 10}, ("ua", -32768, 10)),
    "UA in 32 bits": ({0: 60, UNCERTAIN_UA: 40}, ("ua", UNCERTAIN_UA, 40)),
}


@pytest.mark.parametrize("name", LOOKS)
def test_values_look_like_a_code_where_those_over_2_are_common(name: str) -> None:
    counts, expected = LOOKS[name]
    assert looks_like(counts) == expected
