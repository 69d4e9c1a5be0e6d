"""A tag whose readings are all gone, and are told by rollups: how far apart they were."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from data import queries
from data.db import cache
from data.views import histories
from data.views.presence import reaches
from tests.db.test_readings_gone import HOUR, LEFT, NOW, told, view_of
from tests.support.historians import START, ZONE, Historian, rolled

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("in_english")]


def gone(bare: Historian, times: pd.Index, before: object = NOW) -> None:
    """Write readings, roll them up, and let retention take those before a time."""
    index = pd.DatetimeIndex(times).as_unit("us")
    bare.write(pd.DataFrame({"value": 50.0}, index))
    rolled(bare, "influx_agg_1m", "influx_agg_10m", "influx_agg_1h")
    bare.run("CREATE TABLE influx_qc_rule (tag_name text, max_val float8)")
    bare.run("INSERT INTO influx_qc_rule VALUES ('D1', 100)")
    bare.run("DELETE FROM influx_hist WHERE ts < %s", (before,))
    cache.forget()


def steady(seconds: float, start: float = 0, stop: float = 72) -> pd.DatetimeIndex:
    first, last = START + start * HOUR, START + stop * HOUR
    return pd.date_range(first, last, freq=f"{seconds} s", inclusive="left")


@pytest.mark.parametrize("seconds", [5, 90, 300, 900, 3_600])
@pytest.mark.parametrize("left", ["1m", "10m", "1h"])
def test_the_rows_that_are_left_tell_how_far_apart_they_were(
    bare: Historian, seconds: int, left: str
) -> None:
    """Neither is each spacing of a slow tag a gap, nor is a silence none."""
    times = steady(seconds)
    silent = (times >= pd.Timestamp(START + 40 * HOUR)) & (times < pd.Timestamp(START + 56 * HOUR))
    gone(bare, times[~silent])
    for finer in {"1m": (), "10m": ("1m",), "1h": ("1m", "10m")}[left]:
        bare.run(f"DELETE FROM influx_agg_{finer}")
    cache.forget()
    for start, stop, share in ((10, 14, 1.0), (36, 60, 1 / 3), (42, 54, 0.0), (10.25, 10.75, 1.0)):
        view = view_of(START + start * HOUR, START + stop * HOUR)
        ((item,), _refusals) = histories(view)
        few = share == 1 and stop - start < 1 and seconds * 2 > 1_800
        assert few or item.coverage == pytest.approx(share, abs=0.02), (start, item.coverage)
        assert len(item.gaps) == (share < 1), (start, item.gaps)
    assert "no gap" in told(view_of(START + 10 * HOUR, START + 14 * HOUR))[0]


def test_a_tag_that_was_slower_before_is_expected_as_slow_as_it_was(bare: Historian) -> None:
    """Its readings that are left are a second apart; before they were five minutes."""
    gone(bare, steady(300, 0, 48).append(steady(10, 48, 72)), before=LEFT)
    for start, stop in ((10, 34), (40, 60)):
        ((item,), _refusals) = histories(view_of(START + start * HOUR, START + stop * HOUR))
        assert item.gone and not len(item.gaps), item.gaps
        assert item.coverage == pytest.approx(1, abs=0.02)
    assert "spacing changed from 5 min to 10 s" in told(view_of(START + 40 * HOUR, NOW))[0]


def test_a_value_of_a_gone_time_holds_as_long_as_its_readings_were_apart(bare: Historian) -> None:
    gone(bare, steady(300))
    tag = queries.tags()["D1"]
    ((_, longest),) = reaches(tag, START + 10 * HOUR, START + 14 * HOUR, ZONE)
    assert longest == pytest.approx(4.1 * 300)
    none = reaches(tag, START - 10 * HOUR, START - timedelta(hours=5), ZONE)
    assert np.isfinite(none[0][1])
