"""Trend and tech by keyboard alone: nothing holds the focus, loses it or hides it."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_named_views import save, unfold
from tests.browser.test_overview_keyboard import FOCUSED
from tests.browser.test_trend import WAIT_MS, opened

pytestmark = pytest.mark.browser
#: More stops than either page has.
MOST = 90
#: How much a ring of the focus stands out from what is around it, as WCAG 1.4.11 measures it.
RING = """() => {
    const node = document.activeElement;
    const { outlineStyle, outlineColor } = getComputedStyle(node);
    if (outlineStyle === "none") return 0;
    const light = (color) => {
        const part = (each) =>
            (each /= 255) <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4;
        const [r, g, b] = color.match(/[\\d.]+/g).map(Number).map(part);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const surface = getComputedStyle(document.querySelector(".shell")).backgroundColor;
    const both = [light(outlineColor), light(surface)].sort((a, b) => b - a);
    return (both[0] + 0.05) / (both[1] + 0.05);
}"""


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture(scope="module")
def quiet(start_module_site, plant_dsn):
    """A site that does not refresh."""
    return start_module_site(plant_dsn, REFRESH_SECONDS="3600", SITE_TZ="Asia/Seoul")[0]


def focused(tab, part):
    """Return whether a part of the page has the focus."""
    return tab.evaluate("part => document.activeElement.matches(part)", part)


@pytest.mark.parametrize("lang", ["en", "ko"])
@pytest.mark.parametrize("page", ["trend", "tech"])
def test_tab_goes_through_a_page_and_out_of_it_and_the_focus_is_seen(tab, quiet, page, lang):
    opened(tab, f"{quiet}/{page}?lang={lang}&theme=dark&tag=D101&window=6h", page)
    tab.locator(f"#{page}-rows .ag-cell").first.wait_for(timeout=WAIT_MS)
    names = []
    for _stop in range(MOST):
        tab.keyboard.press("Tab")
        stop = tab.evaluate(FOCUSED)
        if stop is None:
            break
        names.append(stop["name"])
        assert stop["seen"], stop
        if not focused(tab, ".ag-header-cell, .ag-cell"):
            assert tab.evaluate(RING) > 3, stop
    assert len(names) < MOST, names[-20:]
    cells = [place for place in range(MOST) if place < len(names) and names[place] == "DIV 1"]
    assert len(cells) == 1, "one stop in all rows"


def test_arrows_go_through_rows_and_enter_does_what_a_click_does(tab, quiet):
    opened(tab, f"{quiet}/trend?lang=en&tag=D302&window=24h")
    tab.locator("#trend-view input").first.focus()
    tab.keyboard.press("ArrowRight")
    cell = tab.locator("#trend-excursions .ag-cell").first
    cell.wait_for(timeout=WAIT_MS)
    tab.locator("#trend-excursions .ag-header-cell").last.focus()
    tab.keyboard.press("Tab")
    expect(tab.locator("#trend-excursions .ag-cell:focus")).to_have_count(1)
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Enter")
    tab.wait_for_url(re.compile("zoom="), timeout=WAIT_MS)


def test_what_a_button_opens_closes_when_tab_goes_on(tab, quiet):
    opened(tab, f"{quiet}/trend?lang=en&tag=D101&window=6h")
    for opens in ("trend-compare-panel", "trend-links", "trend-named", "trend-time-panel"):
        panel = tab.locator(f"#{opens}")
        tab.locator(f"[data-pops={opens}]").focus()
        tab.keyboard.press("Enter")
        expect(panel).to_be_visible()
        tab.keyboard.press("Tab")
        expect(panel).to_be_visible()
        for _stop in range(8):
            tab.keyboard.press("Tab")
        expect(panel).to_be_hidden()
        assert not focused(tab, "body")


def test_a_tag_that_is_taken_away_hands_the_focus_on(tab, quiet):
    opened(tab, f"{quiet}/trend?lang=en&tag=D101&tag=D302&tag=P100&window=6h")
    rows = tab.locator("#trend-chips > tr")
    expect(rows).to_have_count(3, timeout=WAIT_MS)
    for tag, there in (("D302", "P100"), ("P100", "D101")):
        tab.locator(f"tr[data-tag='{tag}'] .chip__remove").focus()
        tab.keyboard.press("Enter")
        next_button = tab.locator(f"tr[data-tag='{there}'] .chip__remove")
        expect(next_button).to_be_focused(timeout=WAIT_MS)
    tab.keyboard.press("Enter")
    expect(tab.locator("#trend-add")).to_be_focused(timeout=WAIT_MS)


def test_a_named_view_that_is_deleted_leaves_the_focus_on_its_undoing(tab, quiet):
    opened(tab, f"{quiet}/trend?lang=en&tag=D101&window=6h")
    panel = unfold(tab)
    save(panel, "A")
    panel.get_by_label("Delete A").focus()
    tab.keyboard.press("Enter")
    expect(panel.get_by_label("Undo")).to_be_focused()
    tab.keyboard.press("Enter")
    expect(panel.get_by_label("Name of the view")).to_be_focused()
