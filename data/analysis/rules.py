"""The rules of `influx_qc_rule`: read, judged and written; what a bound means is said only here."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any

from data.analysis.checks import ACTIVE, DISABLED, NO_RULE, RULE_ERROR, Checks, Limits
from data.errors import BadInput

#: Bounds from the lowest to the highest; neighbours may be equal, except the two warnings.
NESTING = ("min_val", "crit_min", "warn_min", "warn_max", "crit_max", "max_val")
#: The spelling some deployments use for the same four columns.
OTHER_SPELLING = {
    "warn_min": "warning_min",
    "warn_max": "warning_max",
    "crit_min": "critical_min",
    "crit_max": "critical_max",
}
#: Bounds that must be above 0: at 0 every reading would break them.
POSITIVE = ("max_step", "roc_max_per_min", "spike_zscore", "max_gap_seconds", "flat_seconds")
#: All that is a number in a rule.
NUMBERS = (*NESTING, *POSITIVE, "deadband_pct")
#: Columns that are true or false; an empty cell is true.
FLAGS = ("allow_negative", "enabled")
#: Columns of `influx_qc_rule`, in the order a rules file is written.
COLUMNS = (
    "tag_name",
    "min_val",
    "max_val",
    "warn_min",
    "warn_max",
    "crit_min",
    "crit_max",
    "max_step",
    "max_gap_seconds",
    "allow_negative",
    "enabled",
    "roc_max_per_min",
    "spike_zscore",
    "deadband_pct",
    "meta",
)
#: What a flag may be spelt as in a file: PostgreSQL's own words for a boolean.
TRUE, FALSE = {"true", "t", "1", "yes", "y", "on"}, {"false", "f", "0", "no", "n", "off"}


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of `influx_qc_rule`; None is a bound that is not checked.

    Bounds and `max_step` in the tag's unit, `roc_max_per_min` in units per minute, `deadband_pct`
    in per cent of the span. `flat_seconds` comes from `meta`; `meta` is the rest, as JSON text.
    A number that could not be read is NaN, which `problems` names. `count` is how many rules of
    the historian, which differ, are for the tag: of several none can be used. `unread_flags` are
    columns that are neither true nor false, with what they hold; `problems` names them too.
    """

    tag_name: str
    min_val: float | None = None
    max_val: float | None = None
    warn_min: float | None = None
    warn_max: float | None = None
    crit_min: float | None = None
    crit_max: float | None = None
    max_step: float | None = None
    roc_max_per_min: float | None = None
    spike_zscore: float | None = None
    deadband_pct: float | None = None
    max_gap_seconds: float | None = None
    allow_negative: bool = True
    enabled: bool = True
    flat_seconds: float | None = None
    meta: str | None = None
    count: int = 1
    unread_flags: tuple[tuple[str, str], ...] = ()


def parse(row: Mapping[str, Any]) -> Rule:
    """Return the rule of a database or CSV row, in either spelling of the bounds.

    Raises
    ------
    BadInput
        If the tag name is empty.
    """
    tag_name = row.get("tag_name")
    if not isinstance(tag_name, str) or not tag_name.strip():
        raise BadInput("rule_without_tag")
    meta = _meta(row.get("meta"))
    cells = {**row, "flat_seconds": meta.pop("flat_seconds", row.get("flat_seconds"))}
    numbers = {name: _number(cell(cells, name)) for name in NUMBERS}
    flags = {name: _flag(row.get(name)) for name in FLAGS}
    unread = tuple((name, str(row[name])) for name, flag in flags.items() if flag is None)
    sound = {name: flag for name, flag in flags.items() if flag is not None}
    rest = json.dumps(meta, ensure_ascii=False, sort_keys=True) if meta else None
    return Rule(tag_name=tag_name, meta=rest, unread_flags=unread, **numbers, **sound)  # type: ignore[arg-type]  # numbers and flags are names


def by_tag(rows: Iterable[Mapping[str, Any]]) -> dict[str, Rule]:
    """Return the rule of each tag, by its name; of rows without a tag none."""
    every: dict[str, list[Rule]] = {}
    for row in rows:
        if isinstance(row["tag_name"], str) and row["tag_name"].strip():
            rule, of_tag = parse(row), every.setdefault(row["tag_name"], [])
            if rule not in of_tag:
                of_tag.append(rule)
    return {
        name: of_tag[-1] if len(of_tag) == 1 else replace(of_tag[-1], count=len(of_tag))
        for name, of_tag in every.items()
    }


def cell(row: Mapping[str, Any], name: str) -> Any:
    """Return what a row holds in a column, in either spelling; the short one wins unless empty."""
    value, other = row.get(name), row.get(OTHER_SPELLING.get(name, name))
    return other if _is_null(value) and not _is_empty(other) else value


def _is_null(value: Any) -> bool:
    return _is_empty(value) or value != value


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def merged_meta(stored: Any, rule: Rule) -> str | None:
    """Return the meta to write, as JSON text: what the rule says, and the other keys as stored.

    None where that changes nothing.

    Parameters
    ----------
    stored : meta of the row that the rule replaces, None without one
    """
    current = _meta(stored)
    rest = {name: value for name, value in current.items() if name != "flat_seconds"}
    merged = rest | json.loads(as_row(rule)["meta"] or "{}")
    return None if merged == current else json.dumps(merged, ensure_ascii=False, sort_keys=True)


def _number(value: Any) -> float | None:
    """Return a bound, None if empty; NaN for what is no number: `problems` names it."""
    if _is_empty(value):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _flag(value: Any) -> bool | None:
    """Return a flag, True if empty; None for what is neither true nor false."""
    if _is_null(value):
        return True
    word = str(value).strip().lower()
    return word in TRUE if word in TRUE or word in FALSE else None


def _meta(value: Any) -> dict[str, Any]:
    """Return meta as a dict; what is not a JSON object is kept under `text`."""
    if isinstance(value, Mapping):
        return dict(value)
    if _is_null(value):
        return {}
    try:
        decoded = json.loads(value)
    except (TypeError, ValueError):
        return {"text": str(value)}
    return decoded if isinstance(decoded, dict) else {"text": str(value)}


def problems(rule: Rule) -> tuple[BadInput, ...]:
    """Return what is wrong with a rule, a `BadInput` a fault with what it takes; none if sound."""
    if rule.count > 1:
        return (BadInput("rule_two", count=rule.count),)
    unread = [name for name in NUMBERS if not _is_finite(getattr(rule, name))]
    if unread or rule.unread_flags:
        numbers = (BadInput("rule_number", column=n, value=getattr(rule, n)) for n in unread)
        flags = (BadInput("rule_flag", column=n, value=text) for n, text in rule.unread_flags)
        return (*numbers, *flags)
    return (*_crossed(rule), *_not_positive(rule))


def _is_finite(value: float | None) -> bool:
    return value is None or math.isfinite(value)


def _crossed(rule: Rule) -> Iterator[BadInput]:
    bounds = [name for name in NESTING if getattr(rule, name) is not None]
    for low, high in pairwise(bounds):
        a, b = getattr(rule, low), getattr(rule, high)
        strict = low in NESTING[:3] and high in NESTING[3:]
        if a > b or (strict and a == b):
            values = {"low": low, "low_value": a, "high": high, "high_value": b}
            yield BadInput("rule_strict_nesting" if strict else "rule_nesting", **values)


def _not_positive(rule: Rule) -> Iterator[BadInput]:
    for name in POSITIVE:
        value = getattr(rule, name)
        if value is not None and value <= 0:
            yield BadInput("rule_not_positive", column=name, value=value)
    if rule.deadband_pct is not None and not 0 <= rule.deadband_pct < 100:
        yield BadInput("rule_deadband", value=rule.deadband_pct)


def remarks(rule: Rule) -> tuple[BadInput, ...]:
    """Return what the owner of a sound rule should know: a clipped deadband, blanks in the name."""
    nominal, effective, bare = _nominal_deadband(rule), deadband(rule), rule.tag_name.strip()
    notes = []
    if nominal != effective:
        notes.append(BadInput("rule_deadband_clipped", asked=nominal, used=effective))
    if rule.tag_name != bare:
        notes.append(BadInput("rule_blank_name", tag=rule.tag_name, bare=bare))
    return tuple(notes)


def checks(rule: Rule | None, turn: float = math.inf) -> Checks:
    """Return a rule as far as it is in force: a broken or disabled one checks nothing.

    A tag without a rule (None) has the checks of its state, which are none.

    Parameters
    ----------
    turn : after which the tag begins anew, if it is an angle [tag unit]
    """
    faults = () if rule is None else problems(rule)
    if rule is None or faults or not rule.enabled:
        return Checks(
            NO_RULE if rule is None else RULE_ERROR if faults else DISABLED, faults=faults
        )
    lowest = _or(rule.min_val, -math.inf)
    return Checks(
        state=ACTIVE,
        min_val=lowest,
        low=lowest if rule.allow_negative else max(lowest, 0.0),
        high=_or(rule.max_val, math.inf),
        signed=rule.allow_negative,
        step=_or(rule.max_step, math.inf),
        rate=_or(rule.roc_max_per_min, math.inf),
        zscore=_or(rule.spike_zscore, math.inf),
        flat_seconds=_or(rule.flat_seconds, math.inf),
        gap_seconds=rule.max_gap_seconds,
        span=span(rule),
        turn=turn,
        limits=limits(rule),
        deadband=deadband(rule),
    )


def _or(bound: float | None, unchecked: float) -> float:
    return unchecked if bound is None else float(bound)


def span(rule: Rule) -> float | None:
    """Return S [tag unit]: max_val - min_val, else of the critical, else of the warning bounds."""
    for low, high in (("min_val", "max_val"), ("crit_min", "crit_max"), ("warn_min", "warn_max")):
        a, b = getattr(rule, low), getattr(rule, high)
        if a is not None and b is not None:
            return float(b - a)
    return None


def limits(rule: Rule) -> Limits:
    """Return the four level limits without the clipped ones.

    A limit that equals the span limit on its side, or a low limit of 0 where the tag cannot be
    negative, is no limit: rules cut off at 0 would alarm for ever at 0.
    """
    floors = {rule.min_val} if rule.allow_negative else {rule.min_val, 0.0}
    lows = (None if low in floors else low for low in (rule.crit_min, rule.warn_min))
    highs = (None if high == rule.max_val else high for high in (rule.warn_max, rule.crit_max))
    return Limits(*lows, *highs)


def deadband(rule: Rule) -> float:
    """Return d [tag unit]; where it would bridge two limits, 90 % of the distance between them.

    Only limits that alarm count (see `limits`); two equal limits are one and leave d alone.
    """
    nominal, distances = _nominal_deadband(rule), _distances(limits(rule))
    nearest = min(distances, default=math.inf)
    return nominal if nominal < nearest else 0.9 * nearest


def _nominal_deadband(rule: Rule) -> float:
    return (span(rule) or 0.0) * (rule.deadband_pct or 0.0) / 100


def _distances(at: Limits) -> list[float]:
    pairs = ((at.lo_lo, at.lo), (at.lo, at.hi), (at.hi, at.hi_hi))
    return [b - a for a, b in pairs if a is not None and b is not None and b > a]


def as_row(rule: Rule) -> dict[str, Any]:
    """Return the rule as a row of `influx_qc_rule`, `meta` as JSON text or None."""
    row = {field.name: getattr(rule, field.name) for field in fields(rule)}
    row |= dict(rule.unread_flags)
    meta = json.loads(rule.meta) if rule.meta else {}
    if row.pop("flat_seconds") is not None:
        meta["flat_seconds"] = rule.flat_seconds
    row["meta"] = json.dumps(meta, ensure_ascii=False, sort_keys=True) if meta else None
    gap = rule.max_gap_seconds
    row["max_gap_seconds"] = int(gap) if gap is not None and float(gap).is_integer() else gap
    return {name: row[name] for name in COLUMNS}
