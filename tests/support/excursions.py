"""The excursions of a window by a plain loop over its seconds, written from docs/definitions.md."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.analysis.checks import Checks, Limits

START = pd.Timestamp("2026-03-01T00:00:00Z")
SEVERITY = {"lo_lo": 2, "lo": 1, "hi": 1, "hi_hi": 2}


def at(seconds: float) -> pd.Timestamp:
    """Return a time so many seconds after the start of all tests."""
    return START + pd.Timedelta(seconds, "s")


class Latches:
    """The latches as an operator would keep them on paper."""

    def __init__(self, limits: Limits, deadband: float) -> None:
        self.limits = {name: each for name, each in limits._asdict().items() if each is not None}
        self.deadband, self.on = deadband, set[str]()

    def see(self, x: float) -> None:
        """Take in a reading that is not BAD."""
        for name, limit in self.limits.items():
            beyond = x - limit if name.startswith("hi") else limit - x
            if beyond >= 0:
                self.on.add(name)
            elif beyond < -self.deadband:
                self.on.discard(name)

    @property
    def level(self) -> int:
        """The worst level that is on."""
        return max((SEVERITY[name] for name in self.on), default=0)

    def beyond(self, name: str, x: float) -> float:
        """Return how far a value lies beyond a limit."""
        return x - self.limits[name] if name.startswith("hi") else self.limits[name] - x


def plain(
    rows: list[tuple[int, float]], checks: Checks, start: int, stop: int, gap: int
) -> list[dict[str, Any]]:
    """Return the excursions of [start, stop) by looking at every second of it."""
    latches = Latches(checks.limits, checks.deadband)
    listed, one = list[dict[str, Any]](), None
    newest, trusted = None, None
    by_time = dict(rows)
    first = min([start, *by_time])
    for second in range(first, stop):
        level_before = latches.level
        if second in by_time:
            newest = second
            if not np.isnan(by_time[second]):
                latches.see(by_time[second])
                trusted = second
        if second < start:
            continue
        if latches.level == 0:
            if one is not None:
                listed.append(one | {"stop": second})
            one = None
            continue
        if one is None:
            before = second == start and level_before > 0
            one = {"start": second, "on": set(), "seen": 0, "rows": [], "before": before}
            one["level"] = 0
        one["level"] = max(one["level"], latches.level)
        one["on"] |= latches.on
        one["seen"] += newest == trusted and second < newest + gap
        if trusted not in one["rows"]:
            one["rows"].append(trusted)
    if one is not None:
        listed.append(one | {"stop": None})
    return [_told(each, latches, by_time, stop) for each in listed]


def _told(
    one: dict[str, Any], latches: Latches, by_time: dict[int, float], stop: int
) -> dict[str, Any]:
    names = [n for n in Limits._fields if n in one["on"] and SEVERITY[n] == one["level"]]
    far = {n: max(latches.beyond(n, by_time[row]) for row in one["rows"]) for n in names}
    limit = max(names, key=lambda name: far[name])  # the first of two that are alike
    extreme_at = next(r for r in one["rows"] if latches.beyond(limit, by_time[r]) == far[limit])
    seconds = (stop if one["stop"] is None else one["stop"]) - one["start"]
    return {
        "start": at(one["start"]),
        "stop": pd.NaT if one["stop"] is None else at(one["stop"]),
        "seconds": float(seconds),
        "level": one["level"],
        "limit": Limits._fields.index(limit),
        "limit_value": float(latches.limits[limit]),
        "extreme": by_time[extreme_at],
        "extreme_at": at(extreme_at),
        "over": far[limit],
        "coverage": one["seen"] / seconds,
        "began_before": one["before"],
        "still_on": one["stop"] is None,
    }


def of_buckets(
    rows: list[tuple[int, float]], checks: Checks, width: int, stop: int
) -> list[tuple[int, int]]:
    """Return from when to when [s] buckets alone say that a tag was outside, up to a time.

    A bucket that was outside at any time is so whole; what it leaves set lasts until the next one.
    """
    of: dict[int, list[float]] = {}
    for second, value in rows:
        of.setdefault(second // width * width, []).append(value)
    of = {
        at: each for at, each in of.items() if checks.low <= min(each) and max(each) <= checks.high
    }
    starts, latches, found = sorted(of), Latches(checks.limits, checks.deadband), list[list[int]]()
    for start, following in zip(starts, [*starts[1:], stop], strict=True):
        was, within = set(latches.on), _in_bucket(latches, of[start])
        until = following if latches.on else start + width
        if within or (was & latches.on):
            joins = found and found[-1][1] == start
            found[-1:] = [[found[-1][0], until]] if joins else [*found[-1:], [start, until]]
    return [(start, until) for start, until in found]


def _in_bucket(latches: Latches, values: list[float]) -> set[str]:
    """Take in a bucket by its numbers; return what was on at any time in it."""
    within = set[str]()
    for name in latches.limits:
        far = [latches.beyond(name, each) for each in values]
        sets, resets = max(far) >= 0, min(far) < -latches.deadband
        if sets or (name in latches.on and far[0] >= -latches.deadband):
            within.add(name)
        if resets and (not sets or far[-1] < -latches.deadband):
            latches.on.discard(name)
        elif sets:
            latches.on.add(name)
    return within


def assert_alike(listed: pd.DataFrame, expected: list[dict[str, Any]]) -> None:
    """Compare excursions that were found with those of the plain loop."""
    assert len(listed) == len(expected), (listed, expected)
    for one, other in zip(listed.to_dict("records"), expected, strict=True):
        assert one.pop("coverage") == pytest.approx(other.pop("coverage"), abs=1e-9)
        stop, other_stop = one.pop("stop"), other.pop("stop")
        assert stop == other_stop or (stop is pd.NaT and other_stop is pd.NaT)
        assert one == other
