"""What the server sends is what the scripts expect: the typedefs are the contract."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from components.controls import PARAMETERS
from tests.support.scripts import typedef

pytestmark = pytest.mark.db
ROUTES = {
    "tags": "TagColumns",
    "frame": "FrameColumns",
    "sparklines": "SparkColumns",
    "reading?tag=D101": "Reading",
    "details?tag=D101": "Details",
}


def answer(address: str) -> Any:
    try:
        with urllib.request.urlopen(address, timeout=30) as found:
            return json.load(found)
    except urllib.error.HTTPError as error:
        return json.load(error)


@pytest.mark.parametrize(("route", "name"), ROUTES.items())
def test_an_answer_has_the_fields_of_its_typedef(site, route, name):
    body = answer(f"{site}/overview/{route}")
    assert set(body) == set(typedef(name))


def test_a_line_of_the_last_hour_has_the_parts_of_a_series(site):
    """In the order of the typedef; what would repeat the mean is left out at the end."""
    lines = answer(f"{site}/overview/sparklines")["lines"]
    assert list(typedef("Series")) == ["low", "high", "mean", "min", "max", "bad"]
    assert any(len(line) == 5 for line in lines)  # none is bad
    assert {len(line) for line in lines} <= {0, 3, 4, 5, 6}
    for low, high, *letters in filter(None, lines):
        assert low <= high
        assert {len(each) for each in letters} == {60}


@pytest.mark.parametrize("page", ["trend", "tech"])
def test_the_question_and_its_answer_have_the_fields_of_their_typedefs(site, page):
    """What the layout asks and the scripts add; what comes back of the answer that is drawn."""
    callback = drawing(site, page)
    asked = {"tag": ["D101"], "window": "6h", "refresh": 10, "width": 800, "theme": "light", "n": 0}
    question = typedef("Question")
    assert set(question) == {*PARAMETERS, *asked}
    assert not any(question.values())
    shown = called(site, callback, asked)["response"][f"{page}-shown"]["data"]
    assert set(shown) == set(typedef("Shown"))
    assert set(shown["query"]) <= set(question)


def drawing(site: str, page: str) -> dict[str, Any]:
    """Return the callback that draws a page's chart, as Dash tells the browser of it."""
    (callback,) = (
        each
        for each in answer(f"{site}/_dash-dependencies")
        if f"{page}-chart.figure" in each["output"]
    )
    return dict(callback)


def called(site: str, callback: dict[str, Any], value: Any) -> Any:
    """Return the answer of a callback with one input."""
    names = [each.rpartition(".") for each in callback["output"].strip(".").split("...")]
    ((page, key),) = ((each["id"], each["property"]) for each in callback["inputs"])
    body = {
        "output": callback["output"],
        "outputs": [{"id": name, "property": key} for name, _dot, key in names],
        "inputs": [{"id": page, "property": key, "value": value}],
        "changedPropIds": [f"{page}.{key}"],
    }
    headers = {"Content-Type": "application/json"}
    address = f"{site}/_dash-update-component"
    asked = urllib.request.Request(address, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(asked, timeout=30) as found:
        return json.load(found)


def test_trouble_has_the_fields_of_its_typedef(start_site):
    """Nobody listens there: the historian does not answer, and nothing is known."""
    address, _process = start_site("postgresql://nobody@127.0.0.1:1/nothing", DEMO="0")
    body = answer(f"{address}/overview/frame")
    assert set(body) <= set(typedef("Trouble"))
    assert {"error", "message"} <= set(body)


def test_a_page_and_the_host_name_the_same_build(site):
    with urllib.request.urlopen(f"{site}/", timeout=30) as found:
        text = found.read().decode()
    build = answer(f"{site}/build")["build"]
    assert f'data-build="{build}"' in text
    assert answer(f"{site}/overview/frame")["build"] == build
