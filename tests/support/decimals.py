"""The decimals of a reading in exact arithmetic, as docs/definitions.md has them."""

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
