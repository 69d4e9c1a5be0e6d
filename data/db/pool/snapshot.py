"""One state of the historian, read piece by piece: what an export stands on."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from sqlalchemy import Select

from data.db.copy_out import fields_of, prepared_bytes
from data.db.pool.lending import Loan, asked_again, reading_over, taken
from data.db.pool.replica import refuse_lack
from data.db.pool.sending import copied
from data.errors import HistorianUnavailable

#: The pool whose connections exports read over.
EXPORTS = "export"


class Snapshot:
    """Reads of one transaction: what is written meanwhile is in none of them.

    Parameters
    ----------
    loan : the connection, in a transaction that sees one state
    """

    def __init__(self, loan: Loan) -> None:
        self._loan = loan

    def fields(self, statement: Select[Any], values: Mapping[str, Any]) -> list[memoryview]:
        """Return the columns of the one row of a statement, each of bytes; empty for NULL.

        Raises
        ------
        HistorianUnavailable
            If the historian does not answer.
        """
        form = prepared_bytes(statement)
        with self._loan.statement(is_last=False) as connection:
            return fields_of(copied(connection, form.sql, {**form.values, **values}))

    def cancel(self) -> None:
        """End the read that another thread waits for: it fails there."""
        self._loan.cancel()


@contextmanager
def snapshot() -> Iterator[Snapshot]:
    """Hold one state of the historian until the block ends, over a connection for exports.

    All that this thread reads in the block is of that state, but for what the cache holds for all.
    A connection that died in the pool is replaced.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer, or only a replica that is behind.
    """
    with ExitStack() as stack:
        try:
            loan = stack.enter_context(_begun())
        except HistorianUnavailable as failure:
            if not asked_again(failure, EXPORTS):
                raise
            loan = stack.enter_context(_begun())
        with reading_over(loan):
            yield Snapshot(loan)


@contextmanager
def _begun() -> Iterator[Loan]:
    """Lend a connection in a transaction that sees one state, until the block ends."""
    with taken(EXPORTS) as loan:
        refuse_lack()  # now that it is known whether the one server that is named is a standby
        pooled = loan.lender.pooler
        with loan.statement(is_last=False) as connection:
            driver = connection.driver_connection
            if pooled:
                driver.set_session(isolation_level="REPEATABLE READ")
            loan.begin()
            if not pooled:
                with connection.cursor() as cursor:
                    cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            yield loan
        finally:
            if not driver.closed:
                with loan.statement() as connection:
                    _end(connection, driver, pooled)


def _end(connection: Any, driver: Any, pooled: bool) -> None:
    connection.rollback()
    if pooled:
        driver.set_session(isolation_level="DEFAULT")
        return
    with connection.cursor() as cursor:
        cursor.execute("ROLLBACK")
