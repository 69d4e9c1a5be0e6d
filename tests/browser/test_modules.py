"""Modules that come late, not at all, or from another build."""

import json
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.test_clock_browser import until
from tests.support.places import ASSETS
from tests.support.scripts import typedef

pytestmark = pytest.mark.browser
LATE = 2.0
#: Scripts that a reader of the tick meets at most.
MOST_SCRIPTS = 11
#: Where a tick begins, what it passes, and where it ends.
OF_EVERY_TICK = {"modules.js", "overview/page.mjs", "overview/view/card.mjs"}


class Late:
    """Keeps every module of a page for two seconds, and notes what is asked and said meanwhile."""

    def __init__(self, tab: Any) -> None:
        self.tab = tab
        self.held: list[tuple[float, Any]] = []
        self.kept = 0
        self.asked: list[tuple[str, str]] = []
        self.said: list[str] = []
        tab.route("**/*.mjs", lambda route: self.held.append((time.monotonic(), route)))
        tab.on("request", lambda each: self.asked.append((each.url, each.post_data or "")))
        tab.on("console", lambda line: self.said.append(f"{line.type}: {line.text}"))

    def run(self, selector: str, seconds: float = 30) -> None:
        """Let modules come, each when its time is over, until something is there."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self.tab.query_selector(selector):
            self.tab.wait_for_timeout(100)
            while self.held and time.monotonic() - self.held[0][0] > LATE:
                self.held.pop(0)[1].continue_()
                self.kept += 1
        assert self.kept, "no module was late"
        assert self.tab.query_selector(selector), selector

    def to(self, part: str) -> list[str]:
        """Return what was sent to addresses that hold a text."""
        return [body for url, body in self.asked if part in url]

    def faults(self) -> list[str]:
        return [line for line in self.said if line.startswith(("error", "warning"))]


@pytest.mark.parametrize("page", ["trend", "tech"])
def test_a_chart_whose_modules_are_late_is_asked_for_once(tab, fresh_site, page):
    late = Late(tab)
    tab.goto(f"{fresh_site}/{page}?tag=D101&window=6h&lang=en")
    late.run(f"#{page}-chart .scatterlayer .trace")
    bodies = [json.loads(body) for body in late.to("_dash-update-component") if body]
    drawn = [body for body in bodies if f"{page}-chart.figure" in body["output"]]
    assert drawn[0]["changedPropIds"] == [f"{page}-question.data"]
    questions = [body["inputs"][0]["value"] for body in drawn]
    assert (questions[0]["tag"], questions[0]["window"]) == (["D101"], "6h")
    # Where the machine is slow, the clock asks again before this test looks: by another number.
    assert [question["n"] for question in questions] == list(range(len(questions)))
    assert all(set(question) <= set(typedef("Question")) for question in questions)
    assert late.faults() == []


def test_an_overview_whose_modules_are_late_asks_once(tab, fresh_site):
    late = Late(tab)
    tab.goto(f"{fresh_site}/?lang=en&every=300s")
    late.run(".tag-card")
    assert len(late.to("/overview/tags")) == len(late.to("/overview/frame")) == 1
    assert late.faults() == []


@pytest.mark.parametrize("page", ["trend", "tech"])
def test_a_chart_says_that_a_newer_build_answers(tab, fresh_site, page):
    tab.goto(f"{fresh_site}/{page}?tag=D101&lang=en")
    tab.wait_for_selector(f"#{page}-chart .scatterlayer .trace")
    expect(tab.locator("#newer")).to_be_hidden()
    tab.route("**/build", lambda route: route.fulfill(json={"build": "another"}))
    expect(tab.locator("#newer")).to_be_visible(timeout=20_000)
    tab.evaluate("window.sameDocument = true")
    tab.click("#newer button")
    tab.wait_for_selector(f"#{page}-chart .scatterlayer .trace")
    assert not tab.evaluate("window.sameDocument")


def test_a_page_whose_modules_are_of_another_build_loads_anew(tab, fresh_site):
    """Back and forth after an upgrade: the old document lacks the modules of the other page."""
    tab.goto(f"{fresh_site}/?lang=en")
    tab.wait_for_selector(".tag-card")
    refused: list[str] = []

    def refuse(route: Any) -> None:
        refused.append(route.request.url)
        route.fulfill(status=404, content_type="text/plain", body="no such file in this build")

    tab.route("**/chart/*.mjs", refuse)
    tab.route("**/build", lambda route: route.fulfill(json={"build": "another"}))
    tab.on("domcontentloaded", lambda _page: tab.unroute("**/chart/*.mjs"))
    tab.click(".shell__page >> nth=1")
    tab.wait_for_selector("#trend-chart .scatterlayer .trace")
    assert refused
    tab.go_back()
    tab.wait_for_selector(".tag-card")


def test_a_page_that_cannot_load_says_so_and_loads_anew_at_most_once_a_minute(tab, fresh_site):
    loaded: list[str] = []
    tab.on("domcontentloaded", lambda page: loaded.append(page.url))
    tab.route("**/overview/page.mjs", lambda route: route.fulfill(status=404, body=""))
    tab.route("**/build", lambda route: route.fulfill(json={"build": "another"}))
    tab.goto(f"{fresh_site}/?lang=en")
    until(tab, lambda: len(loaded) > 1)
    expect(tab.locator("#newer")).to_be_visible()
    tab.wait_for_timeout(2_000)  # would it load once more
    assert len(loaded) == 2


def test_what_the_scripts_hand_to_one_another_has_the_fields_of_its_typedef(tab, fresh_site):
    """Made of real answers: the page, what it knows, what was chosen, and a tag's last hour."""
    tab.goto(f"{fresh_site}/?lang=en&every=300s")
    tab.wait_for_function("() => window.ksys?.overview.page?.model.sparks")
    made = tab.evaluate(
        """() => {
          const { page } = ksys.overview, { model, view } = page;
          const hour = model.sparks.find(Boolean);
          const parts = { Page: page, Model: model, View: view, Series: hour };
          return Object.fromEntries(Object.entries(parts).map(([k, v]) => [k, Object.keys(v)]));
        }"""
    )
    for name in ("Page", "View", "Series"):
        assert set(made[name]) == set(typedef(name)), name
    assert set(made["Model"]) == {*typedef("TagColumns"), *typedef("Known")}


def test_a_tick_passes_few_scripts(tab, living_site):
    """From the interval to the pixels, where values change and no state does; by what is called."""
    # The beat of each second is no part of it: ages, and what the clock has to say.
    tab.add_init_script(
        "const set = window.setInterval;"
        "window.setInterval = (deed, ms) => (ms === 1000 ? 0 : set(deed, ms));"
    )
    # The modules one by one, as they are written: a page has them as one.
    single = ASSETS / "overview" / "page.mjs"
    tab.route(
        "**/overview/page.mjs",
        lambda route: route.fulfill(path=single, content_type="text/javascript"),
    )
    tab.goto(f"{living_site}/?lang=en&every=5s")
    tab.wait_for_selector(".tag-card .spark__mean[d]")
    looking = tab.context.new_cdp_session(tab)
    looking.send("Profiler.enable")
    looking.send("Profiler.startPreciseCoverage", {"callCount": True, "detailed": False})
    looks = [scripts_of_a_tick(tab, looking) for _ in range(4)]
    # One that began or ended within a tick, as on a slow machine, has only a part of its scripts.
    whole = [passed for passed in looks if passed >= OF_EVERY_TICK]
    assert whole, looks
    passed = min(whole, key=len)
    assert len(passed) <= MOST_SCRIPTS, sorted(passed)


def scripts_of_a_tick(tab: Any, looking: Any) -> set[str]:
    """Return the scripts of ours of which a function is called from one tick up to the next."""
    with tab.expect_response("**/overview/frame"):
        looking.send("Profiler.takePreciseCoverage")
    tab.wait_for_timeout(1_500)
    found = looking.send("Profiler.takePreciseCoverage")["result"]
    return {
        urlsplit(script["url"]).path.partition("/assets/")[2].partition("/")[2]
        for script in found
        if "/assets/" in script["url"]
        and any(
            each["functionName"] and any(part["count"] for part in each["ranges"])
            for each in script["functions"]
        )
    }


def test_every_module_is_loaded_once(tab, fresh_site):
    """A module that Dash added too would be there twice, with two states."""
    asked: list[str] = []
    tab.on("request", lambda each: asked.append(each.url))
    tab.goto(f"{fresh_site}/?lang=en")
    tab.wait_for_selector(".tag-card")
    modules = [url for url in asked if ".mjs" in url]
    assert modules
    assert len(modules) == len(set(modules))
    build = tab.evaluate("document.documentElement.dataset.build")
    assert all(f"/assets/{build}/" in url and "?" not in url for url in modules)


@pytest.mark.parametrize("page", ["trend", "tech"])
def test_a_chart_says_that_its_viewer_is_signed_out_until_he_is_not(
    tab: Any, site: str, page: str
) -> None:
    way = {"status": 200, "content_type": "text/html", "body": "<form>"}
    tab.route("**/build", lambda route: route.fulfill(**way))
    tab.goto(f"{site}/{page}?tag=D101&lang=en")
    tab.wait_for_selector(".main-svg")
    notice = tab.locator("#signed-out")
    asks_again = "document.dispatchEvent(new Event('visibilitychange'))"
    tab.evaluate(asks_again)
    expect(notice).to_be_visible(timeout=20_000)
    expect(notice).to_contain_text("You are signed out")
    tab.unroute("**/build")
    tab.evaluate(asks_again)
    expect(notice).to_be_hidden(timeout=20_000)
