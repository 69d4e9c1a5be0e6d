"""Rows and bytes of files of any plant are told: bursts, gaps, several spacings, any question."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data import export
from data.db import lanes, pool
from data.export.guessed import exact
from data.export.stream import rows_of
from tests.support.estimates import read_without_haste, stored
from tests.support.historians import START

pytestmark = pytest.mark.db
DAYS, DAY_S, TAGS, QUESTIONS = 8, 86_400, 10, 32
NOW = START + timedelta(days=DAYS + 1)
Times = np.ndarray[Any, np.dtype[np.float64]]


def regular(chance: np.random.Generator, span: float) -> Times:
    return np.arange(0, span, chance.choice([10, 30, 60, 97, 600]).item())


def scattered(chance: np.random.Generator, span: float) -> Times:
    return np.sort(chance.uniform(0, span, int(span / chance.choice([30, 120, 900]))))


def bursts(chance: np.random.Generator, span: float) -> Times:
    begins = np.sort(chance.uniform(0, span, int(span / chance.choice([600, 1_800, 7_200])) + 1))
    return np.concatenate([each + np.arange(chance.integers(2, 90)) * 0.5 for each in begins])


def shifts(chance: np.random.Generator, span: float) -> Times:
    times = np.arange(0, span, chance.choice([10, 60]).item())
    return times[times % DAY_S < 8 * 3_600]


def gap(chance: np.random.Generator, span: float) -> Times:
    times = np.arange(0, span, 20.0)
    return times[(times < 0.3 * span) | (times > 0.55 * span)]


def rare(chance: np.random.Generator, span: float) -> Times:
    return np.sort(chance.uniform(0, span, int(chance.integers(3, 40))))


def readings(chance: np.random.Generator) -> pd.DataFrame:
    """Return readings of one tag, of up to three kinds one after another; some are flagged."""
    cuts = np.sort(chance.uniform(0, DAYS * DAY_S, int(chance.integers(0, 3))))
    edges = [0.0, *cuts.tolist(), float(DAYS * DAY_S)]
    kinds = (regular, scattered, bursts, shifts, gap, rare)
    parts = [
        start + kinds[chance.integers(len(kinds))](chance, stop - start)
        for start, stop in zip(edges, edges[1:], strict=False)
    ]
    times = np.unique(np.concatenate(parts).round(3))
    value = chance.normal(50, 30, len(times)).round(int(chance.integers(0, 12)))
    flagged = chance.uniform(size=len(times)) < chance.choice([0, 0.02, 0.3])
    flagged[len(times) // 2 : len(times) // 2 + int(len(times) * chance.choice([0, 0.2]))] = True
    ts = pd.Timestamp(START) + pd.to_timedelta(times, unit="s")
    return pd.DataFrame({"ts": ts, "value": value, "qc": flagged.astype(int)})


@pytest.fixture(scope="module")
def plant(server_dsn: str) -> str:
    """A store of such tags, half of them with a rule."""
    chance = np.random.default_rng(11)
    frames = {f"T{number}": readings(chance) for number in range(TAGS)}
    return stored(server_dsn, frames, {f"T{number}": (0, 90) for number in range(1, TAGS, 2)})


@pytest.fixture(autouse=True)
def reading(plant: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with read_without_haste(plant, monkeypatch):
        yield


def asked(number: int) -> tuple[dict[str, list[str]], str]:
    """Return a question, and a format."""
    chance = np.random.default_rng(number)

    def one(*choices: str) -> str:
        return str(chance.choice(choices))

    tags = [f"T{each}" for each in chance.permutation(TAGS)[: chance.choice([1, 1, 2, 3, 6])]]
    start = chance.choice([0, chance.uniform(0, DAYS - 1)])
    stop = min(start + chance.choice([0.05, 0.5, 3, DAYS]), DAYS)
    bounds = {"start": START + timedelta(days=start), "stop": START + timedelta(days=stop)}
    query = {name: [at.isoformat()] for name, at in bounds.items()} | {"tag": tags}
    width = one("raw", "raw", "1s", "5s", "30s", "1m", "1m", "5m", "30m", "1h", "1d")
    query |= {"resolution": [width], "shape": [one("long", "long", "wide")]}
    query |= {"quality": [one("all", "good")], "order": [one("tag", "time")]}
    query |= {"tz": [one("UTC", "Asia/Seoul", "Asia/Kathmandu")]}
    if width != "raw" and chance.uniform() < 0.2:
        query["compare"] = ["-1d"]
    return query, one("csv", "csv", "csv.gz", "parquet", "arrow")


def sent(question: export.Question, kind: str) -> tuple[int, int]:
    """Return rows and bytes of a file as it is sent."""
    with lanes.within("export"), pool.snapshot() as state:
        batches = list(rows_of(question, state))
        parts = export.FORMATS[kind].written(question, export.schema(question), iter(batches))
        return sum(batch.num_rows for batch in batches), sum(map(len, parts))


@pytest.mark.parametrize("is_counted", [True, False])
@pytest.mark.parametrize("number", range(QUESTIONS))
def test_rows_are_told_within_2_percent_and_bytes_within_20(
    number: int, is_counted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not is_counted:  # as of a file of which there are too many
        monkeypatch.setattr(exact, "MOST_READINGS", 0)
        monkeypatch.setattr(exact, "MOST_BUCKETS", 0)
    query, kind = asked(number)
    question = export.question(query, NOW, "Asia/Seoul")
    told, (count, length) = export.estimate(question, kind), sent(question, kind)
    assert told["rows_known"] == "counted" or not is_counted, query
    assert told["rows"] == pytest.approx(count, rel=0 if is_counted else 0.02), query
    assert told["bytes"] == pytest.approx(length, rel=0.2), query
