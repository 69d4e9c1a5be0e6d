"""The last shifts of a tag that has too many readings for them: its minutes are judged."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from data import queries
from data.analysis import alarms
from data.analysis.rules import Rule, checks
from data.queries import Tag
from data.views import overview

START = pd.Timestamp("2026-03-02T12:00Z")
NONE = pd.DataFrame({"value": [], "qc": [], "place": []}, pd.DatetimeIndex([], tz="UTC"))


@pytest.mark.parametrize("bad", [5_000.0, -5_000.0, np.inf, 1e150])
def test_a_bad_number_that_a_minute_holds_is_no_alarm_and_the_minute_is_bad(
    monkeypatch: pytest.MonkeyPatch, bad: float
) -> None:
    """Its readings are gone, or too many to be read again and leave it out."""
    numbers = {name: [500.0] * 4 for name in ("min", "max", "first", "last")}
    frame = pd.DataFrame(numbers, pd.date_range(START, periods=4, freq="1min", name="bucket"))
    frame = frame.assign(n=6, bad=0, marked=[False, True, False, False])
    frame.iloc[1, 0 if bad < 0 else 1] = bad
    monkeypatch.setattr(queries, "history", lambda _request: frame)
    monkeypatch.setattr(queries, "reach", lambda: timedelta(hours=24))
    monkeypatch.setattr(overview, "readings_before", lambda *_: NONE)
    judged = checks(
        Rule("D1", 0, 1_000, warn_min=10, warn_max=800, deadband_pct=1, max_gap_seconds=60)
    )
    tag = Tag(name="D1", checks=judged)
    stop = START + timedelta(minutes=4)
    found = overview._minute_levels(tag, ((0, 60.0),), START, stop, "UTC")
    assert found.bad.tolist() == [False, True, False, False]
    words = [alarms.ALARMS[int(level)] for level in found.level]
    assert words == ["NORMAL", "UNJUDGED", "NORMAL", "NORMAL"]
