"""The tech page in a real browser over a real historian."""

import re
import urllib.parse
import urllib.request

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

WAIT_MS = 60_000
REFUSED = {
    "tag=nope": "There is no tag 'nope'",
    "tag=D101&window=9q": "There is no window '9q'",
    "tag=D101&resolution=7s": "There is no resolution '7s'",
    "tag=D101&window=24h&resolution=1s": "choose a shorter window or a coarser resolution",
    "tag=%3Cscript%3Ealert(1)%3C%2Fscript%3E": "There is no tag",
}


@pytest.fixture
def site(fresh_site):
    """A plant made for this module, however long the session has lasted."""
    return fresh_site


def opened(tab, address):
    """Open an address and wait until its chart is drawn; return the tab."""
    tab.goto(address)
    expect(tab.locator("#tech-seeing")).not_to_be_empty(timeout=WAIT_MS)
    tab.locator("#tech-chart .trace").first.wait_for(state="attached", timeout=WAIT_MS)
    return tab


def legend(tab):
    """Return the entries of the legend."""
    return tab.locator("#tech-chart .legendtext").all_text_contents()


def test_the_legend_says_what_each_indicator_is_of(site, tab):
    opened(tab, site + "/tech?tag=D101")
    assert "SMA 10 = 10 min of 1 min means" in legend(tab)
    assert "SMA 60 = 1 h of 1 min means" in legend(tab)
    assert "Bollinger 20/2 = 20 min of 1 min means ± 2 σ" in legend(tab)
    assert "Slope 60 = 1 h of 1 min means, per hour" in legend(tab)


def test_the_slope_has_an_axis_of_its_own_in_unit_per_hour(site, tab):
    opened(tab, site + "/tech?tag=D101")
    title = tab.evaluate(
        "document.querySelector('#tech-chart .js-plotly-plot')._fullLayout.yaxis2.title.text"
    )
    assert title == "bar/h"


@pytest.mark.parametrize("token", ["5s", "10s", "30s", "1m", "5m", "10m", "1h"])
def test_indicators_exist_at_every_resolution(site, tab, token):
    window = "1h" if token.endswith("s") else "24h"
    opened(tab, f"{site}/tech?tag=D101&window={window}&resolution={token}")
    count = re.match(r"\d+", token)[0]
    unit = {"s": "s", "m": "min", "h": "h"}[token[-1]]
    assert f"{count} {unit} means" in legend(tab)


def test_the_resolution_is_a_choice_that_the_address_keeps(site, tab):
    opened(tab, site + "/tech?tag=D101&window=6h")
    tab.click("#tech-resolution")
    choices = tab.get_by_role("dialog")
    choices.get_by_role("option", name="10 min", exact=True).click()
    expect(tab.locator("#tech-seeing")).to_contain_text("10 min means", timeout=WAIT_MS)
    expect(tab).to_have_url(re.compile("resolution=10m"), timeout=WAIT_MS)


def test_the_first_point_is_as_right_as_the_last(site, tab):
    """The line begins at the left edge: what it needs from before is read."""
    opened(tab, site + "/tech?tag=D101&window=1h&resolution=1m")
    firsts = tab.evaluate(
        "document.querySelector('#tech-chart .js-plotly-plot')._fullData"
        ".filter(t => t.showlegend !== false).map(t => Number.isFinite(t.y[0]))"
    )
    assert all(firsts)


def test_the_table_shows_the_slope_and_the_csv_has_the_same_rows(site, tab):
    opened(tab, site + "/tech?tag=D101&window=6h&resolution=1m")
    tab.click("#tech-back")
    expect(tab).to_have_url(re.compile("zoom="), timeout=WAIT_MS)
    tab.wait_for_timeout(1500)
    expect(tab.locator("#tech-rows")).to_contain_text("Slope 60 /h", timeout=WAIT_MS)
    address = tab.locator("#tech-csv").evaluate("link => link.href")
    with urllib.request.urlopen(address, timeout=30) as answer:
        lines = answer.read().decode("utf-8-sig").split("\r\n")[:-1]
    assert lines[0] == (
        "no,tag,time,avg,sma_10,sma_60,lower,middle,upper,slope,n,bad,bad_value,coverage,unit,quality,reasons,filling,"
        "remade"
    )
    first = tab.locator('#tech-rows [row-index="0"] [col-id="time"]')
    expect(first).to_have_text(lines[1].split(",")[2].replace("T", " "), timeout=WAIT_MS)
    slope = tab.locator('#tech-rows [row-index="0"] [col-id="slope"]').inner_text()
    assert float(slope.replace(",", "")) == pytest.approx(float(lines[1].split(",")[9]), rel=1e-3)


def test_another_tag_takes_the_place_of_the_first(site, tab):
    opened(tab, site + "/tech?tag=D101")
    tab.click("#tech-add")
    tab.keyboard.type("permeate")
    tab.get_by_role("option", name=re.compile("D300")).click()
    expect(tab).to_have_url(re.compile("tag=D300"), timeout=WAIT_MS)
    expect(tab.locator(".chip")).to_have_count(1)


@pytest.mark.parametrize(("query", "words"), REFUSED.items())
def test_a_bad_link_gets_a_sentence_that_names_it(site, tab, query, words):
    failed = []
    tab.on("response", lambda answer: failed.append(answer.url) if answer.status >= 500 else None)
    tab.goto(f"{site}/tech?{query}")
    expect(tab.locator("#tech-notice")).to_contain_text(words, timeout=WAIT_MS)
    assert failed == []


def test_the_definitions_are_korean_where_the_page_is(site, tab):
    opened(tab, site + "/tech?tag=D101&lang=ko")
    assert "SMA 10 = 1분 평균의 10분 이동평균" in legend(tab)


def test_a_phone_needs_no_sideways_scroll(site, tab):
    tab.set_viewport_size({"width": 390, "height": 844})
    opened(tab, site + "/tech?tag=D101")
    assert tab.evaluate("document.documentElement.scrollWidth") == 390


def test_on_a_phone_the_tools_of_the_chart_do_not_lie_on_its_legend(site, tab):
    tab.set_viewport_size({"width": 390, "height": 844})
    opened(tab, site + "/tech?tag=D101")
    tools = tab.locator("#tech-chart .modebar-container").bounding_box()
    height = tab.locator("#tech-chart .modebar-btn").first.bounding_box()["height"]
    assert tools["y"] + height <= tab.locator("#tech-chart .legend").bounding_box()["y"] + 1


def test_from_trend_to_tech_and_back_the_pages_do_not_disturb_each_other(site, tab):
    opened(tab, site + "/tech?tag=D101")
    tab.get_by_role("link", name="Trend").click()
    expect(tab.locator("#trend-seeing")).not_to_be_empty(timeout=WAIT_MS)
    tab.get_by_role("link", name="Overview").click()
    expect(tab.locator("#trend-chart")).to_have_count(0, timeout=WAIT_MS)
    tab.go_back()
    expect(tab.locator("#trend-seeing")).not_to_be_empty(timeout=WAIT_MS)
    assert urllib.parse.urlsplit(tab.url).path.endswith("/trend")
