"""Coverage and gaps of a view are one at every resolution, and exact while readings are few."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data import queries
from data.buckets import resolution
from data.db import cache
from data.db.pool import reading
from data.views import TagSeries, histories, indicator_series, rows
from data.views.view import View
from tests.support.historians import START, ZONE, Historian, rolled
from tests.support.spacings import Regimes

pytestmark = pytest.mark.db
WEEK = timedelta(days=7)


def series(
    tag: str, token: str | None, start: datetime = START, length: timedelta = WEEK, **others: object
) -> TagSeries:
    """Return what a view of one tag shows, at a resolution, raw, or as pixels choose."""
    width = resolution(token) if token else None
    stop = start + length
    asked = {"now": datetime.now(UTC), "zone": ZONE, "live": False, "resolution": width, **others}
    pixels = None if token else 4_000
    ((item,), _) = histories(View((tag,), start, stop, pixels=pixels, **asked))
    return item


def write(historian: Historian, seconds: np.ndarray, tag: str = "D1") -> None:
    times = pd.DatetimeIndex(START + pd.to_timedelta(seconds, unit="s")).round("us")
    historian.write(pd.DataFrame({"value": 1.0 + np.arange(len(times)) % 7}, times), tag)


def times(stop: datetime, few: bool = True) -> queries.Times:
    """Return the times of the readings of D1 from START on."""
    return queries.Times(queries.request("D1", None, START, stop, ZONE), few=few)


def noted_copies(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the statements that are read by COPY from now on, as they come."""
    asked: list[str] = []
    copied = reading._copied

    def noted(sql: str, values: Any, name: str | None = None) -> memoryview:
        asked.append(sql)
        return copied(sql, values, name)

    monkeypatch.setattr(reading, "_copied", noted)
    return asked


def ruled(historian: Historian, gap: int, tag: str = "D1") -> None:
    sql = "INSERT INTO influx_qc_rule (tag_name, max_gap_seconds, min_val, max_val)"
    historian.run(f"{sql} VALUES (%s, %s, -1000, 1000)", (tag, gap))


HALVES = np.array([t for t in range(0, 7 * 86_400, 300) if t % 3_600 < 1_800])


@pytest.mark.parametrize("refreshed", [True, False])
def test_a_tag_silent_half_of_each_hour_is_half_covered_at_every_resolution(
    own: Historian, refreshed: bool
) -> None:
    write(own, HALVES)
    ruled(own, 600)
    if refreshed:
        own.refresh()
    found = {token: series("D1", token) for token in (None, "5m", "1h", "1d")}
    assert found[None].resolution == "raw"
    for token, item in found.items():
        assert item.coverage == pytest.approx(0.5), token
        assert item.presence.gaps_from is None
        assert len(item.gaps) == 168, token
        assert set(item.gaps.frame["seconds"]) == {2_100.0}, token
        assert (item.gaps.frame["start"].dt.minute == 25).all()
    for token in (None, "5m"):
        assert found[token].with_breaks["n"].isna().sum() == 167
    for token in ("1h", "1d"):  # no bucket is empty: there is nothing to break at
        assert found[token].with_breaks["n"].isna().sum() == 0
        # The last day of Seoul goes on past the window, and past the last reading.
        np.testing.assert_allclose(found[token].bucket_coverage[:-1], 0.5)


def test_indicators_say_the_same_coverage_and_gaps(own: Historian) -> None:
    write(own, HALVES)
    ruled(own, 600)
    own.refresh()
    asked = {"now": datetime.now(UTC), "zone": ZONE, "live": False}
    item = indicator_series(
        View(("D1",), START, START + WEEK, resolution=resolution("10m"), **asked)
    )
    assert (item.coverage, len(item.gaps)) == (pytest.approx(0.5), 168)
    assert item.with_breaks["n"].isna().sum() == 167


@pytest.mark.parametrize("token", ["1m", "10m", "1h"])
def test_beyond_200_000_readings_gaps_are_those_of_buckets_and_coverage_is_as_it_was(
    own: Historian, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = np.arange(0, 2 * 86_400, 30)
    hole = (seconds > 40_000) & (seconds < 48_000)
    write(own, seconds[~hole])
    ruled(own, 120)
    own.refresh()
    length = timedelta(days=2)
    exact = series("D1", token, length=length)
    monkeypatch.setattr(queries, "MOST_READINGS", 1_000)
    cache.forget()
    item = series("D1", token, length=length)
    assert item.coverage == pytest.approx(exact.coverage, abs=1e-3)
    assert exact.coverage == pytest.approx(1 - 7_980 / 172_800, abs=1e-3)
    width = resolution(token).seconds
    assert item.presence.gaps_from == 120 + 2 * width
    assert exact.gaps.frame["seconds"].tolist() == [8_010.0]
    (at_least,) = item.gaps.frame["seconds"]
    assert 8_010 - 2 * width < at_least <= 8_010
    assert item.with_breaks["n"].isna().sum() == exact.with_breaks["n"].isna().sum() == 1


@pytest.mark.parametrize("token", ["10m", "1h", "6h", "1d"])
def test_readings_that_are_gone_are_no_gap_where_rollups_tell_of_them(
    bare: Historian, token: str
) -> None:
    """As where readings are kept for a while only: what is left of them is few, and no whole."""
    seconds = np.arange(-86_400, 8 * 86_400, 60)
    hole = (seconds > 86_400) & (seconds < 86_400 + 6 * 3_600)
    write(bare, seconds[~hole])
    rolled(bare, "influx_agg_1m", "influx_agg_10m", "influx_agg_1h", "influx_agg_1d")
    cache.forget()
    whole = series("D1", token)
    bare.run("DELETE FROM influx_hist WHERE ts < %s", (START + timedelta(days=4),))
    cache.forget()
    item = series("D1", token)
    assert item.gone == START + timedelta(days=4)
    assert item.coverage == pytest.approx(whole.coverage, abs=2e-3)
    assert item.coverage == pytest.approx(1 - 6 / (7 * 24), abs=5e-3)
    told = [] if token in ("6h", "1d") else [pytest.approx(6 * 3_600, abs=2 * item.seconds)]
    assert item.gaps.frame["seconds"].tolist() == told
    assert item.presence.gaps_from is not None


@pytest.mark.parametrize("token", [None, "1m", "1h"])
def test_a_tag_that_became_faster_is_whole_and_says_so(own: Historian, token: str | None) -> None:
    write(own, np.concatenate([np.arange(0, 43_200, 60), np.arange(43_200, 86_400, 1)]))
    own.refresh()
    item = series("D1", token, length=timedelta(days=1))
    assert item.coverage == pytest.approx(1, abs=2e-3)
    assert item.presence.expectation.change == (60, 1)
    assert not len(item.gaps)


@pytest.mark.parametrize("steps", [(60, 5), (5, 60)])
def test_a_change_within_a_twelfth_is_told_alike_at_every_resolution(
    own: Historian, steps: tuple[int, int]
) -> None:
    length, changed = 2 * 86_400.0, 1.71 * 86_400
    changed = changed // 60 * 60
    holes = ((50_000.0 // 60 * 60, 53_000.0 // 60 * 60), (changed + 3_600, changed + 4_800))
    regimes = Regimes(steps, (0, changed, length), holes)
    write(own, regimes.seconds)
    own.refresh()
    expected = [(START + timedelta(seconds=a), START + timedelta(seconds=b)) for a, b in holes]
    assert [pytest.approx(pair) for pair in regimes.gaps(length)] == list(holes)
    for token in (None, "1m", "10m", "1h", "1d"):
        item = series("D1", token, length=timedelta(days=2))
        pairs = zip(item.gaps.frame["start"], item.gaps.frame["stop"], strict=True)
        assert list(pairs) == expected, token
        assert item.coverage == pytest.approx(regimes.coverage(length), abs=1e-3), token
        assert item.presence.expectation.change == steps


@pytest.mark.parametrize("token", ["1m", "10m", "1h"])
def test_beyond_200_000_readings_a_change_within_a_twelfth_takes_nothing_from_coverage(
    own: Historian, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    regimes = Regimes((60, 5), (0, 1.71 * 86_400 // 60 * 60, 2 * 86_400.0))
    write(own, regimes.seconds)
    own.refresh()
    monkeypatch.setattr(queries, "MOST_READINGS", 1_000)
    item = series("D1", token, length=timedelta(days=2))
    assert item.presence.gaps_from is not None
    assert item.coverage == pytest.approx(1, abs=1e-3)
    assert not len(item.gaps)


@pytest.mark.parametrize("token", [None, "2m", "1h", "1d"])
def test_nothing_is_expected_before_the_first_reading(own: Historian, token: str | None) -> None:
    write(own, np.arange(2.25 * 86_400, 4 * 86_400, 60))
    own.refresh()
    item = series("D1", token, length=timedelta(days=4))
    assert item.coverage == pytest.approx(1)
    assert item.presence.since == START + timedelta(days=2.25)
    assert not len(item.gaps)
    later = series("D1", token, START + timedelta(days=3), timedelta(days=1))
    assert later.presence.since is None


def test_a_period_of_the_description_wins(own: Historian) -> None:
    write(own, np.arange(0, 86_400, 60))
    own.run(
        "INSERT INTO influx_tag (tag_id, tag_name, meta)"
        """ VALUES (1, 'D1', '{"period_seconds": 30}')"""
    )
    assert series("D1", "10m", length=timedelta(days=1)).coverage == pytest.approx(0.5)


def test_a_tag_that_reports_by_exception_has_no_coverage(own: Historian) -> None:
    steps = np.random.default_rng(2).choice([1, 1_000], 4_000, p=[0.8, 0.2])
    write(own, np.cumsum(steps))
    for token in ("10m", "1h"):
        item = series("D1", token, length=timedelta(days=5))
        assert np.isnan(item.coverage)
        assert item.presence.expectation.irregular


def test_the_rows_of_a_file_have_the_coverage_of_their_bucket(own: Historian) -> None:
    write(own, np.concatenate([np.arange(0, 3_600, 10), np.arange(3_600, 5_400, 10)]))
    item = series("D1", "1h", length=timedelta(hours=2))
    table = rows([item], item.until)
    assert table["coverage"].tolist() == pytest.approx([0.5, 1.0])
    single = rows([series("D1", None, length=timedelta(minutes=30))], item.until)
    assert single["coverage"].isna().all()


def test_a_bucket_that_fills_is_due_what_could_have_come_so_far(own: Historian) -> None:
    write(own, np.arange(0, 5_400, 10))
    now = START + timedelta(seconds=5_400)
    item = series("D1", "1h", length=timedelta(hours=2), now=now)
    assert item.bucket_coverage.tolist() == pytest.approx([1, 1])
    assert item.coverage == pytest.approx(1)


@pytest.mark.parametrize("changed", [timedelta(hours=1), timedelta(days=2)])
def test_a_long_window_knows_how_far_apart_readings_are_now(
    own: Historian, changed: timedelta
) -> None:
    stop = START + timedelta(days=365, minutes=7)
    early = np.arange(0, (stop - changed - START).total_seconds(), 3_600)
    write(own, np.append(early, early[-1] + 5 * np.arange(1, changed.total_seconds() // 5)))
    item = queries.expectation("D1", START, stop, times(stop))
    assert item.change == (3_600, 5)


@pytest.mark.parametrize("seed", range(4))
def test_the_times_at_hand_say_what_the_historian_would_say_of_spacings(
    own: Historian, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    starts = (0, *np.sort(rng.integers(3_600, 6 * 86_400, 3)), 7 * 86_400)
    regimes = Regimes(tuple(rng.permutation([10, 60, 300, 900])), starts, ((90_000, 99_000),))
    write(own, regimes.seconds + rng.uniform(0, 0.3, len(regimes.seconds)))
    stop = START + WEEK
    asked = noted_copies(monkeypatch)
    of_readings = queries.expectation("D1", START, stop, times(stop))
    assert len(asked) == 2, "looks at the edges of the parts, and the times of the readings"
    cache.forget()
    of_looks = queries.expectation("D1", START, stop, times(stop, few=False))
    assert len(asked) > 3
    for name in ("edges", "since", "spacings"):
        np.testing.assert_array_equal(getattr(of_readings, name), getattr(of_looks, name))
    assert (of_readings.first, of_readings.irregular) == (of_looks.first, of_looks.irregular)


def test_the_newest_spacing_is_that_at_the_end_of_what_is_expected(own: Historian) -> None:
    write(own, Regimes((60, 5), (0, 2 * 86_400, 3 * 86_400)).seconds)
    stop = START + timedelta(days=3)
    assert queries.newest_spacing("D1", START, stop) == pytest.approx(5)
    assert queries.expectation("D1", START, stop, times(stop)).newest_spacing == pytest.approx(5)
    assert queries.newest_spacing("D1", START, stop, 7.0) == 7
    assert queries.newest_spacing("no", START, stop) is None


def test_a_young_window_that_was_empty_is_asked_about_again(own: Historian) -> None:
    own.run("INSERT INTO influx_tag (tag_name) VALUES ('D1')")
    write(own, np.arange(0, 600, 10), "other")
    ruled(own, 60)
    assert np.isnan(series("D1", "1m", length=timedelta(minutes=10)).coverage)
    write(own, np.arange(0, 600, 10))
    stop = START + timedelta(minutes=10)
    item = queries.expectation("D1", START, stop, times(stop))
    assert set(item.spacings) == {10.0}


def test_runs_of_many_readings_end_where_these_are_too_far_apart(own: Historian) -> None:
    seconds = np.cumsum(np.random.default_rng(5).choice([0.001, 7, 60], 3_000))
    write(own, seconds)
    asked = queries.request("D1", None, START, START + WEEK, "UTC")
    edges = tuple(pd.date_range(START, START + WEEK, 8).as_unit("ns").asi8.tolist())
    each = queries.runs(asked, ((0, -1.0),), edges, queries.Times(asked))
    at = pd.DatetimeIndex(START + pd.to_timedelta(seconds, unit="s")).round("us")
    inside = at[at < START + WEEK].as_unit("ns").asi8.tolist()
    assert each.start.tolist() == each.end.tolist() == inside
    for k, (low, high) in enumerate(itertools.pairwise(pd.date_range(START, periods=8))):
        assert each.counts[k] == ((at >= low) & (at < high)).sum()
    expected, start = [], at[0]
    for before, after in itertools.pairwise(at):
        if (after - before).total_seconds() > 30:
            expected.append((start, before))
            start = after
    found = queries.runs(asked, ((0, 30.0),), edges, queries.Times(asked))
    ends = (pd.DatetimeIndex(each, tz=UTC) for each in (found.start, found.end))
    assert list(zip(*ends, strict=True)) == [*expected, (start, at[-1])]


def test_of_no_readings_there_is_no_run(own: Historian) -> None:
    asked = queries.request("no", None, START, START + WEEK, "UTC")
    found = queries.runs(asked, ((0, 1.0), (1, 2.0)), (0, 1, 2), queries.Times(asked))
    assert (len(found.start), len(found.end), found.counts.tolist()) == (0, 0, [0, 0])


@pytest.mark.parametrize("kind", ["value", "state", "counter", "angle"])
def test_who_looks_again_at_a_live_window_asks_nothing_of_the_historian(
    own: Historian, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The bounds of what was read moved with each look, so that every viewer read it anew."""
    own.run(
        "INSERT INTO influx_hist (ts, tag_name, value) SELECT now() - n * interval '5 s', 'D1', n"
        " FROM generate_series(0, 17280) n"
    )
    own.run("INSERT INTO influx_tag (tag_name, meta) VALUES ('D1', %s)", (f'{{"kind": "{kind}"}}',))
    own.refresh()
    asked = noted_copies(monkeypatch)

    def look() -> None:
        now = datetime.now(UTC)
        view = View(
            ("D1",), now - timedelta(days=1), now, now=now, zone=ZONE, live=True, pixels=800
        )
        histories(view)

    # Answers about now are shared for two seconds: of a few looks some begin a new one.
    each = []
    for _ in range(6):
        asked.clear()
        look()
        each.append(len(asked))
    assert each[0] > 0
    assert min(each[1:]) == 0, each
