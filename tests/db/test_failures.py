"""Each failure of the historian has its own sentence with the way out, by real errors."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import psycopg2
import pytest
from psycopg2.extensions import make_dsn
from sqlalchemy import Double, column, text

from data.db import failures, pool
from data.errors import HistorianUnavailable
from tests.support.sentences import WAY_OUT
from tests.support.servers import asked

#: What a server or a pooler says before it lets nobody in -> our key, and the way out.
REFUSALS = {
    "unsupported startup parameter: options": ("historian_pooler", "TS_POOLER=1"),
    "unsupported startup parameter in options: jit": ("historian_pooler", "TS_POOLER=1"),
    "sorry, too many clients already": ("historian_full", "max_connections"),
    "too many connections for role": ("historian_full", "POOL_SIZE"),
    "remaining connection slots are reserved for roles with the SUPERUSER attribute": (
        "historian_full", "max_connections",
    ),
    "no more connections allowed (max_client_conn)": ("historian_full", "POOL_SIZE"),
    'password authentication failed for user "me"': ("historian_password", "mend user"),
    "SASL authentication failed": ("historian_password", "mend user"),
    'no pg_hba.conf entry for host "::1", user "me", database "x", no encryption': (
        "historian_tls", "sslmode",
    ),
    'no pg_hba.conf entry for host "::1", user "me", database "x", SSL off': (
        "historian_tls", "sslmode",
    ),
    'no pg_hba.conf entry for host "::1", user "me", database "x"': (
        "historian_denied", "log of Ksys",
    ),
    'database "x" does not exist': ("historian_database", "mend dbname"),
    "no such database: x": ("historian_database", "mend dbname"),
    'role "me" is not permitted to log in': ("historian_denied", "log of Ksys"),
    "no such user: me": ("historian_password", "mend user"),
    "server login has been failing, cached error: connect failed (server_login_retry)": (
        "historian_refused", "by itself",
    ),
    "terminating connection due to administrator command": ("historian_starting", "by itself"),
    "the database system is starting up": ("historian_starting", "by itself"),
    "the database system is not yet accepting connections": ("historian_starting", "by itself"),
    "모름": ("historian_denied", "log of Ksys"),
    "Rolle »me« hat keine Berechtigung zum Einloggen": ("historian_denied", "log of Ksys"),
    '사용자 "me"의 password 인증을 실패했습니다': ("historian_password", "mend user"),
    "최대 동시 접속자 수를 초과했습니다.": ("historian_full", "max_connections"),
    '"me" 롤의 최대 동시 접속수를 초과했습니다': ("historian_full", "POOL_SIZE"),
    "남은 연결 슬롯은 non-replication 슈퍼유저 연결용으로 남겨 놓았음": (
        "historian_full", "max_connections",
    ),
    '호스트 "::1", 사용자 "me", 데이터베이스 "x", 암호화 안함 연결에 대한 설정이 없습니다.': (
        "historian_tls", "sslmode",
    ),
    '호스트 "::1", 사용자 "me", 데이터베이스 "x", SSL 암호화 연결에 대한 설정이 없습니다.': (
        "historian_denied", "log of Ksys",
    ),
    '"x" 데이터베이스 없음': ("historian_database", "mend dbname"),
    "데이터베이스 시스템이 새로 가동 중입니다.": ("historian_starting", "by itself"),
}  # fmt: skip


@contextlib.contextmanager
def refusing(message: str, weight: str = "FATAL", coding: str = "utf-8") -> Iterator[str]:
    """Yield the DSN of a server that has no TLS and refuses every session with a message."""
    body = f"S{weight}\0C08000\0M{message}\0\0".encode(coding)
    refusal = b"E" + (len(body) + 4).to_bytes(4, "big") + body

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                session, _address = listener.accept()
                with session:
                    while (word := session.recv(4096)) and word[4:8] != b"\0\x03\0\0":
                        session.sendall(b"N")  # it wants TLS, or a ticket of Kerberos
                    session.sendall(refusal)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield f"host=127.0.0.1 port={listener.getsockname()[1]} user=me password=hush dbname=x"
        listener.shutdown(socket.SHUT_RDWR)


def failure_of(dsn: str) -> HistorianUnavailable:
    """Return why a historian cannot be asked."""
    pool.connect(dsn)
    try:
        with pytest.raises(HistorianUnavailable) as caught:
            pool.database_now()
    finally:
        pool.dispose()
    return caught.value


def assert_said(failure: HistorianUnavailable, key: str, way_out: str) -> None:
    """Assert that a failure names the way out, and no secret."""
    said = str(failure)
    assert failure.key == key, said
    assert way_out in said and WAY_OUT.search(said)
    assert "hush" not in said and "\n" not in said


@pytest.mark.parametrize("message", REFUSALS)
def test_a_refusal_has_its_own_sentence_with_the_way_out(message: str) -> None:
    with refusing(message) as dsn:
        assert_said(failure_of(dsn), *REFUSALS[message])


@pytest.mark.parametrize("message", [each for each in REFUSALS if not each.isascii()][2:])
def test_a_server_of_a_korean_windows_is_understood(message: str) -> None:
    with refusing(message, "치명적오류", "cp949") as dsn:
        failure = failure_of(dsn)
    assert_said(failure, *REFUSALS[message])
    assert "me" not in str(failure.values["detail"]), "no name of the DSN stands in the log"


def test_a_refusal_in_letters_that_nobody_knows_is_a_refusal() -> None:
    with refusing("¿Quién?", coding="latin-1") as dsn:
        assert_said(failure_of(dsn), "historian_denied", "log of Ksys")


@pytest.mark.parametrize(
    ("said", "early", "key"),
    [
        ("명령실행시간 초과로 작업을 취소합니다.", True, "historian_limit"),
        ("명령실행시간 초과로 작업을 취소합니다.", False, "historian_timeout"),
        ("사용자 요청에 의해 작업을 취소합니다.", False, "historian_cancelled"),
        ("storniere Anfrage wegen Zeitüberschreitung der Anfrage", False, "historian_timeout"),
        ("storniere Anfrage wegen Benutzeraufforderung", True, "historian_cancelled"),
    ],
)
def test_a_limit_is_known_by_what_is_said_or_else_by_the_time(
    said: str, early: bool, key: str
) -> None:
    """Questions that took too long are asked in another way: this must not go by a language."""
    ended = psycopg2.errors.QueryCanceled(said)
    assert failures.statement_failure(ended, early, {}).key == key


@pytest.mark.parametrize("kind", ["SerializationFailure", "QueryCanceled"])
def test_a_conflict_on_a_standby_is_known_by_its_code_or_what_is_said(kind: str) -> None:
    said = "복구 작업 중 충돌이 발생해 작업을 중지합니다." if kind == "QueryCanceled" else "?"
    ended = getattr(psycopg2.errors, kind)(said)
    assert failures.statement_failure(ended, True, {}).key == "historian_standby"


def test_a_server_without_tls_where_it_is_required_is_named_so() -> None:
    with refusing("never said") as dsn:
        assert_said(failure_of(f"{dsn} sslmode=require"), "historian_tls", "sslmode")


def test_a_certificate_that_is_not_there_is_a_matter_of_tls(tmp_path: object) -> None:
    with refusing("never said") as dsn:
        absent = f"{dsn} sslmode=verify-full sslrootcert={tmp_path}/none.crt"
        assert_said(failure_of(absent), "historian_tls", "sslrootcert")


def test_a_name_that_does_not_resolve_is_told_from_a_server_that_is_down() -> None:
    assert_said(failure_of("host=no.invalid"), "historian_unknown_host", "mend host")
    assert_said(failure_of("host=127.0.0.1 port=1"), "historian_refused", "by itself")


@pytest.mark.db
def test_a_server_that_is_full_for_our_role_is_told_as_full(database: str) -> None:
    role = "full_of_us"
    asked(database, f"DROP ROLE IF EXISTS {role}; CREATE ROLE {role} LOGIN CONNECTION LIMIT 0")
    assert_said(failure_of(make_dsn(database, user=role)), "historian_full", "limit of the role")


RAISE = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}', MESSAGE = '{message}'; END $$"


def raising(code: str, message: str) -> str:
    """Return a statement that fails as the server would."""
    return RAISE.format(code=code, message=message)


CANCEL = "SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(5)"
LOWER = "SET statement_timeout = 50; SELECT pg_sleep(5)"
#: What a statement meets -> our key, and the way out.
STATEMENTS = {
    "SELECT * FROM secret": ("historian_right", "GRANT SELECT"),
    "SELECT * FROM hidden.secret": ("historian_right", "USAGE"),
    "SELECT * FROM absent": ("historian_missing", "manage.py check"),
    "SELECT absent FROM pg_class": ("historian_missing", "manage.py check"),
    CANCEL: ("historian_cancelled", "by itself"),
    LOWER: ("historian_limit", "STATEMENT_TIMEOUT_MS"),
    "SELECT pg_sleep(5)": ("historian_timeout", "shorter"),
    raising("53100", "could not write to file: No space left on device"): (
        "historian_disk", "make room",
    ),
    raising("40001", "canceling statement due to conflict with recovery"): (
        "historian_standby", "hot_standby_feedback",
    ),
    raising("55P03", "canceling statement due to lock timeout"): ("historian_cancelled", "log"),
    raising("53200", "out of shared memory"): ("historian_locks", "max_locks_per_transaction"),
    "SELECT 1/0": ("historian_failed", "log of Ksys"),
}  # fmt: skip


@pytest.fixture(scope="module")
def restricted(module_database: str) -> Iterator[str]:
    """The DSN of a role with few rights."""
    asked(module_database, "CREATE TABLE secret (n int)")
    asked(module_database, "CREATE SCHEMA hidden CREATE TABLE secret (n int)")
    asked(module_database, "DROP ROLE IF EXISTS few; CREATE ROLE few LOGIN")
    yield make_dsn(module_database, user="few")


@pytest.mark.db
@pytest.mark.parametrize("pooler", [False, True])
@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_failed_statement_has_its_own_sentence_with_the_way_out(
    restricted: str, statement: str, pooler: bool
) -> None:
    pool.connect(restricted, statement_timeout_ms=700, pooler=pooler)
    with (
        pytest.raises(HistorianUnavailable) as caught,
        pool.checkout() as lent,
        lent.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert_said(caught.value, *STATEMENTS[statement])
    assert pool.database_now()
    pool.dispose()


@pytest.mark.db
@pytest.mark.parametrize("pooler", [False, True])
def test_our_time_limit_holds_where_an_administrator_set_a_lower_one_as_default(
    database: str, pooler: bool
) -> None:
    role = f"hasty_{pooler}".lower()
    asked(database, f"DROP ROLE IF EXISTS {role}; CREATE ROLE {role} LOGIN")
    asked(database, f"ALTER ROLE {role} SET statement_timeout = '20ms'")
    pool.connect(make_dsn(database, user=role), pooler=pooler)
    one = text("SELECT 1.0::float8 AS one FROM pg_sleep(0.2)").columns(column("one", Double))
    assert len(pool.read_frame(one.subquery("asked").select())) == 1
    pool.dispose()


@pytest.mark.parametrize("make", [psycopg2.OperationalError, psycopg2.DatabaseError])
def test_a_connection_that_a_standby_ends_says_so(make: Callable[[str], Exception]) -> None:
    text_ = "terminating connection due to conflict with recovery\nDETAIL: x"
    assert failures.connection_loss(make(text_), {}).key == "historian_standby"


@pytest.mark.parametrize("make", [psycopg2.OperationalError, psycopg2.DatabaseError])
def test_a_pooler_that_ends_a_long_question_is_a_lower_limit_and_not_asked_again(
    make: Callable[[str], Exception],
) -> None:
    """PgBouncer ends the connection too: asked again, the question would end the next one."""
    told = "query timeout\nserver closed the connection unexpectedly"
    failure = failures.connection_loss(make(told), {})
    assert_said(failure, "historian_limit", "query_timeout of a pooler")


@pytest.mark.db
def test_a_limit_of_a_role_that_ends_even_our_own_settings_is_named(database: str) -> None:
    """Behind a pooler our limit is set with each transaction: until then that of the role holds."""
    asked(database, "DROP ROLE IF EXISTS very_hasty; CREATE ROLE very_hasty LOGIN")
    asked(database, "ALTER ROLE very_hasty SET statement_timeout = '50ms'")
    pool.connect(make_dsn(database, user="very_hasty"), pooler=True)
    slow = "SELECT pg_catalog.pg_sleep(5)"
    with pytest.raises(HistorianUnavailable) as caught, pool.checkout() as lent:
        lent.rollback()  # the transaction with our settings ends, as a pooler may end it
        with lent.cursor() as cursor:
            cursor.execute(slow)
    assert_said(caught.value, "historian_limit", "statement_timeout")
    pool.dispose()
