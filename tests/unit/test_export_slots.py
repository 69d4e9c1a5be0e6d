"""How many files are sent at once: by one worker, and with a shared cache by all of them."""

import time

import pytest

from api.export import slots
from data.db import cache, lanes
from tests.support.servers import until


class Redis:
    """What workers share, as far as slots go; dumb while `is_there` is false."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}
        self.is_there, self.now = True, 1e9

    def clock(self) -> float:
        return self.now

    def add(self, key: str, value: object, _seconds: float) -> bool | None:
        if not self.is_there:
            return None
        return self.values.setdefault(key, value) is value

    def get(self, key: str) -> object:
        return self.values.get(key) if self.is_there else None

    def set(self, key: str, value: object, _seconds: float) -> None:
        self.values[key] = value

    def forget(self, key: str) -> bool:
        if self.is_there:
            self.values.pop(key, None)
        return self.is_there

    def answers(self) -> bool:
        return self.is_there


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch):
    """Become another worker, which sends no file yet."""
    monkeypatch.setattr(lanes, "keep_place", lambda: lambda: None)

    def become() -> None:
        monkeypatch.setattr(slots, "_slots", slots.Slots())

    become()
    return become


def test_a_worker_alone_counts_its_own_files(monkeypatch, worker):
    monkeypatch.setattr(cache, "shared", lambda: None)
    first, second = slots.take(2), slots.take(2)
    assert first and second and slots.take(2) is None
    first.release()
    first.release()  # a second time it gives nothing back
    assert slots.take(2) is not None
    assert slots.take(2) is None
    worker()
    assert slots.take(1) is not None


def test_workers_that_share_a_cache_count_together(monkeypatch, worker):
    redis = Redis()
    monkeypatch.setattr(cache, "shared", lambda: redis)
    first = slots.take(2)
    worker()
    assert slots.take(2) is not None
    worker()
    assert slots.take(2) is None
    first.release()
    assert slots.take(2) is not None


def test_while_the_shared_cache_is_dumb_each_worker_counts_by_itself(monkeypatch, worker):
    redis = Redis()
    redis.is_there = False
    monkeypatch.setattr(cache, "shared", lambda: redis)
    assert slots.take(1) is not None
    assert slots.take(1) is None
    worker()
    assert slots.take(1) is not None


def test_a_slot_is_free_again_where_no_place_was_left(monkeypatch, worker):
    redis = Redis()
    monkeypatch.setattr(cache, "shared", lambda: redis)

    def busy() -> None:
        raise lanes.Busy

    with monkeypatch.context() as patch:
        patch.setattr(lanes, "keep_place", busy)
        with pytest.raises(lanes.Busy):
            slots.take(1)
    assert slots.take(1) is not None


def test_a_slot_whose_worker_was_not_heard_of_is_free_again_and_is_not_taken_back(
    monkeypatch, worker
):
    redis = Redis()
    monkeypatch.setattr(cache, "shared", lambda: redis)
    lost = slots.take(1)
    worker()
    redis.now += slots.LEASE_S - 1
    lost._told -= 2 * slots.BEAT_S
    lost.keep()
    redis.now += slots.LEASE_S - 1
    assert slots.take(1) is None, "its worker was heard of"
    redis.now += 2
    held = slots.take(1)
    assert held is not None
    lost._told -= 2 * slots.BEAT_S
    lost.keep()
    lost.release()
    worker()
    assert slots.take(1) is None, "another one holds it"
    held.release()
    assert slots.take(1) is not None


def test_without_the_time_of_all_workers_each_counts_by_itself(monkeypatch, worker):
    redis = Redis()
    redis.now = float("nan")
    monkeypatch.setattr(cache, "shared", lambda: redis)
    assert slots.take(1) is not None
    assert slots.take(1) is None
    worker()
    assert slots.take(1) is not None


def test_a_slot_that_redis_does_not_take_back_is_given_back_once_it_answers(monkeypatch, worker):
    monkeypatch.setattr(slots, "BACK_S", 0.01)
    redis = Redis()
    monkeypatch.setattr(cache, "shared", lambda: redis)
    sent = slots.take(1)
    redis.is_there = False
    sent.release()
    time.sleep(0.05)
    redis.is_there = True
    worker()
    until(lambda: slots.take(1), 10)
