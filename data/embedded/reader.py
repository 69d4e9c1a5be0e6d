"""The role by which pages read the embedded server: it may SELECT, and nothing else."""

import contextlib

import psycopg2
from psycopg2.extensions import make_dsn

READER = "ksys_pages"
_IS_THERE = "SELECT 1 FROM pg_roles WHERE rolname = %s"
#: As README shows it for a historian of one's own. `ksys` makes all tables there.
_MAKE = f"""
CREATE ROLE {READER} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
GRANT USAGE ON SCHEMA public TO {READER};
GRANT SELECT ON ALL TABLES IN SCHEMA public TO {READER};
ALTER DEFAULT PRIVILEGES FOR ROLE ksys IN SCHEMA public GRANT SELECT ON TABLES TO {READER};
"""


def reading(dsn: str) -> str:
    """Return the DSN by which the pages read the server that another DSN writes."""
    return make_dsn(dsn, user=READER)


def make_reader(dsn: str) -> None:
    """Make the role where it is missing: in a new store, or in one of an older Ksys.

    A server whose connections are all in use has had its role made by those who use it.
    """
    try:
        connection = psycopg2.connect(dsn, connect_timeout=5)
    except psycopg2.OperationalError as error:
        if "too many clients" in str(error):
            return
        raise
    with contextlib.closing(connection), connection, connection.cursor() as cursor:
        cursor.execute(_IS_THERE, (READER,))
        if cursor.fetchone() is None:
            cursor.execute(_MAKE)
