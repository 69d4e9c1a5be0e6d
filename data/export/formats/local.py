"""Times as a zone's clock shows them, many at once: ISO 8601 with offset, or as a spreadsheet."""

from datetime import timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data import buckets, windows
from data.analysis import arrays
from data.windows import DAY, EPOCH

SECOND_US = 1_000_000
#: A cell, or a part of one: a text a row (of arrow, which has no types), or one for all.
Piece = Any


def iso_pieces(at: arrays.Whole, zone: str) -> list[Piece]:
    """Return times [us since 1970] as 2026-11-25T09:00:00+09:00, in pieces that follow one another.

    A fraction has six digits, and stands only where it is not 0.
    """
    offsets = offsets_of(at, zone)
    return [*_clock(at, offsets, "T"), offset_pieces(offsets)]


def sheet_pieces(at: arrays.Whole, zone: str, decimal: str) -> tuple[list[Piece], Piece]:
    """Return times [us since 1970] as 2026-11-25 09:00:00, and their offsets UTC+09:00 apart.

    A spreadsheet computes +09:00: it shows 9:00, and -03:00 as an error. Before a fraction stands
    the sign that its numbers have.
    """
    offsets = offsets_of(at, zone)
    return _clock(at, offsets, " ", decimal), offset_pieces(offsets, "UTC")


def offsets_of(at: arrays.Whole, zone: str) -> arrays.Whole:
    """Return the offset from UTC at each time [us since 1970], in any order [s]."""
    if not len(at):
        return np.zeros(0, np.int64)
    first, last = (EPOCH + timedelta(microseconds=int(each)) for each in (at.min(), at.max()))
    changes = buckets.changes(first, last + buckets.INSTANT, zone)
    local = first.astimezone(windows.site_zone(zone)).utcoffset() or timedelta(0)
    edges = [(each.at - EPOCH) // buckets.INSTANT for each in changes]
    values = np.array([int(local.total_seconds()), *(each.after for each in changes)], np.int64)
    return np.asarray(values[np.searchsorted(np.array(edges, np.int64), at, side="right")])


def _clock(
    at: arrays.Whole, offsets: arrays.Whole, between: str, decimal: str = "."
) -> list[Piece]:
    """Return date and time of day, and their fractions where there are any."""
    local = at + offsets * SECOND_US
    seconds, rest = local // SECOND_US, local % SECOND_US
    days, of_day = seconds // DAY, seconds % DAY
    text = _beside(_dates(days, between), TIMES_OF_DAY[of_day])
    return [_strings(text), *_fractions(rest, decimal)]


def _beside(*signs: np.ndarray) -> np.ndarray:
    """Return signs of rows that follow one another as one text a row, of numpy's type V.

    Rows of a type of their own width are copied at once: a matrix goes sign by sign.
    """
    widths = [each.dtype.itemsize for each in signs]
    text = np.empty(
        len(signs[0]), [(f"f{place}", f"V{width}") for place, width in enumerate(widths)]
    )
    for name, each in zip(text.dtype.names or (), signs, strict=True):
        text[name] = each
    return text.view(f"V{sum(widths)}")


def _dates(days: arrays.Whole, between: str) -> np.ndarray:
    if not len(days):
        return np.zeros(0, "V11")
    first, last = int(days.min()), int(days.max())
    every, places = np.arange(first, last + 1), days - first
    if len(every) > len(days):  # few readings of many years
        every, places = np.unique(days, return_inverse=True)
    dates = every.astype("M8[D]").astype("S10").view("V10")
    return np.asarray(_beside(dates, np.full(len(dates), between, "S1").view("V1"))[places])


def _times_of_day() -> np.ndarray:
    two = np.array([f"{number:02}" for number in range(60)], "S2").view("u1").reshape(60, 2)
    signs = np.full((24, 60, 60, 8), ord(":"), np.uint8)
    signs[..., 0:2], signs[..., 3:5], signs[..., 6:8] = two[:24, None, None], two[:, None], two
    return signs.view("V8").reshape(DAY)


#: The signs of each second of a day, 00:00:00 to 23:59:59; made before workers are, who share it.
TIMES_OF_DAY = _times_of_day()


def _fractions(rest: arrays.Whole, decimal: str) -> list[Piece]:
    """Return .500000 where a time is no whole second; nothing where all are."""
    if not rest.any():
        return []
    three = _three_digits()
    sign = np.full(len(rest), decimal, "S1").view("V1")
    text = _strings(_beside(sign, three[rest // 1_000], three[rest % 1_000]))
    return [text if rest.all() else pc.if_else(pa.array(rest != 0), text, "")]


@lru_cache(maxsize=1)
def _three_digits() -> np.ndarray:
    """Return the signs of each number from 000 to 999."""
    return np.array([f"{number:03}" for number in range(1_000)], "S3").view("V3")


def offset_pieces(offsets: arrays.Whole, before: str = "") -> Piece:
    """Return offsets from UTC [s] as +09:00, or with a word before: one for all, or one a row."""
    if len(offsets) and (offsets == offsets[0]).all():  # most files: nothing to sort
        return before + _offset_text(int(offsets[0]))
    values, places = np.unique(offsets, return_inverse=True)
    texts = [before + _offset_text(int(value)) for value in values]
    return pa.array(texts, pa.string()).take(pa.array(places)) if texts else ""


def _offset_text(seconds: int) -> str:
    sign, size = "-" if seconds < 0 else "+", abs(seconds)
    text = f"{sign}{size // 3_600:02}:{size // 60 % 60:02}"
    return f"{text}:{size % 60:02}" if size % 60 else text


def _strings(signs: np.ndarray) -> pa.Array:
    """Return rows of signs (of numpy's type V) as texts, without a copy of each."""
    count, width = len(signs), signs.dtype.itemsize
    ends = np.arange(count + 1, dtype=np.int32) * np.int32(width)
    parts = [None, pa.py_buffer(ends), pa.py_buffer(np.ascontiguousarray(signs))]
    return pa.Array.from_buffers(pa.string(), count, parts)
