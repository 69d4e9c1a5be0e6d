"""A statement with a time limit of its own, below that of the pages."""

from collections.abc import Mapping
from typing import Any

from data.db.copy_out import compiled
from data.db.pool import checkout


def read_bounded(
    statement: Any, values: Mapping[str, Any] | None = None, timeout_ms: int = 2_000
) -> list[dict[str, Any]]:
    """Return the rows of a statement, which the server ends after `timeout_ms` [ms].

    The limit holds for one transaction: the connection goes back to its pool as it was.

    Parameters
    ----------
    statement : of SQLAlchemy, a text or a select
    values : of its named parameters

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer, or not in time.
    """
    sql, bound = compiled(statement)
    with checkout() as connection, connection.cursor() as cursor:
        alone = connection.driver_connection.autocommit  # else the pool rolls back by itself
        if alone:
            cursor.execute("BEGIN READ ONLY")
        try:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", (str(timeout_ms),))
            cursor.execute(sql, {**bound, **(values or {})})
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        finally:
            if alone and not connection.closed:
                cursor.execute("ROLLBACK")
