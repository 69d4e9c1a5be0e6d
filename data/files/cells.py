"""What stands in a cell or a header: names, trimmed and compared; numbers, in either spelling.

A file delimited by commas has decimal points, as whoever writes a decimal comma delimits by
something else. In every other file a column in which each sign is followed by three digits could be
thousands or decimals, and is refused.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from data.errors import BadFile

#: What stands for no value, besides an empty cell.
NULL_WORDS = ("", "NULL", "null", "Null", "NaN", "nan", "NAN", "None", "none", "NA", "N/A", "#N/A")
DELIMITERS = ",;\t|"
LONGEST_NAME = 2000  # bytes; PostgreSQL cannot index a longer one
#: Marks without width that spreadsheets and editors leave: byte order mark, joiners, direction,
#: soft hyphen; and the fillers of Hangul and Braille, which are blanks by another name.
_MARKS = "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060\u202a\u202b\u202c\u202d\u202e\u00ad"
_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"
_OUTSIDE = re.compile(rf"^[\s{_MARKS}{_FILLERS}]+|[\s{_MARKS}{_FILLERS}]+$")
_NO_MARKS = dict.fromkeys(map(ord, _MARKS))
_NO_BLANKS = _NO_MARKS | dict.fromkeys(map(ord, _FILLERS))
_NAMES_TOLD = 5
SIGNS = (".", ",")
THOUSANDS = (",", ".", " ", "'")
#: One sign or several of a kind, three digits behind each: thousands, or three decimals.
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}(?:(?:,\d{3})+|(?:\.\d{3})+)")
#: Digits grouped by a sign, perhaps with decimals behind another one.
_GROUPED = re.compile(r"[+-]?\d{1,3}([., '\xa0\u202f])\d{3}(?:\1\d{3})*(?:[.,]\d+)?")
#: What has a sign and can only be decimals.
_DECIMALS = re.compile(r"[+-]?\d*([.,])\d*(e[+-]?\d+)?", re.IGNORECASE)
WAY = (
    "choose --decimal {sign} where it stands before decimals, or --thousands {sign} where it groups"
    " digits"
)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the user says of a file where the file does not say it; None: not said.

    quality : `da`, `ua`, `flag`, `words` or `ksys`; encoding : a name that Python knows;
    decimal, thousands : the sign in numbers; ignore : columns to leave out
    """

    quality: str | None = None
    encoding: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    ignore: tuple[str, ...] = ()


UNSAID = Choices()


def broken(path: Path, line: int | None, reason: str) -> BadFile:
    """Return the complaint about a file, or about one of its lines."""
    if line is None:
        return BadFile("file_broken", file=path.name, reason=reason)
    return BadFile("file_line_broken", file=path.name, line=line, reason=reason)


def trimmed(name: str) -> str:
    """Return a name without blanks (NBSP and ideographic too) and invisible marks around it."""
    return _OUTSIDE.sub("", name)


def word(name: str) -> str:
    """Return a column's name as it is compared: in small letters, without invisible marks."""
    return trimmed(name).translate(_NO_MARKS).lower()


def name_fault(name: str) -> str | None:
    """Return what forbids a tag name, None for a usable one."""
    if not trimmed(name):
        return f"the tag name is empty ({name!r}); name the tag"
    if "\0" in name:
        return f"the tag name {name!r} holds a zero byte; take it out"
    if len(name.encode()) > LONGEST_NAME:
        return f"the tag name {name[:20]!r}… has more than {LONGEST_NAME} bytes; shorten it"
    return None


def cells_fault(count: int, width: int) -> str:
    """Return the complaint about a row with more or fewer cells than the header."""
    return f"{count} columns, the header has {width}; quote cells that hold a delimiter"


def names_text(names: Iterable[str]) -> str:
    """Return the names that a header has, so that a reader sees what is hidden in them."""
    return ", ".join(map(_shown, names))[:200] or "nothing"


def few(names: Iterable[str]) -> str:
    """Return the first names or values, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - _NAMES_TOLD:,} more" if len(every) > _NAMES_TOLD else ""
    return ", ".join(map(_shown, every[:_NAMES_TOLD])) + more


def _shown(name: str) -> str:
    """Return a name in quotes, what has no ink in it as an escape: `repr` shows U+3164 as it is."""
    return "".join(f"\\u{ord(sign):04x}" if sign in _FILLERS else sign for sign in repr(name))


def bare(name: str) -> str:
    """Return what is left of a name without blanks, marks and the width of its letters."""
    plain = unicodedata.normalize("NFKC", name.translate(_NO_BLANKS))
    return "".join(plain.translate(_NO_BLANKS).split())


def alike(names: Iterable[str], others: Iterable[str] = ()) -> list[str]:
    """Return a sentence for each set of names that differ only in blanks, width or composition.

    others : names of elsewhere; a set of them alone is not told
    """
    here = set(names)
    groups: dict[str, set[str]] = {}
    for name in here | set(others):
        groups.setdefault(bare(name), set()).add(name)
    return [
        f"the names {few(sorted(group))} differ only in blanks or in the width of letters, and are"
        " different tags; if they are one, mend the names"
        for group in groups.values()
        if len(group) > 1 and group & here
    ]


def told_trimmed(names: Iterable[str]) -> str:
    """Return the sentence about names that were loaded without what stood around them."""
    return f"loaded without the blanks or marks around them: {few(names)}"


@dataclass(frozen=True, slots=True)
class Numbers:
    """How numbers are written: their decimal sign, and the one between thousands, if any."""

    decimal: str = "."
    thousands: str | None = None


class EitherError(Exception):
    """A column of which the numbers could be thousands or decimals: its place and first cell."""

    def __init__(self, at: int, name: str, cell: str) -> None:
        sign = "," if "," in cell else "."
        way = WAY.format(sign=sign)
        super().__init__(f"{name} is {cell!r}: three digits follow every {sign!r} here; {way}")
        self.at, self.cell = at, cell


def written(
    columns: Iterable[tuple[int, str]],
    head: Sequence[Sequence[str]],
    texts: Callable[[int], Any],
) -> Numbers:
    """Return how the numbers of a file are written that is not delimited by commas.

    Parameters
    ----------
    columns : place and name of those that hold values; head : cells of the first rows;
    texts : gives all cells of the column at a place, as an arrow array

    Raises
    ------
    EitherError
        If a column could mean thousands as well as decimals.
    """
    signs = set()
    for at, name in columns:
        sign = _sign(row[at] for row in head)
        if sign not in SIGNS:
            cells = texts(at)
            signed = cells.filter(pc.match_substring_regex(cells, "[.,]"))
            sign = _sign(cell.as_py() for cell in signed)
        if sign is not None and sign not in SIGNS:
            raise EitherError(at, name, sign)
        signs.add(sign)
    return Numbers("," if "," in signs and "." not in signs else ".")


def number_signs(path: Path, choices: Choices) -> Numbers | None:
    """Return how the user says that numbers are written; the one sign follows from the other."""
    decimal, thousands = choices.decimal, choices.thousands
    if decimal is None and thousands is None:
        return None
    decimal = decimal or ("." if thousands != "." else ",")
    if decimal == thousands:
        reason = f"--decimal and --thousands are both {decimal!r}; choose another one of them"
        raise broken(path, None, reason)
    return Numbers(decimal, thousands)


def _sign(cells: Iterable[str]) -> str | None:
    """Return the decimal sign that a cell proves; the first cell that may be either; or None."""
    either = None
    for cell in cells:
        if "." not in cell and "," not in cell:
            continue
        cell = cell.strip()
        if _EITHER.fullmatch(cell):
            either = either or cell
        elif match := _DECIMALS.fullmatch(cell):
            return match[1]
    return either


def number_fault(name: str, cell: str, numbers: Numbers) -> str:
    """Return the complaint about a cell that is no number."""
    if _EITHER.fullmatch(cell):
        sign = "," if "," in cell else "."
        return f"{name} is {cell!r}, not a number; {WAY.format(sign=sign)}"
    if not numbers.thousands and (grouped := _GROUPED.fullmatch(cell)):
        sign = " " if grouped[1] in "\xa0\u202f" else grouped[1]
        return f"{name} is {cell!r}, not a number; choose --thousands {sign!r}, or leave it empty"
    if numbers.decimal == "." and _DECIMALS.fullmatch(cell):
        return f"{name} is {cell!r}, not a number; choose --decimal , or leave it empty"
    return f"{name} is {cell!r}, not a number; leave it empty for no value"


def plain(cell: str, numbers: Numbers) -> str:
    """Return a number as Python reads it; what is not written as it should be stays no number."""
    thousands = numbers.thousands
    if thousands:
        cell = _ungrouped(cell.replace("\xa0", " ").replace("\u202f", " "), numbers)
    if numbers.decimal == ",":
        return cell.replace(",", ".", 1) if "." not in cell else cell.replace(".", "?")
    return cell


def _ungrouped(cell: str, numbers: Numbers) -> str:
    """Return a number without the signs between its thousands, where they stand as they should."""
    whole, sign, rest = cell.partition(numbers.decimal)
    groups = whole.lstrip("+-").split(numbers.thousands)
    if len(groups) == 1:
        return cell
    if not (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])):
        return cell.replace(numbers.thousands or "", "?")
    return cell[: len(whole) - len(whole.lstrip("+-"))] + "".join(groups) + sign + rest
