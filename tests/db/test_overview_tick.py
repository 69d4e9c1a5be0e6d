"""What a tick of the overview costs the historian."""

import threading
from contextlib import contextmanager

import pytest

import api.overview
from data import queries
from data.db import cache
from data.db.pool import lending as engine
from tests.conftest import TIMESCALE
from tests.support.historians import Historian

pytestmark = pytest.mark.db

# One tag in ten rests in the deadband of its limit, so that the look-back is asked as well.
READINGS = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT now() - make_interval(secs => 5 * n), 'T' || k,
           CASE WHEN k % 10 = 0 THEN 79.5 ELSE 50 END
    FROM generate_series(0, 80) n, generate_series(1, 50) k
"""
RULES = """
    INSERT INTO influx_qc_rule (tag_name, min_val, max_val, warn_max, max_gap_seconds, deadband_pct)
    SELECT 'T' || k, 0, 100, 80, 30, 2 FROM generate_series(1, 50) k
"""


@pytest.fixture
def lent(own: Historian, monkeypatch):
    """Count the connections that are lent: one for each statement."""
    own.run(READINGS)
    own.run(RULES)
    cache.forget()
    count = []
    real = engine.checkout

    @contextmanager
    def counting(pool="interactive"):
        count.append(pool)
        with real(pool) as connection:
            yield connection

    monkeypatch.setattr(engine, "checkout", counting)
    yield count
    cache.forget()


def test_a_tick_of_a_hundred_viewers_costs_two_queries(lent):
    names = tuple(queries.tags())
    queries.spacings(names), queries.sparklines(names), api.overview.tag_list()
    lent.clear()  # what changes rarely is asked for once a minute
    answers = []
    viewers = [
        threading.Thread(target=lambda: answers.append(api.overview.frame.answer().value.br))
        for _ in range(100)
    ]
    for viewer in viewers:
        viewer.start()
    for viewer in viewers:
        viewer.join()
    assert len(answers) == 100
    assert len(set(answers)) == 1
    waits = int(bool(TIMESCALE))  # a real server says at times what waits for a refresh
    assert 2 <= len(lent) <= 2 + waits, "what is recent, and the look-back"
