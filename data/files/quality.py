"""What a source says of its readings: good, uncertain or bad, told by words or by codes.

A column is understood by all of its values together, or not at all: 0 is good as a flag and bad
in OPC DA, so a column in which only one of them can be meant is read, and every other one refused.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from data.files.cells import NULL_WORDS, few, trimmed

GOOD, UNCERTAIN, BAD = 0, 1, 2
CHOICES = ("da", "ua", "flag", "words", "ksys")
#: The kind of a column of our own files: as the store has it.
STORED = "stored"
CHOOSE = "choose --quality da, ua, flag or words"
#: More than this share of 1 in a column called quality: is it 1 that is good there?
MOST_FLAGGED = 0.8

_WORDS = {
    GOOD: ("good", "g", "ok", "valid", "양호", "정상", "유효"),
    UNCERTAIN: ("uncertain", "u", "suspect", "questionable", "doubtful", "의심", "불확실"),
    BAD: ("bad", "b", "invalid", "불량", "비정상", "오류", "무효"),
}
_WORD_CODES = {word: code for code, words in _WORDS.items() for word in words}
#: OPC UA and its servers go on after the word: Bad_NoData, GoodClamped, "Good, non-specific".
_PREFIX = re.compile(
    r"(Good|Uncertain|Bad)(?=[^a-z])|(good|uncertain|bad|GOOD|UNCERTAIN|BAD)(?=\W|_)"
)
_INTEGER = re.compile(r"[+-]?\d+(\.0*)?|0[xX][0-9a-fA-F]+")
_YES, _NO = ("1", "true", "t", "yes", "y"), ("0", "false", "f", "no", "n")
#: Quality and limit bits that OPC DA defines below 192: others are no OPC DA where nothing is good.
_DA_DEFINED = {*range(0, 32), *range(64, 72), *range(80, 92)}
#: Those of them, and of what is good, that servers send.
_DA_USUAL = {*range(0, 32, 4), 64, 68, 80, 84, 88, 192, 216}
_SHORTEST_UA = 1 << 16  # the code stands in the upper 16 bits

Coder = Callable[[str], int | None]


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a column was understood: its name for the user, and the code of each of its cells."""

    says: str
    code: Coder


class NotUnderstoodError(Exception):
    """A quality column that is not understood: the cell at fault, None if all are, and why."""

    def __init__(self, cell: str | None, reason: str) -> None:
        super().__init__(reason)
        self.cell, self.reason = cell, reason


def integer(cell: str) -> int | None:
    """Return a whole number as written: 192, 192.0, 0xC0."""
    if not _INTEGER.fullmatch(cell):
        return None
    return int(cell, 16) if cell[:2] in ("0x", "0X") else int(cell.partition(".")[0])


def _words(cell: str) -> int | None:
    code = _WORD_CODES.get(cell.lower())
    if code is not None:
        return code
    match = _PREFIX.match(cell)
    return None if match is None else _WORD_CODES[match[0].lower()]


def _da(cell: str) -> int | None:
    number = integer(cell)
    if number is None or not (0 <= number < 128 or 192 <= number < 220):
        return None
    return GOOD if number >= 192 else UNCERTAIN if number >= 64 else BAD


def _ua(cell: str) -> int | None:
    """Return the severity, the upper two bits; 11 is reserved and to be taken as bad."""
    number = integer(cell)
    if number is None or not -(1 << 31) <= number < 1 << 32:
        return None
    return min(BAD, number % (1 << 32) >> 30)


def _flag(cell: str) -> int | None:
    number = integer(cell)
    if number is None:
        return BAD if cell.lower() in _YES else GOOD if cell.lower() in _NO else None
    return BAD if number else GOOD


def _ksys(cell: str) -> int | None:
    number = integer(cell)
    return number if number in (GOOD, UNCERTAIN, BAD) else None


def _yes_is(yes: int, no: int) -> Coder:
    def code(cell: str) -> int | None:
        number = integer(cell)
        plain = cell.lower() if number is None else str(number)
        return yes if plain in _YES else no if plain in _NO else None

    return code


_WORDED = Scheme("words", _words)
SCHEMES = {
    "words": _WORDED,
    "da": Scheme("OPC DA", _da),
    "ua": Scheme("OPC UA", _ua),
    "flag": Scheme("a flag, 0 good", _flag),
    "ksys": Scheme("0 good, 1 uncertain, 2 bad", _ksys),
}
_AS_STORED = Scheme("0 good, 1 uncertain, 2 bad, as Ksys stores it", _ksys)
#: What yes and 1 mean in a column, by the kind of its name.
_BY_NAME = {
    "valid": Scheme("1 good, 0 bad", _yes_is(GOOD, BAD)),
    "invalid": Scheme("1 bad, 0 good", _yes_is(BAD, GOOD)),
    "doubtful": Scheme("1 uncertain, 0 good", _yes_is(UNCERTAIN, GOOD)),
}


def empty(cell: str) -> bool:
    """Whether a cell says nothing of its reading."""
    return trimmed(cell) in NULL_WORDS


def surely(cells: Iterable[str]) -> bool:
    """Whether values can be nothing but a quality, in a column whose name does not say so.

    Words; 192 among usual codes of OPC DA; codes of OPC UA without a detail in their lower half: a
    channel 65 or a time in seconds is none of these.
    """
    said = [trimmed(cell) for cell in cells if not empty(cell)]
    shown = plainly(said) if said else None
    if shown is None or shown is _WORDED:
        return shown is _WORDED
    numbers = {integer(cell) or 0 for cell in said}
    if shown is SCHEMES["da"]:
        return 192 in numbers and numbers <= _DA_USUAL
    return all(number % _SHORTEST_UA == 0 for number in numbers)


def worded(cell: str) -> bool:
    """Whether a cell is a word of quality."""
    return _words(trimmed(cell)) is not None


def scheme(name: str, kind: str, counts: Mapping[str, int], choice: str | None) -> Scheme:
    """Return how a column is to be read.

    Parameters
    ----------
    kind : of its name: `qc` `quality` `flag` `valid` `invalid` `doubtful` `status` `found`, or
        STORED
    counts : how often each of its cells occurs, in the order of the file
    choice : of the user, one of CHOICES; cells that it does not know are left to the caller

    Raises
    ------
    NotUnderstoodError
        If nobody chose and the values could mean more than one thing, or nothing.
    """
    cells: dict[str, int] = {}
    for cell, count in counts.items():
        if not empty(cell):
            cells[trimmed(cell)] = cells.get(trimmed(cell), 0) + count
    if kind == STORED:
        if not choice and _fits(_AS_STORED, cells):
            return _AS_STORED
        kind = "qc"
    named = _BY_NAME.get(kind)
    if named and _fits(named, cells):
        return named
    if choice:
        return SCHEMES[choice]
    shown = plainly(cells) or _by_flag(kind, cells)
    if shown:
        return shown
    raise NotUnderstoodError(_stranger(kind, cells), _why(name, kind, cells))


def plainly(cells: Iterable[str]) -> Scheme | None:
    """Return the scheme that the values alone show, whatever the column is called."""
    said = [trimmed(cell) for cell in cells if not empty(cell)]
    if _fits(_WORDED, said):
        return _WORDED
    numbers = [integer(cell) for cell in said]
    codes = [number for number in numbers if number is not None]
    if len(codes) < len(numbers):
        return None
    long = all(number == 0 or abs(number) >= _SHORTEST_UA for number in codes)
    shown = any(codes) or all(len(cell) == 10 and cell[:2] in ("0x", "0X") for cell in said)
    if long and shown and _fits(SCHEMES["ua"], said):
        return SCHEMES["ua"]
    good, defined = any(n >= 192 for n in codes), _DA_DEFINED.issuperset(codes)
    if _fits(SCHEMES["da"], said) and (good or (defined and any(n >= 64 for n in codes))):
        return SCHEMES["da"]
    return None


def told(name: str, scheme: Scheme, counts: Mapping[str, int]) -> list[str]:
    """Return the sentences about a column that was understood; of our own files there are none."""
    if scheme is _AS_STORED:
        return []
    says = [f"quality from the column {name!r}, read as {scheme.says}"]
    unsaid = sum(count for cell, count in counts.items() if empty(cell))
    if unsaid:
        says.append(f"{name} is empty in {unsaid:,} rows, which count as good")
    return says


def _by_flag(kind: str, cells: Mapping[str, int]) -> Scheme | None:
    """Return the scheme of 0 and 1 where the column's name says that these are flags."""
    numbers = {integer(cell) for cell in cells}
    if kind in ("qc", "flag") and numbers <= {0, 1}:
        return SCHEMES["flag"]
    if kind == "qc" and numbers <= {0, 1, 2}:
        return SCHEMES["ksys"]
    if kind == "quality" and numbers == {0, 1}:
        ones = sum(count for cell, count in cells.items() if integer(cell) == 1)
        return SCHEMES["flag"] if ones <= MOST_FLAGGED * sum(cells.values()) else None
    return None


def _fits(scheme: Scheme, cells: Iterable[str]) -> bool:
    return all(scheme.code(cell) is not None for cell in cells)


def _stranger(kind: str, cells: Iterable[str]) -> str | None:
    """Return the first value that no scheme has together with those before it; None if one does."""
    schemes = ["words", "da", "ua"]
    if kind in ("qc", "quality", "flag"):
        schemes.append("ksys" if kind == "qc" else "flag")
    for cell in cells:
        schemes = [each for each in schemes if _could_be(each, cell)]
        if not schemes:
            return cell
    return None


def _could_be(name: str, cell: str) -> bool:
    number = integer(cell)
    if name == "ua" and number is not None and 0 < abs(number) < _SHORTEST_UA:
        return False
    if name == "flag" and number not in (0, 1):
        return False
    return SCHEMES[name].code(cell) is not None


def _why(name: str, kind: str, cells: Mapping[str, int]) -> str:
    way = f"{CHOOSE}, or leave the column out with --ignore {name!r}"
    if kind == "status":
        way += ", or give it another name if it is a tag"
    stranger = _stranger(kind, cells)
    if stranger is not None:
        others = [cell for cell in cells if cell != stranger]
        beside = f" beside {few(others)}" if others else ""
        return f"{name} is {stranger!r}{beside}, no code or word of quality that is known; {way}"
    meanings = [each.says for each in SCHEMES.values() if _fits(each, cells)]
    if kind in ("qc", "quality", "flag", "status") and {integer(c) for c in cells} <= {0, 1}:
        meanings.append("1 for good")
    return (
        f"the quality column {name!r} holds only {few(cells)}, which could be "
        f"{' or '.join(meanings)}; {way}"
    )
