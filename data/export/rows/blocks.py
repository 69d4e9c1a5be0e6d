"""Every reading of a tag, in the order of time, as batches that fit a processor's cache.

A block of readings is one row of the historian's answer: three texts of bytes. Row by row the
driver would ask for Python's lock once a reading, and the overview of this worker would wait.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from data.analysis import Floats, arrays
from data.db import Snapshot, copy_out
from data.queries import catalog
from data.sql import QcCode, block_statement
from data.windows import EPOCH

#: Readings of a block, 200 kB of numbers: longer ones are not quicker, and five or so are in memory
#: at once, with the texts of one.
BLOCK = 8_192
#: Where readings lie in chunks, a block names bounds of time, so that planning leaves out the
#: others: this many times as long as a block of readings lasted before, and without one [s].
STRETCH, FIRST_S = 2.0, 3_600.0


class Block(NamedTuple):
    """Readings that follow one another.

    Parameters
    ----------
    at : their times [us since 1970]
    value : NaN where there is none [tag unit]
    qc : as it is stored, 0 where there is none
    flagged : what it means: not 0 where the source finds fault
    """

    at: arrays.Whole
    value: Floats
    qc: arrays.Whole
    flagged: arrays.Whole

    def part(self, rows: slice | arrays.Mask | arrays.Whole) -> "Block":
        """Return some of the readings."""
        return Block(self.at[rows], self.value[rows], self.qc[rows], self.flagged[rows])

    def in_order(self) -> "Block":
        """Return the readings with those of one time by value: the historian gives them anyhow."""
        if not (self.at[1:] == self.at[:-1]).any():
            return self
        return self.part(np.lexsort((self.qc, self.value, self.at)))


def blocks(
    snapshot: Snapshot, tag: str, start: datetime, stop: datetime, most: int = BLOCK
) -> Iterator[Block]:
    """Yield every reading of a tag in [start, stop), oldest first.

    Parameters
    ----------
    snapshot : what is read is of one state of the historian
    start, stop : aware
    most : readings of a block; more only where so many have one time

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    has = catalog()
    statement = block_statement("qc" in has.of("influx_hist"), has.flagged)
    in_parts, seconds = has.parts > 0, FIRST_S
    count = most
    while start < stop:
        until = min(stop, _later(start, seconds)) if in_parts else stop
        values = {"tag": tag, "start": start, "stop": until, "most": count}
        block = _block(snapshot.fields(statement, values), has.flagged)
        is_full = len(block.at) >= count
        if is_full:
            block, start = _without_last_time(block)
            if not len(block.at):  # all of one time: where none is unique there may be so many
                count *= 2
                continue
        else:
            start = until
        seconds, count = _stretch(block, seconds, most, is_full), most
        if len(block.at):
            ready = [block.in_order()]
            del block  # of a wide file as many wait here as it has tags
            yield ready.pop()


def _later(time: datetime, seconds: float) -> datetime:
    try:
        return time + timedelta(seconds=seconds)
    except OverflowError:
        return datetime.max.replace(tzinfo=time.tzinfo)


def _stretch(block: Block, seconds: float, most: int, is_full: bool) -> float:
    """Return for how long the next block is to be asked for [s]."""
    if len(block.at) < 2:
        return seconds * STRETCH**2
    lasted = float(block.at[-1] - block.at[0]) / 1e6 * most / len(block.at)
    return max(lasted * STRETCH, 1.0) if is_full else max(seconds, lasted * STRETCH)


def _without_last_time(block: Block) -> tuple[Block, datetime]:
    """Return a block without the readings of its last time, and that time: the next begins there.

    Of these there may be more than it holds.
    """
    last = int(block.at[-1])
    end = int(np.searchsorted(block.at, last))
    return block.part(slice(end)), EPOCH + timedelta(microseconds=last)


def _block(fields: list[memoryview], flagged: QcCode | None) -> Block:
    at, value = copy_out.times_of(fields[0]), copy_out.numbers_of(fields[1])
    stored = [copy_out.wholes_of(field) for field in fields[2:]]
    none = np.zeros(len(at), np.int64)
    qc = stored[0] if stored else none
    if flagged is QcCode.FLAG:
        return Block(at, value, qc, qc)
    return Block(at, value, qc, stored[1] if len(stored) > 1 else none)
