"""Of hundreds of partitions no question plans all of them many times over, and none answers less.

Planning takes the longer the more relations a statement names, whatever it then reads.
"""

import importlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pandas as pd
import psycopg2
import pytest

from api.encoding import tag_columns
from components import notices
from data import queries, status
from data.db import cache, pool, read_frame
from data.db.copy_out import compiled
from data.queries import relations
from data.sql import names_statement, oldest_statement, qc_counts_statement
from tests.db.test_plans import explained as explained
from tests.db.test_plans import partitions, plan, scans

pytestmark = pytest.mark.db

tags_of = importlib.import_module("data.queries.catalog")
HOURS = 300
NAMES = ("quick", "rare", "silent")
TABLE = """
CREATE TABLE influx_hist (ts timestamptz NOT NULL, tag_name text NOT NULL, value float8,
                          qc smallint DEFAULT 0, meta jsonb, UNIQUE (ts, tag_name))
PARTITION BY RANGE (ts);
CREATE INDEX ON influx_hist (tag_name, ts DESC);
DO $$ BEGIN
    FOR h IN -2..{hours} LOOP
        EXECUTE format('CREATE TABLE influx_hist_%s PARTITION OF influx_hist'
                       ' FOR VALUES FROM (%L) TO (%L)',
                       h + 2, date_trunc('hour', now()) - make_interval(hours => h),
                       date_trunc('hour', now()) - make_interval(hours => h - 1));
    END LOOP;
END $$;
INSERT INTO influx_hist SELECT now() - make_interval(mins => m), 'quick', m, 0
FROM generate_series(1, 6000, 5) m;
INSERT INTO influx_hist SELECT now() - make_interval(hours => h, mins => 1), 'rare', h, 0
FROM generate_series(0, {hours} - 2, 3) h;
INSERT INTO influx_hist
SELECT now() - make_interval(hours => {hours} - 2, secs => s), 'silent', s, 0
FROM generate_series(1, 90) s;
ANALYZE influx_hist
"""


@pytest.fixture(scope="module")
def partitioned(module_database: str) -> str:
    """The DSN of a historian with an hour a partition, in the place of that of the plans."""
    with closing(psycopg2.connect(module_database)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(TABLE.format(hours=HOURS))
    return module_database


@pytest.fixture(autouse=True)
def anew(explained: list[Any]) -> Iterator[None]:
    yield


def answers() -> dict[str, Any]:
    """Return what depends on all partitions, as it is read anew."""
    cache.forget()
    names = tuple(queries.tags())
    recent = queries.recent(names, 3_600.0)
    return {
        "names": names,
        "spacings": queries.spacings(names),
        "latest": recent.latest[["ts", "value", "qc"]],
        "trusted": recent.trusted.reset_index(drop=True),
    }


def test_the_answers_are_those_of_one_statement_over_all(monkeypatch: pytest.MonkeyPatch) -> None:
    found = answers()
    assert queries.catalog().parts == HOURS + 3 >= relations.MANY_PARTS
    monkeypatch.setattr(relations, "MANY_PARTS", 10**6)
    at_once = answers()
    assert found["names"] == at_once["names"] == NAMES
    pd.testing.assert_series_equal(found["spacings"], at_once["spacings"])
    pd.testing.assert_frame_equal(found["latest"], at_once["latest"])
    of_each = found["trusted"].groupby("tag").size().tolist()
    assert of_each == [61, 61, 61]
    pd.testing.assert_frame_equal(found["trusted"], at_once["trusted"])


def test_a_tick_names_no_partition_more_than_twice_in_a_statement(explained: list[Any]) -> None:
    answers()
    assert explained
    for each in explained:
        assert len(list(scans(each))) <= 2 * (HOURS + 3)
    assert len(partitions(explained[-1])) <= HOURS + 3


def test_names_and_qc_of_the_newest_leave_out_the_other_partitions() -> None:
    start = pool.database_now() - timedelta(hours=10)
    for statement in (names_statement(start), qc_counts_statement(start)):
        assert 1 <= len(partitions(plan(*compiled(statement)))) <= 14
    piece = names_statement(start - timedelta(hours=20), start)
    assert 1 <= len(partitions(plan(*compiled(piece)))) <= 22
    oldest = read_frame(oldest_statement())["oldest"].iloc[0]
    assert oldest < pd.Timestamp(start) - pd.Timedelta(hours=HOURS - 20)


def test_names_are_read_further_back_each_time_and_it_is_said_how_far(
    monkeypatch: pytest.MonkeyPatch, in_english: None
) -> None:
    monkeypatch.setattr(tags_of, "NAMES_S", -1.0)  # no time but for the newest partitions
    cache.forget()
    assert set(queries.tags()) == {"quick", "rare"}
    assert queries.names_back_to() is not None
    (line,) = [each for each in status.now().lines if each.key == "names_partly"]
    assert line.values["at"] == queries.names_back_to()
    about = queries.about_tags()
    ((_level, said),) = notices.about_tags(about, UTC)
    assert f"back to {queries.names_back_to():%Y-%m-%d %H:%M} so far" in said
    before = tag_columns([], about)["version"]
    assert queries.tag("silent") is not None, "who asks for it by name is answered"
    monkeypatch.setattr(tags_of, "NAMES_S", 60.0)
    queries.read_anew()
    assert set(queries.tags()) == set(NAMES)
    assert queries.names_back_to() is None
    assert notices.about_tags(queries.about_tags(), UTC) == []
    assert tag_columns([], queries.about_tags())["version"] != before


def test_a_worker_goes_on_where_another_one_came_to_and_says_so_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tags_of, "NAMES_S", -1.0)
    cache.forget()
    queries.tags()
    back_to = queries.names_back_to()
    cache.remember("names", None)  # the answer is shared, the walk is of the worker that made it
    assert back_to is not None and queries.about_tags().names_back_to == back_to
    monkeypatch.setattr(tags_of, "NAMES_S", 60.0)
    read = tags_of._names
    asked = []
    monkeypatch.setattr(tags_of, "_names", lambda *bounds: asked.append(bounds) or read(*bounds))
    queries.read_anew()
    assert set(queries.tags()) == set(NAMES)
    assert asked[1][1] == back_to, "after the newest"


def test_check_says_what_many_partitions_mean() -> None:
    cache.forget()
    (line,) = [each for each in status.now().lines if each.key == "many_parts"]
    assert (line.level, line.subject, line.values["parts"]) == ("note", "influx_hist", HOURS + 3)


@pytest.mark.parametrize("kept", [0, 3], ids=["of two days", "of any age"])
def test_what_qc_means_is_seen_in_the_newest_partitions_and_else_in_all(
    partitioned: str, kept: int
) -> None:
    """In an outage of all sources the newest partitions hold nothing."""
    with closing(psycopg2.connect(partitioned)) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE influx_hist SET qc = 192")
        newest = "DELETE FROM influx_hist WHERE ts > now() - make_interval(days => %s)"
        cursor.execute(newest, (kept,))
        connection.commit()
    many = relations.catalog()
    looks = relations._qc_looks(many)
    assert many.many_parts and looks is not None
    assert looks == relations._qc_looks(replace(many, parts=0))
