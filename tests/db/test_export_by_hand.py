"""Columns of a file that judge buckets and compare them: what plain loops say of the readings."""

import csv
import io
import math
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg2
import pytest
from psycopg2.extras import execute_values

from data import export
from data.db import cache, lanes, pool
from data.export.stream import rows_of
from data.store import install, rollups
from tests.support.historians import spread

pytestmark = pytest.mark.db
START = datetime(2026, 6, 1, tzinfo=UTC)
HOURS = 60
STOP = START + timedelta(hours=HOURS)
NOW = STOP + timedelta(days=1)
SPAN = (0.0, 100.0)
LIMITS = {"lo_lo": 10.0, "lo": 20.0, "hi": 80.0, "hi_hi": 90.0}
DEADBAND = 2.0
RULE = """
    INSERT INTO influx_qc_rule (tag_name, min_val, max_val, crit_min, warn_min, warn_max, crit_max,
        deadband_pct) VALUES ('level', 0, 100, 10, 20, 80, 90, 2)
"""
Reading = tuple[datetime, float, int]


def readings() -> list[Reading]:
    """Return a reading a minute that wanders past every limit; some BAD, and a stretch of these."""
    random = np.random.default_rng(3)
    found = []
    for minute in range(60 * HOURS):
        value = round(50 + 44 * math.sin(minute / 95) + random.normal(0, 2), 1)
        value = min(max(value, 0.5), 99.5)
        kind = random.random()
        flag = 2 if kind < 0.02 else 0
        if kind > 0.98:
            value = float(random.choice([math.nan, math.inf, 150.0, -3.0]))
        if 600 <= minute < 640:
            value = 150.0
        found.append((START + timedelta(minutes=minute), value, flag))
    return found


READINGS = readings()


@pytest.fixture(scope="module")
def historian(module_database: str) -> Iterator[None]:
    """These readings, in the store and its rollups."""
    with closing(psycopg2.connect(module_database)) as connection:
        install.install(connection)
        with connection, connection.cursor() as cursor:
            cursor.execute(RULE)
            insert = "INSERT INTO influx_hist (ts, tag_name, value, qc) VALUES %s"
            rows = [(at, "level", value, flag) for at, value, flag in READINGS]
            execute_values(cursor, insert, rows, page_size=5_000)
        rollups.refresh(connection)
    spread(module_database)
    pool.connect(module_database)
    cache.forget()
    yield
    cache.forget()
    pool.dispose()


def file(**query: str) -> list[dict[str, str]]:
    """Return the rows of the file of an address."""
    bounds = {"start": START.isoformat(), "stop": STOP.isoformat(), "tz": "UTC"}
    every = {name: [text] for name, text in ({"tag": "level"} | bounds | query).items()}
    asked = export.question(every, NOW, "UTC")
    with lanes.within("export"), pool.snapshot() as state:
        batches = rows_of(asked, state)
        parts = export.FORMATS["csv"].written(asked, export.schema(asked), batches)
        text = b"".join(parts).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def is_good(reading: Reading) -> bool:
    _at, value, flag = reading
    return math.isfinite(value) and SPAN[0] <= value <= SPAN[1] and not flag


def within(first: datetime, minutes: int) -> tuple[list[float], int]:
    """Return the good values of a bucket, and how many of its readings are BAD."""
    inside = [r for r in READINGS if first <= r[0] < first + timedelta(minutes=minutes)]
    good = [value for at, value, flag in inside if is_good((at, value, flag))]
    return good, len(inside) - len(good)


def levels(buckets: list[list[float]]) -> list[str]:
    """Return the alarm of each bucket by four latches that walk over all of them."""
    found = []
    is_set = dict.fromkeys(LIMITS, False)
    for values in buckets:
        if not values:
            found.append("UNJUDGED")
            continue
        had = dict.fromkeys(LIMITS, False)
        for name, limit in LIMITS.items():
            sign = 1 if name.startswith("hi") else -1
            above = [sign * value - sign * limit for value in values]
            sets, resets = max(above) >= 0, min(above) < -DEADBAND
            had[name] = sets or (is_set[name] and above[0] >= -DEADBAND)
            if sets:
                is_set[name] = not resets or above[-1] >= -DEADBAND
            elif resets:
                is_set[name] = False
        critical, warning = (had["lo_lo"] or had["hi_hi"]), (had["lo"] or had["hi"])
        found.append("CRITICAL" if critical else "WARNING" if warning else "NORMAL")
    return found


def number(cell: str) -> float:
    return float(cell) if cell else math.nan


def like(value: float) -> Any:
    return pytest.approx(value, rel=1e-12, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("minutes", [10, 60])
def test_what_judges_a_bucket_is_what_plain_loops_say_of_its_readings(historian, minutes):
    limits = "lo_lo,lo,hi,hi_hi,min_val,max_val"
    columns = f"time,avg,n,bad,share,quality,reasons,alarm,{limits}"
    rows = file(resolution=f"{minutes}m" if minutes < 60 else "1h", columns=columns)
    assert len(rows) == 60 * HOURS // minutes
    told = [within(datetime.fromisoformat(row["time"]), minutes) for row in rows]
    alarms = levels([good for good, _bad in told])
    words = set()
    for row, (good, bad), alarm in zip(rows, told, alarms, strict=True):
        assert (int(row["n"]), int(row["bad"])) == (len(good), bad), row
        assert number(row["share"]) == like(len(good) / (len(good) + bad)), row
        assert number(row["avg"]) == like(sum(good) / len(good) if good else math.nan), row
        assert row["quality"] == ("BAD" if not good else "SUSPECT" if bad else "GOOD"), row
        assert (row["reasons"] == "contains_bad") == bool(good and bad), row
        assert row["alarm"] == alarm, row
        assert {name: number(row[name]) for name in LIMITS} == LIMITS
        assert (number(row["min_val"]), number(row["max_val"])) == SPAN
        words.add((row["quality"], row["alarm"]))
    assert len(words) >= (6 if minutes == 10 else 4)


@pytest.mark.parametrize(("compare", "back"), [("-1h", 1), ("-1d", 24)])
@pytest.mark.parametrize("minutes", [10, 60])
def test_what_stands_beside_a_bucket_is_what_plain_loops_say(historian, minutes, compare, back):
    rows = file(resolution=f"{minutes}m" if minutes < 60 else "1h", compare=compare)
    for row in rows:
        at = datetime.fromisoformat(row["time"])
        here, _bad = within(at, minutes)
        there, bad = within(at - timedelta(hours=back), minutes)
        if not there and not bad:  # before the first reading
            names = ("compare_avg", "compare_min", "compare_max", "compare_delta")
            assert [row[name] for name in names] == [""] * 4
            assert row["compare_n"] == "0"
            continue
        mean = sum(there) / len(there) if there else math.nan
        delta = sum(here) / len(here) - mean if here else math.nan
        assert datetime.fromisoformat(row["compare_time"]) == at - timedelta(hours=back)
        assert int(row["compare_n"]) == len(there), row
        assert number(row["compare_avg"]) == like(mean), row
        assert number(row["compare_min"]) == like(min(there, default=math.nan)), row
        assert number(row["compare_max"]) == like(max(there, default=math.nan)), row
        assert number(row["compare_delta"]) == like(delta), row
