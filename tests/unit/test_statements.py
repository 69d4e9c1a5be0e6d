"""Statements by their SQL: what they ask, and what never becomes part of their text."""

import gc
import re
import weakref
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Text, column, select

from data.buckets import RESOLUTIONS, resolution
from data.db.copy_out import compiled, prepared, prepared_bytes, preparing
from data.sql import catalog, look_back, presence, readings
from data.sql import history as statements
from data.sql import latest as newest
from data.sql.qc import QcCode
from data.store import policies, shapes

NASTY = "'; drop table influx_hist; --"


def sql(statement: object) -> str:
    """Return the text of a statement on one line."""
    return " ".join(compiled(statement)[0].split())


def test_a_history_reads_the_rollup_of_its_own_width_without_grouping() -> None:
    text = sql(
        statements.history_statement((3_600,), resolution("1h"), "s", QcCode.FLAG, whole=True)
    )
    assert "FROM influx_agg_1h" in text
    assert "GROUP BY" not in text


def test_a_history_of_wider_buckets_sums_sums_and_counts() -> None:
    text = sql(statements.history_statement((3_600,), resolution("6h"), "s", QcCode.FLAG))
    total = "sum(rows.sum ORDER BY rows.time)"
    assert f"{total} / CAST(nullif(sum(rows.n), 0::float8) AS DOUBLE PRECISION)" in text
    assert "date_bin" in text
    assert "avg(" not in text


@pytest.mark.parametrize("sources", [(0,), (60, 0), (3_600, 600, 60, 0), (86_400,)])
def test_what_is_summed_up_of_values_is_summed_up_by_time(sources: tuple[int, ...]) -> None:
    """In another order the last digit is another: by another plan, or in parts of a file."""
    for day in ("s", "sos"):
        text = sql(statements.history_statement(sources, resolution("1w"), day, QcCode.FLAG))
        sums = re.findall(r"sum\((\w+\.sum)( ORDER BY \w+\.time)?\)", text)
        assert sums and all(by_time for _, by_time in sums)
    features = sql(readings.raw_features_statement(QcCode.FLAG))
    by_time = "CAST(influx_hist.value AS DOUBLE PRECISION) ORDER BY influx_hist.ts"
    assert f"avg({by_time})" in features and f"stddev_samp({by_time})" in features


def test_buckets_of_a_zone_go_in_steps_and_one_by_one_where_its_clocks_change() -> None:
    text = sql(statements.history_statement((3_600,), resolution("1d"), "sos", QcCode.FLAG))
    assert text.count("THEN date_bin(") == 1
    assert "< %(until_0)s" in text
    assert "< %(until_1)s::TIMESTAMP WITH TIME ZONE) THEN %(edge_1)s" in text
    assert "ELSE date_bin(" in text


def test_only_the_tail_of_a_history_is_grouped_where_the_rollup_has_its_width() -> None:
    text = sql(statements.history_statement((60, 0), resolution("1m"), "", QcCode.FLAG, whole=True))
    assert text.count("GROUP BY") == 1
    assert text.index("influx_agg_1m") < text.index("UNION ALL") < text.index("FROM influx_hist")


@pytest.mark.parametrize("width", RESOLUTIONS)
def test_no_history_of_buckets_is_cut_off_by_a_limit(width: object) -> None:
    for sources in ((0,), (60, 0), (3_600, 600, 60, 0)):
        whole = sources[0] > 0
        text = sql(statements.history_statement(sources, width, "sos", QcCode.FLAG, whole=whole))
        assert "LIMIT" not in text


def test_a_statement_of_one_shape_is_built_and_compiled_once() -> None:
    built: list[tuple[object, ...]] = []

    def build(*asked: Any) -> Any:
        built.append(asked)
        return statements.history_statement(*asked)

    ready = preparing(build, most=2)
    asked = [((3_600, 0), resolution(width), "s", QcCode.FLAG) for width in ("6h", "12h", "1d")]
    assert ready(*asked[0]) is ready(*asked[0])
    assert ready(*asked[0]) == prepared_bytes(statements.history_statement(*asked[0]))
    assert built == asked[:1]
    for each in asked:
        ready(*each)
    assert len(built) == 3
    ready(*asked[0])
    assert len(built) == 4, "the two asked for last are kept"


def test_of_a_statement_that_viewers_shape_no_tree_is_kept() -> None:
    trees: list[weakref.ref[Any]] = []

    def build(*asked: Any) -> Any:
        tree = statements.history_statement(*asked)
        trees.append(weakref.ref(tree))
        return tree

    ready = preparing(build, most=8)
    for width in ("6h", "12h", "1d"):
        ready((3_600, 0), resolution(width), "s", QcCode.FLAG)
    gc.collect()
    assert [tree() for tree in trees] == [None] * 3


def test_a_historian_without_flags_is_not_asked_for_them() -> None:
    assert "qc" not in sql(statements.history_statement((0,), resolution("1m"), "", None))
    assert "influx_hist.qc" not in sql(newest.latest_statement(None))
    assert "influx_hist.qc" in sql(newest.latest_statement(QcCode.FLAG))


def test_the_latest_reading_is_sought_tag_by_tag() -> None:
    text = sql(newest.latest_statement(QcCode.FLAG))
    assert "LATERAL" in text
    assert "DISTINCT" not in text


def test_every_builder_binds_the_tag_instead_of_writing_it() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for statement in (
        statements.raw_statement(QcCode.FLAG, 10),
        readings.block_statement(True, QcCode.DA),
        presence.count_statement(),
        presence.edges_statement(((60, "first"), (0, "newest"))),
        presence.counts_statement(60, left=True),
        presence.probes_statement(0, left=False),
        readings.features_statement(),
        readings.raw_features_statement(QcCode.FLAG),
    ):
        text, values = compiled(statement)
        assert "%(tag)s" in text
        times = dict.fromkeys(key for key, value in values.items() if value is None) | {"tag": "?"}
        assert NASTY not in text % {**values, **times, "start": at, "stop": at}


def test_every_number_of_a_frame_is_eight_bytes_and_never_null() -> None:
    text = prepared(statements.raw_statement(QcCode.FLAG, 10)).sql
    value = "CAST(CAST(influx_hist.value AS DOUBLE PRECISION) AS DOUBLE PRECISION)"
    assert f"coalesce({value}, 'NaN'::float8)" in text
    assert "CAST(coalesce(influx_hist.qc, 0) AS BIGINT)" in text
    assert "timestamptz '-infinity'" in text


def test_text_has_no_fixed_width_and_is_refused() -> None:
    with pytest.raises(TypeError, match="'tag_name'.*no fixed width"):
        prepared(select(column("tag_name", Text)))


def test_rules_and_tags_are_asked_only_for_columns_that_exist() -> None:
    rules = sql(catalog.rules_statement(frozenset({"tag_name", "warning_max"})))
    assert rules == "SELECT influx_qc_rule.tag_name, influx_qc_rule.warning_max FROM influx_qc_rule"
    assert "meta" not in sql(catalog.tags_statement(frozenset({"tag_name", "unit"})))


def test_only_our_policies_are_told_to_refresh_in_one_transaction_where_nobody_told_them() -> None:
    text = " ".join(policies.IN_ONE.split())
    assert text.startswith("""SELECT alter_job(j.job_id, config => j.config || '{"buckets""")
    assert "c.view_schema = current_schema()" in text
    assert "NOT j.config ? 'buckets_per_batch'" in text
    assert "'buckets_per_batch' = ANY (proargnames)" in text, "where the server knows it"
    for name in (*shapes.ROLLUPS, *shapes.LEFT, "features_5m"):
        assert f"'{name}'" in text


@pytest.mark.parametrize("holes", [False, True])
def test_the_newest_hour_of_a_tag_is_sought_within_reach_of_the_question(holes: bool) -> None:
    """A real-time aggregate computes every bucket that it is asked about and has not stored."""
    for statement in (
        look_back.entering_statement(True, QcCode.FLAG, holes),
        look_back.deciding_statement(True, QcCode.FLAG, holes),
    ):
        newest = re.findall(r"max\(influx_agg_1h\.bucket\).*?\) AS last", sql(statement))
        assert newest and all("bucket >" in each for each in newest)


def test_whether_a_tag_has_an_older_hour_is_told_by_an_index() -> None:
    text = sql(look_back.older_statement(True, QcCode.FLAG))
    assert "influx_agg_1h.bucket <= anon_1.until - " in text
