"""What became of a file is told by every worker for a day: of this machine, and of another."""

import os
import pickle
import time
from collections.abc import Iterator
from pathlib import Path

import flask
import pytest

from api.export.ledger import KEPT_S, Ledger
from data.db import cache
from data.shared import store
from tests.support.redis import asked, keys, redis_server, sharing

NAME = "0123456789abcdef"
RECORD = {"id": NAME, "who": "kim", "rows": 3, "sha256": "ab", "state": "complete", "why": ""}
needs_redis = pytest.mark.optional("redis-server")


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test begins and ends without a shared cache; Redis has time on a busy machine."""
    monkeypatch.setattr(store, "ANSWER_S", 10.0)
    monkeypatch.setattr(store, "SLOW_S", 60.0)
    cache.configure(flask.Flask("test"))
    yield
    cache.configure(flask.Flask("test"))


def machines(folder: Path) -> tuple[Ledger, Ledger]:
    """Return the ledgers of two machines, which share no folder."""
    return Ledger(folder / "one"), Ledger(folder / "two")


def test_a_worker_of_the_same_machine_tells_it_and_another_machine_does_not(tmp_path):
    one, two = machines(tmp_path)
    one.note(NAME, RECORD)
    assert Ledger(tmp_path / "one").find(NAME) == RECORD
    assert two.find(NAME) is None


def test_after_a_day_nobody_tells_it(tmp_path):
    one, _ = machines(tmp_path)
    one.note(NAME, RECORD)
    old = time.time() - KEPT_S - 5
    os.utime(tmp_path / "one" / f"{NAME}.json", (old, old))
    assert one.find(NAME) is None


@needs_redis
def test_with_a_shared_cache_another_machine_tells_it_too(tmp_path):
    one, two = machines(tmp_path)
    with redis_server() as port:
        cache.configure(flask.Flask("test"), sharing=sharing(port))
        one.note(NAME, RECORD)
        assert two.find(NAME) == RECORD
        assert two.find("another-name") is None
        (key,) = keys(port)
        assert 0 < int(asked(port, "PTTL", key).strip(b":\r\n")) <= 1_000 * KEPT_S


@needs_redis
@pytest.mark.parametrize("secret", ["another secret of sixteen signs", None])
def test_what_a_stranger_wrote_into_the_shared_cache_is_not_told(tmp_path, secret):
    one, two = machines(tmp_path)
    with redis_server() as port:
        cache.configure(flask.Flask("test"), sharing=sharing(port))
        one.note(NAME, RECORD)
        (key,) = keys(port)
        foreign = pickle.dumps((time.time(), RECORD | {"rows": 4}))
        if secret:
            cache.configure(flask.Flask("test"), sharing=sharing(port, secret=secret))
            Ledger(tmp_path / "three").note(NAME, RECORD | {"rows": 4})
            (theirs,) = set(keys(port)) - {key}
            asked(port, "RENAME", theirs, key)
            cache.configure(flask.Flask("test"), sharing=sharing(port))
        else:
            asked(port, "SET", key, foreign)
        assert keys(port) == [key]
        assert two.find(NAME) is None


@needs_redis
def test_what_a_shared_cache_keeps_for_longer_than_a_day_is_not_told(tmp_path):
    one, two = machines(tmp_path)
    with redis_server() as port:
        cache.configure(flask.Flask("test"), sharing=sharing(port))
        one.note(NAME, RECORD)
        (key,) = keys(port)
        asked(port, "PERSIST", key)
        later = sharing(port, lambda: time.time() + KEPT_S + 5)
        cache.configure(flask.Flask("test"), sharing=later)
        assert two.find(NAME) is None


@needs_redis
def test_a_shared_cache_that_is_gone_is_no_reason_not_to_tell_it(tmp_path):
    one, two = machines(tmp_path)
    with redis_server() as port:
        cache.configure(flask.Flask("test"), sharing=sharing(port))
    one.note(NAME, RECORD)
    assert one.find(NAME) == RECORD
    assert two.find(NAME) is None
