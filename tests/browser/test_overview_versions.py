"""Other tags, slow and broken answers: what is shown stays true to its tag and its time."""

import json
from typing import Any

import pytest

from tests.browser.test_overview_browser import opened, shown, text, until
from tests.support import frames

pytestmark = pytest.mark.browser


@pytest.fixture
def site(living_site):
    """A plant that stays fresh however long the session lasts."""
    return living_site


class Server:
    """The overview's routes, made up: tags and values by name, and what to do with each request."""

    def __init__(self, tab: Any) -> None:
        self.values = {"B": 1.0, "C": 2.0, "D": 3.0}
        self.down: set[str] = set()
        self.described = "of furnace"
        for route in ("tags", "frame", "sparklines"):
            frames.route(tab, route, lambda way, route=route: self.answer(way, route))

    def answer(self, way: Any, route: str) -> None:
        if route in self.down:
            way.abort()
        else:
            frames.fulfil(way, json.dumps(getattr(self, route)()))

    def tags(self) -> dict[str, Any]:
        names = list(self.values)
        described = [f"{name} {self.described}" for name in names]
        groups = [""] * len(names)
        version = "".join(names) + self.described
        own = {"names": names, "descriptions": described, "groups": groups, "version": version}
        return {**frames.tags(len(names)), **own}

    def frame(self) -> dict[str, Any]:
        body = frames.frame(len(self.values))
        version = self.tags()["version"]
        return {**body, "version": version, "value": list(self.values.values())}

    def sparklines(self) -> dict[str, Any]:
        names = list(self.values)
        return {**frames.sparklines(len(names)), "names": names}


def values(tab: Any) -> dict[str, str]:
    """Return the number on each card by its tag."""
    return {tag: text(tab, tag, ".value__number") for tag in shown(tab)}


def test_a_new_tag_takes_its_place_and_every_value_stays_with_its_own(tab, site):
    server = Server(tab)
    opened(tab, site, "&every=2s&sort=name")
    tab.focus('.tag-card[data-tag="C"] a')
    tab.evaluate("window.kept = document.querySelector('.tag-card[data-tag=\"C\"]')")
    server.values = {"A": 99.0, **server.values}
    until(tab, "ksys.overview.page?.model.names[0] === 'A'")
    until(tab, "document.querySelectorAll('.tag-card').length === 4")
    assert values(tab) == {"A": "99.0", "B": "1.0", "C": "2.0", "D": "3.0"}
    assert tab.evaluate("window.kept.contains(document.activeElement)"), "the card is not rebuilt"
    server.described = "of boiler"
    until(tab, "document.querySelector('.tag-card').textContent.includes('of boiler')")
    focused = "document.activeElement.closest('.tag-card').dataset.tag"
    assert tab.evaluate(focused) == "C", "a card built anew takes the focus over"


def test_a_frame_of_other_tags_is_not_painted_until_they_are_known(tab, site):
    server = Server(tab)
    opened(tab, site, "&every=2s")
    server.down = {"tags"}
    server.values = {"A": 99.0, **server.values}
    until(tab, "ksys.overview.page.clock.state.strikes > 0")
    assert values(tab) == {"B": "1.0", "C": "2.0", "D": "3.0"}


def test_ages_go_on_when_the_server_dies_between_tags_and_frame(tab, site):
    server = Server(tab)
    opened(tab, site, "&every=2s")
    server.values = {"A": 99.0, **server.values}
    answers = iter([server.frame()])
    frames.route(tab, "frame", lambda way: _next(way, answers))
    tab.evaluate("ksys.overview.page.model.at -= 200000")
    until(tab, "document.querySelectorAll('.tag-card--stale').length === 3")


def _next(way: Any, answers: Any) -> None:
    found = next(answers, None)
    if found is None:
        way.abort()
    else:
        frames.fulfil(way, json.dumps({**found, "version": "of nobody"}))


def test_an_answer_slow_on_its_way_makes_no_age_younger(tab, site):
    server = Server(tab)
    body = server.frame() | {"age": [1, 1, 1]}

    def late(way: Any) -> None:
        tab.wait_for_timeout(6_000)
        frames.fulfil(way, json.dumps(body))

    opened(tab, site, "&every=300s")
    frames.route(tab, "frame", late)
    tab.evaluate("ksys.overview.page.clock.now()")
    before = tab.evaluate("ksys.overview.page.model.seq")
    until(tab, f"ksys.overview.page.model.seq > {before}", 60)
    model = "ksys.overview.page.model"
    assert tab.evaluate(f"{model}.now") == body["now"]
    assert tab.evaluate(f"performance.now() - {model}.at") >= 5_000


def test_a_computer_that_slept_shows_how_old_all_is(tab, site):
    server = Server(tab)
    opened(tab, site, "&every=300s")
    server.down = {"frame", "tags"}
    tab.evaluate("const real = Date.now; Date.now = () => real() + 8 * 3600000")
    until(tab, "document.querySelectorAll('.tag-card--stale').length === 3")
    assert text(tab, "B", ".age").startswith("8")


def test_sparklines_that_do_not_come_are_nobody_s(tab, site):
    server = Server(tab)
    opened(tab, site, "&every=2s&sort=name")
    until(tab, "document.querySelectorAll('.spark__mean[d]').length === 3")
    server.down = {"sparklines"}
    server.values = {"A": 99.0, **server.values}
    until(tab, "document.querySelectorAll('.tag-card').length === 4")
    until(tab, "document.querySelectorAll('.spark__mean[d]').length === 0")
    server.down = set()
    until(tab, "document.querySelectorAll('.spark__mean[d]').length === 4")


def test_a_sparkline_moves_on_while_nothing_newer_comes(tab, site):
    Server(tab)
    opened(tab, site, "&every=300s")
    until(tab, "document.querySelectorAll('.spark__mean[d]').length === 3")
    tab.evaluate("ksys.overview.page.model.at -= 10 * 60000")
    last = "document.querySelector('.spark__mean').getAttribute('d').match(/[0-9]+/g)"
    until(tab, f"Math.max(...{last}.filter((_, k) => k % 2 === 0).map(Number)) < 52")


def test_a_table_sorted_by_value_is_sorted_after_every_frame(tab, site):
    server = Server(tab)
    tab.goto(f"{site}/?lang=en&view=table&by=value&every=2s")
    until(tab, "ksys.overview.page?.model.seq > 0")
    server.values = {"B": 5.0, "C": 9.0, "D": 3.0}
    rows = "[...document.querySelectorAll('.tags-table__row[data-tag]')]"
    until(tab, f"{rows}.map(row => row.dataset.tag).join('') === 'DBC'")
