"""The relations of events and forecasts; a historian may have none of them.

Their names are everybody's: a schema is not trusted for having one (`data/db/sessions.py`), and so
they are none of the contract's own.
"""

from sqlalchemy import Column, DateTime, Double, MetaData, Table, Text

_events = MetaData()
_NUMBERS = frozenset({
    "double precision", "real", "numeric", "smallint", "integer", "bigint",
})  # fmt: skip


def _columns(times: str = "", texts: str = "", numbers: str = "") -> list[Column[object]]:
    columns: list[Column[object]] = [
        Column(name, DateTime(timezone=True)) for name in times.split()
    ]
    columns += [Column(name, Text) for name in texts.split()]
    return [*columns, *(Column(name, Double) for name in numbers.split())]


op_log = Table("influx_op_log", _events, *_columns("ts", "state"))
anomalies = Table("anomalies", _events, *_columns("ts", "tag_name level context", "score"))
predictions = Table(
    "predictions",
    _events,
    *_columns("ts", "tag_name horizon model_id version", "yhat pi_low pi_high"),
)
EVENT_TABLES = {table.name: table for table in (op_log, anomalies, predictions)}
#: relation -> columns without which it is not read.
NEEDED = {name: frozenset(column.name for column in t.c) for name, t in EVENT_TABLES.items()}


def fitting(relation: str, column: str, kind: str) -> bool:
    """Return whether a column can be read as it is: a time with its zone, a number, a name.

    Of a text any type will do: it is read as its text.
    """
    wanted = EVENT_TABLES[relation].c
    if column not in wanted:
        return False
    if isinstance(wanted[column].type, DateTime):
        return kind == "timestamp with time zone"
    if isinstance(wanted[column].type, Double):
        return kind in _NUMBERS
    return column != "tag_name" or kind in ("text", "character varying")
