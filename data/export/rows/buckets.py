"""Rows of buckets as batches: cell by cell what a page's table says of them."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from data import views
from data.analysis import alarms, arrays, kinds
from data.buckets import MAX_ROWS, Resolution
from data.export import batches
from data.export.columns import STATISTICS
from data.export.contract import GOOD, Question
from data.export.rows.beside import constants
from data.export.rows.earlier import Earlier, other_columns
from data.export.rows.gone import Look
from data.export.rows.tally import Tally
from data.queries import Tag
from data.views import Caveats, TagSeries

#: Columns of numbers and of truths that a table has under the same names.
NUMBERS = (*(name for name in STATISTICS if name != "n"), "bad_value", "coverage")
NUMBERS_OF_KINDS = ("difference", "resultant")
TEXTS = ("quality", "reasons", "state")


def bucket_rows(
    question: Question,
    tag: Tag,
    width: Resolution,
    most: int = MAX_ROWS,
    tally: Tally | None = None,
    caveats: Caveats | None = None,
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of one tag of a question for buckets, oldest first.

    Parameters
    ----------
    most : buckets of a batch
    caveats : to note in it what must be said of the rows

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    wanted = question.columns
    bounds = (question.start, question.stop, question.now, question.zone)
    window = views.Window(tag, width, *bounds)
    judge = views.judging.of_buckets(tag, window.request.start) if "alarm" in wanted else None
    shift = question.compare
    earlier = Earlier(question, shift, tag, width, most, caveats) if shift else None
    look = Look(window.request, caveats)
    for part in views.parts(window, most, "coverage" in wanted):
        look.at_part(part)
        alarm = judge.alarm(part.frame) if judge else None
        table = _table(question, part, alarm)
        table = earlier.beside(table) if earlier else table
        if tally:
            missing = table["bad"].isna().to_numpy(bool)
            tally.buckets(tag.name, table["bad"].fillna(0).to_numpy(np.int64), missing)
        if question.quality == GOOD:  # statistics are of good readings already
            table = table[table["n"] > 0]
        if tally:
            tally.rows(_microseconds(table))
        columns = _columns(table, question) | other_columns(table, question)
        columns |= constants(question, tag, len(table))
        batch = batches.batch(columns, question.columns, question.zone)
        if batch.num_rows:
            yield batch
    look.end()


def _table(question: Question, part: TagSeries, alarm: arrays.Codes | None) -> pd.DataFrame:
    """Return the rows as a page has them, with what a page does not show."""
    table = views.cells(part, question.now, STATISTICS)
    table = table.assign(seconds=part.frame["seconds"].to_numpy(np.float64))
    if part.tag.kind != kinds.VALUE:
        table["sum"] = np.nan  # it would make a mean that is wrong
    if alarm is not None:
        table["alarm"] = [alarms.ALARMS[code] for code in alarm.tolist()]
    return table


def _microseconds(table: pd.DataFrame) -> arrays.Whole:
    return pd.DatetimeIndex(table["time"]).as_unit("us").asi8


def _columns(table: pd.DataFrame, question: Question) -> dict[str, pa.Array]:
    """Return those of the asked columns that a table of rows has."""
    n, missing = table["n"].to_numpy(np.int64), table["bad"].isna().to_numpy(bool)
    bad = table["bad"].fillna(0).to_numpy(np.int64)
    columns = {"time": batches.times(_microseconds(table), question.zone), "n": batches.counts(n)}
    columns |= {"bad": batches.counts(bad, missing)}
    for name in (*NUMBERS, *NUMBERS_OF_KINDS, "share", "seconds"):
        columns[name] = batches.numbers(arrays.numbers(table[name]))
    for name in [name for name in (*TEXTS, "alarm") if name in question.columns]:
        columns[name] = batches.texts(_texts(table[name]))
    for name in ("filling", "remade", "reset"):
        columns[name] = pa.array(table[name].astype("boolean"), pa.bool_())
    return {name: column for name, column in columns.items() if name in question.columns}


def _texts(column: "pd.Series[str]") -> Sequence[str]:
    return [str(text) for text in column]
