"""A real Citus cluster, laid out as docs/citus.md says, answers what one server answers."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import pytest
from psycopg2.extensions import make_dsn

import web
from data import queries, status
from data.db import cache, pool
from data.sql import QcCode
from data.views import overview
from settings import Settings
from tests.support import citus

pytestmark = [pytest.mark.db, pytest.mark.citus]

TAGS = ("T0", "T1", "T2", "T3", '가나/다 "q"', "'; drop table influx_hist; --", "a,b%s", "mute")
#: Three days of readings with a gap, bad values, a spike, qc, a tag that is silent since a day and
#: one that never spoke; `mute` has a row and no reading.
FILL = """
INSERT INTO influx_tag (tag_name, unit, meta)
SELECT name, 'bar', CASE WHEN name = 'T2' THEN '{{"kind": "counter"}}' ELSE '{{}}' END::jsonb
FROM unnest(ARRAY[{tags}]) name;
INSERT INTO influx_qc_rule (tag_name, min_val, max_val, warn_min, warn_max, crit_max, enabled)
SELECT name, 0, 100, 20, 80, 90, true FROM unnest(ARRAY[{tags}]) name WHERE name <> 'T3';
INSERT INTO influx_hist (ts, tag_name, value, qc)
SELECT at - i * interval '47 s' + k * interval '13 ms', name,
       CASE WHEN i % 411 = 7 THEN 'NaN' WHEN i % 503 = 9 THEN 250
            ELSE round((50 + 45 * sin(i / 200.0 + k))::numeric, 2) END,
       (i % 277 = 3)::int
FROM (SELECT timestamptz '{now}' AS at) moment, generate_series(0, 5400) i,
     unnest(ARRAY[{tags}]) WITH ORDINALITY AS named (name, k)
WHERE name <> 'mute' AND NOT (name = 'T1' AND i < 1900) AND NOT (k = 2 AND i BETWEEN 700 AND 900);
"""
TENS = ("influx_agg_1h", "1 hour", "influx_agg_10m"), ("influx_agg_1d", "1 day", "influx_agg_1h")
#: What an answer says of the moment at which it was made.
MOMENT = re.compile(r'"(age|as_of|at|now|read_at|version)":\s*[^,}]+')


def rollups(laid: citus.Layout) -> list[str]:
    """Return the statements that fill the rollups, those that the page leaves to its reader too."""
    every = [re.sub("interval '2 days'", "interval '9 days'", each) for each in laid[3:]]
    for table, width, source in TENS:
        made = every[1].replace("influx_agg_1m", source).replace("influx_agg_10m AS", f"{table} AS")
        every.append(made.replace("10 minutes", width))
    return every


@pytest.fixture(scope="module")
def two() -> Iterator[tuple[str, str]]:
    """The DSN of one server and of a cluster with the same rows."""
    with filled(FILL) as found:
        yield found


@contextmanager
def filled(fill: str) -> Iterator[tuple[str, str]]:
    """Give the same with the rows of a statement."""
    laid, name, one = citus.layout(), citus.new_database(), citus.single()
    cluster = make_dsn(citus.CITUS, dbname=name)
    tags = ", ".join("'" + tag.replace("'", "''") + "'" for tag in TAGS)
    now = datetime.now(UTC) - timedelta(seconds=20)
    for dsn in (one, cluster):
        citus.run(dsn, laid.relations, *([laid.distributed] if dsn == cluster else []))
    citus.run(one, fill.format(tags=tags, now=now.isoformat()), *rollups(laid))
    citus.copied(one, cluster)
    for dsn in (one, cluster):
        citus.run(dsn, "ANALYZE")
    yield one, cluster
    citus.drop_databases([name, citus.database_of(one)])


def read(dsn: str, ask: Any) -> Any:
    """Return what a reader answers over a historian."""
    pool.connect(dsn)
    cache.forget()
    try:
        return ask()
    finally:
        pool.dispose()
        cache.forget()


def same(two: tuple[str, str], ask: Any) -> Any:
    """Assert that both answer alike, and return the answer."""
    one, cluster = (read(dsn, ask) for dsn in two)
    assert one == cluster
    return cluster


def test_the_catalogue_knows_where_readings_are_distributed(two: tuple[str, str]) -> None:
    found = [read(dsn, queries.catalog) for dsn in two]
    assert [each.distributed for each in found] == [False, True]
    assert found[0].rollups == found[1].rollups == (86_400, 3_600, 600, 60)


def test_the_rollups_of_the_page_are_those_of_one_server(two: tuple[str, str]) -> None:
    """Of a sum the order of its numbers decides the last digit."""
    one, cluster = two
    for name in citus.ROLLUPS:
        every = f"SELECT tag_name, bucket, n, min, max, first, last, sum, avg, diff FROM {name}"
        expected = citus.run(one, f"{every} ORDER BY 1, 2")
        made = [f"DELETE FROM {name}", *rollups(citus.layout())]
        with closing(psycopg2.connect(cluster)) as connection, connection.cursor() as cursor:
            for statement in made:
                cursor.execute(statement)
            cursor.execute(f"{every} ORDER BY 1, 2")
            rows = cursor.fetchall()
        assert [row[:7] for row in rows] == [row[:7] for row in expected]
        for row, wanted in zip(rows, expected, strict=True):
            assert row[7:] == pytest.approx(wanted[7:], rel=1e-12, abs=1e-9)
        assert len(rows) > len(TAGS)


def test_the_tags_are_the_same(two: tuple[str, str]) -> None:
    assert set(same(two, queries.tags)) == set(TAGS)


def test_a_tick_says_the_same_of_every_tag(two: tuple[str, str]) -> None:
    def ask() -> Any:
        recent = queries.recent(TAGS, 3_600.0)
        newest = recent.latest[["ts", "value", "qc", "clock"]]
        order = ["tag", "ts"]
        return [
            each.astype(str).to_dict("records")
            for each in (newest.reset_index(), recent.trusted.sort_values(order))
        ]

    newest, trusted = same(two, ask)
    assert len(newest) == len(TAGS) and len(trusted) == 61 * (len(TAGS) - 1)


def test_spacings_and_sparklines_are_the_same(two: tuple[str, str]) -> None:
    spacing = same(two, lambda: queries.spacings(TAGS).fillna(-1.0).to_dict())
    assert spacing["mute"] == -1.0 and spacing["T0"] == 47.0
    lines = same(two, lambda: queries.sparklines(TAGS).fillna(-1.0).to_dict("records"))
    assert len(lines) > 60


STOP = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
WINDOW = f"start={(STOP - timedelta(hours=40)).isoformat()}&stop={STOP.isoformat()}"
SHORT = f"start={(STOP - timedelta(hours=3)).isoformat()}&stop={STOP.isoformat()}"
ROUTES = [
    f"/api/v1/{route}?tag={tag}&{window}"
    for route in ("timeseries", "indicators", "statistics", "gaps", "excursions")
    for tag in ("T0", "T1", "T2", "mute")
    for window in (WINDOW, SHORT)
    if (route, tag) != ("indicators", "T2")  # a counter has none
] + [
    f"/api/v1/timeseries?tag=T0&{SHORT}&resolution=raw",
    f"/api/v1/timeseries?tag=T0&{SHORT}&resolution=10m&compare=-1d",
    f"/api/v1/excursions?tag_like=T*&{WINDOW}",
    f"/api/v1/export.csv?tag_like=*&{WINDOW}&resolution=10m",
    f"/api/v1/export.csv?tag_like=T*&{WINDOW}&resolution=1h&shape=wide",
    f"/api/v1/export.csv?tag_like=T*&{SHORT}&resolution=raw",
    f"/api/v1/export.csv?tag_like=T*&{WINDOW}&resolution=raw&shape=wide&quality=all",
    "/api/v1/tags",
    "/api/v1/qc-rules",
]


Answers = list[dict[str, tuple[int, str]]]


@pytest.fixture(scope="module")
def answers(two: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """What each of the two answers to every route."""
    return told(two, tmp_path_factory)


def told(two: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """Return what each of two historians answers to every route."""
    found = []
    for dsn in two:
        cache.forget()
        folder = str(tmp_path_factory.mktemp("citus"))
        browser = web.create_app(Settings(dsn=dsn, data_dir=folder)).server.test_client()
        got = dict[str, tuple[int, str]]()
        for path in ROUTES:
            with browser.get(path.replace("+", "%2B")) as answer:
                got[path] = answer.status_code, answer.text
        found.append(got)
        pool.dispose()
    cache.forget()
    return found


@pytest.mark.parametrize("path", ROUTES)
def test_a_route_answers_the_same(path: str, answers: Answers) -> None:
    (code, one), (other, cluster) = (each[path] for each in answers)
    assert code == other == 200, cluster
    assert MOMENT.sub("", one) == MOMENT.sub("", cluster)


def test_while_nobody_says_what_qc_means_a_cluster_answers_as_one_server_does(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """No reading is good then; PostgreSQL leaves out what is of none, and Citus may refuse that."""
    with filled(FILL.replace("(i % 277 = 3)::int", "192")) as two:
        assert {read(dsn, lambda: queries.catalog().flagged) for dsn in two} == {QcCode.OPEN}
        one, cluster = told(two, tmp_path_factory)
        for path, (code, text) in cluster.items():
            assert (code, MOMENT.sub("", text)) == (one[path][0], MOMENT.sub("", one[path][1])), (
                path
            )

        def ask() -> Any:
            ticks = [overview.now(queries.tags()).states for _ in range(2)]
            details = [overview.details(tag, "UTC").time_in_state for tag in TAGS]
            return [each[["badge", "alarm"]].to_dict() for each in ticks], str(details)

        same(two, ask)


def test_it_is_said_what_lies_where_and_what_is_wrong(two: tuple[str, str]) -> None:
    """A rollup on the coordinator, a rule and readings of names without a row."""
    _one, cluster = two
    keys = {line.key for line in read(cluster, status.report).lines}
    assert {key for key in keys if key.startswith("citus")} == {"citus_nodes", "citus_beside"}
    citus.run(
        cluster,
        "SELECT undistribute_table('influx_agg_1h')",
        "INSERT INTO influx_qc_rule (tag_name) VALUES ('ruled')",
        "INSERT INTO influx_hist (ts, tag_name, value) VALUES (now(), 'stranger', 1)",
    )
    found = read(cluster, lambda: (status.report(), queries.catalog(), queries.tags()))
    lines = {line.key: line for line in found[0].lines}
    assert lines["citus_whole"].subject == "influx_agg_1h"
    assert "not_looked_at" not in lines
    assert lines["citus_ruled"].values["tags"] == ("ruled",)
    assert lines["citus_unnamed"].values["tags"] == ("stranger",)
    assert found[1].rollups == (86_400, 600, 60)
    assert set(found[2]) == set(TAGS)
    citus.run(cluster, citus.layout().named)
    assert "stranger" in read(cluster, queries.tags)
    citus.run(cluster, "SELECT undistribute_table('influx_tag')")
    refused = read(cluster, status.report)
    (line,) = (line for line in refused.lines if line.key == "refused")
    assert line.values["failure"].key == "historian_spread_tags"
