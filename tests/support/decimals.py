"""Numbers as docs/definitions.md has them: decimals in exact arithmetic, and what pages write."""

import struct
from fractions import Fraction

MOST = 9


def by_hand(x: float) -> int:
    """Return the least number of decimals that a finite reading is written with, 9 at most."""
    try:
        single = struct.unpack("f", struct.pack("f", x))[0] == x
    except OverflowError:
        single = False
    noise = Fraction(6e-8 if single else 1e-12) * abs(Fraction(x))
    fits = (abs(Fraction(x) - round(Fraction(x), d)) <= noise for d in range(MOST + 1))
    return next((d for d, each in enumerate(fits) if each), MOST)


def on_page(number: str) -> str:
    """Return a number that Python wrote as people read it."""
    return number.replace("-", "−")


def off_page(text: str) -> str:
    """Return a number that people read as Python reads it."""
    return text.replace("−", "-").replace(",", "")
