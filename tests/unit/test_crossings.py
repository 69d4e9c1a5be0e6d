"""Which limit is crossed, how far and since when: what one pass says equals a walk by hand."""

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from data.analysis import checks, rules, states
from data.analysis.checks import Limits
from data.analysis.rules import Rule

RULE = Rule("A", 0, 100, 10, 80, 5, 90, deadband_pct=2, max_gap_seconds=600)


def walked(values: list[float], limits: Limits, band: float) -> tuple[int, int | None] | None:
    """Go through trusted values, oldest first: the limit crossed and the place since when.

    None without an alarm; the place is None where no value before it resets the latch.
    """
    is_set: list[bool] = [False] * 4
    since_place: list[int | None] = [None] * 4
    was_reset = [False] * 4
    for place, value in enumerate(values):
        for k, limit in enumerate(limits):
            sign = 1 if k >= 2 else -1
            if sign * (value - limit) >= 0:
                if not is_set[k]:
                    since_place[k] = place
                is_set[k] = True
            elif sign * (value - limit) < -band:
                is_set[k], was_reset[k] = False, True
    for k in (0, 3, 1, 2):
        if is_set[k]:
            return k, since_place[k] if was_reset[k] else None
    return None


def seen(values: list[float]) -> Any:
    """Return the row of `crossings` for a tag with these values, a second apart, or None."""
    now = pd.Timestamp("2026-03-01T12:00:00Z")
    at = now - pd.to_timedelta(np.arange(len(values))[::-1], unit="s")
    tail = pd.DataFrame({"tag": 0, "ts": at, "value": values, "qc": 0})
    many = checks.stacked([rules.checks(RULE)])
    trusted = tail[tail["value"].between(0, 100)].reset_index(drop=True)
    newest = {"ts": at[-1:], "value": values[-1:], "qc": 0}
    latest = pd.DataFrame(newest, index=pd.Index(["A"], name="tag_name"))
    readings = states.tails(latest, trusted, many)
    found = states.tag_states(now, latest, readings, many)
    rows = states.crossings(found, readings, many)
    return None if rows.empty else rows.iloc[0]


@given(
    st.lists(
        st.sampled_from(
            [3.0, 5.0, 6.5, 7.5, 10.0, 11.5, 50.0, 79.0, 80.0, 88.5, 90.0, 95.0, 999.0]
        ),
        min_size=1,
        max_size=30,
    )
)
def test_the_limit_and_the_reading_that_crossed_it_are_those_of_a_walk(values):
    trusted = [value for value in values if value <= 100]
    expected, row = walked(trusted, Limits(5, 10, 80, 90), 2.0), seen(values)
    assert (row is None) == (expected is None)
    if expected is not None:
        limit, place = expected
        sign = 1 if limit >= 2 else -1
        assert row.limit == limit
        assert row.over == sign * (trusted[-1] - [5, 10, 80, 90][limit])
        places = [k for k, value in enumerate(values) if value <= 100]
        later = None if place is None else len(values) - 1 - places[place]
        at = pd.NaT if later is None else pd.Timestamp("2026-03-01T12:00Z") - timedelta(0, later)
        assert row.since is at if place is None else row.since == at


def test_a_limit_held_by_its_deadband_is_said_to_be_crossed_by_less_than_nothing():
    row = seen([50, 95, 89])
    assert (row.limit, row.over) == (3, -1)


def test_a_warning_that_was_critical_counts_from_where_its_own_limit_was_crossed():
    row = seen([50, 85, 95, 85])
    assert (row.limit, row.since) == (2, pd.Timestamp("2026-03-01T11:59:58Z"))
