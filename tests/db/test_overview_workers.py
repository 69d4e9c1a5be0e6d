"""The alarms of the overview follow from the readings: for any worker, and at any moment."""

import contextlib
import json
import time
import urllib.request
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import flask
import numpy as np
import pandas as pd
import psycopg2
import pytest
from flask_babel import Babel

import api.overview
from data import queries
from data.analysis import alarms as alarm
from data.analysis import rules
from data.analysis.rules import Rule
from data.db import cache, pool
from data.store import install
from tests.support.servers import until

pytestmark = pytest.mark.db
RULES = (
    "INSERT INTO influx_qc_rule (tag_name, min_val, max_val, warn_min, warn_max, crit_min,"
    " crit_max, deadband_pct, max_gap_seconds) VALUES (%s, 0, 100, 20, 80, 10, 90, %s, 3600)"
)
READINGS = "INSERT INTO influx_hist (ts, tag_name, value) VALUES (%s, %s, %s)"


@contextlib.contextmanager
def historian(dsn: str, deadbands: dict[str, float]) -> Iterator[Any]:
    """A cursor on a historian with a rule of a deadband [% of 100] for each tag."""
    with contextlib.closing(psycopg2.connect(dsn)) as connection:
        install.install(connection)
        connection.commit()
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.executemany(RULES, list(deadbands.items()))
            yield cursor


# ---- two workers ------------------------------------------------------------------------------

#: A value beyond a limit or not; the value within the deadband that follows it; and what is said as
#: long as nothing else follows.
TAGS = {
    "rose over high": (85.0, 79.5, "WARNING"),
    "came from below": (50.0, 79.5, "NORMAL"),
    "rose over high-high": (95.0, 89.5, "CRITICAL"),
    "fell under low": (15.0, 20.5, "WARNING"),
    "came from above": (50.0, 20.5, "NORMAL"),
    "fell under low-low": (5.0, 10.5, "CRITICAL"),
}


def shown(site: str) -> dict[str, tuple[float, str]]:
    """Return value and alarm of every tag as one worker sends them."""
    answers = []
    for route in ("tags", "frame"):
        with urllib.request.urlopen(f"{site}/overview/{route}", timeout=30) as answer:
            answers.append(json.load(answer))
    tags, frame = answers
    words = [tags["alarms"][int(code)] for code in frame["alarm"]]
    return dict(zip(tags["names"], zip(frame["value"], words, strict=True), strict=True))


def write(cursor: Any, ages: list[int], values: dict[str, float]) -> None:
    """Write a value of each tag at each of some ages [s]."""
    now = pd.Timestamp.now("UTC")
    rows = [
        (now - pd.Timedelta(seconds=age), tag, value)
        for age in ages
        for tag, value in values.items()
    ]
    cursor.executemany(READINGS, rows)


def test_a_worker_started_later_agrees_with_one_that_saw_the_crossing(
    start_site: Any, database: str
) -> None:
    first, then = ({tag: case[k] for tag, case in TAGS.items()} for k in (0, 1))
    with historian(database, dict.fromkeys(TAGS, 1.0)) as cursor:
        write(cursor, [1200], first)
        earlier, _process = start_site(database)
        assert shown(earlier) == {tag: (first[tag], TAGS[tag][2]) for tag in TAGS}
        # More readings than a worker has before it to judge by.
        write(cursor, list(range(1100, 200, -10)), then)
        later, _process = start_site(database)
        said = {tag: (then[tag], TAGS[tag][2]) for tag in TAGS}
        assert shown(later) == said
        until(lambda: shown(earlier) == said)
        # What decides anew is seen by both as well; beyond a warning limit no past is needed.
        write(cursor, [100], dict.fromkeys(TAGS, 50.0))
        write(cursor, list(range(90, 0, -1)), then)
        calm = {tag: (then[tag], "WARNING" if "-" in tag else "NORMAL") for tag in TAGS}
        until(lambda: shown(earlier) == calm)
        until(lambda: shown(later) == calm)


# ---- what was read before -----------------------------------------------------------------------


def test_ages_count_from_when_it_was_read_also_where_another_one_read_it(
    monkeypatch: pytest.MonkeyPatch, database: str
) -> None:
    """A worker makes its frame of an answer that is shared."""
    with historian(database, {"a": 0.0}) as cursor:
        write(cursor, [10], {"a": 50.0})
        monkeypatch.setattr(queries.recent, "seconds", 60.0)
        pool.connect(database)
        cache.forget()
        first = api.overview.frame.answer()
        time.sleep(1)
        api.overview.frame.expire()
        made = api.overview.frame.answer()
        assert first.value.older < made.value.older
        assert int(api.overview._age_headers(made)["X-Kept-Ms"]) >= 1_000


# ---- a value that rests on its limit ------------------------------------------------------------

#: Readings between two looks at the route.
STEP = 40


@pytest.fixture
def client(database: str) -> Iterator[Any]:
    """The routes of the overview over a database, nothing kept from another test."""
    app = flask.Flask("test")
    app.config["KSYS"] = {"zone": "UTC", "alarm_hold": 24}
    Babel(app)
    app.register_blueprint(api.overview.blueprint)
    pool.connect(database)
    yield app.test_client()
    cache.forget()
    pool.dispose()


def alarms(client: Any) -> dict[str, str]:
    """Return the alarm of every tag at this moment, nothing of it kept."""
    cache.forget()
    tags, frame = client.get("/overview/tags").json, client.get("/overview/frame").json
    words = (tags["alarms"][int(code)] for code in frame["alarm"])
    return dict(zip(tags["names"], words, strict=True))


def test_a_card_whose_value_rests_on_its_limit_changes_at_most_three_times_an_hour(
    client: Any, database: str
) -> None:
    """An hour of white noise, sd 0.25 % of span, written bit by bit; the route is asked each time.

    Readings, look-back and answer, not the formula alone: each says what the whole series says.
    """
    noise = np.random.default_rng(7).normal(80, 0.25, 3600)
    start = pd.Timestamp.now("UTC").floor("s") - pd.Timedelta(hours=1)
    times = pd.date_range(start, periods=len(noise), freq="1s").to_pydatetime()
    deadbands = {"held": 1.0, "bare": 0.0}
    said: dict[str, list[str]] = {tag: [] for tag in deadbands}
    with historian(database, deadbands) as cursor:
        for place in range(0, len(noise), STEP):
            part = range(place, place + STEP)
            rows = [(times[k], tag, float(noise[k])) for k in part for tag in deadbands]
            cursor.executemany(READINGS, rows)
            for tag, word in alarms(client).items():
                said[tag].append(word)
    series = pd.DataFrame({"value": noise, "qc": 0}, pd.DatetimeIndex(times))
    for tag, deadband in deadbands.items():
        rule = Rule(tag, 0, 100, 20, 80, 10, 90, deadband_pct=deadband)
        level = alarm.annotated(series, rules.checks(rule), 3600)["alarm"]
        assert said[tag] == [alarm.ALARMS[code] for code in level.iloc[STEP - 1 :: STEP]]
    changes = {tag: sum(a != b for a, b in pairwise(words)) for tag, words in said.items()}
    assert changes["held"] <= 3
    assert changes["bare"] > 20
