"""What is said of the rows of a window, some of which another source than the rollup tells."""

from datetime import timedelta

import numpy as np
import pandas as pd

from data import queries
from data.buckets import RAW, resolution
from data.queries.grouped.answering import Answering
from data.queries.grouped.whole import LAST, Lacking
from data.queries.plan import Plan, Segment
from tests.support.historians import START

HOUR = timedelta(hours=1)
NUMBERS = ("n", "sum", "min", "max", "first", "last", "bad")


def rows_of(counts: dict[int, int]) -> pd.DataFrame:
    """Return rows of hours from START on with so many readings each."""
    index = pd.DatetimeIndex([START + place * HOUR for place in counts], name="bucket")
    n = np.array([*counts.values()], dtype=float)
    columns = dict.fromkeys(NUMBERS, n) | {"bad": np.zeros(len(n))}
    return pd.DataFrame({**columns, "seconds": 3_600.0, "remade": False}, index)


def test_of_rows_that_a_foreign_rollup_keeps_nobody_knows_what_was_left_out() -> None:
    """Readings of the second hour are gone, so that the rollup tells it, though it was read again.

    Those of the third are more than it has; what is left out of them is counted.
    """
    stop = START + 3 * HOUR
    request = queries.request("D1", resolution("1h"), START, stop, "UTC")
    raw = [Segment(RAW, START + HOUR, stop)]
    made = Answering(
        request=request,
        width=resolution("1h"),
        plan=Plan([Segment(3_600, START, stop)], [], stop),
        mended=None,
        again=rows_of({1: 10, 2: 70}),
        lacking=Lacking(raw, [], LAST, 0),
        uncounted=[(START, stop)],
        still_uncounted=[(START, START + HOUR)],
        told={},
    )
    found = {str(name): column.array for name, column in rows_of({0: 60, 1: 60, 2: 60}).items()}
    index = rows_of({0: 60, 1: 60, 2: 60}).index
    told = made.finished({**found, "bucket": index}, made.again)
    assert told["n"].tolist() == [60, 60, 70]
    assert told["unknown"].tolist() == [True, True, False]
