"""What the rollups leave out is counted beside them, at every resolution, whoever writes when."""

import random
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import flask
import numpy as np
import pandas as pd
import psycopg2
import pytest
from flask_babel import Babel

from api.csv_rows import TREND, document
from components.summary import caption
from data import queries
from data.buckets import resolution
from data.store import install, rollups
from data.views import histories, rows
from data.views.view import View
from tests.conftest import TIMESCALE
from tests.support.citus import CITUS
from tests.support.historians import START, ZONE, Historian, asked, rolled, wave, window

pytestmark = pytest.mark.db
NAN, INF = float("nan"), float("inf")
plain = pytest.mark.skipif(
    bool(TIMESCALE), reason="of plain PostgreSQL; that of a TimescaleDB: test_timescale.py"
)
WIDTHS = {"1m": 60, "10m": 600, "1h": 3_600, "1d": 86_400}
LEFT = "flagged, not_finite, absurd, low, high"
RULE = """
INSERT INTO influx_qc_rule (tag_name, min_val, max_val, max_gap_seconds) VALUES (%s, %s, %s, 60)
"""
UPSERT = """
INSERT INTO influx_hist (ts, tag_name, value, qc) VALUES (%s, %s, %s, %s)
ON CONFLICT (ts, tag_name) DO UPDATE SET value = excluded.value, qc = excluded.qc
"""


def of(historian: Historian, sql: str) -> list[tuple]:
    with historian.connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def written(historian: Historian, values: list[tuple[float, float, int]], tag: str = "D1") -> None:
    """Write (seconds after START, value, qc) over what is there."""
    with historian.connection.cursor() as cursor:
        for seconds, value, qc in values:
            at = START + timedelta(seconds=seconds)
            cursor.execute(UPSERT, (at, tag, value, qc))


def by_hand(historian: Historian, width: int) -> dict[tuple[str, datetime], list]:
    """Count bucket by bucket and reading by reading what stays out of the rollups."""
    found: dict[tuple[str, datetime], list] = {}
    for tag, ts, value, qc in of(historian, "SELECT tag_name, ts, value, qc FROM influx_hist"):
        finite = value is not None and abs(value) < INF
        if finite and abs(value) < 1e140 and not qc:
            continue
        start = datetime.fromtimestamp(ts.timestamp() // width * width, UTC)
        counts = found.setdefault((tag, start), [0, 0, 0, None, None])
        counts[1 if not finite else 2 if abs(value) >= 1e140 else 0] += 1
        if finite:
            counts[3] = value if counts[3] is None else min(counts[3], value)
            counts[4] = value if counts[4] is None else max(counts[4], value)
    return found


def kept(historian: Historian, token: str) -> dict[tuple[str, datetime], list]:
    stored = of(historian, f"SELECT tag_name, bucket, {LEFT} FROM ksys_left_{token}")
    return {(tag, bucket): list(counts) for tag, bucket, *counts in stored}


@pytest.mark.parametrize("seed", range(4))
def test_the_relations_hold_what_a_loop_over_the_readings_counts(own: Historian, seed: int) -> None:
    draw = random.Random(seed)
    for _ in range(6):
        values = [
            (
                draw.randrange(0, 2 * 86_400, 20),
                draw.choice([1.0, -5.5, 7.25, NAN, INF, -INF, 1e200, -3e150]),
                draw.choice([0, 0, 0, 1, 2]),
            )
            for _ in range(60)
        ]
        written(own, values, draw.choice(["D1", "D2"]))
        if draw.random() < 0.7:
            start = START + timedelta(seconds=draw.randrange(0, 86_400))
            sql = "DELETE FROM influx_hist WHERE ts >= %s AND ts < %s"
            own.run(sql, (start, start + timedelta(hours=draw.randrange(1, 9))))
        own.refresh()
        for token, width in WIDTHS.items():
            assert kept(own, token) == by_hand(own, width), token
    if CITUS:  # whoever keeps the cluster fills them there
        return
    own.connection.autocommit = False
    rollups.rebuild(own.connection)
    own.connection.autocommit = True
    for token, width in WIDTHS.items():
        assert kept(own, token) == by_hand(own, width), token


M9_COLUMNS = ("n", "bad", "bad_value", "quality", "reasons")
M9 = [(0, 50, 0), (30, 70, 1), (60, 70, 1), (90, 70, 1), (120, 50, 0)]


@pytest.mark.parametrize("refreshed", [True, False])
def test_flagged_readings_do_not_vanish_from_one_minute_upward(
    own: Historian, refreshed: bool
) -> None:
    written(own, M9, "M9")
    own.run(RULE, ("M9", 0, 100))
    if refreshed:
        own.refresh()
    found = queries.history(asked("M9", "1m", *window(1), low=0, high=100))
    assert list(zip(found["n"], found["bad"], strict=True)) == [(1, 1), (0, 2), (1, 0)]
    assert found["bad_value"].tolist()[:2] == [70, 70]
    assert np.isnan(found["bad_value"].iloc[2])
    for token in ("1m", "10m", "1h", "6h", "1d", "1w"):
        wide = queries.history(asked("M9", token, *window(24), low=0, high=100))
        assert (wide["n"].sum(), wide["bad"].sum()) == (2, 3), token
        assert np.nanmax(wide["bad_value"]) == 70
        assert not wide["unknown"].any()
    view = View(
        ("M9",), START, START + timedelta(hours=1), datetime.now(UTC), ZONE, live=False,
        resolution=resolution("1m"),
    )  # fmt: skip
    ((item,), _) = histories(view)
    table = rows([item], view.now).iloc[::-1]  # newest last
    assert table["quality"].tolist() == ["SUSPECT", "BAD", "GOOD"]
    assert table["reasons"].tolist() == ["contains_bad", "source", ""]
    lines = [line.split(",") for line in document(table, TREND).decode().splitlines()[1:]]
    cells = [[line[TREND.index(name)] for name in M9_COLUMNS] for line in lines]
    assert cells == [
        ["1", "1", "70.0", "SUSPECT", "contains_bad"],
        ["0", "2", "70.0", "BAD", "source"],
        ["1", "0", "", "GOOD", ""],
    ]
    with flask.Flask("words").test_request_context():
        Babel(flask.current_app)
        assert "3 BAD readings left out" in caption(view, [item]).text


@pytest.mark.parametrize("token", ["1m", "5m", "10m", "1h", "6h", "1d"])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_history_says_of_rollups_what_it_says_of_readings(
    own: Historian, token: str, seed: int
) -> None:
    """Out of span, flagged, absurd and not finite together: counted once each."""
    readings = wave(START, 30, 20, seed)
    draw = np.random.default_rng(seed)
    place = draw.choice(len(readings), 120, replace=False)
    readings["qc"] = 0
    readings.iloc[place[:60], 1] = 1
    readings.iloc[place[40:80], 0] = draw.choice([NAN, INF, 1e200, 900.0, -900.0], 40)
    own.write(readings)
    request = asked("D1", token, *window(30), low=0, high=200)
    fresh = queries.history(request)
    own.refresh()
    queries.history.expire(request)
    stored = queries.history(request)
    # Real-time aggregates answer before a refresh too; where something is left out readings do.
    assert TIMESCALE or stored.attrs["source"] != fresh.attrs["source"]
    assert not stored["remade"].any() and fresh["remade"].any() == bool(TIMESCALE)
    same = [name for name in fresh if name != "remade"]
    pd.testing.assert_frame_equal(stored[same], fresh[same], rtol=1e-12)


def test_of_a_foreign_rollup_it_is_not_known_and_never_none(bare: Historian) -> None:
    bare.write(wave(START, 6, 20))
    rolled(bare, "influx_agg_1m")
    found = queries.history(asked("D1", "10m", *window(6)))
    assert found["unknown"].all()
    view = View(
        ("D1",), START, START + timedelta(hours=6), datetime.now(UTC), ZONE, live=False,
        resolution=resolution("10m"),
    )  # fmt: skip
    table = rows(histories(view)[0], view.now)
    assert table["bad"].isna().all()
    assert table["share"].isna().all()
    single = queries.history(asked("D1", "10s", *window(6)))
    assert not single["unknown"].any()


def old_store(historian: Historian, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Make the schema of version 1."""
    for file in install.SCHEMA.glob("001_*.sql"):
        (path / file.name).write_text(file.read_text("utf8"), "utf8")
    monkeypatch.setattr(install, "SCHEMA", path)
    historian.connection.autocommit = False
    install.install(historian.connection)
    historian.connection.commit()
    historian.connection.autocommit = True
    monkeypatch.undo()


@pytest.mark.one_server("no schema of ours is upgraded there")
@plain
def test_an_upgrade_counts_what_is_there_alters_no_rollup_and_says_what_it_reads(
    empty: Historian, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old_store(empty, monkeypatch, tmp_path)
    written(empty, M9, "M9")
    empty.refresh()
    before = of(empty, "SELECT xmin::text, * FROM influx_agg_1m ORDER BY bucket")
    assert queries.history(asked("M9", "1m", *window(1)))["unknown"].all()
    with closing(psycopg2.connect(empty.dsn)) as connection:
        cost = install.cost(connection)
        assert cost is not None and cost.readings == 5
        assert install.install(connection) == ["ran 002_plain.sql"]
        assert install.cost(connection) is None
    assert of(empty, "SELECT xmin::text, * FROM influx_agg_1m ORDER BY bucket") == before
    for token, width in WIDTHS.items():
        assert kept(empty, token) == by_hand(empty, width)
    assert of(empty, "SELECT * FROM ksys_left_since") == []


@pytest.mark.one_server("no schema of ours is upgraded there")
@plain
def test_where_readings_are_gone_it_is_not_known(
    empty: Historian, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old_store(empty, monkeypatch, tmp_path)
    written(empty, [(k * 60, 1.0, k % 2) for k in range(300)])
    empty.refresh()
    gone = START + timedelta(hours=2)
    empty.run("ALTER TABLE influx_hist DISABLE TRIGGER USER")
    empty.run("DELETE FROM influx_hist WHERE ts < %s", (gone,))
    empty.run("ALTER TABLE influx_hist ENABLE TRIGGER USER")
    with closing(psycopg2.connect(empty.dsn)) as connection:
        install.install(connection)
    queries.catalog.expire()
    found = queries.history(asked("D1", "1h", START, START + timedelta(hours=5), "UTC"))
    assert found["unknown"].tolist() == [True, True, False, False, False]
    assert found["bad"].tolist()[2:] == [30, 30, 30]
    written(empty, [(1_800, 1.0, 1)])
    empty.refresh()
    queries.history.expire(asked("D1", "1h", START, START + timedelta(hours=5), "UTC"))
    again = queries.history(asked("D1", "1h", START, START + timedelta(hours=5), "UTC"))
    assert again["unknown"].tolist() == [True, False, False, False, False]


def test_a_bucket_tells_the_share_of_good_readings_and_a_single_reading_none(
    own: Historian,
) -> None:
    times = pd.date_range(START, periods=7_200, freq="1s")
    readings = pd.DataFrame({"value": 1.0, "qc": (np.arange(7_200) % 600 < 45).astype(int)}, times)
    own.write(readings)
    own.refresh()
    view = View(
        ("D1",), START, START + timedelta(hours=2), datetime.now(UTC), ZONE, live=False,
        resolution=resolution("10m"),
    )  # fmt: skip
    assert rows(histories(view)[0], view.now)["share"].tolist() == [1 - 45 / 600] * 12
    late = START + timedelta(hours=1, minutes=55)
    singly = replace(view, start=late, resolution=None, pixels=1400.0)
    assert rows(histories(singly)[0], view.now)["share"].isna().all()
