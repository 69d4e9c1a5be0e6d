"""What a view says of states, angles and counters, against pandas over the same readings."""

import math
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import flask
import numpy as np
import pandas as pd
import psycopg2
import pytest
from psycopg2.extras import Json, execute_values

from api.csv_rows import TREND, document
from components.charts import lines
from components.summary import caption
from components.tables import block
from data import queries
from data.buckets import resolution
from data.db import cache, pool
from data.errors import BadInput
from data.store import install, rollups
from data.views import every_history, indicator_series, rows
from data.views.view import View
from tests.conftest import TIMESCALE
from tests.support.historians import Historian, spread

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("in_english")]
START = datetime(2026, 3, 1, tzinfo=UTC)
STOP = START + timedelta(hours=2)
META = {
    "wind": {},
    "pump": {"states": {"0": "off", "1": "on"}},
    "total": {"kind": "counter"},
    "odd": {"kind": "totaliser"},
}


def readings() -> pd.DataFrame:
    """Return readings every 10 s, from ten minutes before the window on: a column a tag."""
    times = pd.date_range(START - timedelta(minutes=10), STOP, freq="10s", inclusive="left")
    k = np.arange(len(times))
    total = 1_234_000_000.0 + 7 * k
    total[300:] = 7.0 * (k[300:] - 299)  # inside a minute: the counter starts again
    return pd.DataFrame(
        {"wind": np.where(k % 2, 345.0, 15.0), "pump": (k % 60 < 15) * 1.0, "total": total,
         "odd": 5.0}, index=times,
    )  # fmt: skip


@pytest.fixture(scope="module")
def historian(module_database):
    """A historian with a tag of each kind."""
    frame = readings()
    found = [
        (at.to_pydatetime(), name, value)
        for name in frame
        for at, value in zip(frame.index, frame[name].tolist(), strict=True)
    ]
    with closing(psycopg2.connect(module_database)) as connection:
        install.install(connection)
        with connection, connection.cursor() as cursor:
            execute_values(cursor, "INSERT INTO influx_hist (ts, tag_name, value) VALUES %s", found)
            execute_values(
                cursor,
                "INSERT INTO influx_tag (tag_id, tag_name, tag_type, unit, meta) VALUES %s",
                [(n, n, "analog", {"wind": "deg", "total": "m³"}.get(n, ""), Json(m))
                 for n, m in META.items()],
            )  # fmt: skip
        rollups.refresh(connection)
    spread(module_database)
    pool.connect(module_database)
    cache.configure(flask.Flask("test"))
    cache.forget()
    yield
    cache.forget()


def view(*tags: str, token: str = "1m") -> View:
    """Return the two hours of tags at a resolution."""
    width = None if token == "raw" else resolution(token)
    return View(tags, START, STOP, STOP, "Asia/Seoul", False, "avg", width)


def test_a_tag_is_of_the_kind_that_its_description_says(historian):
    found = {name: tag.kind for name, tag in queries.tags().items()}
    assert found == {"wind": "angle", "pump": "state", "total": "counter", "odd": "value"}
    assert queries.tags()["odd"].unknown_kind == "totaliser"


@pytest.mark.parametrize("token", ["1m", "10m", "1h"])
def test_an_angle_has_its_circular_mean_in_every_bucket(historian, token):
    asked = view("wind", token=token)
    (item,) = every_history(asked)
    assert item.frame["avg"].tolist() == [0.0] * len(item.frame)
    np.testing.assert_allclose(item.frame["resultant"], math.cos(math.radians(15)))
    assert "circular mean 0.0 deg, resultant length 0.97" in caption(asked, [item]).text
    assert lines([item], asked.tags)[0].column("avg") == "last"


@pytest.mark.parametrize("token", ["1m", "10m", "1h"])
def test_a_counter_says_how_far_it_went_on_in_every_bucket(historian, token):
    asked = view("total", token=token)
    (item,) = every_history(asked)
    assert item.frame["avg"].isna().all()
    assert item.frame["difference"].sum() == 7 * 720
    width = resolution(token).seconds
    assert item.frame["difference"].tolist() == [7 * width / 10] * (7200 // width)
    assert item.frame["reset"].sum() == 1
    assert "difference +5,040 m³ · reset in one row" in caption(asked, [item]).text


def test_a_value_of_a_window_longer_than_a_month_is_told_by_days_and_a_state_is_not(historian):
    asked = View(("odd", "pump"), STOP - timedelta(days=40), STOP, STOP, "Asia/Seoul", False)
    assert [item.resolution for item in every_history(asked)] == ["1d", "30m"]
    month = replace(asked, start=STOP - timedelta(days=30))
    assert every_history(month)[0].resolution == "30m"
    by_hand = replace(asked, resolution=resolution("1h"))
    assert every_history(by_hand)[0].resolution == "1h"


def test_a_counter_of_more_readings_than_are_read_is_told_from_its_rollups(historian, monkeypatch):
    monkeypatch.setattr(queries, "MOST_READINGS", 100)
    (item,) = every_history(view("total"))
    assert item.frame["difference"].sum() == 7 * 720
    (wind,) = every_history(view("wind"))
    assert wind.frame["avg"].isna().all()
    assert (
        "circular mean needs readings: choose a shorter window"
        in caption(view("wind"), [wind]).text
    )
    cells = block(rows([wind], STOP), {}, [wind])["rowData"]
    assert {cell["avg"] for cell in cells} == {"needs readings: choose a shorter window"}


def test_a_state_has_words_and_shares_of_time_and_no_mean(historian):
    asked = view("pump", token="10m")
    (item,) = every_history(asked)
    assert item.frame["avg"].isna().all()
    frame = readings()["pump"].loc[START:]
    share = 100 * frame.mean()  # every reading holds 10 s
    assert f"off {100 - share:.1f}%, on {share:.1f}%" in caption(asked, [item]).text
    cells = block(rows([item], STOP), {}, [item])["rowData"]
    assert {(cell["min"], cell["max"], cell["last"]) for cell in cells} == {("off", "on", "off")}
    text = document(rows([item], STOP), TREND).decode().split("\r\n")
    assert text[1].split(",")[3] == ""
    assert text[1].split(",")[TREND.index("state")] == "off"


def test_single_readings_of_a_kind_have_no_mean_either(historian):
    series = every_history(view("wind", "pump", "total", token="10s"))
    table = rows(series, STOP).set_index("tag")
    assert table.loc[["pump", "total"], "avg"].isna().all()
    assert set(table.loc["wind", "avg"]) == {15.0, 345.0}
    assert set(table.loc["pump", "state"]) == {"off", "on"}


#: From here on readings are left; it lies inside a bucket of every width.
LEFT = START + timedelta(minutes=45, seconds=25)


@pytest.fixture
def gone(historian, module_database):
    """The same historian after its readings before LEFT were dropped; the rollups stay."""
    if TIMESCALE:
        pytest.skip("readings are dropped there by chunks")
    with (
        closing(Historian(module_database).connection) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("ALTER TABLE influx_hist DISABLE TRIGGER USER")
        cursor.execute("CREATE TABLE dropped AS SELECT * FROM influx_hist WHERE ts < %s", (LEFT,))
        cursor.execute("DELETE FROM influx_hist WHERE ts < %s", (LEFT,))
        cache.forget()
        yield
        cursor.execute("INSERT INTO influx_hist SELECT * FROM dropped; DROP TABLE dropped")
        cursor.execute("ALTER TABLE influx_hist ENABLE TRIGGER USER")
        cache.forget()


@pytest.mark.parametrize("token", ["1m", "10m", "1h"])
def test_a_counter_whose_readings_are_gone_is_told_from_its_rollups(gone, token):
    (item,) = every_history(view("total", token=token))
    width = resolution(token).seconds
    assert item.frame["difference"].tolist() == [7 * width / 10] * (7200 // width)
    assert item.frame["reset"].sum() == 1


@pytest.mark.parametrize("token", ["1m", "10m", "1h"])
def test_a_mean_direction_is_not_known_where_readings_are_gone(gone, token):
    (item,) = every_history(view("wind", token=token))
    known = item.frame.index >= pd.Timestamp(LEFT).ceil(f"{resolution(token).seconds}s")
    assert item.frame["avg"].notna().tolist() == known.tolist()
    assert item.frame["resultant"].notna().tolist() == known.tolist()
    assert "circular mean not known: the readings are gone" in caption(view("wind"), [item]).text


@pytest.mark.parametrize("token", ["1m", "10m"])
def test_of_the_time_whose_readings_are_gone_no_state_is_told(gone, token):
    asked = view("pump", token=token)
    (item,) = every_history(asked)
    since = pd.Timestamp(LEFT).ceil(f"{resolution(token).seconds}s")
    rest = readings()["pump"].loc[since:]
    on, off = (100 * 10 * (rest == state).sum() / 7200 for state in (1, 0))
    unknown = 100 * (since - START).total_seconds() / 7200
    words = f"off {off:.1f}%, on {on:.1f}%, not known, as the readings are gone {unknown:.1f}%"
    assert words in caption(asked, [item]).text


@pytest.mark.parametrize(
    ("tag", "kind"), [("wind", "angle"), ("pump", "state"), ("total", "counter")]
)
def test_indicators_of_what_has_no_mean_are_refused_in_words(historian, tag, kind):
    with pytest.raises(BadInput, match=f"'{tag}' is an? {kind}"):
        indicator_series(view(tag))
