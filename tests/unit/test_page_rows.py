"""The text of a page's rows equals what Python's own csv writer makes of them."""

import csv
import io
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from api.csv_rows import TREND, document
from data.export import harmless
from data.views import COMPARED

NUMBERS = (
    *("avg", "min", "max", "last", "first", "bad_value", "share", "coverage", "difference"),
    "resultant",
)
NAMES = ["D101", "=1", "가,나", 'a"b', "x\ny", "'=q", "", "\tt", " lead", "🙂", "a;b"]
ZONES = ("UTC", "Asia/Seoul", "Europe/Berlin", "America/St_Johns", "Africa/Monrovia")
ODD = [0.0, -0.0, np.nan, np.inf, -np.inf, 1e10, 1e16, 1e-4, 9.9e-5, 1e15, -1e10, 1e22, 5e-324, 7.0]


def numbers(chance: np.random.Generator, count: int, kind: int) -> np.ndarray:
    """Return numbers of one kind: any bits, readings, odd ones, those of float32, any size."""
    made = (
        lambda: np.frombuffer(chance.bytes(8 * count), "f8").copy(),
        lambda: np.round(chance.normal(0, 10 ** chance.uniform(-6, 12), count), 3),
        lambda: chance.choice(ODD, count),
        lambda: chance.normal(0, 1, count).astype("f4").astype("f8"),
        lambda: 10 ** chance.uniform(-8, 20, count),
    )
    return made[kind]()


def table(seed: int) -> pd.DataFrame:
    """Return rows of any numbers, names and times."""
    chance = np.random.default_rng(seed)
    count = int(chance.integers(1, 400))
    span = 2 * 10**15 if seed % 2 else 10**9
    at = pd.to_datetime(np.sort(chance.integers(-span, span, count)), unit="us", utc=True)
    values = numbers(chance, count, seed % 5)
    whole = {
        name: pd.array(np.where(chance.random(count) < 0.3, None, chance.integers(0, 9, count)))
        for name in ("bad", "reset")
    }
    return pd.DataFrame(
        {
            "no": np.arange(1, count + 1),
            "time": at.tz_convert(ZONES[seed % len(ZONES)]),
            **{name: chance.permutation(values) for name in NUMBERS},
            "max": values,  # as single readings have it: the same in two columns
            "last": values,
            "first": np.where(values == 0, -values, values),  # and but for the sign of a zero
            "n": chance.integers(0, 10**9, count),
            **{name: column.astype("Int64") for name, column in whole.items()},
            **{name: chance.choice(NAMES, count) for name in ("tag", "unit", "state")},
            "quality": chance.choice(["GOOD", "BAD"], count),
            "reasons": chance.choice(["", "step rate"], count),
            **{name: chance.random(count) < 0.5 for name in ("filling", "remade")},
        }
    )


def compared(chance: np.random.Generator, rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with columns of another side, which is missing in some."""
    missing = chance.random(len(rows)) < 0.3
    same = {f"compare_{name}": rows[name] for name in ("avg", "min", "max", "last", "first")}
    none = {name: rows[name].where(~missing, np.nan) for name in ("difference", "avg")}
    return rows.assign(
        **same,
        compare_time=rows["time"].where(~missing),
        compare_n=pd.array(np.where(missing, None, rows["n"])).astype("Int64"),
        compare_difference=none["difference"],
        compare_state=chance.permutation(rows["state"].to_numpy()),
        compare_delta=none["avg"],
    )


def cell(name: str, value: object) -> str:
    """Return what the file says of a value."""
    if value is pd.NA or value != value:
        return ""
    name = name.removeprefix("compare_")
    if name in ("tag", "unit", "state"):
        return harmless(str(value))
    if name in ("filling", "remade"):
        return "true" if value else "false"
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    return repr(value) if isinstance(value, float) else str(value)


def by_python(rows: pd.DataFrame, names: Sequence[str]) -> str:
    """Return the file of rows cell by cell."""
    expected = io.StringIO()
    writer = csv.writer(expected, lineterminator="\r\n")
    writer.writerow(names)
    for row in zip(*(rows[name].tolist() for name in names), strict=True):
        writer.writerow(cell(name, value) for name, value in zip(names, row, strict=True))
    return expected.getvalue()


@pytest.mark.parametrize("seed", range(40))
def test_a_page_s_rows_are_written_as_python_writes_them(seed):
    rows = table(seed)
    assert document(rows, TREND).decode() == by_python(rows, TREND)


@pytest.mark.parametrize("seed", range(20))
def test_so_are_those_of_what_they_are_compared_with(seed):
    names = (*TREND, *COMPARED)
    rows = compared(np.random.default_rng(seed), table(seed))
    assert document(rows, names).decode() == by_python(rows, names)


def test_a_page_without_rows_has_the_names_of_its_columns():
    assert document(pd.DataFrame(columns=list(TREND)), TREND).decode() == ",".join(TREND) + "\r\n"
