"""On a server with PostgreSQL's own settings and fifty partitions no page reads all of them."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import pytest

from data import queries, sql
from data.db import cache, pool
from data.db.copy_out import compiled, prepared
from data.db.pool import reading
from data.queries.tick import recent
from data.sql import (
    QcCode,
    catalog,
    deciding_since_statement,
    entering_statement,
    named_statement,
    names_statement,
    older_statement,
    trusted_statement,
)
from tests.support import defaults
from tests.support.historians import ZONE, asked

pytestmark = pytest.mark.db

NAMES = tuple(f"T{k}" for k in range(1, defaults.TAGS + 1))
READINGS = defaults.TAGS * defaults.EACH


@pytest.fixture(scope="module")
def partitioned(module_database: str) -> str:
    """The DSN of a historian with a million readings in fifty partitions."""
    defaults.fill(module_database)
    return module_database


@pytest.fixture
def explained(partitioned: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """The plans of the statements that are asked, as they ran."""
    pool.connect(partitioned)
    cache.forget()
    plans: list[Any] = []
    copied = reading._copied

    def explaining(text: str, values: Any, name: str | None = None) -> memoryview:
        plans.append(plan(text, values))
        return copied(text, values, name)

    monkeypatch.setattr(reading, "_copied", explaining)
    yield plans
    pool.dispose()
    cache.forget()


def plan(text: str, values: Any) -> Any:
    """Return how the server ran a statement, in a session as the pages have it."""
    with pool.checkout() as connection, connection.cursor() as cursor:
        body = cursor.mogrify(text, values)
        cursor.execute(b"EXPLAIN (ANALYZE, FORMAT JSON) " + body)
        answer = cursor.fetchone()[0][0]
    assert "JIT" not in answer
    return answer["Plan"]


def scans(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the nodes of a plan that read a partition."""
    if node.get("Relation Name", "").startswith("influx_hist"):
        yield node
    for child in node.get("Plans", []):
        yield from scans(child)


def partitions(node: dict[str, Any]) -> set[str]:
    """Return the partitions that a plan has to do with."""
    return {scan["Relation Name"] for scan in scans(node)}


def rows_read(node: dict[str, Any]) -> float:
    """Return how many readings a plan looked at."""
    names = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    each = (scan["Actual Loops"] * sum(scan.get(name, 0) for name in names) for scan in scans(node))
    return float(sum(each))


def test_a_tick_plans_the_partitions_of_a_day_and_no_others(explained: list[Any]) -> None:
    recent = queries.recent(NAMES, 3_600.0)
    assert recent.latest["value"].notna().all() and len(recent.trusted) == 61 * len(NAMES)
    tick = explained[-1]
    assert 1 <= len(partitions(tick)) <= 3
    assert 61 * len(NAMES) <= rows_read(tick) < 0.03 * READINGS


def test_the_next_tick_reads_the_last_few_readings_of_a_tag(
    explained: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent, "ANEW_S", 1e9)  # however slow this machine is
    queries.recent.function(NAMES, 3_600.0)
    queries.recent.function(NAMES, 3_600.0)
    tick = explained[-1]
    assert 1 <= len(partitions(tick)) <= 3
    assert 9 * len(NAMES) <= rows_read(tick) < 15 * len(NAMES)


def _window(days: float, token: str) -> queries.Request:
    stop = pool.database_now()
    return asked("T7", token, stop - timedelta(days=days), stop, ZONE)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: queries.latest(NAMES),
        lambda: queries.tail(NAMES),
        lambda: queries.spacings(NAMES),
        lambda: queries.sparklines(NAMES),
        lambda: queries.deciding_readings((("T3", 0.0, 1e9, -1e9, 1e9, 1.0),) * 50),
        lambda: queries.before("T7", pool.database_now(), queries.tags()["T7"].checks),
    ],
    ids=["latest", "tail", "spacings", "sparklines", "deciding", "before"],
)
def test_no_question_about_now_reads_more_than_it_answers(
    explained: list[Any], ask: Callable[[], object]
) -> None:
    ask()
    read = max(rows_read(each) for each in explained)
    assert 0 < read < 0.02 * READINGS
    assert all("Seq" not in scan["Node Type"] for each in explained for scan in scans(each))


@pytest.mark.parametrize("token", ["raw", "10m"])
def test_a_window_of_two_days_plans_the_partitions_of_two_days(
    explained: list[Any], token: str
) -> None:
    request = _window(2, token)
    explained.clear()
    limits = ((0, 1e9),)
    frame = (
        queries.history(request)
        if token != "raw"
        else queries.runs(request, limits, (0, 1), queries.Times(request))
    )
    assert frame is not None
    assert explained
    for each in explained:
        assert len(partitions(each)) <= 4
        assert rows_read(each) <= 500, "of one tag, and no more than its window holds"


def _statements_about_now() -> dict[str, tuple[Any, dict[str, Any]]]:
    """Return the statements of a tick that only some tags need, and what they are bound."""
    now, tags = pool.database_now(), list(NAMES[:50])
    bounds = {"lows": [40.0] * 50, "highs": [1e9] * 50}
    questions = {"tags": tags, **bounds, "floors": [-1e9] * 50, "ceilings": [1e9] * 50, "at": None}
    since = {"sinces": [now - timedelta(hours=1)] * 50}
    older = {"tags": tags, **bounds, "untils": [now] * 50, "depth": 5_000}
    return {
        "deciding since": (deciding_since_statement(QcCode.FLAG), {**questions, **since}),
        "entering": (entering_statement(False, QcCode.FLAG), {**questions, **since}),
        "older": (older_statement(False, QcCode.FLAG), older),
        "trusted": (trusted_statement(QcCode.FLAG), {**older, "count": 61, "depth": 5_001}),
    }


@pytest.mark.parametrize("name", ["deciding since", "entering", "older", "trusted"])
def test_what_some_tags_need_reads_no_more_than_theirs(explained: list[Any], name: str) -> None:
    statement, values = _statements_about_now()[name]
    form = prepared(statement)
    tree = plan(form.sql, {**form.values, **values})
    assert rows_read(tree) < 0.02 * READINGS
    assert all("Seq" not in scan["Node Type"] for scan in scans(tree))


def _statements_of_a_window() -> dict[str, tuple[Any, dict[str, Any]]]:
    """Return the statements about the last two days of one tag, and what they are bound."""
    stop = pool.database_now()
    start = stop - timedelta(days=2)
    window = {"tag": "T7", "start": start, "stop": stop}
    moments = [start + timedelta(hours=4 * k) for k in range(1, 13)]
    spans = {"starts": moments[:-1], "stops": moments[1:]}
    edges = {**window, **spans, "counts": [30] * 11}
    return {
        "moments": (sql.before_moments_statement(), {**window, "moments": moments}),
        "times": (sql.reading_times_statement(1_000), window),
        "probes": (sql.probes_statement(0, False), edges),
        "held": (sql.held_statement(1_000), edges),
        "edges": (
            sql.edges_statement(((0, "first"), (0, "newest"))),
            {**window, "low_first_0": start, "high_first_0": stop}
            | {"low_newest_0": start, "high_newest_0": stop},
        ),
        "count": (sql.count_statement(), window),
        "missing hours": (
            sql.missing_hours_statement(QcCode.FLAG),
            {**window, "tags": ["T7"], "hours": moments[:1], "lows": [0.0], "highs": [99.0]},
        ),
        "counted hours": (
            sql.counted_hours_statement(QcCode.FLAG),
            {**window, "tags": ["T7"], "hours": moments[:1], "lows": [0.0], "highs": [99.0]},
        ),
        "before hours": (
            sql.before_hours_statement(QcCode.FLAG, True),
            {"tags": ["T7"], "lows": [0.0], "highs": [99.0], "depth": 610, "floor": start}
            | {"start": start + timedelta(days=1)},
        ),
    }


@pytest.mark.parametrize("name", sorted(
    ["moments", "times", "probes", "held", "edges", "count", "missing hours", "counted hours",
     "before hours"]
))  # fmt: skip
def test_what_is_asked_of_a_window_reads_no_more_than_it_holds(
    explained: list[Any], name: str
) -> None:
    """Of a tag 200 readings a day: those of two days at most for each of twelve moments."""
    statement, values = _statements_of_a_window()[name]
    form = prepared(statement)
    tree = plan(form.sql, {**form.values, **values})
    assert 1 <= rows_read(tree) <= 12 * 400
    read = [scan for scan in scans(tree) if scan["Actual Rows"]]
    assert all("Seq" not in scan["Node Type"] for scan in read)
    assert len(partitions(tree)) <= 4


#: Two days of rollups beside the readings, for as long as a transaction lasts.
STORED = [
    "CREATE TABLE {name} (bucket timestamptz, tag_name text, n bigint, avg float8, sum float8,"
    " min float8, max float8, last float8, first float8, diff float8,"
    " PRIMARY KEY (tag_name, bucket))",
    "INSERT INTO {name} SELECT date_bin('{width} s', ts, 'epoch'), tag_name, 1, 50, 50, 40, 60, 50,"
    " 50, 0 FROM influx_hist WHERE ts > now() - interval '2 days' ON CONFLICT DO NOTHING",
]


def test_the_day_of_the_cards_is_read_from_its_hours_and_the_newest_readings(
    partitioned: str,
) -> None:
    stop = datetime.now(UTC)
    values: dict[str, Any] = {"tags": list(NAMES), "lows": [0.0] * 100, "highs": [99.0] * 100}
    values |= {"start": stop - timedelta(hours=23), "stop": stop}
    form = prepared(sql.hours_statement(QcCode.FLAG, False))
    with closing(psycopg2.connect(partitioned)) as connection, connection.cursor() as cursor:
        for statement in STORED:
            for name, width in (("influx_agg_1m", 60), ("influx_agg_1h", 3_600)):
                cursor.execute(statement.format(name=name, width=width))
        cursor.execute("ANALYZE influx_agg_1m; ANALYZE influx_agg_1h; SET LOCAL jit = off")
        body = cursor.mogrify(form.sql, {**form.values, **values})
        cursor.execute(b"EXPLAIN (ANALYZE, FORMAT JSON) " + body)
        tree = cursor.fetchone()[0][0]["Plan"]
    assert len(partitions(tree)) <= 3
    assert rows_read(tree) <= 2 * len(NAMES), "of each tag what follows its newest minute"


def test_what_is_asked_of_catalogues_rules_and_texts_touches_no_reading(partitioned: str) -> None:
    names = tuple(sql.metadata.tables)
    statements = {
        "catalog": sql.catalog_statement(names),
        "schemas": sql.schemas_statement(names),
        "versions": sql.versions_statement(),
        "rules": sql.rules_statement(frozenset({"tag_name", "min_val"})),
        "tags": sql.tags_statement(frozenset({"tag_name", "unit"})),
    }
    with closing(psycopg2.connect(partitioned)) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE influx_qc_rule (tag_name text, min_val float8)")
        cursor.execute("CREATE TABLE influx_tag (tag_name text, unit text)")
        for name, statement in statements.items():
            body = cursor.mogrify(*compiled(statement))
            cursor.execute(b"EXPLAIN (ANALYZE, FORMAT JSON) " + body)
            assert partitions(cursor.fetchone()[0][0]["Plan"]) == set(), name


def test_names_come_by_the_index_and_not_from_every_reading(explained: list[Any]) -> None:
    statements = (names_statement(), named_statement("T7", ["influx_hist"]))
    for statement in statements:
        assert rows_read(plan(*compiled(statement))) < 0.02 * READINGS
    form = prepared(catalog.qc_counts_statement())
    assert rows_read(plan(form.sql, form.values)) < 0.02 * READINGS
    assert list(queries.tags()) == sorted(NAMES)


def test_the_server_has_the_settings_that_our_sessions_override(explained: list[Any]) -> None:
    """What this file tests is a server that compiles: were it not, `jit` would prove nothing."""
    with pool.checkout() as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT setting FROM pg_settings WHERE name = 'jit'),"
            " (SELECT reset_val FROM pg_settings WHERE name = 'work_mem')"
        )
        assert cursor.fetchone() == ("off", "4096")
        cursor.execute(
            "SELECT unnest(setconfig) FROM pg_db_role_setting d JOIN pg_database b"
            " ON b.oid = d.setdatabase WHERE datname = current_database()"
        )
        assert ("jit=on",) in cursor.fetchall()
