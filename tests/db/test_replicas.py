"""Reads go to a standby while it keeps up; what it lacks never looks current."""

import contextlib
import json
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from sqlalchemy import BigInteger, Boolean, Text, column, text

import api.overview
import web
from components import notices
from data import status
from data.analysis import gaps, states
from data.db import cache, pool
from data.db.pool import lending
from data.demo import plant as demo
from data.errors import HistorianUnavailable
from data.status import Line
from data.status.tags import tag_facts
from data.store import install, rollup_sql, rollups
from settings import Settings
from tests.support import standbys
from tests.support.pgbouncer import pgbouncer
from tests.support.servers import asked, until
from tests.support.standbys import Node, Pair

pytestmark = pytest.mark.db


@pytest.fixture(scope="module")
def servers() -> Iterator[Pair]:
    """A primary and its standby."""
    with tempfile.TemporaryDirectory(prefix="ksys-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        with standbys.pair(Path(name).resolve()) as pair:
            yield pair


@pytest.fixture
def both(servers: Pair) -> Iterator[Pair]:
    """The two, read by Ksys; both run and keep up, before and after."""
    servers.caught_up()
    cache.forget()
    pool.connect(servers.primary.dsn, read_dsn=servers.standby.dsn)
    yield servers
    pool.dispose()
    for node in (servers.primary, servers.standby):
        if node.process is None:
            node.start()
        node.resume()
    servers.let_go()


def reads_standby() -> bool:
    """Whether a page would now read the standby."""
    statement = text("SELECT pg_is_in_recovery() AS is_it").columns(column("is_it", Boolean))
    return bool(pool.read_rows(statement)[0]["is_it"])


def test_reads_go_to_the_standby(both: Pair) -> None:
    assert reads_standby()
    assert pool.replica_lag() == 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_reads_fall_back_to_the_primary_at_once_and_come_back(both: Pair, how: int) -> None:
    assert reads_standby()
    both.standby.stop(how)
    assert not reads_standby()
    assert pool.replica_lag() == 0
    both.standby.start()
    until(reads_standby, 30)


def test_a_standby_that_hangs_is_left_and_read_again_when_it_goes_on(both: Pair) -> None:
    assert reads_standby()
    both.standby.pause()
    until(lambda: not both_reads_standby_or_fails(), 30)
    both.standby.resume()
    until(reads_standby, 30)


@pytest.mark.optional("pgbouncer")
def test_who_waits_in_a_pooler_for_a_standby_that_hangs_is_answered_by_the_next(
    both: Pair,
) -> None:
    """A pooler takes every question while its server is away, and answers none."""
    with pgbouncer(both.standby.dsn, retry=0.5) as through:
        pool.connect(both.primary.dsn, read_dsn=through, pooler=True)
        until(reads_standby, 30)
        until(reads_standby, 30)
        both.standby.pause()
        assert not reads_standby()
        both.standby.resume()
        until(reads_standby, 30)
        both.standby.stop(signal.SIGQUIT)
        assert not reads_standby()


def both_reads_standby_or_fails() -> bool:
    """Whether a page would read the standby, or get no answer."""
    try:
        return reads_standby()
    except HistorianUnavailable:
        return True


def test_the_standby_is_read_while_the_primary_is_gone(both: Pair) -> None:
    assert reads_standby()
    both.primary.stop(signal.SIGQUIT)
    for _ in range(5):
        assert reads_standby()
        time.sleep(0.3)


def test_an_idle_primary_is_no_lag(both: Pair) -> None:
    asked(both.primary.dsn, "CREATE TABLE IF NOT EXISTS idle (n int)")
    both.caught_up()
    until(reads_standby, 30)
    time.sleep(3)
    assert pool.replica_lag() == 0
    assert reads_standby()


def test_the_lag_of_a_standby_that_replays_nothing_counts_from_what_it_lacks(both: Pair) -> None:
    until(reads_standby, 30)
    both.hold()
    asked(both.primary.dsn, "CREATE TABLE IF NOT EXISTS lacked (n int)")
    asked(both.primary.dsn, "INSERT INTO lacked VALUES (1)")
    before = until(pool.replica_lag, 30)
    until(lambda: pool.replica_lag() > before + 1, 30)
    assert reads_standby()
    both.let_go()
    until(lambda: pool.replica_lag() == 0, 30)


def test_a_standby_that_lags_by_more_than_keeps_tags_fresh_is_left_for_the_primary(
    both: Pair,
) -> None:
    until(reads_standby, 30)
    pool.keep_fresh(5)
    both.hold()
    asked(both.primary.dsn, "CREATE TABLE IF NOT EXISTS lagged (n int)")
    until(lambda: not reads_standby(), 30)
    assert pool.replica_lag() == 0
    both.let_go()
    until(reads_standby, 30)


#: A standby applies what it has received so much later on purpose [s].
DELAY_S = 8


def test_a_standby_that_applies_late_on_purpose_is_told_or_left_by_what_keeps_tags_fresh(
    both: Pair,
) -> None:
    until(reads_standby, 30)
    asked(both.primary.dsn, "CREATE TABLE IF NOT EXISTS delayed (n int)")
    set_delay(both.standby, DELAY_S)
    stop = threading.Event()
    feeder = threading.Thread(target=fed, args=(both.primary.dsn, stop))
    feeder.start()
    try:
        until(lambda: lags_by(DELAY_S - 2), 30)
        assert reads_standby() and pool.replica_lag() < DELAY_S + 4
        pool.keep_fresh(5)
        until(lambda: not reads_standby(), 30)
        assert pool.replica_lag() == 0
    finally:
        stop.set()
        feeder.join()
        set_delay(both.standby, 0)
    until(reads_standby, 30)


def set_delay(node: Node, seconds: int) -> None:
    """Let a standby apply what it receives so much later."""
    with closing(psycopg2.connect(node.dsn)) as connection:
        connection.autocommit = True  # no transaction may change the settings of a server
        statement = "ALTER SYSTEM SET recovery_min_apply_delay = %s"
        connection.cursor().execute(statement, (f"{seconds}s",))
    asked(node.dsn, "SELECT pg_reload_conf()")


def fed(dsn: str, stop: threading.Event) -> None:
    """Write twice a second until told to stop."""
    while not stop.wait(0.5):
        asked(dsn, "INSERT INTO delayed VALUES (1)")


def test_of_several_replicas_the_one_that_lives_is_read(both: Pair) -> None:
    dead = both.standby.dsn.replace("host=", "host=/nowhere,").replace("port=", "port=1,")
    pool.connect("host=/nowhere", read_dsn=dead)
    assert reads_standby()


def test_what_the_standby_cancels_to_catch_up_is_asked_once_more(both: Pair) -> None:
    asked(both.primary.dsn, "CREATE TABLE dropped AS SELECT 1 AS n")
    both.caught_up()
    until(reads_standby, 30)
    tries: list[threading.Thread] = []

    def ask(lent: Any) -> str:
        with lent.cursor() as cursor:
            if not tries:
                tries.append(threading.Thread(target=drop_once_read, args=(both,)))
                tries[0].start()
                cursor.execute("SELECT pg_sleep(20) FROM dropped")
            cursor.execute("SELECT 'told'")
            return str(cursor.fetchone()[0])

    assert lending.answer_of("export", ask) == "told"
    tries[0].join()
    assert setting("transaction_read_only") == "on"


def test_every_reader_asks_once_more_what_the_standby_cancels(both: Pair) -> None:
    """A row that is read there is cleared away on the primary; then nothing is waited for."""
    until(reads_standby, 30)
    statement = text("SELECT count(pg_sleep(20)) AS n FROM cleared").columns(
        column("n", BigInteger)
    )
    readers = {
        "rows": lambda: pool.read_rows(statement),
        "bounded": lambda: pool.read_bounded(statement, None, 60_000),
    }
    for name, read in readers.items():
        asked(both.primary.dsn, "DROP TABLE IF EXISTS cleared")
        asked(both.primary.dsn, "CREATE TABLE cleared AS SELECT 1 AS n")
        both.caught_up()
        clears = threading.Thread(target=clear_once_read, args=(both,))
        clears.start()
        assert read() == [{"n": 0}], name
        clears.join()


RULE = """
    INSERT INTO influx_qc_rule (tag_name, min_val, max_val, max_gap_seconds)
    VALUES ('slow', 0, 100, 300)
"""
EARLIER = """
    INSERT INTO influx_hist (ts, tag_name, value) VALUES (now() - %s * interval '1 s', 'slow', %s)
"""
READING = "INSERT INTO influx_hist (ts, tag_name, value) VALUES (now(), 'slow', %s)"


@pytest.fixture
def plant(both: Pair) -> Iterator[Pair]:
    """A tag that is read every few minutes, on both; Ksys cannot reach the primary."""
    with closing(psycopg2.connect(both.primary.dsn)) as connection:
        install.install(connection)
        connection.commit()
    asked(both.primary.dsn, "DELETE FROM influx_qc_rule")
    asked(both.primary.dsn, RULE)
    asked(both.primary.dsn, READING, 42)
    both.caught_up()
    pool.connect("host=/nowhere", read_dsn=both.standby.dsn)
    cache.forget()
    yield both
    cache.forget()


def frame() -> dict[str, Any]:
    """Return the frame that a page gets now."""
    api.overview.frame.expire()
    return dict(json.loads(api.overview.frame.answer().value.plain))


def lags_by(seconds: float) -> bool:
    """Whether what is read is so far behind."""
    return pool.replica_lag() > seconds


def test_a_value_of_a_standby_that_lags_is_late_where_no_other_server_answers(
    plant: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = frame()
    assert (fresh["value"], fresh["freshness"], fresh["replica"]) == ([42], "0", 0)
    plant.hold()
    asked(plant.primary.dsn, READING, 99)
    monkeypatch.setattr(gaps, "MOST_LAG_S", 3.0)
    until(lambda: lags_by(3), 30)
    old = frame()
    assert (old["value"], old["freshness"]) == ([42], "1")
    assert states.BADGES[int(old["badge"][0], 16)] == "LATE"
    assert old["replica"] > 3
    cache.forget()
    tags = tag_facts()
    assert tags is not None and (tags.fresh, tags.late) == (0, 1)
    plant.let_go()
    until(lambda: not lags_by(0), 30)
    cache.forget()
    healed = frame()
    assert (healed["value"], healed["freshness"], healed["replica"]) == ([99], "0", 0)


def test_no_file_is_made_of_a_standby_that_lags(plant: Pair) -> None:
    with pool.snapshot():
        pass
    plant.hold()
    asked(plant.primary.dsn, READING, 97)
    until(lambda: lags_by(3), 30)
    with pytest.raises(HistorianUnavailable) as refused, pool.snapshot():
        pass
    assert refused.value.key == "historian_replica"
    pool.connect(plant.primary.dsn, read_dsn=plant.standby.dsn)
    until(lambda: lags_by(3), 30)
    assert reads_standby(), "so little is no matter for a page"
    with pool.snapshot(), pool.checkout("export") as lent:
        assert not lent.driver_connection.server.look.standby


@pytest.mark.parametrize(
    "through",
    [
        pytest.param(contextlib.nullcontext, id="directly"),
        pytest.param(pgbouncer, id="PgBouncer", marks=pytest.mark.optional("pgbouncer")),
    ],
)
def test_a_standby_that_alone_is_named_is_late_too_and_no_file_is_made_of_it(
    plant: Pair, monkeypatch: pytest.MonkeyPatch, through: Any
) -> None:
    monkeypatch.setattr(gaps, "MOST_LAG_S", 3.0)
    with through(plant.standby.dsn) as dsn:
        pool.connect(dsn or plant.standby.dsn, pooler=dsn is not None)
        with pool.snapshot():
            pass
        fresh = frame()
        assert (fresh["freshness"], fresh["replica"]) == ("0", 0)
        plant.hold()
        asked(plant.primary.dsn, READING, 98)
        until(lambda: lags_by(3), 30)
        old = frame()
        assert (old["freshness"], old["replica"] > 3) == ("1", True)
        with pytest.raises(HistorianUnavailable) as refused, pool.snapshot():
            pass
        assert refused.value.key == "historian_replica"
        plant.let_go()
        until(lambda: not lags_by(0), 30)
        pool.dispose()


@pytest.mark.usefixtures("in_english")
def test_a_lag_that_leaves_tags_fresh_is_told_and_changes_none(plant: Pair) -> None:
    plant.hold()
    asked(plant.primary.dsn, READING, 98)
    until(lambda: lags_by(3), 30)
    told = frame()
    assert told["freshness"] == "0" and 3 < told["replica"] < 30
    assert told["age"][0] >= 3, "the age counts to now, not to what the standby has seen"
    (said,) = notices._replica()
    assert said.level == "note" and said.text.startswith("Replica ")


def site_over(dsn: str) -> Any:
    """Return a client of the routes of rows and of the API over a historian."""
    app = web.create_app(Settings(dsn="host=/nowhere", dsn_read=dsn, site_tz="UTC"))
    return app.server.test_client()


#: Buckets of 5 s of the last two minutes.
ROWS = "tag=slow&window=2m&resolution=5s"


def test_rows_of_a_standby_that_lags_say_so_and_no_bucket_that_may_lack_readings_is_over(
    plant: Pair,
) -> None:
    client = site_over(plant.standby.dsn)
    for age in range(0, 120, 5):
        asked(plant.primary.dsn, EARLIER, age, 42)
    asked(plant.primary.dsn, EARLIER, -4, 42)  # its bucket is not over yet when all stands still
    plant.caught_up()
    held = datetime.now(UTC)
    whole = client.get(f"/api/v1/timeseries?{ROWS}")
    assert "replica_lag" not in whole.json and "X-Replica-Lag" not in whole.headers
    plant.hold()
    asked(plant.primary.dsn, READING, 43)
    until(lambda: lags_by(12), 60)
    cache.forget()
    told = client.get(f"/api/v1/timeseries?{ROWS}")
    assert 12 < told.json["replica_lag"] < 60
    at, lag = datetime.now(UTC), timedelta(seconds=told.json["replica_lag"])
    ends = [
        datetime.fromisoformat(each["bucket"]) + timedelta(seconds=5) for each in told.json["rows"]
    ]
    filling = [each["filling"] for each in told.json["rows"]]
    assert all(not fills for end, fills in zip(ends, filling, strict=True) if end < at - lag)
    late = [fills for end, fills in zip(ends, filling, strict=True) if end > held]
    assert late and all(late)
    assert ends[-1] < at, "the newest that is there would be over by the clock alone"
    for route in ("trend/rows.csv", "tech/rows.csv", "api/v1/timeseries.csv", "api/v1/latest"):
        query = {"api/v1/latest": "tag=slow"}.get(route, ROWS)
        answer = client.get(f"/{route}?{query}")
        assert answer.status_code == 200
        assert 12 < float(answer.headers["X-Replica-Lag"]) < 60, route


def test_a_standby_whose_receiver_is_gone_does_not_say_that_it_lacks_nothing(
    plant: Pair,
) -> None:
    asked(plant.primary.dsn, READING, 41)
    plant.caught_up()
    cache.forget()
    assert told_of_the_server()["standby"].level == "note"
    plant.primary.stop(signal.SIGQUIT)
    cut = until(lambda: cache.forget() or told_of_the_server().get("standby_cut"), 30)
    assert cut.values["lag"] > timedelta(0)
    assert pool.replica_lag() > 0 or until(lambda: lags_by(0), 30)


def told_of_the_server() -> dict[str, Line]:
    """Return what is said of the server, by key."""
    return {line.key: line for line in status.now().lines}


def test_nobody_is_elected_on_a_standby(plant: Pair) -> None:
    assert asked(plant.primary.dsn, rollup_sql.ELECTION, *rollups.WATCH_LOCK) is True
    assert asked(plant.standby.dsn, rollup_sql.ELECTION, *rollups.WATCH_LOCK) is False
    with closing(psycopg2.connect(plant.standby.dsn)) as connection:
        assert not demo._locked(connection)


def drop_once_read(servers: Pair) -> None:
    """Drop on the primary what a statement on the standby reads."""
    reading = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(20)%%'"
    until(lambda: asked(servers.standby.dsn, reading))
    asked(servers.primary.dsn, "DROP TABLE dropped")


def clear_once_read(servers: Pair) -> None:
    """Clear away on the primary what a statement on the standby reads."""
    reading = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    until(lambda: asked(servers.standby.dsn, reading))
    with closing(psycopg2.connect(servers.primary.dsn)) as connection:
        connection.autocommit = True  # no VACUUM in a transaction
        connection.cursor().execute("DELETE FROM cleared")
        connection.cursor().execute("VACUUM cleared")


def setting(name: str) -> str:
    """Return a setting of the session that reads."""
    return str(pool.read_rows(text(f"SHOW {name}").columns(column(name, Text)))[0][name])
