"""What docs say of metrics is what the code has: the table, the dashboard and the alert rules."""

import ast
import json
import re
from collections.abc import Iterator
from itertools import chain

import pytest
from prometheus_client.metrics import MetricWrapperBase

from data.analysis import states
from data.db.replicas import route
from data.errors import SENTENCES
from data.status import WIDTHS
from operations import metrics, repeats, routes
from tests.support.places import ROOT

SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("_total",), "gauge": ("",)}
DOCS = ROOT / "docs"


def wrapped() -> list[MetricWrapperBase]:
    """Return every metric that is counted or set."""
    return [each for each in vars(metrics).values() if isinstance(each, MetricWrapperBase)]


def labels_by_name() -> dict[str, set[str]]:
    """Return the labels of every sample that Prometheus can be told of."""
    named = {
        family.name + suffix: {*each._labelnames, "le"}
        for each in wrapped()
        for family in each.describe()
        for suffix in SUFFIXES[family.type]
    }
    here = {each.name: {*each.samples[0].labels} for each in routes.Here("x").collect()}
    return {**named, **here}


def expressions(name: str) -> list[str]:
    """Return the expressions of the dashboard or of the rules."""
    text = (DOCS / name).read_text(encoding="utf8")
    if name.endswith(".json"):
        return [each["expr"] for panel in json.loads(text)["panels"] for each in panel["targets"]]
    return re.findall(r"^\s+expr: (.+)$", text, re.M)


@pytest.mark.parametrize("name", ["grafana.json", "alerts.yaml"])
def test_every_metric_and_label_of_an_expression_exists(name):
    found = expressions(name)
    assert len(found) > 10
    known = labels_by_name()
    for expression in found:
        for metric, chosen in re.findall(r"(ksys_\w+)(?:\{([^}]*)\})?", expression):
            assert metric in known, expression
            assert {*re.findall(r"(\w+)[!=]", chosen)} <= known[metric], expression
        for grouped in re.findall(r"by \(([^)]*)\)", expression):
            of = known[re.search(r"ksys_\w+", expression)[0]]
            assert {each.strip() for each in grouped.split(",")} <= of, expression


def test_the_dashboard_shows_every_metric():
    text = " ".join(expressions("grafana.json"))
    for each in wrapped():
        assert f"{each.describe()[0].name}" in text, each
    assert "ksys_viewers" in text and "ksys_build_info" in text


def test_the_rules_name_values_that_labels_can_have():
    text = " ".join(expressions("alerts.yaml"))
    for state in "|".join(re.findall(r'state=~"([^"]+)"', text)).split("|"):
        assert state in states.BADGES
    assert {*re.findall(r'failure="(\w+)"', text)} <= set(SENTENCES)
    assert {*re.findall(r'relation="(\w+)"', text)} <= set(WIDTHS)


def test_the_page_tells_every_metric_in_the_words_of_the_code():
    (table,) = re.findall(
        r"<!-- metrics -->(.*)<!-- /metrics -->", (DOCS / "operations.md").read_text(), re.S
    )
    told = dict(re.findall(r"^\| `(\w+)` \|.*\| (.+) \|$", table, re.M))
    known = {
        family.name + ("_total" if family.type == "counter" else ""): family.documentation
        for each in [*wrapped(), routes.Here("x")]
        for family in (each.describe() if each in wrapped() else each.collect())
    }
    assert told == known


def test_every_alert_of_the_page_is_a_rule():
    rules = (DOCS / "alerts.yaml").read_text(encoding="utf8")
    names = re.findall(r"\bKsys[A-Z]\w+", (DOCS / "operations.md").read_text(encoding="utf8"))
    assert names and all(f"alert: {name}\n" in rules for name in names)


#: What is logged below debug, and how such a call is written in the code.
LEVELS = ("info", "warning", "error", "exception", "critical")
LOGGERS = ("logger", "self")
ROOMS = ("access", "api", "components", "data", "operations", "pages", "settings")


def as_told(text: str) -> str:
    """Return a line as the page writes it: a value is an ellipsis."""
    text = text.removeprefix("[%s] ")
    return re.sub(r"%(?:\(\w+\))?[-.\d]*[a-z]|\{\w+\}", "…", text)


def lines_of(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Yield level and text of what a module logs; of an error with a key its sentence."""
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not call.args:
            continue
        match call.func:
            case ast.Attribute(ast.Name(name), level) if name in LOGGERS and level in LEVELS:
                pass
            case ast.Attribute(ast.Call(ast.Attribute(_, "getLogger")), level) if level in LEVELS:
                pass
            case ast.Name("told"):  # of a file: as it became of it
                level = "info, warning"
            case _:
                continue
        for part in call.args:
            match part:
                case ast.Constant(str(text)) if " " in text:
                    yield level, as_told(text)
                case ast.Call(ast.Name("KsysError"), [ast.Constant(str(key)), *_]):
                    yield level, as_told(SENTENCES[key])


def test_the_page_tells_every_line_of_the_log():
    """Who reads a line at night finds what it means and what to do."""
    paths = chain([ROOT / "app.py"], *((ROOT / room).rglob("*.py") for room in ROOMS))
    logged = {line for path in paths for line in lines_of(ast.parse(path.read_text("utf8")))}
    logged |= {("warning", as_told(text)) for text in route._SAID}
    logged.add(("as before", as_told(repeats.REPEATED)))
    text = (DOCS / "operations.md").read_text(encoding="utf8")
    (table,) = re.findall(r"<!-- lines -->(.*)<!-- /lines -->", text, re.S)
    rows = re.findall(r"^\| ([a-z, ]+) \| `([^`]+)` \| .+ \|$", table, re.M)
    assert len(logged) > 25
    assert sorted(rows) == sorted(logged)
