"""In which encoding a file that is not UTF-8 can be read: what decodes, and what makes words."""

import re
from collections.abc import Iterable
from itertools import pairwise

#: Encodings that are tried without being asked for; what Korean and Western Windows write.
TRIED = ("cp949", "cp1252")
#: Shown besides, where none of those makes words.
_OTHERS = ("cp932", "gb18030")
#: Ends every cell; no encoding that is tried has one of these within a letter.
_CELL_ENDS = bytes.maketrans(b',;\t|\r"', b"\n" * 6)
#: Signs besides letters that names and units in Western encodings have.
_SIGNS = frozenset("°²³·±×÷€£§‰½¼¾–\xa0")
#: Western words have at most two accented letters side by side (Größe); Korean bytes read so, more.
_WESTERN_RUN = re.compile(r"[^\x00-\x7f\xa0]{3}")
_HANJA = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]+")


def special_cells(content: bytes) -> list[bytes]:
    """Return the distinct cells that are not ASCII, in the order of the file."""
    cells = content.translate(_CELL_ENDS).split(b"\n")
    return list(dict.fromkeys(cell.strip() for cell in cells if not cell.isascii()))


def readable(encoding: str, cells: Iterable[bytes]) -> bool:
    """Whether cells can be read so and, in a Western encoding, look like words and units."""
    try:
        texts = [cell.decode(encoding) for cell in cells]
    except UnicodeDecodeError:
        return False
    return encoding != "cp1252" or all(map(_western, texts))


def natural(encoding: str, cells: Iterable[bytes]) -> bool:
    """Whether a readable text is one that somebody writes: no Hanja, no syllable without a use.

    Of the 11,172 syllables of CP949, EUC-KR has the 2,350 that Korean words are made of; text of
    another encoding read as CP949 falls on the others, or on Hanja.
    """
    if encoding != "cp949":
        return True
    text = "".join(cell.decode(encoding) for cell in cells)
    syllables = "".join(_HANGUL.findall(text))
    # Python spells a syllable that EUC-KR lacks by its letters: 8 bytes instead of 2.
    return not _HANJA.search(text) and len(syllables.encode("euc_kr")) == 2 * len(syllables)


def _western(text: str) -> bool:
    signs = [sign for sign in text if ord(sign) > 127]
    if not all(sign in _SIGNS or sign == "µ" or _accented(sign) for sign in signs):
        return False
    raised = any(a.islower() and b.isupper() and ord(b) > 127 for a, b in pairwise(text))
    return not raised and not _WESTERN_RUN.search(text)


def _accented(sign: str) -> bool:
    return sign.isalpha() and sign not in "ªºƒˆ"


def as_read(cell: bytes) -> str:
    """Return how a cell reads in each encoding that can read it."""
    ways = []
    for encoding in (*TRIED, *_OTHERS):
        try:
            ways.append(f"{cell.decode(encoding)!r} in {encoding}")
        except UnicodeDecodeError:
            continue
    return ", ".join(ways)


def without_mark(content: bytes) -> str | None:
    """Return the encoding of UTF-16 text without its mark, by the zero bytes of its header."""
    head = content[:64]
    if not head or b"\0" not in head:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    return "utf-16-le" if odd > even else "utf-16-be"
