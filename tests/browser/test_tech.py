"""The tech page in a real browser over a real historian."""

import csv
import io
import re
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.support import scripts
from tests.support.charts import settled
from tests.support.decimals import off_page

pytestmark = pytest.mark.browser

WAIT_MS = 60_000
REFUSED = {
    "tag=nope": "There is no tag 'nope'",
    "tag=D101&window=9q": "There is no window '9q'",
    "tag=D101&indicators=none,avg": "There is no indicator 'none'",
    "tag=D101&resolution=7s": "There is no resolution '7s'",
    "tag=D101&window=24h&resolution=1s": "choose a shorter window or a coarser resolution",
    "tag=%3Cscript%3Ealert(1)%3C%2Fscript%3E": "There is no tag",
}


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


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


def switch(tab, name):
    """Return the switch of an indicator."""
    return tab.locator(f'[data-indicator="{name}"]')


def value(tab, name):
    """Return what a switch says of a moment."""
    return switch(tab, name).locator(".toggle__value")


def seen(tab):
    """Return the indicators that are drawn."""
    return tab.evaluate(
        "[...new Set(document.querySelector('#tech-chart .js-plotly-plot')._fullData"
        ".filter(t => t.visible === true && t.opacity > 0)"
        ".map(t => t.meta?.indicator).filter(Boolean))].sort()"
    )


def point_at(tab, share):
    """Put the pointer at a share of the first lane's width."""
    place = tab.locator("#tech-chart .bglayer").first.bounding_box()
    tab.mouse.move(place["x"] + share * place["width"], place["y"] + 60)


def asking(tab):
    """Return a list that grows by each question for a figure."""
    questions = []
    tab.on(
        "request",
        lambda request: (
            questions.append(request.post_data)
            if "_dash-update-component" in request.url and "tech-chart" in (request.post_data or "")
            else None
        ),
    )
    return questions


def test_each_switch_says_its_width_in_buckets_and_in_time(site, tab):
    opened(tab, site + "/tech?tag=D101&indicators=avg,sma_10,sma_60,ema_20,bollinger,slope")
    for name, width, buckets, text in (
        ("sma_10", "SMA 10 = 10 min", "10 × 1 min", "SMA 10 = 10 min of 1 min means"),
        ("sma_60", "SMA 60 = 1 h", "60 × 1 min", "SMA 60 = 1 h of 1 min means"),
        ("ema_20", "EMA 20 = 20 min", "20 × 1 min", "EMA 20 = 20 min of 1 min means"),
        (
            "bollinger",
            "Bollinger 20 = 20 min",
            "20 × 1 min",
            "Bollinger 20/2 = 20 min of 1 min means ± 2 σ",
        ),
        ("slope", "Slope 60 = 1 h", "60 × 1 min", "Slope 60 = 1 h of 1 min means, per hour"),
    ):
        expect(switch(tab, name)).to_contain_text(re.compile(width.replace(" =", "\\s*=")))
        expect(switch(tab, name)).to_contain_text(buckets)
        expect(switch(tab, name)).to_have_attribute("title", text)
        expect(value(tab, name)).to_have_text(re.compile(r"\d"))
    expect(value(tab, "bollinger")).to_have_text(re.compile(r"^[\d.]+ – [\d.]+$"))
    expect(switch(tab, "slope")).to_contain_text(re.compile(r"[+-]?[\d.]+\s*bar/h · R² \d"))


def test_there_is_neither_a_legend_of_plotly_nor_a_box_over_the_data(site, tab):
    opened(tab, site + "/tech?tag=D101")
    point_at(tab, 0.5)
    expect(tab.locator(".chart__cursor")).to_be_visible()
    assert tab.locator("#tech-chart :is(.legendtext, .hovertext, .hoverlayer .legend)").count() == 0


def test_the_slope_has_a_lane_of_its_own_in_unit_per_hour(site, tab):
    opened(tab, site + "/tech?tag=D101")
    unit = tab.locator("#tech-chart .annotation-text").filter(has_text=re.compile("^bar/h$"))
    expect(unit).to_have_count(1)
    assert tab.locator("#tech-chart .y2tick").count() > 1


def test_the_cursor_spans_both_lanes_and_writes_into_row_and_switches(site, tab):
    opened(tab, site + "/tech?tag=D101&resolution=1m&window=6h")
    expect(tab.locator("#tech-value-at")).not_to_be_empty(timeout=WAIT_MS)
    newest = {name: value(tab, name).inner_text() for name in ("avg", "sma_60", "slope")}
    point_at(tab, 0.3)
    line = tab.locator(".chart__cursor")
    expect(line).to_be_visible()
    chart = tab.locator("#tech-chart").bounding_box()
    assert line.bounding_box()["height"] > 0.75 * chart["height"]
    at = tab.locator("#tech-value-at").inner_text().strip()
    address = tab.locator("#tech-csv").evaluate("link => link.href")
    with urllib.request.urlopen(address, timeout=30) as answer:
        rows = list(csv.DictReader(io.StringIO(answer.read().decode("utf-8-sig"))))
    (row,) = [each for each in rows if each["time"].replace("T", " ") == at]
    for name, told in newest.items():
        assert value(tab, name).inner_text() != told
        shown = float(off_page(value(tab, name).inner_text()))
        assert shown == pytest.approx(float(row[name]), abs=0.06), name
    low, high = map(float, off_page(value(tab, "bollinger").inner_text()).split(" – "))
    assert (low, high) == pytest.approx((float(row["lower"]), float(row["upper"])), abs=0.06)
    cells = tab.locator('#tech-chips tr[data-tag="D101"]')
    expect(cells.locator(".legend__value")).to_have_text(value(tab, "avg").inner_text())
    expect(cells.locator(".legend__range")).to_have_text(re.compile(r"\d – \d"))
    expect(cells.locator(".legend__newest")).to_have_text(re.compile(r"^[\d.]+ bar$"))
    expect(cells.locator(".legend__state")).not_to_be_empty()
    tab.mouse.move(5, 5)
    expect(value(tab, "sma_60")).to_have_text(newest["sma_60"])


def test_arrow_keys_move_the_cursor_and_the_switches_follow(site, tab):
    opened(tab, site + "/tech?tag=D101&window=1h&resolution=1m")
    tab.locator(".chart").focus()
    times, values = [], []
    for key in ("ArrowLeft", "ArrowLeft", "ArrowRight"):
        before = tab.locator("#tech-value-at").inner_text()
        tab.keyboard.press(key)
        expect(tab.locator("#tech-value-at")).not_to_have_text(before)
        times.append(tab.locator("#tech-value-at").inner_text())
        values.append(value(tab, "sma_10").inner_text())
    assert times[1] < times[0] == times[2]
    assert values[0] == values[2]


def test_a_switch_shows_and_hides_without_a_question_and_stands_in_the_address(site, tab):
    now = datetime.now(UTC)
    edges = [f"{now - timedelta(hours=each):%Y-%m-%dT%H:%M}" for each in (3, 1)]
    opened(tab, f"{site}/tech?tag=D101&start={edges[0]}&stop={edges[1]}&tz=UTC")  # it lies still
    assert seen(tab) == ["avg", "bollinger", "slope", "sma_10", "sma_60"]
    height = tab.locator("#tech-chart").bounding_box()["height"]
    questions = asking(tab)
    switch(tab, "ema_20").click()
    expect(switch(tab, "ema_20")).to_have_attribute("aria-pressed", "true")
    expect(value(tab, "ema_20")).to_have_text(re.compile(r"\d"))
    switch(tab, "bollinger").click()
    switch(tab, "slope").click()
    expect(value(tab, "bollinger")).to_have_text("")
    assert seen(tab) == ["avg", "ema_20", "sma_10", "sma_60"]
    expect(tab.locator("#tech-chart .y2tick")).to_have_count(0)
    tab.wait_for_function(
        "height => document.getElementById('tech-chart').clientHeight < height - 100", arg=height
    )
    expect(tab).to_have_url(re.compile(r"indicators=avg%2Csma_10%2Csma_60%2Cema_20(&|$)"))
    assert questions == []
    tab.reload()
    expect(switch(tab, "slope")).to_have_attribute("aria-pressed", "false", timeout=WAIT_MS)
    tab.locator("#tech-chart .trace").first.wait_for(state="attached", timeout=WAIT_MS)
    assert seen(tab) == ["avg", "ema_20", "sma_10", "sma_60"]
    for name in ("slope", "bollinger", "ema_20"):
        switch(tab, name).click()
    expect(tab).not_to_have_url(re.compile("indicators="))
    expect(tab.locator("#tech-chart .y2tick").first).to_be_attached()


def test_what_is_switched_off_stays_so_in_the_next_answer_and_on_the_way_back(site, tab):
    opened(tab, site + "/tech?tag=D101&window=6h")
    switch(tab, "bollinger").click()
    with tab.expect_response(lambda answer: "tech-chart" in (answer.request.post_data or "")):
        tab.click("#tech-back")
    expect(tab).to_have_url(re.compile("zoom="), timeout=WAIT_MS)
    tab.wait_for_function(
        "!document.querySelector('#tech-chart .js-plotly-plot')._fullData"
        ".some(t => t.meta?.indicator === 'bollinger' && t.visible === true)"
    )
    switch(tab, "sma_10").click()
    tab.go_back()
    expect(tab).not_to_have_url(re.compile("zoom="), timeout=WAIT_MS)
    expect(tab).to_have_url(re.compile("indicators=avg%2Csma_60%2Cslope"), timeout=WAIT_MS)
    expect(switch(tab, "sma_10")).to_have_attribute("aria-pressed", "false")
    assert seen(tab) == ["avg", "slope", "sma_60"]


def test_means_that_are_switched_off_are_told_at_the_cursor_all_the_same(site, tab):
    opened(tab, site + "/tech?tag=D101&indicators=none")
    assert seen(tab) == []
    point_at(tab, 0.4)
    expect(tab.locator(".legend__value b")).to_have_text(re.compile(r"\d"))
    expect(value(tab, "avg")).to_have_text("")


def test_what_sigma_is_and_how_large_stands_one_click_away(site, tab):
    opened(tab, site + "/tech?tag=D101")
    about = tab.locator("#tech-about-bollinger")
    expect(about).to_be_hidden()
    tab.click("[data-pops=tech-about-bollinger]")
    expect(about).to_be_visible()
    expect(about).to_contain_text("population standard deviations (÷ n) of the same 20 means")
    expect(about.locator(".define__more")).to_have_text(re.compile(r"^\d"))
    tab.keyboard.press("Escape")
    expect(about).to_be_hidden()
    expect(tab.locator("[data-pops=tech-about-bollinger]")).to_be_focused()


def test_limits_are_named_in_the_chart_or_by_an_arrow(site, tab):
    opened(tab, site + "/tech?tag=D101")
    told = " ".join(tab.locator("#tech-chart .annotation-text").all_text_contents())
    for limit in ("H 180 bar", "HH 195 bar", "L 10 bar"):
        assert limit in told, told
    assert "below this view" in told


def test_a_refused_choice_of_indicators_is_mended_by_its_switches(site, tab):
    tab.goto(site + "/tech?tag=D101&indicators=foo,sma_10")
    expect(tab.locator("#tech-notice")).to_contain_text(
        "There is no indicator 'foo'", timeout=WAIT_MS
    )
    switch(tab, "sma_60").click()
    expect(tab.locator("#tech-notice")).to_be_empty(timeout=WAIT_MS)
    tab.locator("#tech-chart .trace").first.wait_for(state="attached", timeout=WAIT_MS)
    expect(tab).to_have_url(re.compile("indicators=sma_10%2Csma_60"))
    assert seen(tab) == ["sma_10", "sma_60"]


def test_a_tag_without_indicators_leaves_nothing_of_another_one_and_leads_to_its_trend(site, tab):
    opened(tab, site + "/tech?tag=D101&window=6h")
    tab.click("#tech-add")
    expect(tab.locator(".dash-dropdown-search")).to_be_focused()
    tab.keyboard.type("P100")
    option = tab.get_by_role("option", name=re.compile("P100"))
    expect(option).to_contain_text("a state: no indicators")
    tab.keyboard.press("Escape")
    tab.goto(site + "/tech?tag=P100")
    expect(tab.locator("#tech-notice")).to_contain_text(
        "it has no mean, band or slope", timeout=WAIT_MS
    )
    expect(tab.locator("#tech-chart")).to_be_hidden()
    tab.get_by_role("link", name="Open its trend").click()
    expect(tab.locator("#trend-seeing")).not_to_be_empty(timeout=WAIT_MS)
    expect(tab).to_have_url(re.compile(r"/trend\?tag=P100"))


@pytest.mark.parametrize("token", ["5s", "10s", "30s", "1m", "5m", "10m", "1h"])
def test_indicators_exist_at_every_resolution(site, tab, token):
    window = "1h" if token.endswith("s") else "24h"
    opened(tab, f"{site}/tech?tag=D101&window={window}&resolution={token}")
    count = re.match(r"\d+", token)[0]
    unit = {"s": "s", "m": "min", "h": "h"}[token[-1]]
    expect(switch(tab, "avg")).to_contain_text(f"{count} {unit} means")
    expect(value(tab, "sma_10")).to_have_text(re.compile(r"\d"))


def test_the_resolution_is_a_choice_that_the_address_keeps(site, tab):
    opened(tab, site + "/tech?tag=D101&window=6h")
    tab.click("#tech-resolution")
    choices = tab.get_by_role("dialog")
    choices.get_by_role("option", name="10 min", exact=True).click()
    expect(tab.locator("#tech-seeing")).to_contain_text("10 min means", timeout=WAIT_MS)
    expect(tab).to_have_url(re.compile("resolution=10m"), timeout=WAIT_MS)


def test_the_first_point_is_as_right_as_the_last(site, tab):
    """The line begins at the left edge: what it needs from before is read."""
    every = "avg,sma_10,sma_60,ema_20,bollinger,slope"
    opened(tab, f"{site}/tech?tag=D101&window=1h&resolution=1m&indicators={every}")
    firsts = tab.evaluate(
        "document.querySelector('#tech-chart .js-plotly-plot')._fullData"
        ".filter(t => /^(line|sma|ema|lower|middle|upper|slope)/.test(t.meta?.part))"
        ".map(t => Number.isFinite(t.y[0]))"
    )
    assert len(firsts) == 8 and all(firsts)


def test_the_table_shows_the_slope_and_the_csv_has_the_same_rows(site, tab):
    opened(tab, site + "/tech?tag=D101&window=6h&resolution=1m")
    tab.click("#tech-back")
    expect(tab).to_have_url(re.compile("zoom="), timeout=WAIT_MS)
    settled(tab, "tech")
    expect(tab.locator("#tech-rows")).to_contain_text("Slope 60 /h", timeout=WAIT_MS)
    address = tab.locator("#tech-csv").evaluate("link => link.href")
    with urllib.request.urlopen(address, timeout=30) as answer:
        lines = answer.read().decode("utf-8-sig").split("\r\n")[:-1]
    assert lines[0] == (
        "no,tag,time,avg,sma_10,sma_60,ema_20,lower,middle,upper,sigma,slope,r2,n,bad,bad_value,share,coverage,unit,quality,reasons,filling,"
        "remade"
    )
    first = tab.locator('#tech-rows [row-index="0"] [col-id="time"]')
    expect(first).to_have_text(lines[1].split(",")[2].replace("T", " "), timeout=WAIT_MS)
    slope = tab.locator('#tech-rows [row-index="0"] [col-id="slope"]').inner_text()
    shown = Decimal(off_page(slope))
    # As many decimals as the range of the window needs: few where the tag went far within it.
    assert shown == round(Decimal(lines[1].split(",")[11]), -shown.as_tuple().exponent)


def test_another_tag_takes_the_place_of_the_first(site, tab):
    opened(tab, site + "/tech?tag=D101")
    tab.click("#tech-add")
    expect(tab.locator(".dash-dropdown-search")).to_be_focused()
    tab.keyboard.type("permeate")
    tab.get_by_role("option", name=re.compile("D300")).click()
    expect(tab).to_have_url(re.compile("tag=D300"), timeout=WAIT_MS)
    expect(tab.locator("#tech-chips tr")).to_have_attribute("data-tag", "D300", timeout=WAIT_MS)


@pytest.mark.parametrize(("query", "words"), REFUSED.items())
def test_a_bad_link_gets_a_sentence_that_names_it(site, tab, query, words):
    failed = []
    tab.on("response", lambda answer: failed.append(answer.url) if answer.status >= 500 else None)
    tab.goto(f"{site}/tech?{query}")
    expect(tab.locator("#tech-notice")).to_contain_text(words, timeout=WAIT_MS)
    assert failed == []


def test_the_definitions_are_korean_where_the_page_is(site, tab):
    opened(tab, site + "/tech?tag=D101&lang=ko")
    expect(switch(tab, "sma_10")).to_have_attribute("title", "SMA 10 = 1분 평균의 10분 이동평균")


def test_a_phone_needs_no_sideways_scroll(site, tab):
    tab.set_viewport_size({"width": 390, "height": 844})
    opened(tab, site + "/tech?tag=D101")
    assert tab.evaluate("document.documentElement.scrollWidth") == 390


def test_on_a_phone_the_tools_of_the_chart_do_not_lie_on_its_switches(site, tab):
    tab.set_viewport_size({"width": 390, "height": 844})
    opened(tab, site + "/tech?tag=D101")
    tools = tab.locator("#tech-chart .modebar-container").bounding_box()
    switches = tab.locator("#tech-indicators").bounding_box()
    assert tools["y"] >= switches["y"] + switches["height"] - 1


def test_a_finger_on_the_chart_sets_the_cursor(site, chromium):
    context = scripts.context(
        chromium, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    phone = opened(context.new_page(), site + "/tech?tag=D101&window=6h")
    last = phone.locator("#tech-value-at").inner_text()
    place = phone.locator("#tech-chart .bglayer").first.bounding_box()
    phone.touchscreen.tap(place["x"] + 0.3 * place["width"], place["y"] + 60)
    expect(phone.locator("#tech-value-at")).not_to_have_text(last)
    expect(phone.locator(".chart__cursor")).to_be_visible()
    context.close()


def test_from_trend_to_tech_and_back_the_pages_do_not_disturb_each_other(site, tab):
    opened(tab, site + "/tech?tag=D101")
    tab.get_by_role("link", name="Trend").click()
    expect(tab.locator("#trend-seeing")).not_to_be_empty(timeout=WAIT_MS)
    tab.get_by_role("link", name="Overview").click()
    expect(tab.locator("#trend-chart")).to_have_count(0, timeout=WAIT_MS)
    tab.go_back()
    expect(tab.locator("#trend-seeing")).not_to_be_empty(timeout=WAIT_MS)
    assert urllib.parse.urlsplit(tab.url).path.endswith("/trend")


def test_the_chart_stays_where_it_is_whatever_the_switches_say(tab, site):
    opened(tab, f"{site}/tech?lang=en&tag=D101&window=6h")
    places = """() => {
        const top = () => document.querySelector("#tech-chart").getBoundingClientRect().top;
        const values = [...document.querySelectorAll("#tech-indicators .toggle__value")];
        const before = top();
        for (const each of values) each.textContent = "1,234,567.89 – 2,345,678.90";
        return [before, top()];
    }"""
    before, after = tab.evaluate(places)
    assert after == before
