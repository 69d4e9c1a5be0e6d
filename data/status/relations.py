"""The relations of the contract as they are: kind, columns, rights, jobs, how far they reach."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from data.sql import ROLLUPS, influx_hist, metadata
from data.status import statements
from data.status.asking import Look
from data.status.facts import Policy, Relation

#: What the pages know of; besides, Ksys has relations of its own that nobody else misses.
CONTRACT = (
    influx_hist.name,
    *(table.name for table in ROLLUPS.values()),
    "influx_latest",
    "features_5m",
    "tech_ind_1m_mv",
    "influx_tag",
    "influx_qc_rule",
)
#: Width of the bucket of each relation that has one [s].
WIDTHS = {table.name: width for width, table in ROLLUPS.items()}
#: How far each rollup may be behind the readings [s]: two buckets and a little.
ALLOWED_S = {60: 180, 600: 1_200, 3_600: 7_200, 86_400: 172_800}
#: `relkind` of PostgreSQL -> kind.
KINDS = {
    "r": "table",
    "p": "partitioned table",
    "v": "view",
    "m": "materialized view",
    "f": "foreign table",
}
#: Columns that a relation may lack, by relation; of rules only the name must be there.
OPTIONAL = {"diff", "meta", "qc"}
NAMED_ALONE = ("influx_tag", "influx_qc_rule")


def allowed(name: str) -> timedelta:
    """Return how far a rollup may be behind the readings."""
    return timedelta(seconds=ALLOWED_S[WIDTHS[name]])


def relation_facts(look: Look, timescale: bool) -> dict[str, Relation]:
    """Return every relation of the contract by its name, without how far it reaches.

    Parameters
    ----------
    timescale : whether the server has the extension
    """
    rows = look.rows(statements.RELATIONS, {"names": list(CONTRACT)}) or []
    facts = {name: Relation(name) for name in CONTRACT}
    for row in rows:
        facts[row["name"]] = _relation(row)
    schemas = {row["name"]: row["schema"] for row in rows}
    return _with_timescale(look, facts, schemas) if timescale else facts


def _relation(row: Mapping[str, Any]) -> Relation:
    name, columns = row["name"], tuple(row["columns"] or ())
    may = row["readable"] or ()
    readable = frozenset(c for c, right in zip(columns, may, strict=True) if right)
    wanted = {column.name for column in metadata.tables[name].c} - OPTIONAL
    if name in NAMED_ALONE:
        wanted = {"tag_name"}
    absent = tuple(sorted(wanted - readable))
    kind, types = KINDS.get(row["kind"], "table"), tuple(row["types"] or ())
    return Relation(name, kind, columns, types, readable, absent, bool(row["writable"]))


def _with_timescale(
    look: Look, facts: dict[str, Relation], schemas: Mapping[str, str]
) -> dict[str, Relation]:
    names = {"names": list(schemas), "schemas": list(schemas.values())}
    for row in look.rows(statements.HYPERTABLES, names) or []:
        facts[row["name"]] = replace(facts[row["name"]], kind="hypertable")
    for row in look.rows(statements.AGGREGATES, names) or []:
        facts[row["name"]] = replace(
            facts[row["name"]],
            kind="continuous aggregate",
            materialized_only=row["materialized_only"],
            policy=_policy(row),
        )
    for row in look.rows(statements.JOBS, names) or []:
        facts[row["name"]] = _with_job(facts[row["name"]], row)
    return facts


def _policy(row: Mapping[str, Any]) -> Policy:
    failed = row["last_run"] == "Failed"
    return Policy(row["has_policy"], row["scheduled"], failed, row["back"])


def _with_job(relation: Relation, row: Mapping[str, Any]) -> Relation:
    job = row["job"].removeprefix("policy_")
    if row["last_run"] == "Failed":
        relation = replace(relation, failed_jobs=(*relation.failed_jobs, job))
    return replace(relation, kept=row["drop_after"]) if job == "retention" else relation


def with_reach(
    look: Look, relations: Mapping[str, Relation], tags: Sequence[str]
) -> dict[str, Relation]:
    """Return the relations with first, newest and lag, as a few tags show it.

    Parameters
    ----------
    tags : names of tags that have readings
    """
    ends: dict[str, dict[str, tuple[datetime | None, datetime | None]] | None] = {}
    for name in (influx_hist.name, *WIDTHS):
        if relations[name].usable and tags:
            ends[name] = _ends(look, name, tags)
    newest = {tag: last for tag, (_, last) in (ends.get(influx_hist.name) or {}).items()}
    return {
        name: _reaching(relation, ends[name], newest) if name in ends else relation
        for name, relation in relations.items()
    }


def not_reached(relations: Mapping[str, Relation]) -> dict[str, Relation]:
    """Return the relations where no tag was found by which to look how far they reach."""
    return {
        name: replace(each, unread=each.unread | {"tags"}) if name in WIDTHS else each
        for name, each in relations.items()
    }


def with_latest(
    look: Look, relations: Mapping[str, Relation], tags: Sequence[str]
) -> dict[str, Relation]:
    """Return the relations, influx_latest with its newest reading of a few tags.

    Parameters
    ----------
    tags : names of tags that have readings
    """
    relation = relations["influx_latest"]
    ends = _ends(look, relation.name, tags) if relation.usable and tags else None
    return {**relations, relation.name: _reaching(relation, ends or {}, {})}


def _ends(
    look: Look, name: str, tags: Sequence[str]
) -> dict[str, tuple[datetime | None, datetime | None]] | None:
    rows = look.rows(statements.edges_statement(name), {"tags": list(tags)})
    return None if rows is None else {r["tag_name"]: (r["first"], r["newest"]) for r in rows}


def _reaching(
    relation: Relation,
    ends: Mapping[str, tuple[datetime | None, datetime | None]] | None,
    newest: Mapping[str, datetime | None],
) -> Relation:
    if ends is None:
        return replace(relation, unread=relation.unread | {"newest"})
    first = min((at for at, _ in ends.values() if at), default=None)
    last = max((at for _, at in ends.values() if at), default=None)
    lag = None
    if relation.name in WIDTHS:
        lag = _lag(timedelta(seconds=WIDTHS[relation.name]), ends, newest)
    there = tuple((tag, a, b) for tag, (a, b) in ends.items() if a and b)
    return replace(relation, first=first, newest=last, ends=there, lag=lag)


def _lag(
    width: timedelta,
    ends: Mapping[str, tuple[datetime | None, datetime | None]],
    newest: Mapping[str, datetime | None],
) -> timedelta | None:
    """Return how far the worst of the tags is behind its own readings; at least 0."""
    lags = [
        max(at - (last + width), timedelta(0))
        for tag, at in newest.items()
        if at and (last := ends.get(tag, (None, None))[1])
    ]
    return max(lags, default=None)
