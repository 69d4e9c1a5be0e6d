"""Pages over small historians: what a page's edge could cut, mark otherwise, skip or repeat."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from flask.testing import FlaskClient

import web
from data import queries
from data.db import cache, pool
from settings import Settings
from tests.support.api import asked, cells
from tests.support.historians import Historian

pytestmark = pytest.mark.db
START = datetime(2026, 3, 1, 6, tzinfo=UTC)
QUESTION = {
    "tag": "D1",
    "start": START.isoformat(),
    "stop": (START + timedelta(minutes=20)).isoformat(),
    "tz": "UTC",
}


def readings() -> pd.DataFrame:
    """Twenty minutes of readings every 2 s with steps, spikes, stuck values and bad ones."""
    random = np.random.default_rng(7)
    value = 50 + random.normal(0, 0.2, 600)
    value[100:180] = value[100]
    value[[200, 201, 330, 450]] += 30
    value[[250, 251]] = [np.nan, np.inf]
    value[400:410] = 500
    times = pd.DatetimeIndex(pd.Timestamp(START) + pd.to_timedelta(2 * np.arange(600), unit="s"))
    frame = pd.DataFrame({"value": value, "qc": 0}, times.as_unit("us"))
    frame.iloc[300:303, 1] = 1
    return frame


def site(historian: Historian, folder: Path) -> FlaskClient:
    cache.forget()
    app = web.create_app(Settings(dsn=historian.dsn, data_dir=str(folder)))
    return app.server.test_client()


@pytest.fixture
def judged(own: Historian, tmp_path: Path) -> Iterator[FlaskClient]:
    """A site over readings whose rule compares each with those before it."""
    own.write(readings())
    own.run(
        "INSERT INTO influx_qc_rule (tag_name, min_val, max_val, max_step, spike_zscore, meta)"
        """ VALUES ('D1', 0, 100, 10, 6, '{"flat_seconds": 60}')"""
    )
    own.refresh()
    yield site(own, tmp_path)
    pool.dispose()


def every_page(client: FlaskClient, limit: int, **query: Any) -> list[dict[str, Any]]:
    found, cursor = [], {}
    for _ in range(2_000):
        page = asked(client, "timeseries", limit=limit, **query, **cursor)
        found += page["rows"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize("limit", [1, 7, 101, 250])
def test_a_reading_is_judged_alike_on_whatever_page_it_is(judged: FlaskClient, limit: int) -> None:
    whole = asked(judged, "timeseries", **QUESTION, resolution="raw")["rows"]
    reasons = {reason for row in whole for reason in row["reasons"]}
    assert reasons >= {"step", "spike", "stuck", "span", "missing", "source"}
    part = QUESTION
    if limit == 1:  # six hundred questions are enough of nothing
        part = QUESTION | {"stop": (START + timedelta(minutes=7)).isoformat()}
        whole = asked(judged, "timeseries", **part, resolution="raw")["rows"]
    assert every_page(judged, limit, **part, resolution="raw") == whole


def test_a_reading_is_judged_as_in_the_file_of_the_page(judged: FlaskClient) -> None:
    page = cells(judged, "/trend/rows.csv", **QUESTION)[::-1]
    own = cells(judged, "/api/v1/timeseries.csv", **QUESTION, resolution="raw")
    marks = [(row["time"], row["quality"], row["reasons"]) for row in page]
    assert marks == [(row["ts"], row["quality"], row["reasons"]) for row in own]


def test_a_sum_has_no_reading_that_is_left_out(judged: FlaskClient) -> None:
    question = QUESTION | {"statistics": "sum,diff,last,n"}
    singly = asked(judged, "timeseries", **question)["rows"]
    assert {row["resolution"] for row in singly} == {"raw"}
    left_out = [row for row in singly if row["bad"]]
    assert {(row["sum"], row["diff"], row["n"]) for row in left_out} == {(None, None, 0)}
    assert 500 in {row["last"] for row in left_out}
    minutes = asked(judged, "timeseries", **question, resolution="1m")["rows"]
    total = sum(row["sum"] for row in minutes)
    assert total == pytest.approx(sum(row["sum"] or 0 for row in singly))


def test_what_is_written_meanwhile_moves_no_reading_to_another_page(
    own: Historian, tmp_path: Path
) -> None:
    frame = readings()
    own.write(frame[::2])
    client = site(own, tmp_path)
    question = QUESTION | {"resolution": "raw", "limit": 50}
    first = asked(client, "timeseries", **question)
    own.write(frame[1::2])
    rows, cursor = first["rows"], first["next"]
    while cursor is not None:
        page = asked(client, "timeseries", **question, cursor=cursor)
        rows, cursor = rows + page["rows"], page["next"]
    times = [datetime.fromisoformat(row["ts"]) for row in rows]
    assert times == sorted(set(times))
    assert set(frame.index[::2]) <= set(times)
    after = frame.index[frame.index >= frame.index[::2][50]]
    assert set(after) <= set(times)
    pool.dispose()


def test_readings_of_one_time_are_on_one_page(empty: Historian, tmp_path: Path) -> None:
    """A historian without the unique key may hold several."""
    empty.run("CREATE TABLE influx_hist (ts timestamptz, tag_name text, value float8)")
    times = [START + timedelta(seconds=second // 3) for second in range(90)]
    for number, time in enumerate(times):
        empty.run("INSERT INTO influx_hist VALUES (%s, 'D1', %s)", (time, number))
    client = site(empty, tmp_path)
    for limit in (3, 4, 5, 7, 50):
        rows = every_page(client, limit, **QUESTION, resolution="raw")
        assert sorted(row["value"] for row in rows) == list(range(90)), limit
    shuffled = [3 * (n // 3) + (n + 2) % 3 for n in range(90)]  # as a server may give them
    empty.run("TRUNCATE influx_hist")
    for number in shuffled:
        empty.run("INSERT INTO influx_hist VALUES (%s, 'D1', %s)", (times[number], number))
    rows = asked(client, "timeseries", **QUESTION, resolution="raw")["rows"]
    assert [row["value"] for row in rows] == list(range(90)), "as in a file: the lesser first"
    request = queries.request("D1", None, START, START + timedelta(minutes=1), "UTC")
    assert queries.history(request)["last"].tolist() == list(range(90))
    refused = client.get(
        "/api/v1/timeseries", query_string=QUESTION | {"resolution": "raw", "limit": 2}
    )
    assert (refused.status_code, refused.json["error"]) == (400, "too_many_rows")
    pool.dispose()


def test_days_of_a_zone_come_alike_in_pages_over_a_change_of_clocks(
    own: Historian, tmp_path: Path
) -> None:
    start = datetime(2026, 3, 20, tzinfo=UTC)
    times = pd.date_range(start, periods=24 * 20, freq="h", unit="us")
    own.write(pd.DataFrame({"value": np.arange(480.0)}, times))
    own.refresh()
    client = site(own, tmp_path)
    query = {"tag": "D1", "tz": "Europe/Berlin", "start": "2026-03-20", "stop": "2026-04-08"}
    for token, limit in (("1h", 37), ("2h", 37), ("12h", 5), ("1d", 4)):
        for fill in ("none", "null"):
            question = query | {"resolution": token, "fill": fill}
            whole = asked(client, "timeseries", **question)["rows"]
            assert every_page(client, limit, **question) == whole, (token, fill)
    pool.dispose()
