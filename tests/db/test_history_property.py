"""Whatever readings there are and whatever the rollups lack, a history is that of the readings."""

import itertools
import math
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import buckets, queries
from data.buckets import RESOLUTIONS, Resolution
from data.db import cache, pool
from tests.support.historians import WIDTHS, Historian, asked, regrouped, rolled, same, spread

pytestmark = pytest.mark.db
ZONES = ("UTC", "Asia/Seoul", "Asia/Kathmandu", "America/New_York")
DAYS = 3
LOW, HIGH = -50.0, 50.0
_tags = itertools.count()
KEPT = """
    INSERT INTO {name}
    SELECT * FROM (
        SELECT date_bin('{width} s', ts, '1970-01-01 00:00+00') AS bucket, tag_name, count(*),
               avg(value), sum(value), min(value), max(value),
               (array_agg(value ORDER BY ts DESC))[1], (array_agg(value ORDER BY ts))[1], 0
        FROM influx_hist WHERE tag_name = %s GROUP BY 1, 2
    ) made
    WHERE bucket >= %s AND bucket + interval '{width} s' <= %s
"""


@pytest.fixture(scope="module")
def foreign(module_database: str) -> Iterator[Historian]:
    """A foreign historian with rollups of its own making, written to beside our reading."""
    pool.connect(module_database)
    cache.forget()
    historian = Historian(module_database)
    historian.run("CREATE TABLE influx_hist (ts timestamptz, tag_name text, value float8)")
    historian.run("CREATE UNIQUE INDEX ON influx_hist (tag_name, ts)")
    spread(module_database)
    rolled(historian, *WIDTHS)
    yield historian
    historian.connection.close()
    pool.dispose()


def values(bad: bool) -> st.SearchStrategy[float]:
    """Return readings inside the span, and where asked also some that no span holds."""
    inside = st.floats(LOW, HIGH).map(lambda x: round(x, 6))
    beyond = st.sampled_from([math.nan, math.inf, -math.inf, 1e6, -1e6, HIGH + 1])
    return st.one_of(inside, inside, beyond) if bad else inside


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    """Return readings, how much of each rollup is missing at either end, and a question."""
    bad = draw(st.booleans())
    offsets = draw(
        st.lists(st.integers(0, DAYS * 86_400 - 1), min_size=1, max_size=60, unique=True)
    )
    readings = [(offset, draw(values(bad))) for offset in sorted(offsets)]
    edges = {name: sorted(draw(st.tuples(*[st.integers(-5, 80)] * 2))) for name in WIDTHS}
    return {
        "readings": readings,
        "edges": edges,
        "width": draw(st.sampled_from(RESOLUTIONS[6:])),
        "zone": draw(st.sampled_from(ZONES)),
        "window": sorted(draw(st.tuples(*[st.integers(0, 60)] * 2))),
        "live": draw(st.booleans()),
    }


def write(historian: Historian, question: dict[str, Any], tag: str) -> pd.DataFrame:
    """Write the readings and roll them up; the rollups keep what lies between their edges."""
    origin = pool.database_now().replace(minute=0, second=0, microsecond=0)
    origin -= timedelta(days=DAYS) if question["live"] else timedelta(days=100)
    offsets, numbers = zip(*question["readings"], strict=True)
    index = pd.DatetimeIndex([origin + timedelta(seconds=offset) for offset in offsets])
    readings = historian.write(pd.DataFrame({"value": np.array(numbers)}, index), tag)
    for name, width in WIDTHS.items():
        low, high = (origin + timedelta(hours=hours) for hours in question["edges"][name])
        historian.run(KEPT.format(name=name, width=width), (tag, low, high))
    return readings


@given(question=questions())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_history_is_that_of_the_readings(foreign: Historian, question: dict[str, Any]) -> None:
    tag = f"P{next(_tags)}"
    readings = write(foreign, question, tag)
    origin = readings.index[0].to_pydatetime() - timedelta(seconds=question["readings"][0][0])
    width: Resolution = question["width"]
    first, last = (origin + timedelta(hours=hours) for hours in question["window"])
    start, stop = buckets.snapped(first, last + timedelta(hours=1), width, question["zone"])
    found = queries.history(asked(tag, width.token, start, stop, question["zone"], LOW, HIGH))
    inside = readings[(readings.index >= start) & (readings.index < stop)]
    good = inside[inside["value"].between(LOW, HIGH)]
    assert not found["marked"].any()
    assert found["bad"].sum() == len(inside) - len(good)
    if len(good):
        same(found, regrouped(good, width.token, question["zone"]))
    else:
        assert not found["n"].any()
