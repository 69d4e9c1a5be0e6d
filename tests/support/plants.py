"""A plant that is fed for as long as a session of tests lasts, and loses nothing meanwhile."""

import contextlib
import sys
import threading
import time
from contextlib import closing
from dataclasses import replace
from typing import Any

import psycopg2

from data.demo import plant
from data.store import rollups

_EVERY_S = 5


def lasting(progress: plant.Feed) -> plant.Feed:
    """Return how far a plant has been fed, as of one that is never thinned.

    The feeder thins a plant each ten minutes. Its first readings go then, of which rollups still
    tell, so that a window over them has no time in state any more, as only readings tell it: a test
    would meet it or not by how long its session has lasted.
    """
    return replace(progress, thinned=sys.maxsize)


def feed(dsn: str, stop: threading.Event) -> None:
    """Feed a plant until told to stop; where the database breaks off, from where it was."""
    while not stop.is_set():
        with contextlib.suppress(psycopg2.Error), closing(psycopg2.connect(dsn)) as connection:
            progress = plant.resumed(connection)
            while progress and not stop.is_set():
                progress = plant.step(connection, lasting(progress))
                stop.wait(_EVERY_S - time.time() % _EVERY_S + 0.05)
        stop.wait(1)


def add_once(dsn: str, tag: str, *statements: tuple[Any, ...]) -> None:
    """Write readings of more tags into a plant that several files share, and their rollups.

    Parameters
    ----------
    tag : one of them; what has readings of it is filled
    statements : that write them, each with its values where it has any
    """
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM influx_hist WHERE tag_name = %s LIMIT 1", (tag,))
        if cursor.fetchone() is None:
            for statement in statements:
                cursor.execute(*statement)
            rollups.refresh(connection)
            connection.commit()
