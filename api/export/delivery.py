"""A file on its way to who asked: how many at once, whether they still wait, and what became of it.

A stream that breaks ends without its last chunk, so that nobody takes it for a shorter file.
"""

import logging
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import flask

from access import who
from data import export
from data.db import file_sent, lanes
from data.errors import KsysError
from data.export import Pump, Question, Unwanted

logger = logging.getLogger("ksys.files")
#: The first rows are waited for so long [s], as a failure until then has an answer of its own;
#: the first byte of a file is due after 0.3.
FIRST_S = 0.2


class Slots:
    """How many files are sent at once by this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.used = 0

    def take(self, most: int) -> bool:
        """Take one of `most`; return whether there was one."""
        with self._lock:
            if self.used >= most:
                return False
            self.used += 1
            return True

    def give_back(self) -> None:
        """Leave one to the next."""
        with self._lock:
            self.used -= 1


_slots = Slots()


class Slot:
    """The right to send one file, and the place among the questions that goes with it."""

    def __init__(self) -> None:
        self._place = lanes.keep_place()
        self._lock = threading.Lock()
        self._held = True

    def release(self) -> None:
        """Give it back, once."""
        with self._lock:
            held, self._held = self._held, False
        if held:
            self._place()
            _slots.give_back()


def take(most: int) -> Slot | None:
    """Return the right to send one file more, None where `most` are sent already."""
    return Slot() if _slots.take(most) else None


def sent(question: Question, kind: str, slot: Slot) -> Iterator[bytes]:
    """Return the bytes of a file, to be read once; they are closed by who reads them.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer before the first byte.
    """
    pump = export.stream(question, waits(flask.request.environ.get("gunicorn.socket")))
    try:
        with lanes.waiting():
            pump.wait(FIRST_S)
    except KsysError:
        pump.end()
        slot.release()
        raise
    return Delivery(question, kind, slot, pump)


def waits(connection: Any) -> Callable[[], bool]:
    """Return what tells whether the other end of a connection still waits for an answer."""
    if not isinstance(connection, socket.socket):
        return lambda: True

    def waiting() -> bool:
        with suppress(OSError, ValueError):
            readable, _, _ = select.select([connection], [], [], 0)
            return not readable or bool(connection.recv(1, socket.MSG_PEEK))
        return False

    return waiting


class Delivery:
    """The bytes of one file as WSGI takes them; closed, it tells what became of it."""

    def __init__(self, question: Question, kind: str, slot: Slot, pump: Pump) -> None:
        person = who()
        self._who = person.name if person else "-"
        self._question, self._kind, self._slot, self._pump = question, kind, slot, pump
        self._begun = time.monotonic()
        self._rows = self._bytes = 0
        self._state = "broken"
        self._chunks = export.FORMATS[kind].written(question, self._batches())

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self._state = "complete"
            raise
        except Unwanted:
            self._state = "abandoned"
            raise
        except KsysError as failure:
            logger.error("export broken: %s", failure)
            raise
        self._bytes += len(chunk)
        return chunk

    def _batches(self) -> Iterator[Any]:
        for batch in self._pump.batches():
            self._rows += batch.num_rows
            yield batch

    def close(self) -> None:
        """End the reading, free the slot and write the line of this file."""
        self._pump.end()
        self._slot.release()
        file_sent("export", self._state, self._rows)
        logger.info(
            "export %s for %s: %s, %d rows, %d bytes, %.1f s, %s",
            self._kind,
            self._who,
            self._question.address,
            self._rows,
            self._bytes,
            time.monotonic() - self._begun,
            self._state,
        )
