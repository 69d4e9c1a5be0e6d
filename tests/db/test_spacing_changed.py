"""A tag whose readings came less often before: nothing of that time is called missing."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from data import queries, views
from data.analysis.rules import Rule
from data.db import cache
from data.views import overview
from tests.db.test_overview_details import now, put
from tests.support.historians import Historian

pytestmark = pytest.mark.db
SLOW, QUICK = 60.0, 2.0
#: Hours ago from which on the other spacing holds.
CHANGED = 2


def written(historian: Historian, before: float, since: float) -> pd.Timestamp:
    """Write a day of readings, so far apart before the change and since [s]; return its end."""
    end = now(historian).floor("s")
    at = np.concatenate(
        [np.arange(24 * 3600, CHANGED * 3600, -before), np.arange(CHANGED * 3600, 0, -since)]
    )
    historian.write(pd.DataFrame({"value": 50.0}, end - pd.to_timedelta(at, unit="s")), "S1")
    put(historian, Rule("S1", 0.0, 100.0, warn_max=80.0))
    cache.forget()
    return end


@pytest.mark.parametrize(("before", "since"), [(SLOW, QUICK), (QUICK, SLOW)])
def test_time_in_state_goes_by_the_spacing_of_its_time(
    own: Historian, before: float, since: float
) -> None:
    end = written(own, before, since)
    tag = queries.tags()["S1"]
    assert tag.checks.gap_seconds is None
    start, now = (end - timedelta(hours=20)).to_pydatetime(), end.to_pydatetime()
    found = views.statistics(tag, start, now, "UTC", now)
    assert found.width is None and found.numbers.states["NO DATA"] < 0.5
    assert sum(found.numbers.states.values()) == pytest.approx(100, abs=1e-9)
    details = overview.details("S1", "UTC")
    for hours in (8, 24):
        assert details.time_in_state[hours]["NO DATA"] < 0.5, hours
    # The first slow spacing may be judged by the quick ones: 30 s of its 60 are a gap then.
    lacking = details.changes[details.changes["state"] == "NO DATA"]
    assert lacking["seconds"].sum() <= SLOW / 2


def test_what_is_missing_among_quick_readings_is_missing_though_they_are_slow_now(
    own: Historian,
) -> None:
    end = written(own, QUICK, SLOW)
    gone = "DELETE FROM influx_hist WHERE ts >= %(start)s AND ts < %(stop)s"
    span = {"start": end - timedelta(hours=10), "stop": end - timedelta(hours=10, minutes=-3)}
    own.run(gone, {name: each.to_pydatetime() for name, each in span.items()})
    cache.forget()
    start, now = (end - timedelta(hours=20)).to_pydatetime(), end.to_pydatetime()
    found = views.statistics(queries.tags()["S1"], start, now, "UTC", now)
    missing = (
        (180 - 30) / (20 * 3600) * 100
    )  # a gap is 30 s at least: the last reading holds so long
    assert found.numbers.states["NO DATA"] == pytest.approx(missing, abs=0.02)
    states = set(overview.details("S1", "UTC").changes["state"])
    assert "NO DATA" in states
