"""What the historian has: its relations and columns, its tags, their rules."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar

from data.analysis import Checks, Rule, kinds
from data.analysis import rules as rulebook
from data.db import Answer, HistorianUnavailable, cache, cached, read_rows
from data.sql import (
    LEFT,
    ROLLUPS,
    catalog_statement,
    influx_hist,
    left_since_statement,
    metadata,
    named_statement,
    names_statement,
    rules_statement,
    tags_statement,
    versions_statement,
)

#: How long relations, descriptions and names are shared [s]: a new tag is on every page within a
#: minute. Not less, for the scan for the names in all readings may take as long as a statement may.
CATALOG_S = 45.0
#: How long rules, and the tags put together with them, are shared [s]: with a tick of the page, a
#: changed rule judges in every worker within half a minute.
RULES_S, TAGS_S = 8.0, 4.0
#: Failures of one statement: the others may be answered all the same.
OF_ONE_STATEMENT = {
    "historian_timeout", "historian_cancelled", "historian_missing", "historian_denied",
    "historian_failed",
}  # fmt: skip
#: Without these a tag is shown all the same, but not judged, or not described.
ABOUT_TAGS = ("influx_qc_rule", "influx_tag")
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
    """

    columns: tuple[tuple[str, frozenset[str]], ...]
    postgresql: str
    timescaledb: str | None

    def of(self, relation: str) -> frozenset[str]:
        """Return the columns of a relation that may be read, none if it is missing."""
        return dict(self.columns).get(relation, frozenset())

    def has(self, relation: str) -> bool:
        """Whether a relation exists with every column of the contract (`diff` apart)."""
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
        return tuple(w for w, table in reversed(ROLLUPS.items()) if self.has(table.name))

    @property
    def left(self) -> bool:
        """Whether there are relations that count what the rollups leave out: ours, never others."""
        return all(self.has(table.name) for table in LEFT.values()) and self.has("ksys_left_since")

    @property
    def flagged(self) -> bool:
        """Whether readings carry a flag of their source."""
        return "qc" in self.of(influx_hist.name)


@cached(CATALOG_S, in_process=True)
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
    return Catalog(columns, versions["postgresql"], versions["timescaledb"])


def degrading(read: Callable[P, R]) -> Callable[P, R]:
    """Let a reader try again with a new catalog when what it read is gone or refused."""

    @wraps(read)
    def second_try(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return read(*args, **kwargs)
        except HistorianUnavailable as failure:
            if failure.key not in ("historian_missing", "historian_denied"):
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


@cached(RULES_S, in_process=True)
@degrading
def rules() -> dict[str, Rule]:
    """Return the rule of each tag that has one, by its name; sound or not, enabled or not.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    columns = catalog().of("influx_qc_rule")
    if "tag_name" not in columns:
        return {}
    rows: list[Any] = read_rows(rules_statement(columns)).to_dict("records")
    with_tag = (row for row in rows if isinstance(row["tag_name"], str) and row["tag_name"].strip())
    return {row["tag_name"]: rulebook.parse(row) for row in with_tag}


@dataclass(frozen=True, slots=True)
class Tag:
    """What is known of one tag.

    Parameters
    ----------
    decimals : digits after the point that are shown, None where the value decides
    states : words by value (as text) of a tag that is a state, where it has them, else None
    demo : whether its readings are made up
    period : time between its readings, where its description gives one [s]
    checks : its rule as far as it is in force
    rule : the rule as it stands, None without one
    kind : value, state, angle or counter, see `kinds`
    unknown_kind : what its description calls it, where that is none of these
    """

    name: str
    description: str = ""
    unit: str = ""
    tag_type: str = ""
    group: str = ""
    decimals: int | None = None
    states: Mapping[str, str] | None = None
    demo: bool = False
    period: float | None = None
    checks: Checks = Checks()
    rule: Rule | None = None
    kind: str = kinds.VALUE
    unknown_kind: str = ""


@cached(CATALOG_S, in_process=True)
@degrading
def descriptions() -> dict[str, dict[str, Any]]:
    """Return the row of `influx_tag` of each tag that has one, by its name.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    columns = catalog().of("influx_tag")
    if "tag_name" not in columns:
        return {}
    rows: list[Any] = read_rows(tags_statement(columns)).to_dict("records")
    return {row["tag_name"]: row for row in rows if row["tag_name"]}


@cached(CATALOG_S, in_process=True)
def names_in_readings() -> list[str]:
    """Return the names that occur in the readings.

    None, where the scan for them takes too long and descriptions name tags too.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    try:
        return list(read_rows(names_statement())["tag_name"])
    except HistorianUnavailable as failure:
        if failure.key == "historian_timeout" and descriptions.answer().value:
            return []
        raise


@cached(TAGS_S, in_process=True)
def tags() -> dict[str, Tag]:
    """Return the tags by name, sorted: those that a description, a rule or a reading names.

    Descriptions or rules that alone cannot be read anew are those read last: see `about_tags`.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    rows_by_tag, rules_by_tag = _newest(descriptions.answer()), _newest(rules.answer())
    parts = (rows_by_tag, rules_by_tag, _newest(names_in_readings.answer()))
    before: tuple[Any, dict[str, Tag]] | None = cache.recall("tags")
    if before is not None and before[0] == parts:
        return before[1]
    names = sorted({name for part in parts for name in part})
    made = {name: _tag(name, rows_by_tag.get(name, {}), rules_by_tag.get(name)) for name in names}
    cache.remember("tags", (parts, made))
    return made


def _newest(answer: Answer[R]) -> R:
    if answer.error is not None and answer.error.key not in OF_ONE_STATEMENT:
        raise answer.error
    return answer.value


def tag(name: str) -> Tag | None:
    """Return a tag, looked up in the historian before it is said that there is none of that name.

    Raises
    ------
    HistorianUnavailable
        If it is not among the tags read last and the historian does not answer.
    """
    known = tags.answer().value.get(name)
    if known is None and _exists(name):
        read_anew()
        known = tags().get(name)
    return known


def read_anew() -> None:
    """Let the next who asks for tags have descriptions, rules and names read again."""
    for reader in (descriptions, rules, names_in_readings, tags):
        reader.expire()


class AboutTags(NamedTuple):
    """What is not as it should be with what is known of the tags.

    Parameters
    ----------
    denied : `influx_qc_rule`, `influx_tag`: those that are there and may not be read
    rules_as_of : when the rules in use were read, aware UTC; None where they are those of now
    """

    denied: tuple[str, ...] = ()
    rules_as_of: datetime | None = None


def about_tags() -> AboutTags:
    """Return what a page must say of the rules that it judges by, and of the texts of its tags.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer, and never did.
    """
    denied = tuple(name for name in ABOUT_TAGS if name in catalog.answer().value.denied)
    answer = rules.answer()
    alone = answer.error is not None and answer.error.key in OF_ONE_STATEMENT
    return AboutTags(denied, answer.as_of if alone else None)


@cached(TAGS_S)
def _exists(name: str) -> bool:
    """Return whether any relation that may be read has a row of a tag."""
    if "\0" in name or name.encode(errors="replace").decode() != name:
        return False  # no text of PostgreSQL
    named = ("influx_tag", "influx_qc_rule")
    relations = ["influx_hist", *(each for each in named if "tag_name" in catalog().of(each))]
    return bool(read_rows(named_statement(name, relations))["there"].iloc[0])


def _tag(name: str, row: dict[str, Any], rule: Rule | None) -> Tag:
    meta: Any = row.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    states, decimals, stated = meta.get("states"), meta.get("decimals"), meta.get("kind")
    states, unit = states if isinstance(states, dict) and states else None, _word(row.get("unit"))
    kind = kinds.kind_of(stated, unit, bool(states))
    return Tag(
        name,
        description=_word(meta.get("description")),
        unit=unit,
        tag_type=_word(row.get("tag_type")),
        group=_word(meta.get("group")),
        decimals=decimals if isinstance(decimals, int) and 0 <= decimals <= 15 else None,
        states=states if kind == kinds.STATE else None,
        demo=meta.get("demo") is True,
        period=_period(meta.get("period_seconds")),
        checks=rulebook.checks(rule),
        rule=rule,
        kind=kind,
        unknown_kind="" if stated in (None, *kinds.KINDS) else str(stated),
    )


def _period(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 < value < float("inf") else None


def _word(value: object) -> str:
    return "" if value is None or value != value else str(value)
