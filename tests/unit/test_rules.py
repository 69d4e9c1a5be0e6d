"""Rules: what a bound means, which rules are refused, and that a rules file loses nothing."""

from dataclasses import replace
from pathlib import Path
from unittest.mock import ANY

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.analysis import rules
from data.analysis.checks import Checks
from data.analysis.rules import Limits, Rule, parse
from data.errors import BadInput
from data.files import rules as rulefile
from tests.support.places import SHARED

FULL = Rule("D101", 0, 200, 10, 180, 5, 195, max_step=40, roc_max_per_min=600, deadband_pct=1.0)


def keys(rule: Rule) -> list[str]:
    return [problem.key for problem in rules.problems(rule)]


def refusal(tmp_path: Path, text: str, encoding: str = "utf-8") -> str:
    path = tmp_path / "rules.csv"
    path.write_text(text, encoding=encoding)
    with pytest.raises(BadInput) as refused:
        rulefile.read_csv(path)
    return str(refused.value)


def test_both_spellings_of_the_bounds_give_the_same_rule() -> None:
    short = {"warn_min": 1, "warn_max": 2, "crit_min": 0, "crit_max": 3}
    long = {"warning_min": 1, "warning_max": 2, "critical_min": 0, "critical_max": 3}
    assert parse({"tag_name": "a"} | short) == parse({"tag_name": "a"} | long)
    assert parse({"tag_name": "a"} | short).warn_min == 1.0


def test_the_short_spelling_wins_unless_it_is_empty() -> None:
    assert parse({"tag_name": "a", "warn_max": 5, "warning_max": 7}).warn_max == 5
    assert parse({"tag_name": "a", "warn_max": float("nan"), "warning_max": 7}).warn_max == 7


def test_an_empty_flag_is_the_default_of_the_table() -> None:
    rule = parse({"tag_name": "a", "allow_negative": None, "enabled": ""})
    assert (rule.allow_negative, rule.enabled) == (True, True)


def test_a_flag_that_is_none_is_an_error_of_its_tag_alone() -> None:
    sound = {"tag_name": "b", "max_val": 9, "enabled": "off"}
    broken = {"tag_name": "a", "max_val": 5, "enabled": "maybe", "allow_negative": "2"}
    by_tag = rules.by_tag([broken, sound])
    assert keys(by_tag["a"]) == ["rule_flag", "rule_flag"]
    assert {str(each) for each in rules.problems(by_tag["a"])} == {
        "enabled is 'maybe'; write true or false",
        "allow_negative is '2'; write true or false",
    }
    assert [rules.checks(by_tag[name]).state for name in "ab"] == ["RULE ERROR", "DISABLED"]


def test_a_flag_that_is_none_is_written_as_it_stands_and_refused_when_loaded(
    tmp_path: Path,
) -> None:
    path = tmp_path / "rules.csv"
    rulefile.write_csv([parse({"tag_name": "a", "enabled": "maybe"})], path)
    with pytest.raises(BadInput, match="enabled is 'maybe'"):
        rulefile.read_csv(path)


def test_flat_seconds_comes_from_meta_as_object_or_text() -> None:
    assert parse({"tag_name": "a", "meta": {"flat_seconds": 60}}).flat_seconds == 60
    assert parse({"tag_name": "a", "meta": '{"flat_seconds": 60, "by": "me"}'}).flat_seconds == 60
    assert parse({"tag_name": "a", "meta": "not json"}).flat_seconds is None


@pytest.mark.parametrize(
    "change",
    [
        {"min_val": 6},
        {"crit_min": 11},
        {"warn_min": 181},
        {"warn_max": 196},
        {"crit_max": 201},
        {"crit_min": None, "warn_min": None, "min_val": 190},
        {"warn_min": None, "crit_min": 185},
    ],
)
def test_bounds_that_cross_are_a_problem_even_where_a_bound_between_is_missing(
    change: dict[str, float | None],
) -> None:
    assert rules.checks(replace(FULL, **change)).state == "RULE ERROR"
    assert keys(replace(FULL, **change))[0] in {"rule_nesting", "rule_strict_nesting"}


def test_bounds_may_be_equal_except_the_two_warnings() -> None:
    assert keys(Rule("a", 0, 10, 0, 10, 0, 10)) == []
    assert keys(Rule("a", warn_min=5, warn_max=5)) == ["rule_strict_nesting"]
    assert keys(Rule("a", min_val=5, max_val=5)) == ["rule_strict_nesting"]


@pytest.mark.parametrize(
    "name", ["max_step", "roc_max_per_min", "spike_zscore", "max_gap_seconds", "flat_seconds"]
)
def test_a_test_value_of_zero_or_below_is_a_problem(name: str) -> None:
    assert keys(replace(FULL, **{name: 0.0})) == ["rule_not_positive"]
    assert keys(replace(FULL, **{name: -1.0})) == ["rule_not_positive"]


@pytest.mark.parametrize(("pct", "sound"), [(-1, False), (0, True), (99.9, True), (100, False)])
def test_a_deadband_lies_from_0_to_below_100_per_cent(pct: float, sound: bool) -> None:
    assert (keys(replace(FULL, deadband_pct=pct)) == []) is sound


@pytest.mark.parametrize("value", ["abc", float("inf"), "-Infinity"])
def test_a_bound_that_is_not_a_finite_number_is_a_problem_not_an_unchecked_side(
    value: object,
) -> None:
    assert keys(parse({"tag_name": "a", "max_val": value})) == ["rule_number"]


def test_each_state_of_a_rule_is_told_apart_and_only_an_active_one_is_applied() -> None:
    broken, off = replace(FULL, warn_min=190), replace(FULL, enabled=False)
    states = [rules.checks(rule).state for rule in (FULL, None, broken, off)]
    assert states == ["ACTIVE", "NO RULE", "RULE ERROR", "DISABLED"]
    assert rules.checks(FULL).high == FULL.max_val
    others = [rules.checks(rule) for rule in (None, broken, off)]
    assert others == [Checks("NO RULE"), Checks("RULE ERROR", faults=ANY), Checks("DISABLED")]
    assert [len(each.faults) for each in others] == [0, 1, 0]


def test_a_broken_rule_that_is_switched_off_still_says_that_it_is_broken() -> None:
    assert rules.checks(replace(FULL, enabled=False, warn_min=190)).state == "RULE ERROR"


def test_span_is_that_of_the_instrument_else_of_the_critical_else_of_the_warning_bounds() -> None:
    assert rules.span(FULL) == 200
    assert rules.span(replace(FULL, min_val=None)) == 190
    assert rules.span(replace(FULL, min_val=None, crit_max=None)) == 170
    assert rules.span(Rule("a", max_val=5, warn_min=1)) is None


def test_a_limit_that_equals_the_span_limit_on_its_side_is_no_limit() -> None:
    assert rules.limits(Rule("a", 0, 10, 0, 8, 0, 10)) == Limits(None, None, 8, None)


def test_a_low_limit_of_zero_is_no_limit_where_the_tag_cannot_be_negative() -> None:
    rule = Rule("a", warn_min=0, warn_max=8, crit_min=0)
    assert rules.limits(rule) == Limits(0, 0, 8, None)
    assert rules.limits(replace(rule, allow_negative=False)) == Limits(None, None, 8, None)


def test_a_deadband_is_its_share_of_the_span() -> None:
    assert rules.deadband(FULL) == 2.0
    assert rules.deadband(Rule("a", warn_max=5, deadband_pct=1)) == 0.0
    assert rules.remarks(FULL) == ()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"deadband_pct": 7.5}, 0.9 * 5),  # 15 would reach from hi_hi 195 past hi 180, and 5 to 10
        ({"deadband_pct": 7.5, "crit_min": None}, 0.9 * 15),
        ({"deadband_pct": 95, "crit_min": None, "crit_max": None}, 0.9 * 170),
    ],
)
def test_a_deadband_that_would_bridge_two_limits_is_clipped_and_reported(
    change: dict[str, float | None], expected: float
) -> None:
    rule = replace(FULL, **change)
    assert rules.deadband(rule) == pytest.approx(expected)
    assert [remark.key for remark in rules.remarks(rule)] == ["rule_deadband_clipped"]


def test_limits_cut_off_at_the_span_do_not_clip_the_deadband() -> None:
    rule = Rule("a", 0, 100, 0, 80, 0, 90, allow_negative=False, deadband_pct=5)
    assert rules.deadband(rule) == 5.0


def test_two_equal_limits_are_one_and_leave_the_deadband_alone() -> None:
    assert rules.deadband(Rule("a", 0, 100, 10, 80, 5, 80, deadband_pct=1)) == 1.0


chains = st.lists(st.integers(-1000, 1000), min_size=6, max_size=6, unique=True).map(sorted)


@st.composite
def sound_rules(draw: st.DrawFn) -> Rule:
    """A rule of any tag name whose bounds nest, each present or not."""
    keep = draw(st.lists(st.booleans(), min_size=6, max_size=6))
    values = [float(v) / 7 if k else None for v, k in zip(draw(chains), keep, strict=True)]
    positive = st.one_of(st.none(), st.floats(1e-9, 1e9))
    others = {name: draw(positive) for name in rules.POSITIVE}
    others["max_gap_seconds"] = draw(st.none() | st.integers(1, 2**31 - 1).map(float))
    words = st.characters(exclude_categories=("Cs", "Cc"))
    name = draw(st.text(words, min_size=1).filter(str.strip))
    flags = {name: draw(st.booleans()) for name in rules.FLAGS}
    meta = draw(st.sampled_from([None, '{"by": "가나, \\"q\\""}']))
    nested = dict(zip(rules.NESTING, values, strict=True))
    return Rule(name, meta=meta, **nested, **others, **flags)


@given(sound_rules())
def test_what_a_rules_file_holds_comes_back_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, rule: Rule
) -> None:
    path = tmp_path_factory.mktemp("rules") / "rules.csv"
    rulefile.write_csv([rule], path)
    assert rulefile.read_csv(path) == [rule]


@pytest.mark.parametrize("tag", ["<script>", "'; drop table", '가나/다 "q"', "=1+1", "a;b,c", "🌡"])
def test_a_rules_file_keeps_every_tag_name_as_it_is(tmp_path: Path, tag: str) -> None:
    rulefile.write_csv([replace(FULL, tag_name=tag)], tmp_path / "r.csv")
    assert rulefile.read_csv(tmp_path / "r.csv")[0].tag_name == tag


@pytest.mark.samples
@pytest.mark.parametrize("name", ["skab", "ett_hourly", "appliances_10min"])
def test_the_rules_of_real_plants_round_trip(tmp_path: Path, name: str) -> None:
    read = rulefile.read_csv(SHARED / f"{name}_qc_rules.csv")
    rulefile.write_csv(read, tmp_path / "r.csv")
    assert rulefile.read_csv(tmp_path / "r.csv") == read
    assert {rules.checks(rule).state for rule in read} == {"ACTIVE"}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_dialects_of_spreadsheets_are_read(
    tmp_path: Path, delimiter: str, encoding: str, end: str
) -> None:
    lines = (("tag_name", "critical_max", "enabled"), ("D100", "195.5", "FALSE"))
    text = end.join(delimiter.join(line) for line in lines)
    (tmp_path / "r.csv").write_bytes(text.encode(encoding))
    assert rulefile.read_csv(tmp_path / "r.csv") == [Rule("D100", crit_max=195.5, enabled=False)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("D2,10,5,", "min_val 10 must lie below max_val 5"),
        ("D2,0,abc,", "max_val is 'abc', not a finite number"),
        ("D2,0,inf,", "max_val is 'inf', not a finite number"),
        ("D2,0,5,maybe", "enabled is 'maybe'; write true or false"),
        ("D1,0,5,", "already a rule for 'D1' in line 2"),
        (",0,5,", "no tag_name"),
        ("D2,0", "more or fewer cells"),
        ("D2,0,5,,9", "more or fewer cells"),
        ("D\0,0,5,", "tag_name is 'D\\x00', which PostgreSQL cannot hold"),
    ],
)
def test_a_row_that_is_no_sound_rule_is_named_with_its_line_and_the_reason(
    tmp_path: Path, row: str, reason: str
) -> None:
    message = refusal(tmp_path, f"tag_name,min_val,max_val,enabled\nD1,0,5,true\n{row}\n")
    assert "rules.csv, line 3" in message
    assert reason in message


@pytest.mark.parametrize("gap", ["30.5", "0.4", "3e9"])
def test_a_gap_that_the_store_would_round_is_refused(tmp_path: Path, gap: str) -> None:
    text = f"tag_name,max_gap_seconds\nD1,30\nD2,{gap}\n"
    message = refusal(tmp_path, text)
    assert "rules.csv, line 3, tag 'D2': max_gap_seconds is" in message
    assert "write whole seconds" in message
    assert parse({"tag_name": "D2", "max_gap_seconds": 30.5}).max_gap_seconds == 30.5


@pytest.mark.parametrize("meta", ['{""a"": NaN}', '{""a"": ""\\u0000""}', '{""a"": ""\\ud800""}'])
def test_meta_that_no_store_holds_is_refused(tmp_path: Path, meta: str) -> None:
    assert "line 2, tag 'D1': meta is" in refusal(tmp_path, f'tag_name,meta\nD1,"{meta}"\n')


def test_a_column_that_occurs_twice_is_refused_for_one_would_be_dropped(tmp_path: Path) -> None:
    text = "tag_name,max_val,max_val\nD1,5,6\n"
    assert "has the column 'max_val' twice" in refusal(tmp_path, text)


def test_a_file_that_is_no_csv_is_refused_with_its_line(tmp_path: Path) -> None:
    text = f"tag_name,meta\nD1,\nD2,{'x' * 200_000}\n"
    assert refusal(tmp_path, text).startswith("rules.csv, line 3: no CSV: field larger")


def test_the_ends_of_lines_within_a_name_stay_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_bytes(b'tag_name,max_val\r\n"a\rb\nc",5\r\n')
    assert rulefile.read_csv(tmp_path / "r.csv") == [Rule("a\rb\nc", max_val=5.0)]


def test_a_name_with_blanks_at_its_ends_is_kept_and_remarked() -> None:
    assert rules.remarks(Rule("Q 3")) == ()
    (remark,) = rules.remarks(parse({"tag_name": " Q3 "}))
    assert "' Q3 ' begins or ends with a blank" in str(remark)


def test_a_gap_that_is_no_number_does_not_break_what_shows_the_rule() -> None:
    for value in ("x", float("inf")):
        assert rules.as_row(parse({"tag_name": "a", "max_gap_seconds": value}))["tag_name"] == "a"


def test_merged_meta_says_what_the_rule_says_and_keeps_what_is_not_ours() -> None:
    stored = {"flat_seconds": 60, "by": "me"}
    assert rules.merged_meta(stored, Rule("a")) == '{"by": "me"}'
    assert rules.merged_meta(stored, Rule("a", flat_seconds=60)) is None
    assert rules.merged_meta(None, Rule("a")) is None
    assert rules.merged_meta(stored, Rule("a", meta='{"by": "you"}')) == '{"by": "you"}'


def test_a_misspelt_column_is_refused_for_it_would_drop_a_limit_unseen(tmp_path: Path) -> None:
    assert "unknown column 'wran_max'" in refusal(tmp_path, "tag_name,wran_max\nD1,5\n")


def test_a_file_without_tag_names_or_in_another_encoding_is_refused(tmp_path: Path) -> None:
    assert "no column tag_name" in refusal(tmp_path, "태그,최대\nD1,5\n")
    assert "not UTF-8" in refusal(tmp_path, "tag_name,meta\n온도,5\n", "cp949")
    assert "no column tag_name" in refusal(tmp_path, "")


@pytest.mark.parametrize(
    "hidden",
    [
        "\ufeff{}",
        "\xa0{}\xa0",
        " {} ",
        "{}\u200b",
        "\ufeff\ufeff{}",
        '"\ufeff{}"',
        "\u200e{}",
    ],
)
@pytest.mark.parametrize("name", ["tag_name", "TAG_NAME", "Tag_Name", "tag_\ufeffname"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_header_is_understood_whatever_hides_around_its_names(
    tmp_path: Path, hidden: str, name: str, delimiter: str
) -> None:
    path = tmp_path / "r.csv"
    head = delimiter.join(hidden.format(each) for each in (name, "max_val"))
    path.write_text(f"{head}\nD1{delimiter}5\n", encoding="utf-8")
    assert rulefile.read_csv(path) == [Rule("D1", max_val=5.0)]


def test_two_byte_order_marks_before_a_quoted_name_are_both_left_out(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text('\ufeff\ufeff"tag_name","max_val"\nD1,5\n', encoding="utf-8")
    assert rulefile.read_csv(path) == [Rule("D1", max_val=5.0)]


@pytest.mark.parametrize(
    ("head", "shown"),
    [
        ("tag name,max_val", "names 'tag name', 'max_val';"),
        ("tag\xa0name,max_val", "names 'tag\\xa0name', 'max_val';"),
        ("sep=;\ntag_name;max_val", "names 'sep=', '';"),
        ("\ntag_name,max_val", "names nothing;"),
        ('"tag_name,max_val"', "names 'tag_name,max_val';"),
    ],
)
def test_a_header_that_is_not_understood_is_shown_as_it_is(
    tmp_path: Path, head: str, shown: str
) -> None:
    said = refusal(tmp_path, f"{head}\nD1,5\n")
    assert f"no column tag_name: its first line {shown} the columns are tag_name, min_val" in said


def test_all_faults_of_a_file_are_found_in_one_pass(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("tag_name,min_val,max_val\na,5,1\nb,0,1\nc,x,1\n", encoding="utf-8")
    found = list(rulefile.judged(path))
    assert [isinstance(each, BadInput) for each in found] == [True, False, True]
    assert [each.values["line"] for each in found if isinstance(each, BadInput)] == [2, 4]


def test_a_bound_that_is_no_number_is_an_error_and_not_a_bound_that_was_left_out() -> None:
    for name in ("max_val", "warn_max", "warning_max", "max_step"):
        rule = parse({"tag_name": "a", "min_val": 0.0, name: float("nan")})
        assert rules.checks(rule).state == "RULE ERROR", name
    assert rules.checks(parse({"tag_name": "a", "max_val": None, "warn_max": ""})).active
