"""The way to the historian is slow, cut, silent, refused, reset: nobody waits past his budget."""

import contextlib
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

from data import queries
from data.db import cache, pool
from data.errors import HistorianUnavailable
from data.store import install
from tests.db.test_answers import called, drawing
from tests.support.historians import rows_of
from tests.support.proxy import Proxy
from tests.support.servers import until

pytestmark = pytest.mark.db
NAMES = ("D1",)
LIMIT_MS = 1_000
#: The longest that a reader may take [s]: a statement that hangs, and a new connection after it;
#: and as much again for a busy machine.
BUDGET_S = 2 * (LIMIT_MS / 1e3 + pool.GRACE_S + 2 * 3)


@pytest.fixture
def way(database: str) -> Iterator[Proxy]:
    """A way to a historian with one tag and many readings, over which the readers read."""
    with contextlib.closing(psycopg2.connect(database)) as connection:
        install.install(connection)
        connection.cursor().execute(
            "INSERT INTO influx_hist SELECT now() - n * interval '1 s', 'D1', n"
            " FROM generate_series(0, 20000) n"
        )
        connection.commit()
    with Proxy(database) as proxy:
        pool.connect(proxy.dsn, statement_timeout_ms=LIMIT_MS)
        cache.forget()
        yield proxy
        pool.dispose()


def within_budget(ask: Callable[[], Any]) -> Any:
    """Return what a reader returns or raises, in a thread that is given up after the budget."""
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(ask())
        except HistorianUnavailable as failure:
            outcome.append(failure)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(BUDGET_S)
    assert outcome, "it still waits"
    return outcome[0]


def trouble(proxy: Proxy, mode: str) -> None:
    """Bring a fault about."""
    if mode == "refuse":
        proxy.refuse()
    proxy.mode, proxy.seconds, proxy.most = mode, 60.0, 40


#: A fault -> what may be said of it.
FAULTS = {
    "silent": {"historian_silent", "historian_refused"},
    "delay": {"historian_silent", "historian_refused"},
    "cut": {"historian_lost", "historian_refused"},
    "reset": {"historian_lost", "historian_refused"},
    "refuse": {"historian_lost", "historian_refused"},
}


@pytest.mark.parametrize("pooler", [False, True])
@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("mode", FAULTS)
def test_a_fault_of_the_network_ends_in_a_sentence_and_heals_by_itself(
    way: Proxy, mode: str, warm: bool, pooler: bool
) -> None:
    pool.connect(way.dsn, statement_timeout_ms=LIMIT_MS, pooler=pooler)
    if warm:
        queries.tail(NAMES, 20_000)
        cache.forget()
    trouble(way, mode)
    failure = within_budget(lambda: queries.tail(NAMES, 20_000))
    assert isinstance(failure, HistorianUnavailable) and failure.key in FAULTS[mode]
    way.mode = "pass"
    if mode == "refuse":
        way.listen()

    def healed() -> bool:
        with contextlib.suppress(HistorianUnavailable):
            return len(queries.tail(NAMES, 20_000)) == 20_000
        return False

    until(healed, 30)


def test_a_request_of_many_statements_waits_no_longer_than_one(way: Proxy) -> None:
    """One hangs, one connection is refused, and no other of that request is waited for."""
    pool.database_now()
    way.mode = "silent"
    before = way.accepted

    def ask() -> None:
        failures = []
        for _ in range(8):
            try:
                pool.database_now()
            except HistorianUnavailable as failure:
                failures.append(failure)
        raise failures[7]

    failure = within_budget(ask)
    assert isinstance(failure, HistorianUnavailable) and failure.key in FAULTS["silent"]
    assert way.accepted - before == 1
    way.mode = "pass"


def test_the_host_that_answered_last_is_asked_first(way: Proxy, database: str) -> None:
    """A silent first host costs its time-out once, and no later connection asks it again."""
    with Proxy(database) as silent:
        silent.mode = "silent"
        both = {"host": "127.0.0.1,127.0.0.1", "port": f"{silent.port},{way.port}"}
        pool.connect(make_dsn(way.dsn, **both, connect_timeout=2))
        with pool.checkout(), pool.checkout(), pool.checkout():
            assert silent.accepted == 1
        way.refuse()
        silent.mode = "pass"
        until(lambda: not failed(pool.database_now), 30)
        assert silent.accepted > 1
        before = way.accepted
        with pool.checkout(), pool.checkout():
            assert way.accepted - before <= 1  # who looks each second whether it is there again


def failed(ask: Callable[[], Any]) -> bool:
    """Whether the historian does not answer."""
    with contextlib.suppress(HistorianUnavailable):
        ask()
        return False
    return True


def test_who_waits_for_those_who_do_not_get_through_is_told_why(way: Proxy) -> None:
    """That all connections are in use would be no more than half of it."""
    way.mode = "silent"
    pool.connect(make_dsn(way.dsn, connect_timeout=2), pool_size=1, pool_timeout=3)
    told: list[Any] = []
    threads = [threading.Thread(target=lambda: told.append(outcome())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(BUDGET_S)
    assert told == ["historian_refused"] * 3


def outcome() -> str:
    """Return the key of the failure to answer."""
    with pytest.raises(HistorianUnavailable) as failure:
        pool.database_now()
    return failure.value.key


def test_an_answer_cut_in_its_middle_is_never_taken_for_a_whole_one(way: Proxy) -> None:
    queries.catalog()
    for most in (1, 40, 2_000, 30_000):
        way.mode, way.most = "cut", most
        cut = within_budget(lambda: queries.tail(NAMES, 20_000))
        assert isinstance(cut, HistorianUnavailable)
        way.mode = "pass"
        cache.forget()
        time.sleep(pool.RETRY_AFTER_S)


# ---- a site ---------------------------------------------------------------------------------


def got(address: str, seconds: float = BUDGET_S, **headers: str) -> tuple[int, Any, bytes]:
    """Return status, headers and body of an answer that came in time."""
    asked = urllib.request.Request(address, headers=headers)
    try:
        with urllib.request.urlopen(asked, timeout=seconds) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


@pytest.fixture
def slow_site(way: Proxy, start_site: Any) -> str:
    """A site of four threads whose historian is reached over the proxy; it has shown a frame."""
    address, _process = start_site(way.dsn, THREADS="4", STATEMENT_TIMEOUT_MS="8000")
    until(lambda: got(f"{address}/overview/frame")[0] == 200, 30)
    assert got(f"{address}/overview/tags")[0] == 200
    return address


ROWS = "trend/rows.csv?tag=D1&window={minutes}m&resolution=1m"


@contextlib.contextmanager
def questions(address: str, count: int) -> Iterator[list[tuple[int, Any, bytes]]]:
    """Ask for so many files at once, each another one, over a way that stands still."""
    answers: list[tuple[int, Any, bytes]] = []

    def ask(number: int) -> None:
        answers.append(got(f"{address}/{ROWS.format(minutes=20 + number)}", 40))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    yield answers
    for thread in threads:
        thread.join(40)
    assert len(answers) == count


def test_frames_and_pages_find_a_thread_while_as_many_questions_wait_as_may(
    way: Proxy, slow_site: str
) -> None:
    until(lambda: got(f"{slow_site}/readyz")[0] == 200, 30)
    way.mode = "silent"
    with questions(slow_site, 12) as answers:
        until(lambda: len(answers) >= 10, 20)  # two places, the others are turned away
        assert {status for status, _headers, _body in answers} == {503}
        assert all(headers["Retry-After"] == "1" for _status, headers, _body in answers)
        assert got(f"{slow_site}/healthz", 5)[2] == b"ok\n"
        status, _headers, body = got(f"{slow_site}/readyz", 5)
        assert status in (200, 503) and json.loads(body)["age"] is not None
        assert b"ksys_requests_total" in got(f"{slow_site}/metrics", 5)[2]
        assert got(f"{slow_site}/trend", 5)[0] == 200
        status, headers, body = got(f"{slow_site}/overview/frame", 5)
        assert status == 200 and json.loads(body)["value"]
        assert int(headers["X-Kept-Ms"]) > 0
        assert got(f"{slow_site}/overview/tags", 5)[0] == 200
        assert len(answers) == 10, "the two that wait still do"
        way.mode = "pass"


def test_a_frame_is_made_beside_questions_that_hang(
    way: Proxy, slow_site: str, database: str
) -> None:
    """It has a connection of its own: a lock that holds the questions up does not hold it."""
    before = json.loads(got(f"{slow_site}/overview/frame")[2])["now"]
    with contextlib.closing(psycopg2.connect(database)) as connection:
        # To lock a continuous aggregate locks the readings as well: all that its view names.
        stored = rows_of(connection, "influx_agg_1m")
        connection.cursor().execute(f"LOCK TABLE {stored} IN ACCESS EXCLUSIVE MODE")
        with questions(slow_site, 3) as answers:
            until(lambda: len(answers) >= 1, 20)

            def newer() -> bool:
                return bool(json.loads(got(f"{slow_site}/overview/frame", 5)[2])["now"] > before)

            until(newer, 8)
            connection.rollback()


def test_a_callback_that_is_turned_away_says_when_to_ask_again(way: Proxy, slow_site: str) -> None:
    callback = drawing(slow_site, "trend")
    way.mode = "silent"
    with questions(slow_site, 12) as answers:
        until(lambda: len(answers) >= 10, 20)
        with pytest.raises(urllib.error.HTTPError) as refused:
            called(slow_site, callback, {"tag": ["D1"], "window": "45m", "width": 800})
        refused.value.close()
        assert refused.value.code == 503
        assert refused.value.headers["Retry-After"] == "1"
        way.mode = "pass"
