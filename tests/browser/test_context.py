"""The views under a trend: when it was outside, what the window holds; a click zooms."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_meanwhile import until
from tests.browser.test_trend import WAIT_MS, opened
from tests.support.plants import add_once

pytestmark = pytest.mark.browser
OUTSIDE = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT timestamptz '2026-06-01 00:00+09' + each * interval '1 min', 'E1',
        CASE WHEN each BETWEEN 60 AND 89 THEN 95.5 WHEN each BETWEEN 200 AND 204 THEN 85 ELSE 50 END
    FROM generate_series(0, 599) AS each
"""
RULE = """
    INSERT INTO influx_qc_rule (tag_name, min_val, max_val, warn_max, crit_max, max_gap_seconds)
    VALUES ('E1', 0, 100, 80, 90, 180)
"""
WINDOW = "start=2026-05-31T15:00Z&stop=2026-06-01T01:00Z"


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture(scope="module")
def site(start_module_site, fresh_plant_dsn):
    """A plant with a tag that was outside twice."""
    add_once(fresh_plant_dsn, "E1", (RULE,), (OUTSIDE,))
    address, _process = start_module_site(
        fresh_plant_dsn, REFRESH_SECONDS="3600", SITE_TZ="Asia/Seoul"
    )
    return address


def cells(tab, row):
    """Return the texts of a row of the table of excursions."""
    found = tab.locator(f"#trend-excursions .ag-row[row-index='{row}'] .ag-cell")
    return [text.strip() for text in found.all_inner_texts()]


def test_excursions_are_listed_sorted_and_zoomed_to(tab, site):
    opened(tab, f"{site}/trend?lang=en&tag=E1&{WINDOW}")
    tab.get_by_text("Excursions", exact=True).click()
    rows = tab.locator("#trend-excursions .ag-center-cols-container .ag-row")
    expect(rows).to_have_count(2, timeout=WAIT_MS)
    newest = cells(tab, 0)
    assert newest[:5] == [
        *("E1", "▲ WARNING", "2026-06-01 03:20:00", "2026-06-01 03:25:00", "5 min")
    ]
    assert newest[5:9] == ["H 80", "85.0", "2026-06-01 03:20:00", "5.0"]
    assert cells(tab, 1)[1:7] == [
        *("⬢ CRITICAL", "2026-06-01 01:00:00", "2026-06-01 01:30:00", "30 min", "HH 90", "95.5")
    ]
    tab.locator("#trend-excursions").get_by_text("Duration", exact=True).click()
    expect(rows.first).to_contain_text("E1")
    tab.wait_for_function(
        "() => document.querySelector(\"#trend-excursions [row-index='0'] [col-id=level]\")"
        ".textContent.includes('WARNING')"
    )
    tab.locator("#trend-excursions [row-index='1'] [col-id=level]").click()
    tab.wait_for_url(re.compile("zoom="), timeout=WAIT_MS)
    expect(tab).to_have_url(re.compile("zoom=2026-06-01T00%3A45.*2026-06-01T01%3A45"))
    expect(rows).to_have_count(1, timeout=WAIT_MS)


def test_statistics_are_those_of_the_window_and_follow_the_zoom(tab, site):
    opened(tab, f"{site}/trend?lang=en&tag=E1&{WINDOW}")
    tab.get_by_text("Statistics", exact=True).click()
    row = tab.locator(".context__table tbody tr")
    expect(row).to_contain_text("E1", timeout=WAIT_MS)
    expect(row).to_contain_text("95.5")
    expect(row).to_contain_text("2026-06-01 01:00:00")
    expect(row).to_contain_text("Critical 5.0%")
    expect(tab.locator("#trend-view-rows")).to_be_hidden()
    tab.goto(f"{site}/trend?lang=en&tag=E1&start=2026-05-31T18:10Z&stop=2026-05-31T19:10Z")
    tab.get_by_text("Statistics", exact=True).click()
    expect(row).to_contain_text("85", timeout=WAIT_MS)
    expect(row).not_to_contain_text("95.5")


def test_over_the_chart_stands_what_the_window_holds_of_the_chosen_tag(tab, site):
    opened(tab, f"{site}/trend?lang=en&tag=E1&{WINDOW}")
    line = tab.locator("#trend-headline")
    expect(line).to_contain_text("95.5 2026-06-01 01:00:00", timeout=WAIT_MS)
    expect(line).to_contain_text("Critical 5.0%")
    height = line.bounding_box()["height"]
    tab.goto(f"{site}/trend?lang=en&tag=P100&tag=E1&{WINDOW}")
    expect(line).to_contain_text("P100", timeout=WAIT_MS)
    expect(line).not_to_contain_text("Mean")
    tab.locator('#trend-legend [data-tag="E1"] .legend__choose').click()
    expect(line).to_contain_text("95.5 2026-06-01 01:00:00", timeout=WAIT_MS)
    tab.goto(f"{site}/trend?lang=en&tag=E1&start=2020-01-01&stop=2020-01-02")
    expect(line).to_contain_text("E1", timeout=WAIT_MS)
    expect(line).not_to_contain_text("Max")
    assert abs(line.bounding_box()["height"] - height) < 2  # else the chart would move


def test_what_the_window_holds_takes_a_second_line_rather_than_hide_its_end(tab, site):
    """Nothing in it takes the focus, so that keys could not scroll it."""
    opened(tab, f"{site}/trend?lang=en&tag=E1&{WINDOW}")
    states = tab.locator("#trend-headline .headline__states")
    states.wait_for(timeout=WAIT_MS)
    hidden = "node => node.closest('.headline').scrollWidth - node.closest('.headline').clientWidth"
    assert states.evaluate(hidden) <= 0
    states.evaluate("node => node.append(', and as much again'.repeat(4))")
    assert states.evaluate(hidden) <= 0


def test_on_a_phone_it_stands_under_the_chart_and_nothing_of_it_is_cut(phone, site):
    opened(phone, f"{site}/trend?lang=en&tag=E1&{WINDOW}")
    line = phone.locator("#trend-headline")
    expect(line).to_contain_text("95.5 2026-06-01 01:00:00", timeout=WAIT_MS)
    assert line.evaluate("node => node.scrollWidth - node.clientWidth") <= 0
    chart, told = phone.locator(".chart").bounding_box(), line.bounding_box()
    assert told["y"] >= chart["y"] + chart["height"]
    assert phone.locator("#trend-seeing").bounding_box()["y"] >= told["y"] + told["height"]


@pytest.mark.parametrize(("tag", "said"), [("D300", "No limit was crossed"), ("P100", "Without")])
def test_a_window_without_excursions_says_why(tab, site, tag, said):
    opened(tab, f"{site}/trend?lang=en&tag={tag}&window=1h")
    tab.get_by_text("Excursions", exact=True).click()
    expect(tab.locator("#trend-view-note")).to_contain_text(said, timeout=WAIT_MS)
    expect(tab.locator("#trend-excursions .ag-row")).to_have_count(0)


def test_the_rows_come_back_as_they_were(tab, site):
    opened(tab, f"{site}/trend?lang=ko&tag=E1&{WINDOW}")
    first = tab.locator("#trend-rows .ag-row[row-index='0']")
    expect(first).to_contain_text("E1", timeout=WAIT_MS)
    tab.get_by_text("이탈", exact=True).click()
    expect(tab.locator("#trend-rows")).to_be_hidden()
    expect(tab.locator("#trend-excursions .ag-row").first).to_contain_text("경고", timeout=WAIT_MS)
    tab.get_by_text("행", exact=True).first.click()
    expect(first).to_be_visible(timeout=WAIT_MS)


#: The entry before that of now is of another zone.
OTHER_ZONE = """() => {
  const now = location.href;
  history.replaceState({ ksys: 0 }, "", now + "&tz=UTC");
  history.pushState({ ksys: 1 }, "", now);
}"""


@pytest.fixture
def asking(site, start_site, fresh_plant_dsn):
    """The same site, which asks again each second."""
    return start_site(fresh_plant_dsn, REFRESH_SECONDS="1", SITE_TZ="Asia/Seoul")[0]


def test_bars_of_which_nobody_answered_are_at_their_instants_and_asked_for_again(tab, asking):
    opened(tab, f"{asking}/trend?lang=en&tag=E1&{WINDOW}")
    expect(tab.locator(".chart__outside")).to_have_count(2, timeout=WAIT_MS)
    expect(tab.locator(".is-telling")).to_have_count(0, timeout=WAIT_MS)
    plane = tab.locator("#trend-chart .nsewdrag").first.bounding_box()
    failing, lost = [True], []

    def lose(route):
        if '"output":"..trend-bars' not in (route.request.post_data or ""):
            route.continue_()
        elif failing:
            lost.append(route)
            route.abort()
        else:
            route.continue_()

    tab.route("**/_dash-update-component*", lose)
    tab.evaluate(OTHER_ZONE)
    tab.go_back()
    expect(tab.locator("#trend-when")).to_contain_text("31 May 15:00", timeout=WAIT_MS)
    until(tab, lost, 2)
    critical = tab.locator(".chart__outside--critical").bounding_box()
    assert abs(critical["x"] - plane["x"] - plane["width"] * 0.1) < 3
    failing.clear()
    expect(tab.locator(".is-telling")).to_have_count(0, timeout=WAIT_MS)
    expect(tab.locator(".chart__outside")).to_have_count(2)


def test_excursions_are_bars_in_their_lane_a_file_and_rows_on_paper(tab, site):
    opened(tab, f"{site}/trend?lang=en&tag=E1&{WINDOW}")
    expect(tab.locator(".chart__outside")).to_have_count(2, timeout=WAIT_MS)
    expect(tab.locator(".chart__outside--critical")).to_have_count(1)
    plane = tab.locator("#trend-chart .nsewdrag").first.bounding_box()
    critical = tab.locator(".chart__outside--critical").bounding_box()
    # 01:00 to 01:30 of ten hours
    assert abs(critical["x"] - plane["x"] - plane["width"] * 0.1) < 3
    assert abs(critical["width"] - plane["width"] * 0.05) < 3
    assert abs(critical["y"] - plane["y"]) < 3
    tab.get_by_text("Excursions", exact=True).click()
    href = tab.get_by_role("link", name="Excursions as CSV").get_attribute("href")
    lines = tab.request.get(site + href).text().splitlines()
    assert [each.split(",")[1] for each in lines[1:]] == ["window", "excursion", "excursion"]
    tab.emulate_media(media="print")
    rows = tab.locator("#trend-sheet-excursions tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.last).to_contain_text("⬢ CRITICAL")
