"""Which relations of the contract a historian has, and how they may be read."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from data.db import TOO_LONG, HistorianUnavailable, cached, pool, read_rows
from data.sql import (
    LEFT,
    ROLLUPS,
    Looks,
    QcCode,
    catalog_statement,
    influx_hist,
    left_since_statement,
    looks_like,
    metadata,
    qc_counts_statement,
    versions_statement,
)

#: How long relations, descriptions and names are shared [s]: a new tag is on every page within a
#: minute. Not less, for the scan for the names in all readings may take as long as a statement may.
CATALOG_S = 45.0
#: How long it is shared which relations there are [s]: with an answer that is shared for HISTORY_S,
#: one that comes back is used within a minute.
RELATIONS_S = 25.0
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
    """

    columns: tuple[tuple[str, frozenset[str]], ...]
    postgresql: str
    timescaledb: str | None
    qc_code: QcCode = QcCode.FLAG
    qc_looks: Looks | None = None
    logged: bool = False

    def of(self, relation: str) -> frozenset[str]:
        """Return the columns of a relation that may be read, none if it is missing."""
        return dict(self.columns).get(relation, frozenset())

    def has(self, relation: str) -> bool:
        """Whether a relation has every column of the contract (`diff`, `meta`, `qc` apart)."""
        wanted = {c.name for c in metadata.tables[relation].c} - {"diff", "meta", "qc"}
        return wanted <= self.of(relation)

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
        """Whether there are relations that count what the rollups leave out: ours, never others."""
        return all(self.has(table.name) for table in LEFT.values()) and self.has("ksys_left_since")

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


@cached(RELATIONS_S, in_process=True, pinned=True)
def catalog() -> Catalog:
    """Return which relations and columns there are, and the versions of the server.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    frame = read_rows(catalog_statement(list(metadata.tables)))
    versions = read_rows(versions_statement()).iloc[0]
    relations = frame.groupby("relation")["column"]
    columns = tuple((str(name), frozenset(names.dropna())) for name, names in relations)
    found = Catalog(
        columns,
        versions["postgresql"],
        versions["timescaledb"],
        logged=bool(versions["logged"]),
    )
    code = pool.qc_code()
    if code is not None:
        return replace(found, qc_code=QcCode(code))
    looks = _qc_looks() if found.flagged else None
    return replace(found, qc_code=QcCode.OPEN if looks else QcCode.FLAG, qc_looks=looks)


def _qc_looks() -> Looks | None:
    try:
        counts = read_rows(qc_counts_statement())
    except HistorianUnavailable as failure:
        if failure.key not in TOO_LONG:
            raise
        return None  # without the index by tag, where the newest readings cannot be read either
    return looks_like(dict(zip(counts["qc"], counts["n"], strict=True)))


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
def left_since() -> dict[str, datetime]:
    """Return the tags of which nobody counted what was left out before a time, by name.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    if not catalog().left:
        return {}
    rows: list[Any] = read_rows(left_since_statement()).to_dict("records")
    return {row["tag_name"]: row["since"] for row in rows}
