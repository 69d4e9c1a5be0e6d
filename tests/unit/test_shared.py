"""A shared cache at fault, or a stranger's: slower, never down, never wrong, nothing run."""

import contextlib
import logging
import os
import pickle
import re
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import flask
import pandas as pd
import pytest

from api import overview
from data.db import cache, stored
from data.db.cache import Cached, cached
from data.db.stored import Stored
from data.errors import HistorianUnavailable
from data.shared import Shared, address, budget, client, store
from data.shared.client import Client
from data.shared.errors import RedisLost, RedisRefused
from data.shared.sealed import opened, sealed, signing_key
from tests.support.proxy import Proxy
from tests.support.redis import (
    BUILD,
    NONSENSE,
    SECRET,
    asked,
    keys,
    nonsense,
    redis_server,
    sharing,
    value,
)

DOWN = HistorianUnavailable("historian_lost", detail="gone")
needs_redis = pytest.mark.optional("redis-server")


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test begins and ends with a memory of its own; Redis has time on a busy machine."""
    monkeypatch.setattr(store, "ANSWER_S", 10.0)
    monkeypatch.setattr(store, "SLOW_S", 60.0)
    cache.configure(flask.Flask("test"))
    cache.forget()
    yield
    cache.configure(flask.Flask("test"))
    cache.forget()


class Worker:
    """A worker with a memory of its own, whose reader counts its calls: the n-th answer holds n."""

    def __init__(self) -> None:
        self.calls = 0
        self.failure: Exception | None = None
        self.ask: Cached = cached(60)(self.read)

    def read(self, question: str) -> pd.DataFrame:
        """Return how often was asked."""
        if self.failure:
            raise self.failure
        self.calls += 1
        return pd.DataFrame({"value": [float(self.calls)]})

    def answered(self, question: str = "a") -> float:
        """Return what the reader, or the cache before it, answers."""
        return float(self.ask(question)["value"].iloc[0])


def anew(monkeypatch: pytest.MonkeyPatch, *given: object, **options: object) -> None:
    """Go on as another worker, with an empty memory."""
    name = f"worker {time.monotonic()}"
    monkeypatch.setattr(cache, "worker", lambda: name)
    cache.configure(flask.Flask("test"), sharing(*given, **options))
    cache.forget()


@pytest.fixture
def port() -> Iterator[int]:
    """Where a Redis server of this test listens."""
    with redis_server() as found:
        yield found


# ---- signatures ---------------------------------------------------------------------------------


def test_a_value_opens_under_its_key_name_and_build_alone() -> None:
    key = signing_key(SECRET, BUILD)
    whole = sealed(key, "name", b"content")
    assert opened(key, "name", whole) == b"content"
    assert opened(key, "name", sealed(key, "name", b"")) == b""
    others = [signing_key(SECRET, "another"), signing_key("another secret", BUILD)]
    assert [opened(other, "name", whole) for other in others] == [None, None]
    assert [opened(key, name, whole) for name in ("nam", "namec", "", "other")] == 4 * [None]


def test_nothing_is_stored_but_what_is_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """No value has a codec of its own, and no command changes one but by storing another."""
    said: list[tuple[bytes, ...]] = []
    made = Shared(sharing(1))
    monkeypatch.setattr(made._client, "ask", lambda *words: said.append(words))
    for each in (b"bytes", 7, {"a": 1}, ("a", 1.0), pd.DataFrame({"a": [1]})):
        made.set("key", each, 60)
        made.add("key", each, 60)
    made.forget("key")
    assert {words[0] for words in said} == {b"SET", b"DEL"}
    for words in said[:-1]:
        assert opened(made._key, words[1].decode(), words[2]) is not None
    commands = re.findall(r'_asked\(\s*b"(\w+)"', Path(store.__file__).read_text())
    assert set(commands) == {"GET", "SET", "DEL", "PING"}


def test_no_change_of_a_byte_and_no_cut_opens() -> None:
    key = signing_key(SECRET, BUILD)
    whole = sealed(key, "name", b"content")
    for place in range(len(whole)):
        other = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
        assert opened(key, "name", other) is None
        assert opened(key, "name", whole[:place]) is None
    assert opened(key, "name", whole + b"x") is None
    moved = sealed(key, "nam", b"econtent")
    assert opened(key, "name", moved) is None


# ---- poisons ------------------------------------------------------------------------------------


class Planted:
    """What runs a program as soon as it is unpickled."""

    def __init__(self, where: Path) -> None:
        self.where = where

    def __reduce__(self) -> tuple[object, ...]:
        return os.system, (f"touch {self.where}",)


def _flipped(whole: bytes) -> bytes:
    return whole[:-1] + bytes([whole[-1] ^ 1])


def _resealed(secret: str, build: str) -> Callable[[bytes, str, bytes], bytes]:
    def made(_whole: bytes, name: str, planted: bytes) -> bytes:
        return sealed(signing_key(secret, build), name, planted)

    return made


#: What lies under a key instead of its value: of the value, the key's name and a planted pickle.
POISONS: dict[str, Callable[[bytes, str, bytes], bytes]] = {
    "a planted pickle": lambda whole, name, planted: planted,
    "as the usual library marks one": lambda whole, name, planted: b"!" + planted,
    "behind our mark": lambda whole, name, planted: whole[:6] + planted,
    "behind our signature": lambda whole, name, planted: whole[:38] + planted,
    "after our value": lambda whole, name, planted: whole + planted,
    "signed with another secret": _resealed("another-secret-of-16", BUILD),
    "signed with an empty secret": _resealed("", BUILD),
    "signed for another build": _resealed(SECRET, "ba9876543210 Python 3.11"),
    "cut": lambda whole, name, planted: whole[:-9],
    "cut within the signature": lambda whole, name, planted: whole[:20],
    "a bit changed": lambda whole, name, planted: _flipped(whole),
    "empty": lambda whole, name, planted: b"",
    "a number": lambda whole, name, planted: b"42",
    "zeros": lambda whole, name, planted: bytes(4096),
    "a pickle without an end": lambda whole, name, planted: pickle.dumps([1])[:-1],
    "one that asks for memory": lambda whole, name, planted: b"\x80\x05\x8e" + 8 * b"\x7f",
}


@needs_redis
@pytest.mark.parametrize("poison", POISONS)
def test_a_poisoned_value_is_a_miss_is_overwritten_and_runs_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, port: int, poison: str
) -> None:
    worker, ran = Worker(), tmp_path / "ran"
    anew(monkeypatch, port)
    assert worker.answered() == 1
    (key,) = keys(port)
    planted = POISONS[poison](value(port, key), key, pickle.dumps(Planted(ran)))
    assert asked(port, "SET", key, planted) == b"+OK\r\n"
    anew(monkeypatch, port)
    assert worker.answered() == 2
    assert value(port, key) != planted
    anew(monkeypatch, port)
    assert (worker.answered(), worker.calls) == (2, 2)
    assert not ran.exists()


def test_the_planted_pickle_would_run(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(Planted(tmp_path / "ran")))
    assert (tmp_path / "ran").exists()


@needs_redis
@pytest.mark.parametrize(
    "kind", ["LPUSH {key} a", "HSET {key} a 1", "SADD {key} a", "SETBIT {key} 70000000 1"]
)
def test_a_key_that_holds_no_value_is_a_miss_and_is_overwritten(
    monkeypatch: pytest.MonkeyPatch, port: int, kind: str
) -> None:
    worker = Worker()
    anew(monkeypatch, port)
    assert worker.answered() == 1
    (key,) = keys(port)
    asked(port, "DEL", key)
    asked(port, *kind.format(key=key).split())
    monkeypatch.setattr(store, "PAUSE_S", 0.0)
    anew(monkeypatch, port)
    assert worker.answered() == 2
    anew(monkeypatch, port)
    assert worker.answered() == 2


@needs_redis
def test_a_value_under_another_key_is_a_miss(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    worker = Worker()
    anew(monkeypatch, port)
    assert [worker.answered(each) for each in "ab"] == [1, 2]
    first, second = keys(port)
    moved = value(port, first)
    asked(port, "SET", second, moved)
    asked(port, "SET", first, value(port, second) or b"")
    anew(monkeypatch, port)
    assert sorted(worker.answered(each) for each in "ab") != [1, 2]


@needs_redis
def test_builds_side_by_side_neither_read_nor_overwrite_one_another(
    monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    worker = Worker()
    for build in ("old", "new"):
        anew(monkeypatch, port, build=build)
        worker.answered()
    assert worker.calls == 2
    said = {}
    for build in ("old", "new"):
        anew(monkeypatch, port, build=build)
        said[build] = worker.answered()
    assert said == {"old": 1, "new": 2}
    old, new = (next(key for key in keys(port) if f":{build}:" in key) for build in said)
    asked(port, "SET", new, value(port, old))
    anew(monkeypatch, port, build="new")
    assert worker.answered() == 3


@needs_redis
def test_sites_of_other_secrets_leave_one_another_alone(
    monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    """Over one historian, by one Redis."""
    worker, said = Worker(), {}
    for secret in (SECRET, "another-secret-of-16"):
        anew(monkeypatch, port, secret=secret)
        said[secret] = worker.answered()
        assert cache.shared().add("export:0", True, 60), "the right to send a file"
    for secret, before in said.items():
        anew(monkeypatch, port, secret=secret)
        assert worker.answered() == before


# ---- time ---------------------------------------------------------------------------------------


@needs_redis
def test_an_old_value_that_is_put_back_is_as_old_as_it_is(
    monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    """Whoever can write there can keep a value and plant it again: its time is signed too."""
    worker, now = Worker(), [1_000_000.0]
    anew(monkeypatch, port, lambda: now[0])
    assert worker.answered() == 1
    (key,) = keys(port)
    old = value(port, key)
    now[0] += 1_800
    asked(port, "SET", key, old)
    anew(monkeypatch, port, lambda: now[0])
    assert worker.answered() == 2
    asked(port, "SET", key, old)
    anew(monkeypatch, port, lambda: now[0])
    worker.failure = DOWN
    answer = worker.ask.answer("a")
    assert answer.error is not None and answer.age == 1_800
    now[0] += 1_801
    asked(port, "SET", key, old)
    anew(monkeypatch, port, lambda: now[0])
    with pytest.raises(HistorianUnavailable):
        worker.ask.answer("a")


@needs_redis
@pytest.mark.parametrize("later", [-3_600.0, -2.0, float("nan")])
def test_what_others_stored_in_the_future_or_nobody_knows_when_is_never_shown(
    monkeypatch: pytest.MonkeyPatch, port: int, later: float
) -> None:
    worker = Worker()
    anew(monkeypatch, port, lambda: 1_000_000.0)
    worker.answered()
    anew(monkeypatch, port, lambda: 1_000_000.0 + later)
    worker.failure = DOWN
    with pytest.raises(HistorianUnavailable):
        worker.ask.answer("a")
    worker.failure = None
    anew(monkeypatch, port, lambda: 1_000_000.0 + later)
    assert worker.answered() == 2
    assert worker.ask.answer("a").age < 60


@needs_redis
def test_what_has_no_time_by_the_shared_clock_stays_in_its_worker(
    monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    worker = Worker()
    anew(monkeypatch, port, lambda: float("nan"))
    assert worker.answered() == worker.answered() == 1
    assert keys(port) == []
    assert abs(worker.ask.answer("a").as_of.timestamp() - time.time()) < 60


@needs_redis
def test_an_expired_answer_does_not_come_back_from_a_cache_that_is_full(
    monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    worker = Worker()
    anew(monkeypatch, port)
    assert worker.answered() == 1
    asked(port, "CONFIG", "SET", "maxmemory", "1")
    worker.ask.expire("a")
    assert worker.answered() == 2


# ---- one flight of all workers ------------------------------------------------------------------


def a_tick(monkeypatch: pytest.MonkeyPatch, port: int, seconds: float = 2.0) -> Worker:
    """Return a worker that reads what every viewer asks for."""
    anew(monkeypatch, port)
    made = Worker()
    made.ask = cached(seconds, pinned=True)(made.read)
    return made


@needs_redis
def test_what_another_worker_reads_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    monkeypatch.setattr(stored, "LANDING_S", 60.0)
    first = a_tick(monkeypatch, port, seconds=60.0)
    assert first.answered() == 1.0
    key = first.ask._key(("a",), {})
    answer = cache._state.stores.own(key, False)
    second = a_tick(monkeypatch, port, seconds=60.0)
    others = cache.shared()
    for name in (key, f"flight:{key}"):
        others.forget(name)
    assert others.add(f"flight:{key}", True, 60)
    threading.Timer(0.1, others.set, (key, answer, 60)).start()
    assert second.answered() == 1.0
    assert second.calls == 0


@needs_redis
def test_a_worker_that_died_while_it_read_is_not_waited_for_long(
    monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    reader = a_tick(monkeypatch, port)
    assert cache.shared().add(f"flight:{reader.ask._key(('a',), {})}", True, 60)
    assert reader.answered() == 1.0
    assert reader.calls == 1


@needs_redis
def test_who_reads_first_is_not_waited_for_at_the_next_tick(
    monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    assert stored.FLIGHT_S < overview.TICK_S
    monkeypatch.setattr(stored, "FLIGHT_S", 60.0)
    reader = a_tick(monkeypatch, port)
    assert reader.answered() == 1.0
    (flight,) = (name for name in keys(port) if ":flight:" in name)
    assert 0 < int(asked(port, "PTTL", flight).strip(b":\r\n")) <= 60_000


# ---- faults -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_is_no_answer(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    worker = Worker()
    monkeypatch.setattr(store, "PAUSE_S", 0.0)
    monkeypatch.setattr(store, "ANSWER_S", 0.2)  # some of it is waited for to its end
    with nonsense(NONSENSE[kind]) as port:
        anew(monkeypatch, port)
        assert [worker.answered(each) for each in "aab"] == [1, 1, 2]
        assert cache.held() is None


#: What becomes of the way to Redis: what a test does to its proxy.
FAULTS: dict[str, Callable[[Proxy], object]] = {
    "refusing": Proxy.refuse,
    "silent": lambda way: setattr(way, "mode", "silent"),
    "half a second late": lambda way: (setattr(way, "seconds", 0.5), setattr(way, "mode", "delay")),
    "late, within its time": lambda way: (
        setattr(way, "seconds", 0.12),
        setattr(way, "mode", "delay"),
    ),
    "reset": lambda way: setattr(way, "mode", "reset"),
    "cut after a byte": lambda way: (setattr(way, "most", 1), setattr(way, "mode", "cut")),
    "cut within a value": lambda way: (setattr(way, "most", 40), setattr(way, "mode", "cut")),
}


REASONS = {
    "another protocol": "no answer that Redis gives$",
    "a length beyond all": "no answer that Redis gives$",
    "a length in words": "no answer that Redis gives$",
    "nested arrays": "no answer that Redis gives$",
    "an error of a cluster, without its end": "no answer that Redis gives$",
    "an answer of RESP 3": "no answer that Redis gives$",
    "nothing": "closed|reset",
}


@pytest.mark.parametrize("kind", REASONS)
def test_nonsense_is_recognised_by_what_it_is_and_not_waited_for(kind: str) -> None:
    with nonsense(NONSENSE[kind]) as port:
        made = Client(address(f"redis://127.0.0.1:{port}"), 20)
        with pytest.raises(RedisLost, match=REASONS[kind]):
            made.ask(b"GET", b"a")


@needs_redis
@pytest.mark.parametrize("fault", FAULTS)
def test_a_way_at_fault_leaves_the_worker_its_own_memory_and_comes_back(
    monkeypatch: pytest.MonkeyPatch, port: int, fault: str
) -> None:
    worker = Worker()
    monkeypatch.setattr(store, "PAUSE_S", 0.3)
    with Proxy(f"host=127.0.0.1 port={port}") as way:
        anew(monkeypatch, way.port)
        assert worker.answered("before") == 1
        client_ = cache._state.stores.shared._client
        client_.seconds = 0.2
        monkeypatch.setattr(store, "SLOW_S", 0.1)
        FAULTS[fault](way)
        assert [worker.answered(each) for each in ("a", "a", "before")] == [2, 2, 1]
        worker.failure = DOWN
        assert worker.ask.answer("a").error is None
        worker.failure = None
        way.mode, client_.seconds = "pass", 10.0
        monkeypatch.setattr(store, "SLOW_S", 60.0)
        if fault == "refusing":
            way.listen()
        deadline = time.monotonic() + 20
        while cache.held() is None:
            assert time.monotonic() < deadline, "it did not come back"
            time.sleep(0.05)
        assert worker.answered("after") == 3
        anew(monkeypatch, way.port)
        assert worker.answered("after") == 3


@needs_redis
def test_a_server_that_is_started_again_is_asked_again_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker = Worker()
    with redis_server() as port:
        anew(monkeypatch, port)
        worker.answered("a")
    with redis_server(port=port):
        assert worker.answered("b") == 2
        assert len(keys(port)) == 1


@needs_redis
def test_a_server_that_is_flushed_or_full_costs_sharing_alone(
    monkeypatch: pytest.MonkeyPatch, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    worker = Worker()
    anew(monkeypatch, port)
    worker.answered("a")
    asked(port, "FLUSHALL")
    assert worker.answered("a") == 1
    asked(port, "CONFIG", "SET", "maxmemory", "1")
    assert [worker.answered(each) for each in "bcb"] == [2, 3, 2]
    assert [record.getMessage() for record in caplog.records] == [
        "the shared cache takes no answer: OOM"
    ]
    assert keys(port) == [] and cache.held() is not None


@needs_redis
def test_a_password_opens_and_a_wrong_one_is_a_failure_that_does_not_show_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "ksys")
    with redis_server("--requirepass", "open@sesame") as port:
        for word, is_in in (("open%40sesame", True), ("shut%40sesame", False)):
            made = Client(address(f"redis://:{word}@127.0.0.1:{port}/2"), 5)
            with contextlib.closing(made), contextlib.suppress(RedisLost):
                assert (made.ask(b"PING") == b"PONG") == is_in
        cache.configure(
            flask.Flask("test"),
            replace(sharing(port), url=f"redis://:shut%40sesame@127.0.0.1:{port}"),
        )
        assert Worker().answered() == 1
    assert "it refuses: WRONGPASS" in caplog.text
    assert "sesame" not in caplog.text and "127.0.0.1" not in caplog.text


def test_a_byte_now_and_then_does_not_hold_a_caller() -> None:
    """Each piece comes in time, the whole never would."""

    def drip(listener: socket.socket) -> None:
        line, _where = listener.accept()
        with contextlib.suppress(OSError), line:
            line.sendall(b"$1000\r\n")
            while True:
                line.sendall(b"x")
                time.sleep(0.02)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=drip, args=(listener,), daemon=True).start()
        made = Client(address(f"redis://127.0.0.1:{listener.getsockname()[1]}"), 0.2)
        with pytest.raises(RedisLost, match="no answer in time"):
            made.ask(b"GET", b"a")


def test_a_flood_is_cut_at_the_size_that_a_value_may_have() -> None:
    """A length of a gigabyte is believed by the library; what comes is not waited for."""
    sent = [0]

    def pour(listener: socket.socket) -> None:
        line, _where = listener.accept()
        with contextlib.suppress(OSError), line:
            line.recv(100)  # what comes before a question makes the library connect anew
            line.sendall(b"$1073741824\r\n")
            while True:
                sent[0] += line.send(bytes(65_536))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        pouring = threading.Thread(target=pour, args=(listener,), daemon=True)
        pouring.start()
        made = Client(address(f"redis://127.0.0.1:{listener.getsockname()[1]}"), 120)
        with pytest.raises(RedisLost, match="more than a value has"):
            made.ask(b"GET", b"a")
        pouring.join(20)
    assert not pouring.is_alive()
    assert budget.MOST_BYTES / 2 < sent[0] < 8 * budget.MOST_BYTES


def test_a_socket_of_the_budget_counts_what_it_reads_either_way_and_ends_in_time() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        allowed = budget.Budget()
        line = budget.BoundedSocket(ours, allowed)
        with pytest.raises(TimeoutError):
            line.recv(1)  # nothing was asked
        allowed.begin(60)
        theirs.sendall(b"abcd")
        buffer = bytearray(2)
        assert (line.recv(2), line.recv_into(buffer), buffer) == (b"ab", 2, b"cd")
        line.settimeout(0)
        with pytest.raises(BlockingIOError):
            line.recv(1)
        allowed._bytes = 3
        theirs.sendall(b"abcd")
        with pytest.raises(RedisLost, match="more than a value has"):
            line.recv_into(bytearray(4))
        allowed.begin(0.05)
        line.settimeout(60)
        with pytest.raises(TimeoutError):
            line.sendall(bytes(100_000_000))


def test_nothing_is_said_but_the_question() -> None:
    """No greeting, no name of a library: each would be a round trip more of the same 0.2 s."""
    heard = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen() -> None:
            line, _where = listener.accept()
            with line:
                heard.extend(line.recv(65_536))
                line.sendall(b"+PONG\r\n")

        threading.Thread(target=listen, daemon=True).start()
        made = Client(address(f"redis://127.0.0.1:{listener.getsockname()[1]}"), 20)
        assert made.ask(b"PING") == b"PONG"
        made.close()
    assert heard == b"*1\r\n$4\r\nPING\r\n"


def test_each_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    with nonsense(b"+PONG\r\n") as port:
        monkeypatch.setattr(client, "resolved", lambda *_given: ["127.0.0.2", "127.0.0.1"])
        made = Client(address(f"redis://cache:{port}"), 20)
        assert made.ask(b"PING") == b"PONG"
        made.close()
        monkeypatch.setattr(client, "resolved", lambda *_given: ["127.0.0.2"])
        with pytest.raises(RedisLost, match="^Connection refused$"):
            made.ask(b"PING")


@needs_redis
def test_more_askers_than_connections_wait_for_one(port: int) -> None:
    made = Client(address(f"redis://127.0.0.1:{port}"), 60)
    with contextlib.closing(made), ThreadPoolExecutor(3 * client.CONNECTIONS) as pool:
        said = list(pool.map(lambda _each: made.ask(b"PING"), range(600)))
        assert said == 600 * [b"PONG"]
        assert len(made._pool._connections) <= client.CONNECTIONS


def test_a_name_service_that_hangs_does_not_hold_a_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def resolve(*_all: object, **_named: object) -> list[object]:
        over.wait(20)
        return []

    monkeypatch.setattr(budget.socket, "getaddrinfo", resolve)
    with pytest.raises(RedisLost, match="no answer in time"):
        Client(address("redis://cache"), 0.05).ask(b"PING")
    over.set()


def test_while_it_is_left_alone_nobody_asks_and_then_one_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[bytes] = []
    go_on = threading.Event()

    def ask(*words: bytes) -> bytes:
        tried.append(words[0])
        if len(tried) > 1:
            go_on.wait(20)
            return b"PONG"
        raise RedisLost("no answer in time")

    made = Shared(sharing(1))
    monkeypatch.setattr(made._client, "ask", ask)
    made._breaker.pause = 600.0
    assert [made.answers() for _ in range(3)] == 3 * [False]
    assert len(tried) == 1
    made._breaker._until = 0.0  # the time is over
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(made.answers) for _ in range(8)]
        while sum(each.done() for each in waiting) < 7:
            time.sleep(0.005)
        go_on.set()
        assert sorted(each.result() for each in waiting) == 7 * [False] + [True]
    assert len(tried) == 2


def test_a_probe_that_ends_in_an_error_of_ours_does_not_close_the_way_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = Shared(sharing(1))
    made._breaker.pause = 0.0
    for failure in (RedisLost("gone"), ZeroDivisionError(), RedisRefused("LOADING")):
        monkeypatch.setattr(made._client, "ask", _raising(failure))
        with contextlib.suppress(ZeroDivisionError):
            assert made.get("a") is None
    monkeypatch.setattr(made._client, "ask", lambda *_words: b"PONG")
    assert made.answers()


def _raising(failure: Exception) -> Callable[..., bytes]:
    def ask(*_words: bytes) -> bytes:
        raise failure

    return ask


@needs_redis
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_worker_speaks_on_a_connection_of_its_own(
    monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    worker = Worker()
    anew(monkeypatch, port)
    worker.answered("a")
    descriptor = _connections()[0]._sock._socket.fileno()
    child = os.fork()
    if child == 0:
        is_anew = _connections() == [] and not Path(f"/proc/self/fd/{descriptor}").exists()
        os._exit(7 if is_anew and cache._state.stores.shared.answers() else 8)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert cache.held() == 1


def _connections() -> list[Any]:
    return list(cache._state.stores.shared._client._pool._connections)


def test_what_is_too_large_for_a_line_is_not_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    made, tried = Shared(sharing(1)), []
    monkeypatch.setattr(made._client, "ask", lambda *words: tried.append(words[0]) or b"OK")
    made.set("a", bytes(budget.MOST_BYTES), 60)
    assert tried == []
    made.set("a", bytes(budget.MOST_BYTES // 2), 60)
    assert tried == [b"SET"]


@needs_redis
def test_private_answers_are_not_shared(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    anew(monkeypatch, port)
    cached(60, private=True)(lambda question: 7)("a")
    assert keys(port) == []
    assert isinstance(next(iter(_memory())), Stored)


def _memory() -> Iterator[object]:
    memory = cache._state.stores.memory
    return (memory.get(key) for key in list(memory._cache))


@needs_redis
def test_a_socket_of_this_machine_is_a_way_too(tmp_path: Path) -> None:
    path = tmp_path / "redis.sock"
    with redis_server("--unixsocket", str(path)):
        made = Client(address(f"unix://{path}?db=1"), 5)
        assert made.ask(b"SET", b"a", b"x\r\ny") == b"OK"
        assert made.ask(b"GET", b"a") == b"x\r\ny"
        assert made.ask(b"GET", b"b") is None
        made.close()


@pytest.mark.optional("openssl")
def test_over_tls_only_a_server_is_believed_whose_certificate_is_its_own(tmp_path: Path) -> None:
    certificate, key = tmp_path / "certificate", tmp_path / "key"
    made = "req -x509 -nodes -newkey rsa:2048 -days 2 -subj /CN=x"
    made += " -addext subjectAltName=DNS:localhost"
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", *made.split(), *files], check=True, capture_output=True)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    with nonsense(b"+PONG\r\n", server) as port:
        trusted = f"ssl_ca_certs={certificate}"
        client_ = Client(address(f"rediss://localhost:{port}?{trusted}"), 20)
        assert client_.ask(b"PING") == b"PONG"
        client_.close()
        for other in (f"localhost:{port}", f"127.0.0.1:{port}?{trusted}"):
            with pytest.raises(RedisLost, match="TLS failed"):
                Client(address(f"rediss://{other}"), 20).ask(b"PING")


# ---- addresses ----------------------------------------------------------------------------------


def test_an_address_is_understood_whole() -> None:
    made = address("rediss://me:p%40ss%2F@cache:6380/3")
    assert (made.host, made.port, made.tls, made.database) == ("cache", 6380, True, 3)
    assert (made.user, made.password) == ("me", "p@ss/")
    local = address("unix://:word@/run/redis.sock?db=2")
    assert (local.path, local.password, local.database) == ("/run/redis.sock", "word", 2)
    assert address("redis://[::1]").host == "::1"
    assert (address("redis://cache").port, address("redis://cache").database) == (6379, 0)


@pytest.mark.parametrize(
    "url",
    [
        "http://cache",
        "redis://",
        "redis:cache",
        "unix://",
        "unix://host/run/redis.sock",
        "redis://:hu/sh@cache:6379/0",
        "redis://:12/sh@cache:6379/0",
        "redis://:12?sh@cache:6379/0",
        "redis://:12#sh@cache:6379/0",
        "redis://me:12#sh@cache:6379/0",
        "redis://cache/zero",
        "redis://cache?ssl_cert_reqs=none",
        "rediss://cache?ssl_ca_certs=/nowhere",
        "redis://cache:port",
        "redis://ca che",
    ],
)
def test_an_address_that_is_not_understood_whole_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        address(url)
