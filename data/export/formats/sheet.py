"""Batches as the rows of a spreadsheet: numbers and local times as such, texts that are only texts.

Written by columns: cell by cell in Python a million rows would hold the worker for a minute, and
its libraries round a number to 16 digits.
"""

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.analysis import arrays
from data.errors import BadInput
from data.export.formats.local import SECOND_US, Piece, offset_pieces, offsets_of
from data.windows import DAY

#: What a sheet holds: rows below its header, columns, signs of a text.
ROWS, COLUMNS, SIGNS = 1_048_575, 16_384, 32_767
#: Days from 1899-12-30, where its times begin, to 1970.
BEFORE_1970 = 25_569
#: Cell formats by their numbers: of times that are whole seconds, and of those with a fraction.
WHOLE, FRACTION = 1, 2
TIMES = ("yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd hh:mm:ss.000")
#: What XML cannot hold or would change, and what a spreadsheet would take for that: `_x000D_`.
ODD = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
MARKUP = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def header(names: Sequence[str]) -> bytes:
    """Return the first row.

    Raises
    ------
    BadInput
        If there are more columns than a sheet has.
    """
    if len(names) > COLUMNS:
        raise BadInput("export_sheet_columns", most=COLUMNS)
    cells = (f'<c r="{letters(n)}1"{_inline(name)}</c>' for n, name in enumerate(names))
    return f'<row r="1">{"".join(cells)}</row>'.encode()


def with_offset(schema: pa.Schema) -> list[str]:
    """Return the names of the columns of a sheet, which tells the offset beside a time."""
    names: list[str] = []
    for field in schema:
        names.append(field.name)
        if pa.types.is_timestamp(field.type):
            names.append(field.name.removesuffix("time") + "offset")
    return names


def rows(batch: pa.RecordBatch, zone: str, before: int) -> bytes:
    """Return the rows of a batch.

    Parameters
    ----------
    before : rows that stand above them, the header included
    """
    if not batch.num_rows:
        return b""
    number = pc.cast(pa.array(np.arange(before + 1, before + batch.num_rows + 1)), pa.string())
    cells: list[Piece] = [_joined('<row r="', number, '">')]
    place = 0
    for column in batch.columns:
        for kind, content in _cells(column, zone):
            cells.append(_joined(f'<c r="{letters(place)}', number, '"', kind, content, "</c>"))
            place += 1
    text = pc.binary_join_element_wise(
        *cells, "</row>", "", null_handling="replace", null_replacement=""
    )
    start, signs = text.buffers()[1], text.buffers()[2]
    return bytes(memoryview(signs)[: memoryview(start).cast("i")[text.offset + len(text)]])


def letters(place: int) -> str:
    """Return what a sheet calls a column: A, B, … Z, AA."""
    text, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def _cells(column: pa.Array, zone: str) -> list[tuple[Piece, Piece]]:
    """Return for each column of a sheet its attributes and its content, null where it is empty."""
    if pa.types.is_timestamp(column.type):
        at = pc.fill_null(column.view(pa.int64()), 0).to_numpy(zero_copy_only=False)
        cells = _times(at, zone)
        if not column.null_count:
            return cells
        there, none = pc.is_valid(column), pa.scalar(None, pa.string())
        return [(kind, pc.if_else(there, content, none)) for kind, content in cells]
    if pa.types.is_dictionary(column.type):
        return [("", _texts(column))]
    if pa.types.is_boolean(column.type):
        column = pc.cast(column, pa.int8())
        return [(' t="b">', _joined("<v>", pc.cast(column, pa.string()), "</v>"))]
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_finite(column), column, pa.scalar(None, column.type))
    return [(">", _joined("<v>", pc.cast(column, pa.string()), "</v>"))]


def _times(at: arrays.Whole, zone: str) -> list[tuple[Piece, Piece]]:
    offsets = offsets_of(at, zone)
    local = at + offsets * SECOND_US
    days, rest = local // (DAY * SECOND_US), local % (DAY * SECOND_US)
    serial = pc.cast(pa.array(days + BEFORE_1970 + rest / (DAY * SECOND_US)), pa.string())
    style = pc.if_else(pa.array(local % SECOND_US != 0), f' s="{FRACTION}">', f' s="{WHOLE}">')
    offset = offset_pieces(offsets)
    return [
        (style, _joined("<v>", serial, "</v>")),
        (' t="inlineStr">', _joined("<is><t>", offset, "</t></is>")),
    ]


def _texts(column: pa.DictionaryArray) -> pa.Array:
    texts = [_inline(text) if text else None for text in column.dictionary.to_pylist()]
    return pa.array(texts, pa.string()).take(column.indices)


def _inline(text: str) -> str:
    """Return the attributes and the content of a cell of text."""
    if len(text.encode("utf-16-le")) // 2 > SIGNS:
        raise BadInput("export_sheet_text", text=text[:20], most=SIGNS)
    whole = ODD.sub(lambda match: f"_x{ord(match[0]):04X}_", text).translate(MARKUP)
    return f' t="inlineStr"><is><t xml:space="preserve">{whole}</t></is>'


def _joined(*pieces: Piece) -> pa.Array:
    """Return pieces one after another, null where any is."""
    return pc.binary_join_element_wise(*pieces, "")
