"""The reading of a file in a thread of its own: it ends with who asked, and waits for no other."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pytest

from data.db import lanes
from data.errors import HistorianUnavailable
from data.export import Pump, Unwanted
from data.export import pump as pump

BATCH = pa.RecordBatch.from_pydict({"n": [1, 2]})


class State:
    """A snapshot whose statement can be cancelled."""

    def __init__(self) -> None:
        self.cancelled = threading.Event()

    def cancel(self) -> None:
        self.cancelled.set()


@pytest.fixture(autouse=True)
def states(monkeypatch: pytest.MonkeyPatch) -> list[State]:
    """The snapshots that were taken, of no historian."""
    taken: list[State] = []

    @contextmanager
    def snapshot() -> Iterator[State]:
        taken.append(State())
        yield taken[-1]

    monkeypatch.setattr(pump, "snapshot", snapshot)
    return taken


def several(_state: Any) -> Iterator[pa.RecordBatch]:
    yield from [BATCH] * 9


def stuck(state: State) -> Iterator[pa.RecordBatch]:
    """Wait for the historian until the statement is cancelled."""
    state.cancelled.wait(60)
    yield BATCH


def test_all_batches_come_in_their_order_and_then_no_more():
    assert list(Pump(several).batches()) == [BATCH] * 9


def test_a_file_does_not_wait_for_another_that_waits_for_the_historian():
    """Also while somebody looks at pages, when files take turns."""
    lanes.begin()
    other = Pump(stuck)
    with ThreadPoolExecutor(1) as reader:
        found = reader.submit(lambda: list(Pump(several).batches()))
        assert len(found.result(timeout=30)) == 9
    other.end()
    lanes.end()


def test_nobody_who_waits_ends_the_reading(states):
    with pytest.raises(Unwanted):
        list(Pump(stuck, lambda: False).batches())
    assert states[0].cancelled.is_set()


def test_a_failure_comes_after_what_was_read_and_is_none_for_the_end():
    def failing(_state: Any) -> Iterator[pa.RecordBatch]:
        yield BATCH
        raise HistorianUnavailable("historian_lost")

    batches = Pump(failing).batches()
    assert next(batches) == BATCH
    with pytest.raises(HistorianUnavailable):
        next(batches)


def test_a_failure_before_the_first_row_is_told_while_one_waits_for_it():
    def failing(_state: Any) -> Iterator[pa.RecordBatch]:
        raise HistorianUnavailable("historian_lost")
        yield BATCH

    failed = Pump(failing)
    with pytest.raises(HistorianUnavailable):
        failed.wait(30)
    failed.end()


def test_a_failure_before_the_first_row_is_told_however_long_its_thread_takes_to_end():
    begins, answered = threading.Event(), threading.Event()

    class Lingering(threading.Event):
        """Keeps who sets it until who waits for it has gone on, at most for a second."""

        def set(self) -> None:
            super().set()
            answered.wait(1)

    def failing(_state: Any) -> Iterator[pa.RecordBatch]:
        begins.wait(30)
        raise HistorianUnavailable("historian_lost")
        yield BATCH

    failed = Pump(failing)
    failed._begun = Lingering()
    begins.set()
    try:
        with pytest.raises(HistorianUnavailable):
            failed.wait(30)
    finally:
        answered.set()
        failed.end()
