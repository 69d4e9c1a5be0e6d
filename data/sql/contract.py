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
    "historian_columns", "historian_no_path", "historian_no_readings", "historian_schema",
    "historian_spread_by", "historian_spread_tags", "historian_text", "historian_two",
    "historian_type", "historian_zone",
}  # fmt: skip

#: parts: how many tables the readings lie in, chunks and partitions; served: those with an index by
#: which newest readings are read; named: those with one by which names are found, too, for of some
#: operator classes (text_pattern_ops) an index knows `=` and not `>`; nearest, index: what of all
#: indexes by tag comes nearest to that.
INDEX = """
WITH RECURSIVE below (oid) AS (
    SELECT to_regclass('influx_hist')::oid
    UNION SELECT inhrelid FROM pg_inherits JOIN below ON inhparent = below.oid
), lying AS (
    SELECT oid, relkind NOT IN ('p', 'f') AND (
        oid <> to_regclass('influx_hist') OR pg_relation_size(oid) > 0
        OR NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = oid)
    ) AS holds
    FROM below JOIN pg_class USING (oid)
), indexes AS (
    SELECT lying.oid, CASE
        WHEN method.amname <> 'btree' OR time.attname IS DISTINCT FROM 'ts' OR indnkeyatts < 2
             OR indcollation[0] <> tag.attcollation OR indoption[1] NOT IN (0, 3)
             OR NOT '=(text,text)'::regoperator = ANY (operators.of_tag)
             OR NOT '<(timestamptz,timestamptz)'::regoperator = ANY (operators.of_time)
             THEN 'unfit'
        WHEN NOT (indisvalid AND indisready) THEN 'invalid'
        WHEN pg_get_expr(indpred, indrelid) <> '(tag_name IS NOT NULL)' THEN 'of_some'
        WHEN NOT '>(text,text)'::regoperator = ANY (operators.of_tag) THEN 'pattern'
        ELSE 'serving' END AS fitness,
        substring(pg_get_indexdef(indexrelid) FROM ' USING (.*)') AS definition
    FROM lying
    JOIN pg_index ON indrelid = lying.oid
    JOIN pg_class named ON named.oid = indexrelid
    JOIN pg_am method ON method.oid = named.relam
    JOIN pg_attribute tag ON tag.attrelid = indrelid AND tag.attnum = indkey[0]
    LEFT JOIN pg_attribute time ON time.attrelid = indrelid AND time.attnum = indkey[1]
    CROSS JOIN LATERAL (
        SELECT array_agg(amopopr) FILTER (WHERE pg_opclass.oid = indclass[0]) AS of_tag,
               array_agg(amopopr) FILTER (WHERE pg_opclass.oid = indclass[1]) AS of_time
        FROM pg_opclass JOIN pg_amop ON amopfamily = opcfamily
        WHERE pg_opclass.oid = indclass[0] OR indnkeyatts > 1 AND pg_opclass.oid = indclass[1]
    ) AS operators
    WHERE tag.attname = 'tag_name'
)
SELECT (SELECT count(*) FROM lying WHERE holds) AS parts,
       (SELECT count(*) FROM lying WHERE holds
        AND oid IN (SELECT oid FROM indexes WHERE fitness IN ('serving', 'pattern'))) AS served,
       (SELECT count(*) FROM lying WHERE holds
        AND oid IN (SELECT oid FROM indexes WHERE fitness = 'serving')) AS named,
       best.fitness AS nearest, best.definition AS index
FROM (SELECT) AS one LEFT JOIN (
    SELECT fitness, definition FROM indexes
    ORDER BY array_position('{pattern,serving,of_some,invalid,unfit}', fitness), oid LIMIT 1
) AS best ON true
"""


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
    columns_text = ", ".join(f"{reads} AS {name}" if name == column else name for name in names)
    return _VIEW.format(relation=relation, listed=columns_text)


def readable(relation: str, types: Mapping[str, str]) -> frozenset[str]:
    """Return the columns that are read: of what can be done without, those of a fitting type."""
    if relation in EVENT_TABLES:
        return frozenset(name for name, kind in types.items() if is_fitting(relation, name, kind))
    if relation not in _DERIVED:
        return frozenset(types)
    return frozenset(
        name for name, kind in types.items() if kind in _OF_ROLLUPS.get(name, _SUMMABLE)
    )


def index_lacks(
    parts: int, served: int, named: int, nearest: str | None, index: str | None
) -> tuple[str, dict[str, object]] | None:
    """Return what the index by tag and time is in its place, with values; None where it is there.

    Parameters
    ----------
    parts, served, named, nearest, index : the row of INDEX
    """
    if named == parts:
        return None
    if served == parts:
        return "index_pattern", {"index": index}
    if served or nearest in ("serving", "pattern"):
        return "index_of_parts", {"served": served, "parts": parts}
    if nearest is None:
        return "no_index", {}
    return f"index_{nearest}", {"index": index}
