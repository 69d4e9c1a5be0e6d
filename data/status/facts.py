"""What was found out about a historian, before anybody says what it means."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

#: From harmless to what must be mended.
LEVELS = ("ok", "note", "risk", "fault")


class Line(NamedTuple):
    """One thing that is so.

    Parameters
    ----------
    level : one of LEVELS
    subject : a relation, or what else it is about
    key : of its words: what was found, what it means for the pages, what to do
    values : what fills their holes; a time, a timedelta, a number, names or text
    """

    level: str
    subject: str
    key: str
    values: dict[str, object] = {}


@dataclass(frozen=True, slots=True)
class Server:
    """The server and the way to it.

    Parameters
    ----------
    standby_lag : how far a standby is behind what it has received [s], None where it is not; of
        one that is cut off the age of what it replayed last, None: not known
    standby_cut : whether it is a standby that no receiver of its primary's log runs on
    tls : whether the way is encrypted; None: not known, as the server does not tell
    local : whether it stays within this machine
    ahead : the database's clock minus this machine's [s], to within `took`
    took : how long an answer takes [s]
    """

    postgresql: str
    timescaledb: str | None
    standby: bool
    standby_lag: float | None
    superuser: bool
    connections: int
    connected: int
    tls: bool | None
    local: bool
    ahead: float
    took: float
    citus: str | None = None
    standby_cut: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """The refresh policy of a continuous aggregate; `back` [s] is how far it looks, None: all."""

    there: bool
    scheduled: bool = True
    failed: bool = False
    back: float | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """What sampling tells of a rollup.

    Parameters
    ----------
    missing : starts of stretches without a row that have readings, sorted
    unprobed : stretches without a row whose readings nobody looked for
    compared : stretches whose readings were counted
    short : starts of those in which the rollup counts fewer, sorted
    lost : readings that it does not count there, of `counted`
    over : starts of those in which a rollup of others counts more, sorted; more : so many
    width : of a stretch [s]
    """

    missing: tuple[datetime, ...] = ()
    unprobed: tuple[datetime, ...] = ()
    compared: int = 0
    short: tuple[datetime, ...] = ()
    lost: int = 0
    over: tuple[datetime, ...] = ()
    more: int = 0
    counted: int = 0
    width: int = 3_600


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation of the contract as it is.

    Parameters
    ----------
    kind : table, hypertable, view, materialized view, continuous aggregate …; None: not there
    columns, types : all of its columns; readable : those that may be read
    absent : columns of the contract that it lacks or that may not be read
    materialized_only : of a continuous aggregate, None of what is none
    policy : of a continuous aggregate
    failed_jobs : compression or retention whose last run failed
    kept : what retention keeps [s]
    first, newest : of the sampled tags, None where nobody could look, or nothing is there; the
        newest of influx_hist is that of all tags, the first of a rollup any from before the days
        that are looked at
    ends : first and newest of each sampled tag that has any
    lag : of a rollup, the newest bucket's end against the newest reading of the same tags; of
        influx_hist, the age of the newest reading of all [s]
    whole : of a rollup, None where nobody could look
    waits : stretches of a continuous aggregate that wait for a refresh longer than it may take
    unread : what could not be looked at in time: `newest`, `whole`; or, as no tag is there, `tags`
    """

    name: str
    kind: str | None = None
    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    readable: frozenset[str] = frozenset()
    absent: tuple[str, ...] = ()
    writable: bool = False
    materialized_only: bool | None = None
    policy: Policy | None = None
    failed_jobs: tuple[str, ...] = ()
    kept: float | None = None
    first: datetime | None = None
    newest: datetime | None = None
    ends: tuple[tuple[str, datetime, datetime], ...] = ()
    lag: timedelta | None = None
    whole: Whole | None = None
    waits: tuple[tuple[datetime, datetime], ...] = ()
    unread: frozenset[str] = frozenset()

    @property
    def denied(self) -> bool:
        """Whether it is there and nothing of it may be read."""
        return self.kind is not None and not self.readable

    @property
    def usable(self) -> bool:
        """Whether it has every column of the contract, to read."""
        return self.kind is not None and not self.absent
