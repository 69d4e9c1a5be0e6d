"""What each relation means for the pages; pure."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from data.analysis import rules
from data.sql import influx_hist
from data.status.facts import Line, Relation, Whole
from data.status.relations import WIDTHS, allowed

#: A policy that looks back less far misses readings that come late [s].
LATE_S = 30 * 86_400
#: Without these no reading is shown, or none is judged.
NEEDED = (influx_hist.name, "influx_qc_rule")
NUMBERS = {"double precision", "real", "numeric", "smallint", "integer", "bigint"}
WITH_ZONE = "timestamp with time zone"


def relation_lines(relation: Relation) -> list[Line]:
    """Return what is to be said of a relation, at least one line."""
    name = relation.name
    if relation.kind is None:
        return [Line("fault" if name == influx_hist.name else "note", name, f"no_{name}")]
    if relation.denied:
        level = "fault" if name in NEEDED else "risk"
        return [Line(level, name, "denied", {"relation": name})]
    lines = [*_shape(relation), *_jobs(relation), *_reach(relation)]
    if relation.whole:
        lines += _wholeness(relation, relation.whole)
    if relation.waits:
        span = sum((stop - start for start, stop in relation.waits), timedelta(0))
        ends = {"start": relation.waits[0][0], "stop": relation.waits[-1][1]}
        lines.append(Line("note", name, "waits", {"relation": name, "span": span, **ends}))
    if "whole" in relation.unread or "newest" in relation.unread:
        lines.append(Line("note", name, "not_looked_at"))
    return lines or [Line("ok", name, f"is_{name}", {"kind": relation.kind})]


def _shape(relation: Relation) -> Iterator[Line]:
    name = relation.name
    if relation.absent:
        level = "fault" if name == influx_hist.name else "risk"
        yield Line(level, name, "lacks", {"columns": relation.absent})
    types = dict(zip(relation.columns, relation.types, strict=True))
    if name == influx_hist.name:
        value, at = types.get("value", "real"), types.get("ts", WITH_ZONE)
        if value not in NUMBERS:
            yield Line("fault", name, "no_number", {"type": value})
        if at != WITH_ZONE:
            yield Line("fault", name, "no_zone", {"type": at})
    if name == "influx_qc_rule":
        ours = relation.readable & rules.OTHER_SPELLING.keys()
        theirs = relation.readable & {*rules.OTHER_SPELLING.values()}
        key = "spelt_both" if ours and theirs else "spelt_other" if theirs else "spelt"
        yield Line("ok", name, key if ours or theirs else "no_limits")


def _jobs(relation: Relation) -> Iterator[Line]:
    name, policy = relation.name, relation.policy
    for job in relation.failed_jobs:
        yield Line("fault", name, f"{job}_failed")
    if relation.kept:
        yield Line("note", name, "kept", {"span": timedelta(seconds=relation.kept)})
    if relation.materialized_only:
        yield Line("note", name, "materialized_only")
    if policy is None:
        return
    if not policy.there:
        yield Line("risk", name, "no_policy", {"relation": name})
    elif policy.failed:
        yield Line("fault", name, "policy_failed", {"relation": name})
    elif not policy.scheduled:
        yield Line("risk", name, "policy_off", {"relation": name})
    elif policy.back is not None and policy.back < LATE_S:
        values: dict[str, object] = {"relation": name, "span": timedelta(seconds=policy.back)}
        yield Line("note", name, "policy_short", values)


def emptied_lines(relations: Mapping[str, Relation]) -> list[Line]:
    """Return which rollups a policy empties: it refreshes what retention has dropped."""
    kept = relations[influx_hist.name].kept
    policies = {name: each.policy for name, each in relations.items() if each.policy}
    return [
        Line("risk", name, "policy_empties", {"span": timedelta(seconds=kept), "relation": name})
        for name, policy in policies.items()
        if kept and policy.there and (policy.back is None or policy.back > kept)
    ]


def _reach(relation: Relation) -> Iterator[Line]:
    name = relation.name
    if name not in WIDTHS or "newest" in relation.unread:
        return
    if "tags" in relation.unread:
        yield Line("note", name, "without_tags")
        return
    if relation.usable and relation.newest is None:
        yield Line("note", name, "empty")
    elif relation.lag is not None and relation.lag > allowed(name):
        yield Line("risk", name, "behind", {"lag": relation.lag, "allowed": allowed(name)})


def _wholeness(relation: Relation, whole: Whole) -> Iterator[Line]:
    name = relation.name
    if whole.missing:
        values: dict[str, object] = {
            "span": len(whole.missing) * timedelta(seconds=whole.width),
            "start": whole.missing[0],
            "stop": whole.missing[-1] + timedelta(seconds=whole.width),
        }
        yield Line("fault", name, "holes", {"relation": name, **values})
    if whole.short:
        values = {
            "lost": whole.lost,
            "counted": whole.counted,
            "start": whole.short[0],
            "stop": whole.short[-1] + timedelta(seconds=whole.width),
        }
        yield Line("fault", name, "short", {"relation": name, **values})
    if whole.over:
        values = {
            "more": whole.more,
            "start": whole.over[0],
            "stop": whole.over[-1] + timedelta(seconds=whole.width),
        }
        yield Line("risk", name, "over", {"relation": name, **values})
    if whole.unprobed:
        span = len(whole.unprobed) * timedelta(seconds=whole.width)
        yield Line("note", name, "unprobed", {"span": span})
    doubted = whole.missing or whole.short or whole.over or whole.unprobed or relation.waits
    if whole.compared and not doubted:
        yield Line("ok", name, "whole", {"counted": whole.counted})
