"""The tags of a historian: what describes them, and their rules."""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from data.analysis import Checks, Rule, kinds
from data.analysis import rules as rulebook
from data.db import (
    TOO_LONG,
    Answer,
    HistorianUnavailable,
    cache,
    cached,
    database_now,
    disk,
    read_frame,
    read_rows,
)
from data.queries.named import TAGS_S, has_rows, is_rolled
from data.queries.relations import CATALOG_S, catalog, degrading
from data.sql import (
    Looks,
    names_statement,
    oldest_statement,
    rules_statement,
    tags_statement,
)

#: How long rules are shared [s]: with the tags put together with them (`TAGS_S`) and a tick of the
#: page, a changed rule judges in every worker within half a minute.
RULES_S = 8.0
#: Where the readings lie in many chunks: the names of so many are read with one statement, and
#: statements for so long [s].
PARTS_AT_ONCE, NAMES_S = 25, 1.5
#: Failures of one statement: the others may be answered all the same.
OF_ONE_STATEMENT = {
    "historian_timeout", "historian_cancelled", "historian_missing", "historian_right",
    "historian_failed", "historian_limit", "historian_standby", "historian_disk",
    "historian_locks",
}  # fmt: skip
R = TypeVar("R")


@cached(RULES_S, in_process=True, pinned=True)
@degrading
def rules() -> Mapping[str, Rule]:
    """Return the rule of each tag that has one, by its name; sound or not, enabled or not.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    columns = catalog().of("influx_qc_rule")
    if "tag_name" not in columns:
        return {}
    rows = read_rows(rules_statement(columns))
    before: tuple[list[dict[str, Any]], dict[str, Rule]] | None = cache.recall("rules")
    if before is not None and before[0] == rows:
        return before[1]
    made = rulebook.by_tag(rows)
    cache.remember("rules", (rows, made))
    return made


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


@cached(CATALOG_S, in_process=True, pinned=True)
@degrading
def descriptions() -> Mapping[str, dict[str, Any]]:
    """Return the row of `influx_tag` of each tag that has one, by its name.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    columns = catalog().of("influx_tag")
    if "tag_name" not in columns:
        return {}
    rows = read_rows(tags_statement(columns))
    return {row["tag_name"]: row for row in rows if row["tag_name"]}


class Names(NamedTuple):
    """The names that occur in the readings; how far back these were read, None: to their start."""

    names: list[str]
    back_to: datetime | None = None


@cached(CATALOG_S, in_process=True, pinned=True)
def names_in_readings() -> Names:
    """Return the names that occur in the readings, of distributed ones those of `influx_tag`.

    None, where the scan for them takes too long and descriptions name tags too. Of many chunks the
    newest are read each time, and of the others as many as there is time for.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    if catalog().distributed:
        return Names(list(descriptions()))
    try:
        if catalog().many_parts:
            return _names_by_parts(catalog().parts)
        return Names(_names())
    except HistorianUnavailable as failure:
        if failure.key in TOO_LONG and descriptions.answer().value:
            return Names([])
        raise


class _Walk(NamedTuple):
    """How far back the names in the readings were read.

    Parameters
    ----------
    names : all that are known; found : those of this walk, which are all when it has ended
    back_to : where it goes on, aware; None: it has ended
    oldest : where it ends, the time of the oldest reading, aware
    ended : whether any walk has
    """

    names: frozenset[str] = frozenset()
    found: frozenset[str] = frozenset()
    back_to: datetime | None = None
    oldest: datetime | None = None
    ended: bool = False


def _names(start: datetime | None = None, stop: datetime | None = None) -> list[str]:
    return [row["tag_name"] for row in read_rows(names_statement(start, stop))]


def _oldest() -> datetime | None:
    rows = read_frame(oldest_statement())["oldest"]
    return rows.iloc[0].to_pydatetime() if len(rows) else None


def _others_walk() -> _Walk:
    """Return how far the workers came with whom answers are shared."""
    shared = names_in_readings.kept()
    if shared is None:
        return _Walk()
    names, back_to = frozenset(shared.value.names), shared.value.back_to
    return _Walk(names, names if back_to else frozenset(), back_to, ended=back_to is None)


def _names_by_parts(parts: int) -> Names:
    """Return the names in the newest chunks, and those in older ones as far as they were read.

    A name costs a probe of each chunk: 20 names of 2,000 chunks took three seconds.
    """
    until, now = time.monotonic() + NAMES_S, database_now()
    walk: _Walk = cache.recall("names") or _others_walk()
    oldest = walk.oldest or _oldest() or now
    width = (now - oldest) * min(1.0, PARTS_AT_ONCE / parts)
    names, back_to = walk.found | set(_names(now - width)), walk.back_to or now - width
    while back_to > oldest and time.monotonic() < until:
        names |= set(_names(back_to - width, back_to))
        back_to -= width
    if back_to <= oldest:
        walk = _Walk(names, ended=True)
    else:
        walk = _Walk(walk.names | names, names, back_to, oldest, walk.ended)
    cache.remember("names", walk)
    return Names(sorted(walk.names), None if walk.ended else walk.back_to)


def names_back_to() -> datetime | None:
    """Return how far back the names in many chunks were read, aware; None where all were once."""
    names = names_in_readings.kept()
    return names.value.back_to if names else None


@cached(TAGS_S, in_process=True, pinned=True)
def tags() -> Mapping[str, Tag]:
    """Return the tags by name, sorted: those that a description, a rule or a reading names.

    Descriptions or rules that alone cannot be read anew are those read last: see `about_tags`.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    rows_by_tag, rules_by_tag = _newest(descriptions.answer()), _newest(rules.answer())
    parts = (rows_by_tag, rules_by_tag, _newest(names_in_readings.answer()).names)
    before: tuple[Any, dict[str, Tag]] | None = cache.recall("tags")
    if before is not None and before[0] == parts:
        return before[1]
    of = parts[:1] if catalog().distributed else parts  # of others nothing is read there
    names = sorted({name for part in of for name in part})
    made = {name: _tag(name, rows_by_tag.get(name, {}), rules_by_tag.get(name)) for name in names}
    cache.remember("tags", (parts, made))
    return made


def _newest(answer: Answer[R]) -> R:
    if answer.error is not None and answer.error.key not in OF_ONE_STATEMENT:
        raise answer.error
    return answer.value


def tag(name: str) -> Tag | None:
    """Return a tag, looked up in the historian before it is said that there is none of that name.

    One that rollups alone still tell of, as retention took its readings, is in no list of tags.

    Raises
    ------
    HistorianUnavailable
        If it is not among the tags read last and the historian does not answer.
    """
    described = tags.answer().value.get(name)
    if described is None and has_rows(name):
        walk: _Walk | None = cache.recall("names")
        if walk is not None:  # it may be in chunks that no walk has come to
            cache.remember("names", walk._replace(names=walk.names | {name}))
        read_anew()
        described = tags().get(name)
    if described is None and is_rolled(name):
        return _tag(name, {}, None)
    return described


def read_anew() -> None:
    """Let the next who asks for tags have descriptions, rules and names read again."""
    for reader in (descriptions, rules, names_in_readings, tags):
        reader.expire()


class AboutTags(NamedTuple):
    """What is not as it should be with what is known of the tags.

    Parameters
    ----------
    denied : relations of the contract that are there and may not be read
    rules_as_of : when the rules in use were read, aware UTC; None where they are those of now
    qc_looks : the code of OPC that qc looks like while nobody has said what it is, else None
    disk_full : whether the disk under the embedded historian is: no new reading is stored
    names_back_to : how far back names were read from readings in many chunks, aware; None: all
    """

    denied: tuple[str, ...] = ()
    rules_as_of: datetime | None = None
    qc_looks: Looks | None = None
    disk_full: bool = False
    names_back_to: datetime | None = None


def about_tags() -> AboutTags:
    """Return what a page must say of the rules that it judges by, and of the texts of its tags.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer, and never did.
    """
    has = catalog.answer().value
    answer = rules.answer()
    alone = answer.error is not None and answer.error.key in OF_ONE_STATEMENT
    here = disk.disk()
    as_of = answer.as_of if alone else None
    full = here is not None and here.full
    return AboutTags(has.denied, as_of, has.qc_looks, full, names_back_to())


def _tag(name: str, row: dict[str, Any], rule: Rule | None) -> Tag:
    meta: Any = row.get("meta")
    meta = meta if isinstance(meta, dict) else {}
    decimals, stated, unit = meta.get("decimals"), meta.get("kind"), _word(row.get("unit"))
    states = kinds.states_of(meta.get("states"))
    tag_type = _word(row.get("tag_type"))
    kind = kinds.kind_of(stated, unit, bool(states), tag_type)
    if states is None and tag_type.strip().lower() == kinds.DIGITAL:
        states = kinds.WORDS
    return Tag(
        name,
        description=_word(meta.get("description")),
        unit=unit,
        tag_type=tag_type,
        group=_word(meta.get("group")),
        decimals=decimals if isinstance(decimals, int) and 0 <= decimals <= 15 else None,
        states=states if kind == kinds.STATE else None,
        demo=meta.get("demo") is True,
        period=_period(meta.get("period_seconds")),
        checks=rulebook.checks(rule, kinds.TURN if kind == kinds.ANGLE else math.inf),
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
