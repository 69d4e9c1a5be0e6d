"""The rows of a page's table as CSV, the file of its old address: numbers as Python writes them."""

from collections.abc import Iterable, Sequence
from itertools import compress, groupby
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data.analysis import Floats, arrays, comparison
from data.export.formats.csv_text import AS_NOTHING, END, harmless, joined, quoted
from data.export.formats.local import Piece, iso_pieces
from data.views import Column, Columns, Counts, Words

#: Text of the site's own or of its people; a spreadsheet would take some for formulas.
TEXTS = ("tag", "unit", "state", "quality", "reasons")
OF_PEOPLE = ("tag", "unit", "state")
WHOLE, TRUTHS = ("no", "n", "bad", "reset"), ("filling", "remade")
SEPARATOR = ","
#: Between these arrow writes the digits that Python does, but for the zero of a whole number.
DIGITS_FROM, DIGITS_TO = 1e-4, 1e10
#: Counts below this are written by a table of their texts; neighbours that are such cells become
#: one, as long as there are no more texts than this, of which most are never used.
FEW, MOST_TEXTS = 10, 1_024
#: Numbers come again where this share of so many neighbours are others: each is written once then.
SOME, OTHERS = 512, 0.9
#: What follows one another in a row: a text for all rows, one of some, or any.
Cells = str | Words | Piece


def document(rows: Columns | pd.DataFrame, names: Sequence[str], mark: bytes = b"") -> bytes:
    """Return rows as RFC 4180 text: times ISO 8601 with offset, numbers in full, no formulas.

    Parameters
    ----------
    rows : as `data.views.columns` or `data.views.rows` return them
    names : columns of the file, in its order
    mark : what stands before the first line
    """
    head = mark + (SEPARATOR.join(names) + END).encode()
    columns = rows if isinstance(rows, Columns) else _columns(rows, names)
    if not columns.count:
        return head
    numbers: dict[int, Piece] = {}
    cells: list[Cells] = []
    pairs = ((name, columns.by_name[name]) for name in names)
    for _, alike in groupby(pairs, key=lambda pair: id(pair[1])):
        (name, column), *others = alike
        one = _cells(_plain(name), column, columns.zone, numbers)
        cells += [*_repeated(one, 1 + len(others)), SEPARATOR]
    return joined([_piece(each) for each in _merged([*cells[:-1], END])], columns.count, head)


def _repeated(cells: list[Cells], times: int) -> list[Cells]:
    """Return the cells of so many columns that are one."""
    if times > 1 and len(cells) == 1 and isinstance(cells[0], pa.Array):
        one, places = cells[0], None
        if isinstance(one, pa.DictionaryArray):
            one, places = one.dictionary, one.indices
        whole = pc.binary_join_element_wise(*[one] * times, SEPARATOR, **AS_NOTHING)
        return [pa.DictionaryArray.from_arrays(places, whole) if places is not None else whole]
    return [*cells, *[SEPARATOR, *cells] * (times - 1)]


def _plain(name: str) -> str:
    return name.removeprefix(comparison.PREFIX)  # the other side has the types of this one


def _columns(table: pd.DataFrame, names: Sequence[str]) -> Columns:
    """Return a frame as arrays, one for columns of the same numbers, as single readings have."""
    columns: dict[str, Column] = {}
    zone = "UTC"
    for name in names if len(table) else ():
        column, plain = table[name], _plain(name)
        if plain == "time":
            zone = str(pd.DatetimeIndex(column).tz)
            columns[name] = arrays.nanoseconds(column)
        elif plain in TEXTS:
            places, texts = pd.factorize(column.to_numpy(object))
            columns[name] = Words(tuple(texts), places)
        elif plain in TRUTHS:
            columns[name] = column.to_numpy(bool)
        elif plain in WHOLE:
            missing = column.isna().to_numpy(bool)
            whole = column.to_numpy(dtype=np.int64, na_value=0) if missing.any() else column
            columns[name] = Counts(np.asarray(whole, np.int64), missing)
        else:
            columns[name] = _same(arrays.numbers(column), columns.values())
    return Columns(len(table), zone, columns)


def _same(values: Floats, others: Iterable[Column]) -> Floats:
    """Return the one of other columns that has the same bits, else these numbers."""
    bits = values.view(np.int64)  # -0.0 is no 0.0
    numbers = (each for each in others if isinstance(each, np.ndarray))
    same = (each for each in numbers if each.dtype == np.float64)
    return next((each for each in same if np.array_equal(each.view(np.int64), bits)), values)


def _cells(name: str, column: Any, zone: str, numbers: dict[int, Piece]) -> list[Cells]:
    """Return the cells of a column; `numbers`: the cells of columns so far, by the column's id."""
    if name == "time":
        return _times(column, zone)
    if name in TEXTS:
        texts = [harmless(text) for text in column.texts] if name in OF_PEOPLE else column.texts
        return [Words(tuple(quoted(text, SEPARATOR) for text in texts), column.places)]
    if name in TRUTHS:
        return [Words(("false", "true"), column.view(np.int8))]
    if name in WHOLE:
        return [_whole(*column) if isinstance(column, Counts) else _whole(column, None)]
    if id(column) not in numbers:
        numbers[id(column)] = _numbers(column)
    return [numbers[id(column)]]


def _times(at: arrays.Whole, zone: str) -> list[Piece]:
    """Return times [ns since 1970] ISO 8601 with offset, nothing for NEVER."""
    missing = at == arrays.NEVER
    if missing.all():
        return [""]
    if not missing.any():
        return iso_pieces(at // 1_000, zone)
    pieces = iso_pieces(np.where(missing, at[~missing][0], at) // 1_000, zone)
    return [pc.if_else(pa.array(~missing), each, "") for each in pieces]


def _whole(values: arrays.Whole, missing: arrays.Mask | None) -> Cells:
    """Return whole numbers, nothing where they are missing."""
    if missing is not None:
        values = np.where(missing, 0, values)
    if values.min() >= 0 and values.max() < FEW:
        places = values if missing is None else np.where(missing, FEW, values)
        return Words((*map(str, range(FEW)), ""), places)
    return pc.cast(pa.array(values, mask=missing), pa.string())


def _numbers(values: Floats) -> Piece:
    """Return numbers as Python writes them, nothing for NaN: 900.0, 1e-05, inf."""
    bits = values.view(np.int64)  # -0.0 is no 0.0
    if len(np.unique(bits[:SOME])) > OTHERS * len(bits[:SOME]):
        return _each(values)
    each = pa.array(bits).dictionary_encode()
    texts = _each(each.dictionary.to_numpy().view(np.float64))
    return texts if isinstance(texts, str) else pa.DictionaryArray.from_arrays(each.indices, texts)


def _each(values: Floats) -> Piece:
    """Return numbers as `_numbers` does, each one written."""
    missing = np.isnan(values)
    if missing.all():
        return ""
    text = pc.cast(pa.array(values, mask=missing), pa.string())
    size = np.abs(values)
    with np.errstate(invalid="ignore"):
        near = ((size >= DIGITS_FROM) & (size < DIGITS_TO)) | (values == 0)
        is_whole = near & (np.trunc(values) == values)
    if is_whole.any():
        mask = pa.array(is_whole)
        whole = pc.binary_join_element_wise(text.filter(mask), "0", ".")
        text = pc.replace_with_mask(text, mask, whole)
    rare = ~near & ~missing
    if rare.any():
        long = pa.array([repr(value) for value in values[rare].tolist()], pa.string())
        text = pc.replace_with_mask(text, pa.array(rare), long)
    return text


def _merged(cells: Sequence[Cells]) -> list[Cells]:
    """Return cells with neighbours as one that are a text for all rows, or one of some."""
    merged: list[Cells] = []
    for each in map(_settled, cells):
        whole = _beside(merged[-1], each) if merged else None
        if whole is None:
            merged.append(each)
        else:
            merged[-1] = whole
    return merged


def _settled(cells: Cells) -> Cells:
    """Return cells without the texts that no row has; one that all have as it is."""
    if not isinstance(cells, Words):
        return cells
    if len(cells.texts) == 1:
        return cells.texts[0]
    is_there = np.bincount(cells.places, minlength=len(cells.texts)) > 0
    texts = tuple(compress(cells.texts, is_there))
    if len(texts) == 1:
        return texts[0]
    return Words(texts, (np.cumsum(is_there, dtype=np.int32) - 1)[cells.places])


def _beside(one: Cells, other: Cells) -> str | Words | None:
    """Return two cells as one, None where there is no table of their texts."""
    if isinstance(one, str) and isinstance(other, str):
        return one + other
    if isinstance(one, Words) and isinstance(other, str):
        return Words(tuple(text + other for text in one.texts), one.places)
    if isinstance(one, str) and isinstance(other, Words):
        return Words(tuple(one + text for text in other.texts), other.places)
    if not (isinstance(one, Words) and isinstance(other, Words)):
        return None
    if len(one.texts) * len(other.texts) > MOST_TEXTS:
        return None
    texts = tuple(first + second for first in one.texts for second in other.texts)
    return Words(texts, one.places * len(other.texts) + other.places)


def _piece(cells: Cells) -> Piece:
    if isinstance(cells, Words):
        return pa.array(cells.texts, pa.string()).take(pa.array(cells.places))
    if isinstance(cells, pa.DictionaryArray):
        return cells.dictionary.take(cells.indices)
    return cells
