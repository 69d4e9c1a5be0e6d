"""The database's clock goes on while the database does not answer."""

from datetime import UTC, datetime, timedelta

import flask
import pytest

from data.db import cache, clock
from data.db.pool import HistorianUnavailable

AHEAD = timedelta(hours=3)


@pytest.fixture(autouse=True)
def kept():
    """A cache of this test's own."""
    cache.configure(flask.Flask("test"))
    cache.forget()
    yield
    cache.forget()


def lost() -> datetime:
    """Refuse as a historian does that is gone."""
    raise HistorianUnavailable("historian_lost")


def test_now_is_the_database_s_and_not_this_machine_s(monkeypatch):
    monkeypatch.setattr(clock, "database_now", lambda: datetime.now(UTC) + AHEAD)
    answer = clock.now()
    assert abs(answer.value - datetime.now(UTC) - AHEAD) < timedelta(seconds=1)
    assert answer.error is None


def test_in_an_outage_the_clock_goes_on_by_the_last_difference_and_says_so(monkeypatch):
    monkeypatch.setattr(clock, "database_now", lambda: datetime.now(UTC) + AHEAD)
    monkeypatch.setattr(clock._start, "seconds", 0)
    before = clock.now()
    monkeypatch.setattr(clock, "database_now", lost)
    answer = clock.now()
    assert before.value < answer.value < before.value + timedelta(seconds=5)
    assert answer.error is not None


def test_clocks_that_were_never_compared_are_not_made_up(monkeypatch):
    monkeypatch.setattr(clock, "database_now", lost)
    with pytest.raises(HistorianUnavailable):
        clock.now()
