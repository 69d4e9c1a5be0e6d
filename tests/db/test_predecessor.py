"""Beside the relations of the predecessor, whichever are there, numbers are those of readings."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from data import buckets, queries, status
from data.analysis.alarms import ALARMS
from data.buckets import resolution
from data.db import cache, pool
from data.errors import HistorianUnavailable
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


@pytest.mark.parametrize("pooler", [False, True])
def test_the_schema_that_is_named_is_the_one_that_is_read(
    theirs: Predecessor, pooler: bool
) -> None:
    """Other readings of the same names stand in `public`, where the search path looks."""
    theirs.run("CREATE TABLE public.influx_hist (ts timestamptz, tag_name text, value float8)")
    theirs.run("INSERT INTO public.influx_hist VALUES (now(), 'other', 1)")
    pool.connect(theirs.schemaless, schema=predecessor.SCHEMA, pooler=pooler)
    assert queries.catalog().missing == ()
    assert_right(theirs)
    assert list(queries.tags()) == ["D1"]
    said = {line.key for line in status.now().lines if line.level == "fault"}
    assert "refused" not in said


def test_a_schema_that_is_not_there_is_named(theirs: Predecessor) -> None:
    pool.connect(theirs.schemaless, schema="plant B")
    for ask in (queries.refuse_unknown_schema, queries.tags):
        with pytest.raises(HistorianUnavailable, match="'plant B'.*mend TS_SCHEMA"):
            ask()
    (line,) = [line for line in status.now().lines if line.key == "refused"]
    assert "plant B" in str(line.values["failure"])


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


@pytest.mark.parametrize("kind", ["numeric", "real", "integer", "bigint", "smallint"])
def test_numbers_of_another_type_are_read_as_they_are(theirs: Predecessor, kind: str) -> None:
    """Nothing but readings of that type: the oracle is pandas over what it holds."""
    theirs.run("DROP VIEW influx_latest, features_5m, tech_ind_1m_mv")
    theirs.run(f"ALTER TABLE influx_hist ALTER value TYPE {kind}")
    theirs.run("TRUNCATE influx_agg_1m, influx_agg_10m, influx_agg_1h, influx_agg_1d")
    theirs.readings["value"] = theirs.values()
    assert_right(theirs)


@pytest.mark.parametrize("kind", ["text", "character varying"])
def test_readings_of_text_are_refused_with_the_view_that_casts_them(
    theirs: Predecessor, kind: str
) -> None:
    theirs.run("DROP VIEW influx_latest, features_5m")
    theirs.run(f"ALTER TABLE influx_hist ALTER value TYPE {kind}")
    cache.forget()
    for ask in (queries.tags, lambda: overview.now({}), lambda: queries.history(of_an_hour())):
        with pytest.raises(HistorianUnavailable, match=rf"influx_hist\.value is .*{kind}") as said:
            ask()
        assert said.value.key == "historian_text"
    view = str(said.value).partition("casts it: ")[2]
    for statement in view.split("; "):
        theirs.run(statement)
    assert_right(theirs)


def of_an_hour() -> queries.Request:
    return asked("D1", "1h", START, START + timedelta(hours=5))


def test_names_that_are_null_or_empty_break_no_page(theirs: Predecessor) -> None:
    theirs.run("INSERT INTO influx_tag (key, tag_name) VALUES (2, NULL), (3, '')")
    theirs.run("INSERT INTO influx_qc_rule (tag_name, min_val) VALUES (NULL, 1)")
    assert_right(theirs)
    assert list(queries.tags()) == ["D1"]
