"""Ksys below a path of its host: no page leads out of it, and no script asks elsewhere."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
PATH = "/below/here"
DRAWN = "#trend-chart .scatterlayer .trace"


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture
def below(fresh_plant_dsn: str, start_site: Any) -> str:
    """The address of Ksys over the plant made for this module, below a path."""
    address, _process = start_site(fresh_plant_dsn, BASE_PATH=PATH)
    return str(address)


@pytest.fixture
def asked(tab: Any) -> list[str]:
    """The paths that a tab asks for, and those that failed."""
    paths: list[str] = []
    tab.on("request", lambda each: paths.append(urlsplit(each.url).path))
    tab.on("response", lambda each: paths.append(f"{each.status}") if each.status > 399 else None)
    return paths


def inside(tab: Any, asked: list[str]) -> None:
    """Fail unless all that was asked lies below the path, and the page does too."""
    assert asked
    assert [path for path in asked if not f"{path}/".startswith(f"{PATH}/")] == []
    assert f"{urlsplit(tab.url).path}/".startswith(f"{PATH}/")


def test_the_overview_its_links_and_its_routes_stay_below(tab, below, asked):
    tab.goto(f"{below}/?lang=en")
    tab.wait_for_selector(".tag-card .spark__mean[d]")
    tab.hover(".tag-card >> nth=0 >> .value__number")
    tab.keyboard.press("Tab")
    tab.locator(".tag-card__link").first.focus()
    tab.keyboard.press("d")
    tab.wait_for_selector("dialog[open] .details__table")
    tab.keyboard.press("Escape")
    tab.click("[data-act=menu]")
    tab.click("dialog a:has-text('wall screen')")
    tab.wait_for_selector("html[data-kiosk] .wall-card")
    tab.keyboard.press("Escape")
    tab.wait_for_selector("html:not([data-kiosk]) .tag-card")
    tab.click(".tag-card[data-tag=D101] .tag-card__link")
    tab.wait_for_selector(DRAWN)
    inside(tab, asked)


def test_the_pages_of_charts_their_files_and_back_stay_below(tab, below, asked):
    tab.goto(f"{below}/trend?tag=D101&window=6h&lang=en")
    tab.wait_for_selector(DRAWN)
    with tab.expect_download() as file:
        tab.click("#trend-csv")
    assert urlsplit(file.value.url).path == f"{PATH}/trend/rows.csv"
    with tab.expect_response("**/build"):  # asked with each refresh
        pass
    tab.click(".shell__page >> nth=2")
    tab.wait_for_selector("#tech-chart .scatterlayer .trace")
    tab.click(".shell__brand")
    tab.wait_for_selector(".tag-card")
    tab.go_back()
    tab.wait_for_selector("#tech-chart .scatterlayer .trace")
    tab.click("#language")
    expect(tab.locator("html")).to_have_attribute("lang", "ko")
    inside(tab, asked)


def test_an_address_without_a_page_leads_back_below(tab, below, asked):
    tab.goto(f"{below}/nowhere?lang=en")
    tab.click("#content a")
    tab.wait_for_selector(".tag-card")
    assert asked.count("404") == 1
    asked.remove("404")
    inside(tab, asked)
