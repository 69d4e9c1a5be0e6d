"""Answers shared, asked for once, and kept for bad times."""

import os
import pickle
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import flask
import pandas as pd
import pytest

from data.db import cache, questions
from data.db import pool as engine
from data.db.cache import cached
from data.db.stored import Bounded, Moment, Stored
from data.errors import BadInput, HistorianUnavailable
from data.shared import store
from tests.support.redis import redis_server, sharing
from tests.support.servers import until

DOWN = HistorianUnavailable("historian_lost", detail="gone")


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test starts with a store of its own."""
    engine.dispose()
    cache.configure(flask.Flask("test"))
    cache.forget()
    monkeypatch.setattr(store, "ANSWER_S", 10.0)  # on a busy machine
    monkeypatch.setattr(store, "SLOW_S", 60.0)
    yield
    cache.configure(flask.Flask("test"))
    cache.forget()


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """By how much wall clock and steady clock are moved [s]."""
    by, wall, steady = {"wall": 0.0, "steady": 0.0}, time.time, time.monotonic
    monkeypatch.setattr(time, "time", lambda: wall() + by["wall"])
    monkeypatch.setattr(time, "monotonic", lambda: steady() + by["steady"])
    return by


def pass_by(moved: dict[str, float], seconds: float) -> None:
    """Let so much time pass, by both clocks [s]."""
    for clock in moved:
        moved[clock] += seconds


class Reader:
    """A reader that counts its calls and can be told to fail."""

    def __init__(self) -> None:
        self.calls: list[object] = []
        self.failure: Exception | None = None
        self.seconds = 0.0

    def __call__(self, question: object = None) -> pd.DataFrame:
        self.calls.append(question)
        time.sleep(self.seconds)
        if self.failure:
            raise self.failure
        frame = pd.DataFrame({"value": [float(len(self.calls))]})
        frame.attrs["call"] = len(self.calls)
        return frame


def shared(reader: Reader, seconds: float = 60, **options: object) -> cache.Cached:
    """Return the reader with a cache before it."""

    def ask(question: object = None) -> pd.DataFrame:
        """Say what is asked."""
        return reader(question)

    return cached(seconds, **options)(ask)


def test_an_answer_is_asked_for_once_in_its_time_to_live(moved: dict[str, float]) -> None:
    reader = Reader()
    ask = shared(reader)
    assert [ask("a").attrs["call"] for _ in range(3)] == [1, 1, 1]
    assert ask("b").attrs["call"] == 2
    pass_by(moved, 60.1)
    assert ask("a").attrs["call"] == 3


def test_fifty_threads_cost_one_query() -> None:
    reader = Reader()
    reader.seconds = 0.2
    ask = shared(reader)
    barrier = threading.Barrier(50)

    def viewer(_: int) -> int:
        barrier.wait()
        return int(ask("a").attrs["call"])

    with ThreadPoolExecutor(50) as pool:
        assert set(pool.map(viewer, range(50))) == {1}
    assert reader.calls == ["a"]


def test_fifty_threads_share_one_failure_and_the_next_second_asks_again(
    monkeypatch: pytest.MonkeyPatch, moved: dict[str, float]
) -> None:
    monkeypatch.setattr(cache, "FAILURE_S", 60.0)  # fifty threads take a while on a busy machine
    reader = Reader()
    reader.seconds, reader.failure = 0.1, DOWN
    ask = shared(reader)
    barrier = threading.Barrier(50)

    def viewer(_: int) -> str:
        barrier.wait()
        with pytest.raises(HistorianUnavailable) as failure:
            ask("a")
        return failure.value.key

    with ThreadPoolExecutor(50) as pool:
        assert set(pool.map(viewer, range(50))) == {"historian_lost"}
    assert len(reader.calls) == 1
    with pytest.raises(HistorianUnavailable):
        ask("a")
    assert len(reader.calls) == 1
    pass_by(moved, 60.1)
    reader.failure = None
    assert len(ask("a")) == 1


def test_different_questions_do_not_wait_for_each_other() -> None:
    together = threading.Barrier(10, timeout=60)  # all ten are being answered at one moment
    ask = shared(lambda question: together.wait() or question)
    with ThreadPoolExecutor(10) as pool:
        assert len(list(pool.map(ask, range(10)))) == 10


def test_the_last_good_answer_is_served_with_its_time_and_the_error(
    moved: dict[str, float],
) -> None:
    reader = Reader()
    ask = shared(reader)
    first = ask.answer("a")
    assert (first.error, first.value.attrs["call"]) == (None, 1)
    pass_by(moved, 100)
    reader.failure = DOWN
    last = ask.answer("a")
    assert last.value.attrs["call"] == 1
    assert last.as_of == first.as_of
    now = datetime.fromtimestamp(time.time(), UTC)
    assert timedelta(seconds=100) < now - last.as_of < timedelta(seconds=200)
    assert last.error is not None and last.error.key == "historian_lost"
    with pytest.raises(HistorianUnavailable):
        ask("a")
    reader.failure = None
    pass_by(moved, cache.FAILURE_S)
    assert ask.answer("a").error is None


def test_a_window_that_moves_on_falls_back_on_where_it_was() -> None:
    reader = Reader()
    ask = shared(reader, live_key=lambda question: ("live",) if question > 10 else None)
    ask(3), ask(11), ask(12)
    reader.failure = DOWN
    assert ask.answer(13).value.attrs["call"] == 3
    assert ask.answer(13).error is not None
    with pytest.raises(HistorianUnavailable):
        ask.answer(4)


def test_what_is_fresh_is_told_without_a_read_and_never_what_went_before(
    moved: dict[str, float],
) -> None:
    reader = Reader()
    ask = shared(reader, 30.0, live_key=lambda question: ("live",))
    assert ask.fresh("a") is None
    ask("a")
    told = ask.fresh("a")
    assert told is not None and told.is_fresh and told.value.attrs["call"] == 1
    assert ask.kept("b") is not None and ask.fresh("b") is None
    moved["steady"] = moved["wall"] = 31.0
    assert ask.fresh("a") is None and ask.kept("a") is not None
    assert reader.calls == ["a"]


def test_without_any_answer_the_failure_is_told() -> None:
    reader = Reader()
    reader.failure = DOWN
    with pytest.raises(HistorianUnavailable):
        shared(reader).answer("a")


def test_bad_input_is_not_covered_by_an_old_answer() -> None:
    reader = Reader()
    ask = shared(reader, 0.0)
    ask("a")
    reader.failure = BadInput("unknown_tag", tag="x")
    with pytest.raises(BadInput):
        ask.answer("a")


def test_an_unforeseen_error_reaches_every_waiter_and_blocks_nobody() -> None:
    reader = Reader()
    reader.failure = ZeroDivisionError("oops")
    ask = shared(reader)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            ask("a")
    reader.failure = None
    assert len(ask("a")) == 1


@pytest.mark.parametrize("in_process", [False, True])
@pytest.mark.parametrize("step", [-86_400, -3_600, -60, 0, 60, 3_600, 86_400])
def test_an_answer_is_fresh_only_by_both_clocks(
    moved: dict[str, float], step: float, in_process: bool
) -> None:
    reader = Reader()
    ask = shared(reader, 30, in_process=in_process)
    ask("a")
    moved["steady"], moved["wall"] = 20, 20 + step
    assert ask("a").attrs["call"] == (1 if step <= 0 else 2)
    moved["steady"], moved["wall"] = 40, 40 + step
    assert ask("a").attrs["call"] == 2
    reader.failure = DOWN
    moved["steady"], moved["wall"] = 100, 100 - step
    assert ask.answer("a").age >= 60


def test_an_answer_of_another_worker_counts_by_the_shared_clock_and_never_from_the_future(
    monkeypatch: pytest.MonkeyPatch, moved: dict[str, float]
) -> None:
    """The other worker's steady clock says nothing here."""
    reader = Reader()
    ask = shared(reader, 30)
    ask("a")
    monkeypatch.setattr(cache, "worker", lambda: "another")
    moved["steady"] = 1_000
    assert ask("a").attrs["call"] == 1
    assert ask.answer("a").age < 30
    monkeypatch.setattr(cache, "worker", lambda: "a third")
    moved["wall"] = -60
    assert ask("a").attrs["call"] == 2
    monkeypatch.setattr(cache, "worker", lambda: "a fourth")
    moved["wall"] = 0
    assert ask("a").attrs["call"] == 3


@pytest.mark.optional("redis-server")
def test_in_a_shared_cache_the_time_of_an_answer_is_the_database_s(
    monkeypatch: pytest.MonkeyPatch, moved: dict[str, float]
) -> None:
    """Two machines whose clocks differ by an hour share answers for as long as one does."""
    reader = Reader()
    ask = shared(reader, 30)
    wall = time.time() + 7_200
    with redis_server() as port:
        cache.configure(flask.Flask("one"), sharing(port, lambda: wall))
        ask("a")
        moved["wall"] = 3_600
        monkeypatch.setattr(cache, "worker", lambda: "another")
        cache.configure(flask.Flask("two"), sharing(port, lambda: wall + 20))
        assert ask("a").attrs["call"] == 1
        answer = ask.answer("a")
        assert answer.as_of == datetime.fromtimestamp(wall, UTC)
        assert answer.age == pytest.approx(20, abs=0.01)
        cache.configure(flask.Flask("three"), sharing(port, lambda: wall + 90))
        assert ask("a").attrs["call"] == 2


def test_what_a_caller_does_to_an_answer_stays_his() -> None:
    reader = Reader()
    reader.seconds = 0.1
    ask = shared(reader)
    with ThreadPoolExecutor(4) as pool:
        frames = list(pool.map(ask, ["a"] * 4))
    frames[0]["value"] = -1.0
    assert [frame["value"].iloc[0] for frame in (*frames[1:], ask("a"))] == [1.0] * 4


def test_an_answer_kept_in_process_is_not_unpickled_and_still_its_receivers_own(
    moved: dict[str, float],
) -> None:
    reader = Reader()
    ask = shared(reader, in_process=True)
    ask("a")
    assert not cache._state.stores.memory._cache, "a copy that nobody looks into"
    mine = ask("a")
    mine["value"] = -1.0
    assert ask("a")["value"].tolist() == [1.0]
    assert reader.calls == ["a"]
    pass_by(moved, 60.1)
    assert ask("a").attrs["call"] == 2
    ask.expire("a")
    assert ask("a").attrs["call"] == 3


class Others:
    """What other workers share, pickled as it would be on its way."""

    def __init__(self) -> None:
        self.sent: dict[str, bytes] = {}

    def set(self, key: str, value: object, seconds: float) -> None:
        """Store a value."""
        self.sent[key] = pickle.dumps(value)

    def get(self, key: str) -> object:
        """Return a value of its own, None without one."""
        return pickle.loads(self.sent[key]) if key in self.sent else None


@pytest.mark.parametrize("is_shared", [False, True])
def test_an_answer_kept_in_process_is_pickled_for_other_workers_only(
    monkeypatch: pytest.MonkeyPatch, is_shared: bool
) -> None:
    reader, stores, others = Reader(), cache._state.stores, Others()
    ask = shared(reader, 0.0, in_process=True)
    with monkeypatch.context() as here:
        here.setattr(stores, "shared", others if is_shared else None)
        ask("a")
        reader.failure = DOWN
        assert not stores.memory._cache
        assert len(others.sent) == is_shared
        assert ask.answer("a").value.attrs["call"] == 1
        stores.forget()  # as another worker, which has nothing of its own yet
        kept = ask.kept("a")
    assert (kept is not None) is is_shared
    assert kept is None or kept.value.attrs["call"] == 1


def test_of_what_is_kept_in_process_the_oldest_goes_and_all_after_an_hour(
    moved: dict[str, float],
) -> None:
    ask = shared(Reader(), in_process=True)
    for question in range(250):
        ask(question)
    assert [ask.kept(question) is not None for question in (0, 149, 150, 249)] == [
        False, False, True, True,
    ]  # fmt: skip
    moved["steady"] = moved["wall"] = 3_601.0
    assert ask.kept(249) is None


def test_the_time_to_live_may_depend_on_the_question() -> None:
    reader = Reader()
    ask = shared(reader, lambda question: 60 if question == "long" else 0.0)
    for question in ("long", "long", "short", "short"):
        ask(question)
    assert reader.calls == ["long", "short", "short"]


def test_at_most_a_hundred_answers_are_held() -> None:
    ask = shared(Reader())
    for question in range(250):
        ask(question)
    assert len(cache._state.stores.memory._cache) <= 100
    assert ask(249).attrs["call"] == 250


def test_an_expired_answer_is_asked_for_anew_and_kept_for_bad_times() -> None:
    reader = Reader()
    ask = shared(reader)
    ask("a")
    ask.expire("a")
    assert ask("a").attrs["call"] == 2
    ask.expire("a")
    reader.failure = HistorianUnavailable("historian_lost")
    old = ask.answer("a")
    assert old.value.attrs["call"] == 2
    assert old.error is not None


def test_historians_do_not_share_answers() -> None:
    reader = Reader()
    ask = shared(reader)
    engine.connect("host=/nowhere dbname=a")
    ask("x")
    engine.connect("host=/nowhere dbname=b")
    assert ask("x").attrs["call"] == 2
    engine.connect("host=/nowhere dbname=a")
    assert ask("x").attrs["call"] == 1


def test_the_reader_keeps_its_name_and_its_words() -> None:
    ask = shared(Reader())
    assert ask.__doc__ == "Say what is asked."
    assert ask.__name__ == "ask"


def test_failures_of_the_past_are_not_collected(moved: dict[str, float]) -> None:
    reader = Reader()
    reader.failure = DOWN
    ask = shared(reader)
    for question in range(20):
        with pytest.raises(HistorianUnavailable):
            ask(question)
    pass_by(moved, cache.FAILURE_S + 0.1)
    with pytest.raises(HistorianUnavailable):
        ask("last")
    assert len(cache._state.failures) == 1


# Python 3.12 and later warn of exactly what is tried here.
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_process_does_not_wait_for_a_thread_it_has_not_got() -> None:
    reader = Reader()
    reader.seconds = 1.0
    ask = shared(reader)
    thread = threading.Thread(target=ask, args=("a",))
    thread.start()
    until(lambda: reader.calls)
    child = os.fork()
    if child == 0:
        reader.seconds = 0.0
        ask("a")
        os._exit(7)
    deadline = time.monotonic() + 10
    while (found := os.waitpid(child, os.WNOHANG))[0] == 0 and time.monotonic() < deadline:
        time.sleep(0.05)
    if not found[0]:
        os.kill(child, 9)
    thread.join()
    assert found[0] and os.waitstatus_to_exitcode(found[1]) == 7


@pytest.mark.optional("redis-server")
def test_two_workers_share_answers_through_redis_and_survive_its_death() -> None:
    reader = Reader()
    ask = shared(reader, 60)
    with redis_server() as port:
        cache.configure(flask.Flask("one"), sharing(port))
        ask("a")
        cache.configure(flask.Flask("two"), sharing(port))
        assert ask("a").attrs["call"] == 1
    cache.configure(flask.Flask("three"), sharing(port))
    assert ask("a").attrs["call"] == 2
    assert ask.answer("a").error is None


@pytest.mark.parametrize("pinned", [False, True])
def test_a_pinned_answer_is_pushed_out_by_no_other_question(pinned: bool) -> None:
    reader, other = Reader(), Reader()
    ask, others = shared(reader, 0.0, pinned=pinned), shared(other)
    ask()
    others.name = "others"  # both are made of one function
    for number in range(3 * cache.THRESHOLD):
        others(number)
    assert (ask.kept() is not None) == pinned
    reader.failure = DOWN
    if pinned:
        assert ask.answer().error is not None
        assert ask.answer().value.attrs["call"] == 1


@pytest.mark.parametrize("pinned", [False, True])
def test_of_a_pinned_reader_that_is_kept_in_process_the_answer_before_goes(pinned: bool) -> None:
    ask = shared(Reader(), in_process=True, pinned=pinned)
    ask("ten tags"), ask("eleven tags")
    assert (ask.kept("ten tags") is None) == pinned
    assert ask.kept("eleven tags") is not None


def test_what_a_caller_does_to_one_of_several_frames_stays_his() -> None:
    class Both(NamedTuple):
        one: pd.DataFrame
        other: pd.DataFrame

    both = Both(pd.DataFrame({"value": [1.0]}), pd.DataFrame())
    ask = cached(60, in_process=True)(lambda: both)
    mine = ask()
    mine.one["value"] = -1.0
    assert isinstance(mine, Both)
    assert ask().one["value"].tolist() == [1.0]


def test_a_dictionary_that_is_kept_in_process_is_looked_into_and_not_copied() -> None:
    """Of 100,000 tags a copy takes as long as half of a chart."""
    tags = {"D101": 1.0}
    ask = cached(60, in_process=True)(lambda: tags)
    assert ask() is tags
    assert ask.answer().value is tags


def test_what_is_kept_is_given_without_reading_and_only_for_an_hour(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    reader = Reader()
    ask = shared(reader, 0.0, pinned=True)
    assert ask.kept() is None
    ask()
    kept = ask.kept()
    assert kept is not None and kept.error is None
    assert len(reader.calls) == 1
    cache._state.stores.memory.clear()
    with monkeypatch.context() as later:
        later.setattr(cache, "KEEP_S", -1.0)
        assert ask.kept() is None


def test_questions_answered_from_memory_are_counted() -> None:
    reader = Reader()
    ask, before = shared(reader), questions()
    for question in ("a", "a", "b", "a"):
        ask(question)
    now = questions()
    assert (now.asked - before.asked, now.shared - before.shared) == (4, 2)


def test_the_store_is_bounded_in_bytes_and_lets_the_oldest_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("data.db.stored.MOST_BYTES", 10_000)
    store = Bounded(threshold=99, default_timeout=60)
    for number in range(20):
        store.set(str(number), bytes(1_500))
        assert sum(len(content) for _until, content in store._cache.values()) <= 10_000
    assert store.get("0") is None and store.get("19") == bytes(1_500)
    store.set("15", bytes(10))
    store.set("large", bytes(20_000))
    assert store.get("large") is None, "it would push out all others and still not fit"
    assert store.get("15") == bytes(10)


def test_an_answer_of_another_worker_is_told_rather_older_than_younger() -> None:
    """Each knows the clock that they share to within half of what its look at it took."""
    read = Moment(100.0, 5.0, "one", within=0.1)
    stored = Stored(1, read, 0.0, 2.0)
    assert stored.age(Moment(101.0, 900.0, "another", within=0.25)) == pytest.approx(1.35)
    assert stored.age(Moment(101.0, 6.0, "one", within=0.25)) == 1.0
