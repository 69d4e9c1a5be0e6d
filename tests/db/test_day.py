"""The last day on a card: each hour by the worst that it contained, whatever it is read from."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from api import letters
from data import queries
from data.analysis.rules import Rule
from data.db import HistorianUnavailable, cache
from data.queries import look_back
from data.views import day
from tests.conftest import TIMESCALE
from tests.db.test_overview_details import now, put, steps
from tests.support.historians import Historian, bare, rolled

pytestmark = pytest.mark.db
__all__ = ["bare"]
RULES = {
    "A": Rule("A", 0, 200, crit_min=80, warn_min=90, warn_max=110, crit_max=118),
    "B": Rule("B", 70, 130, warn_max=112, crit_max=121),
    "C": Rule("C", 0, 200, warn_min=85),
}
ORDER = ["C", "B", "W", "N", "U"]


def days() -> dict[str, str]:
    """Return the letters of each tag's last 24 hours."""
    cache.forget()
    tags = queries.tags()
    found = letters.day_letters(*(day.last_day(tags) or (None, None))[:2])["days"]
    return dict(zip(tags, found, strict=False))


def by_hand(readings: pd.DataFrame, rule: Rule, end: pd.Timestamp) -> str:
    """Return the letters of 24 hours, reading by reading; the rule has no deadband."""
    start = end.floor("h") - pd.Timedelta(hours=23)
    worst: dict[int, str] = {}
    for ts, row in readings.iterrows():
        hour = int((ts - start) // pd.Timedelta(hours=1))
        letter = level(float(row["value"]), float(row.get("qc", 0)), rule)
        worst[hour] = min(worst.get(hour, "U"), letter, key=ORDER.index)
    return "".join(worst.get(hour, " ") for hour in range(24))


def level(value: float, qc: float, rule: Rule) -> str:
    def beyond(low: float | None, high: float | None) -> bool:
        return (low is not None and value <= low) or (high is not None and value >= high)

    if qc or not rule.min_val <= value <= rule.max_val:
        return "B"
    if beyond(rule.crit_min, rule.crit_max):
        return "C"
    return "W" if beyond(rule.warn_min, rule.warn_max) else "N"


def drift(end: pd.Timestamp, seed: int) -> pd.DataFrame:
    """Return 30 hours of readings that wander over limits, with holes, up to now."""
    random = np.random.default_rng(seed)
    at = np.unique(random.uniform(0, 30 * 3600, 4_000).round(2))
    at = at[(at // 5000).astype(int) % 4 != 1]
    value = 100 + np.cumsum(random.normal(0, 0.5, len(at)))
    value = 100 + (value - 100 + 60) % 120 - 60  # from 40 to 160
    times = end.floor("s") - pd.to_timedelta(at[::-1], unit="s")
    odd = random.random(len(at)) < 0.004
    return pd.DataFrame({"value": value, "qc": odd.astype(int)}, times)


@pytest.mark.parametrize("source", ["whole", "behind", "none"])
def test_each_hour_is_the_worst_that_it_contained_whatever_it_is_read_from(
    own: Historian, source: str
) -> None:
    end = now(own)
    written = {tag: own.write(drift(end, seed), tag) for seed, tag in enumerate(RULES)}
    for rule in RULES.values():
        put(own, rule)
    if source != "none":
        own.refresh()
    # A TimescaleDB computes the end of its rollups when it is asked: they are never behind.
    if source == "behind" and not TIMESCALE:
        own.run("DELETE FROM influx_agg_1m WHERE bucket > now() - interval '70 minutes'")
        own.run("DELETE FROM influx_agg_1h WHERE bucket > now() - interval '5 hours'")
    found, later = days(), now(own)
    assert end.floor("h") == later.floor("h"), "an hour ended meanwhile: run it again"
    expected = {tag: by_hand(written[tag], RULES[tag], end) for tag in RULES}
    for tag, text in expected.items():
        assert tolerant(found[tag], text, written[tag], RULES[tag], end), (found[tag], text)
    assert set("".join(expected.values())) == {"C", "B", "W", "N", " "}


def tolerant(
    found: str, expected: str, readings: pd.DataFrame, rule: Rule, end: pd.Timestamp
) -> bool:
    """Whether letters agree, but where a number out of span hides its minute, as is defined."""
    start = end.floor("h") - pd.Timedelta(hours=23)
    outside = readings[~readings["value"].between(rule.min_val, rule.max_val)].index.floor("min")
    seen = readings[~readings.index.floor("min").isin(outside)]
    least = by_hand(seen, rule, end)
    spoilt = {int((each - start) // pd.Timedelta(hours=1)) for each in outside}
    return all(
        letter == whole or (hour in spoilt and letter in ("B", part))
        for hour, (letter, whole, part) in enumerate(zip(found, expected, least, strict=True))
    )


def test_an_alarm_that_a_deadband_holds_since_before_the_day_is_one_all_day(own: Historian) -> None:
    held = Rule("D1", 0, 1000, warn_max=800, deadband_pct=1)
    free = Rule("D2", 0, 1000, warn_max=800)
    for rule in (held, free):
        put(own, rule)
        own.write(steps(now(own), 60, (100, 99, 805.0), (99, 0, 795.0)), rule.tag_name)
    own.refresh()
    found = days()
    # The hour that fills may have no reading yet.
    assert (found["D1"][:-1], found["D2"][:-1]) == ("W" * 23, "N" * 23)


def test_a_day_is_bad_or_empty_or_not_judged_and_never_normal_then(own: Historian) -> None:
    end = now(own)
    for tag in "XYZ":
        own.write(steps(end, 60, (30, 12, 50.0)), tag)
    put(own, Rule("X", 0, 100, warn_max=80))
    put(own, Rule("Y", 0, 40, warn_max=30))
    own.refresh()
    found, silent = days(), int((end - (end - pd.Timedelta(hours=12)).floor("h")).total_seconds())
    gone = silent // 3600
    assert {tag: found[tag][24 - gone :].strip() for tag in "XYZ"} == dict.fromkeys("XYZ", "")
    assert {tag: set(found[tag][: 23 - gone]) for tag in "XYZ"} == {
        "X": {"N"}, "Y": {"B"}, "Z": {"U"},
    }  # fmt: skip


@pytest.mark.parametrize("value", ["Infinity", "-Infinity", "NaN", "1e150", "-1e150"])
def test_a_number_that_is_none_makes_its_hour_bad_and_no_alarm_also_in_a_rollup_of_others(
    bare: Historian, value: str
) -> None:
    """Of a rule that has no span, the rollup holds the number, as nobody told it not to."""
    bare.run("CREATE TABLE influx_qc_rule (tag_name text, crit_min float8, crit_max float8)")
    bare.run("INSERT INTO influx_qc_rule VALUES ('A', 10, 90)")
    bare.run(
        "INSERT INTO influx_hist SELECT at, tag, CASE WHEN at = date_trunc('hour', now()) "
        "- interval '595 minutes' THEN %s::float8 ELSE 50 END FROM unnest(ARRAY['A', 'B']) tag, "
        "generate_series(date_trunc('hour', now()) - interval '30 h', now(), '5 minutes') at",
        (value,),
    )
    rolled(bare, "influx_agg_1m", "influx_agg_1h")
    found = days()
    assert (found["A"], found["B"]) == ("N" * 13 + "B" + "N" * 10, "U" * 13 + "B" + "U" * 10)


def test_a_reading_of_the_future_is_in_no_hour(own: Historian) -> None:
    end = now(own)
    put(own, Rule("F", 0, 100, warn_max=80, crit_max=90))
    own.write(steps(end, 60, (3, 0, 50.0)), "F")
    own.run("INSERT INTO influx_hist (ts, tag_name, value) VALUES (%s, 'F', 95)",
            (end + timedelta(minutes=1),))  # fmt: skip
    assert "C" not in days()["F"]
    own.refresh()
    assert "C" not in days()["F"]


def test_without_rollups_by_hour_and_minute_no_day_is_made_up(bare: Historian) -> None:
    bare.run("INSERT INTO influx_hist VALUES (now(), 'A', 1)")
    rolled(bare, "influx_agg_1h")
    assert days() == {}
    rolled(bare, "influx_agg_1m")
    assert set(days()) == {"A"}


def test_a_day_that_takes_too_long_is_not_asked_for_again_and_again_and_the_log_says_so(
    own: Historian, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    own.run("INSERT INTO influx_hist (ts, tag_name, value) VALUES (now(), 'A', 1)")
    assert set(days()) == {"A"}
    asked, failure = [], ["historian_timeout"]

    def refused(*_: object) -> None:
        asked.append(1)
        raise HistorianUnavailable(failure[0])

    monkeypatch.setattr(look_back, "read_frame", refused)
    cache.forget()
    names = tuple(queries.tags())
    assert [queries.day.function(names) for _ in range(3)] == [None] * 3
    assert len(asked) == 1
    assert "takes too long" in caplog.text
    cache.forget()
    failure[0] = "historian_lost"
    with pytest.raises(HistorianUnavailable):
        queries.day.function(names)


def test_an_hour_that_a_rollup_of_others_lacks_is_that_of_its_readings(bare: Historian) -> None:
    """A hole in the rollup by hour must not show an hour in alarm as one without readings."""
    bare.run("CREATE TABLE influx_qc_rule (tag_name text, crit_max float8)")
    bare.run("INSERT INTO influx_qc_rule VALUES ('A', 90)")
    bare.run(
        "INSERT INTO influx_hist SELECT at, tag, CASE WHEN tag = 'A' AND at = date_trunc('hour', "
        "now()) - interval '595 minutes' THEN 95 ELSE 50 END FROM unnest(ARRAY['A', 'B']) tag, "
        "generate_series(date_trunc('hour', now()) - interval '30 h', now(), '5 minutes') at "
        "WHERE tag = 'A' OR at NOT BETWEEN now() - interval '9 h' AND now() - interval '5 h'"
    )
    rolled(bare, "influx_agg_1m", "influx_agg_1h")
    whole = days()
    assert whole["A"] == "N" * 13 + "C" + "N" * 10
    assert " " in whole["B"]
    bare.run(
        "DELETE FROM influx_agg_1h WHERE bucket BETWEEN date_trunc('hour', now()) "
        "- interval '12 h' AND date_trunc('hour', now()) - interval '8 h'"
    )
    assert days() == whole
    bare.run("DELETE FROM influx_agg_1h WHERE bucket < now() - interval '8 h'")
    assert days() == whole


def test_an_hour_of_which_a_rollup_of_others_holds_a_part_is_that_of_its_readings(
    bare: Historian,
) -> None:
    """A reading in alarm that came after the hour was rolled up, among five that did."""
    bare.run("CREATE TABLE influx_qc_rule (tag_name text, crit_max float8)")
    bare.run("INSERT INTO influx_qc_rule VALUES ('A', 90)")
    bare.run(
        "INSERT INTO influx_hist SELECT at, 'A', 50 FROM"
        " generate_series(date_trunc('hour', now()) - interval '30 h', now(), '5 minutes') at"
        " WHERE at NOT BETWEEN date_trunc('hour', now()) - interval '570 minutes'"
        " AND date_trunc('hour', now()) - interval '541 minutes'"
    )
    rolled(bare, "influx_agg_1m", "influx_agg_1h")
    assert days()["A"] == "N" * 24
    bare.run(
        "INSERT INTO influx_hist SELECT at, 'A', 95 FROM"
        " generate_series(date_trunc('hour', now()) - interval '570 minutes',"
        " date_trunc('hour', now()) - interval '541 minutes', '5 minutes') at"
    )
    assert days()["A"] == "N" * 13 + "C" + "N" * 10
    bare.run("DELETE FROM influx_hist WHERE ts < now() - interval '2 h'")
    assert days()["A"] == "N" * 24, "where the readings are gone the rollup stands"
