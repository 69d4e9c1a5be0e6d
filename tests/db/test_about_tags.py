"""A new tag, a changed rule, a right that is missing or taken away: seen soon, and said."""

import time
from collections.abc import Iterator
from datetime import UTC
from importlib import import_module

import pytest
from sqlalchemy import func, select

from api import overview as routes
from api.overview import tag_list
from components import notices
from data import queries, views
from data.db import cache, pool
from data.errors import BadInput
from tests.support.historians import START, Historian, wave

pytestmark = pytest.mark.db
cataloguer = import_module("data.queries.catalog")  # its door has a function of this name
NOBODY = ("nobody", "", "a\0b", "\ud800", "x" * 10_000, "'; drop table influx_hist; --")


@pytest.fixture
def reader(own: Historian) -> Iterator[str]:
    """The name of a role that may read everything, by which the pages read."""
    role = f"reader_{own.connection.info.dbname}"
    own.run(f"CREATE ROLE {role} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    own.run("INSERT INTO influx_qc_rule (tag_name, min_val, max_val) VALUES ('D1', 0, 100)")
    own.run("INSERT INTO influx_tag (tag_name, unit) VALUES ('D1', 'bar')")
    pool.connect(f"{own.dsn} options='-c role={role}'")
    yield role
    pool.dispose()
    own.run(f"DROP OWNED BY {role}; DROP ROLE {role}")


def late(*readers: cache.Cached) -> None:
    """Let time pass until the answers of these readers are no longer fresh."""
    for each in readers:
        each.expire()


@pytest.mark.one_server("there each tag has its row")
def test_a_name_is_looked_up_before_it_is_denied(own: Historian) -> None:
    own.write(wave(START, 1, 600), "old")
    assert list(queries.tags()) == ["old"]
    own.write(wave(START, 1, 600), "read")
    own.run("INSERT INTO influx_tag (tag_name) VALUES ('described')")
    own.run("INSERT INTO influx_qc_rule (tag_name, min_val) VALUES ('ruled', 0)")
    for name in ("read", "described", "ruled"):
        found = queries.tag(name)
        assert found is not None and found.name == name
    assert "read" in queries.tags()


@pytest.mark.parametrize("name", NOBODY)
def test_what_is_no_tag_is_refused_and_nothing_else_is_read_anew(own: Historian, name: str) -> None:
    before = queries.tags.answer()
    assert queries.tag(name) is None
    assert queries.tags.answer().as_of == before.as_of
    with pytest.raises(BadInput, match="There is no tag"):
        views.overview.details(name, "UTC")


def test_tags_are_put_together_anew_only_where_something_changed(own: Historian) -> None:
    own.write(wave(START, 1, 600), "a")
    first = tag_list()
    late(queries.rules, cataloguer.descriptions, queries.tags, tag_list)
    assert tag_list().columns is first.columns
    own.run("INSERT INTO influx_qc_rule (tag_name, max_val) VALUES ('a', 5)")
    late(queries.rules, queries.tags, tag_list)
    second = tag_list()
    assert second.columns["version"] != first.columns["version"]
    assert second.tags["a"].checks.high == 5


TICK = 10  # of the page


def seconds(reader: cache.Cached) -> float:
    """Return how long the answers of a reader are shared."""
    assert isinstance(reader.seconds, float)
    return reader.seconds


def test_what_a_page_shows_of_rules_is_at_most_half_a_minute_old_and_of_tags_a_minute() -> None:
    """The ages of what is put together add up: a reader may ask just before it is due."""
    listed = sum(map(seconds, (queries.tags, tag_list, routes.frame)))
    assert seconds(queries.rules) + listed + TICK <= 30
    for reader in (cataloguer.descriptions, cataloguer.names_in_readings):
        assert seconds(reader) + listed <= 60


@pytest.mark.parametrize("worst", [False, True])
def test_a_changed_rule_judges_within_half_a_minute_of_ticks(
    own: Historian, monkeypatch: pytest.MonkeyPatch, worst: bool
) -> None:
    clock = [time.time()]
    monkeypatch.setattr(cache.time, "time", lambda: clock[0])
    own.write(wave(START, 1, 600), "a")
    readers = (queries.rules, queries.tags, tag_list) if worst else (tag_list,)
    for each in readers:  # each reads just before the next, so that their ages add up
        each()
        clock[0] += seconds(each) - 0.1 if worst else 0
    own.run("INSERT INTO influx_qc_rule (tag_name, max_val) VALUES ('a', 5)")
    until = clock[0] + 30 - TICK
    while clock[0] < until:
        clock[0] += 2
        tag_list()
    assert tag_list().tags["a"].checks.high == 5


OF_TAGS = pytest.mark.one_server("there the tags are the rows of influx_tag, and kept as they were")


@pytest.mark.parametrize(
    ("relation", "said"),
    [
        ("influx_qc_rule", "no alarm is judged"),
        pytest.param("influx_tag", "Descriptions", marks=OF_TAGS),
    ],
)
def test_a_right_that_is_taken_away_is_said_and_nothing_fails(
    own: Historian, reader: str, relation: str, said: str, in_english: None
) -> None:
    tag = queries.tags()["D1"]
    assert (tag.checks.high, tag.unit) == (100, "bar")
    assert queries.about_tags() == queries.AboutTags()
    own.run(f"REVOKE SELECT ON {relation} FROM {reader}")
    late(queries.rules, cataloguer.descriptions, queries.tags)
    tag = queries.tags()["D1"]
    if relation == "influx_qc_rule":
        assert (tag.rule, tag.unit) == (None, "bar")
    else:
        assert (tag.checks.high, tag.unit) == (100, "")
    about = queries.about_tags()
    assert about.denied == (relation,)
    ((level, sentence),) = notices.about_tags(about, UTC)
    assert level == ("fault" if relation == "influx_qc_rule" else "warning")
    assert said in sentence and "Status" in sentence and relation not in sentence
    own.run(f"GRANT SELECT ON {relation} TO {reader}")
    late(queries.catalog, queries.rules, cataloguer.descriptions, queries.tags)
    assert (queries.tags()["D1"].checks.high, queries.tags()["D1"].unit) == (100, "bar")
    assert queries.about_tags() == queries.AboutTags()


def test_rules_that_cannot_be_read_now_go_on_judging_and_their_time_is_said(
    own: Historian, reader: str, monkeypatch: pytest.MonkeyPatch, in_english: None
) -> None:
    read = queries.rules.answer().as_of
    assert queries.tags()["D1"].checks.high == 100
    statement = select(func.pg_sleep(60).label("tag_name"))  # as a lock that is held on the table
    monkeypatch.setattr(cataloguer, "rules_statement", lambda _columns: statement)
    pool.connect(f"{own.dsn} options='-c role={reader}'", statement_timeout_ms=50)
    late(queries.rules, queries.tags)
    assert queries.tags()["D1"].checks.high == 100
    about = queries.about_tags()
    assert about.rules_as_of == read
    ((level, sentence),) = notices.about_tags(about, UTC)
    assert level == "warning"
    assert f"Rules as of {read:%H:%M:%S}" in sentence
