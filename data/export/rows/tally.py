"""What is counted of a file besides its rows: its first and last time, and what is left out."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from data.analysis import arrays
from data.export.rows.left_out import COUNTED, WHY
from data.windows import EPOCH


@dataclass
class Tally:
    """Counts what goes by.

    Parameters
    ----------
    first, last : times of rows [us since 1970], None before the first one
    left_out : of each tag by reason; the readings of buckets are counted together
    """

    first: int | None = None
    last: int | None = None
    left_out: dict[str, dict[str, int]] = field(default_factory=dict)

    def rows(self, at: arrays.Whole) -> None:
        """Count rows by their times [us since 1970], sorted."""
        if len(at):
            self.first = min(int(at[0]), int(at[0]) if self.first is None else self.first)
            self.last = max(int(at[-1]), int(at[-1]) if self.last is None else self.last)

    def readings(self, tag: str, why: arrays.Codes) -> None:
        """Count why readings are left out of statistics, by the codes of `why_left_out`."""
        of_each = np.bincount(why, minlength=len(WHY)).tolist()
        self._add(tag, {w: of_each[code] for code, w in enumerate(WHY) if code != COUNTED})

    def buckets(self, tag: str, bad: arrays.Whole, missing: arrays.Mask) -> None:
        """Count what was left out of buckets, and those of which nobody has counted it."""
        self._add(tag, {"left_out": int(bad.sum()), "buckets_not_known": int(missing.sum())})

    def _add(self, tag: str, counts: dict[str, int]) -> None:
        mine = self.left_out.setdefault(tag, dict.fromkeys(counts, 0))
        for name, count in counts.items():
            mine[name] += count

    def times(self) -> tuple[datetime | None, datetime | None]:
        """Return the first and the last time of the rows, aware UTC."""
        return _time(self.first), _time(self.last)


def _time(at: int | None) -> Any:
    return None if at is None else EPOCH + timedelta(microseconds=at)
