"""How large a file will be is told, also where digits and spacing change over its window."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data import export, queries
from data.db import lanes, pool
from data.export.guessed import exact, places
from data.export.guessed.places import Counts
from data.export.stream import rows_of
from tests.support.estimates import read_without_haste, stored
from tests.support.historians import START

pytestmark = pytest.mark.db
DAYS = 20
DAY_S = 86_400
STOP = START + timedelta(days=DAYS)
CHANCE = np.random.default_rng(3)


def at(first: int, last: int, seconds: float) -> np.ndarray:
    """Return times of so many days, so far apart [s since START]."""
    return np.arange(first * DAY_S, last * DAY_S, seconds)


def short(count: int) -> np.ndarray:
    """Return numbers of one digit."""
    return CHANCE.integers(0, 9, count).astype(float)


def long(count: int) -> np.ndarray:
    """Return numbers of as many digits as there are."""
    return CHANCE.normal(1e4, 1e3, count)


def joined(*parts: tuple[np.ndarray, Any]) -> pd.DataFrame:
    times = np.concatenate([each for each, _number in parts])
    values = np.concatenate([number(len(each)) for each, number in parts])
    return pd.DataFrame({"at": times, "value": values})


BURSTS = (at(0, DAYS, 600)[:, None] + np.arange(20)[None, :]).ravel()
PLANT = {
    "dense, then sparse": joined((at(0, 2, 3), short), (at(2, DAYS, 600), long)),
    "sparse, then dense": joined((at(0, 18, 600), long), (at(18, DAYS, 3), short)),
    "dense within": joined(
        (at(0, 8, 600), short), (at(8, 10, 3), long), (at(10, DAYS, 600), short)
    ),
    "digits come": joined(
        (at(0, 10, 30), lambda count: np.full(count, 5.0)), (at(10, DAYS, 30), long)
    ),
    "digits go": joined((at(0, 7, 30), long), (at(7, DAYS, 30), short)),
    "bursts": joined((BURSTS, long)),
}
TWO = ["dense, then sparse", "sparse, then dense"]


@pytest.fixture(scope="module")
def plant(server_dsn: str) -> str:
    """A store of these tags."""
    frames = {
        tag: frame.assign(ts=pd.Timestamp(START) + pd.to_timedelta(frame["at"], unit="s"), qc=0)
        for tag, frame in PLANT.items()
    }
    return stored(server_dsn, frames)


@pytest.fixture(autouse=True)
def reading(plant: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with read_without_haste(plant, monkeypatch):
        yield


def question(tags: list[str], **query: str) -> export.Question:
    bounds = {"start": [START.isoformat()], "stop": [STOP.isoformat()]}
    texts = {name: [text] for name, text in query.items()}
    return export.question({"tag": tags, **bounds, **texts}, STOP + timedelta(days=1), "Asia/Seoul")


def sent(asked: export.Question, kind: str) -> tuple[int, int]:
    """Return rows and bytes of a file as it is sent."""
    count = 0

    def counted(batches: Any) -> Any:
        nonlocal count
        for batch in batches:
            count += batch.num_rows
            yield batch

    with lanes.within("export"), pool.snapshot() as state:
        batches = counted(rows_of(asked, state))
        parts = export.FORMATS[kind].written(asked, export.schema(asked), batches)
        length = sum(map(len, parts))
    return count, length


def check(tags: list[str], kind: str, within: float = 0.02, **query: str) -> dict[str, Any]:
    """Hold an estimate beside its file."""
    asked = question(tags, **query)
    told, (count, length) = export.estimate(asked, kind), sent(asked, kind)
    assert told["rows"] == pytest.approx(count, rel=within)
    assert told["bytes"] == pytest.approx(length, rel=0.2)
    return told


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet", "arrow"])
@pytest.mark.parametrize("tag", PLANT)
def test_of_readings_an_estimate_is_near_the_file(tag: str, kind: str) -> None:
    assert check([tag], kind)["rows_known"] == "counted"


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet"])
@pytest.mark.parametrize("tag", PLANT)
def test_buckets_that_are_shorter_than_those_of_rollups_are_counted_too(
    tag: str, kind: str
) -> None:
    assert check([tag], kind, within=0, resolution="1m")["rows_known"] == "counted"


@pytest.mark.parametrize("resolution", ["1m", "10s"])
@pytest.mark.parametrize("tag", PLANT)
def test_where_there_are_too_many_of_them_some_places_tell(
    tag: str, resolution: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of twenty days tens of minutes are counted; which minutes are empty is not."""
    monkeypatch.setattr(exact, "MOST_READINGS", 0)
    monkeypatch.setattr(exact, "MOST_BUCKETS", 0)
    told = check([tag], "csv", resolution=resolution)
    assert told["rows_known"] in ("sampled", "counted")


def test_a_bound_within_a_bucket_is_counted_by_the_readings_on_its_side() -> None:
    """All of a bucket lie on one side: by the share of its time half of them would be."""
    bounds = {"start": START + timedelta(seconds=30), "stop": START + timedelta(days=1, seconds=30)}
    asked = replace(question(["bursts"]), **bounds)
    assert export.estimate(asked, "csv")["rows"] == sent(asked, "csv")[0] == 144 * 20


@pytest.mark.parametrize(
    "query",
    [
        {"resolution": "10m"},
        {"order": "time"},
        {"shape": "wide", "resolution": "10m"},
        {"columns": "tag,time,value,quality,alarm"},
    ],
)
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_of_all_tags_too(query: dict[str, str], kind: str) -> None:
    assert check(list(PLANT), kind, **query)["rows_known"] == "counted"


def test_minutes_side_by_side_are_those_of_all_tags() -> None:
    """Where one is dense the other is not: the more frequent one alone has too few."""
    told = check(TWO, "csv", within=0, shape="wide", resolution="1m")
    assert told["rows_known"] == "counted"


@pytest.mark.parametrize("most", [exact.MOST_READINGS, 0])
def test_readings_side_by_side_are_the_times_of_all_tags(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exact, "MOST_READINGS", most)
    told = check([*TWO, "bursts"], "csv", within=0.02 if most == 0 else 0, shape="wide")
    assert told["rows_known"] == ("counted" if most else "sampled")


@pytest.mark.parametrize("tag", PLANT)
def test_without_rollups_the_bytes_of_a_row_are_those_of_the_whole_window(
    tag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(queries.catalog()), "rollups", ())
    asked = question([tag])
    told, (count, length) = export.estimate(asked, "csv"), sent(asked, "csv")
    assert told["rows_known"] == "planner"
    assert told["bytes"] / told["rows"] == pytest.approx(length / count, rel=0.2)


def test_places_lie_apart_by_rows_and_not_by_time() -> None:
    """A tenth of the window has nine tenths of the rows: so many of the places too."""
    (tag,) = (question(["bursts"])).tags
    ns = np.asarray([int(START.timestamp()) * 10**9])
    edges = ns + np.asarray([0, 2 * DAY_S, DAYS * DAY_S]) * 10**9
    counts = Counts(edges[:2], edges[1:], np.asarray([90_000.0, 10_000.0]))
    chosen = places.counted(question(["bursts"]), [counts], 100.0, 16)
    dense = [each for each in chosen if each.question.start < START + timedelta(days=2)]
    assert len(chosen) == 16 and 14 <= len(dense) <= 15
    assert all(each.question.tags == (tag,) and 99 < each.rows < 101 for each in chosen)
    starts = sorted(each.question.start for each in chosen)
    assert starts[0] == START and starts[-1] > START + timedelta(days=10)


def test_of_many_tags_the_readings_at_the_bounds_are_counted_for_some_time_alone(
    plant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What rollups count is told of the others: it is off by less than two of their buckets."""
    monkeypatch.setattr(exact, "COUNTING_S", -1.0)
    read = list[int]()
    monkeypatch.setattr(exact, "_with_edges", lambda *_of: read.append(1))
    cut = {"start": (START + timedelta(seconds=1_000)).isoformat()}
    asked = question([*PLANT], **cut)
    told = export.estimate(asked)
    rows_there, _size = sent(asked, "csv")
    assert not read
    assert told["rows_known"] == "counted"
    assert abs(told["rows"] / rows_there - 1) < 0.02
