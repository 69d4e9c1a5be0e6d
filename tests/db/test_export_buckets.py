"""The buckets of a file are those of a page, cell by cell, however they are parted."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from psycopg2.extras import Json, execute_values

from data import export, queries
from data.buckets import resolution
from data.db import cache, pool
from data.export.rows import bucket_rows
from data.queries.grouped import rows as grouped_rows
from data.views import every_history, rows
from data.views.view import View
from tests.support.historians import WIDTHS, Historian, rolled, spread

pytestmark = pytest.mark.db
START = datetime(2026, 3, 26, tzinfo=UTC)
DAYS = 6
STOP = START + timedelta(days=DAYS)
ZONE = "Europe/Berlin"
META = {
    "value": {},
    "wind": {},
    "pump": {"states": {"0": "off", "1": "on"}},
    "total": {"kind": "counter"},
}
RULE = """
    INSERT INTO influx_qc_rule (tag_name, min_val, max_val, warn_max, warn_min, crit_max,
        deadband_pct)
    VALUES ('value', 0, 200, 110, 90, 130, 3)
"""
COLUMNS = (
    *("tag", "time", "avg", "min", "max", "first", "last", "n", "bad", "bad_value", "coverage"),
    *("quality", "reasons", "filling", "remade", "state", "difference", "reset", "resultant"),
    *("unit", "sum", "diff", "seconds", "share", "alarm"),
)
#: Those that the rows of a page have too.
SHOWN = COLUMNS[: COLUMNS.index("sum")]


def readings(name: str) -> pd.Series:
    """Return six days of readings a minute, over a change of clocks, with a hole and bad ones."""
    chance = np.random.default_rng(len(name))
    times = pd.date_range(START, STOP, freq="60s", inclusive="left")
    k = np.arange(len(times))
    value = {
        "value": 100 + 25 * np.sin(k / 200) + chance.normal(0, 3, len(k)),
        "wind": (chance.normal(0, 60, len(k)) + k / 10) % 360 - 90,
        "pump": (k % 300 < 70) * 1.0,
        "total": np.where(k < 5_000, 10.0 * k, 7.0 * (k - 5_000)),
    }[name].round(3)
    value[chance.integers(0, len(k), 40)] = 900.0
    value[chance.integers(0, len(k), 10)] = np.nan
    value[1_500:1_560] = 900.0
    series = pd.Series(value, times)
    return series[(k < 3_000) | (k > 3_300)]


def fill(historian: Historian) -> None:
    """Write the readings, descriptions and the rule into a historian."""
    for name in META:
        series = readings(name)
        flags = (np.arange(len(series)) % 97 == 0).astype(int)
        historian.write(pd.DataFrame({"value": series, "qc": flags}), name)
    with historian.connection.cursor() as cursor:
        execute_values(
            cursor,
            "INSERT INTO influx_tag (tag_id, tag_name, unit, meta) VALUES %s",
            [(n, n, {"wind": "deg"}.get(n, ""), Json(meta)) for n, meta in META.items()],
        )
        cursor.execute(RULE)


@pytest.fixture
def logged(own: Historian) -> Historian:
    """A historian of our own schema, whose rollups a log keeps."""
    fill(own)
    own.refresh()
    cache.forget()
    return own


@pytest.fixture
def foreign(empty: Historian) -> Historian:
    """A historian with rollups of others: they hold what is bad, and lack hours of readings."""
    empty.run(
        "CREATE TABLE influx_hist (ts timestamptz, tag_name text, value float8, qc smallint,"
        " UNIQUE (ts, tag_name)); CREATE TABLE influx_tag (tag_id text, tag_name text, unit text,"
        " meta jsonb); CREATE TABLE influx_qc_rule (tag_name text, min_val float8, max_val float8,"
        " warn_max float8, warn_min float8, crit_max float8, deadband_pct float8)"
    )
    spread(empty.dsn)
    fill(empty)
    rolled(empty, *WIDTHS)
    for name, hours in (("influx_agg_1h", (30, 41)), ("influx_agg_10m", (60, 63))):
        bounds = tuple(START + timedelta(hours=each) for each in hours)
        empty.run(f"DELETE FROM {name} WHERE bucket >= %s AND bucket < %s", bounds)
    empty.run("DELETE FROM influx_agg_1h WHERE bucket >= %s", (STOP - timedelta(hours=20),))
    cache.forget()
    return empty


@pytest.fixture(params=["logged", "foreign"])
def historian(request: pytest.FixtureRequest) -> Historian:
    """Either of them."""
    found: Historian = request.getfixturevalue(request.param)
    return found


def question(
    token: str, tag: str, columns: tuple[str, ...] = COLUMNS, **bounds: datetime
) -> export.Question:
    """Return the question for a tag at a resolution."""
    found = queries.tag(tag)
    assert found is not None
    start, stop = bounds.get("start", START + timedelta(hours=5)), bounds.get("stop", STOP)
    width = resolution(token)
    return export.Question((found,), start, stop, STOP + timedelta(days=9), ZONE, width, columns)


def table(asked: export.Question, most: int) -> pd.DataFrame:
    """Return the rows of a file in batches of so many buckets."""
    with pool.snapshot():
        batches = list(bucket_rows(asked, asked.tags[0], asked.resolution, most))
    assert len(batches) > 1 or most > 100
    frame = pd.concat([batch.to_pandas() for batch in batches], ignore_index=True)
    return frame.assign(time=frame["time"].dt.tz_convert("UTC"))


def text(asked: export.Question, most: int) -> bytes:
    """Return the file."""
    with pool.snapshot():
        return b"".join(
            export.FORMATS["csv"].written(
                asked,
                export.schema(asked),
                bucket_rows(asked, asked.tags[0], asked.resolution, most),
            )
        )


def shown(asked: export.Question) -> pd.DataFrame:
    """Return the rows of a page, oldest first."""
    (tag,) = asked.tags
    view = View(
        (tag.name,), asked.start, asked.stop, asked.now, ZONE, False, "avg", asked.resolution
    )
    (item,) = every_history(view)
    found = rows([item], asked.now).iloc[::-1].reset_index(drop=True)
    return found.assign(time=pd.to_datetime(found["time"], utc=True))


def same(found: pd.DataFrame, expected: pd.DataFrame, names: tuple[str, ...]) -> None:
    """Assert that every cell is the same, to the last bit."""
    assert len(found) == len(expected)
    for name in names:
        one, other = (
            each[name].astype(object).where(each[name].notna(), None) for each in (found, expected)
        )
        assert one.tolist() == other.tolist(), name


@pytest.mark.parametrize("tag", META)
@pytest.mark.parametrize("token", ["1m", "10m", "1h", "6h", "1d"])
def test_a_file_has_the_values_of_the_page_cell_by_cell(historian, tag, token):
    asked = question(token, tag)
    if token == "1m":  # what a page can show of it
        asked = question(token, tag, stop=START + timedelta(hours=60))
    same(table(asked, 4_000), shown(asked), SHOWN)


@pytest.mark.parametrize("tag", META)
def test_a_file_is_the_same_in_parts_of_any_size(historian, tag):
    asked = question("10m", tag)
    whole = text(asked, 4_000)
    assert whole.count(b"\r\n") > 700
    for most in (7, 100):
        assert text(asked, most) == whole, most


#: Hours of what is bad, of holes of readings and of a rollup, of the change of clocks, and the end.
HARD = ((24, 27), (49, 64), (72, 75), (DAYS * 24 - 2, DAYS * 24))


def test_a_file_is_the_same_bucket_by_bucket(historian):
    for hours in HARD:
        start, stop = (START + timedelta(hours=each) for each in hours)
        asked = question("10m", "value", start=start, stop=stop)
        whole = text(asked, 4_000)
        assert whole.count(b"\r\n") > 10
        assert text(asked, 1) == whole, hours


@pytest.mark.parametrize("tag", META)
def test_readings_that_are_gone_are_told_by_the_rollups_in_any_part(logged, tag):
    logged.run("ALTER TABLE influx_hist DISABLE TRIGGER USER")
    logged.run("DELETE FROM influx_hist WHERE ts < %s", (START + timedelta(hours=50, minutes=25),))
    cache.forget()
    asked = question("1h", tag)
    same(table(asked, 4_000), shown(asked), SHOWN)
    whole = text(asked, 4_000)
    for most in (1, 10, 50):
        assert text(asked, most) == whole, most


def test_whether_readings_are_few_enough_is_asked_of_the_whole_window(foreign, monkeypatch):
    """Three of four parts alone hold few enough bad readings to be summed up again."""
    monkeypatch.setattr(grouped_rows, "REREAD", 100)
    asked = question("1h", "value")
    whole = shown(asked)
    assert (whole["max"] == 900).any(), "the page did not read them again"
    same(table(asked, 10), whole, SHOWN)
    monkeypatch.setattr(queries, "MOST_READINGS", 3_000)
    for tag in ("wind", "total"):
        asked = question("1h", tag)
        same(table(asked, 10), shown(asked), SHOWN)


def test_good_buckets_alone_are_those_with_a_good_reading(logged):
    asked = question("10m", "value")
    found = table(asked, 4_000)
    good = table(export.Question(**{**fields(asked), "quality": "good"}), 4_000)
    assert 0 < len(good) < len(found)
    pd.testing.assert_frame_equal(
        good, found[found["n"] > 0].reset_index(drop=True), check_categorical=False
    )


def fields(asked: export.Question) -> dict[str, object]:
    return {name: getattr(asked, name) for name in asked.__dataclass_fields__}


def test_of_a_bucket_that_nobody_counted_no_share_is_told(foreign):
    found = table(question("1h", "value"), 4_000)
    assert found["share"].isna().any()
    known = found[found["bad"].notna()]
    assert (known["share"] == known["n"] / (known["n"] + known["bad"])).all()
