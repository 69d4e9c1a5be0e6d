"""The database's clock goes on while the database does not answer."""

import math
import time
from datetime import UTC, datetime, timedelta

import flask
import pytest

from data.db import Busy, cache, clock, lanes
from data.errors import HistorianUnavailable

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


def test_in_an_outage_a_step_of_this_machine_s_clock_moves_nothing(monkeypatch):
    monkeypatch.setattr(clock, "database_now", lambda: datetime.now(UTC) + AHEAD)
    monkeypatch.setattr(clock._start, "seconds", 0)
    before = clock.now()
    monkeypatch.setattr(clock, "database_now", lost)
    wall = time.time
    for step in (-86_400, -60, 60, 86_400):
        monkeypatch.setattr(time, "time", lambda step=step: wall() + step)
        answer = clock.now()
        assert before.value < answer.value < before.value + timedelta(seconds=60)
        assert answer.age >= 0


def test_a_shared_cache_goes_by_the_database_s_clock_and_by_none_until_it_was_heard(monkeypatch):
    """This machine's may be an hour off, and what others stored before an outage look current."""
    monkeypatch.setattr(clock, "database_now", lost)
    monkeypatch.setattr(cache, "FAILURE_S", 0.0)
    assert math.isnan(clock.shared())
    monkeypatch.setattr(clock, "database_now", lambda: datetime.now(UTC) + AHEAD)
    assert abs(clock.shared() - time.time() - AHEAD.total_seconds()) < 60


@pytest.fixture
def no_place(monkeypatch):
    """A request of a worker of which all places are taken, long after the clock was looked at."""
    monkeypatch.setattr(clock, "database_now", lambda: datetime.now(UTC) + AHEAD)
    monkeypatch.setattr(clock._start, "seconds", -1.0)

    def enter() -> None:
        monkeypatch.setattr(lanes._places, "free", 0)
        lanes.begin()

    yield enter
    lanes.end()


@pytest.mark.parametrize("told", [clock.shared, lambda: clock.now().value.timestamp()])
def test_who_has_no_place_at_the_historian_counts_on_from_the_last_look(no_place, told):
    """What lies in a shared cache needs none, and was refused for want of the time."""
    clock.now()
    no_place()
    assert abs(told() - time.time() - AHEAD.total_seconds()) < 60


@pytest.mark.parametrize("told", [clock.shared, clock.now])
def test_who_has_no_place_makes_no_time_up(no_place, told):
    no_place()
    with pytest.raises(Busy):
        told()


def test_a_look_into_a_shared_cache_does_not_wait_for_a_historian_that_hangs(monkeypatch):
    monkeypatch.setattr(clock, "database_now", lambda: datetime.now(UTC) + AHEAD)
    monkeypatch.setattr(clock._start, "seconds", -1.0)
    clock.now()
    monkeypatch.setattr(clock, "database_now", lambda: pytest.fail("the historian was asked"))
    assert abs(clock.shared() - time.time() - AHEAD.total_seconds()) < 60


def test_nobody_counts_on_for_long_without_a_look(monkeypatch):
    """The clocks of two machines drift apart, and an administrator sets one of them."""
    monkeypatch.setattr(clock, "database_now", lambda: datetime.now(UTC))
    monkeypatch.setattr(clock._start, "seconds", -1.0)
    clock.now()
    monkeypatch.setattr(clock, "COUNTED_ON_S", 0.0)
    monkeypatch.setattr(clock, "database_now", lambda: datetime.now(UTC) + AHEAD)
    assert abs(clock.shared() - time.time() - AHEAD.total_seconds()) < 60
