"""The rows of a page's table as CSV, the file of its old address: numbers as Python writes them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data.analysis import Floats, arrays, comparison
from data.export.formats.csv_text import END, harmless, joined, quoted
from data.export.formats.local import Piece, iso_pieces

#: Text of the site's own or of its people; a spreadsheet would take some for formulas.
TEXTS = ("tag", "unit", "state", "quality", "reasons")
OF_PEOPLE = ("tag", "unit", "state")
WHOLE, TRUTHS = ("no", "n", "bad", "reset"), ("filling", "remade")
SEPARATOR = ","
#: Between these arrow writes the digits that Python does, but for the zero of a whole number.
DIGITS_FROM, DIGITS_TO = 1e-4, 1e10


def document(table: pd.DataFrame, columns: Sequence[str]) -> str:
    """Return rows as RFC 4180 text: times ISO 8601 with offset, numbers in full, no formulas.

    Parameters
    ----------
    table : rows as `data.views.rows` returns them
    columns : those of the file, in its order
    """
    head = SEPARATOR.join(columns) + END
    if not len(table):
        return head
    written: list[tuple[Floats, Piece]] = []
    pieces: list[Piece] = []
    for name in columns:
        pieces += [*_pieces(name, table[name], written), SEPARATOR]
    return head + joined([*pieces[:-1], END], len(table)).decode()


def _pieces(name: str, column: pd.Series, written: list[tuple[Floats, Piece]]) -> list[Piece]:
    """Return the cells of a column; `written`: columns of numbers so far, which many repeat."""
    name = name.removeprefix(comparison.PREFIX)  # the other side has the types of this one
    if name == "time":
        return _times(pd.DatetimeIndex(column))
    if name in TEXTS:
        return [_texts(column, name in OF_PEOPLE)]
    if name in TRUTHS:
        return [_taken(["false", "true"], column.to_numpy(bool).astype(np.int8))]
    if name in WHOLE:
        missing = column.isna().to_numpy(bool)
        whole = column.to_numpy(dtype=np.int64, na_value=0) if missing.any() else column
        return [pc.cast(pa.array(np.asarray(whole, np.int64), mask=missing), pa.string())]
    values = arrays.numbers(column)
    for before, cells in written:
        if np.array_equal(before.view(np.int64), values.view(np.int64)):  # -0.0 is no 0.0
            return [cells]
    written.append((values, _numbers(values)))
    return [written[-1][1]]


def _times(times: pd.DatetimeIndex) -> list[Piece]:
    """Return times ISO 8601 with offset, nothing for NaT."""
    missing = np.asarray(times.isna(), dtype=bool)
    if missing.all():
        return [""]
    there = times.as_unit("us").asi8
    pieces = iso_pieces(np.where(missing, there[~missing][0], there), str(times.tz))
    if not missing.any():
        return pieces
    return [pc.if_else(pa.array(~missing), each, "") for each in pieces]


def _texts(column: pd.Series, inert: bool) -> Piece:
    places, each = pd.factorize(column.to_numpy(object))
    cells = [quoted(harmless(text) if inert else text, SEPARATOR) for text in each]
    return _taken(cells, places)


def _taken(cells: list[str], places: np.ndarray) -> Piece:
    """Return the cell of each place among some, as one text where it is the same in all rows."""
    first = places[0]
    if (places == first).all():
        return cells[first]
    return pa.array(cells, pa.string()).take(pa.array(places))


def _numbers(values: Floats) -> Piece:
    """Return numbers as Python writes them, nothing for NaN: 900.0, 1e-05, inf."""
    there = ~np.isnan(values)
    if not there.any():
        return ""
    text = pc.cast(pa.array(values, mask=~there), pa.string())
    size = np.abs(values)
    with np.errstate(invalid="ignore"):
        near = ((size >= DIGITS_FROM) & (size < DIGITS_TO)) | (values == 0)
        is_whole = near & (np.trunc(values) == values)
    if is_whole.any():
        zero = pa.array([None, ".0"], pa.string()).take(pa.array(is_whole.astype(np.int8)))
        text = pc.binary_join_element_wise(
            text, zero, "", null_handling="replace", null_replacement=""
        )
    rare = there & ~near
    if rare.any():
        long = pa.array([repr(value) for value in values[rare].tolist()], pa.string())
        text = pc.replace_with_mask(text, pa.array(rare), long)
    return text
