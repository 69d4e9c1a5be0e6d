"""Statements for a Citus cluster: all of them in forms that it sends to its nodes."""

import itertools
import re
from typing import Any

import pytest

from data import sql
from data.buckets import resolution
from data.db.copy_out import DIALECT, prepared, prepared_bytes
from data.export.guessed.rows import planned_rows
from data.sql import QcCode, cluster
from data.sql.cluster import DISTRIBUTED, Placed
from data.status import statements as status
from data.status.cluster import Cluster, Node, cluster_lines

FLAG = QcCode.FLAG
#: By builder, what is asked about many tags, in every shape that it has.
OF_MANY: dict[str, list[Any]] = {
    "latest_statement": [sql.latest_statement(FLAG)],
    "tail_statement": [sql.tail_statement(FLAG)],
    "recent_statement": [
        sql.recent_statement(FLAG, searched, known, distributed=True)
        for searched in (False, True)
        for known in (False, True)
    ],
    "trusted_statement": [sql.trusted_statement(FLAG)],
    "reference_statement": [sql.reference_statement(FLAG)],
    "times_statement": [sql.times_statement(), sql.times_statement(bounded=True)],
    "deciding_statement": [
        sql.deciding_statement(*shape)
        for shape in ((False, FLAG), (True, FLAG), (True, FLAG, True))
    ],
    "deciding_since_statement": [sql.deciding_since_statement(FLAG)],
    "entering_statement": [
        sql.entering_statement(*shape)
        for shape in ((False, FLAG), (True, FLAG), (True, FLAG, True))
    ],
    "older_statement": [sql.older_statement(has_hours, FLAG) for has_hours in (False, True)],
    "sparklines_statement": [
        sql.sparklines_statement(minutes, FLAG, left)
        for minutes, left in itertools.product((False, True), repeat=2)
    ],
    "hours_statement": [sql.hours_statement(FLAG, left) for left in (False, True)],
    "missing_hours_statement": [sql.missing_hours_statement(FLAG)],
    "counted_hours_statement": [sql.counted_hours_statement(FLAG)],
    "before_hours_statement": [sql.before_hours_statement(FLAG, each) for each in (False, True)],
    "reads_statement": [sql.reads_statement(FLAG)],
    "newest_before_statement": [sql.newest_before_statement(FLAG)],
    "extremes_statement": [sql.extremes_statement(FLAG)],
    "loud_statement": [sql.loud_statement(3_600)],
    "held_time_statement": [sql.held_time_statement(60, resolution("1h"))],
    "before_row_statement": [sql.before_row_statement(3_600)],
    "counts_of_tags_statement": [sql.counts_of_tags_statement(3_600)],
    "more_of_tags_statement": [sql.more_of_tags_statement()],
    "rows_before_statement": [sql.rows_before_statement(3_600, left) for left in (False, True)],
    "qc_counts_of_statement": [sql.qc_counts_of_statement()],
}
#: What is asked about one tag, which all lies on one node.
OF_ONE = {
    "before_moments_statement",
    "beside_moments_statement",
    "before_statement",
    "block_statement",
    "count_statement",
    "counts_statement",
    "edges_statement",
    "features_statement",
    "held_statement",
    "history_statement",
    "marked_statement",
    "named_statement",
    "probes_statement",
    "raw_features_statement",
    "raw_statement",
    "unflagged_statement",
    "reading_times_statement",
}
#: What reads one relation as it is, or a catalogue.
OF_NONE = {
    "catalog_statement",
    "described_statement",
    "left_since_statement",
    "rules_statement",
    "schemas_statement",
    "tags_statement",
    "versions_statement",
}
#: What a cluster is not asked: others stand for it.
ELSEWHERE = {"names_statement", "oldest_statement", "qc_counts_statement", "waiting_statement"}
#: Relations that lie on all nodes.
SPREAD = re.compile(r"(?:FROM|JOIN) (influx_hist|influx_agg_\w+|ksys_left_1\w)\b")


def sql_of(statement: Any, dialect: Any = DISTRIBUTED) -> str:
    """Return the text of a statement on one line."""
    try:
        if dialect is DISTRIBUTED and cluster.BY in statement.selected_columns:
            text = prepared_bytes(statement, dialect, cluster.BY).sql
        else:
            text = prepared(statement, dialect).sql
    except TypeError:  # it has texts, and is read by rows
        text = str(statement.compile(dialect=dialect))
    return " ".join(text.split())


def depths(text: str) -> list[str]:
    """Return what stands in each pair of brackets that holds a SELECT, and the whole."""
    found, opened = [text], list[int]()
    for place, sign in enumerate(text):
        if sign == "(":
            opened.append(place)
        elif sign == ")":
            inside = text[opened.pop() + 1 : place]
            found += [inside] if inside.startswith("SELECT") else []
    return found


def without_inner(select: str) -> str:
    """Return a SELECT with those in its brackets taken out."""
    kept, depth, place = list[str](), 0, 0
    while place < len(select):
        if depth == 0 and select.startswith("(SELECT", place):
            depth = 1
        elif depth:
            depth += {"(": 1, ")": -1}.get(select[place], 0)
        if not depth:
            kept.append(select[place])
        place += 1
    return "".join(kept)


def test_every_statement_is_of_many_tags_of_one_or_of_none() -> None:
    builders = {name for name in sql.__all__ if name.endswith("_statement")}
    assert builders == {*OF_MANY, *OF_ONE, *OF_NONE, *ELSEWHERE}


EVERY = [(name, each) for name, shapes in OF_MANY.items() for each in shapes]
EVERY += [
    ("status", status.edges_statement("influx_hist")),
    ("status", status.edges_statement("influx_agg_1h")),
    ("status", status.readings_statement(3_600, FLAG, None)),
    ("status", status.rolled_statement("influx_agg_1h", 3_600)),
]


@pytest.mark.parametrize(("name", "statement"), EVERY)
def test_rows_of_arrays_stand_beside_a_tag_of_the_cluster(name: str, statement: Any) -> None:
    """Citus refuses a join of what lies on its nodes with what does not."""
    text = sql_of(statement)
    assert "unnest" in text
    for select in depths(text):
        if "unnest" in without_inner(select):
            assert select.startswith("SELECT DISTINCT"), "or the planner takes the join apart"
            assert "FROM influx_tag AS named" in select
            beside = "asked.tag_name = named.tag_name" in select
            assert beside or re.search(r"WHERE named\.tag_name = \w+\.tag_name$", select)


@pytest.mark.parametrize(("name", "statement"), EVERY)
def test_what_lies_on_the_nodes_is_joined_by_tag(name: str, statement: Any) -> None:
    text = sql_of(statement)
    assert SPREAD.search(text), name
    for select in depths(text):
        for relation in SPREAD.findall(without_inner(select)):
            assert re.search(rf"\b{relation}\.tag_name = \w+\.tag_name", select), select[:200]


@pytest.mark.parametrize(("name", "statement"), EVERY)
def test_nothing_is_recursive_or_held_apart(name: str, statement: Any) -> None:
    """What stands in a CTE of its own is sent to the coordinator and back to all nodes."""
    text = sql_of(statement)
    assert "RECURSIVE" not in text
    assert text.startswith("SELECT"), name


def test_a_tick_names_its_tags_once_and_goes_through_the_coordinator_a_row_a_tag() -> None:
    """Citus writes out arrays wherever they are named, and refuses an outer join beside them."""
    statement = sql.recent_statement(FLAG, distributed=True)
    text = " ".join(prepared_bytes(statement, DISTRIBUTED, cluster.BY).sql.split())
    assert text.count("%(tags)s") == 1
    assert text.count(" UNION ALL ") == 6
    assert "OUTER JOIN" not in text
    assert text.endswith("GROUP BY rows.tag_name) AS each")


@pytest.mark.parametrize(("name", "statement"), EVERY)
def test_elsewhere_no_statement_starts_from_descriptions(name: str, statement: Any) -> None:
    if name == "recent_statement":
        statement = sql.recent_statement(FLAG)
    text = sql_of(statement, DIALECT)
    assert "influx_tag" not in text
    assert "MATERIALIZED" not in text


@pytest.mark.parametrize("left", [False, True])
def test_what_is_asked_about_one_tag_names_it_at_every_relation(left: bool) -> None:
    widths, hour = (3_600, 60, 0), resolution("1h")
    shape = {"repaired": True, "left": left, "many": True}
    statements = [
        sql.history_statement(widths, hour, "s", FLAG, **shape),
        sql.marked_statement((3_600, 60)),
        sql.probes_statement(60, left),
        sql.probes_statement(0, left),
        sql.held_statement(10),
        sql.counts_statement(60, left),
        sql.edges_statement(((60, "first"), (0, "newest"))),
        sql.before_moments_statement(),
        sql.before_statement(FLAG),
    ]
    for statement in statements:
        for select in depths(sql_of(statement)):
            for relation in SPREAD.findall(without_inner(select)):
                assert f"{relation}.tag_name = %(tag)s" in select


HIST, BESIDE = Placed("tag_name", 1), Placed("tag_name", 1)


def test_readings_of_a_single_server_are_read_as_ever() -> None:
    for here in ({}, {"influx_hist": Placed()}):
        assert not cluster.is_distributed(here)
        assert cluster.unplaced(here) is None
        assert cluster.apart({**here, "influx_agg_1m": Placed()}) == ()


def test_distributed_readings_without_their_tags_beside_them_are_refused_with_the_way_out() -> None:
    for tags in ({}, {"influx_tag": Placed()}, {"influx_tag": Placed("tag_name", 2)}):
        refusal = cluster.unplaced({"influx_hist": HIST, **tags})
        assert refusal is not None and refusal.key == "historian_spread_tags"
    by_time = cluster.unplaced({"influx_hist": Placed("ts", 1), "influx_tag": BESIDE})
    assert by_time is not None and by_time.key == "historian_spread_by"
    assert cluster.unplaced({"influx_hist": HIST, "influx_tag": BESIDE}) is None
    assert {"historian_spread_by", "historian_spread_tags"} <= sql.REFUSALS


def test_a_rollup_that_lies_elsewhere_is_not_read() -> None:
    placed = {"influx_hist": HIST, "influx_tag": BESIDE, "influx_agg_1m": BESIDE}
    placed |= {"influx_agg_1h": Placed(), "influx_agg_1d": Placed("tag_name", 2)}
    assert cluster.apart(placed) == ("influx_agg_1h", "influx_agg_1d")


def told(found: Cluster, ruled: set[str] | None = None) -> dict[str, str]:
    lines = cluster_lines(found, ruled or set(), {"D101"})
    return {line.key: line.level for line in lines}


def test_a_cluster_says_what_lies_where_and_what_is_wrong() -> None:
    placed = {"influx_hist": HIST, "influx_tag": BESIDE, "influx_qc_rule": Placed()}
    nodes = (Node("a:5432", jit=False, apart=0.0), Node("b:5432", jit=False, apart=-0.2))
    well = Cluster("13.2", placed, nodes)
    levels = dict.fromkeys(("citus_nodes", "citus_beside", "citus_elsewhere"), "ok")
    assert told(well, {"D101"}) == levels
    assert told(well, {"D101", "D102"}) == levels | {"citus_ruled": "risk"}
    away = placed | {"influx_agg_1m": Placed(), "influx_agg_1h": Placed("tag_name", 2)}
    wrong = (Node("a:5432", jit=True, apart=0.0), Node("b:5432", jit=False, apart=-1.5))
    found = told(Cluster("13.2", away, wrong, strangers=("D9",)))
    keys = ("citus_whole", "citus_apart", "citus_jit", "citus_clock", "citus_unnamed")
    assert found == levels | dict.fromkeys(keys, "risk")
    assert told(Cluster("13.2", placed, None))["citus_nodes_unread"] == "note"


def test_a_cluster_whose_readings_lie_on_one_node_is_said_to_be_unused() -> None:
    assert told(Cluster("13.2", {"influx_hist": Placed()})) == {"citus_unused": "note"}


def test_rows_of_a_file_are_those_that_the_nodes_plan() -> None:
    """The coordinator guesses 100,000 of whatever it shares out."""
    tasks = [{"Node": "a", "Remote Plan": [[{"Plan": {"Plan Rows": 2_854}}]]}]
    job = {"Task Count": 4, "Tasks Shown": "One of 4", "Tasks": tasks}
    assert planned_rows({"Plan Rows": 100_000, "Distributed Query": {"Job": job}}) == 4 * 2_854
    assert planned_rows({"Plan Rows": 17}) == 17
