"""Statements with pyformat holes, sent over a connection; and lists as PostgreSQL reads arrays."""

import io
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

#: What a text in an array has a backslash before.
ESCAPED = ("\\", '"')


def copied(connection: Any, sql: str, values: Mapping[str, Any]) -> memoryview:
    """Return what a statement with pyformat holes gives, as the bytes of a binary COPY."""
    buffer = io.BytesIO()
    with connection.cursor() as cursor:
        # COPY binds nothing: the driver writes the values into the text.
        body = cursor.mogrify(sql, {name: written(value) for name, value in values.items()})
        cursor.copy_expert(b"COPY (" + body + b") TO STDOUT (FORMAT binary)", buffer)
    return buffer.getbuffer()


def fetched(connection: Any, sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a statement with pyformat holes, as Python objects."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def written(value: Any) -> Any:
    """Return what is bound for a value: for a list PostgreSQL's text of an array of one dimension.

    The driver writes each element by itself, and holds Python's lock until all are written. A tick
    of 5,000 tags binds 33,500 elements: texts are written all at once, and the numbers of rules,
    which are those of the tick before, as they were then.
    """
    if not isinstance(value, list):
        return value
    kinds = set(map(type, value))
    if kinds == {float}:
        return _numbers(tuple(value))
    if kinds <= {str, type(None)}:
        text = "".join(filter(None, value))
        if not any(sign in text for sign in ESCAPED):
            return "{" + ",".join(["NULL" if each is None else f'"{each}"' for each in value]) + "}"
    return "{" + ",".join(map(_element, value)) + "}"


@lru_cache(maxsize=16)
def _numbers(values: tuple[float, ...]) -> str:
    return "{" + str(values)[1:-1].rstrip(",") + "}"


def _element(value: Any) -> str:
    """Return the text of one element: a text, time, number, truth or None."""
    if value is None:
        return "NULL"
    if isinstance(value, float | int):
        return str(value)
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
