"""A question that takes its time: the page says that it is on its way, and no longer than that."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.test_clock_browser import until

pytestmark = pytest.mark.browser
WAIT_MS = 60_000
SAID = "Asking the historian …"


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


class Held:
    """Requests that are held back, as a slow historian would hold them."""

    def __init__(self, tab: Page, url: str, is_meant: Callable[[str], bool]) -> None:
        self.is_slow, self.routes = True, list[Route]()
        self.is_meant = is_meant
        tab.route(url, self.handle)

    def handle(self, route: Route) -> None:
        """Hold what is meant, let all others pass."""
        if self.is_slow and self.is_meant(route.request.post_data or ""):
            self.routes.append(route)
        else:
            route.continue_()

    def let_go(self) -> None:
        """Let all of them have their answer, and those that follow."""
        self.is_slow = False
        for route in self.routes:
            route.continue_()
        self.routes.clear()


@pytest.mark.parametrize("page", ["trend", "tech"])
def test_trend_and_tech_say_that_they_ask_at_first_and_for_another_window_but_not_each_tick(
    site, tab, page
):
    held = Held(tab, "**/_dash-update-component*", lambda body: f"{page}-chart.figure" in body)
    tab.goto(f"{site}/{page}?tag=D100&window=1h&lang=en")
    said = tab.locator(f".page--{page} .chart .asking")
    expect(said).to_be_visible(timeout=WAIT_MS)
    expect(said).to_have_text(SAID)
    held.let_go()
    expect(tab.locator(f"#{page}-seeing")).to_contain_text("readings", timeout=WAIT_MS)
    expect(said).to_be_hidden()
    held.is_slow = True
    tab.locator(f"#{page}-back").click()
    expect(said).to_be_visible(timeout=WAIT_MS)
    held.let_go()
    expect(said).to_be_hidden(timeout=WAIT_MS)
    held.is_slow = True
    tab.goto(f"{site}/{page}?tag=D100&window=1h&lang=en&resolution=nonsense")
    held.let_go()
    expect(tab.locator(f"#{page}-notice")).to_contain_text("nonsense", timeout=WAIT_MS)
    expect(said).to_be_hidden()


def test_a_refresh_of_the_same_question_says_nothing(start_site, plant_dsn, tab):
    site, _process = start_site(plant_dsn, REFRESH_SECONDS="1")
    held = Held(tab, "**/_dash-update-component*", lambda body: "trend-chart.figure" in body)
    held.is_slow = False
    tab.goto(f"{site}/trend?tag=D100&window=1h&lang=en")
    expect(tab.locator("#trend-seeing")).to_contain_text("readings", timeout=WAIT_MS)
    held.is_slow = True
    until(tab, lambda: held.routes)
    tab.wait_for_timeout(1_000)  # so long a new question says that it is on its way
    expect(tab.locator(".chart .asking")).to_be_hidden()


def test_the_overview_says_that_it_asks_until_a_frame_is_there_or_a_notice(site, tab):
    held = Held(tab, "**/overview/frame", lambda _body: True)
    tab.goto(f"{site}/?lang=en")
    said = tab.locator(".page--overview .asking")
    expect(said).to_be_visible(timeout=WAIT_MS)
    expect(said).to_have_text(SAID)
    held.let_go()
    expect(tab.locator(".tag-card").first).to_be_visible(timeout=WAIT_MS)
    expect(said).to_be_hidden()
    failed = {"status": 503, "json": {"error": "historian_down", "message": "It is down."}}
    tab.route("**/overview/frame", lambda route: route.fulfill(**failed))
    tab.reload()
    expect(tab.locator("[data-notice=error]")).to_be_visible(timeout=WAIT_MS)
    expect(said).to_be_hidden()


def test_the_page_of_files_says_that_it_asks_for_the_first_rows(site, tab):
    held = Held(tab, "**/_dash-update-component*", lambda body: "export-preview.children" in body)
    tab.goto(f"{site}/export?tag=D100&window=1h&lang=en")
    expect(tab.locator("#export-preview")).to_have_text(SAID, timeout=WAIT_MS)
    held.let_go()
    expect(tab.locator("#export-preview")).to_contain_text("tag,time,value", timeout=WAIT_MS)


def test_rows_and_bytes_of_a_file_are_never_those_of_the_file_before(site, tab):
    outputs = ('{"output":"export-guessed.data"', '{"output":"..export-preview.children')
    held = Held(tab, "**/_dash-update-component*", lambda body: body.startswith(outputs))
    held.is_slow = False
    tab.goto(f"{site}/export?tag=D100&window=24h&lang=en")
    sized, rows = tab.locator("#export-estimate"), tab.locator("#export-preview .export-file")
    expect(sized).to_contain_text("K", timeout=WAIT_MS)
    expect(rows).to_contain_text("tag,time,value", timeout=WAIT_MS)
    held.is_slow = True
    tab.locator("#export-resolution").get_by_text("1 h", exact=True).click()
    expect(tab.locator("#export-snippet")).to_contain_text("resolution=1h", timeout=WAIT_MS)
    expect(sized).not_to_contain_text("K", timeout=WAIT_MS)
    expect(rows).to_have_css("opacity", "0.4", timeout=WAIT_MS)
    held.let_go()
    expect(sized).to_contain_text("≈ 2", timeout=WAIT_MS)  # 24 or 25 hours
    expect(rows).to_contain_text("avg", timeout=WAIT_MS)
    expect(rows).to_have_css("opacity", "1")


def test_numbers_of_the_window_before_look_old_until_those_of_this_one_are_there(site, tab):
    held = Held(
        tab, "**/_dash-update-component*", lambda body: body.startswith('{"output":"..trend-exc')
    )
    held.is_slow = False
    tab.goto(f"{site}/trend?tag=D100&window=1h&lang=en")
    headline = tab.locator("#trend-headline")
    expect(headline).to_contain_text("Mean", timeout=WAIT_MS)
    expect(headline).to_have_css("opacity", "1", timeout=WAIT_MS)
    before, held.is_slow = headline.inner_text(), True
    tab.locator("#trend-back").click()
    expect(headline).to_have_css("opacity", "0.4", timeout=WAIT_MS)
    assert headline.inner_text() == before, "nothing could be told yet"
    held.let_go()
    expect(headline).not_to_have_text(before, timeout=WAIT_MS)
    expect(headline).to_have_css("opacity", "1")


@pytest.mark.parametrize("page", ["trend", "tech"])
def test_rows_of_the_window_before_look_old_until_those_of_this_one_are_there(site, tab, page):
    asks = f'{{"output":"{page}-rows.getRowsResponse"'
    held = Held(tab, "**/_dash-update-component*", lambda body: body.startswith(asks))
    held.is_slow = False
    tab.goto(f"{site}/{page}?tag=D100&window=1h&lang=en")
    rows = tab.locator(f"#{page}-view-rows")
    expect(rows).to_contain_text("D100", timeout=WAIT_MS)
    expect(rows).to_have_css("opacity", "1", timeout=WAIT_MS)
    held.is_slow = True
    tab.locator(f"#{page}-back").click()
    expect(rows).to_have_css("opacity", "0.4", timeout=WAIT_MS)
    held.let_go()
    expect(rows).to_have_css("opacity", "1", timeout=WAIT_MS)
