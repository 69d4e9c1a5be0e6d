"""How much room a text takes in a picture, before a browser has set it: rather more than less."""

import unicodedata

#: Room of a letter of a chart's texts, and how much more a bold one takes [px].
LETTER, BOLD = 7.2, 1.16
#: A Korean letter, or one as wide, takes so many.
WIDE = 1.75
BROAD_LETTERS = frozenset("MWmw@%")


def room(text: str, bold: bool = False) -> float:
    """Return how wide a text is at most [px]."""
    letters = sum(WIDE if _is_wide(letter) else 1.0 for letter in text)
    return LETTER * letters * (BOLD if bold else 1.0)


def fitting(text: str, pixels: float, most: int, alike: int = 0) -> str:
    """Return a bold text, cut where it has more letters than `most`, or no room [px] for them.

    Parameters
    ----------
    alike : so many letters it shares with others that it is to be told from: these go first
    """
    for count in range(min(len(text), most), 1, -1):
        cut = _cut(text, count, alike)
        if room(cut, bold=True) <= pixels:
            return cut
    return text[:1]


def _cut(text: str, count: int, alike: int) -> str:
    """Return so many letters: the end, where that holds all that differs, else from there on."""
    if count >= len(text):
        return text
    if not alike:
        return f"{text[: count - 1]}…"
    if len(text) - alike < count:
        return f"…{text[1 - count :].lstrip('.…')}"
    return f"…{text[alike : alike + count - 2]}…"


def _is_wide(letter: str) -> bool:
    return letter in BROAD_LETTERS or unicodedata.east_asian_width(letter) in "WF"
