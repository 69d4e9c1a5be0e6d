"""The rows behind a figure, for its table and its file."""

from collections.abc import Callable, Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from data.analysis import arrays, gaps, kinds, quality
from data.queries import Tag
from data.views.series import TagSeries

#: Columns of a table or file of rows: of buckets, of indicators, and what stands beside either.
BUCKET_COLUMNS = ("avg", "min", "max", "last", "first", "n")
INDICATOR_COLUMNS = ("avg", "sma_10", "sma_60", "lower", "middle", "upper", "slope", "n")
EXTRA_COLUMNS = (
    *("bad", "bad_value", "coverage", "unit", "filling", "quality", "reasons"),
    "remade",
)
KIND_COLUMNS = ("state", "difference", "reset", "resultant")


def rows(
    series: Sequence[TagSeries], now: datetime, columns: Sequence[str] = BUCKET_COLUMNS
) -> pd.DataFrame:
    """Return the rows behind a figure, newest first, tags in their order within one time.

    Parameters
    ----------
    series : of the tags, in their order
    now : the database's clock, which says what still fills
    columns : of the numbers, a selection of BUCKET_COLUMNS, sum and diff, or of INDICATOR_COLUMNS

    Returns
    -------
    DataFrame with columns no, tag, time (site zone), `columns`, bad (readings left out of the
    numbers, missing where not known), bad_value (their extreme), coverage (of the bucket, 0…1),
    unit, filling (the bucket will still change), quality (a word), reasons (words of
    `quality.REASONS`, with blanks between them), remade (the rollup lacks readings of it, and
    another source answers), state (word of the last value), difference and
    reset (1 or 0, of a counter), resultant (length, of an angle). The row of a single reading has
    its value as read, good or not; n + bad is 1.
    """
    parts = [cells(item, now, columns).assign(position=place) for place, item in enumerate(series)]
    if not parts:
        return pd.DataFrame(columns=["no", "tag", "time", *columns, *EXTRA_COLUMNS, *KIND_COLUMNS])
    table = pd.concat(parts, ignore_index=True)
    order = np.lexsort((table.pop("position"), -table["time"].astype("int64")))
    table = table.iloc[order].reset_index(drop=True)
    table.insert(0, "no", np.arange(1, len(table) + 1))
    return table


def cells(item: TagSeries, now: datetime, columns: Sequence[str]) -> pd.DataFrame:
    """Return the rows of one series by time: the columns of `rows` but for `no`."""
    there = _drawn(item.frame, columns)
    frame = item.frame[there]
    numbers = frame[list(columns)].fillna({"n": 0})
    if not item.seconds:
        kept = ["sum", "diff", "avg"] if item.of_kind else ["sum", "diff"]
        read = numbers.columns.difference(kept)
        numbers[read] = numbers[read].apply(lambda column: column.fillna(frame["bad_value"]))
    part = numbers.reset_index(drop=True).astype({"n": "int64"})
    part["bad"] = _counted(frame)
    part["bad_value"] = frame["bad_value"].to_numpy(dtype=float)
    part["coverage"] = item.bucket_coverage[there]
    part["unit"] = item.tag.unit
    part.insert(0, "time", frame.index)
    part.insert(0, "tag", item.tag.name)
    part["filling"] = (gaps.ends(frame) > pd.Timestamp(now)) & bool(item.seconds)
    part["remade"] = frame["remade"].eq(True).to_numpy()
    marks = item.marks()[there]
    part["quality"] = words_of(marks["quality"], lambda code: quality.QUALITIES[code])
    part["reasons"] = words_of(marks["reasons"], lambda bits: " ".join(quality.reason_keys(bits)))
    for name in ("difference", "resultant"):
        part[name] = frame[name].to_numpy(dtype=float) if name in frame else np.nan
    part["reset"] = frame["reset"].to_numpy(dtype=int) if "reset" in frame else pd.NA
    part["reset"] = part["reset"].astype("Int64")
    part["state"] = states_of(item.tag, numbers["last"]) if "last" in numbers else ""
    return part


def words_of(codes: pd.Series, word: Callable[[int], str]) -> list[str]:
    """Return the word of each code; of each code it is asked for once."""
    each, places = np.unique(codes.to_numpy(), return_inverse=True)
    words = [word(code) for code in each.tolist()]
    return [words[place] for place in places.tolist()]


def states_of(tag: Tag, values: pd.Series) -> list[str]:
    """Return the word of each value of a state, empty texts of any other tag."""
    if tag.kind != kinds.STATE:
        return [""] * len(values)
    return kinds.words(values.tolist(), tag.states)


def _drawn(frame: pd.DataFrame, columns: Sequence[str]) -> arrays.Mask:
    """Return which rows the chart has a point of: readings, or an indicator at an empty bucket."""
    numbers = frame[[name for name in columns if name != "n"]].notna().any(axis=1)
    return (numbers | (frame["n"].fillna(0) + frame["bad"].fillna(0) > 0)).to_numpy()


def _counted(frame: pd.DataFrame) -> pd.Series:
    """Return how many readings were left out of each row, missing where nobody counted them."""
    bad = pd.array(frame["bad"].fillna(0).to_numpy(dtype="int64"), dtype="Int64")
    bad[(frame["unknown"].eq(True) & (frame["bad"] == 0)).to_numpy()] = pd.NA
    return pd.Series(bad)
