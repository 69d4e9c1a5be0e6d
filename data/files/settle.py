"""Columns that are understood by their values: numbers of rows, and qualities by any name."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from data.files.cells import Choices, broken, few, name_fault
from data.files.columns import NUMBER_WORDS, SURE_NUMBERS, Layout, Quality, hints, plain
from data.files.quality import empty, integer, surely, worded

#: Said of our own files.
OWN = "exported by Ksys: names are taken sign by sign"
WITHOUT_QC = (
    "it has no qc, so that every reading counts as good; export it with columns=time,value,qc"
)
#: Gives the cells of the column at a place: of the first rows, or all.
Cells = Callable[[int], Any]


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
    if shape.own:
        return shape, [OWN, *([] if shape.qualities else [WITHOUT_QC]), *_told_unused(shape)]
    shape, notes = _without_numbers(path, shape, cells)
    if shape.wide:
        for at, name in shape.wide:
            _refuse_hidden(path, name, head(at), shape.wide[0][1])
    else:
        qualities = [(at, name) for at, name in shape.unused if surely(head(at))]
        taken = tuple(Quality(at, name, "found") for at, name in qualities)
        unused = tuple(each for each in shape.unused if each not in qualities)
        shape = replace(shape, qualities=shape.qualities + taken, unused=unused)
    if choices.quality and not shape.qualities:
        reason = f"no quality column for --quality {choices.quality}; take it out, or call it qc"
        raise broken(path, 1, reason)
    return shape, [*notes, *_told_unused(shape)]


def _told_unused(shape: Layout) -> list[str]:
    names = [name for _, name in shape.unused]
    return [f"columns not loaded: {few(names)}"] if names else []


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
    left = [number for number in range(len(shape.wide)) if number not in numbers]
    qualities = tuple(
        each if each.of is None else replace(each, of=left.index(each.of))
        for each in shape.qualities
        if each.of not in numbers
    )
    wide = tuple(shape.wide[number] for number in left)
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
