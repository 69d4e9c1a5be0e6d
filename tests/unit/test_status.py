"""What is found of a historian becomes lines: level, words, what to do. No database."""

import ast
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from components.status import as_text, body, in_language
from components.status.parts.days import day_marks
from components.status.relation_words import RELATION_WORDS
from components.status.worded import worded, written
from components.status.words import WORDS
from data.db.measures import Questions
from data.errors import BadInput, HistorianUnavailable
from data.queries import Catalog
from data.sql import Looks, QcCode
from data.status import Line, Relation, Report, Whole, worker_lines, worst
from data.status.facts import Policy, Server
from data.status.relation_lines import emptied_lines, relation_lines
from data.status.relations import CONTRACT
from data.status.sampling import compared_stretches, sample, without_any_row, without_row
from data.status.server_lines import numbers, qc_line, server_lines
from data.status.tags import Tags, tag_lines
from data.status.worker_lines import unavailable
from tests.support.places import ROOT

pytestmark = pytest.mark.usefixtures("in_english")

AT = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = 3_600
SERVER = Server(
    "15.18", "2.28.0", False, None, False, 97, 5,
    tls=True, local=False, ahead=0.0, took=0.01,
)  # fmt: skip
ROLLUP = Relation(
    "influx_agg_1m", "table", ("bucket",), ("timestamp with time zone",), frozenset({"bucket"}),
    first=AT - timedelta(days=40), newest=AT,
)  # fmt: skip
TAGS = Tags(3, 2, 1, 0, 0, (), 4.0, ("a", "b", "c"), (1.0, 5.0, 60.0), 3, 2, (), (), ())


def told(lines: list[Line]) -> dict[str, str]:
    return {line.key: line.level for line in lines}


@pytest.mark.parametrize(
    ("timescaledb", "postgresql", "key"),
    [
        ("2.29.0", "15.18", "wrong_timescaledb"),
        ("2.29.1", "15.18", "wrong_timescaledb"),
        (None, "14.0", "wrong_postgresql"),
        (None, "14.3", "wrong_postgresql"),
    ],
)
def test_a_release_that_answers_wrongly_is_a_fault(timescaledb, postgresql, key):
    server = replace(SERVER, timescaledb=timescaledb, postgresql=postgresql)
    assert told(server_lines(server, {}, 0))[key] == "fault"


@pytest.mark.parametrize(
    ("timescaledb", "postgresql"), [("2.28.9", "14.4"), ("2.29.2", "13.9"), (None, "15.0")]
)
def test_other_releases_are_none(timescaledb, postgresql):
    server = replace(SERVER, timescaledb=timescaledb, postgresql=postgresql)
    assert worst(line.level for line in server_lines(server, {}, 0)) == "ok"


def test_a_version_is_its_leading_numbers():
    assert numbers("2.29.1-dev") == (2, 29, 1)
    assert numbers("17beta1") == ()


def test_a_role_that_may_write_is_a_risk_that_names_the_relations():
    lines = server_lines(SERVER, {"influx_hist": Relation("influx_hist", writable=True)}, 0)
    (line,) = [line for line in lines if line.key == "may_write"]
    assert line.level == "risk"
    assert "influx_hist" in worded(line, UTC).found


@pytest.mark.parametrize(
    ("changes", "key", "level"),
    [
        ({"tls": False}, "plain", "risk"),
        ({"tls": False, "local": True}, "local_way", "ok"),
        ({"ahead": 7.0}, "clock_ahead", "risk"),
        ({"ahead": -3_600.0}, "clock_after", "risk"),
        ({"ahead": 4.9}, "clocks_agree", "ok"),
        ({"connected": 90}, "nearly_full", "risk"),
        ({"standby": True, "standby_lag": 300.0}, "standby", "risk"),
        ({"standby": True}, "standby", "note"),
        ({"standby": True, "standby_cut": True, "standby_lag": 9.0}, "standby_cut", "note"),
        ({"standby": True, "standby_cut": True, "standby_lag": 61.0}, "standby_cut", "risk"),
        ({"standby": True, "standby_cut": True}, "standby_cut_unknown", "risk"),
        ({"superuser": True}, "superuser", "risk"),
    ],
)
def test_what_is_wrong_with_the_server_has_its_level(changes, key, level):
    assert told(server_lines(replace(SERVER, **changes), {}, 0))[key] == level


def test_a_clock_that_fell_back_is_never_said_to_agree():
    lines = told(server_lines(SERVER, {}, 60.0))
    assert lines["clock_behind"] == "fault"
    assert "clocks_agree" not in lines


@pytest.mark.parametrize(
    ("changes", "key", "level"),
    [
        ({"kind": None}, "no_influx_agg_1m", "note"),
        ({"readable": frozenset()}, "denied", "risk"),
        ({"absent": ("n",)}, "lacks", "risk"),
        ({"lag": timedelta(seconds=181)}, "behind", "risk"),
        ({"lag": timedelta(seconds=180)}, "is_influx_agg_1m", "ok"),
        ({"materialized_only": True}, "materialized_only", "note"),
        ({"policy": Policy(False)}, "no_policy", "risk"),
        ({"policy": Policy(True, failed=True)}, "policy_failed", "fault"),
        ({"policy": Policy(True, scheduled=False)}, "policy_off", "risk"),
        ({"policy": Policy(True, back=7_200.0)}, "policy_short", "note"),
        ({"policy": Policy(True)}, "is_influx_agg_1m", "ok"),
        ({"failed_jobs": ("compression",)}, "compression_failed", "fault"),
        ({"newest": None}, "empty", "note"),
        ({"whole": Whole((AT,), width=HOUR)}, "holes", "fault"),
        ({"whole": Whole(short=(AT,), lost=3, counted=9)}, "short", "fault"),
        ({"whole": Whole(compared=9, over=(AT,), more=3)}, "over", "risk"),
        ({"whole": Whole(unprobed=(AT,))}, "unprobed", "note"),
        ({"unread": frozenset({"whole"})}, "not_looked_at", "note"),
        ({"newest": None, "unread": frozenset({"tags"})}, "without_tags", "note"),
    ],
)
def test_what_is_wrong_with_a_rollup_has_its_level(changes, key, level):
    assert told(relation_lines(replace(ROLLUP, **changes)))[key] == level


@pytest.mark.parametrize("name", ["influx_hist", "influx_qc_rule"])
def test_without_the_right_to_readings_or_rules_something_must_be_mended(name):
    lines = relation_lines(Relation(name, "table", ("tag_name",), ("text",), frozenset()))
    assert told(lines) == {"denied": "fault"}


def test_a_value_of_text_and_a_time_without_a_zone_are_faults():
    types = ("timestamp without time zone", "text")
    relation = Relation("influx_hist", "table", ("ts", "value"), types, frozenset({"ts", "value"}))
    assert told(relation_lines(relation)) == {"no_number": "fault", "no_zone": "fault"}


@pytest.mark.parametrize("name", CONTRACT)
def test_every_relation_has_words_there_or_not(name):
    assert worded(Line("note", name, f"no_{name}"), UTC).found == "not there"
    assert worded(Line("ok", name, f"is_{name}", {"kind": "view"}), UTC).means


def test_qc_that_looks_like_a_code_is_a_fault_that_says_what_to_set():
    columns = (("influx_hist", frozenset({"ts", "qc"})),)
    looks = Looks(QcCode.DA, 192, 97)
    word = worded(qc_line(Catalog(columns, "15", None, QcCode.OPEN, looks)), UTC)
    assert (word.level, word.found) == ("fault", "qc looks like OPC DA: 97% are 192.")
    assert "QC_CODE=da" in word.deed


def test_tags_of_which_none_is_fresh_are_a_risk():
    assert told(tag_lines(TAGS))["readings"] == "ok"
    silent = tag_lines(replace(TAGS, fresh=0, late=0, stale=3))
    assert told(silent)["nothing_fresh"] == "risk"
    assert told(tag_lines(replace(TAGS, in_error=("a",))))["rule_errors"] == "risk"


@pytest.mark.parametrize(
    ("relation", "key"), [("influx_qc_rule", "ruled"), ("influx_tag", "undescribed")]
)
def test_of_what_may_not_be_read_no_rows_are_counted(relation, key):
    tags = replace(TAGS, described=0, ruled=0, unruled=("a", "b", "c"))
    assert key in told(tag_lines(tags))
    assert key not in told(tag_lines(tags, [relation]))


def test_many_names_are_counted():
    line = Line("risk", "rules", "rule_errors", {"tags": ("a", "b", "c", "d", "e")})
    assert worded(line, UTC).found == "RULE ERROR: a, b, c and 2 more."


def test_a_sample_is_equally_spaced_and_has_both_ends():
    assert sample(list(range(101)), 3) == [0, 50, 100]
    assert sample([1, 2], 3) == [1, 2]


def test_only_what_lies_between_a_tags_first_and_last_row_can_be_missing():
    present = {"a": {0, HOUR, 4 * HOUR}, "b": {2 * HOUR}}
    assert [each.start // HOUR for each in without_row(present, HOUR)] == [2, 3]


def test_a_tag_without_any_row_is_missing_where_it_has_readings_and_the_rollup_has_rows():
    def at(hour: float) -> datetime:
        return datetime.fromtimestamp(hour * HOUR, UTC)

    ends = [("a", at(0), at(9)), ("new", at(6.5), at(9)), ("old", at(0), at(3.5))]
    found = without_any_row({"a": {0}}, ends, (2 * HOUR, 8 * HOUR), HOUR)
    assert [(each.tag, each.start // HOUR) for each in found] == [
        ("new", 6), ("new", 7), ("old", 2), ("old", 3)
    ]  # fmt: skip


def test_the_newest_stretch_is_not_compared_as_it_fills():
    compared = compared_stretches({"a": {0, HOUR, 2 * HOUR}}, HOUR)
    assert [each.start // HOUR for each in compared] == [0, 1]


def test_a_day_is_marked_by_the_sites_zone():
    """15:00 UTC is midnight in Seoul: the hole is of the next day there."""
    hole = datetime(2026, 2, 20, 15, tzinfo=UTC)
    marks = dict(day_marks(ROLLUP, Whole((hole,)), AT, ZoneInfo("Asia/Seoul")))
    assert {f"{day:%m-%d}": mark for day, mark in marks.items() if mark != "whole"} == {
        "02-21": "part"
    }
    assert len(marks) == 30


def test_a_day_without_any_row_is_a_hole_and_none_before_the_first():
    day = datetime(2026, 2, 20, tzinfo=UTC)
    hours = tuple(day + timedelta(hours=k) for k in range(24))
    young = replace(ROLLUP, first=datetime(2026, 2, 10, 5, tzinfo=UTC))
    marks = {f"{d:%m-%d}": m for d, m in day_marks(young, Whole(hours), AT, UTC)}
    assert (marks["02-09"], marks["02-10"], marks["02-20"]) == ("none", "whole", "hole")


@pytest.mark.parametrize(
    ("key", "deed"),
    [("historian_refused", "Start the server or mend TS_DSN."), ("historian_disk", "")],
)
def test_only_of_a_server_that_is_not_reached_is_said_to_start_it(key, deed):
    assert worded(unavailable(HistorianUnavailable(key)), UTC).deed == deed


def test_a_wait_for_a_connection_says_nothing_against_the_historian():
    line = unavailable(HistorianUnavailable("historian_busy"))
    assert (line.level, line.key) == ("risk", "busy")
    (verdict, *_rest) = body(Report(None, (line,), {}), UTC, 30)
    assert "Ksys is busy." in str(verdict) and "does not answer" not in str(verdict)


def told_by(report: Report, part: str) -> str:
    """The text of the part of the page that has a class, as it is read."""
    found = [each for each in _parts(body(report, UTC, 30)) if part in _class(each)]
    assert found, part
    return " ".join(" ".join(word for each in found for word in _words(each)).split())


def _class(component: object) -> list[str]:
    return str(getattr(component, "className", "") or "").split()


def _parts(component: object) -> Iterator[object]:
    children = component if isinstance(component, list) else getattr(component, "children", None)
    if not isinstance(component, list):
        yield component
    for child in children if isinstance(children, list) else [children]:
        if child is not None:
            yield from _parts(child)


def _words(component: object) -> Iterator[str]:
    return (each.strip() for each in _parts(component) if isinstance(each, str))


def lines_of(tags: Tags) -> tuple[Line, ...]:
    return (*server_lines(replace(SERVER, ahead=0.04), {}, 0), *tag_lines(tags))


def test_the_cards_say_what_was_measured():
    counted = {"asked": 1_204, "percent": 99.9, "since": AT}
    lines = (*lines_of(TAGS), Line("ok", "app", "from_memory", counted))
    text = told_by(Report(AT, lines, {}), "status-cards")
    for said in (
        "10 ms an answer", "4 s old 2 of 3 tags fresh", "40 ms between historian and this machine",
        "99.9% of 1,204 questions of this worker",
    ):  # fmt: skip
        assert said in text


def test_a_number_that_nobody_knows_is_a_dash_on_its_card():
    lines = (unavailable(HistorianUnavailable("historian_refused")),)
    text = told_by(Report(None, lines, {}), "status-cards")
    assert text.count("–") == 4
    assert "well" not in text


def test_a_clock_that_fell_back_gives_the_number_and_the_other_one_is_said_besides():
    lines = tuple(server_lines(replace(SERVER, ahead=-90.0), {}, 60.0))
    text = told_by(Report(AT, lines, {}), "status-cards")
    assert "1 min by so much the historian has fallen back" in text
    assert "The historian's clock is 1 min 30 s behind this machine's." in text


def test_every_line_stands_on_a_card_or_in_a_panel():
    lines = [line for line in lines_of(replace(TAGS, ahead=("b",))) if line.key != "ruled"]
    lines.append(qc_line(Catalog((), "15", None, QcCode.FLAG)))
    report = Report(AT, tuple(lines), {})
    shown = told_by(report, "status-cards") + told_by(report, "status-pair")
    for line in lines:
        word = worded(line, UTC)
        assert word.found in shown or (word.means and word.means in shown), line.key


def test_the_panel_of_rules_names_the_tags_and_says_what_is_wrong_with_each():
    wrong = BadInput("rule_nesting", low="warn_max", low_value=180, high="crit_max", high_value=175)
    clipped = BadInput("rule_deadband_clipped", asked=5, used=4.5)
    tags = replace(
        TAGS, ruled=294, unruled=("X-17", "X-18", "X-19", "X-20"), in_error=("D106",),
        faults=(wrong,), clipped=("D201",), remarks=(clipped,),
    )  # fmt: skip
    text = told_by(Report(AT, lines_of(tags), {}), "status-pair")
    for said in (
        "Followed 294 judged as written",
        "No rule 4 X-17, X-18, X-19 and 1 more: shown, never judged",
        "RULE ERROR ▲ risk 1 D106: warn_max 180 lies above crit_max 175; mend one of them.",
        "Clipped deadband ! note 1 D201: A deadband of 5 would bridge limits; 4.5 is used.",
    ):
        assert said in text


def test_rules_that_could_not_be_read_anew_are_said_to_be_old():
    lines = tag_lines(replace(TAGS, rules_as_of=AT))
    assert told(lines)["rules_old"] == "risk"
    assert "2026-03-01 00:00:00" in told_by(Report(AT, tuple(lines), {}), "status-pair")


def cells(relation: Relation, at: datetime = AT + timedelta(seconds=30)) -> list[str]:
    report = Report(at, tuple(relation_lines(relation)), {relation.name: relation})
    rows = [row for row in _parts(body(report, UTC, 30)) if type(row).__name__ == "Tr"]
    (row,) = [row for row in rows if relation.name in _words(row)]
    return [" ".join(_words(cell)) for cell in row.children]


@pytest.mark.parametrize(
    ("at", "lag", "behind"),
    [
        (AT + timedelta(seconds=59), timedelta(0), "still filling"),
        (AT + timedelta(seconds=60), timedelta(0), "0 ms"),
        (AT + timedelta(seconds=150), timedelta(seconds=90), "1 min 30 s"),
        (AT, None, "–"),
    ],
)
def test_a_rollup_whose_newest_bucket_is_open_is_still_filling(at, lag, behind):
    assert cells(replace(ROLLUP, lag=lag), at)[3] == behind


def test_a_time_of_today_has_no_date():
    assert cells(ROLLUP)[2] == "00:00:00"
    assert cells(ROLLUP, AT + timedelta(days=1))[2] == "2026-03-01 00:00"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (timedelta(seconds=0.000468), "0.468 ms"),
        (timedelta(seconds=0.9994), "999 ms"),
        (timedelta(seconds=0.9996), "1 s"),
        (0.0, "0"),
        (12_345.6, "12,300"),
        (0.00001234, "0.0000123"),
        (1e-9, "1e-09"),
        (45.0, "45"),
    ],
)
def test_numbers_are_written_as_people_write_them(value, words):
    assert written(value, UTC) == words


def test_all_from_memory_is_said_only_where_nothing_was_read(monkeypatch):
    monkeypatch.setattr(worker_lines, "questions", lambda: Questions(10_000, 9_999, AT))
    (line,) = worker_lines._from_memory()
    assert line.values["percent"] == 99.9


def test_the_table_of_text_is_aligned_in_korean_whose_letters_take_two_columns():
    span = {"span": timedelta(seconds=1)}
    lines = [Line("note", "role", "superuser"), Line("ok", "clock", "clocks_agree", span)]
    with in_language("ko"):
        text = as_text(lines, UTC)
    wide = ["".join(c * (2 if ord(c) > 0x1000 else 1) for c in row) for row in text.split("\n")]
    assert len(wide) > 5
    assert {(row[26], row[27] == " ") for row in wide} == {(" ", False)}
    assert max(map(len, wide)) <= 100


def _keys() -> set[str]:
    """The keys of all lines, as the code of `data/status` writes them."""
    found = set()
    for path in (ROOT / "data" / "status").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Line":
                key = node.args[2]
                parts = [key.body, key.orelse] if isinstance(key, ast.IfExp) else [key]
                found |= {part.value for part in parts if isinstance(part, ast.Constant)}
    return found


def test_every_line_has_words():
    assert len(_keys()) > 30
    assert _keys() - set(WORDS | RELATION_WORDS) == set()


@pytest.mark.parametrize(
    ("kept", "policy", "said"),
    [
        (86_400.0, Policy(True, back=172_800.0), True),
        (86_400.0, Policy(True), True),
        (86_400.0, Policy(True, back=86_400.0), False),
        (86_400.0, Policy(False), False),
        (None, Policy(True), False),
    ],
)
def test_a_policy_that_looks_further_back_than_readings_are_kept_empties_its_rollup(
    kept, policy, said
):
    relations = {
        "influx_hist": Relation("influx_hist", kind="hypertable", kept=kept),
        "influx_agg_1h": Relation("influx_agg_1h", kind="continuous aggregate", policy=policy),
    }
    lines = emptied_lines(relations)
    assert [(line.level, line.subject) for line in lines] == [("risk", "influx_agg_1h")] * said
    for line in lines:
        word = worded(line, UTC)
        assert "further than the 1 d" in word.found and "influx_agg_1h" in word.deed
