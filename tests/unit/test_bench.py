"""A bench over its limit fails, says which, and keeps no other bench from running."""

import ast
import sys

import pytest

from bench import __main__ as benches
from bench.verdict import PASSED_OVER, Verdict, at_least, at_most
from tests.support.places import ROOT

LIMITS = {"ratio": at_most(1.5), "speed": at_least(0.5)}


def code_of(verdict: Verdict) -> object:
    """Return the exit code with which a verdict ends its bench; 0 where it goes on."""
    try:
        verdict.end()
    except SystemExit as stop:
        return stop.code
    return 0


@pytest.mark.parametrize(
    ("ratio", "speed", "code"),
    [(1.5, 0.5, 0), (1.51, 0.5, 1), (1.5, 0.49, 1), (float("nan"), 1, 1)],
)
def test_a_figure_past_its_limit_ends_the_bench_with_a_code(ratio, speed, code):
    verdict = Verdict(LIMITS)
    verdict.add("ratio", ratio)
    verdict.add("speed", speed)
    verdict.add("of no limit", 1e9)
    assert code_of(verdict) == code


def test_the_sentence_names_the_figure_and_its_limit(capsys):
    verdict = Verdict(LIMITS)
    verdict.add("ratio", 2.16, of="12 months", note="65 ms / 30 ms")
    verdict.add("speed", 0.9)
    assert code_of(verdict) == 1
    line, *_, last = capsys.readouterr().out.splitlines()
    assert "2.16" in line and "at most 1.5" in line and line.endswith("65 ms / 30 ms")
    assert last == f"{PASSED_OVER}ratio, 12 months is 2.16, at most 1.5 is allowed"


def test_a_limit_whose_figure_was_not_measured_is_no_success(capsys):
    verdict = Verdict(LIMITS)
    verdict.add("ratio", 1)
    assert code_of(verdict) == 1
    assert "speed was not measured" in capsys.readouterr().out


MADE_UP = {
    "first": f"print('{PASSED_OVER}ratio is 2'); raise SystemExit(1)",
    "second": "raise SystemExit(3)",
    "third": "print('fine')",
}


def test_all_benches_run_and_the_end_lists_what_went_wrong(monkeypatch, capsys):
    monkeypatch.setattr(benches, "names", lambda: list(MADE_UP))
    monkeypatch.setattr(benches, "command", lambda name: [sys.executable, "-c", MADE_UP[name]])
    with pytest.raises(SystemExit) as stop:
        benches.main()
    told = str(stop.value.code).splitlines()
    assert told[-2:] == ["- first: ratio is 2", "- second: it ended with code 3"]
    assert "fine" in capsys.readouterr().out


def test_benches_that_keep_their_limits_are_a_success(monkeypatch, capsys):
    monkeypatch.setattr(benches, "names", lambda: ["third"])
    monkeypatch.setattr(benches, "command", lambda name: [sys.executable, "-c", MADE_UP[name]])
    benches.main()
    assert "kept its limits" in capsys.readouterr().out


def test_every_bench_has_a_table_of_limits_and_measures_each():
    names = benches.names()
    assert "trend" in names
    for name in names:
        tree = ast.parse((ROOT / "bench" / f"{name}.py").read_text(encoding="utf8"))
        tables = [
            node.value
            for node in tree.body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "LIMITS"
        ]
        assert len(tables) == 1 and isinstance(tables[0], ast.Dict) and tables[0].keys, name
        called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        assert {"Verdict", "verdict.add", "verdict.end"} <= called, name
