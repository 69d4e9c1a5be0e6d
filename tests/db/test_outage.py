"""The historian is stopped and started under a reader."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from data import embedded, queries
from data.db import cache, pool, sessions
from data.db.pool import lending
from data.errors import HistorianUnavailable
from data.store import install
from tests.support.servers import standing_still, until

pytestmark = pytest.mark.db
NAMES = ("D1",)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[embedded.Server]:
    """A server of its own with one reading, read by the engine."""
    started = embedded.start(tmp_path / "pg")
    with contextlib.closing(psycopg2.connect(started.dsn)) as connection:
        install.install(connection)
        connection.cursor().execute("INSERT INTO influx_hist VALUES (now(), 'D1', 42)")
        connection.commit()
    pool.connect(started.dsn)
    cache.forget()
    yield started
    pool.dispose()
    started.release()


def answered() -> bool:
    """Whether the reader has a fresh answer."""
    return queries.latest.answer(NAMES).error is None


def test_old_answers_stay_while_the_server_is_down_and_fresh_ones_come_by_themselves(
    server: embedded.Server, tmp_path: Path
) -> None:
    good = queries.latest.answer(NAMES)
    assert good.error is None
    server.release()
    until(lambda: not answered(), 30)
    begun = time.monotonic()
    for _ in range(200):
        old = queries.latest.answer(NAMES)
    assert time.monotonic() - begun < 5, "a dead historian is not asked again and again"
    assert old.error is not None and old.error.key in ("historian_refused", "historian_lost")
    assert old.as_of >= good.as_of
    assert old.value["value"].tolist() == [42.0]
    with pytest.raises(HistorianUnavailable):
        queries.tail(NAMES)
    again = embedded.start(tmp_path / "pg")
    until(answered, 30)
    assert queries.latest(NAMES)["value"].tolist() == [42.0]
    again.release()


def test_a_server_that_crashed_under_a_pooled_connection_is_asked_again_unseen(
    server: embedded.Server,
) -> None:
    """The file in its data directory names the process; its supervisor starts it anew."""
    with pool.checkout() as lent, lent.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        file = Path(cursor.fetchone()[0]) / "postmaster.pid"
    os.kill(int(file.read_text().split()[0]), signal.SIGQUIT)

    def back() -> bool:
        with contextlib.suppress(psycopg2.Error), contextlib.closing(psycopg2.connect(server.dsn)):
            return True
        return False

    time.sleep(0.5)
    until(back, 30)
    assert pool.database_now()


@pytest.mark.parametrize("pooler", [False, True])
def test_a_file_begins_over_a_new_connection_where_the_pooled_one_died(
    server: embedded.Server, pooler: bool
) -> None:
    pool.connect(server.dsn, pooler=pooler)
    with pool.snapshot():
        pass
    with contextlib.closing(psycopg2.connect(server.dsn)) as other, other.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchall() == [(True,)]
    with pool.snapshot():
        assert queries.latest(NAMES)["value"].tolist() == [42.0]


@contextlib.contextmanager
def stopped() -> Iterator[None]:
    """Stop every process of the server as it stands, as if its machine hung."""
    with pool.checkout() as one, pool.checkout(), one.cursor() as cursor:
        cursor.execute("SHOW data_directory")
        file = Path(cursor.fetchone()[0]) / "postmaster.pid"
        postmaster = file.read_text().split()[0]
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    with standing_still(map(int, (postmaster, *children))):
        yield


@pytest.mark.parametrize("pooler", [False, True])
def test_a_server_that_hangs_is_given_up_soon_after_the_time_limit(
    server: embedded.Server, monkeypatch: pytest.MonkeyPatch, pooler: bool
) -> None:
    monkeypatch.setattr(lending, "GRACE_S", 1.0)
    pool.connect(server.dsn, statement_timeout_ms=500, pooler=pooler)
    with stopped():
        begun = time.monotonic()
        with pytest.raises(HistorianUnavailable) as failure:
            pool.database_now()
        assert failure.value.key == "historian_silent"
        assert str(failure.value).startswith("No answer of the historian for 1 s")
        assert 1.4 < time.monotonic() - begun < 4
        assert lending._pools["interactive"].engine.pool.checkedin() == 0
        begun = time.monotonic()
        with pytest.raises(HistorianUnavailable):
            pool.database_now()
        assert time.monotonic() - begun < sessions.CONNECT_TIMEOUT_S + 3
    time.sleep(pool.RETRY_AFTER_S)
    assert pool.database_now()


def test_a_read_in_time_is_not_cut_however_long_its_connection_lives(
    server: embedded.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lending, "GRACE_S", 0.1)
    pool.connect(server.dsn, statement_timeout_ms=300, pool_size=1)
    with pool.checkout() as lent:
        first = lent.driver_connection.info.backend_pid
    time.sleep(1)
    with pool.checkout() as lent:
        assert lent.driver_connection.info.backend_pid == first
