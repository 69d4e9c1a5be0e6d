"""A historian of another shape is read right, or refused in a sentence: never a wrong number."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import psycopg2
import pyarrow as pa
import pytest

from data import export, queries, status
from data.analysis import Checks, quality
from data.db import cache, pool, sessions
from data.errors import HistorianUnavailable
from data.sql import metadata
from data.views import overview
from tests.support.historians import START, ZONE, Historian, asked, regrouped, rolled, same, wave

pytestmark = pytest.mark.db
STOP = START + timedelta(hours=3)
PAGES: dict[str, Callable[[], Any]] = {
    "names": lambda: queries.tags(),
    "cards": lambda: overview.now({}),
    "trend": lambda: queries.history(asked("D1", "1h", START, STOP, ZONE)),
    "readings": lambda: queries.history(asked("D1", "raw", START, STOP, ZONE)),
    "indicators": lambda: queries.indicators(asked("D1", "1h", START, STOP, ZONE)),
}


def refusals() -> dict[str, str]:
    """Return the key of what each page says, by page; empty where all of them show something."""
    said = {}
    for page, ask in PAGES.items():
        cache.forget()
        try:
            ask()
        except HistorianUnavailable as failure:
            said[page] = failure.key
    return said


def assert_refused(key: str) -> str:
    """Assert that all pages and `manage.py check` say one sentence; return it."""
    assert refusals() == dict.fromkeys(PAGES, key)
    cache.forget()
    (line,) = [line for line in status.now().lines if line.key == "refused"]
    assert line.level == "fault"
    return str(line.values["failure"])


def assert_right(readings: pd.DataFrame) -> None:
    cache.forget()
    same(queries.history(asked("D1", "1h", START, STOP, ZONE)), regrouped(readings, "1h"))
    assert queries.latest(("D1",))["value"].iloc[0] == readings["value"].iloc[-1]


@pytest.fixture
def role(bare: Historian) -> Iterator[str]:
    """A role without any right, by which the pages read."""
    name = f"nobody_{bare.connection.info.dbname}"
    bare.run(f"CREATE ROLE {name}")
    pool.connect(f"{bare.dsn} options='-c role={name}'")
    yield name
    pool.dispose()
    bare.run(f"DROP OWNED BY {name}; DROP ROLE {name}")


def test_a_role_without_any_right_is_told_what_to_grant(bare: Historian, role: str) -> None:
    assert refusals() == dict.fromkeys(PAGES, "historian_right")
    bare.run("REVOKE USAGE ON SCHEMA public FROM PUBLIC")
    assert "GRANT USAGE" in assert_refused("historian_no_path")


def test_a_database_without_readings_is_refused_by_name(empty: Historian) -> None:
    said = assert_refused("historian_no_readings")
    assert "influx_hist in public" in said and "TS_SCHEMA" in said


@pytest.mark.parametrize(
    ("change", "key", "names"),
    [
        ("RENAME value TO val", "historian_columns", "lacks value"),
        ("RENAME ts TO at", "historian_columns", "lacks ts"),
        ("ALTER value TYPE text", "historian_text", "value::float8 AS value"),
        ("ALTER value TYPE boolean USING value > 0", "historian_text", "of type boolean"),
        ("ALTER ts TYPE timestamp", "historian_zone", "AT TIME ZONE"),
        ("ALTER ts TYPE text", "historian_type", "ts::timestamptz AS ts"),
        ("ALTER tag_name TYPE char(8)", "historian_type", "tag_name::text AS tag_name"),
        ("ADD qc text", "historian_type", "qc::smallint AS qc"),
    ],
)
def test_readings_of_another_shape_are_refused_with_the_way_out(
    bare: Historian, change: str, key: str, names: str
) -> None:
    bare.write(wave(START, 3, 60))
    bare.run(f"ALTER TABLE influx_hist {change}")
    assert names in assert_refused(key)


def test_the_view_that_is_proposed_mends_times_without_a_zone(bare: Historian) -> None:
    bare.run("ALTER DATABASE " + bare.connection.info.dbname + " SET timezone = 'UTC'")
    readings = bare.write(wave(START, 3, 60))
    bare.run("ALTER TABLE influx_hist ALTER ts TYPE timestamp USING ts AT TIME ZONE 'Asia/Seoul'")
    view = assert_refused("historian_zone").partition("such as: ")[2]
    for statement in view.split("; "):
        bare.run(statement)
    assert_right(readings)


@pytest.mark.parametrize("relation", ["influx_qc_rule", "influx_tag"])
def test_rules_whose_tags_cannot_be_compared_are_refused(bare: Historian, relation: str) -> None:
    bare.write(wave(START, 3, 60))
    bare.run(f"CREATE TABLE {relation} (tag_name int, max_val float8)")
    assert relation in assert_refused("historian_type")


def test_a_rollup_of_another_shape_is_done_without(bare: Historian) -> None:
    readings = bare.write(wave(START, 3, 60))
    bare.run(
        "CREATE TABLE influx_agg_1h (bucket timestamp, tag_name text, n bigint, avg float8, "
        "sum float8, min float8, max float8, last float8, first float8, diff float8)"
    )
    bare.run(
        "INSERT INTO influx_agg_1h SELECT ts, tag_name, 1, 0, 0, 0, 0, 0, 0, 0 FROM influx_hist"
    )
    assert_right(readings)
    assert queries.catalog().rollups == ()


def test_a_rollup_that_counts_rows_without_a_value_makes_no_mean_of_them(bare: Historian) -> None:
    """An aggregate of `count(*)`, `avg(value)` and `sum(value)`, and every fifth value is NULL."""
    readings = wave(START, 3, 5)
    readings.loc[readings.index[::5], "value"] = np.nan
    bare.write(readings, "D1")
    bare.run("UPDATE influx_hist SET value = NULL WHERE value = 'NaN'")
    rolled(bare, "influx_agg_1m", "influx_agg_10m", "influx_agg_1h")
    rows = regrouped(readings.fillna(0.0), "10m")["n"]
    for width, name in (("10 minutes", "influx_agg_10m"), ("1 hour", "influx_agg_1h")):
        bare.run(
            f"UPDATE {name} SET n = (SELECT count(*) FROM influx_hist h WHERE h.tag_name = 'D1'"
            f" AND h.ts >= bucket AND h.ts < bucket + interval '{width}')"
        )
    bare.run("DELETE FROM influx_agg_1m")
    assert rows.sum() == len(readings)
    for gone in (False, True):
        if gone:
            bare.run("DELETE FROM influx_hist WHERE ts < %s", (STOP - timedelta(minutes=30),))
        cache.forget()
        for token in ("10m", "1h"):
            found = queries.history(asked("D1", token, START, STOP, ZONE))
            right = regrouped(readings.dropna(), token)
            assert found["n"].tolist() == right["n"].tolist()
            assert found["avg"].to_numpy() == pytest.approx(right["avg"].to_numpy(), rel=1e-12)
            assert found["sum"].to_numpy() == pytest.approx(right["sum"].to_numpy(), rel=1e-12)
            assert (found["n"] + found["bad"]).sum() == len(readings)


def test_a_row_of_a_rollup_that_counts_and_holds_no_value_is_of_bad_readings_alone(
    bare: Historian,
) -> None:
    """An aggregate of `count(*)` and of good values, while a source gave none or flagged all."""
    readings = bare.write(wave(START, 24, 30), "D1")
    silent = (START, START + timedelta(hours=1)), (STOP, STOP + timedelta(hours=1))
    for bounds in silent:
        bare.run("UPDATE influx_hist SET value = NULL WHERE ts >= %s AND ts < %s", bounds)
        readings.loc[(readings.index >= bounds[0]) & (readings.index < bounds[1]), "value"] = np.nan
    rolled(bare, "influx_agg_1h")
    bare.run(
        "INSERT INTO influx_agg_1h (bucket, tag_name, n) SELECT date_trunc('hour', ts), 'D1',"
        " count(*) FROM influx_hist WHERE value IS NULL GROUP BY 1"
    )
    cache.forget()
    for token, width in (("1h", 1), ("2h", 2), ("6h", 6), ("12h", 12), ("1d", 24)):
        end = START + timedelta(days=1)
        found = queries.history(asked("D1", token, START, end, "UTC"))
        same(found, regrouped(readings.dropna(), token, "UTC"))
        assert (found["n"] + found["bad"]).sum() == len(readings)
        words = quality.bucket_quality(found, Checks(state="ACTIVE"))
        spoilt = {bounds[0].hour // width * width for bounds in silent}
        word = quality.BAD if width == 1 else quality.SUSPECT
        assert {at.hour: each for at, each in words.items() if each} == dict.fromkeys(spoilt, word)


def test_means_of_means_and_rounded_ones_change_no_count_of_a_rollup(bare: Historian) -> None:
    readings = wave(START, 3, 5)
    bare.write(readings, "D1")
    rolled(bare, "influx_agg_1m", "influx_agg_10m", "influx_agg_1h")
    bare.run(
        "UPDATE influx_agg_1h SET avg = (SELECT avg(m.avg) FROM influx_agg_10m m"
        " WHERE m.bucket >= influx_agg_1h.bucket"
        " AND m.bucket < influx_agg_1h.bucket + interval '1 hour')"
    )
    bare.run("UPDATE influx_agg_10m SET avg = round(avg::numeric, 1)")
    cache.forget()
    for token in ("10m", "1h"):
        found = queries.history(asked("D1", token, START, STOP, ZONE))
        same(found, regrouped(readings, token))
        assert found["bad"].sum() == 0


def test_two_rules_that_differ_are_a_rule_error_and_two_alike_are_one(bare: Historian) -> None:
    bare.write(wave(START, 3, 60))
    bare.run("CREATE TABLE influx_qc_rule (tag_name text, warn_max float8, enabled boolean)")
    bare.run("INSERT INTO influx_qc_rule VALUES ('D1', 120, true), ('D1', 120, true)")
    assert queries.tags()["D1"].checks.state == "ACTIVE"
    bare.run("INSERT INTO influx_qc_rule VALUES ('D1', 80, true)")
    cache.forget()
    checks = queries.tags()["D1"].checks
    assert checks.state == "RULE ERROR"
    assert "2 rules" in str(checks.faults[0])


def test_names_that_are_null_are_no_tags(bare: Historian) -> None:
    readings = bare.write(wave(START, 3, 60))
    bare.run("INSERT INTO influx_hist VALUES (%s, NULL, 1)", (START,))
    bare.run("CREATE TABLE influx_tag (tag_name text, unit text)")
    bare.run("INSERT INTO influx_tag VALUES (NULL, 'bar'), ('D1', NULL)")
    bare.run("CREATE TABLE influx_qc_rule (tag_name text, max_val float8)")
    bare.run("INSERT INTO influx_qc_rule VALUES (NULL, 1)")
    assert_right(readings)
    assert list(queries.tags()) == ["D1"]
    assert refusals() == {}


#: Of a source that knows no time, which many programs call the year 1 or 9999; nanoseconds, in
#: which pages count, reach from 1677 to 2262.
NO_TIMES = (
    *("0001-01-01 00:00+00", "-infinity", "4713-01-01 00:00+00 BC", "1600-01-01 00:00+00"),
    *("9999-12-31 23:59:59.999999+00", "infinity", "290000-01-01 00:00+00"),
)


@pytest.mark.parametrize("no_time", NO_TIMES)
def test_a_reading_of_a_time_that_cannot_be_takes_no_page_and_no_file(
    bare: Historian, no_time: str
) -> None:
    readings = bare.write(wave(START, 3, 60))
    bare.run("INSERT INTO influx_hist VALUES (%s, 'D1', 1), (%s, 'D2', 1)", (no_time, no_time))
    assert_right(readings)
    assert refusals() == {}
    ages = queries.latest(("D1", "D2"))
    assert ages["ts"].isna().tolist() == [False, True]
    columns = "tag,time,value,quality,alarm"
    query = {"tag": ["D1", "D2"], "columns": [columns], "start": [str(START)], "stop": [str(STOP)]}
    question = export.question(query, STOP, "UTC")
    rows = pa.Table.from_batches(export.stream(question).batches())
    np.testing.assert_array_equal(rows["value"], readings["value"])
    assert set(rows["tag"].to_pylist()) == {"D1"}


@pytest.mark.parametrize("partitions", [1, 2_000])
def test_one_partition_and_two_thousand_are_read_right(empty: Historian, partitions: int) -> None:
    """With that many a plan that names no time opens them all; none may fail or be cut off."""
    empty.run(
        "CREATE TABLE influx_hist (ts timestamptz, tag_name text, value float8)"
        " PARTITION BY RANGE (ts)"
    )
    empty.run("CREATE INDEX ON influx_hist (tag_name, ts DESC)")
    first = START - timedelta(days=partitions - 1)
    for some in range(0, partitions, 100):  # one transaction each: a partition takes locks
        empty.run(
            "DO $$ BEGIN FOR i IN %s..%s LOOP EXECUTE format('CREATE TABLE p_%%s PARTITION OF "
            "influx_hist FOR VALUES FROM (%%L) TO (%%L)', i, timestamptz %s + i * interval '1 d', "
            "timestamptz %s + (i + 1) * interval '1 d'); END LOOP; END $$",
            (some, min(some + 100, partitions) - 1, first, first),
        )
    readings = empty.write(wave(START, 3, 60))
    pool.connect(empty.dsn)
    assert_right(readings)


def test_a_view_over_a_foreign_table_is_read_as_a_table_is(bare: Historian) -> None:
    name = bare.connection.info.dbname
    try:
        bare.run("CREATE EXTENSION postgres_fdw")
    except psycopg2.Error as error:
        pytest.skip(str(error))
    readings = bare.write(wave(START, 3, 60))
    host = bare.connection.info.host
    bare.run("ALTER TABLE influx_hist RENAME TO far")
    bare.run(
        f"CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '{host}', "
        f"port '{bare.connection.info.port}', dbname '{name}')"
    )
    user = bare.connection.info.user
    bare.run(f"CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (user '{user}')")
    bare.run(
        "CREATE FOREIGN TABLE near (ts timestamptz, tag_name text, value float8) SERVER far"
        " OPTIONS (table_name 'far')"
    )
    bare.run("CREATE VIEW influx_hist AS SELECT * FROM near")
    assert_right(readings)


def test_a_lower_limit_of_the_role_does_not_count(bare: Historian) -> None:
    """Each session of ours sets its own, which wins over that of its role."""
    name = f"slow_{bare.connection.info.dbname}"
    bare.run(f"CREATE ROLE {name} LOGIN; ALTER ROLE {name} SET statement_timeout = '1ms'")
    bare.run(f"GRANT SELECT ON influx_hist TO {name}")
    readings = bare.write(wave(START, 3, 60))
    pool.connect(f"{bare.dsn} user={name}")
    assert_right(readings)
    pool.dispose()
    bare.run(f"DROP OWNED BY {name}; DROP ROLE {name}")


@pytest.mark.parametrize("apart", [timedelta(hours=1), timedelta(hours=-1)])
def test_an_hour_between_the_clocks_never_makes_a_reading_fresh(
    bare: Historian, apart: timedelta
) -> None:
    """A server an hour slow sees readings of the future, one an hour fast old ones."""
    now = datetime.now(UTC) + apart
    times = pd.date_range(now - timedelta(hours=3), now, freq="10s")
    bare.write(pd.DataFrame({"value": range(len(times))}, times.as_unit("us")).astype(float))
    state = overview.now({"D1": queries.tags()["D1"]}).states.iloc[0]
    lines = {line.key: line.level for line in status.now().lines}
    if apart > timedelta(0):
        assert state["clock"]
        assert lines["tags_ahead"] == "risk"
    else:
        assert state["age"] >= 3_599
        assert lines["nothing_fresh"] == "risk"


# ---- a hostile search path -------------------------------------------------------------------

#: Functions and operators that fit our statements better than those of PostgreSQL.
SHADOWS = """
CREATE SCHEMA {schema};
CREATE FUNCTION {schema}.unnest(text[]) RETURNS SETOF text LANGUAGE sql AS $$ SELECT 'evil' $$;
CREATE FUNCTION {schema}.abs(double precision) RETURNS double precision LANGUAGE sql
    AS $$ SELECT 0::float8 $$;
CREATE FUNCTION {schema}.now() RETURNS timestamptz LANGUAGE sql
    AS $$ SELECT '2001-01-01'::timestamptz $$;
CREATE FUNCTION {schema}.never(timestamptz, timestamptz) RETURNS boolean LANGUAGE sql
    AS $$ SELECT false $$;
CREATE OPERATOR {schema}.>= (FUNCTION = {schema}.never, LEFTARG = timestamptz,
                             RIGHTARG = timestamptz)
"""


@pytest.fixture
def diverted(bare: Historian) -> Iterator[str]:
    """The schema of a role, first on its search path, PostgreSQL's own last."""
    name = f"evil_{bare.connection.info.dbname}"
    bare.run(SHADOWS.format(schema=name))
    bare.run(f"CREATE ROLE {name} LOGIN; GRANT USAGE ON SCHEMA {name} TO {name}")
    bare.run(f"GRANT SELECT ON influx_hist TO {name}")
    bare.run(f'ALTER ROLE {name} SET search_path = "$user", public, pg_catalog')
    yield name
    pool.dispose()
    bare.run(f"DROP OWNED BY {name}; DROP SCHEMA {name} CASCADE; DROP ROLE {name}")


@pytest.mark.parametrize("pooler", [False, True])
def test_functions_and_operators_of_a_role_divert_no_statement(
    bare: Historian, diverted: str, pooler: bool
) -> None:
    readings = bare.write(wave(START, 3, 60))
    pool.connect(f"{bare.dsn} user={diverted}", pooler=pooler)
    assert_right(readings)
    assert list(queries.tags()) == ["D1"]
    assert pool.database_now() > START


@pytest.mark.parametrize("relation", ["influx_hist", "influx_qc_rule"])
def test_a_relation_in_two_schemas_is_refused_until_one_is_named(
    bare: Historian, diverted: str, relation: str
) -> None:
    readings = bare.write(wave(START, 3, 60))
    if relation != "influx_hist":
        bare.run(f"CREATE TABLE {relation} (tag_name text, max_val float8)")
    bare.run(f"CREATE TABLE {diverted}.{relation} AS SELECT * FROM public.{relation}")
    bare.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA public, {diverted} TO {diverted}")
    pool.connect(f"{bare.dsn} user={diverted}")
    assert f"{relation}, in {diverted}, public" in assert_refused("historian_two")
    pool.connect(f"{bare.dsn} user={diverted}", schema="public")
    assert_right(readings)


def test_a_schema_with_helpers_of_other_names_stays_on_the_path(bare: Historian) -> None:
    """Views may call functions whose bodies find others by the search path."""
    bare.run("CREATE SCHEMA helpers")
    bare.run("CREATE FUNCTION helpers.plain(x float8) RETURNS float8 LANGUAGE sql AS 'SELECT $1'")
    pool.connect(f"{bare.dsn} options='-c search_path=helpers,public'")
    with pool.checkout() as connection, connection.cursor() as cursor:
        cursor.execute("SHOW search_path")
        assert cursor.fetchone() == ('pg_catalog, "helpers", "public", pg_temp',)


def test_a_schema_counts_as_ours_by_the_names_of_the_contract() -> None:
    assert all(sessions.RELATIONS.match(name) for name in metadata.tables)
