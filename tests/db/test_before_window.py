"""What tags were in before a window: their newest readings tell, and more is asked if need be."""

from typing import Any

import pandas as pd
import pytest

from data import queries
from data.analysis import excursions
from data.analysis.checks import ACTIVE, Checks, Limits
from data.db import cache
from data.db.pool import reading
from data.queries import OutsideQuestion
from data.queries.stretches import Asked, before
from tests.support.excursions import at
from tests.support.historians import Historian, rolled

pytestmark = pytest.mark.db
HOUR = 3_600
CHECKS = Checks(ACTIVE, 0, 0, 100, limits=Limits(lo=10, hi=80), deadband=2.0, gap_seconds=600)


def rows(begin: int) -> pd.DataFrame:
    """Return what is known of the tag before a time."""
    stretch = excursions.Stretch(at(begin).value, at(begin + HOUR).value)
    asked = Asked.of((OutsideQuestion("D101", CHECKS),), stretch)
    return before.rows_before(asked, pd.Series([0]).to_numpy(), stretch.start)


def written(historian: Historian, value: float, hour: float, flag: int = 0) -> None:
    """Write a reading every two minutes of an hour."""
    times = [at(HOUR * hour + 120 * k) for k in range(30)]
    historian.write(pd.DataFrame({"value": value, "qc": flag}, times), "D101")


@pytest.fixture
def flagged(bare: Historian) -> Historian:
    """A historian with flags and an hourly rollup that no log of ours keeps."""
    bare.run("ALTER TABLE influx_hist ADD qc smallint")
    return bare


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note each statement that is asked."""
    noted, copy = list[str](), reading._copied

    def copied(sql: str, *rest: Any) -> Any:
        noted.append(sql)
        return copy(sql, *rest)

    monkeypatch.setattr(reading, "_copied", copied)
    return noted


def test_where_the_newest_readings_decide_nothing_else_is_asked(
    flagged: Historian, asked: list[str]
) -> None:
    written(flagged, 50.0, 0)
    cache.forget()
    queries.catalog()
    asked.clear()
    assert rows(HOUR)["last"].tolist() == [50.0] * 30
    assert len(asked) == 1


def test_a_reading_within_the_deadband_is_decided_by_what_was_before(
    flagged: Historian, asked: list[str]
) -> None:
    written(flagged, 85.0, 0)
    for hour in range(1, 5):  # more than the newest that are read
        written(flagged, 79.0, hour)
    cache.forget()
    queries.catalog()
    asked.clear()
    found = rows(5 * HOUR)
    assert found["last"].tolist()[:2] == [85.0, 79.0]
    assert found["at"].is_monotonic_increasing and found["at"].is_unique
    assert len(asked) > 1


def test_an_hour_whose_readings_are_gone_decides_before_older_readings(flagged: Historian) -> None:
    for hour, value in enumerate((50.0, 79.0, 85.0, 79.0)):
        written(flagged, value, hour)
    rolled(flagged, "influx_agg_1h")
    flagged.run("DELETE FROM influx_hist WHERE ts >= %s AND ts < %s", (at(HOUR), at(3 * HOUR)))
    cache.forget()
    found = rows(4 * HOUR)
    assert 50.0 in found["last"].tolist(), "older, and still there"
    newest = found[found["last"] != 79.0].iloc[-1]
    assert (newest["last"], newest["at"]) == (85.0, at(2 * HOUR).value)


@pytest.mark.parametrize("flag", [0, 1])
def test_the_very_newest_reading_is_told_where_it_is_bad(flagged: Historian, flag: int) -> None:
    written(flagged, 50.0, 0)
    flagged.write(pd.DataFrame({"value": [60.0], "qc": [flag]}, [at(HOUR - 1)]), "D101")
    cache.forget()
    last = rows(HOUR).iloc[-1]
    assert last["at"] == at(HOUR - 1).value
    assert pd.isna(last["last"]) if flag else last["last"] == 60.0


def test_a_tag_with_nothing_but_bad_readings_has_its_newest(flagged: Historian) -> None:
    written(flagged, 120.0, 0)
    cache.forget()
    (row,) = rows(HOUR).itertuples()
    assert row.at == at(29 * 120).value and pd.isna(row.last)
