"""The tags: how fresh they are, how often they report, by what rules; and what that means."""

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from data import queries
from data.analysis import checks, gaps, rules
from data.db import HistorianUnavailable
from data.errors import BadInput
from data.queries import OF_ONE_STATEMENT, Tag
from data.status.facts import Line

CLIPPED = "rule_deadband_clipped"
#: The relation whose rows a line counts.
COUNTED_IN = {"ruled": "influx_qc_rule", "undescribed": "influx_tag"}


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of a historian.

    Parameters
    ----------
    fresh, late, stale, without : how many tags have which freshness; without a reading up to now
    ahead : tags with a reading of the future, which is passed over
    age : of the newest reading of all [s], NaN without any
    sampled : names of tags that have readings, by which relations are looked at, sorted
    spacing : least, median and greatest time between readings of a tag [s], NaN without
    described, ruled : how many have a description, a rule that is in force
    disabled, unruled : names of tags whose rule is off, that have none
    in_error : names of tags whose rule is wrong; faults : what is wrong with each
    clipped, blank : names of tags whose deadband is clipped, whose rule has a blank in its name;
        remarks : what is so with each of the clipped
    rules_as_of : when the rules were read, aware UTC; None where they are those of now
    newest : time of the newest reading of all, aware UTC; None without any
    """

    count: int
    fresh: int
    late: int
    stale: int
    without: int
    ahead: tuple[str, ...]
    age: float
    sampled: tuple[str, ...]
    spacing: tuple[float, float, float]
    described: int
    ruled: int
    disabled: tuple[str, ...]
    in_error: tuple[str, ...]
    clipped: tuple[str, ...]
    unruled: tuple[str, ...] = ()
    faults: tuple[BadInput, ...] = ()
    remarks: tuple[BadInput, ...] = ()
    blank: tuple[str, ...] = ()
    rules_as_of: datetime | None = None
    newest: datetime | None = None


def tag_facts() -> Tags | None:
    """Return what is known of the tags, None where that takes too long or is refused.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer at all.
    """
    try:
        tags = queries.tags()
        names = tuple(tags)
        latest, spacing = queries.latest(names), queries.spacings(names).to_numpy()
        as_of = queries.about_tags().rules_as_of
    except HistorianUnavailable as failure:
        if failure.key not in OF_ONE_STATEMENT:
            raise
        return None
    age = queries.ages_of(names, latest.attrs["now"], latest["ts"])
    gap = gaps.limit(checks.stacked([tag.checks for tag in tags.values()]), spacing)
    there = ~np.isnan(age)
    codes = gaps.freshness_codes(age, gap, latest.attrs["lag"])
    words = Counter(gaps.FRESHNESS[code] for code in codes)
    steps = spacing[~np.isnan(spacing)]
    return Tags(
        count=len(names),
        fresh=words["FRESH"],
        late=words["LATE"],
        stale=words["STALE"],
        without=int(np.sum(~there)),
        ahead=tuple(latest.index[latest["clock"].to_numpy(bool)]),
        age=float(np.min(age[there])) if there.any() else math.nan,
        sampled=tuple(sorted(name for name, has in zip(names, there, strict=True) if has)),
        spacing=_spread(steps),
        rules_as_of=as_of,
        newest=_newest(latest["ts"]),
        **_of_rules(tags),
    )


def _newest(times: pd.Series) -> datetime | None:
    last = times.max()
    return None if pd.isna(last) else last.to_pydatetime()


def _spread(steps: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> tuple[float, float, float]:
    if not len(steps):
        return math.nan, math.nan, math.nan
    return float(steps.min()), float(np.median(steps)), float(steps.max())


def _of_rules(tags: Mapping[str, Tag]) -> dict[str, Any]:
    state = {name: tag.checks.state for name, tag in tags.items()}
    wrong = [name for name, word in state.items() if word == checks.RULE_ERROR]
    remarked = {
        name: {remark.key: remark for remark in rules.remarks(tag.rule)}
        for name, tag in tags.items()
        if tag.rule is not None and name not in wrong
    }
    clipped = {name: each[CLIPPED] for name, each in remarked.items() if CLIPPED in each}
    return {
        "described": sum(bool(tag.description or tag.unit) for tag in tags.values()),
        "ruled": sum(word == checks.ACTIVE for word in state.values()),
        "disabled": tuple(name for name, word in state.items() if word == checks.DISABLED),
        "unruled": tuple(name for name, word in state.items() if word == checks.NO_RULE),
        "in_error": tuple(wrong),
        "faults": tuple(tags[name].checks.faults[0] for name in wrong),
        "clipped": tuple(clipped),
        "remarks": tuple(clipped.values()),
        "blank": tuple(name for name, each in remarked.items() if each.keys() - {CLIPPED}),
    }


def tag_lines(tags: Tags, unread: Collection[str] = ()) -> list[Line]:
    """Return what is to be said of the readings, their spacing, rules and descriptions.

    Parameters
    ----------
    unread : relations that are there and not read: nobody knows how many tags have a row in them
    """
    if not tags.count:
        return [Line("note", "readings", "no_tags")]
    lines = [*_readings(tags), *_spacing(tags), *_rules(tags), *_described(tags)]
    return [line for line in lines if COUNTED_IN.get(line.key) not in unread]


def _readings(tags: Tags) -> Iterator[Line]:
    counts: dict[str, object] = {
        "count": tags.count,
        "fresh": tags.fresh,
        "late": tags.late,
        "stale": tags.stale,
        "without": tags.without,
    }
    if math.isnan(tags.age):
        yield Line("risk", "readings", "no_readings", counts)
    else:
        age = {"age": timedelta(seconds=tags.age), **counts}
        level, key = ("ok", "readings") if tags.fresh else ("risk", "nothing_fresh")
        yield Line(level, "readings", key, age)
    if tags.ahead:
        yield Line("risk", "readings", "tags_ahead", {"tags": tags.ahead})


def _spacing(tags: Tags) -> Iterator[Line]:
    least, middle, most = tags.spacing
    if not math.isnan(middle):
        spans = {"least": least, "middle": middle, "most": most}
        yield Line("ok", "readings", "spacing", {k: timedelta(seconds=v) for k, v in spans.items()})


def _rules(tags: Tags) -> Iterator[Line]:
    unruled: dict[str, object] = {"unruled": len(tags.unruled), "tags": tags.unruled}
    yield Line("ok", "rules", "ruled", {"count": tags.ruled, **unruled})
    if tags.rules_as_of:
        yield Line("risk", "rules", "rules_old", {"at": tags.rules_as_of})
    if tags.in_error:
        wrong: dict[str, object] = {"tags": tags.in_error, "reasons": tags.faults}
        yield Line("risk", "rules", "rule_errors", wrong)
    if tags.disabled:
        yield Line("note", "rules", "rules_disabled", {"tags": tags.disabled})
    if tags.clipped:
        clipped: dict[str, object] = {"tags": tags.clipped, "reasons": tags.remarks}
        yield Line("note", "rules", "deadband_clipped", clipped)
    if tags.blank:
        yield Line("note", "rules", "rule_blank", {"tags": tags.blank})


def _described(tags: Tags) -> Iterator[Line]:
    if tags.described < tags.count:
        undescribed = tags.count - tags.described
        yield Line("ok", "influx_tag", "undescribed", {"count": undescribed})


def twice_line(names: tuple[str, ...]) -> list[Line]:
    """Return that tags have two rules, nothing where none has."""
    return [Line("risk", "rules", "rules_twice", {"tags": names})] if names else []
