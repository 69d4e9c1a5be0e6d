"""Columns that are understood by their values: numbers of rows, and qualities by any name."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from data.files.cells import Choices, broken, few, name_fault
from data.files.columns import NUMBER_WORDS, SURE_NUMBERS, Layout, Quality, hints, plain
from data.files.quality import OWN as OWN_KIND
from data.files.quality import empty, integer, surely, worded

#: The header of a file that Ksys wrote, and its times: always with their offset.
OWN = ("tag", "time", "value", "qc")
OWN_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?[+-]\d\d:\d\d")
#: What stands beside a time of its files for spreadsheets, which has no offset of its own.
OFFSET = re.compile(r"[+-]\d\d:\d\d")
#: Gives the cells of the column at a place: of the first rows, or all.
Cells = Callable[[int], Any]


def own(names: Sequence[str], head: Sequence[Sequence[str]]) -> Layout | None:
    """Return the layout of a file that Ksys wrote itself: surely so, or None.

    Its qc is 0, 1, 2 as the store has it, where 0 and 1 alone would be a flag of others.

    Parameters
    ----------
    names : of the columns
    head : cells of the first rows
    """
    place = 1 if tuple(names) == OWN else 0
    if not head or not all(OWN_TIME.fullmatch(row[place]) for row in head):
        return None
    if place:
        return Layout(1, 0, 2, qualities=(Quality(3, "qc", OWN_KIND),))
    tags = [name.removesuffix(" value") for name in names[1::2]]
    beside = [each for tag in tags for each in (f"{tag} value", f"{tag} qc")]
    if not tags or list(names) != ["time", *beside] or any(map(name_fault, tags)):
        return None
    wide = tuple((1 + 2 * number, tag) for number, tag in enumerate(tags))
    judges = (Quality(at + 1, f"{tag} qc", OWN_KIND, n) for n, (at, tag) in enumerate(wide))
    return Layout(0, wide=wide, qualities=tuple(judges))


def refuse_offsets(path: Path, names: Sequence[str], choices: Choices, head: Cells) -> None:
    """Refuse a file whose times have their offsets in a column of their own: they would be lost."""
    for at, (before, name) in enumerate(pairwise(names), 1):
        if (before, name) == ("time", "offset") and name not in choices.ignore:
            cells = [cell for cell in head(at) if cell]
            if cells and all(map(OFFSET.fullmatch, cells)):
                reason = "the offsets of the times stand in a column of their own, as in a file"
                way = "for spreadsheets; export it without excel=1, or --ignore offset"
                raise broken(path, 1, f"{reason} {way}")


def settled(
    path: Path, shape: Layout, choices: Choices, head: Cells, cells: Cells
) -> tuple[Layout, list[str]]:
    """Return the layout without what is no tag, with what is a quality; and what the user is told.

    Raises
    ------
    BadFile
        If a column of a wide file holds a quality and does not say of which tag, if it has no name,
        or if a choice of quality has no column.
    """
    shape, notes = _without_numbers(path, shape, cells)
    if shape.wide:
        for at, name in shape.wide:
            _refuse_hidden(path, name, head(at), shape.wide[0][1])
    else:
        found = [(at, name) for at, name in shape.unused if surely(head(at))]
        taken = tuple(Quality(at, name, "found") for at, name in found)
        unused = tuple(each for each in shape.unused if each not in found)
        shape = replace(shape, qualities=shape.qualities + taken, unused=unused)
    if choices.quality and not shape.qualities:
        reason = f"no quality column for --quality {choices.quality}; take it out, or call it qc"
        raise broken(path, 1, reason)
    if shape.unused:
        notes.append(f"columns not loaded: {few(name for _, name in shape.unused)}")
    return shape, notes


def _without_numbers(path: Path, shape: Layout, cells: Cells) -> tuple[Layout, list[str]]:
    """Return a wide layout without columns that count the rows."""
    counting = []
    for number, (at, name) in enumerate(shape.wide):
        if plain(name) not in NUMBER_WORDS:
            continue
        if _counts(cells(at), sure=plain(name) in SURE_NUMBERS):
            counting.append((number, name))
        elif fault := name_fault(name):
            raise broken(path, 1, f"column {at + 1}: {fault}")
    if not counting:
        return shape, []
    numbers = {number for number, _ in counting}
    if len(numbers) == len(shape.wide):
        reason = f"no column besides the time and the row numbers {few(n for _, n in counting)}"
        raise broken(path, 1, f"{reason}; add a column a tag, or name it as a tag")
    kept = [number for number in range(len(shape.wide)) if number not in numbers]
    qualities = tuple(
        each if each.of is None else replace(each, of=kept.index(each.of))
        for each in shape.qualities
        if each.of not in numbers
    )
    wide = tuple(shape.wide[number] for number in kept)
    note = f"numbers of rows, not loaded as a tag: {few(name for _, name in counting)}"
    return replace(shape, wide=wide, qualities=qualities), [note]


def _counts(cells: Any, sure: bool) -> bool:
    """Whether cells count the rows, up or down; with gaps only where the name is sure."""
    if hasattr(cells, "to_pylist"):
        cells = cells.to_pylist()
    numbers = [integer(cell.strip()) for cell in cells if cell.strip()]
    if not numbers or len(numbers) < len([cell for cell in cells if cell.strip()]):
        return False
    whole = [number for number in numbers if number is not None]
    if len(whole) < len(numbers):
        return False
    if len(whole) == 1:
        return whole[0] in (0, 1)
    steps = {later - earlier for earlier, later in pairwise(whole)}
    if sure:
        return min(steps) > 0 or max(steps) < 0
    return steps in ({1}, {-1})


def _refuse_hidden(path: Path, name: str, cells: Iterable[str], tag: str) -> None:
    """Refuse a column of a wide file that would be a tag and is a quality."""
    first = next((cell for cell in cells if not empty(cell)), None)
    if first is None or not (worded(first) or hints(name)):
        return
    said = list(dict.fromkeys(cell for cell in cells if not empty(cell)))
    if not surely(said):
        return
    raise broken(
        path,
        1,
        f"the column {name!r} holds {few(said)}, a quality of no tag that is named; name it "
        f"'{tag} quality' if it is of {tag!r}, or leave it out with --ignore {name!r}",
    )
