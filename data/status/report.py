"""A look at the historian put together: `report()`, shared by all who ask within a few seconds."""

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from data import queries
from data.db import HistorianUnavailable, cached, clock, read_bounded
from data.queries import OF_ONE_STATEMENT
from data.sql import REFUSALS, QcCode, contract
from data.status import statements
from data.status.asking import STATEMENT_MS, Look
from data.status.cluster import APART, cluster_facts, cluster_lines
from data.status.events import event_lines
from data.status.facts import LEVELS, Line, Relation, Server
from data.status.relation_lines import emptied_lines, relation_lines
from data.status.relations import WIDTHS, not_reached, relation_facts, with_latest, with_reach
from data.status.sampling import sample, with_waits, with_wholeness
from data.status.server_lines import qc_line, server_lines
from data.status.stored import compared_lines
from data.status.tags import tag_facts, tag_lines, twice_line
from data.status.worker_lines import unavailable, worker_lines

#: How long a look is shared [s]: less than the half minute after which a page looks again.
REPORT_S = 20.0
#: A backlog of changes older than this is not rolled up by anybody [s].
BACKLOG_S = 600.0
#: How long it is known how far rollups are behind [s]: it is asked again and again, by itself.
LAGS_S = 30.0
#: From so many chunks on a statement over all of them takes longer to plan than a tick lasts: a
#: second at 2,000, and each page asks several.
TOO_MANY_PARTS = 1_000
#: Kinds of relation that have no index of their own.
OVER_OTHERS = ("view", "foreign table")


@dataclass(frozen=True, slots=True)
class Report:
    """What is so with a historian.

    Parameters
    ----------
    at : the database's clock when it was looked at, aware UTC; None where it does not answer
    lines : in the order in which they are told
    relations : of the contract, by name
    """

    at: datetime | None
    lines: tuple[Line, ...]
    relations: dict[str, Relation]


def worst(levels: Iterable[str]) -> str:
    """Return the worst of some levels, ok without any."""
    return max(levels, key=LEVELS.index, default="ok")


def now(notes: Sequence[str] = (), slow_senders: bool = False) -> Report:
    """Return what is so now; without an answer of the historian only that, and what is ours.

    Parameters
    ----------
    notes : what beside the requests ended by itself and was started again
    slow_senders : whether strangers reach this worker without a proxy that waits for them
    """
    try:
        found = report()
    except HistorianUnavailable as failure:
        found = Report(None, (unavailable(failure),), {})
    return replace(found, lines=(*found.lines, *worker_lines(notes, slow_senders)))


@cached(REPORT_S)
def report() -> Report:
    """Return what is so with the historian now.

    Raises
    ------
    HistorianUnavailable
        If it does not answer.
    """
    look = Look()
    server = _server_facts(look)
    now = datetime.now(UTC) + timedelta(seconds=server.ahead)
    relations = relation_facts(look, bool(server.timescaledb))
    lines = server_lines(server, relations, clock.behind())
    refused = _refused()
    lines += _of_cluster(look, server, known=not refused)
    if refused or not relations["influx_hist"].usable:
        every = not_reached(relations).values()
        of_relations = [line for each in every for line in relation_lines(each)]
        return Report(now, (*lines, *refused, *of_relations), relations)
    look.speak()
    tags, has = tag_facts(), queries.catalog()
    sampled = sample(tags.sampled) if tags else []
    relations = with_reach(look, relations, sampled) if tags else not_reached(relations)
    flagged = None if has.flagged is QcCode.OPEN else has.flagged
    relations = with_waits(with_wholeness(look, relations, now, flagged, ours=has.left), now)
    unread = [name for name, each in relations.items() if each.kind and not each.usable]
    lines += tag_lines(tags, unread) if tags else [Line("risk", "readings", "tags_not_read")]
    lines += [qc_line(has), *_of_rules(look, relations), *_of_index(look, relations)]
    lines += _of_backlog(look) if has.logged else []
    lines += _of_parts(has)
    lines += _of_relations(relations, {line.subject for line in lines if line.key in APART})
    lines += [*event_lines(has), *emptied_lines(relations)]
    compared, newest = compared_lines(look, relations, sampled, flagged)
    lines += compared
    relations = with_latest(look, relations, sampled)
    for name, at in newest.items():
        relations[name] = replace(relations[name], newest=at)
    if tags and tags.newest:  # last, for what is compared goes by the newest of the sampled tags
        age = timedelta(seconds=tags.age)
        relations["influx_hist"] = replace(relations["influx_hist"], newest=tags.newest, lag=age)
    return Report(now, tuple(lines), relations)


def _of_relations(relations: dict[str, Relation], apart: set[str]) -> list[Line]:
    """Return what is to be said of each relation; one that lies apart is not looked at."""
    lines = [line for each in relations.values() for line in relation_lines(each)]
    return [line for line in lines if line.subject not in apart or line.key != "not_looked_at"]


def _of_cluster(look: Look, server: Server, known: bool) -> list[Line]:
    """Return what is to be said of a Citus cluster, nothing without.

    Parameters
    ----------
    known : whether pages can be shown, so that there are tags
    """
    if server.citus is None:
        return []
    ruled, described = set[str](), set[str]()
    try:
        ruled, described = (set(queries.rules()), set(queries.tags())) if known else (ruled, ruled)
    except HistorianUnavailable as failure:
        if failure.key not in OF_ONE_STATEMENT:
            raise
    return cluster_lines(cluster_facts(look, server.citus, server.ahead), ruled, described)


def _refused() -> list[Line]:
    """Return why the pages show nothing though the historian answers, nothing where they do."""
    try:
        queries.catalog()
    except HistorianUnavailable as failure:
        if failure.key not in REFUSALS:
            raise
        return [Line("fault", "readings", "refused", {"failure": failure})]
    return []


def _of_rules(look: Look, relations: dict[str, Relation]) -> list[Line]:
    if not relations["influx_qc_rule"].usable:
        return []
    rows = look.rows(statements.TWICE) or []
    return twice_line(tuple(row["tag_name"] for row in rows))


def _of_index(look: Look, relations: dict[str, Relation]) -> list[Line]:
    """Return what readings have for an index by tag and time; of a view nobody knows it."""
    if relations["influx_hist"].kind in OVER_OTHERS:
        return [Line("note", "influx_hist", "index_beneath")]
    rows = look.rows(statements.INDEX)
    lacks = contract.index_lacks(**rows[0]) if rows else None
    return [Line("risk", "influx_hist", *lacks)] if lacks else []


def _of_parts(has: queries.Catalog) -> list[Line]:
    """Return what it means that the readings lie in many chunks or partitions, nothing if few."""
    if not has.many_parts:
        return []
    level = "risk" if has.parts >= TOO_MANY_PARTS else "note"
    lines = [Line(level, "influx_hist", "many_parts", {"parts": has.parts})]
    at = queries.names_back_to()
    return [*lines, Line("note", "influx_hist", "names_partly", {"at": at})] if at else lines


def _of_backlog(look: Look) -> list[Line]:
    """Return how much waits to be rolled up, by the log of a store of our own.

    Elsewhere it is not asked for: its server would write an error into its log at each look.
    """
    rows = look.rows(statements.BACKLOG)
    if not rows:
        return []
    oldest = rows[0]["oldest"] or 0.0
    values: dict[str, object] = {
        "changes": rows[0]["changes"],
        "span": timedelta(seconds=oldest),
    }
    if oldest > BACKLOG_S:
        return [Line("fault", "rollups", "backlog_old", values)]
    return [Line("ok", "rollups", "backlog", values)]


def _server_facts(look: Look) -> Server:
    """Return what the server is, and how far its clock is from ours.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer: then there is nothing else to look at.
    """
    read_bounded(
        statements.SERVER, None, STATEMENT_MS
    )  # the time of the next one is no connection's
    begun, here = time.monotonic(), time.time()
    (row,) = read_bounded(statements.SERVER, None, STATEMENT_MS)
    took = time.monotonic() - begun
    clock = row.pop("clock")
    way = look.rows(statements.TLS)
    told = way[0] if way else {"tls": None, "local": False}
    return Server(**row, **told, ahead=clock - (here + took / 2), took=took)


@cached(LAGS_S)
def rollup_lags() -> Mapping[str, float]:
    """Return how far each rollup that is there is behind the readings of three tags [s].

    NaN where none of them has a reading, or where a statement takes too long.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    look = Look()
    look.speak()
    facts = relation_facts(look, timescale=False)
    relations = with_reach(look, facts, sample(sorted(queries.tags())))
    lags = {name: relations[name].lag for name in WIDTHS if relations[name].usable}
    return {name: math.nan if lag is None else lag.total_seconds() for name, lag in lags.items()}
