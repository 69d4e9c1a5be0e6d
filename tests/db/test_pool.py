"""The way to the historian: options in force, failures by name, recovery by itself."""

import contextlib
import os
import pickle
import signal
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import psycopg2
import pytest
from psycopg2.extensions import make_dsn, parse_dsn
from sqlalchemy import BigInteger, Boolean, DateTime, Double, Integer, Text, column, text

from data.db import copy_out, failures, pool, writing
from data.db.pool import lending, sending
from data.errors import HistorianUnavailable

TIME = DateTime(timezone=True)


@pytest.fixture
def historian(database: str) -> Iterator[str]:
    """An empty database that the engine reads."""
    pool.connect(database, statement_timeout_ms=400)
    yield database
    pool.dispose()


def written(dsn: str, *statements: str) -> None:
    """Run statements that write."""
    with contextlib.closing(psycopg2.connect(dsn)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)


def asked(sql: str, **types: object) -> object:
    """Return a statement with columns of these types."""
    columns = [column(name, kind) for name, kind in types.items()]
    return text(sql).columns(*columns).subquery("asked").select()


def setting(name: str) -> str:
    """Return a setting of the session that reads."""
    return str(pool.read_rows(text(f"SHOW {name}").columns(column(name, Text)))[0][name])


NAMES = [
    "", " ", ",", "{}", '"', "\\", '\\"', "'", "NULL", "null", "a,b", "%s", "%(tags)s",
    "온도 1", "\n\t",
    "'); DROP TABLE influx_hist; --", '","', "E'\\\\'",
]  # fmt: skip


@pytest.mark.db
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("text", NAMES),
        ("text", []),
        ("text", ["D101", None, "가 나", "NULL", ""]),
        ("double precision", [1.5]),
        ("double precision", [0.1, 1e300, 5e-324, float("inf")]),
        ("double precision", [0.1, -0.0, 1e300, 5e-324, float("inf"), -float("inf"), 3, None]),
        ("bigint", [2**63 - 1, -(2**63), 0, None, np.int64(7)]),
        ("boolean", [True, False, None]),
        ("timestamptz", [datetime(2026, 3, 29, 1, 2, 3, 456_789, tzinfo=UTC), None]),
    ],
)
def test_a_list_arrives_as_the_driver_would_have_written_it(
    database: str, kind: str, values: list[object]
) -> None:
    with contextlib.closing(psycopg2.connect(database)) as connection:
        cursor = connection.cursor()
        cursor.execute(f"SELECT %s::{kind}[]", (sending.written(values),))
        ((arrived,),) = cursor.fetchall()
    assert arrived == values


@pytest.mark.db
def test_the_session_options_are_in_force(historian: str) -> None:
    assert setting("statement_timeout") == "400ms"
    assert setting("default_transaction_read_only") == "on"
    assert setting("timezone") == "UTC"
    assert setting("application_name") == "ksys"


@pytest.mark.db
@pytest.mark.parametrize("pooler", [False, True])
def test_no_session_compiles_its_statements_where_the_server_would(
    database: str, pooler: bool
) -> None:
    """Over many chunks jit=on takes 150 times as long, and cannot be cancelled meanwhile."""
    name = parse_dsn(database)["dbname"]
    written(database, f'ALTER DATABASE "{name}" SET jit = on')
    with contextlib.closing(psycopg2.connect(database)) as connection:
        cursor = connection.cursor()
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("on",)
    pool.connect(database, pooler=pooler)
    assert setting("jit") == "off"
    with pool.checkout("export") as lent:
        cursor = lent.cursor()
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)


@pytest.mark.db
@pytest.mark.parametrize("pooler", [False, True])
def test_every_session_says_when_a_cluster_opens_further_connections(
    database: str, pooler: bool
) -> None:
    """A server without Citus takes the option and does nothing."""
    pool.connect(database, pooler=pooler)
    assert setting("citus.executor_slow_start_interval").removesuffix("ms") == "200"


@pytest.mark.db
@pytest.mark.parametrize("pooler", [False, True])
def test_a_slow_statement_is_cancelled(database: str, pooler: bool) -> None:
    pool.connect(database, statement_timeout_ms=200, pooler=pooler)
    begun = time.monotonic()
    with pytest.raises(HistorianUnavailable) as failure:
        pool.read_frame(asked("SELECT 1.0::float8 AS one FROM pg_sleep(20)", one=Double))
    assert failure.value.key == "historian_timeout"
    assert time.monotonic() - begun < 5


@pytest.mark.db
@pytest.mark.parametrize("pooler", [False, True])
def test_a_write_is_refused(database: str, pooler: bool) -> None:
    written(database, "CREATE TABLE kept (n int)")
    pool.connect(database, pooler=pooler)
    with pytest.raises(HistorianUnavailable, match="read-only"), pool.checkout() as lent:
        lent.cursor().execute("INSERT INTO kept VALUES (1)")
    with contextlib.closing(psycopg2.connect(database)) as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT count(*) FROM kept")
        assert cursor.fetchone() == (0,)


@pytest.mark.db
def test_a_pooler_gets_the_options_at_checkout_and_nothing_stays_in_its_session(
    database: str,
) -> None:
    """A server behind PgBouncer serves others next: what we set must end with our transaction."""
    pool.connect(database, pooler=True, pool_size=1, statement_timeout_ms=1_234)
    assert setting("statement_timeout") == "1234ms"
    with lending._pools["interactive"].engine.raw_connection() as bare:
        cursor = bare.cursor()
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.db
def test_exports_have_a_pool_and_a_time_limit_of_their_own(database: str) -> None:
    pool.connect(database, pool_size=1, statement_timeout_ms=100, export_timeout_ms=9_000)
    slow = asked("SELECT 1.0::float8 AS one FROM pg_sleep(0.3)", one=Double)
    assert len(pool.read_frame(slow, pool="export")) == 1
    with pytest.raises(HistorianUnavailable):
        pool.read_frame(slow)


@pytest.mark.db
def test_what_the_dsn_says_itself_stands(database: str) -> None:
    pool.connect(make_dsn(database, application_name="wall", options="-c work_mem=1234kB"))
    assert setting("application_name") == "wall"
    assert setting("work_mem") == "1234kB"
    assert setting("default_transaction_read_only") == "on"


@pytest.mark.db
def test_several_hosts_in_one_dsn_lead_to_the_one_that_lives(database: str) -> None:
    parts = parse_dsn(database)
    dead = {"host": f"/nowhere,{parts['host']}", "port": f"1,{parts.get('port', 5432)}"}
    pool.connect(make_dsn(**{**parts, **dead}))
    assert pool.database_now() > datetime(2020, 1, 1, tzinfo=UTC)


@pytest.mark.db
def test_a_lost_way_to_the_historian_is_noticed_within_ten_seconds(historian: str) -> None:
    with pool.checkout() as lent:
        assert lent.driver_connection.info.dsn_parameters["tcp_user_timeout"] == "10000"


@pytest.mark.db
def test_a_libpq_url_works_as_it_is(database: str) -> None:
    parts = parse_dsn(database)
    host = parts["host"].replace("/", "%2F")
    port = parts.get("port", "5432")
    url = f"postgresql://{parts['user']}@/{parts['dbname']}?host={host}&port={port}"
    if "password" in parts:
        url += f"&password={parts['password']}"
    pool.connect(url)
    assert setting("timezone") == "UTC"


@pytest.mark.db
def test_replicas_are_read_instead_of_the_primary(database: str) -> None:
    pool.connect("host=/nowhere", read_dsn=database)
    assert setting("timezone") == "UTC"


@pytest.mark.db
def test_every_kind_of_column_survives_the_binary_way(historian: str) -> None:
    statement = asked(
        "SELECT * FROM (VALUES (1::int2, 1.5::float4::float8, true, "
        "'2026-01-01 00:00:00.123456+09'::timestamptz),"
        "(-1::int2, 'NaN', false, '1969-12-31 23:59:59+00'), (NULL, NULL, NULL, NULL),"
        "(7::int2, '-Infinity', true, '2000-01-01+00')) AS v (whole, number, truth, moment)",
        whole=Integer, number=Double, truth=Boolean, moment=TIME,
    )  # fmt: skip
    frame = pool.read_frame(statement)
    assert list(frame["whole"]) == [1, -1, 0, 7]
    np.testing.assert_array_equal(frame["number"], [1.5, np.nan, np.nan, -np.inf])
    assert list(frame["truth"]) == [True, False, False, True]
    expected = ["2025-12-31T15:00:00.123456Z", "1969-12-31T23:59:59Z", None, "2000-01-01T00:00Z"]
    assert list(frame["moment"]) == list(pd.to_datetime(expected, format="ISO8601"))
    assert [str(kind) for kind in frame.dtypes] == [
        *("int64", "float64", "bool", "datetime64[us, UTC]"),
    ]


@pytest.mark.db
def test_the_binary_way_reads_what_pandas_reads_row_by_row(historian: str) -> None:
    sql = (
        "SELECT n, random() AS x, '2026-01-01 00:00+00'::timestamptz + n * interval '7 ms' AS t "
        "FROM generate_series(1, 5000) n ORDER BY n"
    )
    with contextlib.closing(psycopg2.connect(historian)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(sql)
        rows = pd.DataFrame(cursor.fetchall(), columns=["n", "x", "t"])
    frame = pool.read_frame(asked(sql, n=BigInteger, x=Double, t=TIME))
    assert list(frame["n"]) == list(rows["n"])
    assert (frame["t"] == pd.to_datetime(rows["t"], utc=True)).all()


@pytest.mark.db
def test_no_rows_give_an_empty_frame_with_its_columns(historian: str) -> None:
    frame = pool.read_frame(asked("SELECT 1 AS n WHERE false", n=Integer))
    assert (list(frame), len(frame)) == (["n"], 0)


@pytest.mark.db
@pytest.mark.parametrize("where", ["", "WHERE false"])
def test_columns_that_are_sent_as_texts_of_bytes_say_what_rows_do(
    historian: str, where: str
) -> None:
    odd = "CASE n % 5 WHEN 0 THEN NULL WHEN 1 THEN 'NaN' WHEN 2 THEN '-inf' ELSE n / 7.0 END"
    sql = (
        f"SELECT nullif(n, 3) AS n, ({odd})::float8 AS x, n % 2 = 0 AS even,"
        " CASE WHEN n % 9 <> 0 THEN timestamptz '1999-12-31 23:59:59.5+00' + n * interval '1 h' END"
        f" AS t FROM generate_series(1, 500) n {where} ORDER BY n LIMIT 400"
    )
    statement = asked(sql, n=BigInteger, x=Double, even=Boolean, t=TIME)
    pd.testing.assert_frame_equal(pool.read_packed(statement, {}), pool.read_frame(statement))


@pytest.mark.db
def test_texts_of_bytes_keep_the_order_of_rows_that_several_processes_sort(database: str) -> None:
    ordered = asked("SELECT n, x FROM shuffled ORDER BY n", n=BigInteger, x=Double)
    form = copy_out.prepared_bytes(ordered)
    with contextlib.closing(psycopg2.connect(database)) as connection:
        cursor = connection.cursor()
        cursor.execute(
            "CREATE TABLE shuffled AS SELECT n, n / 2.0::float8 AS x FROM generate_series(1, 50000)"
            " n ORDER BY md5(n::text); ANALYZE shuffled; SET LOCAL parallel_setup_cost = 0;"
            " SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_table_scan_size = 0"
        )
        plan = sending.fetched(connection, f"EXPLAIN {form.sql}", form.values)
        assert "Gather Merge" in str(plan)
        found = copy_out.unpacked(sending.copied(connection, form.sql, form.values), form.kinds)
    assert found["n"].tolist() == list(range(1, 50_001))
    assert (found["x"] * 2 == found["n"]).all()


def test_frames_of_the_same_columns_share_their_labels() -> None:
    one, other = (copy_out.table({"n": np.arange(3), "x": np.ones(3)}) for _ in range(2))
    assert one.columns is other.columns
    assert one["x"].tolist() == [1.0, 1.0, 1.0]


def test_columns_of_bytes_of_two_lengths_are_refused() -> None:
    header, end = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
    row = b"\x00\x02" + (8).to_bytes(4) + bytes(8) + (16).to_bytes(4) + bytes(16)
    kinds = {"ts": "time", "value": "number"}
    with pytest.raises(ValueError, match="columns of one length"):
        copy_out.unpacked(memoryview(header + row + end), kinds)
    with pytest.raises(ValueError, match="columns of one length"):
        copy_out.unpacked(memoryview(header + row + end), {"ts": "time"})


@pytest.mark.db
def test_a_tag_name_is_data_whatever_it_holds(historian: str) -> None:
    for name in ["'; drop table x; --", "100%", "%(tag)s", '가나/다 "q"', "=1+1", "\\", "🙂"]:
        rows = pool.read_rows(text("SELECT CAST(:n AS text) AS n").bindparams(n=name).columns(
            column("n", Text)
        ))  # fmt: skip
        assert rows == [{"n": name}]


def test_bytes_that_are_no_times_are_refused() -> None:
    header, end = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
    for size, rest in ((8, bytes(7)), (7, bytes(7)), (16, bytes(8))):
        row = b"\x00\x01" + size.to_bytes(4) + rest
        with pytest.raises(ValueError, match="one text of times"):
            copy_out.decoded_times(memoryview(header + row + end))
    nothing = memoryview(header + b"\x00\x01" + b"\xff" * 4 + end)
    assert copy_out.decoded_times(nothing).tolist() == []
    two = b"\x00\x01" + (16).to_bytes(4) + (1).to_bytes(8) + (-1).to_bytes(8, signed=True)
    start = 946_684_800 * 10**9
    times = copy_out.decoded_times(memoryview(header + two + end))
    assert times.tolist() == [start + 1_000, start - 1_000]


def test_bytes_that_are_no_whole_rows_are_refused() -> None:
    header = b"PGCOPY\n\xff\r\n\0" + bytes(8)
    row = b"\x00\x01" + b"\x00\x00\x00\x04" + bytes(8)
    with pytest.raises(ValueError, match="whole rows"):
        copy_out.decoded(memoryview(header + row[:-1] + b"\xff\xff"), {"n": "count"})
    with pytest.raises(ValueError, match="not 8 bytes wide"):
        copy_out.decoded(memoryview(header + row + b"\xff\xff"), {"n": "count"})
    with pytest.raises(ValueError, match="another number of columns"):
        copy_out.decoded(memoryview(header + b"\x00\x02" + row[2:] + b"\xff\xff"), {"n": "count"})


def test_without_a_historian_the_way_out_is_named() -> None:
    pool.dispose()
    with pytest.raises(HistorianUnavailable, match="set TS_DSN") as failure:
        pool.database_now()
    assert failure.value.key == "historian_unset"


@pytest.mark.parametrize(
    "dsn", ["host=/nowhere", "host=127.0.0.1 port=1", "postgresql://[::1]:1/x"]
)
def test_a_historian_that_is_not_there_is_refused_at_once_and_not_stormed(dsn: str) -> None:
    pool.connect(dsn)
    for _ in range(3):
        with pytest.raises(HistorianUnavailable) as failure:
            pool.database_now()
        assert failure.value.key == "historian_refused"


def test_a_historian_that_does_not_answer_fails_within_the_connect_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        pool.connect(f"host=127.0.0.1 port={deaf.getsockname()[1]} connect_timeout=2")
        begun = time.monotonic()
        with pytest.raises(HistorianUnavailable) as failure:
            pool.database_now()
        assert failure.value.key == "historian_refused"
        assert time.monotonic() - begun < 6
        begun = time.monotonic()
        with pytest.raises(HistorianUnavailable):
            pool.database_now()
        assert time.monotonic() - begun < 0.5


def test_a_dsn_that_cannot_be_read_is_told_without_its_password() -> None:
    pool.connect("postgres//me:secret@db")
    with pytest.raises(HistorianUnavailable) as failure:
        pool.database_now()
    assert failure.value.key == "historian_dsn"
    assert "secret" not in str(failure.value)


@pytest.mark.db
def test_an_unknown_database_is_named_so(database: str) -> None:
    pool.connect(make_dsn(database, dbname="nowhere"))
    with pytest.raises(HistorianUnavailable, match="does not exist") as failure:
        pool.database_now()
    assert failure.value.key == "historian_database"
    assert "nowhere" in str(failure.value.values["said"]), "for an administrator"
    assert "nowhere" not in str(failure.value)


@pytest.mark.db
def test_a_missing_relation_has_its_own_key(historian: str) -> None:
    with pytest.raises(HistorianUnavailable, match="influx_hist") as failure:
        pool.read_frame(asked("SELECT count(*) AS n FROM influx_hist", n=Integer))
    assert failure.value.key == "historian_missing"


@pytest.mark.db
def test_a_full_pool_is_told_as_busy(database: str) -> None:
    pool.connect(database, pool_size=1, pool_timeout=0.1)
    with pool.checkout(), pytest.raises(HistorianUnavailable) as failure:
        pool.database_now()
    assert failure.value.key == "historian_busy"
    assert pool.database_now()


@pytest.mark.db
def test_pooled_connections_that_died_are_replaced_unseen(historian: str) -> None:
    with pool.checkout() as one, pool.checkout() as two:
        pids = [lent.driver_connection.info.backend_pid for lent in (one, two)]
    written(historian, f"SELECT pg_terminate_backend(pid) FROM unnest(ARRAY{pids}) pid")
    assert pool.database_now()
    with pool.checkout() as one, pool.checkout() as two:
        now = [lent.driver_connection.info.backend_pid for lent in (one, two)]
    assert not set(pids) & set(now)


@pytest.mark.db
@pytest.mark.parametrize("pooler", [False, True])
def test_a_statement_cut_off_twice_is_told_as_lost(database: str, pooler: bool) -> None:
    pool.connect(database, pooler=pooler, statement_timeout_ms=20_000)
    statement = asked("SELECT 1.0::float8 AS one FROM pg_sleep(10)", one=Double)
    stop = threading.Event()

    def hunter() -> None:
        while not stop.wait(0.1):
            written(
                database,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query LIKE 'COPY%pg_sleep%' AND datname = current_database()",
            )

    thread = threading.Thread(target=hunter)
    thread.start()
    with pytest.raises(HistorianUnavailable) as failure:
        pool.read_frame(statement)
    stop.set()
    thread.join()
    assert failure.value.key == "historian_lost"
    assert pool.database_now()


@pytest.mark.db
def test_someone_elses_cancel_is_not_called_a_timeout(database: str) -> None:
    pool.connect(database, statement_timeout_ms=20_000)
    with pool.checkout() as lent:
        threading.Timer(0.3, lent.driver_connection.cancel).start()
        cursor = lent.cursor()
        with pytest.raises(psycopg2.errors.QueryCanceled) as cancelled:
            cursor.execute("SELECT pg_sleep(10)")
    assert (
        failures.statement_failure(cancelled.value, early=False, parts={}).key
        == "historian_cancelled"
    )


# Python 3.12 and later warn of exactly what is tried here.
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
@pytest.mark.db
def test_a_forked_process_opens_connections_of_its_own(historian: str) -> None:
    with pool.checkout() as lent:
        ours = lent.driver_connection.info.backend_pid
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        with pool.checkout() as lent:
            os.write(writer, str(lent.driver_connection.info.backend_pid).encode())
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert int(os.read(reader, 100)) != ours
    with pool.checkout() as lent:
        assert lent.driver_connection.info.backend_pid == ours
    os.close(reader)
    os.close(writer)


@pytest.mark.db
def test_what_a_command_writes_with_writes_and_speaks_utc(database: str) -> None:
    with writing(database, "--dsn") as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (n int)")
        cursor.execute("SHOW timezone")
        assert cursor.fetchone() == ("UTC",)
        connection.commit()
    assert connection.closed
    written(database, "INSERT INTO kept VALUES (1)")


@pytest.mark.db
def test_a_connection_that_breaks_under_a_command_says_so_with_the_way_out(database: str) -> None:
    with (
        pytest.raises(HistorianUnavailable, match="--dsn: .* broke .*; run the command again"),
        writing(database, "--dsn") as connection,
        connection.cursor() as cursor,
    ):
        written(database, f"SELECT pg_terminate_backend({connection.info.backend_pid})")
        cursor.execute("SELECT 1")


def test_a_failure_can_be_sent_to_another_process() -> None:
    failure = pickle.loads(pickle.dumps(HistorianUnavailable("historian_failed", detail="x")))
    assert (failure.key, failure.values) == ("historian_failed", {"detail": "x"})
