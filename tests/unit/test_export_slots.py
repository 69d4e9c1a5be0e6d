"""How many files are sent at once: by one worker, and with a shared cache by all of them."""

import pytest

from api.export import slots
from data.db import cache, lanes


class Redis:
    """What workers share, as far as slots go; dumb while `answers` is false."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.answers = True

    def count(self, key: str, _seconds: float) -> int | None:
        if not self.answers:
            return None
        self.counts[key] = self.counts.get(key, 0) + 1
        return self.counts[key]

    def prolong(self, key: str, _seconds: float) -> None:
        assert key in self.counts

    def forget(self, key: str) -> None:
        self.counts.pop(key, None)


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
    redis.answers = False
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
