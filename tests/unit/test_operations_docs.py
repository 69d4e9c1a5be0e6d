"""What docs say of metrics is what the code has: the table, the dashboard and the alert rules."""

import json
import re

import pytest
from prometheus_client.metrics import MetricWrapperBase

from data.analysis import states
from data.errors import SENTENCES
from data.status import WIDTHS
from operations import metrics, routes
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
