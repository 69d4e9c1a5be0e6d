"""Statistics of a window whose readings are gone: the rollups tell, and that is said."""

from datetime import timedelta

import flask
import numpy as np
import pandas as pd
import pytest

from api.v1 import excursions
from components import context
from components.context.views import EXCURSIONS, STATISTICS
from data import export, queries
from data.db import cache
from data.queries.grouped import rows
from data.queries.outside import composed, finding, lacking
from data.queries.summed import readings as summed
from data.views import histories, statistics
from data.views.view import View
from tests.support.historians import START, ZONE, Historian, rolled

pytestmark = pytest.mark.db
HOUR = timedelta(hours=1)
HOURS = 30


@pytest.fixture
def readings(bare: Historian) -> pd.DataFrame:
    """Thirty hours of readings, and their rollups."""
    times = pd.date_range(START, START + HOURS * HOUR, freq="30 s", inclusive="left")
    value = 50 + 10 * np.sin(np.arange(len(times)) / 200.0)
    found = bare.write(pd.DataFrame({"value": value}, times.as_unit("us")))
    rolled(bare, "influx_agg_1m", "influx_agg_1h")
    return found


def told(bare: Historian, gone_hours: float) -> tuple[object, str]:
    """Return the statistics of all thirty hours, and what is said of them, after a retention."""
    if gone_hours:
        bound = START + gone_hours * HOUR
        bare.run("DELETE FROM influx_hist WHERE ts < %s", (bound,))
    cache.forget()
    stop = START + HOURS * HOUR
    view = View(("D1",), START, stop, stop, ZONE, live=False, chosen="D1")
    series, _refusals = histories(view)
    said = context.contents(STATISTICS, view, series).note
    return statistics(queries.tags()["D1"], START, stop, ZONE, stop), said


@pytest.mark.parametrize("gone", [20, 29.5, 29.99])
def test_where_readings_are_gone_the_window_s_numbers_are_those_of_its_rollups(
    bare: Historian, readings: pd.DataFrame, in_english: None, gone: float
) -> None:
    found, said = told(bare, gone)
    assert found.gone and found.made_of == "1h means"
    value = readings["value"]
    of = found.numbers
    assert (of.n, of.least.value, of.greatest.value) == (len(value), value.min(), value.max())
    assert of.mean == pytest.approx(value.mean(), rel=1e-12)
    means = value.groupby(value.index.floor("h")).mean()
    assert of.quantiles == pytest.approx(np.quantile(means, [0.05, 0.5, 0.95]), rel=1e-12)
    assert np.isnan(of.weighted) and not of.states
    assert "Readings there are gone" in said and "of 1 h means" in said
    assert "No readings there" not in said


def test_where_they_are_there_they_tell_also_where_a_tag_began_within_the_window(
    bare: Historian, readings: pd.DataFrame, in_english: None
) -> None:
    found, said = told(bare, 0)
    assert (found.made_of, found.gone, said) == ("readings", False, "")
    bare.run("DELETE FROM influx_agg_1m WHERE bucket < %s", (START + 20 * HOUR,))
    bare.run("DELETE FROM influx_agg_1h WHERE bucket < %s", (START + 20 * HOUR,))
    found, said = told(bare, 20)
    assert (found.made_of, found.gone, said) == ("readings", False, "")
    left = readings["value"][readings.index >= START + 20 * HOUR]
    assert found.numbers.n == len(left)
    assert found.numbers.mean == pytest.approx(left.mean(), rel=1e-12)


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("start", "stop", "n"), [(10, 20, 0), (31, 130, 20), (31, 59, 0), (100, 115, 0)]
)
def test_a_silence_within_an_hour_is_no_reading_that_is_gone(
    bare: Historian, in_english: None, start: int, stop: int, n: int
) -> None:
    minutes = [*range(0, 10), *range(25, 31), 59, *range(120, 140)]
    times = pd.DatetimeIndex([START + each * MINUTE for each in minutes]).as_unit("us")
    inside = [each for each in minutes if start <= each < stop]
    bare.write(pd.DataFrame({"value": np.arange(len(times), dtype=float)}, times))
    rolled(bare, "influx_agg_1m", "influx_agg_1h")
    cache.forget()
    found, now = queries.tags()["D1"], START + 5 * HOUR
    window = (START + start * MINUTE, START + stop * MINUTE)
    told = statistics(found, *window, ZONE, now)
    assert (told.made_of, told.gone, told.numbers.n) == ("readings", False, len(inside))
    assert (told.start, told.stop) == window
    view = View(("D1",), *window, now, ZONE, live=False, chosen="D1")
    said = context.contents(STATISTICS, view, histories(view)[0]).note
    assert "gone" not in said and ("No readings there: D1." in said) == (not inside)


def test_whole_buckets_name_the_end_of_the_last_one(
    bare: Historian, readings: pd.DataFrame, in_english: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.queries.summed.readings.MOST_READINGS", 100)
    start, stop, now = START + 2.4 * HOUR, START + 5.1 * HOUR, START + HOURS * HOUR
    view = View(("D1",), start, stop, now, ZONE, live=False, chosen="D1")
    found = statistics(queries.tags()["D1"], start, stop, ZONE, now)
    assert (found.start, found.stop) == (START + 2 * HOUR, START + 6 * HOUR)
    inside = readings["value"][(readings.index >= found.start) & (readings.index < found.stop)]
    of = found.numbers
    assert (of.n, of.newest.value, of.greatest.value) == (480, inside.iloc[-1], inside.max())
    whole = context.contents(STATISTICS, view, histories(view)[0])
    assert "of whole buckets: 2026-03-01 11:00:00 – 2026-03-01 15:00:00." in whole.note
    assert "in whole buckets" in str(whole.headline[0])
    live = statistics(queries.tags()["D1"], start, stop, ZONE, stop)
    assert live.stop == stop


@pytest.mark.parametrize("most", [10, 200_000])
def test_where_whole_buckets_tell_of_excursions_that_is_said(
    bare: Historian,
    readings: pd.DataFrame,
    in_english: None,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
) -> None:
    for name in ("MOST_READINGS", "MOST_READ"):
        module = finding if name == "MOST_READINGS" else composed
        monkeypatch.setattr(module, name, most)
    bare.run("CREATE TABLE influx_qc_rule (tag_name text, max_val float8, warn_max float8)")
    bare.run("INSERT INTO influx_qc_rule VALUES ('D1', 100, 55)")
    cache.forget()
    now = START + HOURS * HOUR
    view = View(("D1",), START, START + 3 * HOUR, now, ZONE, live=False, chosen="D1")
    listed = context.contents(EXCURSIONS, view, histories(view)[0])
    assert len(listed.excursions) > 0
    whole = "a bucket that was outside at any time counts whole" in listed.note
    assert whole == (most == 10), listed.note


def test_buckets_that_may_lack_readings_are_told_beside_excursions(
    bare: Historian,
    readings: pd.DataFrame,
    in_english: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On the page and by the API: what happened in them may be missing in the list."""
    monkeypatch.setattr(finding, "MOST_READINGS", 10)
    monkeypatch.setattr(lacking, "PROBES", 0)
    bare.run("CREATE TABLE influx_qc_rule (tag_name text, max_val float8, warn_max float8)")
    bare.run("INSERT INTO influx_qc_rule VALUES ('D1', 100, 55)")
    hole = "bucket >= %s + interval '5 h' AND bucket < %s + interval '7 h'"
    bare.run(f"DELETE FROM influx_agg_1h WHERE {hole}", (START, START))
    cache.forget()
    stop, now = START + 12 * HOUR, START + HOURS * HOUR
    view = View(("D1",), START, stop, now, ZONE, live=False, chosen="D1")
    note = context.contents(EXCURSIONS, view, histories(view)[0]).note
    assert "Buckets that may lack readings and were not checked: 2." in note
    flask.current_app.config["KSYS"] = {"zone": ZONE, "shifts": ()}
    query = {"tag": ["D1"], "start": [START.isoformat()], "stop": [stop.isoformat()]}
    assert excursions.answer(query).caveats.unchecked == {"D1": 2}


def test_a_file_of_readings_counts_those_that_are_left_and_says_since_when(
    bare: Historian, readings: pd.DataFrame
) -> None:
    def sized(resolution: str) -> dict[str, object]:
        bounds = {"start": START.isoformat(), "stop": (START + HOURS * HOUR).isoformat()}
        asked = {"tag": "D1", "tz": "Asia/Seoul", "resolution": resolution, **bounds}
        query = {name: [text] for name, text in asked.items()}
        return export.estimate(export.question(query, START + HOURS * HOUR, "UTC"))

    assert (sized("raw")["rows"], sized("raw")["gone_before"]) == (len(readings), None)
    told(bare, 20)
    left = (readings.index >= START + 20 * HOUR).sum()
    raw, hours = sized("raw"), sized("1h")
    assert raw["rows"] == pytest.approx(left, rel=0.02)
    assert raw["gone_before"] == "2026-03-02T05:00:00+09:00"
    assert (hours["rows"], hours["gone_before"]) == (HOURS, None)
    told(bare, 29.9)
    assert sized("raw")["rows"] == pytest.approx(12, abs=1)


@pytest.fixture
def spiked(bare: Historian, monkeypatch: pytest.MonkeyPatch) -> pd.Series:
    """The readings within the span of thirty hours: too many to be read, one in an hour beyond."""
    times = pd.date_range(START, START + HOURS * HOUR, freq="30 s", inclusive="left")
    value = 50 + 10 * np.sin(np.arange(len(times)) / 200.0)
    value[50::120] = 900.0
    bare.write(pd.DataFrame({"value": value}, times.as_unit("us")))
    rolled(bare, "influx_agg_1m", "influx_agg_1h")
    bare.run("CREATE TABLE influx_qc_rule (tag_name text, min_val float8, max_val float8)")
    bare.run("INSERT INTO influx_qc_rule VALUES ('D1', 0, 100)")
    monkeypatch.setattr(summed, "MOST_READINGS", 1_000)
    monkeypatch.setattr(rows, "REREAD", 1_000)
    return pd.Series(value, times)[value < 100]


def test_one_bad_reading_in_an_hour_takes_none_of_its_good_ones_from_a_window(
    bare: Historian, spiked: pd.Series, in_english: None
) -> None:
    found, said = told(bare, 0)
    of = found.numbers
    assert (of.n, of.bad, of.unclear) == (len(spiked), HOURS, 0)
    assert of.mean == pytest.approx(spiked.mean(), rel=1e-12)
    assert (of.least.value, of.greatest.value) == (spiked.min(), spiked.max())
    assert of.good == pytest.approx(len(spiked) / (len(spiked) + HOURS))
    assert "BAD" not in said


def test_readings_that_may_be_good_are_not_counted_as_bad(
    bare: Historian, spiked: pd.Series, in_english: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no finer buckets can be had: it is said of how many the numbers are."""
    monkeypatch.setitem(statistics.__globals__, "MAX_ROWS", HOURS + 10)
    found, said = told(bare, 0)
    of = found.numbers
    assert (of.n, of.bad, of.unclear) == (0, 0, len(spiked) + HOURS)
    assert np.isnan(of.good)
    assert "Only BAD" not in said and "No readings" not in said
    assert f"D1: {of.unclear:,} readings lie in buckets with BAD ones" in said
