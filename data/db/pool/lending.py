"""Connections to the historian: chosen, lent with their limits, cut when these are passed over.

The pools hold psycopg2 connections made from the DSN as it was given, so whatever libpq
understands works: several hosts, service files, `target_session_attrs`.
"""

import hashlib
import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg2
from sqlalchemy import create_engine, exc

from data.db import disk, lanes
from data.db.failures import connection_failure, connection_loss, is_lost, statement_failure
from data.db.redacted import Parts, parts_of
from data.db.replicas import WHOLE_S, Route, routed
from data.db.sessions import (
    InUse,
    Pool,
    SearchPath,
    Watchdog,
    session_settings,
    set_local,
)
from data.errors import BUSY, HistorianUnavailable

R = TypeVar("R")

#: So long after a failure a pool does not try again [s]: each try of a dead host holds a thread.
RETRY_AFTER_S = 1.0
#: An export reads for minutes: 10 million rows, not a page.
EXPORT_TIMEOUT_MS = 600_000
#: A server that hangs keeps no statement_timeout; so long after it we cut the connection [s].
GRACE_S = 3.0
#: A statement that is cut off before this share of our limit was cut off by another one.
EARLY = 0.9

_pools: dict[str, Pool] = {}


class _Here(threading.local):
    """The loan that this thread reads over, None: each statement borrows a connection."""

    loan: "Loan | None" = None


_here = _Here()
_watchdog = Watchdog()


def historian() -> str:
    """Return a name for the historian that is read, the same in every process, empty without one.

    It is a digest: no key of a cache tells a password. Another history of it is another one.
    """
    way = route()
    return _pools[lanes.PAGES].name + (way.epoch if way else "") if _pools else ""


def qc_code() -> str | None:
    """Return what somebody said of the qc of the historian's readings, None without that."""
    return _pools[lanes.PAGES].qc_code if _pools else None


def schema() -> str | None:
    """Return the schema that alone is read; None: the search path of the role decides."""
    return _pools[lanes.PAGES].path.schema if _pools else None


def dsn_parts() -> Parts:
    """Return the texts of the DSN that no log may hold, none without a historian."""
    return _pools[lanes.PAGES].parts if _pools else {}


def route() -> Route | None:
    """Return where reads go, None without a historian."""
    return _pools[lanes.PAGES].route if _pools else None


def in_use() -> InUse:
    """Return how many connections for pages are lent now; asks no historian."""
    lender = _pools.get(lanes.PAGES)
    if lender is None:
        return InUse(0, 0)
    queue: Any = lender.engine.pool
    return InUse(queue.checkedout(), queue.size())


def connect(
    dsn: str,
    *,
    pooler: bool = False,
    read_dsn: str | None = None,
    pool_size: int = 10,
    pool_timeout: float = 8,
    statement_timeout_ms: int = 5_000,
    export_pool_size: int = 2,
    export_timeout_ms: int = EXPORT_TIMEOUT_MS,
    qc_code: str | None = None,
    schema: str | None = None,
) -> None:
    """Choose the historian that is read from now on; nothing is contacted yet.

    Parameters
    ----------
    dsn : any libpq URL or keyword string, several hosts included
    pooler : set the session options in each transaction, for PgBouncer
    read_dsn : read replicas, used while they keep up with `dsn` (see `data/db/replicas`)
    pool_size, export_pool_size : most connections for pages, most exports at once
    pool_timeout : longest wait for a free connection [s]
    statement_timeout_ms, export_timeout_ms : longest a statement may run [ms]
    qc_code : what the qc of its readings means (see `data/sql/qc.py`); None: nobody has said it
    schema : where its relations are; None: where the search path of the role finds them
    """
    dispose()
    target = read_dsn or dsn
    # By another meaning of qc, or in another schema, the answers are others.
    identity = hashlib.sha256(f"{target}\0{qc_code}\0{schema}".encode()).hexdigest()[:16]
    # An export holds one for its rows; catalogue and rules, which others share, go over another.
    exports = 2 * export_pool_size
    sizes = {lanes.PAGES: pool_size, lanes.FRAMES: 1, lanes.WATCH: 1, "export": exports}
    limits = dict.fromkeys(sizes, statement_timeout_ms) | {"export": export_timeout_ms}
    parts = parts_of(dsn, target)
    way = routed(read_dsn, dsn) if read_dsn else routed(dsn)
    for name, size in sizes.items():
        path = SearchPath(schema, pooler)
        settings = session_settings(limits[name]) | path.options
        most = WHOLE_S if name == "export" else None
        engine = create_engine(
            "postgresql+psycopg2://",
            creator=way.creator(settings, pooler, most),
            pool_size=size,
            max_overflow=0,
            pool_timeout=pool_timeout,
            pool_recycle=3_600,
            pool_use_lifo=True,
        )
        limit = limits[name] / 1e3 if limits[name] else math.inf
        rest = (pooler, limit, limit + GRACE_S, qc_code, path, parts)
        _pools[name] = Pool(engine, identity, settings, *rest, route=way, most=most)
    lanes.have_patience(_pools[lanes.PAGES].patience)


def dispose() -> None:
    """Close all pooled connections and forget the historian."""
    if way := route():
        way.close()
    for pool in _pools.values():
        pool.engine.dispose()
    _pools.clear()
    disk.store_in(None)


def _forget_after_fork() -> None:
    """A child must not speak on its parent's connections, and has none of its threads."""
    _watchdog.start_anew()
    if way := route():
        way.start_anew()
    for pool in _pools.values():
        pool.engine.dispose(close=False)


os.register_at_fork(after_in_child=_forget_after_fork)


@contextmanager
def checkout(pool: str | None = None) -> Iterator[Any]:
    """Lend a pooled psycopg2 connection with the session options in force.

    Parameters
    ----------
    pool : interactive, frames, watch or export; None: that of the thread's lane

    Raises
    ------
    HistorianUnavailable
        For whatever the historian or the way to it refuses, inside the block too.
    Busy
        If as many requests are at the historian as may be.
    """
    lanes.take_place()
    with lanes.waiting(), _lent(pool or lanes.lane()) as connection:
        yield connection


@contextmanager
def _lent(pool: str) -> Iterator[Any]:
    with taken(pool) as loan, loan.statement() as connection:
        loan.begin()
        yield connection


class Loan:
    """A connection that is lent for many statements, each with the limits of one.

    Parameters
    ----------
    lender : the pool that it is of
    connection : of SQLAlchemy
    """

    def __init__(self, lender: Pool, connection: Any) -> None:
        self.lender = lender
        self._connection = connection

    @contextmanager
    def statement(self, is_last: bool = True) -> Iterator[Any]:
        """Give the connection for one statement, with the session options in force.

        Parameters
        ----------
        is_last : of its transaction, where a pooler begins one

        Raises
        ------
        HistorianUnavailable
            For whatever the historian or the way to it refuses, inside the block too.
        """
        lender, connection, began = self.lender, self._connection, time.monotonic()
        try:
            with _time_limit(lender, connection, is_last):
                yield connection
        except (psycopg2.Error, UnicodeError) as error:
            if connection.closed or is_lost(error):
                _leave(connection.driver_connection)
                connection.invalidate()
                raise disk.named(connection_loss(error, lender.parts)) from error
            early = time.monotonic() - began < EARLY * lender.limit
            raise disk.named(statement_failure(error, early, lender.parts)) from error

    def begin(self) -> None:
        """Put the session options in force."""
        if self.lender.pooler:
            set_local(self._connection, self.lender.settings)
        self.lender.path.keep(self._connection)

    def cancel(self) -> None:
        """End the statement that another thread waits for, if any."""
        connection = self._connection.driver_connection
        if connection is not None and not connection.closed:
            connection.cancel()


@contextmanager
def reading_over(loan: Loan | None) -> Iterator[None]:
    """Let this thread read over a loan, or as others do."""
    before, _here.loan = _here.loan, loan
    try:
        yield
    finally:
        _here.loan = before


@contextmanager
def taken(pool: str) -> Iterator[Loan]:
    """Lend a pooled connection until the block ends."""
    lender = _pools.get(pool)
    if lender is None:
        raise HistorianUnavailable("historian_unset")
    connection = _pooled_connection(lender)
    try:
        yield Loan(lender, connection)
    finally:
        connection.close()


@contextmanager
def _time_limit(lender: Pool, connection: Any, is_last: bool) -> Iterator[None]:
    """Cut a connection that outlasts its statement_timeout, and drop the others of its pool."""
    watch = None
    try:
        with _watchdog.limiting(connection.driver_connection.fileno(), lender.patience) as watch:
            yield
            if lender.pooler and is_last:
                connection.rollback()  # here, because it asks the server too
    except psycopg2.Error as error:
        if not watch or not watch.cut:
            raise
        raise HistorianUnavailable("historian_silent", seconds=int(lender.patience)) from error
    finally:
        if watch and watch.cut:
            connection.invalidate()
            lender.engine.dispose()


def _leave(connection: Any) -> None:
    """Read another server until this one answers a look again: it broke a connection off."""
    server = getattr(connection, "server", None)
    if server is not None:
        server.fell()


def _pooled_connection(lender: Pool) -> Any:
    failure = lender.failure
    if failure and time.monotonic() < failure[0]:
        raise HistorianUnavailable(failure[1].key, **failure[1].values)
    try:
        connection = _leading(lender)
    except exc.TimeoutError as error:
        if lender.failure:  # those who were first did not get through either
            raise HistorianUnavailable(lender.failure[1].key, **lender.failure[1].values) from error
        raise HistorianUnavailable(BUSY) from error
    except (psycopg2.Error, exc.DBAPIError) as error:
        refusal = disk.named(connection_failure(error, lender.parts))
        lender.failure = (time.monotonic() + RETRY_AFTER_S, refusal)
        raise refusal from error
    lender.failure = None
    return connection


def _leading(lender: Pool) -> Any:
    """Return a connection to the server that is to be read now; one to another is closed."""
    connection = lender.engine.raw_connection()
    if lender.route.leads(connection.driver_connection, lender.most):
        return connection
    connection.invalidate()
    connection.close()
    return lender.engine.raw_connection()


def answer_of(pool: str | None, ask: Callable[[Any], R]) -> R:
    """Return ask(connection), asked once more where `asked_again` says so.

    Where this thread reads over a loan, over that: then all is of one state, and nothing is asked
    again.
    """
    if pool is None and _here.loan is not None:
        with lanes.waiting(), _here.loan.statement(is_last=False) as connection:
            return ask(connection)
    try:
        with checkout(pool) as connection:
            return ask(connection)
    except HistorianUnavailable as failure:
        if not asked_again(failure, pool or lanes.lane()):
            raise
    with checkout(pool) as connection:
        return ask(connection)


def asked_again(failure: HistorianUnavailable, pool: str) -> bool:
    """Return whether to ask once more: a connection died in its pool, or a standby cancelled."""
    if failure.key == "historian_lost":  # the others of the pool died with it
        _pools[pool].engine.dispose()
    return failure.key in {"historian_lost", "historian_standby"}
