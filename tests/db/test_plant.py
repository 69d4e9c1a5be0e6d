"""The demonstration plant: what it reads, its first history, and the feeder."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import psycopg2
import pytest

from data.analysis import alarms, quality, rules
from data.analysis.kinds import kind_of
from data.demo import language, model, plant, speak
from data.demo.model import DAY, HOUR, MINUTE, Plant
from data.errors import BadInput
from data.store import install, rollups
from tests.conftest import TIMESCALE
from tests.support import plants

NOW = 1_795_400_003
PLANT = Plant(7, NOW)
NINE = ("D100", "D101", "D102", "D200", "D201", "D202", "D300", "D301", "D302")


def frame(tag, start, stop, spacing, of=PLANT):
    """Readings of (start, stop] as `quality.assess` takes them."""
    times = np.arange(start // spacing + 1, stop // spacing + 1) * spacing
    values = plant.readings(tag, times, of)
    index = pd.to_datetime(times, unit="s", utc=True)
    return pd.DataFrame({"value": values, "qc": 0}, index=index).dropna()


def level(tag, start=NOW - 2 * HOUR, stop=NOW):
    return int(alarms.levels(frame(tag, start, stop, 5), rules.checks(tag.rule)).iloc[-1])


def test_the_plant_has_the_nine_tags_with_units_and_one_of_each_other_kind():
    by_name = {tag.name: tag for tag in plant.TAGS}
    assert tuple(by_name)[:9] == NINE
    assert all(by_name[name].unit and by_name[name].description for name in NINE)
    spans = [rules.span(by_name[name].rule) for name in NINE]
    assert spans == [200] * 3 + [2000] * 3 + [20_000] * 3
    kinds = {
        tag.name: kind_of(tag.kind, tag.unit, bool(tag.states)) for tag in plant.TAGS[len(NINE) :]
    }
    assert kinds == {"P100": "state", "Q300": "counter", "W100": "angle"}
    assert by_name["P100"].states == ("off", "on")


def test_the_counter_only_goes_on_as_fast_as_its_flow_and_the_angle_passes_north():
    by_name = {tag.name: tag for tag in plant.TAGS}
    total = frame(by_name["Q300"], NOW - 365 * DAY, NOW, 600).value
    assert (total.diff().dropna() > 0).all()
    hourly = total.diff() / (total.index.to_series().diff().dt.total_seconds() / HOUR)
    assert 6_390 < hourly.min() < hourly.max() < 7_610
    angle = frame(by_name["W100"], NOW - 30 * DAY, NOW, 600).value
    assert angle.min() == 0
    assert 350 < angle.max() < 360
    assert set(angle % 1) == {0}


def test_every_rule_of_the_plant_is_sound():
    for tag in model.members(40):
        assert rules.problems(tag.rule) == (), tag.name
        assert rules.remarks(tag.rule) == (), tag.name


def test_a_reading_depends_on_its_time_and_not_on_what_else_is_asked():
    times = np.arange(NOW - 3 * DAY, NOW, 5)
    for tag in plant.TAGS:
        whole = plant.readings(tag, times, PLANT)
        np.testing.assert_array_equal(plant.readings(tag, times[::12], PLANT), whole[::12])
        np.testing.assert_array_equal(plant.readings(tag, times[700:750], PLANT), whole[700:750])


def test_another_seed_gives_another_plant():
    times = np.arange(NOW - DAY, NOW, 600)
    first, second = (plant.readings("D100", times, Plant(seed, NOW)) for seed in (7, 8))
    assert not np.allclose(first, second, equal_nan=True)


def test_history_is_coarse_when_old_and_fine_when_new():
    grid = model.GRID
    times = plant.times(grid, NOW - 365 * DAY, NOW, NOW)
    spacing = np.diff(times)
    assert (spacing > 0).all()
    for age, until, expected in (
        (364 * DAY, 31 * DAY, 600),
        (29 * DAY, 3 * DAY, 60),
        (47 * HOUR, 0, 5),
    ):
        within = (times[1:] > NOW - age) & (times[1:] < NOW - until)
        assert (spacing[within] == expected).all()
    assert times[0] > NOW - 365 * DAY
    assert NOW - 5 < times[-1] <= NOW


def test_now_one_tag_warns_one_is_critical_and_no_other_alarms():
    levels = {tag.name: level(tag) for tag in plant.TAGS if tag.name != model.SILENT}
    assert levels.pop("D101") == 1
    assert levels.pop("D302") == 2
    assert set(levels.values()) == {0}


def test_the_alarms_stay_for_as_long_as_the_plant_is_fed():
    by_name = {tag.name: tag for tag in plant.TAGS}
    for name, expected in (("D101", 1), ("D302", 2)):
        fed = frame(by_name[name], NOW, NOW + 3 * DAY, 60)
        assert set(alarms.levels(fed, rules.checks(by_name[name].rule))) == {expected}


def test_only_the_silent_tag_is_silent_and_for_twenty_minutes():
    for tag in plant.TAGS:
        newest = frame(tag, NOW - 2 * HOUR, NOW, 5).index[-1].timestamp()
        silence = NOW - newest
        assert silence < 5 or (tag.name == "D200" and 20 * MINUTE <= silence < 20 * MINUTE + 5)


def test_no_tag_falls_silent_while_the_plant_is_fed():
    for tag in plant.TAGS:
        fed = frame(tag, NOW, NOW + 60 * DAY, 600)
        assert len(fed) == (0 if tag.name == "D200" else 60 * DAY / 600)


def test_one_tag_is_stuck_now():
    stuck = {
        tag.name
        for tag in plant.TAGS
        if not tag.states
        and frame(tag, NOW - 30 * MINUTE, NOW - 21 * MINUTE, 5).value.nunique() == 1
    }
    assert stuck == {"D202"}


@pytest.mark.parametrize(("spacing", "days"), [(5, 2), (60, 28), (600, 300)])
def test_readings_are_good_but_for_the_episodes(spacing, days):
    for tag in plant.TAGS:
        known = frame(tag, NOW - days * DAY, NOW - HOUR, spacing)
        judged = quality.assess(known, rules.checks(tag.rule), 30)
        assert (judged.quality == 0).mean() > 0.95, tag.name


def test_a_year_holds_gaps_spikes_steps_and_pump_stops():
    by_name = {tag.name: tag for tag in plant.TAGS}
    year = frame(by_name["D100"], NOW - 365 * DAY, NOW, 600)
    assert year.index.to_series().diff().max() > pd.Timedelta(minutes=20)
    spike = frame(by_name["D100"], NOW - 4 * HOUR, NOW - 2 * HOUR, 5).value
    jumps = spike.diff().abs()
    assert (jumps > 30).sum() == 2
    steps = frame(by_name["D300"], NOW - 20 * DAY, NOW, 600).value
    assert steps.diff().abs().max() > 600
    pump = frame(by_name["P100"], NOW - 10 * DAY, NOW, 60).value
    assert set(pump.unique()) == {0.0, 1.0}
    assert 8 <= (pump.diff() == -1).sum() <= 11
    assert frame(by_name["D102"], NOW - 2 * DAY, NOW, 60).index.to_series().diff().max() > (
        pd.Timedelta(minutes=15)
    )


def test_more_tags_follow_the_nine():
    names = [tag.name for tag in model.members(12)]
    assert names[-3:] == ["T0001", "T0002", "T0003"]
    assert model.tag("T0002") == model.members(12)[-2]
    for tag in model.members(60)[len(plant.TAGS) :]:
        values = frame(tag, NOW - 60 * DAY, NOW, 600).value
        limits = rules.limits(tag.rule)
        assert limits.lo < values.min() and values.max() < limits.hi


def test_a_tag_the_plant_does_not_have_is_refused_by_name():
    with pytest.raises(BadInput, match="'D999'"):
        model.tag("D999")


def test_a_history_longer_than_a_year_is_filled_to_its_start():
    long = Plant(7, NOW, days=500)
    made = next(model.written(plant.TAGS[:1], long, NOW - 500 * DAY, NOW, NOW))
    assert made.times[0] / 1e6 - (NOW - 500 * DAY) <= 600


# ---- in a database


def one(connection, statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


@pytest.fixture
def connection(database) -> Iterator[psycopg2.extensions.connection]:
    connection = psycopg2.connect(database)
    install.install(connection)
    connection.commit()
    yield connection
    connection.close()


def at(seconds):
    return datetime.fromtimestamp(seconds, UTC)


BUCKETS = """
SELECT md5(string_agg(a::text, ';' ORDER BY bucket, tag_name)) FROM influx_agg_{} a
"""
FINGERPRINT = """
SELECT md5(string_agg(concat_ws(',', ts, tag_name, value, qc), ';' ORDER BY ts, tag_name))
FROM influx_hist
"""


@pytest.mark.db
@pytest.mark.skipif(bool(TIMESCALE), reason="a TimescaleDB makes its rollups by itself")
def test_the_bar_moves_while_rollups_are_made_and_these_are_those_of_one_go(connection):
    shares = []
    plant.seed(connection, at(NOW), days=35, progress=shares.append)
    assert len([share for share in shares if plant._COPY_SHARE < share < 1]) >= 3
    of_parts = [one(connection, BUCKETS.format(name)) for name in ("1m", "10m", "1h", "1d")]
    rollups.rebuild(connection)
    assert [one(connection, BUCKETS.format(name)) for name in ("1m", "10m", "1h", "1d")] == of_parts


@pytest.mark.db
def test_seeding_writes_history_names_rules_and_rollups_and_again_the_same(connection):
    shares = []
    count = plant.seed(connection, at(NOW), days=1, progress=shares.append)
    first = one(connection, FINGERPRINT)
    assert count == one(connection, "SELECT count(*) FROM influx_hist") > 9 * DAY / 5 * 0.9
    assert one(connection, "SELECT sum(n)::bigint FROM influx_agg_1d") == count
    assert one(connection, "SELECT count(*) FROM influx_qc_rule") == 12
    assert one(connection, "SELECT unit FROM influx_tag WHERE tag_name = 'D300'") == "m³/h"
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert plant.seed(connection, at(NOW), days=1) == count
    assert one(connection, FINGERPRINT) == first


@pytest.mark.parametrize("tag", model.members(60), ids=lambda tag: tag.name)
def test_the_plant_has_korean_words_for_all_that_it_says(tag):
    said = json.dumps(language.words(tag, "ko"), ensure_ascii=False)
    texts = (tag.description, tag.group, *tag.states)
    assert not [text for text in texts if f'"{text}"' in said]


@pytest.mark.db
def test_the_plant_speaks_the_language_of_the_site_and_turns_back(connection):
    plant.seed(connection, at(NOW), days=1)
    english = one(connection, "SELECT jsonb_object_agg(tag_name, meta) FROM influx_tag")
    speak(connection, "ko")
    of = "FROM influx_tag WHERE tag_name = 'P100'"
    assert one(connection, f"SELECT meta ->> 'description' {of}") == "원수 펌프"
    assert one(connection, f"SELECT meta -> 'states' {of}") == {"0": "정지", "1": "운전"}
    changed = "SELECT max(updated_at) FROM influx_tag"
    before = one(connection, changed)
    speak(connection, "ko")
    assert one(connection, changed) == before
    speak(connection, "en")
    assert one(connection, "SELECT jsonb_object_agg(tag_name, meta) FROM influx_tag") == english


@pytest.mark.db
def test_of_two_processes_that_fill_an_empty_store_one_does(connection, database):
    counts = []

    def fill():
        own = psycopg2.connect(database)
        counts.append(plant.seed(own, at(NOW), days=1, only_if_empty=True))
        own.close()

    fillers = [threading.Thread(target=fill) for _ in range(2)]
    for filler in fillers:
        filler.start()
    for filler in fillers:
        filler.join()
    assert sorted(counts) == [0, one(connection, "SELECT count(*) FROM influx_hist")]


@pytest.mark.db
def test_seeding_refuses_to_mix_with_readings_of_another_plant(connection):
    with connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO influx_hist (ts, tag_name, value) VALUES (now(), 'D101', 1)")
    assert plant.installed(connection) is None
    with pytest.raises(BadInput, match="'D101'"):
        plant.seed(connection, at(NOW), days=1)
    assert one(connection, "SELECT count(*) FROM influx_hist") == 1
    assert one(connection, "SELECT count(*) FROM influx_tag") == 0


@pytest.mark.db
def test_feeding_writes_what_seeding_later_would_have_written(connection):
    plant.seed(connection, at(NOW - HOUR), days=1)
    feed = plant.resumed(connection, NOW - 30 * MINUTE)
    for now in range(NOW - 30 * MINUTE, NOW, 7 * MINUTE):
        feed = plant.step(connection, feed, now)
    fed = "SELECT max(ts) FROM influx_hist WHERE tag_name = %s"
    for tag in plant.TAGS:
        expected = NOW - HOUR - 20 * MINUTE if tag.name == "D200" else feed.fed
        newest = one(connection, fed, tag.name).timestamp()
        assert expected - 5 < newest <= expected, tag.name
    stored = "SELECT array_agg(value ORDER BY ts) FROM influx_hist WHERE tag_name = 'D101'"
    times = plant.times(model.GRID, NOW - HOUR - DAY, feed.fed, feed.fed)
    times = times[(times > NOW - 20 * HOUR)]
    expected = plant.readings("D101", times, feed.plant)
    values = one(connection, stored)[-len(times) :]
    np.testing.assert_array_equal(values, expected[np.isfinite(expected)][-len(values) :])


@pytest.mark.db
def test_after_a_day_off_the_pause_is_filled_and_the_silent_tag_is_silent_for_20_minutes(
    connection,
):
    plant.seed(connection, at(NOW - DAY), days=1)
    feed = plant.resumed(connection, NOW)
    assert feed.plant.anchor == NOW
    plant.step(connection, feed, NOW)
    newest = "SELECT max(ts) FROM influx_hist WHERE tag_name = %s"
    silence = NOW - one(connection, newest, "D200").timestamp()
    assert 20 * MINUTE <= silence < 20 * MINUTE + 5
    assert NOW - one(connection, newest, "D100").timestamp() < 5
    between = "SELECT count(*) FROM influx_hist WHERE tag_name = 'D100' AND ts > %s AND ts <= %s"
    assert one(connection, between, at(NOW - DAY), at(NOW)) > 0.8 * DAY / 5
    value = "SELECT value FROM influx_hist WHERE tag_name = %s ORDER BY ts DESC LIMIT 1"
    assert one(connection, value, "D302") >= 19_000
    assert 180 <= one(connection, value, "D101") < 195
    assert plant.resumed(connection, NOW + 60).plant == feed.plant


@pytest.mark.db
def test_the_store_stays_bounded_however_long_it_is_fed(connection):
    plant.seed(connection, at(NOW), days=3)
    count = "SELECT count(*) FROM influx_hist WHERE tag_name <> 'D200'"
    before = one(connection, count)
    feed = plant.resumed(connection, NOW)
    for hours in range(6, 79, 6):
        feed = plant.step(connection, feed, NOW + hours * HOUR)
    assert one(connection, count) == pytest.approx(before, rel=0.03)
    oldest = one(connection, "SELECT min(ts) FROM influx_hist").timestamp()
    assert oldest >= NOW + 78 * HOUR - 3 * DAY
    fine = """
    SELECT count(*) FROM influx_hist
    WHERE ts < %s AND extract(epoch FROM ts)::bigint %% 60 <> 0
    """
    assert one(connection, fine, at(NOW + 76 * HOUR - 2 * DAY)) == 0


@pytest.mark.db
def test_a_plant_that_lasts_loses_nothing_that_a_test_may_have_met(connection):
    plant.seed(connection, at(NOW), days=1)
    before = "SELECT count(*) FROM influx_hist WHERE ts <= %s"
    count, feed = one(connection, before, at(NOW)), plant.resumed(connection, NOW)
    for minutes in (1, 15, 30):
        feed = plant.step(connection, plants.lasting(feed), NOW + minutes * MINUTE)
    assert one(connection, before, at(NOW)) == count
    assert one(connection, "SELECT max(ts) FROM influx_hist") > at(NOW + 29 * MINUTE)


@pytest.mark.db
def test_a_store_without_the_plant_is_not_fed(connection):
    assert plant.resumed(connection) is None
    assert plant.installed(connection) is None


def wait_until(true, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.db
def test_one_feeder_writes_and_another_takes_over_when_it_goes(connection, database):
    plant.seed(connection, datetime.now(UTC), days=1)
    holders = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'ksys feeder'
    """
    stops = [threading.Event(), threading.Event()]
    feeders = [threading.Thread(target=plant.Feeder(database, 0.2).run, args=(s,)) for s in stops]
    newest = "SELECT max(ts) FROM influx_hist"
    connection.autocommit = True
    started = one(connection, newest)
    feeders[0].start()
    wait_until(lambda: one(connection, newest) > started)
    feeders[1].start()
    time.sleep(0.5)
    stops[0].set()
    feeders[0].join()
    handed_over = one(connection, newest)
    wait_until(lambda: one(connection, newest) > handed_over)
    wait_until(lambda: one(connection, holders) == 1)  # a backend outlives its connection a little
    stops[1].set()
    feeders[1].join(timeout=30)
    assert not feeders[1].is_alive()
    wait_until(lambda: one(connection, holders) == 0)


@pytest.mark.db
def test_the_feeder_comes_back_after_its_connection_is_cut(connection, database, caplog):
    plant.seed(connection, datetime.now(UTC), days=1)
    connection.autocommit = True
    stop = threading.Event()
    feeder = threading.Thread(target=plant.Feeder(database, 0.2).run, args=(stop,))
    feeder.start()
    cut = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'ksys feeder'
    """
    wait_until(lambda: one(connection, cut) == 1)
    newest = one(connection, "SELECT max(ts) FROM influx_hist")
    wait_until(lambda: one(connection, "SELECT max(ts) FROM influx_hist") > newest)
    stop.set()
    feeder.join(timeout=5)
    assert not feeder.is_alive()
    assert "not being fed" in caplog.text


@pytest.mark.db
def test_the_feeder_outlives_backends_that_are_killed_in_the_middle_of_a_copy(
    connection, database, caplog
):
    """A COPY that is cut off raises a bare DatabaseError, which was not caught: it died of it."""
    plant.seed(connection, at(time.time() - 6 * HOUR), days=1)
    connection.autocommit = True
    stop = threading.Event()
    feeder = threading.Thread(target=plant.Feeder(database, 0.1).run, args=(stop,))
    feeder.start()
    cut = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'ksys feeder'
      AND state = 'active' AND starts_with(query, 'COPY')
    """
    newest = "SELECT max(ts) FROM influx_hist"
    try:
        for _ in range(3):
            wait_until(lambda: one(connection, cut) == 1, 30)
        wait_until(lambda: time.time() - one(connection, newest).timestamp() < 10, 60)
        assert feeder.is_alive()
    finally:
        stop.set()
        feeder.join(timeout=10)
    assert not feeder.is_alive()
    assert "not being fed" in caplog.text


@pytest.mark.parametrize(
    "error", [psycopg2.DatabaseError, psycopg2.OperationalError, psycopg2.InterfaceError]
)
def test_whatever_the_database_raises_the_feeder_goes_on_and_says_so_once(
    monkeypatch, caplog, error
):
    stop, failures = threading.Event(), [error("gone"), error("gone"), None, error("gone")]

    def lead(_self, _stop, _patience):
        failure = failures.pop(0)
        if not failures:
            stop.set()
        if failure:
            raise failure

    monkeypatch.setattr(plant.Feeder, "_lead", lead)
    plant.Feeder("host=/nowhere", 0.01).run(stop)
    assert failures == []
    assert caplog.text.count("the plant is not being fed: gone") == 2


@pytest.mark.db
def test_a_reading_that_is_there_already_does_not_stop_the_feeder(connection):
    plant.seed(connection, at(NOW), days=1)
    feed = plant.resumed(connection, NOW)
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO influx_hist (ts, tag_name, value) VALUES (%s, 'D100', 1)", (at(NOW + 2),)
        )
    feed = plant.step(connection, feed, NOW + 20)
    assert feed == replace(feed, fed=NOW + 20)
    value = "SELECT value FROM influx_hist WHERE tag_name = %s AND ts = %s"
    assert one(connection, value, "D100", at(NOW + 2)) == 1
    assert one(connection, value, "D101", at(NOW + 2)) > 180
