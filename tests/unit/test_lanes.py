"""The budget of threads for questions, and the frame that is made beside them."""

import contextlib
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import flask
import pytest
from flask_babel import Babel

from api.next_frame import Maker
from api.responses import count_questions
from data.db import cache, cached, lanes, pool
from data.errors import HistorianUnavailable


@pytest.fixture(autouse=True)
def budget() -> Iterator[None]:
    """Four threads, of which two may ask."""
    cache.forget()
    lanes.allow(4)
    yield
    lanes._places.free = None
    cache.forget()


class Site:
    """An app with a question that lasts until it is let go, and one that needs no historian."""

    def __init__(self) -> None:
        self.go, self.arrived = threading.Event(), threading.Semaphore(0)
        self.app = flask.Flask("test")
        Babel(self.app)
        count_questions(self.app)
        read = cached(60)(self.read)
        self.app.add_url_rule("/ask/<name>", "ask", lambda name: read(name))
        self.app.add_url_rule("/rows.csv", "rows", lambda: read("rows"))
        self.app.add_url_rule("/free", "free", lambda: "free")
        self.app.add_url_rule("/fail", "fail", lambda: read("bad"))

    def read(self, name: str) -> str:
        """Wait, as for a slow statement."""
        if name == "bad":
            raise HistorianUnavailable("historian_lost")
        self.arrived.release()
        with lanes.waiting():
            assert self.go.wait(20)
        return name

    def get(self, path: str) -> flask.Response:
        """Return the answer to a request of this thread."""
        return self.app.test_client().get(path)

    def begin(self, *names: str) -> list[threading.Thread]:
        """Ask in threads; return them once all are at the historian."""
        threads = [threading.Thread(target=self.get, args=(f"/ask/{name}",)) for name in names]
        for thread in threads:
            thread.start()
        for _ in threads:
            assert self.arrived.acquire(timeout=20)
        return threads

    def end(self, threads: list[threading.Thread]) -> None:
        """Let every question be answered."""
        self.go.set()
        for thread in threads:
            thread.join(20)


def test_one_question_more_than_may_be_is_turned_away_at_once_and_let_in_later() -> None:
    site = Site()
    threads = site.begin("a", "b")
    refused = site.get("/ask/c")
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "1"
    assert refused.json["error"] == "historian_busy" and refused.json["message"]
    assert site.get("/free").status_code == 200
    site.end(threads)
    assert site.get("/ask/c").status_code == 200


def test_who_waits_for_the_same_answer_holds_a_place_too() -> None:
    site = Site()
    threads = site.begin("a")
    threads.append(threading.Thread(target=site.get, args=("/ask/a",)))
    threads[-1].start()
    while lanes._places.free:
        threading.Event().wait(0.01)
    assert site.get("/ask/b").status_code == 503
    site.end(threads)
    assert lanes._places.free == 2


def test_a_shared_answer_needs_no_place() -> None:
    site = Site()
    site.go.set()
    site.get("/ask/known")
    site.go.clear()
    site.arrived = threading.Semaphore(0)
    threads = site.begin("a", "b")
    assert site.get("/ask/known").status_code == 200
    site.end(threads)


def test_a_file_that_is_turned_away_says_so_in_words() -> None:
    site = Site()
    threads = site.begin("a", "b")
    refused = site.get("/rows.csv")
    assert (refused.status_code, refused.mimetype) == (503, "text/plain")
    assert refused.headers["Retry-After"]
    site.end(threads)


def test_a_request_that_fails_gives_its_place_back() -> None:
    site = Site()
    for _ in range(5):
        assert site.get("/fail").status_code == 500
    assert lanes._places.free == 2


def test_even_the_fewest_threads_leave_one_place() -> None:
    lanes.allow(2)
    assert lanes._places.free == 1


def test_what_is_no_request_needs_no_place() -> None:
    site = Site()
    threads = site.begin("a", "b")
    assert cached(60)(lambda: 7)() == 7
    site.end(threads)


def test_a_lane_waits_for_no_flight_of_another() -> None:
    """A question that hangs holds up nobody but those who ask the same beside it."""
    go, begun, calls = threading.Event(), threading.Event(), []

    @cached(60)
    def read() -> int:
        calls.append(lanes.lane())
        if lanes.lane() == lanes.PAGES:
            begun.set()
            assert go.wait(20)
        return len(calls)

    slow = threading.Thread(target=read)
    slow.start()
    assert begun.wait(20)  # else what another lane has kept by then answers it
    with lanes.within(lanes.FRAMES):
        assert read() >= 1
    assert lanes.lane() == lanes.PAGES
    go.set()
    slow.join(20)
    assert sorted(calls) == [lanes.FRAMES, lanes.PAGES]


# ---- the maker of frames --------------------------------------------------------------------


def test_what_is_wanted_is_made_in_the_lane_of_frames_by_another_thread() -> None:
    seen: list[object] = []
    maker = Maker(lambda hold: seen.append((hold, lanes.lane(), threading.current_thread().name)))
    assert maker.wait(maker.want(7.0), 20)
    assert seen == [(7.0, lanes.FRAMES, "next frame")]
    assert maker.failure is None


def test_who_wants_one_while_another_is_made_gets_one_that_begins_later() -> None:
    go, begun = threading.Event(), threading.Semaphore(0)

    def make(_hold: float) -> None:
        begun.release()
        assert go.wait(20)

    maker = Maker(make)
    first = maker.want(1.0)
    assert begun.acquire(timeout=20)
    second = maker.want(1.0)
    assert second == first + 1
    assert not maker.wait(first, 0.01)
    go.set()
    assert maker.wait(second, 20)


def test_a_failure_is_told_and_forgotten_with_the_next_that_is_made() -> None:
    failures: list[Exception] = [HistorianUnavailable("historian_lost"), ValueError("a fault")]

    def make(_hold: float) -> None:
        if failures:
            raise failures.pop(0)

    maker = Maker(make)
    assert maker.wait(maker.want(1.0), 20) and isinstance(maker.failure, HistorianUnavailable)
    assert maker.wait(maker.want(1.0), 20) and isinstance(maker.failure, ValueError)
    assert maker.wait(maker.want(1.0), 20) and maker.failure is None


def test_a_maker_that_was_idle_makes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.next_frame.IDLE_S", 0.01)
    maker = Maker(lambda _hold: None)
    assert maker.wait(maker.want(1.0), 20)
    while maker._thread is not None:
        threading.Event().wait(0.01)
    assert maker.wait(maker.want(1.0), 20)


class Computing:
    """Questions that compute between two statements; counts how many do at once."""

    def __init__(self) -> None:
        self.now, self.most, self.lock = 0, 0, threading.Lock()
        self.asking = threading.Barrier(2)

    def compute(self) -> None:
        """Be one of those who compute, for a moment."""
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.01)
        with self.lock:
            self.now -= 1

    def answer(self) -> None:
        """Compute, wait for an answer together with the others, compute again."""
        lanes.begin()
        try:
            lanes.take_place()
            self.compute()
            with lanes.waiting(), lanes.waiting():
                self.asking.wait(20)
            self.compute()
        finally:
            lanes.end()


def test_of_those_who_ask_one_computes_at_a_time_and_all_wait_for_answers_together() -> None:
    site = Computing()
    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(site.answer) for _ in range(8)]:
            done.result(timeout=20)
    assert site.most == 1
    assert not lanes._places.turn.locked()


def test_a_question_that_fails_while_it_computes_ends_its_turn() -> None:
    lanes.begin()
    lanes.take_place()
    with pytest.raises(ValueError, match="lost"), lanes.waiting():
        raise ValueError("lost")
    assert lanes._places.turn.locked()
    lanes.end()
    assert not lanes._places.turn.locked()
    with lanes.waiting():
        pass
    assert not lanes._places.turn.locked(), "who had no turn gets none by waiting"


def failed(key: str, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait so long in vain for the historian."""
    refused, now = pytest.raises(HistorianUnavailable), time.monotonic()
    with monkeypatch.context() as patch, refused, lanes.waiting(), lanes.waiting():
        # One within another is one.
        patch.setattr(time, "monotonic", lambda: now + seconds)
        raise HistorianUnavailable(key)


def test_who_waited_in_vain_for_long_enough_is_not_made_to_wait_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lanes._places, "patience", 8.0)
    failed("historian_standby", 100, monkeypatch)
    lanes.take_place()  # outside of a request, as commands and the maker of frames ask
    lanes.begin()
    failed("historian_standby", 5, monkeypatch)
    lanes.take_place()  # a cheaper way may answer
    with lanes.waiting():
        pass
    failed("historian_lost", 5, monkeypatch)
    with pytest.raises(HistorianUnavailable) as refused:
        lanes.take_place()
    assert refused.value.key == "historian_lost"
    lanes.begin()
    lanes.take_place()  # the next request asks again
    lanes.end()


def test_a_statement_of_a_request_runs_outside_of_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    @contextlib.contextmanager
    def lent(name: str) -> Iterator[str]:
        seen.append(lanes._places.turn.locked())
        yield name

    monkeypatch.setattr(pool.lending, "_lent", lent)
    lanes.begin()
    with pool.checkout():
        seen.append(lanes._places.turn.locked())
    assert lanes._places.turn.locked()
    lanes.end()
    assert seen == [False, False]


def test_no_property_holds_one_lock_for_all_while_it_reads() -> None:
    """`cached_property` of Python 3.11 does: who reads under it and who computes wait for ever."""
    root = Path(lanes.__file__).parents[2]
    rooms = ("access", "api", "components", "data", "operations", "pages")
    files = [file for room in rooms for file in (root / room).rglob("*.py")]
    assert len(files) > 100
    assert [str(file) for file in files if "import cached_property" in file.read_text("utf8")] == []
