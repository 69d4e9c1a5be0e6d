"""Where the relations of a Citus cluster lie, and whether they can be read together there."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Text, bindparam, column, text

from data.errors import HistorianUnavailable
from data.sql.tables import LEFT, ROLLUPS, influx_hist, influx_tag

#: What the relations are distributed by.
BY = "tag_name"
#: What is joined with the readings of many tags, or read with those of one in one statement.
BESIDE = (*(table.name for table in (*ROLLUPS.values(), *LEFT.values())), influx_tag.name)
# The catalogue of Citus, which every role may read. A view lies where the table lies that it reads;
# the name that the view gives to the column is not looked for.
_PLACED = text(
    """
    SELECT wanted.relation, part.partmethod::text AS method,
           CASE WHEN class.relkind = 'v' THEN 'tag_name' WHEN part.partmethod = 'h'
                THEN column_to_column_name(part.logicalrelid, part.partkey) END AS "by",
           part.colocationid::bigint AS "group"
    FROM pg_catalog.unnest(CAST(:names AS text[])) AS wanted (relation)
    JOIN pg_class class ON class.oid = to_regclass(wanted.relation)
    LEFT JOIN LATERAL (
        SELECT logicalrelid, partmethod, partkey, colocationid FROM pg_dist_partition
        WHERE logicalrelid = class.oid OR class.relkind = 'v' AND logicalrelid IN (
            SELECT used.refobjid FROM pg_rewrite JOIN pg_depend used
              ON used.classid = 'pg_rewrite'::regclass AND used.objid = pg_rewrite.oid
             AND used.refclassid = 'pg_class'::regclass
            WHERE pg_rewrite.ev_class = class.oid
        )
        ORDER BY partmethod LIMIT 1
    ) part ON true
    """
)
_COLUMNS = {"relation": Text, "method": Text, "by": Text, "group": BigInteger}


class Placed(NamedTuple):
    """Where a relation of a Citus cluster lies.

    Parameters
    ----------
    by : the column that it is distributed by; None: it lies whole on a node
    group : of relations that lie side by side, None without
    """

    by: str | None = None
    group: int | None = None


@lru_cache
def placed_statement(names: tuple[str, ...]) -> Any:
    """Return relation, method, by, group: how Citus keeps each of the named relations there is."""
    bound = _PLACED.bindparams(bindparam("names", list(names)))
    return bound.columns(*(column(name, kind) for name, kind in _COLUMNS.items()))


def placed(rows: Iterable[Mapping[str, Any]]) -> dict[str, Placed]:
    """Return where each relation lies, by its name.

    Parameters
    ----------
    rows : those of `placed_statement`
    """
    nowhere = Placed()
    return {
        row["relation"]: Placed(row["by"], row["group"]) if row["method"] == "h" else nowhere
        for row in rows
    }


def is_distributed(relations: Mapping[str, Placed]) -> bool:
    """Whether the readings lie on several nodes, so that statements about many tags start there."""
    return relations.get(influx_hist.name, Placed()).by is not None


def unplaced(relations: Mapping[str, Placed]) -> HistorianUnavailable | None:
    """Return why distributed readings cannot be read as they lie, None where they can.

    Parameters
    ----------
    relations : where each lies
    """
    hist = relations.get(influx_hist.name, Placed())
    if hist.by is None:
        return None
    if hist.by != BY:
        return HistorianUnavailable("historian_spread_by", column=hist.by)
    tags = relations.get(influx_tag.name)
    if tags is None or tags.group != hist.group:
        return HistorianUnavailable("historian_spread_tags")
    return None


def apart(relations: Mapping[str, Placed]) -> tuple[str, ...]:
    """Return the relations that do not lie beside distributed readings and so are not read."""
    hist = relations.get(influx_hist.name, Placed())
    if hist.by is None:
        return ()
    there = (name for name in BESIDE if name in relations)
    return tuple(name for name in there if relations[name].group != hist.group)
