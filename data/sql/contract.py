"""What a relation must be like to be read as it is, and what is said where it is not."""

from collections.abc import Iterable, Mapping, Sequence

from data.errors import HistorianUnavailable
from data.sql.events import EVENT_TABLES
from data.sql.events import fitting as is_fitting
from data.sql.tables import LEFT, ROLLUPS, influx_hist

_NUMBERS = frozenset({
    "double precision", "real", "numeric", "smallint", "integer", "bigint",
})  # fmt: skip
_WHOLE = frozenset({"smallint", "integer", "bigint"})
_TEXTS = frozenset({"text", "character varying"})
_WITH_ZONE = frozenset({"timestamp with time zone"})
_WITHOUT_ZONE = "timestamp without time zone"
#: What an administrator may run to make a relation readable; shown, never run.
_VIEW = (
    "ALTER TABLE {relation} RENAME TO {relation}_as_is; "
    "CREATE VIEW {relation} AS SELECT {listed} FROM {relation}_as_is"
)
#: Columns without which nothing can be read; of any other type, a number or name would be wrong.
_NEEDED = ("ts", "tag_name", "value")
#: relation -> column -> the types that are read, the one a view should cast to first.
_WANTED: dict[str, dict[str, tuple[str, frozenset[str]]]] = {
    influx_hist.name: {
        "ts": ("timestamptz", _WITH_ZONE),
        "tag_name": ("text", _TEXTS),
        "value": ("float8", _NUMBERS),
        "qc": ("smallint", _WHOLE),
    },
    # Without its rule a tag would be judged by nothing, and never alarm.
    "influx_qc_rule": {"tag_name": ("text", _TEXTS)},
    "influx_tag": {"tag_name": ("text", _TEXTS)},
}
_OF_ROLLUPS = {"bucket": _WITH_ZONE, "tag_name": _TEXTS, "since": _WITH_ZONE}
#: A sum of `real` loses digits: such a rollup is summed up again from readings.
_SUMMABLE = _NUMBERS - {"real"}
#: What can be done without: these are read only where all of their columns are what they should be.
_DERIVED = (
    *(table.name for table in (*ROLLUPS.values(), *LEFT.values())),
    "ksys_left_since",
    "features_5m",
    "tech_ind_1m_mv",
)

#: Failures that no waiting mends: what is there is not what can be read.
REFUSALS = {
    "historian_columns", "historian_no_readings", "historian_schema", "historian_spread_by",
    "historian_spread_tags", "historian_text", "historian_two", "historian_type", "historian_zone",
}  # fmt: skip


def types(rows: Iterable[Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Return the type of each column that may be read, by relation; {} where none may.

    Parameters
    ----------
    rows : those of `catalog_statement`
    """
    types: dict[str, dict[str, str]] = {}
    for row in rows:
        columns = types.setdefault(row["relation"], {})
        if row["column"] is not None:
            columns[row["column"]] = row["type"]
    return types


def unreadable(relations: Mapping[str, Mapping[str, str]]) -> HistorianUnavailable | None:
    """Return why the readings, rules or descriptions cannot be read as they are, None if they can.

    Parameters
    ----------
    relations : type of each column that may be read, by relation
    """
    readings = relations.get(influx_hist.name, {})
    absent = [name for name in _NEEDED if name not in readings]
    if readings and absent:
        return HistorianUnavailable("historian_columns", columns=", ".join(absent))
    for relation, wanted in _WANTED.items():
        types = relations.get(relation, {})
        for column, (cast, fitting) in wanted.items():
            if types.get(column, cast) not in {cast, *fitting}:
                return _misread(relation, column, cast, types)
    return None


def _misread(
    relation: str, column: str, cast: str, types: Mapping[str, str]
) -> HistorianUnavailable:
    values = {"relation": relation, "column": column, "type": types[column]}
    if types[column] == _WITHOUT_ZONE and cast == "timestamptz":
        view = _view(relation, list(types), column, f"{column} AT TIME ZONE 'Asia/Seoul'")
        return HistorianUnavailable("historian_zone", **values, view=view)
    view = _view(relation, list(types), column, f"{column}::{cast}")
    key = "historian_text" if column == "value" else "historian_type"
    return HistorianUnavailable(key, **values, wanted=cast, view=view)


def _view(relation: str, columns: Sequence[str], column: str, reads: str) -> str:
    ours = [name for name in columns if name in (*_WANTED[relation], "meta")]
    names = ours if relation == influx_hist.name else columns
    listed = ", ".join(f"{reads} AS {name}" if name == column else name for name in names)
    return _VIEW.format(relation=relation, listed=listed)


def readable(relation: str, types: Mapping[str, str]) -> frozenset[str]:
    """Return the columns that are read: of what can be done without, those of a fitting type."""
    if relation in EVENT_TABLES:
        return frozenset(name for name, kind in types.items() if is_fitting(relation, name, kind))
    if relation not in _DERIVED:
        return frozenset(types)
    return frozenset(
        name for name, kind in types.items() if kind in _OF_ROLLUPS.get(name, _SUMMABLE)
    )
