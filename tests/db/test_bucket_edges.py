"""PostgreSQL puts every time into the bucket that Python does, from 1970 to 2037."""

import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import ARRAY, bindparam, cast, column, func, select

from data import buckets, queries
from data.buckets import resolution
from data.db import read_frame
from data.sql.readings import TIME, bucket_of, cuts_of
from tests.support.historians import START, Historian, asked, regrouped, same

pytestmark = pytest.mark.db
ZONES = (
    *("Asia/Seoul", "Europe/Berlin", "Australia/Lord_Howe"),
    *("Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns"),
)
TOKENS = ("1h", "2h", "3h", "4h", "6h", "12h", "1d", "1w")


def in_postgresql(times: list[datetime], width: buckets.Resolution, zone: str) -> list[datetime]:
    start = buckets.floor(min(times), width, zone)
    stop = buckets.ceiling(max(times) + timedelta(seconds=1), width, zone)
    cuts, values = cuts_of(buckets.pieces(start, stop, width, zone))
    rows = func.unnest(cast(bindparam("times"), ARRAY(TIME))).table_valued(
        column("ts", TIME), with_ordinality="place", name="times"
    ).render_derived()  # fmt: skip
    bucket = bucket_of(rows.c.ts, width, cuts).label("bucket")
    statement = select(bucket).select_from(rows).order_by(rows.c.place)
    frame = read_frame(statement, {"times": times, **values})
    return [time.to_pydatetime() for time in frame["bucket"]]


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("zone", ZONES)
def test_python_and_postgresql_agree_on_every_bucket(own: Historian, zone: str, token: str) -> None:
    width, draw = resolution(token), random.Random(f"{zone}{token}")
    whole = (datetime(1970, 1, 10, tzinfo=UTC), datetime(2037, 12, 1, tzinfo=UTC))
    times = [whole[0] + draw.random() * (whole[1] - whole[0]) for _ in range(300)]
    for change in buckets.changes(*whole, zone):
        times += [change.at + timedelta(seconds=draw.randrange(-50_000, 50_000)) for _ in range(4)]
        times += [change.at, change.at - buckets.INSTANT]
    expected = [buckets.floor(time, width, zone) for time in times]
    assert in_postgresql(times, width, zone) == expected


@pytest.mark.parametrize("token", ["1h", "6h", "12h", "1d"])
@pytest.mark.parametrize("zone", ZONES)
def test_a_history_over_a_change_of_clocks_is_that_of_pandas(
    own: Historian, zone: str, token: str
) -> None:
    """From rollups where they divide the offset, else from finer ones or readings: all the same."""
    year = buckets.changes(START.replace(month=1), START.replace(month=12), zone)
    middle = year[0].at if year else START
    times = pd.date_range(middle - timedelta(days=2), middle + timedelta(days=2), freq="7min")
    values = 100 + np.random.default_rng(1).normal(0, 5, len(times))
    readings = own.write(pd.DataFrame({"value": values}, times.as_unit("us")))
    own.refresh()
    bounds = (middle - timedelta(days=3), middle + timedelta(days=3))
    found = queries.history(asked("D1", token, *bounds, zone))
    same(found, regrouped(readings, token, zone))
    ends = found.index + pd.to_timedelta(found["seconds"], unit="s")
    for start, stop in zip(found.index, ends, strict=True):
        assert buckets.after(start.to_pydatetime(), resolution(token), zone) == stop
    sources = found.attrs["source"]
    assert sources.startswith({"Asia/Kathmandu": "influx_agg_1m"}.get(zone, "influx_agg"))
