"""A stretch of a trend that is selected, and one tag against another: seen, told, and left."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_context import OUTSIDE, RULE, WINDOW
from tests.browser.test_trend import WAIT_MS, opened
from tests.support.plants import add_once

pytestmark = pytest.mark.browser
BESIDE = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT ts + interval '20 s', 'E2', 100 - value + extract(minute FROM ts) % 3
    FROM influx_hist WHERE tag_name = 'E1'
"""
SELECTED = "select=2026-06-01T00%3A30%3A00%2B09%3A00%2F2026-06-01T02%3A00%3A00%2B09%3A00"


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture(scope="module")
def site(start_module_site, fresh_plant_dsn):
    """A plant with a tag that was outside twice, and one that goes against it."""
    add_once(fresh_plant_dsn, "E2", (RULE,), (OUTSIDE,), (BESIDE,))
    address, _process = start_module_site(
        fresh_plant_dsn, REFRESH_SECONDS="3600", SITE_TZ="Asia/Seoul"
    )
    return address


def drag(tab, start, stop):
    """Drag over a part of the chart, from a share of its width to another."""
    box = tab.locator("#trend-chart .nsewdrag").first.bounding_box()
    tab.mouse.move(box["x"] + box["width"] * start, box["y"] + 40)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] * stop, box["y"] + 50, steps=6)
    tab.mouse.up()


def test_a_drag_with_shift_selects_and_what_stands_below_is_of_the_stretch(tab, site):
    opened(tab, f"{site}/trend?lang=en&tag=E1&{WINDOW}")
    expect(tab.locator("#trend-headline")).to_contain_text("95.5", timeout=WAIT_MS)
    tab.keyboard.down("Shift")
    drag(tab, 0.3, 0.4)  # 03:00 to 04:00 of ten hours
    tab.keyboard.up("Shift")
    tab.wait_for_url(re.compile("select="), timeout=WAIT_MS)
    assert "zoom=" not in tab.url
    expect(tab.locator("#trend-headline")).to_contain_text("selected stretch", timeout=WAIT_MS)
    expect(tab.locator("#trend-headline")).not_to_contain_text("95.5")
    expect(tab.locator(".chart__stretch")).to_have_count(1)
    expect(tab.locator("#trend-rows .ag-row[row-index='0']").first).to_contain_text(
        re.compile("2026-06-01 0(3:5|4:0)"), timeout=WAIT_MS
    )
    tab.get_by_text("Excursions", exact=True).click()
    rows = tab.locator("#trend-excursions .ag-center-cols-container .ag-row")
    expect(rows).to_have_count(1, timeout=WAIT_MS)
    expect(rows.first).to_contain_text("WARNING")
    tab.get_by_role("button", name="Leave the selection").click()
    expect(rows).to_have_count(2, timeout=WAIT_MS)
    expect(tab.locator(".chart__stretch")).to_have_count(0)
    assert "select=" not in tab.url


def test_the_button_lets_the_next_drag_select_and_the_one_after_it_zoom(tab, site):
    opened(tab, f"{site}/trend?lang=en&tag=E1&{WINDOW}")
    tab.get_by_role("button", name="Select a stretch").click()
    drag(tab, 0.1, 0.3)
    tab.wait_for_url(re.compile("select="), timeout=WAIT_MS)
    drag(tab, 0.2, 0.8)
    tab.wait_for_url(re.compile("zoom="), timeout=WAIT_MS)
    assert "select=" in tab.url, "a zoom leaves the selection"
    tab.go_back()
    expect(tab).not_to_have_url(re.compile("zoom="), timeout=WAIT_MS)
    tab.go_back()
    expect(tab).not_to_have_url(re.compile("select="), timeout=WAIT_MS)
    expect(tab.locator("#trend-stretch-shown")).to_be_hidden()


def test_shift_and_arrow_keys_select_and_escape_leaves(tab, site):
    opened(tab, f"{site}/trend?lang=en&tag=E1&{WINDOW}")
    expect(tab.locator("#trend-value-at")).not_to_be_empty()  # the chart knows its points
    tab.locator(".chart").first.focus()
    tab.keyboard.press("ArrowLeft")
    tab.keyboard.down("Shift")
    for _ in range(5):
        tab.keyboard.press("ArrowLeft")
    tab.keyboard.up("Shift")
    tab.wait_for_url(re.compile("select="), timeout=WAIT_MS)
    expect(tab.locator("#trend-stretch-said")).to_contain_text("2026-06-01 09:53:00 – 09:59:00")
    tab.keyboard.press("Escape")
    expect(tab).not_to_have_url(re.compile("select="), timeout=WAIT_MS)


def test_a_link_shows_the_stretch_that_was_selected_and_its_rows_as_csv(tab, site):
    opened(tab, f"{site}/trend?lang=en&tag=E1&{WINDOW}&{SELECTED}")
    said = tab.locator("#trend-stretch-said")
    expect(said).to_have_text("2026-06-01 00:30:00 – 02:00:00", timeout=WAIT_MS)
    expect(tab.locator("#trend-headline")).to_contain_text("Critical 33.3%", timeout=WAIT_MS)
    assert SELECTED in tab.url
    address = tab.locator("#trend-csv").get_attribute("href")
    text = tab.request.get(site + address).text()
    assert len(text.splitlines()) == 91


@pytest.mark.parametrize(
    ("select", "said"),
    [("yesterday", "select is 'yesterday'"), ("2020-01-01/2020-01-02", "outside of the window")],
)
def test_a_stretch_that_cannot_be_told_says_why_and_can_be_left(tab, site, select, said):
    opened(tab, f"{site}/trend?lang=en&tag=E1&{WINDOW}&select={select}")
    expect(tab.locator("#trend-view-note")).to_contain_text(said, timeout=WAIT_MS)
    tab.get_by_role("button", name="Leave the selection").click()
    expect(tab.locator("#trend-headline")).to_contain_text("95.5", timeout=WAIT_MS)


def test_one_tag_stands_against_another_and_marked_points_are_seen_above(tab, site):
    opened(tab, f"{site}/trend?lang=en&tag=E1&tag=E2&{WINDOW}")
    tab.get_by_text("Against another", exact=True).click()
    expect(tab.locator("#trend-pair-said")).to_contain_text("r = −0.9", timeout=WAIT_MS)
    expect(tab.locator("#trend-pair-said")).to_contain_text("599")
    plane = tab.locator("#trend-pair-chart .nsewdrag").first
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    tab.mouse.move(box["x"] + box["width"] * 0.65, box["y"] + 2)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] - 2, steps=6)
    tab.mouse.up()
    expect(tab.locator("#trend-pair-brushed")).to_contain_text("above: 35", timeout=WAIT_MS)
    expect(tab.locator("#trend-pair-brushed")).to_contain_text("time: 2")
    expect(tab.locator(".chart__brushed")).to_have_count(2)
    tab.locator(".pair__chart").focus()
    tab.keyboard.press("ArrowRight")
    head = tab.locator("#trend-value-at")
    expect(head).to_contain_text("2026-06-01 00:01:00")
    tab.keyboard.press("ArrowRight")
    expect(head).to_contain_text("2026-06-01 00:02:00")


def test_one_tag_alone_says_that_it_stands_against_nothing(tab, site):
    opened(tab, f"{site}/trend?lang=ko&tag=E1&{WINDOW}")
    tab.get_by_text("태그 간 비교", exact=True).click()
    expect(tab.locator("#trend-pair-said")).to_contain_text("하나 더 추가", timeout=WAIT_MS)


def test_a_finger_selects_after_the_button_and_the_page_does_not_scroll(phone, site):
    tab = phone
    opened(tab, f"{site}/trend?lang=en&tag=E1&{WINDOW}")
    expect(tab.locator("#trend-headline")).to_contain_text("95.5", timeout=WAIT_MS)
    tab.get_by_role("button", name="Select a stretch").tap()
    tab.locator("#trend-chart").scroll_into_view_if_needed()
    box = tab.locator("#trend-chart .nsewdrag").first.bounding_box()
    before = tab.evaluate("scrollY")
    session, height = tab.context.new_cdp_session(tab), box["y"] + box["height"] / 2

    def touch(kind, share=None, down=0):
        at = [] if share is None else [{"x": box["x"] + box["width"] * share, "y": height + down}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    touch("touchStart", 0.31)
    for step in range(1, 11):
        touch("touchMove", 0.31 + 0.02 * step, 4 * step)
    touch("touchEnd")
    tab.wait_for_url(re.compile("select="), timeout=WAIT_MS)
    expect(tab.locator("#trend-headline")).to_contain_text("selected stretch", timeout=WAIT_MS)
    start, stop = re.search(r"select=([^&]+)", tab.url).group(1).split("%2F")
    assert start[:13] == "2026-06-01T03" and stop[:13] == "2026-06-01T05" and "zoom=" not in tab.url
    assert tab.evaluate("scrollY") == before
