"""The digits of a card: of its last hour, over a real historian."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import flask
import numpy as np
import psycopg2
import pytest
from psycopg2.extras import Json, execute_values

from data import queries
from data.analysis import digits
from data.db import cache, pool
from data.store import install
from data.views import overview
from tests.support.historians import spread

pytestmark = pytest.mark.db
#: What a tag reads at each of 100 steps, its own decimals, and how the newest of them is written.
EXAMPLES = {
    "counter": (lambda k: 4_294_967_195.0 + k, None, "4,294,967,294"),
    "saw": (lambda k: 1883.31 + 0.0003 * (k % 2), None, "1,883.3103"),
    "coarse": (lambda k: 1883.31 + 0.0003 * (k % 2), 2, "1,883.3103"),
    "micro": (lambda k: 4e-6 + 1e-8 * (k % 5), None, "4.04e−6"),
    "huge": (lambda k: 7e17 + 1e15 * (k % 9), None, "7.00e+17"),
    "constant": (lambda k: 183.4, None, "183.4"),
    "plain": (lambda k: 180.0 + (k % 7) / 100, None, "180.01"),
    "noisy": (lambda k: 180 + np.sin(k) * 3, 1, "177.0"),
    "single": (lambda k: float(np.float32(182.47 + k % 3)), None, "182.47"),
}


@pytest.fixture
def historian(database):
    now, found = datetime.now(UTC), []
    for name, (value, _decimals, _text) in EXAMPLES.items():
        found += [
            (now - timedelta(seconds=5 * (99 - k)), name, float(value(k))) for k in range(100)
        ]
    tags = [
        (name, "analog", Json({} if decimals is None else {"decimals": decimals}))
        for name, (_value, decimals, _text) in EXAMPLES.items()
    ]
    with closing(psycopg2.connect(database)) as connection:
        install.install(connection)
        with connection, connection.cursor() as cursor:
            rows = "INSERT INTO influx_tag (tag_name, tag_type, meta) VALUES %s"
            execute_values(cursor, rows, tags)
            execute_values(cursor, "INSERT INTO influx_hist (ts, tag_name, value) VALUES %s", found)
    spread(database)
    pool.connect(database)
    cache.configure(flask.Flask("test"))
    cache.forget()
    yield
    cache.forget()


def test_a_card_writes_its_value_with_the_digits_of_its_last_hour(historian):
    tags = queries.tags()
    now = overview.now(tags)
    values = now.states["value"].tolist()
    told = dict(zip(tags, map(digits.written, values, now.told.tolist()), strict=True))
    assert told == {name: text for name, (_value, _decimals, text) in EXAMPLES.items()}


def test_a_frame_has_digits_without_the_last_hour(historian, monkeypatch):
    def fail(_names):
        raise queries.cards.hour.HistorianUnavailable("historian_lost")

    monkeypatch.setattr(queries.cards.hour, "hour", fail)
    told = queries.card_digits(("a", "b"), np.array([183.4, np.nan]), np.array([np.nan, 2.0]))
    assert told.tolist() == [1, 2]


def test_no_tag_has_no_digits(historian):
    assert queries.card_digits((), np.zeros(0), np.zeros(0)).tolist() == []
