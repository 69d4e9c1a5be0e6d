"""On a server with PostgreSQL's own settings and fifty partitions no page reads all of them."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from data import queries
from data.db import cache, pool
from data.db.copy_out import compiled, prepared
from data.db.pool import reading
from data.queries.tick import known
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

    def explaining(sql: str, values: Any, name: str | None = None) -> memoryview:
        plans.append(plan(sql, values))
        return copied(sql, values, name)

    monkeypatch.setattr(reading, "_copied", explaining)
    yield plans
    pool.dispose()
    cache.forget()


def plan(sql: str, values: Any) -> Any:
    """Return how the server ran a statement, in a session as the pages have it."""
    with pool.checkout() as connection, connection.cursor() as cursor:
        body = cursor.mogrify(sql, values)
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
    assert 61 * len(NAMES) <= rows_read(tick) < 0.02 * READINGS


def test_the_next_tick_reads_the_last_few_readings_of_a_tag(
    explained: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known, "ANEW_S", 1e9)  # however slow this machine is
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
        lambda: queries.deciding_readings((("T3", 0.0, 1e9, -1e9, 1e9),) * 50),
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
