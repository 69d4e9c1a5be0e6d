"""What a failure of the historian, or of the way to it, means to the reader."""

import re
from typing import Any

import psycopg2
import psycopg2.errors

from data.db.redacted import Parts, redacted
from data.errors import HistorianUnavailable

#: What libpq, the server or a pooler says of a connection that does not come about -> our key; the
#: first that fits. With sslmode=prefer libpq tries twice and says both: a wrong password comes
#: before "no encryption" of the second try, and so does "SSL encryption" of the first. A server
#: that speaks another language ends in `historian_refused`.
_REFUSALS = {
    r"unsupported startup parameter": "historian_pooler",
    r"too many (clients|connections)|connection slots are reserved|no more connections allowed": (
        "historian_full"
    ),
    r"password authentication failed|no password supplied|SASL authentication failed": (
        "historian_password"
    ),
    r"could not translate host name": "historian_unknown_host",
    r"no pg_hba\.conf entry .*SSL (encryption|on)": "historian_denied",
    r"no pg_hba\.conf entry .*(no encryption|SSL off)|SSL error|SSL required|but SSL was required|"
    r"SSL negotiation|root certificate|server certificate|client certificate|private key|"
    r"channel binding": "historian_tls",
    r"no pg_hba\.conf|authentication failed|does not exist": "historian_denied",
    r"the database system is |not accepting connections": "historian_starting",
}
#: What a failed statement says by its class or code.
_SENTENCES: dict[tuple[type[psycopg2.Error], ...], str] = {
    (psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn): "historian_missing",
    (psycopg2.errors.InsufficientPrivilege,): "historian_right",
    (psycopg2.errors.DiskFull,): "historian_disk",
    (psycopg2.errors.LockNotAvailable,): "historian_cancelled",
    # Of shared memory alone: each chunk and each of its indexes takes a lock.
    (psycopg2.errors.OutOfMemory,): "historian_locks",
}
#: Failures of a statement that took too long: by our limit, or by a lower one of others.
TOO_LONG = ("historian_timeout", "historian_limit")


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
    error : one of psycopg2
    early : whether less time had passed than our own limit allows
    parts : of the DSN, which nobody is told
    """
    said = _first_line(error)
    if isinstance(error, psycopg2.errors.QueryCanceled) and "statement timeout" in said:
        return HistorianUnavailable("historian_limit" if early else "historian_timeout")
    key = _key_of(error, said)
    return HistorianUnavailable(key, detail=redacted(said, parts), code=error.pgcode)


def _key_of(error: Any, said: str) -> str:
    if "conflict with recovery" in said:
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
    key = "historian_standby" if "conflict with recovery" in detail else "historian_lost"
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
