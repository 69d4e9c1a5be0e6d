"""A file on its way: a thread reads while another writes, and neither goes on without the other."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pyarrow as pa

from data.db import Snapshot, lanes, snapshot

#: Batches that are read ahead: with more, a slow reader of the file costs memory.
AHEAD = 3
#: So often it is looked whether somebody still waits for the file [s].
LOOK_S = 0.2
#: While somebody looks at pages, which ask every ten seconds, reading rests after each batch for so
#: many times as long as it took; and files take turns at the historian.
VIEWER_S, REST = 15.0, 2.0
_turn = threading.Lock()
#: The lane and the pool of exports.
EXPORTS = "export"
Read = Callable[[Snapshot], Iterator[pa.RecordBatch]]


class Unwanted(Exception):
    """Whoever asked for the file is gone."""


class Pump:
    """The batches of a file, read in a thread of its own.

    Parameters
    ----------
    read : yields them, from one state of the historian
    is_wanted : asked every LOOK_S while nothing comes: whether somebody still waits
    """

    def __init__(self, read: Read, is_wanted: Callable[[], bool] = lambda: True) -> None:
        self._rows = read
        self._is_wanted = is_wanted
        self._queue: queue.Queue[pa.RecordBatch | None] = queue.Queue(AHEAD)
        self._stop, self._begun = threading.Event(), threading.Event()
        self._has_rows = False
        self._snapshot: Snapshot | None = None
        self._executor = ThreadPoolExecutor(1, "export")
        self._reader: Future[None] = self._executor.submit(self._read)

    def wait(self, seconds: float) -> None:
        """Wait until the first batch is there, but no longer than this [s].

        Raises
        ------
        HistorianUnavailable
            If reading failed by then.
        """
        begun = self._begun.wait(seconds)
        # Reading that ended without rows is done in a moment, and may have failed.
        if self._reader.done() or (begun and not self._has_rows):
            self._reader.result()

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the batches; when that ends before their end, the reading does too.

        Raises
        ------
        HistorianUnavailable
            If the historian does not answer: the file is not whole.
        Unwanted
            If nobody waits for it any more.
        """
        try:
            while (batch := self._next()) is not None:
                yield batch
            self._reader.result()
        finally:
            self.end()

    def _next(self) -> pa.RecordBatch | None:
        while True:
            try:
                return self._queue.get(timeout=LOOK_S)
            except queue.Empty:
                if not self._is_wanted():
                    raise Unwanted from None

    def end(self) -> None:
        """End the reading, and the statement under way."""
        self._stop.set()
        if self._snapshot is not None and not self._reader.done():
            self._snapshot.cancel()
        self._executor.shutdown()
        pa.default_memory_pool().release_unused()  # else tens of MB stay with the worker

    def _read(self) -> None:
        try:
            with lanes.within(EXPORTS), snapshot() as state:
                self._snapshot = state
                rows = self._rows(state)
                while (batch := self._read_on(rows)) is not None and self._put(batch):
                    pass
                self._snapshot = None
        finally:
            self._put(None)
            self._begun.set()

    def _read_on(self, rows: Iterator[pa.RecordBatch]) -> pa.RecordBatch | None:
        """Return the next batch, None after the last; leave time to those who look at pages."""
        if not lanes.viewed_within(VIEWER_S):
            return next(rows, None)
        # Not longer: the other file may wait for the historian, and this one has not to.
        has_turn = _turn.acquire(timeout=LOOK_S)
        try:
            begun = time.monotonic()
            batch = next(rows, None)
            took = time.monotonic() - begun
        finally:
            if has_turn:
                _turn.release()
        self._stop.wait(REST * took)
        return batch

    def _put(self, batch: pa.RecordBatch | None) -> bool:
        """Hand a batch over, None after the last; return whether it was taken."""
        while not self._stop.is_set():
            try:
                self._queue.put(batch, timeout=LOOK_S)
                self._has_rows = self._has_rows or batch is not None
                self._begun.set()
                return True
            except queue.Full:
                continue
        return False
