"""Which relations of the contract a historian has, and how they may be read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

import numpy as np

from data.analysis import arrays
from data.db import (
    TOO_LONG,
    HistorianUnavailable,
    cached,
    database_now,
    pool,
    read_frame,
    read_rows,
)
from data.queries.cluster import places, qc_counts
from data.sql import (
    LEFT,
    ROLLUPS,
    Looks,
    QcCode,
    catalog_statement,
    cluster,
    contract,
    events,
    influx_hist,
    left_since_statement,
    looks_like,
    metadata,
    qc_counts_statement,
    schemas_statement,
    versions_statement,
    waiting_statement,
)

#: How long relations, descriptions and names are shared [s]: a new tag is on every page within a
#: minute. Not less, for the scan for the names in all readings may take as long as a statement may.
CATALOG_S = 45.0
#: How long it is shared which relations there are [s]: with an answer that is shared for HISTORY_S,
#: one that comes back is used within a minute.
RELATIONS_S = 25.0
#: From so many chunks or partitions on what needs no older readings names a bound of time, so that
#: the others are left out: at 2,000 planning takes a second a statement and 70 ms a tag go by.
MANY_PARTS = 100
#: How long it is shared what waits for a refresh [s]: as long as an answer about now.
WAITING_S = 2.0
#: Where chunks are many the qc is looked at in readings so old: a day, and the day before it.
QC_BACK = timedelta(days=2)
#: The end of time [ns], and of what is made whole buckets of [microseconds].
LAST = np.iinfo(np.int64).max
LAST_US = LAST // 1_000 - 10**12
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Catalog:
    """What the historian has.

    Parameters
    ----------
    columns : (relation, its columns that may be read) of the relations of the contract that exist
    postgresql : version of the server
    timescaledb : version of the extension, None without
    qc_code : what the qc of readings means
    qc_looks : where nobody has said it: the code of OPC that it looks like, None for a flag
    logged : our own log keeps the rollups equal to the readings; others may lack some of them
    refreshes : a TimescaleDB says where its continuous aggregates wait for a refresh
    has_logs : it does, perhaps to others alone
    parts : how many chunks or partitions the readings lie in, 0 for one table
    distributed : the readings lie on the nodes of a Citus cluster, by tag
    """

    columns: tuple[tuple[str, frozenset[str]], ...]
    postgresql: str
    timescaledb: str | None
    qc_code: QcCode = QcCode.FLAG
    qc_looks: Looks | None = None
    logged: bool = False
    refreshes: bool = False
    has_logs: bool = False
    parts: int = 0
    distributed: bool = False

    def of(self, relation: str) -> frozenset[str]:
        """Return the columns of a relation that may be read, none if it is missing."""
        return dict(self.columns).get(relation, frozenset())

    def has(self, relation: str) -> bool:
        """Whether a relation has every column of the contract (`diff`, `meta`, `qc` apart)."""
        wanted = {c.name for c in metadata.tables[relation].c} - {"diff", "meta", "qc"}
        return wanted <= self.of(relation)

    def tells(self, relation: str) -> bool:
        """Whether a relation of events or forecasts has all of its columns, as they should be."""
        return events.NEEDED[relation] <= self.of(relation)

    @property
    def missing(self) -> tuple[str, ...]:
        """Relations of the contract that are not there or lack a column."""
        apart = (
            "influx_tag",
            "influx_qc_rule",
            "ksys_left_since",
            *(t.name for t in LEFT.values()),
        )
        plain = [name for name in metadata.tables if name not in apart]
        absent = [name for name in ("influx_tag", "influx_qc_rule") if not self.of(name)]
        return (*(name for name in plain if not self.has(name)), *absent)

    @property
    def denied(self) -> tuple[str, ...]:
        """Relations of the contract that are there, and of which nothing may be read."""
        return tuple(relation for relation, columns in self.columns if not columns)

    @property
    def rollups(self) -> tuple[int, ...]:
        """Widths of the rollups that can be read, from coarse to fine [s]."""
        if not self.trusts_stored:
            return ()
        return tuple(w for w, table in reversed(ROLLUPS.items()) if self.has(table.name))

    @property
    def left(self) -> bool:
        """Whether what the rollups leave out is counted: by ours, never by others.

        On a TimescaleDB these lack what waits for a refresh, which its logs must be read to know.
        """
        counted = all(self.has(table.name) for table in LEFT.values())
        told = self.refreshes or not self.has_logs
        return counted and told and self.has("ksys_left_since")

    @property
    def many_parts(self) -> bool:
        """Whether the readings lie in so many parts that a statement should name only some."""
        return self.parts >= MANY_PARTS

    @property
    def flagged(self) -> QcCode | None:
        """What the qc of readings means, None where they have none."""
        return self.qc_code if "qc" in self.of(influx_hist.name) else None

    @property
    def trusts_stored(self) -> bool:
        """Whether what is stored of many readings counts those that are good by `flagged`.

        Our own rollups count those with qc 0; of others it is not known, and they stand.
        """
        if self.flagged is QcCode.OPEN:
            return False
        return self.flagged in (None, QcCode.FLAG) or not self.left


class Waiting(NamedTuple):
    """Where continuous aggregates of a TimescaleDB wait for a refresh.

    What was written below the watermark of one is written down until a refresh has brought it in:
    late, changed and deleted readings, and a level refreshed while the next one is not.

    Parameters
    ----------
    stretches : of each rollup by its width [s], in whole buckets of it
    kept : from here on no chunk of readings was dropped [ns], LAST where that is not known
    """

    stretches: dict[int, arrays.Stretches]
    kept: int = LAST


@cached(RELATIONS_S, in_process=True, pinned=True)
def catalog() -> Catalog:
    """Return which relations and columns there are, and the versions of the server.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer, or has no readings that can be read as they are.
    """
    types = contract.types(read_rows(catalog_statement((*metadata.tables, *events.EVENT_TABLES))))
    (versions,) = read_rows(versions_statement())
    placed = places(versions["citus"])
    refused = _unfound(types) or contract.unreadable(types) or cluster.unplaced(placed)
    if refused:
        raise refused
    apart = cluster.apart(placed)
    columns = tuple(
        (name, contract.readable(name, of)) for name, of in types.items() if name not in apart
    )
    found = Catalog(
        columns,
        versions["postgresql"],
        versions["timescaledb"],
        logged=bool(versions["logged"]),
        refreshes=bool(versions["refreshes"]),
        has_logs=bool(versions["has_logs"]),
        parts=int(versions["parts"]),
        distributed=cluster.is_distributed(placed),
    )
    code = pool.qc_code()
    if code is not None:
        return replace(found, qc_code=QcCode(code))
    looks = _qc_looks(found) if found.flagged else None
    return replace(found, qc_code=QcCode.OPEN if looks else QcCode.FLAG, qc_looks=looks)


def _unfound(types: Mapping[str, object]) -> HistorianUnavailable | None:
    """Return that the schema or the readings are not there, or that a name has two relations."""
    rows = read_rows(schemas_statement(tuple(metadata.tables)))
    schemas = list(dict.fromkeys(row["schema"] for row in rows))
    wanted = pool.schema()
    if wanted is not None and wanted not in schemas:
        return HistorianUnavailable("historian_schema", schema=wanted)
    if not schemas:
        return HistorianUnavailable("historian_no_path")
    if influx_hist.name not in types:
        return HistorianUnavailable("historian_no_readings", schemas=", ".join(schemas))
    where: dict[str, list[str]] = {}
    for row in rows:
        where.setdefault(row["relation"], []).append(row["schema"])
    for relation, schemas_of in where.items():
        if relation is not None and len(schemas_of) > 1:
            two = ", ".join(schemas_of)
            return HistorianUnavailable("historian_two", relation=relation, schemas=two)
    return None


def _qc_looks(has: Catalog) -> Looks | None:
    try:
        counts = qc_counts() if has.distributed else _qc_counts(has.many_parts)
    except HistorianUnavailable as failure:
        if failure.key not in TOO_LONG:
            raise
        return None  # without the index by tag, where the newest readings cannot be read either
    return looks_like({row["qc"]: row["n"] for row in counts})


def _qc_counts(many_parts: bool) -> list[dict[str, Any]]:
    """Return how often each qc stands in the newest readings; of many parts those of two days."""
    if many_parts:
        counts = read_rows(qc_counts_statement(database_now() - QC_BACK))
        if counts:
            return counts
    return read_rows(qc_counts_statement())


def refuse_unknown_schema() -> None:
    """Say that the schema that was named is not there; who does not answer may come later.

    Raises
    ------
    HistorianUnavailable
        If the historian has no such schema, or the role may not use it.
    """
    if pool.schema() is None:
        return
    try:
        catalog.function()
    except HistorianUnavailable as failure:
        if failure.key == "historian_schema":
            raise


def degrading(read: Callable[P, R]) -> Callable[P, R]:
    """Let a reader try again with a new catalog when what it read is gone or refused."""

    @wraps(read)
    def second_try(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return read(*args, **kwargs)
        except HistorianUnavailable as failure:
            if failure.key not in ("historian_missing", "historian_right"):
                raise
        catalog.expire()
        return read(*args, **kwargs)

    return second_try


@cached(CATALOG_S, in_process=True)
@degrading
def left_since() -> Mapping[str, datetime]:
    """Return the tags of which nobody counted what was left out before a time, by name.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    if not catalog().left:
        return {}
    rows = read_rows(left_since_statement())
    return {row["tag_name"]: row["since"] for row in rows}


@cached(WAITING_S, in_process=True)
def waiting() -> Waiting:
    """Return what waits for a refresh now.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    rows = read_frame(waiting_statement())
    width, low, high = (rows[name].to_numpy(np.int64) for name in ("width", "low", "high"))
    kept = low[width == 0]
    low, high = low.clip(0, LAST_US), high.clip(-1, LAST_US)
    stretches = {
        each: _whole(low[width == each], high[width == each], each * 10**6)
        for each in np.unique(width[width > 0]).tolist()
    }
    return Waiting(stretches, int(kept[0]) * 1_000 if len(kept) else LAST)


def _whole(low: Any, high: Any, width: int) -> arrays.Stretches:
    """Return stretches from microseconds `low` to `high`, both inside, as whole buckets [ns]."""
    start, stop = low // width * width, (high // width + 1) * width
    some = stop > start
    return arrays.joined(
        zip((start[some] * 1_000).tolist(), (stop[some] * 1_000).tolist(), strict=True)
    )


def waits_from(start: datetime, stop: datetime, *widths: int) -> dict[str, datetime | None]:
    """Return from when on in [start, stop) rollups wait for a refresh, None where they do not.

    Parameters
    ----------
    widths : of the rollups [s]; the names are `waiting_60` and so on, as statements bind them

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    stretches = waiting().stretches if catalog().refreshes else {}
    first, last = (int(each.timestamp()) * 10**9 for each in (start, stop))
    waits = dict[str, datetime | None]()
    for width in widths:
        inside = arrays.within(stretches.get(width, ()), first, last)
        at = inside[0][0] if inside else None
        waits[f"waiting_{width}"] = None if at is None else datetime.fromtimestamp(at / 1e9, UTC)
    return waits
