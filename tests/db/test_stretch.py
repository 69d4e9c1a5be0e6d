"""A selected stretch of a trend: each number of it reckoned anew from the exported readings."""

import csv
import io
import math
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import psycopg2
import pytest
from flask.testing import FlaskClient
from psycopg2.extras import execute_values

import web
from components.context.contents import contents
from components.pairs.contents import _inside
from data import queries, views
from data.db import cache, pool
from data.store import install, rollups
from data.views import histories
from settings import Settings
from tests.support.excursions import Latches
from tests.support.historians import spread

pytestmark = [pytest.mark.db]
DAY = datetime(2026, 3, 10, tzinfo=UTC)
NOW = datetime(2026, 3, 20, tzinfo=UTC)
LOW, HIGH, GAP = 0.0, 100.0, 120.0
RULE = """
    INSERT INTO influx_qc_rule
        (tag_name, min_val, max_val, warn_max, crit_max, deadband_pct, max_gap_seconds)
    VALUES ('x', 0, 100, 70, 85, 5, 120), ('y', 0, 100, 60, NULL, 0, 120)
"""
#: One of seconds, one that ends in the silence, those that begin and end outside, and all.
STRETCHES = [(13, 47), (600, 5_000), (4_450, 4_800), (9_990, 14_400), (0, 14_400)]


def readings(seed: int, spacing: int) -> list[tuple[datetime, float, int]]:
    """Return four hours of readings at uneven times, BAD ones among them, and a silence."""
    random = np.random.default_rng(seed)
    at = np.cumsum(random.integers(1, 2 * spacing, 14_400 // spacing))
    at = at[(at < 14_400) & ~((at > 4_500) & (at < 4_900))]
    value = 50 + 40 * np.sin(at / 700 + seed) + random.normal(0, 4, len(at))
    value[random.random(len(at)) < 0.03] = 250.0  # out of span
    flags = (random.random(len(at)) < 0.03).astype(int)
    return [
        (DAY + timedelta(seconds=int(second)), float(number), int(flag))
        for second, number, flag in zip(at, value.round(3), flags, strict=True)
    ]


@pytest.fixture(scope="module")
def client(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A browser of a site over two such tags."""
    rows = [(ts, name, value, flag) for name, seed, spacing in (("x", 1, 7), ("y", 2, 11))
            for ts, value, flag in readings(seed, spacing)]  # fmt: skip
    with closing(psycopg2.connect(module_database)) as connection:
        install.install(connection)
        with connection, connection.cursor() as cursor:
            cursor.execute(RULE)
            insert = "INSERT INTO influx_hist (ts, tag_name, value, qc) VALUES %s"
            execute_values(cursor, insert, rows, page_size=5_000)
        rollups.refresh(connection)
        connection.commit()
    spread(module_database)
    cache.forget()
    app = web.create_app(
        Settings(dsn=module_database, data_dir=str(tmp_path_factory.mktemp("stretch")))
    )
    yield app.server.test_client()
    pool.dispose()
    cache.forget()


@pytest.fixture(scope="module")
def exported(client: FlaskClient) -> pd.DataFrame:
    """Every reading, as the file of all has it; `good` by the span of the rule and its flag."""
    query = {
        "tag": ["x", "y"],
        "start": DAY.isoformat(),
        "stop": (DAY + timedelta(hours=4)).isoformat(),
    }
    answer = client.get(
        "/api/v1/export.csv", query_string={**query, "tz": "UTC", "resolution": "raw"}
    )
    assert answer.status_code == 200, answer.text
    frame = pd.read_csv(io.StringIO(answer.text.removeprefix("\ufeff")))
    frame["time"] = pd.to_datetime(frame["time"], format="ISO8601")
    frame["good"] = (frame["qc"] == 0) & frame["value"].between(LOW, HIGH)
    return frame


def edges(stretch: tuple[int, int]) -> tuple[pd.Timestamp, pd.Timestamp]:
    first, last = (pd.Timestamp(DAY) + pd.Timedelta(seconds=each) for each in stretch)
    return first, last


def query_of(stretch: tuple[int, int], **others: Any) -> dict[str, Any]:
    """Return the address of a trend of both tags in which a stretch is selected."""
    first, last = edges(stretch)
    stop = (DAY + timedelta(hours=4)).isoformat()
    select = f"{first.isoformat()}/{last.isoformat()}"
    whole = {"tag": ["x", "y"], "start": DAY.isoformat(), "stop": stop, "tz": "UTC"}
    return {**whole, "select": select, "width": "20000", **others}


def told_of(client: FlaskClient, stretch: tuple[int, int], chosen: str) -> tuple[Any, Any, Any]:
    """Return the view, its series, and what a page tells below its chart."""
    with client.application.test_request_context("/trend?lang=en"):
        view = views.view(query_of(stretch), NOW, "UTC")
        series, _refusals = histories(view)
        return view, series, contents(chosen, view, series)


def outside(rows: pd.DataFrame, limits: Any, deadband: float, stretch: Any) -> list[list[Any]]:
    """Return start, stop, level and extreme of each excursion of a stretch, by a plain loop."""
    first, last = edges(stretch)
    latches, every, on, held = Latches(limits, deadband), list[list[Any]](), False, math.nan
    for ts, value, good in zip(rows["time"], rows["value"], rows["good"], strict=True):
        if ts >= last:
            break
        if ts > first and latches.level and not on and not every:
            every.append([first, None, latches.level, held])  # it was on before
            on = True
        if good:
            latches.see(value)
            held = value
        if ts < first or not good:
            continue
        if latches.level and not on:
            every.append([ts, None, 0, value])
        if on and not latches.level:
            every[-1][1] = ts
        on = latches.level > 0
        if on:
            every[-1][2] = max(every[-1][2], latches.level)
            every[-1][3] = max(every[-1][3], value)
    return every


@pytest.mark.parametrize("stretch", STRETCHES)
def test_excursions_of_a_stretch_are_those_of_a_loop_over_its_readings(client, exported, stretch):
    _view, _series, told = told_of(client, stretch, "excursions")
    count = 0
    for tag in ("x", "y"):
        with client.application.app_context():
            checks = queries.tags()[tag].checks
        rows = exported[exported["tag"] == tag]
        wanted = outside(rows, checks.limits, checks.deadband, stretch)
        mine = sorted((r for r in told.excursions if r["tag"] == tag), key=lambda r: r["start"])
        stamps = [[a.value / 1e6, b and b.value / 1e6, level, x] for a, b, level, x in wanted]
        assert [[r[k] for k in ("start", "stop", "level", "extreme")] for r in mine] == stamps
        count += len(mine)
    assert count or stretch == (13, 47)


def states(rows: pd.DataFrame, checks: Any, stretch: tuple[int, int]) -> dict[str, float]:
    """Return the seconds of a stretch in each state: a reading holds until the next, or a gap."""
    first, last = edges(stretch)
    latches, seconds = Latches(checks.limits, checks.deadband), dict[str, float]()
    times = [*rows["time"], None]
    for place, (value, good) in enumerate(zip(rows["value"], rows["good"], strict=True)):
        if good:
            latches.see(value)
        word = ("NORMAL", "WARNING", "CRITICAL")[latches.level] if good else "BAD"
        until = times[place] + pd.Timedelta(seconds=GAP)
        until = min(until, last, times[place + 1] or until)
        held = (until - max(times[place], first)).total_seconds()
        seconds[word] = seconds.get(word, 0.0) + max(held, 0.0)
    return seconds


@pytest.mark.parametrize("stretch", STRETCHES)
def test_statistics_of_a_stretch_are_those_of_its_readings(client, exported, stretch):
    view, series, _told = told_of(client, stretch, "rows")
    first, last = edges(stretch)
    for item in series:
        with client.application.app_context():
            of = views.statistics(item.tag, *view.told, view.zone, view.now)
        rows = exported[exported["tag"] == item.tag.name]
        inside = rows[(rows["time"] >= first) & (rows["time"] < last)]
        good = inside[inside["good"]]["value"]
        numbers = of.numbers
        assert (numbers.n, numbers.bad) == (len(good), len(inside) - len(good))
        assert (numbers.least.value, numbers.greatest.value) == (good.min(), good.max())
        assert numbers.least.at == inside["time"][good.idxmin()].value
        assert numbers.greatest.at == inside["time"][good.idxmax()].value
        assert numbers.newest.value == good.iloc[-1]
        assert (numbers.mean, numbers.sd) == pytest.approx((good.mean(), good.std()), rel=1e-9)
        spread_of = good.quantile([0.05, 0.5, 0.95]).tolist()
        assert numbers.quantiles == pytest.approx(spread_of, rel=1e-9)
        wanted, length = states(rows, item.tag.checks, stretch), (last - first).total_seconds()
        for word, share in numbers.states.items():
            if word != "NO DATA":
                assert share == pytest.approx(100 * wanted.get(word, 0) / length, abs=1e-9), word
        assert sum(numbers.states.values()) == pytest.approx(100, abs=1e-9)


@pytest.mark.parametrize("stretch", STRETCHES)
def test_rows_of_a_stretch_are_its_readings(client, exported, stretch):
    answer = client.get("/trend/rows.csv", query_string=query_of(stretch))
    assert answer.status_code == 200, answer.text
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))
    first, last = edges(stretch)
    wanted = exported[(exported["time"] >= first) & (exported["time"] < last)]
    told = {(row["tag"], pd.Timestamp(row["time"]), float(row["last"])) for row in rows}
    pairs = zip(wanted["tag"], wanted["time"], wanted["value"], strict=True)
    assert told == set(pairs) and len(rows) == len(wanted) > 0


@pytest.mark.parametrize("stretch", STRETCHES[1:])
def test_r_of_a_stretch_is_that_of_pairs_by_a_loop(client, exported, stretch):
    view, series, _told = told_of(client, stretch, "rows")
    with client.application.app_context():
        pair = views.pair(view, *series)
        r, n = pair.correlation(_inside(view, pair))
    assert pair.width is None, "of readings"
    x, y = (exported[exported["tag"] == tag] for tag in ("x", "y"))
    other = list(zip(y["time"], y["value"], y["good"], strict=True))
    first, last = edges(stretch)
    wanted = list[tuple[float, float]]()
    for ts, value, good in zip(x["time"], x["value"], x["good"], strict=True):
        earlier = [each for each in other if each[0] <= ts and each[2]]
        if good and first <= ts < last and earlier:
            before, number, _good = earlier[-1]
            if (ts - before).total_seconds() <= GAP:
                wanted.append((value, number))
    assert n == len(wanted) >= 5
    assert r == pytest.approx(np.corrcoef(np.array(wanted).T)[0, 1], abs=1e-9)


@pytest.mark.parametrize(("token", "rule"), [("1m", "1min"), ("10m", "10min")])
def test_r_of_buckets_is_that_of_means_by_pandas(client, exported, token, rule):
    query = query_of(STRETCHES[-1], resolution=token)
    with client.application.app_context():
        view = views.view(query, NOW, "UTC")
        series, _refusals = histories(view)
        r, n = views.pair(view, *series).correlation()
    good = exported[exported["good"]].set_index("time")
    means = [good[good["tag"] == tag]["value"].resample(rule).mean() for tag in ("x", "y")]
    both = pd.concat(means, axis=1).dropna()
    assert n == len(both)
    assert r == pytest.approx(both.corr().iloc[0, 1], abs=1e-9)
