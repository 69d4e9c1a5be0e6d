"""What a failure of the historian, or of the way to it, means to the reader."""

from typing import Any

import psycopg2
import psycopg2.errors

from data.errors import HistorianUnavailable


def connection_failure(error: Exception) -> HistorianUnavailable:
    """Return why no connection came about, with a key of its own for what the reader can mend."""
    origin = getattr(error, "orig", None) or error
    text = str(origin).strip()
    if isinstance(origin, psycopg2.ProgrammingError):
        # libpq quotes the DSN in its message, and with it the password.
        return HistorianUnavailable("historian_dsn")
    refusals = ("password authentication", "no pg_hba.conf", "does not exist", "no password")
    if any(words in text for words in refusals):
        return HistorianUnavailable("historian_denied", detail=text.splitlines()[-1])
    return HistorianUnavailable("historian_refused", detail=text.splitlines()[0] if text else "")


def statement_failure(error: Any) -> HistorianUnavailable:
    """Return what a failed statement means to the reader; `error` is one of psycopg2."""
    detail = _first_line(error)
    if isinstance(error, psycopg2.errors.QueryCanceled):
        by_timeout = "statement timeout" in detail
        return HistorianUnavailable("historian_timeout" if by_timeout else "historian_cancelled")
    missing = (psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn)
    if isinstance(error, missing):
        return HistorianUnavailable("historian_missing", detail=detail)
    if isinstance(error, psycopg2.errors.InsufficientPrivilege):
        return HistorianUnavailable("historian_denied", detail=detail)
    return HistorianUnavailable("historian_failed", detail=detail)


def connection_loss(error: Exception) -> HistorianUnavailable:
    """Return that the connection died under a statement."""
    return HistorianUnavailable("historian_lost", detail=_first_line(error))


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
