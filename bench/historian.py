"""A PostgreSQL of a bench's own, which is gone with it."""

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg2

from data import embedded
from data.demo import plant
from data.store import install


@contextmanager
def scratch() -> Iterator[tuple[str, Path]]:
    """Yield the DSN of an empty server, and a folder that its user may enter."""
    with tempfile.TemporaryDirectory(prefix="ksys-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        own = embedded.start(folder, fsync=False)
        try:
            yield own.dsn, folder
        finally:
            own.release()


@contextmanager
def planted(days: int | None = None) -> Iterator[tuple[str, Path]]:
    """Yield the same with the demonstration plant, of a year or of so many days."""
    with scratch() as (dsn, folder):
        with closing(psycopg2.connect(dsn)) as connection:
            install.install(connection)
            given = {} if days is None else {"days": days}
            plant.seed(connection, datetime.now(UTC), **given)
            connection.commit()
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("VACUUM ANALYZE")  # as autovacuum leaves it within a minute
        yield dsn, folder
