"""What is asked ahead: shared with who asks for it then, and only where connections lie idle."""

import threading
from collections.abc import Callable

import pytest

from data.db import Once, ahead, lanes
from data.db.sessions import InUse
from data.errors import HistorianUnavailable

WAIT_S = 10.0


@pytest.fixture(autouse=True)
def idle(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let nobody use a connection; return what lets somebody use so many of ten."""

    def use(count: int) -> None:
        monkeypatch.setattr("data.db.pool.meanwhile.in_use", lambda: InUse(count, 10))

    use(0)
    return use


def test_another_thread_reads_in_order_while_the_block_runs() -> None:
    read, done = list[tuple[str, bool]](), threading.Event()
    here = threading.get_ident()

    def note(name: str) -> None:
        read.append((name, threading.get_ident() != here))

    works = [lambda: note("first"), lambda: note("second"), done.set]
    with ahead(works):
        assert done.wait(WAIT_S)
    assert read == [("first", True), ("second", True)]


def test_nothing_begins_after_the_block() -> None:
    begun, go_on, read = threading.Event(), threading.Event(), list[str]()

    def first() -> None:
        begun.set()
        go_on.wait(WAIT_S)

    with ahead([first, lambda: read.append("second")]):
        assert begun.wait(WAIT_S)
    go_on.set()
    _until_idle()
    assert read == []


def test_what_fails_is_left_to_who_needs_it_and_the_rest_is_read() -> None:
    done = threading.Event()

    def fail() -> None:
        raise HistorianUnavailable("historian_lost")

    with ahead([fail, done.set]):
        assert done.wait(WAIT_S)


@pytest.mark.parametrize("lane", [lanes.FRAMES, lanes.WATCH])
def test_who_has_one_connection_asks_nothing_ahead(lane: str) -> None:
    read = list[str]()
    with lanes.within(lane), ahead([lambda: read.append("read")]):
        pass
    _until_idle()
    assert read == []


def test_nothing_is_asked_ahead_where_half_of_the_connections_are_in_use(
    idle: Callable[[int], None],
) -> None:
    read = list[str]()
    idle(5)
    with ahead([lambda: read.append("read")]):
        pass
    _until_idle()
    assert read == []


def test_one_thread_of_a_process_asks_ahead() -> None:
    begun, go_on, read = threading.Event(), threading.Event(), list[str]()

    def first() -> None:
        begun.set()
        go_on.wait(WAIT_S)

    with ahead([first]):
        assert begun.wait(WAIT_S)
        with ahead([lambda: read.append("another")]):
            pass
        go_on.set()
    _until_idle()
    assert read == []
    done = threading.Event()
    with ahead([done.set]):  # the first has ended, so another may
        assert done.wait(WAIT_S)


def test_what_is_made_once_is_made_by_one_and_the_others_wait_for_it() -> None:
    begun, go_on, made = threading.Event(), threading.Event(), list[int]()

    def make() -> int:
        begun.set()
        go_on.wait(WAIT_S)
        made.append(threading.get_ident())
        return len(made)

    once, got = Once(make), list[int]()
    with ahead([once]):
        assert begun.wait(WAIT_S)
        waits = threading.Thread(target=lambda: got.append(once()))
        waits.start()
        go_on.set()
        waits.join(WAIT_S)
    assert (once(), got, len(made)) == (1, [1], 1)


def test_what_failed_is_made_again_by_who_needs_it() -> None:
    tries = list[int]()

    def make() -> int:
        tries.append(1)
        if len(tries) == 1:
            raise HistorianUnavailable("historian_lost")
        return len(tries)

    once = Once(make)
    with ahead([once]):
        _until_idle()
    assert once() == once() == 2


def _until_idle() -> None:
    """Wait until nobody asks ahead."""
    for thread in threading.enumerate():
        if thread.name == "ahead":
            thread.join(WAIT_S)
            assert not thread.is_alive()
