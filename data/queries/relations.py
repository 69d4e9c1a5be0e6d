"""Which relations of the contract a historian has, and how they may be read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import pandas as pd

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
    schemas_statement,
    versions_statement,
)

#: How long relations, descriptions and names are shared [s]: a new tag is on every page within a
#: minute. Not less, for the scan for the names in all readings may take as long as a statement may.
CATALOG_S = 45.0
#: How long it is shared which relations there are [s]: with an answer that is shared for HISTORY_S,
#: one that comes back is used within a minute.
RELATIONS_S = 25.0
_NUMBERS = frozenset({
    "double precision", "real", "numeric", "smallint", "integer", "bigint",
})  # fmt: skip
_WHOLE = frozenset({"smallint", "integer", "bigint"})
_TEXTS = frozenset({"text", "character varying"})
_WITH_ZONE = frozenset({"timestamp with time zone"})
_WITHOUT_ZONE = "timestamp without time zone"
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
    "historian_columns", "historian_no_readings", "historian_schema", "historian_text",
    "historian_two", "historian_type", "historian_zone",
}  # fmt: skip
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
        If the historian does not answer, or has no readings that can be read as they are.
    """
    frame = read_rows(catalog_statement(list(metadata.tables)))
    versions = read_rows(versions_statement()).iloc[0]
    types = _types(frame)
    refused = _unfound(types) or _unreadable(types)
    if refused:
        raise refused
    columns = tuple((name, _readable(name, of)) for name, of in types.items())
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


def _types(frame: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Return the type of each column that may be read, by relation; {} where none may."""
    types: dict[str, dict[str, str]] = {}
    for relation, column, kind in frame[["relation", "column", "type"]].itertuples(index=False):
        columns = types.setdefault(relation, {})
        if column is not None:
            columns[column] = kind
    return types


def _unfound(types: Mapping[str, object]) -> HistorianUnavailable | None:
    """Return that the schema or the readings are not there, or that a name has two relations."""
    rows = read_rows(schemas_statement(list(metadata.tables)))
    schemas = list(dict.fromkeys(rows["schema"]))
    wanted, listed = pool.schema(), ", ".join(schemas) or "no schema"
    if wanted is not None and wanted not in schemas:
        return HistorianUnavailable("historian_schema", schema=wanted)
    if influx_hist.name not in types:
        return HistorianUnavailable("historian_no_readings", schemas=listed)
    where = rows.dropna().groupby("relation", sort=False)["schema"]
    for relation, places in where:
        if len(places) > 1:
            two = ", ".join(places)
            return HistorianUnavailable("historian_two", relation=relation, schemas=two)
    return None


def _unreadable(relations: Mapping[str, Mapping[str, str]]) -> HistorianUnavailable | None:
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
    kept = f"{relation}_as_is"
    view = f"CREATE VIEW {relation} AS SELECT {listed} FROM {kept}"  # noqa: S608 - shown, never run
    return f"ALTER TABLE {relation} RENAME TO {kept}; {view}"


def _readable(relation: str, types: Mapping[str, str]) -> frozenset[str]:
    """Return the columns that are read: of what can be done without, those of a fitting type."""
    if relation not in _DERIVED:
        return frozenset(types)
    return frozenset(
        name for name, kind in types.items() if kind in _OF_ROLLUPS.get(name, _SUMMABLE)
    )


def _qc_looks() -> Looks | None:
    try:
        counts = read_rows(qc_counts_statement())
    except HistorianUnavailable as failure:
        if failure.key not in TOO_LONG:
            raise
        return None  # without the index by tag, where the newest readings cannot be read either
    return looks_like(dict(zip(counts["qc"], counts["n"], strict=True)))


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
