"""Counts of requests, rights to send files and what became of files lie in Redis too: whatever a
stranger puts in their place, nobody is refused for it, nothing is told of it and nothing is run."""

import os
import pickle
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import flask
import pytest

from api.edge import limits
from api.edge.limits import Counts
from api.export import slots
from api.export.ledger import Ledger
from data.db import cache, lanes
from data.shared import Shared, store
from data.shared.sealed import MARK, sealed, signing_key
from tests.support.redis import BUILD, asked, keys, redis_server, sharing, value

pytestmark = pytest.mark.optional("redis-server")
FILE, SENT = "0123456789abcdef", {"state": "complete", "rows": 3}


class Runs:
    """What makes a folder as soon as it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.folder),)


def _foreign(name: str, content: object) -> bytes:
    stranger = signing_key("another-secret-of-16", f"{BUILD} Python 3.11")
    return sealed(stranger, name, pickle.dumps(content))


#: Of a key's name, what lies there by right, and a folder that is not there: what lies there now.
PLANTED: dict[str, Callable[[str, bytes, Path], bytes]] = {
    "nothing": lambda name, whole, ran: b"",
    "a number": lambda name, whole, ran: b"1000000",
    "a number beyond all": lambda name, whole, ran: b"9" * 400,
    "text": lambda name, whole, ran: b"no count",
    "a pickle that runs": lambda name, whole, ran: pickle.dumps(Runs(ran)),
    "one behind our mark": lambda name, whole, ran: MARK + pickle.dumps(Runs(ran)),
    "one behind our signature": lambda name, whole, ran: whole[:38] + pickle.dumps(Runs(ran)),
    "a count of a stranger's": lambda name, whole, ran: _foreign(name, {"another": 10**6}),
    "a right of a stranger's": lambda name, whole, ran: _foreign(name, ("other", time.time())),
    "a file of a stranger's": lambda name, whole, ran: _foreign(name, (time.time(), SENT)),
    "what is cut": lambda name, whole, ran: whole[:-1],
    "what is unsigned": lambda name, whole, ran: whole[38:],
    "8 MiB of zeros": lambda name, whole, ran: bytes(8 * 2**20),
}
#: Commands that make a key of another type.
TYPES = ("LPUSH {} a", "HSET {} a 1", "SADD {} a", "ZADD {} 1 a", "XADD {} * a 1")


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[int]:
    """A Redis that has time; in it what another worker and another machine have put there."""
    monkeypatch.setattr(store, "ANSWER_S", 10.0)
    monkeypatch.setattr(store, "SLOW_S", 60.0)
    monkeypatch.setattr(lanes, "keep_place", lambda: lambda: None)
    with redis_server() as found:
        become(monkeypatch, found)
        Counts(limits._of_others, lambda: 0.0).more("viewer")
        assert slots.take(2)
        Ledger(tmp_path / "another").note(FILE, SENT)
        assert len(keys(found)) == 3
        become(monkeypatch, found)
        yield found
    cache.configure(flask.Flask("test"))


def become(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    """Go on as another worker."""
    cache.configure(flask.Flask("test"), sharing(port))
    monkeypatch.setattr(slots, "_slots", slots.Slots())
    monkeypatch.setattr(limits, "worker", lambda: str(time.monotonic_ns()))


def told(folder: Path) -> tuple[int, list[bool], object]:
    """Return the count of a first request, which of three files may be sent, and what is told."""
    count, _seconds = Counts(limits._of_others, lambda: 0.0).more("viewer")
    return count, [slots.take(3) is not None for _ in range(3)], Ledger(folder).find(FILE)


def test_what_lies_there_by_right_counts(port: int, tmp_path: Path) -> None:
    assert told(tmp_path / "mine") == (2, [True, True, False], SENT)


@pytest.mark.parametrize("kind", PLANTED)
def test_what_is_planted_counts_nothing(port: int, tmp_path: Path, kind: str) -> None:
    ran = tmp_path / "ran"
    for name in [*keys(port), *(_name(f"export:{place}") for place in range(3))]:
        planted = PLANTED[kind](name, value(port, name), ran)
        assert asked(port, "SET", name, planted) == b"+OK\r\n"
    assert told(tmp_path / "mine") == (1, 3 * [True], None)
    assert not ran.exists()


@pytest.mark.parametrize("command", TYPES)
def test_a_key_of_another_type_counts_nothing(port: int, tmp_path: Path, command: str) -> None:
    for name in [*keys(port), *(_name(f"export:{place}") for place in range(3))]:
        asked(port, "DEL", name)
        assert not asked(port, *command.format(name).split()).startswith(b"-")
    assert told(tmp_path / "mine") == (1, 3 * [True], None)


def test_a_right_that_is_put_back_ends_in_its_time(
    monkeypatch: pytest.MonkeyPatch, port: int, tmp_path: Path
) -> None:
    name = _name("export:0")
    whole = value(port, name)
    asked(port, "SET", name, whole)  # for ever
    later = time.time() + slots.LEASE_S + 5
    cache.configure(flask.Flask("test"), sharing(port, lambda: later))
    assert [slots.take(1) is not None, slots.take(2) is not None] == [True, True]


def test_everything_that_lies_there_is_signed(port: int) -> None:
    made = Shared(sharing(port))
    for name in keys(port):
        assert value(port, name).startswith(MARK)
        assert made.get(name.removeprefix(_name(""))) is not None


def _name(key: str) -> str:
    return Shared(sharing(0))._prefix + key
