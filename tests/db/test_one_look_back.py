"""Card, details, chart, table and file say the same of a reading: what plain loops say."""

import statistics
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import psycopg2.extras
import pytest

from api.csv_rows import TREND, document
from data import export, queries
from data.analysis import alarms, quality, rules
from data.analysis.rules import Rule
from data.db import cache, lanes, pool
from data.export.rows import reading_rows
from data.views import every_history, overview, rows
from data.views.view import view
from tests.support.decimals import by_hand
from tests.support.historians import Historian

pytestmark = pytest.mark.db

SPACING = 5.0
GAP = 21
RULE = Rule(
    "", 0, 100, warn_min=20, warn_max=80, crit_min=10, crit_max=90, max_step=25,
    roc_max_per_min=400, spike_zscore=6, deadband_pct=2, max_gap_seconds=GAP, flat_seconds=60,
)  # fmt: skip
NAN = float("nan")
BAD = quality.MISSING | quality.SPAN | quality.NEGATIVE | quality.SOURCE


@dataclass
class Series:
    """Readings of one tag by time: how old they are now [s], value, flag of the source."""

    age: np.ndarray
    value: np.ndarray
    qc: np.ndarray


def series(random: np.random.Generator, *stretches: tuple[str, int]) -> Series:
    """Return stretches of readings, the last one newest: calm, bad (out of span), mixed."""
    parts = []
    for kind, count in stretches:
        value = np.round(50 + np.cumsum(random.normal(0, 2, count)), 1)
        value = 50 + (value - 50) % 34 * random.choice([1.0, 1.15])
        if kind == "bad":
            value = random.choice([150.0, -3.0, 500.0, np.inf, 1e200, NAN], count)
        if kind == "mixed":
            odd = random.random(count) < 0.4
            value = np.where(odd, random.choice([150.0, NAN, 79.0, 89.5, 95.0, 5.0], count), value)
        if kind == "flat":
            value = np.full(count, 42.0)
        parts.append(value)
    value = np.concatenate(parts)
    age = np.arange(len(value))[::-1] * SPACING + 1
    age[: len(value) // 2] += random.choice([0.0, 60.0])  # a gap in the middle
    return Series(age, value, np.where(random.random(len(value)) < 0.1, 4, 0))


SHAPES = {
    "calm": [("calm", 400)],
    "young": [("calm", 7)],
    "mixed": [("mixed", 900)],
    "flat": [("calm", 80), ("flat", 40)],
    "flat and young": [("flat", 9)],
    "after 600 bad": [("calm", 80), ("bad", 600), ("calm", 1)],
    "in 600 bad": [("calm", 80), ("bad", 600)],
    "after 4980 bad": [("calm", 80), ("bad", 4_980), ("calm", 12)],
    "after 6000 bad": [("calm", 80), ("bad", 6_000), ("calm", 3)],
    "in 6000 bad": [("calm", 80), ("bad", 6_000)],
    "few among bad": [("mixed", 300), ("bad", 4_700), ("mixed", 40), ("bad", 500), ("calm", 5)],
}


def expected(made: Series, first: int) -> list[tuple[str, int]]:
    """Return alarm and reasons of each reading from `first` on, as docs/definitions.md words it."""
    return [(level(made, place), reasons(made, place)) for place in range(first, len(made.value))]


def alone(value: float, qc: int) -> int:
    found = quality.SOURCE if qc else 0
    if not np.isfinite(value):
        return found | quality.MISSING
    return found | (quality.SPAN if not 0 <= value <= 100 or abs(value) >= 1e140 else 0)


def trusted_before(made: Series, place: int) -> list[int]:
    """Return the last 60 readings before one that are not BAD, of the 5,000 before it."""
    before = range(max(0, place - 5_000), place)
    return [k for k in before if not alone(made.value[k], made.qc[k])][-60:]


def reasons(made: Series, place: int) -> int:
    value, found = made.value[place], alone(made.value[place], made.qc[place])
    if found & BAD:
        return found
    before = trusted_before(made, place)
    if before:
        change = abs(value - made.value[before[-1]])
        seconds = made.age[before[-1]] - made.age[place]
        if seconds <= GAP:
            found |= quality.STEP if change > 25 else 0
            found |= quality.RATE if 60 * change > 400 * seconds else 0
    if len(before) >= 10:
        last = [made.value[k] for k in before]
        middle = statistics.median(last)
        step = 10.0 ** -max(by_hand(each) for each in [*last, value])
        least = max(min(step, 0.05 * 100), 0.001 * 100)
        spread = max(statistics.median(abs(each - middle) for each in last), least)
        found |= quality.SPIKE if 0.6745 * abs(value - middle) > 6 * spread else 0
    good = [k for k in range(place + 1) if not alone(made.value[k], made.qc[k])]
    while good and good[0] < place - 5_000:
        good.pop(0)
    span = [k for k in good if made.age[k] <= made.age[place] + 60]
    reaches = made.age[good[0]] >= made.age[place] + 60
    if reaches and len(span) >= 3 and len({made.value[k] for k in span}) == 1:
        found |= quality.STUCK
    return found


def level(made: Series, place: int) -> str:
    """Return the alarm by four latches, each decided by the newest reading that is seen."""
    seen = trusted_before(made, place)[-60:]
    seen += [] if alone(made.value[place], made.qc[place]) else [place]
    day = [k for k in range(place + 1) if made.age[k] - made.age[place] <= 86_400]
    every = sorted({*seen, *(k for k in day if not alone(made.value[k], made.qc[k]))}, reverse=True)
    if not every:
        return "UNJUDGED"
    worst = "NORMAL"
    for limit, sign, word in ((20, -1, "WARNING"), (80, 1, "WARNING"), (10, -1, "CRITICAL"),
                              (90, 1, "CRITICAL")):  # fmt: skip
        for k in every:
            value = made.value[k]
            if sign * value >= sign * limit:
                worst = word
                break
            if sign * value < sign * limit - 2:
                break
    return worst


@pytest.fixture(params=[11, 12])
def made(own: Historian, request: pytest.FixtureRequest) -> Iterator[dict[str, Series]]:
    """Readings of every shape in a historian of our own, rules included, newest a second old."""
    random = np.random.default_rng(request.param)
    every = {name: series(random, *shape) for name, shape in SHAPES.items()}
    with own.connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        now = pd.Timestamp(cursor.fetchone()[0])
        for name, each in every.items():
            row = rules.as_row(RULE) | {"tag_name": name}
            columns = ", ".join(row)
            holes = ", ".join(f"%({column})s" for column in row)
            cursor.execute(f"INSERT INTO influx_qc_rule ({columns}) VALUES ({holes})", row)
            times = now - pd.to_timedelta(each.age, unit="s")
            values = zip(
                times, [name] * len(times), each.value.tolist(), each.qc.tolist(), strict=True
            )
            psycopg2.extras.execute_values(
                cursor, "INSERT INTO influx_hist (ts, tag_name, value, qc) VALUES %s",
                [(ts.to_pydatetime(), *rest) for ts, *rest in values], page_size=5_000,
            )  # fmt: skip
    own.drop("influx_agg_1h")  # then the look-back is of readings, as the oracle's
    cache.forget()
    yield every
    cache.forget()


def test_one_reading_has_one_quality_and_one_alarm_wherever_it_is_shown(
    made: dict[str, Series],
) -> None:
    for _again in range(2):  # what an earlier look-back found is gone on from
        queries.recent.expire(tuple(queries.tags()), overview.REFERENCE_S)
        card = overview.now(queries.tags()).states
        for name, each in made.items():
            ((alarm, bits),) = expected(each, len(each.value) - 1)
            assert alarms.ALARMS[int(card.loc[name, "alarm"])] == alarm, name
            assert int(card.loc[name, "reasons"]) == bits, name
    now = queries.latest(("calm",)).attrs["now"]
    for name, each in made.items():
        count = min(len(each.value), 40)
        start = now - pd.Timedelta(seconds=float(each.age[-count]) + 2)
        asked = view({"tag": name, "start": start.isoformat(), "stop": now.isoformat()}, now, "UTC")
        (chart,) = every_history(asked)
        told = expected(each, len(each.value) - len(chart.frame))
        words = ["BAD" if bits & BAD else "SUSPECT" if bits else "GOOD" for _alarm, bits in told]
        assert [quality.QUALITIES[code] for code in chart.marks().quality.tolist()] == words, name
        table = rows([chart], now)
        assert table["quality"].tolist() == words[::-1], name
        text = document(table, TREND).decode().splitlines()[1:]
        assert [line.split(",")[TREND.index("quality")] for line in text] == words[::-1], name
        levels, bad = overview._levels(queries.tags()[name], start, now, "UTC")[:2]
        tail = levels.iloc[-len(told) :]
        assert [alarms.ALARMS[int(code)] for code in tail] == [alarm for alarm, _bits in told], name
        assert bad.iloc[-len(told) :].tolist() == [word == "BAD" for word in words], name


@pytest.mark.parametrize("most", [97, 16_384])
def test_the_file_of_readings_says_it_of_each_over_every_seam(
    made: dict[str, Series], most: int
) -> None:
    now = queries.latest(("calm",)).attrs["now"]
    for name, each in made.items():
        count = min(len(each.value), 40)
        start = now - pd.Timedelta(seconds=float(each.age[-count]) + 60)
        bounds = {"start": [start.isoformat()], "stop": [now.isoformat()]}
        columns = {"columns": ["quality,reasons,alarm,hi_hi"]}
        asked = export.question({"tag": [name], **columns, **bounds}, now, "UTC")
        with lanes.within("export"), pool.snapshot() as state:
            batches = list(reading_rows(asked, asked.tags[0], state, most))
        found = [tuple(row.values()) for batch in batches for row in batch.to_pylist()]
        wanted = []
        for alarm, bits in expected(each, len(each.value) - len(found)):
            word = "BAD" if bits & BAD else "SUSPECT" if bits else "GOOD"
            wanted.append((word, " ".join(quality.reason_keys(bits)), alarm, RULE.crit_max))
        assert found == wanted, name
        assert len(found) >= count, name
