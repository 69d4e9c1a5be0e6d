"""Two workers behind one address, over PgBouncer in transaction mode and a shared Redis."""

import contextlib
import random
import re
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import psycopg2
import pytest
from sqlalchemy import BigInteger, Text, column, text

from data.db import pool
from tests.support.pgbouncer import SESSIONS, pgbouncer
from tests.support.redis import SECRET, redis_server
from tests.support.servers import until
from tests.support.traffic import same
from tests.support.workers import BUSY, Question, answer, still

pytestmark = [pytest.mark.db, pytest.mark.optional("pgbouncer", "redis-server")]
ROUTES = (
    "",
    "trend?tag=D100",
    "overview/tags",
    "overview/frame",
    "overview/sparklines",
    "overview/details?tag=D100",
    "trend/rows.csv?tag=D100&window=12h",
    "tech/rows.csv?tag=D100&window=12h",
    "status.json",
    "api/v1/tags",
    "api/v1/latest?tag=D100",
    "api/v1/timeseries?tag=D100&window=6h",
    "api/v1/export.csv?tag=D100&window=6h",
    "api/v1/export.csv?tag=D100&window=1h&resolution=raw",
)
#: What a session is by itself; whoever comes next through the pooler must find it so.
SETTINGS = (
    "statement_timeout", "default_transaction_read_only", "search_path", "jit",
    "transaction_isolation", "extra_float_digits", "TimeZone",
)  # fmt: skip


def got(address: str) -> tuple[int, bytes]:
    """Return status and body of an answer."""
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.fixture(scope="module")
def through(plant_dsn: str) -> Iterator[str]:
    """The plant through PgBouncer."""
    with pgbouncer(plant_dsn) as dsn:
        yield dsn


@pytest.fixture
def site(through: str, start_site: Any) -> Iterator[str]:
    """The address of two workers that share a Redis."""
    with redis_server() as port:
        address, process = start_site(
            through, "-m", "gunicorn", "app:server()", TS_POOLER="1", WEB_CONCURRENCY="2",
            REDIS_URL=f"redis://127.0.0.1:{port}", CACHE_SECRET=SECRET,
        )  # fmt: skip
        until(lambda: got(f"{address}/overview/frame")[0] == 200, 60)
        yield address
        process.terminate()
        process.wait(30)


def sessions(dsn: str) -> list[tuple[str, ...]]:
    """Return the settings and prepared statements of every session of the server, met at once."""
    found: list[tuple[str, ...]] = []
    meeting = threading.Barrier(SESSIONS)
    shown = ", ".join(f"current_setting('{name}')" for name in SETTINGS)

    def look() -> None:
        with contextlib.closing(psycopg2.connect(dsn)) as connection:
            cursor = connection.cursor()
            cursor.execute(f"SELECT {shown}, (SELECT count(*) FROM pg_prepared_statements)::text")
            row = cursor.fetchone()
            meeting.wait(30)  # in a transaction each, so each has a session of its own
            found.append(row)

    threads = [threading.Thread(target=look) for _ in range(SESSIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_pages_files_and_api_answer_and_leave_nothing_in_a_session(
    site: str, through: str, plant_dsn: str
) -> None:
    before = set(sessions(plant_dsn))
    for route in ROUTES:
        status, body = got(f"{site}/{route}")
        assert (status, bool(body)) == (200, True), (route, status, body[:300])
    found = sessions(through)
    assert len(found) == SESSIONS
    assert set(found) == before


def test_every_answer_is_that_of_a_site_without_pooler_and_cache(
    site: str, start_site: Any, plant_dsn: str
) -> None:
    """Charts, rows, API and files of windows that lie still, each asked for twice."""
    alone, _process = start_site(plant_dsn)
    questions = still(alone)
    right = same(alone, questions)
    for question in random.Random(4).sample(2 * questions, 2 * len(questions)):
        got = until(partial(taken, site, question), 60)
        assert (got[0], right[question](got[2], got[1], 0.0)) == (200, True), question


def taken(site: str, question: Question) -> tuple[int, Mapping[str, str], bytes] | None:
    """Return an answer, None where the site had no place for it."""
    got = answer(site, question)
    return None if got[0] in BUSY else got


def test_what_another_client_leaves_in_a_session_changes_no_number(
    database: str, plant_dsn: str
) -> None:
    """It set a path to a schema whose readings are others."""
    with contextlib.closing(psycopg2.connect(database)) as connection:
        connection.autocommit = True
        connection.cursor().execute(
            "CREATE TABLE influx_hist AS SELECT 1::bigint AS n;"
            "CREATE SCHEMA other; CREATE TABLE other.influx_hist AS SELECT 2::bigint AS n"
        )
    with pgbouncer(database) as dsn:
        leave(dsn, "SET search_path = other; SET timezone = 'Asia/Seoul'")
        pool.connect(dsn, pooler=True)
        asked = text("SELECT n FROM influx_hist").columns(column("n", BigInteger))
        shown = text("SHOW timezone").columns(column("TimeZone", Text))
        for _ in range(2 * SESSIONS):
            assert pool.read_rows(asked) == [{"n": 1}]
            assert pool.read_rows(shown) == [{"TimeZone": "UTC"}]
        pool.dispose()


def leave(dsn: str, what: str) -> None:
    """Leave settings in every session of the server."""
    meeting = threading.Barrier(SESSIONS)

    def set_all() -> None:
        with contextlib.closing(psycopg2.connect(dsn)) as connection:
            connection.cursor().execute(what)
            meeting.wait(30)
            connection.commit()

    threads = [threading.Thread(target=set_all) for _ in range(SESSIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def reads(site: str) -> dict[str, float]:
    """Return how many statements each reader of either worker has asked."""
    body = got(f"{site}/metrics")[1].decode()
    found = re.findall(r'^ksys_query_seconds_count\{query="([^"]+)"\} (\S+)$', body, re.M)
    return {name: float(count) for name, count in found}


def both_have_a_frame(site: str) -> bool:
    """Whether as many at once as two workers take all get a frame, so that each has one."""
    with ThreadPoolExecutor(16) as many:
        return all(status == 200 for status, _ in many.map(got, [f"{site}/overview/frame"] * 16))


def test_many_viewers_of_two_workers_ask_the_historian_as_one_would(site: str) -> None:
    stop = threading.Event()
    answers: list[tuple[int, bytes]] = []

    def watch() -> None:
        while not stop.is_set():
            answers.append(got(f"{site}/overview/frame"))
            time.sleep(1)  # a page asks no sooner

    until(lambda: both_have_a_frame(site), 60)
    before, began = reads(site), time.monotonic()
    viewers = [threading.Thread(target=watch) for _ in range(12)]
    for viewer in viewers:
        viewer.start()
    time.sleep(15)
    stop.set()
    for viewer in viewers:
        viewer.join()
    after, took = reads(site), time.monotonic() - began
    asked = {name: after[name] - before.get(name, 0) for name in after}
    (frames,) = (count for name, count in asked.items() if name.endswith("recent"))
    # A worker that was never asked has no frame, and turns away whom it has no place for.
    refused = [body for status, body in answers if status != 200]
    assert all(b"historian_busy" in body for body in refused)
    assert len(answers) - len(refused) > 100, "the viewers were there"
    assert 0 < frames <= 2 * (took / 2.0 + 1), asked
