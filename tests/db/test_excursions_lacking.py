"""Excursions of more readings than are read, where rollups of others lack some of them."""

import pandas as pd
import pytest

from data import queries
from data.analysis import excursions
from data.db import cache
from data.queries import OutsideQuestion
from data.queries.outside import finding, lacking
from tests.db.test_excursions import HOUR, RULES, expected, found, series
from tests.support.excursions import at
from tests.support.historians import START, Historian, rolled

pytestmark = pytest.mark.db
#: What somebody lost of a rollup of others, or never wrote: a condition on its rows.
HOLES = {
    "hours": ("influx_agg_1h", "bucket >= %s + interval '9 h' AND bucket < %s + interval '16 h'"),
    "the first hours": ("influx_agg_1h", "bucket < %s + interval '6 h' AND bucket >= %s"),
    "every third hour": (
        "influx_agg_1h",
        "extract(hour FROM bucket - %s)::int %% 3 = 1",
    ),
    "minutes": ("influx_agg_1m", "bucket >= %s + interval '9 h' AND bucket < %s + interval '12 h'"),
}


def good(seed: int) -> pd.DataFrame:
    """Return thirty hours of readings of which none is BAD, nor falls out of a rollup."""
    frame = series(seed, 30).dropna().assign(qc=0.0)
    return frame.assign(value=frame["value"].clip(1, 99))


def many(historian: Historian, monkeypatch: pytest.MonkeyPatch) -> dict[str, pd.DataFrame]:
    """Write readings of tags, of which each has more than are read, and their rollups."""
    written = {name: good(place) for place, name in enumerate(RULES)}
    for name, frame in written.items():
        historian.write(frame[["value"]], name)
    rolled(historian, "influx_agg_1m", "influx_agg_1h")
    monkeypatch.setattr(finding, "MOST_READINGS", 100)
    monkeypatch.setattr(finding, "MOST_OF_STRETCH", 10_000)
    return written


def same(written: dict[str, pd.DataFrame], start: int, stop: int) -> None:
    """Hold the excursions of a window against those of a plain loop over all readings."""
    cache.forget()
    for (name, frame), one in zip(written.items(), found(list(written), start, stop), strict=True):
        loop = expected(frame, RULES[name.partition("/")[0]], start, stop)
        ends = [each["stop"] if pd.notna(each["stop"]) else at(stop) for each in loop]
        due = [(each["start"], end, each["extreme"]) for each, end in zip(loop, ends, strict=True)]
        ended = one.frame.assign(stop=one.frame["stop"].fillna(at(stop)))
        told = list(zip(*(ended[each] for each in ("start", "stop", "extreme")), strict=True))
        apart = set(told).symmetric_difference(due)
        assert len(told) == len(due) and not apart, (name, start, len(due), sorted(apart)[:4])


@pytest.mark.parametrize("hole", HOLES)
def test_holes_of_a_rollup_are_looked_after(
    bare: Historian, monkeypatch: pytest.MonkeyPatch, hole: str
) -> None:
    written = many(bare, monkeypatch)
    relation, where = HOLES[hole]
    bare.run(f"DELETE FROM {relation} WHERE {where}", (START,) * where.count("%s"))
    for start, stop in ((0, 30 * HOUR), (5 * HOUR, 20 * HOUR), (10 * HOUR + 77, 13 * HOUR)):
        same(written, start, stop)


@pytest.mark.parametrize("left_out", ["value >= 75", "extract(second FROM ts)::int %% 2 = 1"])
def test_hours_that_half_of_their_readings_came_late_into_are_looked_after(
    bare: Historian, monkeypatch: pytest.MonkeyPatch, left_out: str
) -> None:
    """The peak is among those that the rollup never saw."""
    written = many(bare, monkeypatch)
    for width, relation in ((60, "influx_agg_1m"), (HOUR, "influx_agg_1h")):
        bare.run(
            f"""
            UPDATE {relation} SET n = few.n, min = few.min, max = few.max, first = few.first,
                last = few.last
            FROM (SELECT date_bin('{width} s', ts, '1970-01-01 00:00+00') AS bucket, tag_name,
                    count(*) AS n, min(value) AS min, max(value) AS max,
                    (array_agg(value ORDER BY ts))[1] AS first,
                    (array_agg(value ORDER BY ts DESC))[1] AS last
                  FROM influx_hist WHERE NOT ({left_out}) AND value IS NOT NULL
                  GROUP BY 1, 2) AS few
            WHERE {relation}.bucket = few.bucket AND {relation}.tag_name = few.tag_name
              AND few.bucket >= %s + interval '9 h' AND few.bucket < %s + interval '12 h'
            """,
            (START, START),
        )
    same(written, 0, 30 * HOUR)


def test_a_quiet_hour_ends_what_stood_in_a_hole_before_it(
    bare: Historian, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A quiet row behind a quiet one is not sent, and the hole lies where that one was."""
    times = [at(20.0 * k) for k in range(5_400)]
    frame = pd.DataFrame({"value": 50.0, "qc": 0.0}, times)
    frame.loc[at(9 * HOUR) : at(12 * HOUR - 1), "value"] = 85.0
    bare.write(frame[["value"]], "wide")
    rolled(bare, "influx_agg_1m", "influx_agg_1h")
    monkeypatch.setattr(finding, "MOST_READINGS", 100)
    monkeypatch.setattr(finding, "MOST_OF_STRETCH", 10_000)
    hole = "bucket >= %s + interval '9 h' AND bucket < %s + interval '12 h'"
    bare.run(f"DELETE FROM influx_agg_1h WHERE {hole}", (START, START))
    cache.forget()
    (one,) = found(["wide"], 0, 30 * HOUR)
    assert [*one.frame["start"], *one.frame["stop"]] == [at(9 * HOUR), at(12 * HOUR)]
    assert one.source == "influx_agg_1h, influx_hist"


@pytest.mark.parametrize(("name", "most", "count"), [("PROBES", 2, 1), ("PROBED", -1, 3)])
def test_buckets_that_are_not_looked_after_are_counted(
    bare: Historian, monkeypatch: pytest.MonkeyPatch, name: str, most: int, count: int
) -> None:
    """Three single hours are missing; the newest are looked after."""
    quiet(bare, monkeypatch)
    assert unchecked() == 0
    hole = "extract(epoch FROM bucket - %s) IN (5 * 3600, 12 * 3600, 20 * 3600)"
    bare.run(f"DELETE FROM influx_agg_1h WHERE {hole}", (START,))
    assert unchecked() == 0
    monkeypatch.setattr(lacking, name, most)
    assert unchecked() == count


def test_buckets_of_which_too_much_would_be_read_are_counted(
    bare: Historian, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six hours of 180 readings each are more than a thousand."""
    quiet(bare, monkeypatch)
    hole = "bucket >= %s + interval '9 h' AND bucket < %s + interval '15 h'"
    bare.run(f"DELETE FROM influx_agg_1h WHERE {hole}", (START, START))
    assert unchecked() == 0
    monkeypatch.setattr(finding, "MOST_OF_STRETCH", 2_000)
    assert unchecked() == 6


def quiet(historian: Historian, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write thirty hours of a tag that is never outside, more readings than are read."""
    frame = pd.DataFrame({"value": 50.0}, [at(20.0 * k) for k in range(5_400)])
    historian.write(frame, "wide")
    rolled(historian, "influx_agg_1m", "influx_agg_1h")
    monkeypatch.setattr(finding, "MOST_READINGS", 100)
    monkeypatch.setattr(finding, "MOST_OF_STRETCH", 10_000)


def unchecked() -> int:
    """Return how many buckets of it may lack readings, and were not looked after."""
    cache.forget()
    window = excursions.Stretch(at(0).value, at(30 * HOUR).value)
    questions = (OutsideQuestion("wide", RULES["wide"]),)
    (count,) = queries.every_excursion.function(questions, window).unchecked
    return count
