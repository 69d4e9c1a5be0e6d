"""What a failure of the historian, or of the way to it, means to the reader."""

import re
from contextlib import suppress
from typing import Any

import psycopg2
import psycopg2.errors

from data.db.redacted import Parts, redacted
from data.errors import HistorianUnavailable

#: What libpq, the server or a pooler says of a connection that does not come about -> our key; the
#: first that fits. libpq speaks English; a server speaks as its `lc_messages` says, and the code of
#: its error does not reach us: so what it says is known in Korean too. With sslmode=prefer libpq
#: tries twice and says both: a wrong password comes before "no encryption" of the second try, and
#: so does "SSL encryption" of the first.
_REFUSALS = {
    r"unsupported startup parameter": "historian_pooler",
    # Of a pooler that lets everybody in, and cannot reach its server.
    r"server_login_retry|cannot connect to server|query_wait_timeout": "historian_refused",
    r"too many (clients|connections)|connection slots are reserved|no more connections allowed|"
    r"최대 동시 접속|데이터베이스 최대 접속수|남은 연결 슬롯": "historian_full",
    r"password authentication failed|no password supplied|SASL authentication failed|"
    r"no such user|password 인증을 실패": "historian_password",
    r"could not translate host name": "historian_unknown_host",
    r"no pg_hba\.conf entry .*SSL (encryption|on)|SSL 암호화 연결에": "historian_denied",
    r"no pg_hba\.conf entry .*(no encryption|SSL off)|SSL error|SSL required|but SSL was required|"
    r"SSL negotiation|root certificate|server certificate|client certificate|private key|"
    r"channel binding|암호화 안함 연결에": "historian_tls",
    r'database ".*" does not exist|no such database|데이터베이스 없음': "historian_database",
    r"the database system is |not accepting connections|terminating connection|"
    r"데이터베이스 시스템이": "historian_starting",
    # A server sets two blanks behind the weight of what it says, in every language.
    r":  ": "historian_denied",
}
#: What a server says of a statement that it ended: by a limit, by a person, on a standby.
_BY_A_LIMIT = re.compile(r"statement timeout|명령실행시간 초과")
_BY_A_PERSON = re.compile(r"user request|사용자 요청")
_BY_A_STANDBY = re.compile(r"conflict with recovery|복구 작업 중 충돌")
#: The failure of a question in signs that the database has no letters for.
NO_LETTERS = "historian_letters"
#: What a failed statement says by its class or code.
_SENTENCES: dict[tuple[type[Exception], ...], str] = {
    (psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn): "historian_missing",
    (psycopg2.errors.InsufficientPrivilege,): "historian_right",
    (psycopg2.errors.DiskFull,): "historian_disk",
    (psycopg2.errors.LockNotAvailable,): "historian_cancelled",
    # Of shared memory alone: each chunk and each of its indexes takes a lock.
    (psycopg2.errors.OutOfMemory,): "historian_locks",
    # The server says so, or psycopg2 where the DSN names a coding.
    (psycopg2.errors.UntranslatableCharacter, UnicodeEncodeError): NO_LETTERS,
    (psycopg2.errors.CharacterNotInRepertoire, UnicodeDecodeError): "historian_coding",
}
#: Failures of a statement that took too long: by our limit, or by a lower one of others.
TOO_LONG = ("historian_timeout", "historian_limit")

#: How a server writes what it says before it lets anybody in, when no coding is agreed on yet: as
#: most systems do, then as a Korean Windows, whose coding holds EUC-KR too.
_CODINGS = ("utf-8", "cp949")


def opened(dsn: str, **options: Any) -> Any:
    """Return a new connection of psycopg2.

    Raises
    ------
    psycopg2.Error
        As psycopg2 does, which knows but UTF-8: a refusal in other letters ends with it as an error
        of letters, and what is the matter is lost.
    """
    try:
        return psycopg2.connect(dsn, **options)
    except UnicodeDecodeError as error:
        raise psycopg2.OperationalError(_read(bytes(error.object))) from error


def _read(said: bytes) -> str:
    for coding in _CODINGS:
        with suppress(UnicodeDecodeError):
            return said.decode(coding)
    return said.decode("ascii", "replace")


def connection_failure(error: Exception, parts: Parts) -> HistorianUnavailable:
    """Return why no connection came about, with a key of its own for what the reader can mend.

    Parameters
    ----------
    parts : of the DSN, which nobody but an administrator is told
    """
    origin = getattr(error, "orig", None) or error
    text = str(origin).strip()
    if isinstance(origin, psycopg2.ProgrammingError):
        # libpq quotes the DSN in its message, and with it the password.
        return HistorianUnavailable("historian_dsn")
    for pattern, key in _REFUSALS.items():
        if re.search(pattern, text):
            lines = [line for line in text.splitlines() if re.search(pattern, line)]
            return _unconnected(key, (lines or [text])[0].strip(), origin, parts)
    return _unconnected("historian_refused", text.partition("\n")[0], origin, parts)


def _unconnected(key: str, said: str, error: Exception, parts: Parts) -> HistorianUnavailable:
    detail = redacted(said, parts, strict=True)
    code = getattr(error, "pgcode", None)
    return HistorianUnavailable(key, detail=detail, code=code, said=said)


def statement_failure(error: Any, early: bool, parts: Parts) -> HistorianUnavailable:
    """Return what a failed statement means to the reader.

    Parameters
    ----------
    error : one of psycopg2, or of letters
    early : whether less time had passed than our own limit allows
    parts : of the DSN, which nobody is told
    """
    said = _first_line(error)
    if isinstance(error, psycopg2.errors.QueryCanceled) and _took_too_long(said, early):
        return HistorianUnavailable("historian_limit" if early else "historian_timeout")
    key = _key_of(error, said)
    code = getattr(error, "pgcode", None)
    return HistorianUnavailable(key, detail=redacted(said, parts), code=code)


def _took_too_long(said: str, early: bool) -> bool:
    """Return whether a limit ended a statement; of a server whose language nobody knows by time."""
    return bool(_BY_A_LIMIT.search(said)) or not (early or _BY_A_PERSON.search(said))


def _key_of(error: Any, said: str) -> str:
    # Whoever only reads meets no other failure of that kind.
    if isinstance(error, psycopg2.errors.SerializationFailure) or _BY_A_STANDBY.search(said):
        return "historian_standby"
    if isinstance(error, psycopg2.errors.QueryCanceled):
        return "historian_cancelled"
    fitting = (key for kinds, key in _SENTENCES.items() if isinstance(error, kinds))
    return next(fitting, "historian_failed")


def connection_loss(error: Exception, parts: Parts) -> HistorianUnavailable:
    """Return that the connection died under a statement, and why where that is told."""
    detail = _first_line(error)
    if "query timeout" in detail:  # PgBouncer's query_timeout ends the connection with the question
        return HistorianUnavailable("historian_limit")
    key = "historian_standby" if _BY_A_STANDBY.search(detail) else "historian_lost"
    code = getattr(error, "pgcode", None)
    return HistorianUnavailable(key, detail=redacted(detail, parts), code=code)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def is_lost(error: Exception) -> bool:
    """Whether an error means a dead connection: no code at all, or one of class 08 or a stop."""
    code = getattr(error, "pgcode", None)
    if code is not None:
        return bool(code.startswith("08") or code in {"57P01", "57P02", "57P03"})
    # A COPY that is cut off raises a bare DatabaseError.
    unnamed = (psycopg2.OperationalError, psycopg2.InterfaceError, psycopg2.DatabaseError)
    return type(error) in unnamed
