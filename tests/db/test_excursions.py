"""Excursions out of a historian: however they are found, they are those of all its readings."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from data import queries
from data.analysis import excursions
from data.analysis.checks import ACTIVE, Checks, Limits
from data.db import cache
from data.db.pool import reading
from data.errors import BadInput
from data.queries import OutsideQuestion
from data.queries.outside import composed, finding
from data.queries.stretches import asking
from tests.support.excursions import assert_alike, at, plain
from tests.support.historians import TIMESCALE, Historian, rolled

pytestmark = pytest.mark.db
HOUR = 3_600
LIMITS = Limits(lo_lo=5, lo=10, hi=80, hi_hi=90)
RULES = {
    "wide": Checks(ACTIVE, 0, 0, 100, limits=LIMITS, deadband=2.0, gap_seconds=60),
    "no deadband": Checks(ACTIVE, 0, 0, 100, limits=LIMITS, gap_seconds=60),
    "high alone": Checks(ACTIVE, 0, 0, 100, limits=Limits(hi=70), deadband=9.0, gap_seconds=300),
    "no span": Checks(ACTIVE, limits=Limits(lo=20, hi=80), deadband=1.0, gap_seconds=60),
}


def series(seed: int, hours: int, spacing: int = 20) -> pd.DataFrame:
    """Return readings that wander about a level, leave it now and then, stop, and go BAD."""
    random = np.random.default_rng(seed)
    count = hours * HOUR // spacing
    seconds = np.cumsum(random.integers(1, 2 * spacing, count))
    base = np.full(count, 50.0)
    for _ in range(hours):
        first, length = random.integers(0, count), random.integers(1, 3 * count // hours)
        base[first : first + length] = random.choice([3, 8, 12, 77, 79, 85, 95, 110, -5])
    value = np.round(base + random.normal(0, 1.5, count))
    qc = (random.random(count) < 0.02).astype(float)
    frame = pd.DataFrame({"value": value, "qc": qc}, [at(float(each)) for each in seconds])
    frame.loc[random.random(count) < 0.01, "value"] = np.nan
    for _ in range(3):  # silences
        start = random.integers(0, hours * HOUR)
        frame = frame[~frame.index.to_series().between(at(start), at(start + 5_000))]
    return frame[frame.index < at(hours * HOUR)]


def expected(frame: pd.DataFrame, checks: Checks, start: int, stop: int) -> list[dict[str, Any]]:
    """Return the excursions by the plain loop."""
    bad = frame["qc"].ne(0) | ~frame["value"].between(checks.low, checks.high)
    value = frame["value"].mask(bad)
    seconds = ((frame.index - at(0)) / pd.Timedelta("1s")).astype(int)
    rows = [row for row in zip(seconds.tolist(), value.tolist(), strict=True) if row[0] < stop]
    return plain(rows, checks, start, stop, int(checks.gap_seconds or 0))


class One(NamedTuple):
    """What was found of one tag."""

    frame: pd.DataFrame
    source: str


def found(names: list[str], start: int, stop: int) -> list[Any]:
    questions = tuple(OutsideQuestion(name, RULES[name.partition("/")[0]]) for name in names)
    window = excursions.Stretch(at(start).value, at(stop).value)
    told = queries.every_excursion.function(questions, window)
    frames = [told.frame[told.frame["tag"] == place] for place in range(len(names))]
    tables = [frame.drop(columns="tag").reset_index(drop=True) for frame in frames]
    return [One(*pair) for pair in zip(tables, told.sources, strict=True)]


def filled(historian: Historian, hours: int = 30, seeds: int = 2) -> dict[str, pd.DataFrame]:
    """Write tags of every rule, and return their readings by name."""
    written = {}
    for name in RULES:
        for seed in range(seeds):
            frame = series(100 * seed + list(RULES).index(name), hours)
            written[f"{name}/{seed}"] = historian.write(frame, f"{name}/{seed}")
    return written


WINDOWS = [(0, 30 * HOUR), (5 * HOUR, 20 * HOUR), (7 * HOUR + 1_234, 9 * HOUR + 77), (600, 700)]


@pytest.mark.parametrize(("start", "stop"), WINDOWS)
@pytest.mark.parametrize("shape", ["own", "bare", "rolled"])
def test_excursions_are_those_of_all_readings_however_they_are_found(
    request: pytest.FixtureRequest, shape: str, start: int, stop: int
) -> None:
    historian = request.getfixturevalue("own" if shape == "own" else "bare")
    if shape != "own":
        historian.run("ALTER TABLE influx_hist ADD qc smallint")
    written = filled(historian)
    if shape == "own":
        historian.refresh()
    if shape == "rolled":
        rolled(historian, "influx_agg_1m", "influx_agg_1h")
    cache.forget()
    listed = found(list(written), start, stop)
    for (name, frame), one in zip(written.items(), listed, strict=True):
        assert_alike(one.frame, expected(frame, RULES[name.partition("/")[0]], start, stop))


@pytest.mark.one_server("without our own log no hour is surely quiet")
@pytest.mark.skipif(bool(TIMESCALE), reason="hours that no log of ours keeps are not believed")
def test_only_the_hours_that_are_not_quiet_are_read(
    own: Historian, monkeypatch: pytest.MonkeyPatch
) -> None:
    own.write(pd.DataFrame({"value": 50.0}, [at(20.0 * k) for k in range(5_400)]), "wide/0")
    own.write(pd.DataFrame({"value": [85.0]}, [at(10 * HOUR + 10)]), "wide/0")
    own.refresh()
    cache.forget()
    read = list[int]()
    ask = asking.readings

    def noted(asked: Any, of: Any, most: int) -> pd.DataFrame:
        read.append(int((of.stop - of.start).sum() / 1e9))
        return ask(asked, of, most)

    monkeypatch.setattr(asking, "readings", noted)
    (one,) = found(["wide/0"], 0, 30 * HOUR)
    assert one.frame["start"].tolist() == [at(10 * HOUR + 10)]
    assert one.source == "influx_hist"
    assert sum(read) == 2 * HOUR, "the hour, and the one in which it ends"


@pytest.mark.parametrize(("start", "stop"), WINDOWS)
@pytest.mark.parametrize("shape", ["own", "rolled"])
def test_with_too_many_readings_a_rollup_tells_the_same_times_and_extremes(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    shape: str,
    start: int,
    stop: int,
) -> None:
    historian = request.getfixturevalue("own" if shape == "own" else "bare")
    if shape == "rolled":
        historian.run("ALTER TABLE influx_hist ADD qc smallint")
    written = filled(historian)
    if shape == "own":
        historian.refresh()
    else:
        rolled(historian, "influx_agg_1m", "influx_agg_1h")
        historian.run("DELETE FROM influx_agg_1m")
        historian.run("DELETE FROM influx_agg_1h")
        for name in ("1m", "1h"):
            width = 60 if name == "1m" else HOUR
            historian.run(
                f"""
                INSERT INTO influx_agg_{name} (bucket, tag_name, n, min, max, last, first)
                SELECT date_bin('{width} s', ts, '1970-01-01 00:00+00'), tag_name, count(*),
                    min(value), max(value), (array_agg(value ORDER BY ts DESC))[1],
                    (array_agg(value ORDER BY ts))[1]
                FROM influx_hist WHERE value < 'Infinity' AND qc = 0 GROUP BY 1, 2
                """
            )
    cache.forget()
    monkeypatch.setattr(finding, "MOST_READINGS", 100)
    monkeypatch.setattr(finding, "MOST_OF_STRETCH", 10_000)
    for (name, frame), one in zip(written.items(), found(list(written), start, stop), strict=True):
        loop = expected(frame, RULES[name.partition("/")[0]], start, stop)
        if one.source != "influx_hist":
            assert one.source.startswith("influx_agg_1h"), one.source
            close = pd.Series([each["coverage"] for each in loop])
            apart = (one.frame["coverage"] - close).abs()
            assert ((apart < 0.1) | (apart * one.frame["seconds"] < 120)).all(), "by minutes"
            one.frame["coverage"] = close
        assert_alike(one.frame, loop)


def quiet_with_a_trip(historian: Historian, name: str = "wide/0") -> None:
    """Write thirty hours of readings, of which twelve minutes at the eleventh hour are too high."""
    frame = pd.DataFrame({"value": 50.0}, [at(20.0 * k) for k in range(5_400)])
    frame.loc[at(10 * HOUR + 600) : at(10 * HOUR + 1_300), "value"] = 85.0
    frame.loc[at(10 * HOUR + 900), "value"] = 97.0
    historian.write(frame, name)


def test_where_the_readings_are_gone_the_rollup_tells_and_the_answer_names_it(
    bare: Historian,
) -> None:
    bare.run("ALTER TABLE influx_hist ADD qc smallint")
    quiet_with_a_trip(bare)
    rolled(bare, "influx_agg_1m", "influx_agg_1h")
    bare.run("DELETE FROM influx_hist WHERE ts < %s", (at(20 * HOUR),))
    cache.forget()
    (one,) = found(["wide/0"], 0, 30 * HOUR)
    assert one.source == "influx_agg_1h, influx_agg_1m"
    (row,) = one.frame.itertuples()
    assert (row.start, row.stop) == (at(10 * HOUR + 600), at(10 * HOUR + 1_320)), "its minutes"
    assert (row.level, row.extreme, row.over) == (2, 97, 7)


@pytest.mark.parametrize("most", ["MOST_READ", "MOST_FINER"])
def test_what_turns_too_often_to_be_read_is_told_by_whole_buckets(
    own: Historian, monkeypatch: pytest.MonkeyPatch, most: str
) -> None:
    quiet_with_a_trip(own)
    own.refresh()
    cache.forget()
    monkeypatch.setattr(finding, "MOST_READINGS", 100)
    monkeypatch.setattr(composed, "MOST_READ", 0)
    if most == "MOST_FINER":
        monkeypatch.setattr(composed, most, 0)
    (one,) = found(["wide/0"], 0, 30 * HOUR)
    (row,) = one.frame.itertuples()
    assert "influx_hist" not in one.source
    assert (row.level, row.extreme, row.extreme_at) == (2, 97, at(10 * HOUR + 900))
    if most == "MOST_READ":
        assert one.source == "influx_agg_1h, influx_agg_1m"
        assert (row.start, row.stop) == (at(10 * HOUR + 600), at(10 * HOUR + 1_320))
    else:
        assert one.source == "influx_agg_1h"
        assert (row.start, row.stop) == (at(10 * HOUR), at(11 * HOUR))


def test_too_many_readings_without_a_rollup_are_refused(
    bare: Historian, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare.run("ALTER TABLE influx_hist ADD qc smallint")
    quiet_with_a_trip(bare)
    cache.forget()
    monkeypatch.setattr(finding, "MOST_OF_STRETCH", 100)
    with pytest.raises(BadInput) as refusal:
        found(["wide/0"], 0, 30 * HOUR)
    assert refusal.value.key == "too_many_readings"


def test_more_tags_take_no_more_statements(own: Historian, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"wide/{k}" for k in range(12)]
    for name in names:
        quiet_with_a_trip(own, name)
    own.refresh()
    asked = list[str]()
    copy = reading._copied

    def noted(sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return copy(sql, *rest)

    monkeypatch.setattr(reading, "_copied", noted)
    counts = []
    for some, most in ((names[:2], 200_000), (names, 200_000), (names[:2], 10), (names, 10)):
        monkeypatch.setattr(finding, "MOST_READINGS", most)
        cache.forget()
        queries.catalog()
        asked.clear()
        assert all(len(one.frame) == 1 for one in found(some, 0, 30 * HOUR))
        counts.append(len(asked))
    assert counts[0] == counts[1] and counts[2] == counts[3], counts


def test_a_tag_that_fell_silent_outside_is_still_on_with_no_coverage(own: Historian) -> None:
    own.write(pd.DataFrame({"value": [50.0, 95.0]}, [at(0), at(60)]), "wide/0")
    own.refresh()
    cache.forget()
    (one,) = found(["wide/0"], 10 * HOUR, 20 * HOUR)
    (row,) = one.frame.itertuples()
    assert (row.start, row.seconds, row.coverage) == (at(10 * HOUR), 10 * HOUR, 0)
    assert row.began_before and row.still_on
    assert (row.extreme, row.extreme_at) == (95, at(60))


@pytest.mark.parametrize("start", [30 * 60, HOUR + 30 * 60, 2 * HOUR + 60])
def test_a_reading_stands_until_the_next_one_where_hours_hold_bad_ones_alone(
    own: Historian, start: int
) -> None:
    minutes = np.arange(0, 6 * 60)
    bad = (minutes >= 120) & (minutes < 240)
    value = np.where(minutes < 60, 50.0, np.where(minutes < 240, 95.0, 50.0))
    frame = pd.DataFrame({"value": value, "qc": bad.astype(float)}, [at(60.0 * m) for m in minutes])
    own.write(frame, "high alone/0")
    own.refresh()
    cache.forget()
    (one,) = found(["high alone/0"], start, 5 * HOUR)
    assert_alike(one.frame, expected(frame, RULES["high alone"], start, 5 * HOUR))
    assert one.source == "influx_hist"
