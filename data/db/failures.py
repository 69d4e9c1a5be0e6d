"""What a failure of the historian, or of the way to it, means to the reader."""

from typing import Any

import psycopg2
import psycopg2.errors

from data.errors import SENTENCES


class HistorianUnavailable(Exception):
    """The historian did not answer: `key` says why, `values` fill the sentence.

    What the server said (`detail`) may name hosts and roles: it is in `str()`, for the log, and
    only in the sentences that say so.

    Keys: historian_unset, historian_refused, historian_denied, historian_dsn, historian_busy,
    historian_timeout, historian_cancelled, historian_lost, historian_missing, historian_failed.
    """

    def __init__(self, key: str, **values: object) -> None:
        self.key = key
        self.values = values
        detail = values.get("detail")
        sentence = SENTENCES[key].format(**values)
        told = not detail or str(detail) in sentence
        super().__init__(sentence if told else f"{sentence} ({detail})")

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (self.key, self.values)


def _rebuilt(key: str, values: dict[str, object]) -> HistorianUnavailable:
    return HistorianUnavailable(key, **values)


def unreached(error: Exception) -> HistorianUnavailable:
    """Return why no connection came about."""
    origin = getattr(error, "orig", None) or error
    text = str(origin).strip()
    if isinstance(origin, psycopg2.ProgrammingError):
        # libpq quotes the DSN in its message, and with it the password.
        return HistorianUnavailable("historian_dsn")
    refusals = ("password authentication", "no pg_hba.conf", "does not exist", "no password")
    if any(words in text for words in refusals):
        return HistorianUnavailable("historian_denied", detail=text.splitlines()[-1])
    return HistorianUnavailable("historian_refused", detail=text.splitlines()[0] if text else "")


def worded(error: Any) -> HistorianUnavailable:
    """Return what a failed statement means to the reader."""
    detail = _first_line(error)
    if isinstance(error, psycopg2.errors.QueryCanceled):
        timed = "statement timeout" in detail
        return HistorianUnavailable("historian_timeout" if timed else "historian_cancelled")
    missing = (psycopg2.errors.UndefinedTable, psycopg2.errors.UndefinedColumn)
    if isinstance(error, missing):
        return HistorianUnavailable("historian_missing", detail=detail)
    if isinstance(error, psycopg2.errors.InsufficientPrivilege):
        return HistorianUnavailable("historian_denied", detail=detail)
    return HistorianUnavailable("historian_failed", detail=detail)


def lost(error: Exception) -> HistorianUnavailable:
    return HistorianUnavailable("historian_lost", detail=_first_line(error))


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def is_lost(error: Exception) -> bool:
    """Whether an error tells of a dead connection; a server that lives gives every error a code."""
    code = getattr(error, "pgcode", None)
    if code is not None:
        return bool(code.startswith("08") or code in {"57P01", "57P02", "57P03"})
    # A COPY that is cut off raises a bare DatabaseError.
    unnamed = (psycopg2.OperationalError, psycopg2.InterfaceError, psycopg2.DatabaseError)
    return type(error) in unnamed
