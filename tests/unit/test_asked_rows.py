"""Rows of a table, sorted and filtered as its headings ask."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from components.tables import block
from components.tables.order import SEVERITY
from data.errors import BadInput

COUNT = 60


@pytest.fixture
def rows() -> pd.DataFrame:
    """Rows of two tags, newest first, with a missing mean in every seventh."""
    rng = np.random.default_rng(7)
    times = pd.date_range("2026-03-01", periods=COUNT // 2, freq="1min", tz="UTC").repeat(2)[::-1]
    avg = rng.integers(0, 20, COUNT).astype(float)
    avg[::7] = np.nan
    return pd.DataFrame(
        {
            "no": np.arange(1, COUNT + 1),
            "tag": np.tile(["D101", "P.1"], COUNT // 2),
            "time": times,
            **dict.fromkeys(("avg", "min", "max", "last", "first"), avg),
            "n": rng.integers(0, 3, COUNT),
            "quality": rng.choice(SEVERITY, COUNT),
        }
    )


def numbers(rows: pd.DataFrame, **asked: Any) -> list[int]:
    """Return the places of the rows that a grid gets."""
    found = block(rows, {"startRow": 0, "endRow": 100, **asked})
    assert found["rowCount"] == len(found["rowData"])
    return [row["no"] for row in found["rowData"]]


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("column", ["avg", "value", "n", "tag", "time", "quality"])
def test_rows_are_sorted_by_a_heading_with_what_is_missing_last(rows, column, order) -> None:
    found = numbers(rows, sortModel=[{"colId": column, "sort": order}])
    of_row = dict(zip(rows["no"], rows["avg" if column == "value" else column], strict=True))
    there = [number for number in found if not pd.isna(of_row[number])]
    assert found[: len(there)] == there
    sign = 1 if order == "asc" else -1
    value = SEVERITY.index if column == "quality" else lambda each: each
    keys = [value(of_row[number]) for number in there]
    for before, after, one, two in zip(keys, keys[1:], there, there[1:], strict=False):
        assert (before <= after) if sign == 1 else (before >= after)
        assert before != after or one < two  # rows that are alike keep their order
    assert sorted(found) == list(rows["no"])


def test_rows_pass_every_filter(rows) -> None:
    asked = {
        "avg": {"type": "inRange", "filter": 5, "filterTo": 12},
        "tag": {"type": "contains", "filter": "p."},
        "quality": {"type": "contains", "filter": "suspect"},
    }
    wanted = [
        row.no
        for row in rows.itertuples()
        if 5 <= row.avg <= 12 and row.tag == "P.1" and row.quality == "SUSPECT"
    ]
    assert wanted
    assert numbers(rows, filterModel=asked) == wanted


@pytest.mark.parametrize(
    ("kind", "passes"),
    [
        ("greaterThanOrEqual", lambda value: value >= 9),
        ("lessThanOrEqual", lambda value: value <= 9),
    ],
)
def test_a_number_is_compared_and_one_that_is_missing_never_passes(rows, kind, passes) -> None:
    wanted = [row.no for row in rows.itertuples() if passes(row.avg)]
    assert numbers(rows, filterModel={"value": {"type": kind, "filter": 9}}) == wanted


def test_a_filter_without_rows_is_an_empty_table(rows) -> None:
    asked = {"tag": {"type": "contains", "filter": "nothing"}}
    assert block(rows, {"filterModel": asked}) == {"rowData": [], "rowCount": 0}


@pytest.mark.parametrize(
    "asked",
    [
        {"sortModel": {"colId": "avg"}},
        {"sortModel": [1]},
        {"sortModel": [{"colId": "nope", "sort": "asc"}]},
        {"sortModel": [{"colId": "avg", "sort": "up"}]},
        {"filterModel": []},
        {"filterModel": {"nope": {"type": "contains", "filter": "a"}}},
        {"filterModel": {"avg": "5"}},
        {"filterModel": {"avg": {"type": "contains", "filter": "a"}}},
        {"filterModel": {"avg": {"type": "inRange", "filter": 1, "filterTo": None}}},
        {"filterModel": {"avg": {"type": "inRange", "filter": True, "filterTo": 2}}},
        {"filterModel": {"avg": {"type": ["inRange"], "filter": 1}}},
        {"filterModel": {"tag": {"type": "contains", "filter": 3}}},
        {"filterModel": {"quality": {"type": "inRange", "filter": 1, "filterTo": 2}}},
        {"filterModel": {"time": {"type": "inRange", "filter": 1, "filterTo": 2}}},
    ],
)
def test_what_no_heading_asks_is_refused(rows, asked) -> None:
    with pytest.raises(BadInput, match=next(iter(asked))):
        block(rows, asked)
