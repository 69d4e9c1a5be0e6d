"""Batches as CSV (RFC 4180): a number as short as reads back, nothing where there is none."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from data.export.contract import Question
from data.export.formats.local import Piece, iso_pieces, sheet_pieces

#: Without it Excel reads UTF-8 as the code page of its own language.
BOM = "\ufeff"
END = "\r\n"
#: What a spreadsheet takes for a formula at the start of a cell (OWASP, "CSV Injection").
FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: How what is missing is joined with other cells.
AS_NOTHING: dict[str, Any] = {"null_handling": "replace", "null_replacement": ""}
#: Between these arrow writes an exponent and Python all digits, as a counter is read by people.
DIGITS_FROM, DIGITS_TO = 1e10, 1e16


def head(question: Question, columns: Sequence[str]) -> bytes:
    """Return the first line, of the names of the columns."""
    names = list(columns)
    if question.excel:
        compares = question.compare is not None
        names = [each for name in names for each in with_offset(name, compares)]
    line = question.separator.join(cell(name, question) for name in names) + END
    return ((BOM if question.excel else "") + line).encode()


def with_offset(name: str, compares: bool) -> tuple[str, ...]:
    """Return a column of a sheet, with that of its offset behind it where it is one of times.

    Parameters
    ----------
    compares : whether there may be times of the other side of a comparison
    """
    is_other = compares and name.split(" ")[-1] == "compare_time"
    is_time = name == "time" or is_other
    return (name, name.removesuffix("time") + "offset") if is_time else (name,)


def lines(batch: pa.RecordBatch, question: Question) -> bytes:
    """Return the lines of a batch, UTF-8."""
    if not batch.num_rows:
        return b""
    pieces: list[Piece] = []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        pieces += _pieces(name, column, question)
        pieces.append(question.separator)
    if len(pieces) == 2:
        pieces[0] = _visible(pieces[0])
    return joined([*pieces[:-1], END], batch.num_rows)


def joined(pieces: list[Piece], count: int, head: bytes = b"") -> bytes:
    """Return so many rows of pieces that follow one another, UTF-8; `head`: what is before them."""
    whole = _merged(pieces)
    if len(whole) == 1:
        return head + (whole[0] * count).encode()
    text = pc.binary_join_element_wise(*whole, "", **AS_NOTHING)
    start, stop = text.buffers()[1], text.buffers()[2]
    last = memoryview(start).cast("i")[text.offset + len(text)]
    return b"".join([head, memoryview(stop)[:last]])


def cell(text: str, question: Question) -> str:
    """Return a text as a cell: in quotes where it must be, no formula where a spreadsheet reads."""
    return quoted(harmless(text) if question.excel else text, question.separator)


def quoted(text: str, separator: str) -> str:
    """Return a text in quotes where it must be."""
    if any(sign in text for sign in (separator, '"', "\r", "\n")):
        return '"' + text.replace('"', '""') + '"'
    return text


def harmless(text: str) -> str:
    """Return text that a spreadsheet shows instead of computing: `'` before a formula's sign.

    Another one before a `'` of the text's own, so that taking one off gives the text again.
    """
    return f"'{text}" if text.lstrip("'").startswith(FORMULA) else text


def _pieces(name: str, column: pa.Array, question: Question) -> list[Piece]:
    if pa.types.is_timestamp(column.type):
        return _times(column, question)
    if column.null_count == len(column):
        return [""]
    if pa.types.is_dictionary(column.type):
        return [_texts(column, question)]
    if pa.types.is_floating(column.type):
        return [_numbers(column, question.decimal)]
    return [pc.cast(column, pa.string())]


def _times(column: pa.Array, question: Question) -> list[Piece]:
    """Return times, and in a sheet their offsets apart; nothing where there is none."""
    at = column.view(pa.int64())
    there = None
    if column.null_count:
        there = pc.is_valid(column)
        at = pc.fill_null(at, 0 if column.null_count == len(column) else pc.max(at))
    at = at.to_numpy(zero_copy_only=False)
    if not question.excel:
        return _where(iso_pieces(at, question.zone), there)
    clock, offset = sheet_pieces(at, question.zone, question.decimal)
    return [*_where(clock, there), question.separator, *_where([offset], there)]


def _where(pieces: list[Piece], there: pa.Array | None) -> list[Piece]:
    return pieces if there is None else [pc.if_else(there, each, "") for each in pieces]


def _visible(cells: Piece) -> Piece:
    """Return the only cells of lines in quotes where they are empty: readers pass blank lines."""
    if isinstance(cells, str):
        return cells or '""'
    cells = pc.fill_null(cells, "")
    return pc.if_else(pc.equal(cells, ""), '""', cells)


def _texts(column: pa.DictionaryArray, question: Question) -> Piece:
    cells = ["" if text is None else cell(text, question) for text in column.dictionary.to_pylist()]
    if len(cells) == 1 and not column.null_count:
        return cells[0]
    return pa.array(cells, pa.string()).take(column.indices)


def _numbers(column: pa.Array, decimal: str) -> pa.Array:
    """Return numbers as short as reads back; nothing for what is missing or not finite."""
    finite = pc.is_finite(column)
    if not pc.all(finite).as_py():
        column = pc.if_else(finite, column, pa.scalar(None, pa.float64()))
    text, size = pc.cast(column, pa.string()), pc.abs(column)
    if (pc.max(size).as_py() or 0.0) >= DIGITS_FROM:
        is_long = pc.fill_null(
            pc.and_(pc.greater_equal(size, DIGITS_FROM), pc.less(size, DIGITS_TO)), False
        )
        long = [repr(value).removesuffix(".0") for value in column.filter(is_long).to_pylist()]
        text = pc.replace_with_mask(text, is_long, pa.array(long, pa.string()))
    return pc.replace_substring(text, ".", decimal) if decimal != "." else text


def _merged(pieces: list[Piece]) -> list[Piece]:
    """Return pieces with texts for all rows that follow one another as one."""
    merged: list[Piece] = []
    for each in pieces:
        if isinstance(each, str) and merged and isinstance(merged[-1], str):
            merged[-1] += each
        else:
            merged.append(each)
    return merged
