"""What the server sends is what the scripts expect: the typedefs are the contract."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest

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
