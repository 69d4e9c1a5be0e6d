"""The demonstration plant in a store: its history, and the feeder that goes on writing."""

import json
import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extras import execute_values

from data.analysis import rules
from data.demo.model import (
    DAY,
    FIRST_TAGS,
    HOUR,
    PULSE,
    TAGS,
    Plant,
    PlantTag,
    members,
    readings,
    tag,
    times,
    written,
)
from data.errors import BadInput
from data.store import Patience, copy_in, rollups

__all__ = [
    "TAGS",
    "Feeder",
    "Plant",
    "PlantTag",
    "installed",
    "readings",
    "seed",
    "times",
]

logger = logging.getLogger(__name__)

#: "KSYS feed" as a number: whoever holds this advisory lock feeds the plant.
LOCK = 0x4B535953_66656564
#: "KSYS seed": one process at a time fills the store.
SEED_LOCK = 0x4B535953_73656564
#: A longer pause draws the live episodes anew: silent for 20 minutes, in WARNING, in CRITICAL now.
LONG_PAUSE_SECONDS = HOUR
_THIN_EVERY_SECONDS = 600
#: Share of the time that readings take; the rest is that of their rollups.
_COPY_SHARE = 0.3
#: Readings lie on whole multiples of the feeder's seconds; it wakes just after them.
_AFTER_THE_READING = 0.05

# A lock on a standby is its own: it would elect one there beside the one of the primary.
_ELECTION = "SELECT CASE WHEN pg_is_in_recovery() THEN false ELSE pg_try_advisory_lock(%s) END"

_TAKEN = """
SELECT name FROM unnest(%s) AS name
WHERE EXISTS (SELECT FROM influx_hist WHERE tag_name = name)
  AND NOT EXISTS (SELECT FROM influx_tag WHERE tag_name = name AND meta ->> 'demo' = 'true')
LIMIT 1
"""
_CLEAR = """
DELETE FROM influx_hist
WHERE tag_name IN (SELECT tag_name FROM influx_tag WHERE meta ->> 'demo' = 'true')
"""
_CLEAR_RULES = """
DELETE FROM influx_qc_rule
WHERE tag_name IN (SELECT tag_name FROM influx_tag WHERE meta ->> 'demo' = 'true')
"""
_CLEAR_TAGS = "DELETE FROM influx_tag WHERE meta ->> 'demo' = 'true'"
_INSERT_TAGS = "INSERT INTO influx_tag (tag_id, tag_name, tag_type, unit, meta) VALUES %s"
_INSERT_RULES = """
INSERT INTO influx_qc_rule (tag_name, min_val, max_val, warn_min, warn_max, crit_min, crit_max,
    max_step, max_gap_seconds, allow_negative, enabled, roc_max_per_min, spike_zscore,
    deadband_pct, meta) VALUES %s
"""
_INSTALLED = """
SELECT tag_name, meta -> 'plant' FROM influx_tag WHERE meta ->> 'demo' = 'true' ORDER BY tag_name
"""
_FED = "SELECT extract(epoch FROM max(ts))::bigint FROM influx_hist WHERE tag_name = %s"
_NOW = "SELECT floor(extract(epoch FROM now()))::bigint"
_MOVE_ANCHOR = """
UPDATE influx_tag
SET meta = jsonb_set(meta, '{plant,anchor}', to_jsonb(%s::bigint)), updated_at = now()
WHERE meta ->> 'demo' = 'true'
"""
_THIN = """
DELETE FROM influx_hist
WHERE tag_name = ANY(%s) AND ts >= to_timestamp(%s) AND ts < to_timestamp(%s)
  AND extract(epoch FROM ts)::bigint %% %s <> 0
"""
_RETAIN = "DELETE FROM influx_hist WHERE tag_name = ANY(%s) AND ts < to_timestamp(%s)"


@dataclass(frozen=True, slots=True)
class Installed:
    """The plant found in a store."""

    plant: Plant
    tags: tuple[PlantTag, ...]


def seed(
    connection: Connection,
    now: datetime,
    *,
    days: int = 365,
    tags: int = FIRST_TAGS,
    seed: int = 7,
    only_if_empty: bool = False,
    progress: copy_in.Progress | None = None,
) -> int:
    """Fill the store with the plant up to `now`, rollups included; return the readings written.

    A plant that is there already is replaced; the same arguments write the same rows. Of several
    processes that seed at once each waits for the one before.

    Parameters
    ----------
    only_if_empty : do nothing where there is any reading, also one that came while waiting

    Raises
    ------
    BadInput
        If a tag of the plant's name holds readings that are not the plant's.
    """
    stop = int(now.timestamp())
    plant, chosen = Plant(seed, stop, days), members(tags)
    with connection:
        _wait_for_another(connection)
        if only_if_empty and not is_empty(connection):
            return 0
        _clear(connection, chosen)
        _name(connection, chosen, plant)
        names = None if is_empty(connection) else [tag.name for tag in chosen]
        with rollups.suspended(connection, names, *_span(plant)):
            count = _fill(connection, chosen, plant, progress)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE influx_hist")
    said = progress or (lambda _share: None)
    rollups.refresh(connection, progress=lambda done: said(_COPY_SHARE + (1 - _COPY_SHARE) * done))
    said(1.0)
    return count


def _wait_for_another(connection: Connection) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (SEED_LOCK,))


def _span(plant: Plant) -> tuple[datetime, datetime]:
    """Return bounds of the history, half-open."""
    ends = plant.anchor - plant.days * DAY, plant.anchor + 1
    return datetime.fromtimestamp(ends[0], UTC), datetime.fromtimestamp(ends[1], UTC)


def _clear(connection: Connection, tags: Iterable[PlantTag]) -> None:
    """Remove a former plant, unless a tag's readings come from elsewhere."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN, ([tag.name for tag in tags],))
        taken = cursor.fetchone()
        if taken:
            raise BadInput("plant_tag_taken", tag=taken[0])
        for statement in (_CLEAR, _CLEAR_RULES, _CLEAR_TAGS):
            cursor.execute(statement)


def is_empty(connection: Connection) -> bool:
    """Whether there is no reading; then the rollups are made in one sweep, a fifth faster."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT NOT EXISTS (SELECT FROM influx_hist)")
        return bool(cursor.fetchone()[0])


def _name(connection: Connection, tags: Iterable[PlantTag], plant: Plant) -> None:
    """Write the tags and their rules."""
    with connection.cursor() as cursor:
        execute_values(cursor, _INSERT_TAGS, [_tag_row(tag, plant) for tag in tags])
        execute_values(cursor, _INSERT_RULES, [_rule_row(tag.rule) for tag in tags])


def _tag_row(tag: PlantTag, plant: Plant) -> tuple[Any, ...]:
    meta = {
        "description": tag.description,
        "decimals": tag.decimals,
        "group": tag.group,
        "demo": True,
        "plant": {"seed": plant.seed, "anchor": plant.anchor, "days": plant.days},
    }
    if tag.states:
        meta["states"] = {str(number): word for number, word in enumerate(tag.states)}
    if tag.kind:
        meta["kind"] = tag.kind
    tag_type = "digital" if tag.states else "analog"
    return tag.name, tag.name, tag_type, tag.unit, json.dumps(meta, ensure_ascii=False)


def _rule_row(rule: rules.Rule) -> tuple[Any, ...]:
    row = rules.as_row(rule)
    return tuple((row[name] or "{}") if name == "meta" else row[name] for name in rules.COLUMNS)


def _fill(
    connection: Connection,
    tags: tuple[PlantTag, ...],
    plant: Plant,
    progress: copy_in.Progress | None,
) -> int:
    start = plant.anchor - plant.days * DAY
    count = 0
    for made in written(tags, plant, start, plant.anchor, plant.anchor):
        copy_in.copy(connection, made)
        count += len(made)
        if progress and len(made):
            progress(_COPY_SHARE * (made.times[-1] / 1e6 - start) / (plant.anchor - start))
    return count


def installed(connection: Connection) -> Installed | None:
    """Return the plant in this store, None where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_INSTALLED)
        rows = cursor.fetchall()
    if not rows:
        return None
    return Installed(Plant(**rows[0][1]), tuple(tag(name) for name, _ in rows))


class Feeder:
    """Writes what the plant reads, every few seconds, for as long as the program runs.

    Any number of processes may run one: the holder of an advisory lock writes, the others wait.

    Parameters
    ----------
    dsn : where the plant lives, writable
    seconds : how often
    """

    def __init__(self, dsn: str, seconds: float = 5.0) -> None:
        self._dsn = dsn
        self._seconds = seconds

    def run(self, stop: threading.Event) -> None:
        """Feed until `stop` is set; what fails is tried again later, and the log tells it once."""
        failing, patience = False, Patience(self._seconds)
        while not stop.is_set():
            wait = self._seconds
            try:
                self._lead(stop, patience)
                failing = False
            # All of them: a backend that is killed may leave a bare DatabaseError behind.
            except psycopg2.Error as error:
                if not failing:
                    logger.warning("the plant is not being fed: %s", error)
                failing, wait = True, patience.failed()
            stop.wait(wait)

    def _lead(self, stop: threading.Event, patience: Patience) -> None:
        """Feed while this process holds the lock; return at once when another does."""
        connection = psycopg2.connect(self._dsn, application_name="ksys feeder")
        try:
            if not _locked(connection):
                return
            feed = resumed(connection)
            while feed and not stop.is_set():
                feed = step(connection, feed)
                patience.worked()
                stop.wait(self._seconds - time.time() % self._seconds + _AFTER_THE_READING)
        finally:
            connection.close()


def _locked(connection: Connection) -> bool:
    with connection, connection.cursor() as cursor:
        cursor.execute(_ELECTION, (LOCK,))
        return bool(cursor.fetchone()[0])


@dataclass(frozen=True, slots=True)
class Feed:
    """How far the plant has been written and thinned [seconds since 1970, UTC]."""

    plant: Plant
    tags: tuple[PlantTag, ...]
    fed: int
    thinned: int


def resumed(connection: Connection, now: int | None = None) -> Feed | None:
    """Return where feeding goes on; None without a plant.

    After a long pause the anchor moves to now: the pause is filled for every tag, the silent one
    is again silent for 20 minutes, and what alarmed before the pause alarms now.
    """
    with connection:
        there = installed(connection)
        if there is None:
            return None
        now = _number(connection, _NOW) if now is None else now
        plant = there.plant
        fed = _number(connection, _FED, PULSE) or now - plant.days * DAY
        if now - fed > LONG_PAUSE_SECONDS:
            plant = replace(plant, anchor=now)
            with connection.cursor() as cursor:
                cursor.execute(_MOVE_ANCHOR, (now,))
    return Feed(plant, there.tags, max(fed, now - plant.days * DAY), fed - _THIN_EVERY_SECONDS)


def step(connection: Connection, feed: Feed, now: int | None = None) -> Feed:
    """Write what was read since the last step and, now and then, thin what has grown old."""
    with connection:
        now = _number(connection, _NOW) if now is None else now
        for made in written(feed.tags, feed.plant, feed.fed, now, now):
            copy_in.write(connection, made, "first")
        feed = replace(feed, fed=max(now, feed.fed))
        if now - feed.thinned >= _THIN_EVERY_SECONDS:
            thin(connection, feed, now)
            feed = replace(feed, thinned=now)
    return feed


def _number(connection: Connection, statement: str, *values: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.fetchone()[0] or 0)


def thin(connection: Connection, feed: Feed, now: int) -> None:
    """Keep old readings as far apart as the grid says, and none older than the plant's days."""
    with connection.cursor() as cursor:
        cursor.execute(copy_in.UNPACK_ANY_NUMBER)
        for grid in {tag.grid for tag in feed.tags}:
            names = [tag.name for tag in feed.tags if tag.grid == grid]
            for (_, spacing), (age, _) in zip(grid, grid[1:], strict=False):
                cursor.execute(_THIN, (names, feed.thinned - age - DAY, now - age, spacing))
            cursor.execute(_RETAIN, (names, now - feed.plant.days * DAY))
