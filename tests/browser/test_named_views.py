"""Named views: kept in this browser, opened, renamed, deleted, shared as a link."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_trend import WAIT_MS, opened

pytestmark = pytest.mark.browser
KEPT = "JSON.parse(localStorage.getItem('ksys-views') || 'null')"


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture(scope="module")
def quiet(start_module_site, plant_dsn):
    """A site that does not refresh."""
    return start_module_site(plant_dsn, REFRESH_SECONDS="3600", SITE_TZ="Asia/Seoul")[0]


def unfold(tab, page="trend"):
    """Open the menu; return it."""
    tab.locator(f'[data-pops="{page}-named"]').click()
    panel = tab.locator(f"#{page}-named")
    expect(panel).to_be_visible()
    return panel


def save(panel, name):
    """Keep what is shown."""
    panel.get_by_label("Name of the view").fill(name)
    panel.get_by_label("Name of the view").press("Enter")


def test_a_view_is_kept_opened_renamed_and_deleted_and_comes_back(tab, quiet):
    opened(tab, f"{quiet}/trend?lang=en&tag=D101&tag=D302&window=6h")
    panel = unfold(tab)
    save(panel, " Feed and tank ")
    expect(panel).to_contain_text("Saved: Feed and tank")
    opened(tab, f"{quiet}/tech?tag=D101&window=1h", "tech")
    panel = unfold(tab, "tech")
    expect(panel.get_by_role("link")).to_have_text(["Feed and tank"])
    panel.get_by_label("Rename Feed and tank").click()
    save(panel, "<b>탱크</b>")
    expect(panel.get_by_role("link")).to_have_text(["<b>탱크</b>"])
    panel.get_by_label("Delete").click()
    expect(panel.get_by_role("link")).to_have_count(0)
    panel.get_by_label("Undo").click()
    expect(panel.get_by_role("link")).to_have_text(["<b>탱크</b>"])
    panel.get_by_role("link").click()
    tab.wait_for_url(re.compile(r"/trend\?.*window=6h"), timeout=WAIT_MS)
    expect(tab.locator("#trend-legend tbody tr")).to_have_count(2, timeout=WAIT_MS)


def test_two_views_have_not_one_name_and_none_has_no_name(tab, quiet):
    opened(tab, f"{quiet}/trend?lang=en&tag=D101&window=6h")
    panel = unfold(tab)
    save(panel, "A")
    expect(panel.get_by_role("link")).to_have_count(1)
    save(panel, "A")
    expect(panel).to_contain_text("There is a view named A already.")
    save(panel, "  ")
    expect(panel).to_contain_text("A view needs a name.")
    assert [view["name"] for view in tab.evaluate(KEPT)] == ["A"]


@pytest.mark.parametrize(
    "broken",
    [
        "no json",
        "{}",
        json.dumps([{"name": "x", "page": "https://elsewhere.example/", "query": ""}, 5, None]),
    ],
)
def test_what_no_view_is_does_not_hinder_and_leads_nowhere(tab, quiet, broken):
    opened(tab, f"{quiet}/trend?lang=en&tag=D101&window=6h")
    tab.evaluate("text => localStorage.setItem('ksys-views', text)", broken)
    panel = unfold(tab)
    expect(panel.get_by_role("link")).to_have_count(0)
    save(panel, "B")
    expect(panel.get_by_role("link")).to_have_text(["B"])
    assert [view["page"] for view in tab.evaluate(KEPT)] == ["trend"]


def test_a_browser_that_keeps_nothing_says_so(tab, quiet):
    opened(tab, f"{quiet}/trend?lang=en&tag=D101&window=6h")
    tab.evaluate(
        """() => { Storage.prototype.setItem =
            () => { throw new DOMException("", "QuotaExceededError"); }; }"""
    )
    panel = unfold(tab)
    save(panel, "C")
    expect(panel).to_contain_text("This browser keeps nothing")
