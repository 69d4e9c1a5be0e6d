"""Excursions of readings that are gone: those of a plain loop over the minutes that are left."""

import random
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from data import queries
from data.analysis import excursions
from data.analysis.checks import ACTIVE, Checks, Limits
from data.db import cache
from data.queries import OutsideQuestion
from data.queries.outside import finding
from data.views.judging import readings_before
from tests.support.excursions import at, of_buckets
from tests.support.historians import Historian, rolled

pytestmark = pytest.mark.db
HOUR, MINUTE = 3_600, 60
BOTH = Limits(lo_lo=5, lo=10, hi=80, hi_hi=90)
RULES = [
    Checks(ACTIVE, 0, 0, 100, limits=BOTH, deadband=2.0, gap_seconds=60),
    Checks(ACTIVE, limits=Limits(lo=20, hi=80), deadband=1.0, gap_seconds=60),
    Checks(ACTIVE, 0, 0, 100, limits=Limits(hi=70), deadband=9.0, gap_seconds=300),
    Checks(ACTIVE, 0, 0, 100, limits=Limits(lo_lo=8, hi_hi=85), deadband=20.0, gap_seconds=60),
]
VALUES = [3, 5, 8, 10, 11, 12, 12.5, 30, 50, 50, 50, 77, 78, 79, 80, 85, 88, 90, 95]


def wandering(seed: int, hours: int) -> list[tuple[int, float]]:
    """Return readings [s] about the limits, with silences, some of them BAD."""
    rnd = random.Random(seed)
    spacing, held, is_bad = (
        rnd.choice([20, 60, 300, 900]),
        rnd.choice([1, 3, 20]),
        rnd.random() / 30,
    )
    rows, second, value = list[tuple[int, float]](), rnd.randint(0, spacing), 50.0
    while second < hours * HOUR:
        value = value if rnd.random() > 1 / held else float(rnd.choice(VALUES))
        rows.append((second, -5.0 if rnd.random() < is_bad else value))
        second += rnd.randint(1, 2 * spacing)
        second += rnd.randint(HOUR // 2, 3 * HOUR) if rnd.random() < 0.02 else 0
    return rows


def write(historian: Historian, name: str, rows: Iterable[tuple[int, float]]) -> None:
    seconds, values = zip(*rows, strict=True)
    historian.write(pd.DataFrame({"value": values}, [at(each) for each in seconds]), name)


def asked(names: list[str], rules: list[Checks], start: int, stop: int) -> list[pd.DataFrame]:
    """Return the excursions of each tag."""
    questions = tuple(OutsideQuestion(*pair) for pair in zip(names, rules, strict=True))
    cache.forget()
    window = excursions.Stretch(at(start).value, at(stop).value)
    frame = queries.every_excursion.function(questions, window).frame
    return [frame[frame["tag"] == place] for place in range(len(names))]


def spans(frame: pd.DataFrame, stop: int) -> list[tuple[float, float]]:
    """Return excursions as seconds, from when to when."""
    ends = frame["stop"].fillna(at(stop))
    pairs = ((each - at(0)).dt.total_seconds() for each in (frame["start"], ends))
    return list(zip(*(each.tolist() for each in pairs), strict=True))


@pytest.mark.parametrize("seed", range(4))
def test_excursions_of_minutes_alone_are_those_of_a_plain_loop(bare: Historian, seed: int) -> None:
    names, hours = [f"T{place}" for place in range(12)], 12
    rules = [RULES[place % len(RULES)] for place in range(12)]
    rows = [wandering(100 * seed + place, hours) for place in range(12)]
    for pair in zip(names, rows, strict=True):
        write(bare, *pair)
    rolled(bare, "influx_agg_1m", "influx_agg_1h")
    bare.run("DELETE FROM influx_hist")
    told = asked(names, rules, 0, hours * HOUR)
    for mine, frame, checks in zip(rows, told, rules, strict=True):
        assert spans(frame, hours * HOUR) == of_buckets(mine, checks, MINUTE, hours * HOUR)


def test_a_bucket_that_ends_inside_ends_an_excursion_whatever_silence_follows(
    bare: Historian,
) -> None:
    write(bare, "T", [(0, 50), (605, 85), (630, 50), (9 * HOUR, 50), (9 * HOUR + 60, 85)])
    rolled(bare, "influx_agg_1m", "influx_agg_1h")
    bare.run("DELETE FROM influx_hist")
    (frame,) = asked(["T"], RULES[:1], 0, 10 * HOUR)
    assert spans(frame, 10 * HOUR) == [(600, 660), (9 * HOUR + 60, 10 * HOUR)]
    assert frame["coverage"].tolist() == [1, pytest.approx(120 / (HOUR - 60))]
    assert not asked(["T"], RULES[:1], 2 * HOUR, 8 * HOUR)[0].size


def test_each_limit_stands_as_its_own_number_of_an_hour_says(bare: Historian) -> None:
    """The last value lies in the zone of the high limit, so that the greatest one decides it."""
    write(bare, "set", [(0, 50), (60, 85), (120, 79), (5 * HOUR, 50)])
    write(bare, "reset", [(0, 3), (60, 50), (120, 77), (5 * HOUR, 50)])
    write(bare, "low", [(0, 50), (60, 4), (120, 6), (5 * HOUR, 50)])
    rolled(bare, "influx_agg_1m", "influx_agg_1h")
    bare.run("DELETE FROM influx_hist WHERE ts < %s", (at(4 * HOUR),))
    rules = [RULES[0], RULES[3], RULES[0]]
    *every, off = asked(["set", "low", "reset"], [*rules[::2], rules[1]], 2 * HOUR, 3 * HOUR)
    for on, level in zip(every, (1, 2), strict=True):
        assert spans(on, 3 * HOUR) == [(2 * HOUR, 3 * HOUR)] and on["began_before"].all()
        assert on["level"].tolist() == [level]
    assert not len(off), "77 is inside the low limit, which the least value had set"
    tag = queries.tags()["set"]
    before = readings_before(replace(tag, checks=RULES[0]), at(2 * HOUR).to_pydatetime())
    assert before["value"].tolist() == [85, 79]


def test_a_bad_value_of_an_hour_decides_no_limit(bare: Historian) -> None:
    """The hour after it sets the low limit in its middle, and is looked at by minutes."""
    late = [(HOUR + 10 * each, 20.0) for each in range(180)]
    low = [(HOUR + 1_800 + 10 * each, 5.0) for each in range(180)]
    write(bare, "T", [(0, 50), (30, 90), (1_800, 20), (3_000, -5), *late, *low])
    rolled(bare, "influx_agg_1m", "influx_agg_1h")
    bare.run("DELETE FROM influx_hist")
    (frame,) = asked(["T"], [RULES[3]], 0, 2 * HOUR)
    assert spans(frame, 2 * HOUR) == [(0, 1_800), (HOUR + 1_800, 2 * HOUR)]
    assert not np.isnan(frame["extreme"]).any()


def test_what_stood_at_the_start_is_the_last_reading_before_it_where_buckets_tell(
    bare: Historian, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the farthest one of its bucket, and not lost in a bucket that begins just there."""
    monkeypatch.setattr(finding, "MOST_READINGS", 10)
    start = HOUR + 600
    set_on = [(0, 50), (start - 400, 85)]
    earlier = [*set_on, (start - 50, 89), (start - 10, 81)]
    write(bare, "less", [*earlier, *((start + 30 + each, 80) for each in range(100))])
    worst = [*set_on, (start - 50, 81), (start - 10, 89)]
    write(bare, "more", [*worst, *((start + 30 + each, 81) for each in range(100))])
    rolled(bare, "influx_agg_1m", "influx_agg_1h")
    for is_gone in (False, True):
        less, more = asked(["less", "more"], RULES[:1] * 2, start, start + 300)
        stood = 80 if is_gone else 81  # a bucket that is left counts from its start
        assert [*less["extreme"], *less["level"], *less["began_before"]] == [stood, 1, True]
        if not is_gone:
            assert less["extreme_at"].tolist() == [at(start - 10)]
            assert [*more["extreme"], *more["extreme_at"]] == [89, at(start - 10)]
        bare.run("DELETE FROM influx_hist")


def test_a_reading_stands_as_long_as_readings_that_are_gone_were_apart(bare: Historian) -> None:
    """Without a gap in the rule: five slow readings above are known throughout."""
    write(bare, "T", [(each, 85 if 3_000 <= each < 4_500 else 50) for each in range(0, 9_000, 300)])
    rolled(bare, "influx_agg_1m", "influx_agg_1h")
    bare.run("DELETE FROM influx_hist")
    (frame,) = asked(["T"], [replace(RULES[0], gap_seconds=None)], 0, 3 * HOUR)
    assert spans(frame, 3 * HOUR) == [(3_000, 4_500)]
    assert frame["coverage"].tolist() == [1.0]


def test_what_stood_before_a_silent_window_names_the_rollup_that_told_it(bare: Historian) -> None:
    write(bare, "T", [(0, 50), (HOUR + 60, 85), (HOUR + 120, 86)])
    rolled(bare, "influx_agg_1m", "influx_agg_1h")
    questions = (OutsideQuestion("T", RULES[0]),)
    window = excursions.Stretch(at(3 * HOUR).value, at(5 * HOUR).value)
    for source in ("influx_hist", "influx_agg_1h"):
        cache.forget()
        told = queries.every_excursion.function(questions, window)
        assert (len(told.frame), told.sources) == (1, (source,))
        bare.run("DELETE FROM influx_hist")
