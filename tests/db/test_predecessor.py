"""Beside the relations of the predecessor, whichever are there, numbers are those of readings."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from data import buckets, queries
from data.analysis.alarms import ALARMS
from data.buckets import resolution
from data.db import cache, pool
from data.views import overview
from tests.support import predecessor
from tests.support.historians import START, ZONE, asked, regrouped, same
from tests.support.predecessor import Predecessor

pytestmark = pytest.mark.db


@pytest.fixture(params=sorted(predecessor.BOUNDS))
def theirs(request: pytest.FixtureRequest, database: str) -> Iterator[Predecessor]:
    """All of its relations, in a schema of their own, with either spelling of the limits."""
    made = predecessor.historian(database, request.param, START)
    pool.connect(made.dsn)
    cache.forget()
    yield made
    pool.dispose()
    made.connection.close()


def assert_right(made: Predecessor, has_rule: bool = True, has_tag: bool = True) -> None:
    cache.forget()
    for token in ("1m", "10m", "1h", "1d"):
        width = resolution(token)
        start, stop = buckets.snapped(START, START + timedelta(hours=5), width, ZONE)
        same(queries.history(asked("D1", token, start, stop)), regrouped(made.readings, token))
    tag = queries.tags()["D1"]
    assert tag.unit == ("bar" if has_tag else "")
    newest = overview.now({"D1": tag}).states.iloc[0]
    assert newest["value"] == made.readings["value"].iloc[-1]
    assert (ALARMS[newest["alarm"]] == "NORMAL") is has_rule
    if has_rule:
        assert tuple(tag.checks.limits) == (40, 60, 140, 160)


def test_its_relations_are_read_in_a_schema_of_their_own(theirs: Predecessor) -> None:
    assert queries.catalog().missing == ()
    assert queries.catalog().rollups == (86_400, 3_600, 600, 60)
    assert_right(theirs)


@pytest.mark.parametrize("relation", predecessor.OPTIONAL)
def test_any_relation_but_the_readings_may_be_missing(theirs: Predecessor, relation: str) -> None:
    predecessor.gone(theirs, relation)
    assert_right(theirs, relation != "influx_qc_rule", relation != "influx_tag")
    assert relation in queries.catalog().missing


def test_with_nothing_but_readings_the_numbers_are_the_same(theirs: Predecessor) -> None:
    for relation in predecessor.OPTIONAL:
        theirs.run(f"DROP VIEW IF EXISTS {relation}" if relation in predecessor.OPTIONAL[:3]
                   else f"DROP TABLE IF EXISTS {relation} CASCADE")  # fmt: skip
    assert_right(theirs, has_rule=False, has_tag=False)


def test_views_may_stand_where_tables_did(theirs: Predecessor) -> None:
    predecessor.as_views(theirs)
    assert_right(theirs)


def test_a_view_that_casts_makes_readings_of_text_readable(theirs: Predecessor) -> None:
    theirs.run("DROP VIEW influx_latest, features_5m")
    theirs.run("ALTER TABLE influx_hist RENAME TO as_text")
    theirs.run("ALTER TABLE as_text ALTER value TYPE text")
    theirs.run(
        "CREATE VIEW influx_hist AS SELECT ts, tag_name, value::float8 AS value FROM as_text"
    )
    assert_right(theirs)


def test_names_that_are_null_or_empty_break_no_page(theirs: Predecessor) -> None:
    theirs.run("INSERT INTO influx_tag (key, tag_name) VALUES (2, NULL), (3, '')")
    theirs.run("INSERT INTO influx_qc_rule (tag_name, min_val) VALUES (NULL, 1)")
    assert_right(theirs)
    assert list(queries.tags()) == ["D1"]
