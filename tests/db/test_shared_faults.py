"""Every fault and poison of the shared cache, through the routes of the app: never a failure, never
a wrong number, and nothing run.

What workers share was made before the readings changed: who shows any of it shows wrong numbers.
"""

import contextlib
import itertools
import json
import math
import os
import pickle
import socket
import subprocess
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import flask
import psycopg2
import pytest

from data.db import cache, pool
from data.db.stored import Moment, Stored
from data.demo import plant
from data.shared import Shared, budget, store
from data.shared.sealed import opened, sealed, signing_key
from data.store import install, rollups
from settings import Settings
from tests.support.app import whole_app
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

pytestmark = [pytest.mark.db, pytest.mark.optional("redis-server")]
PAGES = ("", "trend?tag=D101", "tech?tag=D101", "status", "status.json", "healthz", "metrics")
CHANGE = "UPDATE influx_hist SET value = value + 7 WHERE ts > %s - interval '8 hours'"


_NUMBERS, _WORKER = itertools.count(), [""]


class Site:
    """The app in this process, which may be any worker, over readings that changed meanwhile."""

    def __init__(self, dsn: str, folder: Path) -> None:
        settings = Settings(dsn=dsn, auth=("none",), rate_limit=10**6, data_dir=str(folder))
        self.dsn, self._stop = dsn, datetime.now(UTC).replace(microsecond=0)
        self.server = whole_app(settings).server
        self.server.config["PROPAGATE_EXCEPTIONS"] = False
        self._client, self._asked = self.server.test_client(), itertools.count()
        told = self._client.get("/_dash-dependencies").json
        (self._chart,) = (e for e in told if "trend-chart.figure" in e["output"])

    def numbers(self) -> dict[str, Any]:
        """Return what the routes and the chart say of the readings; no route may fail."""
        start = self._stop - timedelta(hours=12)
        window = f"start={start:%Y-%m-%dT%H:%MZ}&stop={self._stop:%Y-%m-%dT%H:%MZ}&tag=D101"
        for page in PAGES:
            self._got(page)
        return {
            "frame": json.loads(self._got("overview/frame"))["value"],
            "tags": json.loads(self._got("overview/tags"))["names"],
            "reading": json.loads(self._got("overview/reading?tag=D101"))["value"],
            "trend": self._got(f"trend/rows.csv?{window}"),
            "tech": self._got(f"tech/rows.csv?{window}"),
            "chart": self._drawn({"start": f"{start:%FT%TZ}", "stop": f"{self._stop:%FT%TZ}"}),
        }

    def lines(self) -> Any:
        """Return what the small charts show: they move on with each minute."""
        return json.loads(self._got("overview/sparklines"))["lines"]

    def _got(self, path: str) -> str:
        answer = self._client.get(f"/{path}")
        assert answer.status_code == 200, f"/{path}: {answer.text:.300}"
        return str(answer.text)

    def _drawn(self, window: dict[str, str]) -> str:
        names = [each.rpartition(".") for each in self._chart["output"].strip(".").split("...")]
        asked_ = {"tag": ["D101"], "width": 800, "theme": "light", **window}
        body = {
            "output": self._chart["output"],
            "outputs": [{"id": name, "property": key} for name, _dot, key in names],
            "inputs": [{**each, "value": asked_} for each in self._chart["inputs"]],
            "changedPropIds": ["trend-question.data"],
        }
        # A browser of another kind each time: it is not given what another was given just now.
        headers = {"Accept-Encoding": f"identity, x-{next(self._asked)}"}
        answer = self._client.post("/_dash-update-component", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return json.dumps(answer.json["response"]["trend-chart"]["figure"]["data"])

    def change(self) -> None:
        """Let every reading of the last hours be another."""
        with contextlib.closing(psycopg2.connect(self.dsn)) as connection:
            with connection.cursor() as cursor:
                cursor.execute(CHANGE, (self._stop,))
            rollups.refresh(connection)
            connection.commit()


@dataclass(frozen=True)
class Told:
    """A site, what it shared before the readings changed, and what is right before and since."""

    site: Site
    moment: float
    shared: dict[str, bytes]
    before: dict[str, Any]
    now: dict[str, Any]


def become(port: int | None, moment: float) -> None:
    """Go on as another worker, with an empty memory, at a moment of the clock of all workers."""
    _WORKER[0] = f"worker {next(_NUMBERS)}"
    given = sharing(port, lambda: moment) if port else None
    cache.configure(flask.Flask("test"), given)
    cache.forget()


@pytest.fixture(scope="module")
def told(module_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """A plant, shared as one worker saw it; its readings changed since."""
    with contextlib.closing(psycopg2.connect(module_database)) as connection:
        install.install(connection)
        plant.seed(connection, datetime.now(UTC), days=2)
        connection.commit()
    moment, naming = datetime.now(UTC).timestamp(), pytest.MonkeyPatch()
    naming.setattr(cache, "worker", lambda: _WORKER[0])
    with redis_server() as port, pytest.MonkeyPatch.context() as patch:
        patient(patch)
        site = Site(module_database, tmp_path_factory.mktemp("faults"))
        become(port, moment)
        before = site.numbers()
        site.lines()
        shared = {name: value(port, name) for name in keys(port)}
    site.change()
    become(None, moment)
    yield Told(site, moment, shared, before, site.numbers())
    naming.undo()
    cache.configure(flask.Flask("test"))
    cache.forget()
    pool.dispose()


def patient(patch: pytest.MonkeyPatch) -> None:
    """Wait for Redis, which has time on a busy machine: so what it says is looked at."""
    patch.setattr(store, "ANSWER_S", 10.0)
    patch.setattr(store, "SLOW_S", 60.0)
    patch.setattr(store, "PAUSE_S", 0.0)


# ---- what lies under the keys -------------------------------------------------------------------


class Runs:
    """What calls a function as soon as it is unpickled."""

    def __init__(self, function: Callable[..., object], *given: object) -> None:
        self.called = function, given

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.called


def _stored(value: object) -> bytes:
    return pickle.dumps(Stored(value, Moment(0.0, 0.0, "another"), 0.0, 1e9))


def _text(ran: Path) -> str:
    return f"__import__('os').mkdir({str(ran)!r})"


#: Pickles that leave something when they are unpickled.
BOMBS: dict[str, Callable[[Path], bytes]] = {
    "a command": lambda ran: pickle.dumps(Runs(os.system, f"touch {ran}")),
    "a program": lambda ran: pickle.dumps(Runs(subprocess.call, ["touch", str(ran)])),
    "a text that is executed": lambda ran: pickle.dumps(Runs(exec, _text(ran))),
    "a text that is evaluated": lambda ran: pickle.dumps(Runs(eval, _text(ran))),
    "a folder that is made": lambda ran: pickle.dumps(Runs(os.mkdir, str(ran))),
    "a command in a list": lambda ran: pickle.dumps([1, {"a": Runs(os.system, f"touch {ran}")}]),
    "a command in an answer": lambda ran: _stored(Runs(os.system, f"touch {ran}")),
    "a command of the first protocol": lambda ran: f"cos\nsystem\n(S'touch {ran}'\ntR.".encode(),
}


class Scene(NamedTuple):
    """A Redis with what another worker shared, the way to it, and what a program would leave."""

    told: Told
    port: int
    way: Proxy
    key: bytes
    ran: Path

    def other(self, name: str) -> bytes:
        """Return what lies under the next key."""
        names = list(self.told.shared)
        return self.told.shared[names[(names.index(name) + 1) % len(names)]]

    def resealed(self, name: str, **read: object) -> bytes:
        """Return an answer as of another moment, signed as ours are."""
        whole = self.told.shared[name]
        answer = pickle.loads(opened(self.key, name, whole) or b"N.")
        if not isinstance(answer, Stored):
            return whole
        moved = replace(answer, read=answer.read._replace(**read))
        return sealed(self.key, name, pickle.dumps(moved))


Poison = Callable[[Scene, str, bytes], bytes]


def _signed(secret: str, build: str) -> Poison:
    other = signing_key(secret, build)
    return lambda scene, name, whole: sealed(other, name, whole[38:])


def _flipped(whole: bytes, place: int) -> bytes:
    changed = bytearray(whole)
    changed[place] ^= 1
    return bytes(changed)


def _of_another_key(scene: Scene) -> bytes:
    """Return a value signed for a key that nobody asks for: under its own it would be right."""
    name, whole = next(iter(scene.told.shared.items()))
    return sealed(scene.key, name + "x", whole[38:])


def _bomb(scene: Scene) -> bytes:
    return BOMBS["a command"](scene.ran)


#: Of a key's name and its value: what lies there instead.
POISONS: dict[str, Poison] = {
    **{f"{kind}, unpickled": lambda s, n, w, b=bomb: b(s.ran) for kind, bomb in BOMBS.items()},
    "a command as the usual library marks it": lambda s, n, w: b"!" + _bomb(s),
    "a command behind our mark": lambda s, n, w: w[:6] + _bomb(s),
    "a command behind our signature": lambda s, n, w: w[:38] + _bomb(s),
    "a command after our value": lambda s, n, w: w + _bomb(s),
    "a command before our value": lambda s, n, w: _bomb(s) + w,
    "signed with another secret": _signed("another-secret-of-16", f"{BUILD} Python 3.11"),
    "signed with an empty secret": _signed("", f"{BUILD} Python 3.11"),
    "of another build": _signed(SECRET, "ba9876543210 Python 3.11"),
    "of another Python": _signed(SECRET, f"{BUILD} Python 2.7"),
    "moved from another key": lambda s, n, w: s.other(n),
    "signed for another key": lambda s, n, w: sealed(s.key, n + "x", w[38:]),
    "cut by a byte": lambda s, n, w: w[:-1],
    "cut in half": lambda s, n, w: w[: len(w) // 2],
    "cut within the signature": lambda s, n, w: w[:20],
    "a bit of the value changed": lambda s, n, w: _flipped(w, -9),
    "a bit of the signature changed": lambda s, n, w: _flipped(w, 11),
    "a bit of the mark changed": lambda s, n, w: _flipped(w, 4),
    "a byte more": lambda s, n, w: w + b"\n",
    "twice": lambda s, n, w: w + w,
    "compressed": lambda s, n, w: zlib.compress(bytes(10**6) + w),
    "without signature": lambda s, n, w: w[38:],
    "older than its time": lambda s, n, w: s.resealed(n, time=s.told.moment - 7_200),
    "of the future": lambda s, n, w: s.resealed(n, time=s.told.moment + 3_600),
    "of nobody knows when": lambda s, n, w: s.resealed(n, time=math.nan),
    "empty": lambda s, n, w: b"",
    "a number": lambda s, n, w: b"42",
    "zeros": lambda s, n, w: bytes(4_096),
    "JSON": lambda s, n, w: b'{"value": 1}',
    "a pickle without an end": lambda s, n, w: pickle.dumps([1])[:-1],
    "a pickle that asks for memory": lambda s, n, w: b"\x80\x05\x8e" + 8 * b"\x7f",
    "a pickle without bottom": lambda s, n, w: 100_000 * b"(" + b".",
    "larger than a value may be": lambda s, n, w: bytes(budget.MOST_BYTES + 4_096),
}
#: Of a key's name: what makes it a key of another type.
TYPES = {
    "a list": "LPUSH {} a",
    "a hash": "HSET {} a 1",
    "a set": "SADD {} a",
    "a sorted set": "ZADD {} 1 a",
    "a stream": "XADD {} * a 1",
    "a counter of words": "PFADD {} a",
    "a bit far out": "SETBIT {} 70000000 1",
}


@contextmanager
def poisoned(scene: Scene, poison: Poison) -> Iterator[int]:
    """Let something else lie under each key; it is overwritten."""
    planted = {name: poison(scene, name, whole) for name, whole in scene.told.shared.items()}
    for name, content in planted.items():
        assert asked(scene.port, "SET", name, content) == b"+OK\r\n"
    yield scene.port
    changed = [name for name in planted if value(scene.port, name) != planted[name]]
    assert len(changed) >= 5


@contextmanager
def of_type(scene: Scene, command: str) -> Iterator[int]:
    """Let each key be of another type."""
    for name in scene.told.shared:
        asked(scene.port, "DEL", name)
        assert not asked(scene.port, *command.format(name).split()).startswith(b"-")
    yield scene.port


# ---- what becomes of the server and of the way to it --------------------------------------------


@contextmanager
def commanded(scene: Scene, *commands: str) -> Iterator[int]:
    """Tell the server something."""
    for command in commands:
        assert not asked(scene.port, *command.split()).startswith(b"-"), command
    yield scene.port


@contextmanager
def busy(scene: Scene, sign: bytes, *command: str) -> Iterator[int]:
    """Keep the server at something until it refuses all else with a word."""
    with socket.create_connection(("127.0.0.1", scene.port)) as line:
        line.sendall(b"*%d\r\n" % len(command))
        line.sendall(b"".join(_bulk(each.encode()) for each in command))
        deadline = time.monotonic() + 20
        while not asked(scene.port, "GET", "a").startswith(b"-" + sign):
            assert time.monotonic() < deadline, f"no {sign!r}"
        yield scene.port


@contextmanager
def loading(scene: Scene) -> Iterator[int]:
    """Let the server read its values from its disk, which takes long."""
    fill = "for i = 1, 20000 do redis.call('set', 'other:' .. i, i) end"
    asked(scene.port, "EVAL", fill, "0")
    slowly = (("key-load-delay", "1000"), ("loading-process-events-interval-bytes", "1024"))
    for name, number in slowly:
        assert asked(scene.port, "CONFIG", "SET", name, number) == b"+OK\r\n"
    with busy(scene, b"LOADING", "DEBUG", "RELOAD") as port:
        yield port


@contextmanager
def stopped(scene: Scene) -> Iterator[int]:
    """Let the process of the server stand still."""
    with socket.create_connection(("127.0.0.1", scene.port)) as line:
        line.sendall(b"DEBUG SLEEP 600\r\n")
        time.sleep(0.1)
        yield scene.port


@contextmanager
def crowded(scene: Scene) -> Iterator[int]:
    """Let nobody else in."""
    with socket.create_connection(("127.0.0.1", scene.port)):
        asked(scene.port, "CONFIG", "SET", "maxclients", "1")
        yield scene.port


@contextmanager
def carried(scene: Scene, mode: str, number: float = 0) -> Iterator[int]:
    """Let the way do something to all that passes: seconds of delay, or bytes before it is cut."""
    scene.way.seconds, scene.way.most = number, int(number)
    scene.way.mode = mode
    yield scene.way.port


@contextmanager
def refused(scene: Scene) -> Iterator[int]:
    """Let nobody listen."""
    scene.way.refuse()
    yield scene.way.port


def _bulk(content: bytes) -> bytes:
    return b"$%d\r\n%b\r\n" % (len(content), content)


@contextmanager
def said(scene: Scene, answer: bytes) -> Iterator[int]:
    """Let a server that is none answer the same to everything."""
    with nonsense(answer) as port:
        yield port


Case = Callable[[Scene], AbstractContextManager[int]]
#: Here what Redis says is waited for, so that it is looked at.
LOOKED_AT: dict[str, Case] = {
    **{name: partial(poisoned, poison=poison) for name, poison in POISONS.items()},
    **{f"{name} for a value": partial(of_type, command=each) for name, each in TYPES.items()},
}
EMPTIED = "FLUSHALL"
SERVERS: dict[str, Case] = {
    "flushed": lambda scene: commanded(scene, EMPTIED),
    "full": lambda scene: commanded(scene, EMPTIED, "CONFIG SET maxmemory 1"),
    "full, and dropping what it holds": lambda scene: commanded(
        scene, "CONFIG SET maxmemory-policy allkeys-random", "CONFIG SET maxmemory 1", EMPTIED
    ),
    "read only": lambda scene: commanded(scene, EMPTIED, "REPLICAOF 127.0.0.1 1"),
    "behind a password": lambda scene: commanded(scene, "CONFIG SET requirepass word"),
    "without the right to read": lambda scene: commanded(scene, "ACL SETUSER default -get"),
    "without any right": lambda scene: commanded(scene, "ACL SETUSER default -@all"),
    "ended": lambda scene: commanded(scene, "SHUTDOWN NOSAVE"),
    "full of clients": crowded,
    "without the right to write": lambda scene: commanded(
        scene, EMPTIED, "ACL SETUSER default -set"
    ),
    "without the copies it must have": lambda scene: commanded(
        scene, EMPTIED, "CONFIG SET min-replicas-to-write 1"
    ),
    "holding another's values": lambda scene: commanded(scene, "SWAPDB 0 1"),
    "loading its values": loading,
    "at a script without end": lambda scene: busy(scene, b"BUSY", "EVAL", "while true do end", "0"),
}
WAYS: dict[str, Case] = {
    "paused": lambda scene: commanded(scene, "CLIENT PAUSE 600000 ALL"),
    "refusing": refused,
    "half open": lambda scene: carried(scene, "silent"),
    "half a second late": lambda scene: carried(scene, "delay", 0.5),
    "0.3 s late": lambda scene: carried(scene, "delay", 0.3),
    "late, within its time": lambda scene: carried(scene, "delay", 0.12),
    "standing still": stopped,
    "reset": lambda scene: carried(scene, "reset"),
    "cut after a byte": lambda scene: carried(scene, "cut", 1),
    "cut within a value": lambda scene: carried(scene, "cut", 40),
}
LIES: dict[str, Case] = {
    **{f"says {name}": partial(said, answer=answer) for name, answer in NONSENSE.items()},
    "says one value to all": lambda s: said(s, _bulk(_of_another_key(s))),
    "says a command to all": lambda s: said(s, _bulk(_bomb(s))),
}
CASES = {**LOOKED_AT, **SERVERS, **WAYS, **LIES}


@pytest.fixture
def scene(told: Told, tmp_path: Path) -> Iterator[Scene]:
    """A Redis of this test with what was shared before the readings changed."""
    debugged = ("--enable-debug-command", "yes", "--busy-reply-threshold", "100")
    with redis_server(*debugged) as port, Proxy(f"host=127.0.0.1 port={port}") as way:
        for name, whole in told.shared.items():
            asked(port, "SET", name, whole)
        yield Scene(told, port, way, Shared(sharing(port))._key, tmp_path / "ran")


def test_there_are_thirty_and_more() -> None:
    assert len(CASES) >= 30 + len(NONSENSE)


def test_what_is_whole_is_believed_so_that_a_wrong_number_would_show(
    monkeypatch: pytest.MonkeyPatch, scene: Scene
) -> None:
    patient(monkeypatch)
    become(scene.port, scene.told.moment)
    numbers, before, now = scene.told.site.numbers(), scene.told.before, scene.told.now
    assert {name for name in now if now[name] != before[name]} == set(now) - {"tags"}
    assert numbers["frame"] == before["frame"]
    assert numbers["trend"] == before["trend"] and numbers["chart"] == before["chart"]


def test_all_that_a_site_shares_is_signed(scene: Scene) -> None:
    """Answers, their names, who reads, counts of requests; all there is: test_shared_rights."""
    shared = scene.told.shared
    assert any(":requests:" in name for name in shared)
    assert all(opened(scene.key, name, whole) for name, whole in shared.items())


@pytest.mark.parametrize("bomb", BOMBS)
def test_each_bomb_would_run(tmp_path: Path, bomb: str) -> None:
    with contextlib.suppress(Exception):
        pickle.loads(BOMBS[bomb](tmp_path / "ran"))
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("case", CASES)
def test_a_shared_cache_is_trusted_with_nothing(
    monkeypatch: pytest.MonkeyPatch, scene: Scene, case: str
) -> None:
    if case in LOOKED_AT:
        patient(monkeypatch)
    elif case not in WAYS:  # what is not waited for long, so that each question is asked
        monkeypatch.setattr(store, "PAUSE_S", 0.0)
        monkeypatch.setattr(store, "ANSWER_S", 0.05)
    site, moment = scene.told.site, scene.told.moment
    become(None, moment)
    lines = [site.lines()]
    with CASES[case](scene) as port:
        become(port, moment)
        assert [site.numbers(), site.numbers()] == 2 * [scene.told.now]
        lines.append(site.lines())
    become(None, moment)
    lines.append(site.lines())
    assert lines[1] in lines[::2]
    assert not scene.ran.exists()
