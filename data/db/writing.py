"""The connection of a command that writes; each failure names the option or variable it is of."""

import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
import psycopg2.errors
from psycopg2 import extensions

from data.db.failures import is_lost, opened
from data.errors import HistorianUnavailable

#: The name of a command's session in pg_stat_activity, apart from those of the pages.
WRITER_APPLICATION = "ksys manage"
#: What libpq or the server says of a connection that does not come about -> what we say; the
#: first that fits. A server that speaks another language ends in the last, `database_failed`.
_REFUSALS = {
    r"could not translate host name": "database_unknown_host",
    r'password authentication failed for user "(?P<user>.*)"': "database_password",
    r"no password supplied": "database_password",
    r'(pg_hba\.conf|authentication failed).* user "(?P<user>[^"]*)"': "database_denied",
    r'database "(?P<database>.*)" does not exist': "database_missing",
    r'role "(?P<user>.*)" does not exist': "database_role",
    r"failed: (?P<detail>Connection refused|timeout expired|No (such file|route).*)": (
        "database_refused"
    ),
    r"^(connection to .*? failed: )?(FATAL: +)?(?P<detail>.+)$": "database_failed",
}

#: The functions of TimescaleDB are called by their bare names.
_KEEP_TO = """
SELECT %(schema)s = ANY (current_schemas(false)) FROM set_config('search_path', concat_ws(', ',
    quote_ident(%(schema)s), (
        SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace
        WHERE extname = 'timescaledb' AND nspname <> %(schema)s), 'pg_temp'), false)
"""


@contextmanager
def writing(dsn: str, name: str, schema: str | None = None) -> Iterator[Any]:
    """Lend a psycopg2 connection that may write, in UTC, with no time limit; commits nothing.

    Parameters
    ----------
    dsn : what libpq can read
    name : of the option or variable that gave it, for the sentences
    schema : the only one that is written to; None: the first of the role's search path

    Raises
    ------
    HistorianUnavailable
        With a key `database_…`, for whatever the database or the way to it refuses, inside the
        block too. No sentence holds a password.
    """
    try:
        # Files are copied as UTF-8, whatever the database is in.
        options = {"fallback_application_name": WRITER_APPLICATION, "client_encoding": "UTF8"}
        connection = opened(dsn, **options)
    except psycopg2.Error as error:
        raise _connection_failure(name, dsn, str(error)) from error
    try:
        with closing(connection):
            with connection.cursor() as cursor:
                cursor.execute("SET timezone = 'UTC'")
            keeping_to(dsn, name, schema)(connection)
            connection.commit()
            yield connection
    except psycopg2.Error as error:
        raise _refusal(name, dsn, error) from error


def keeping_to(dsn: str, name: str, schema: str | None) -> Callable[[Any], None]:
    """Return what lets a session of a DSN see one schema and that of TimescaleDB alone.

    Parameters
    ----------
    name : of the option or variable that gave the DSN
    schema : None: the session sees what its role does

    It raises HistorianUnavailable, `database_schema`, where the role may not use the schema.
    """

    def keep(connection: Any) -> None:
        if schema is None:
            return
        with connection.cursor() as cursor:
            cursor.execute(_KEEP_TO, {"schema": schema})
            if not cursor.fetchone()[0]:
                values = _identity(name, dsn) | {"schema": schema}
                raise HistorianUnavailable("database_schema", **values)

    return keep


def _identity(name: str, dsn: str) -> dict[str, object]:
    """Return what every sentence says: by what name the database was given, where it is, whose."""
    options = extensions.parse_dsn(dsn)
    host = options.get("host") or options.get("hostaddr") or "(local socket)"
    where = f"host={host} port={options.get('port') or 5432}"
    return {"name": name, "where": where, "user": options.get("user", "")}


def _connection_failure(name: str, dsn: str, text: str) -> HistorianUnavailable:
    for pattern, key in _REFUSALS.items():
        match = re.search(pattern, text.strip(), re.MULTILINE)
        if match:
            values = {hole: said for hole, said in match.groupdict().items() if said}
            return HistorianUnavailable(key, **_identity(name, dsn) | values)
    return HistorianUnavailable("database_failed", **_identity(name, dsn), detail="no word of why")


def _refusal(name: str, dsn: str, error: psycopg2.Error) -> HistorianUnavailable:
    if is_lost(error):
        return HistorianUnavailable("database_lost", **_identity(name, dsn))
    detail = str(error).strip().partition("\n")[0]
    rights = isinstance(error, psycopg2.errors.InsufficientPrivilege)
    key = "database_rights" if rights else "database_error"
    return HistorianUnavailable(key, **_identity(name, dsn), detail=detail)
