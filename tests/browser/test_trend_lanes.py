"""The rows over a trend in a real browser: what each line is, its newest value, the cursor's."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.support import scripts

pytestmark = pytest.mark.browser
WAIT_MS = 60_000
TAGS = ("D101", "D102", "D201", "P100")


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture
def site(fresh_site):
    """A plant made for this module, however long the session has lasted."""
    return fresh_site


@pytest.fixture
def browser_anywhere(chromium):
    """A page in a browser of another zone than UTC."""
    context = scripts.context(
        chromium, viewport={"width": 1440, "height": 900}, timezone_id="Asia/Seoul"
    )
    yield context.new_page()
    context.close()


def opened(tab, site, query=""):
    """Open the trend of four tags of three units, and wait until its rows are written."""
    tab.goto(f"{site}/trend?{'&'.join(f'tag={tag}' for tag in TAGS)}{query}")
    expect(tab.locator("#trend-value-at")).not_to_be_empty(timeout=WAIT_MS)
    expect(tab.locator("#trend-chips tr")).to_have_count(len(TAGS))


def row(tab, tag, part):
    """Return a cell of the row of a tag."""
    return tab.locator(f'#trend-chips tr[data-tag="{tag}"] .legend__{part}')


def point_at(tab, share):
    """Put the pointer at a share of the first lane's width."""
    box = tab.locator("#trend-chart .cartesianlayer .xy .gridlayer, #trend-chart .bglayer").first
    place = box.bounding_box()
    assert place
    tab.mouse.move(place["x"] + share * place["width"], place["y"] + place["height"] / 2)


def test_each_row_says_the_newest_reading_and_the_state_of_its_tag(site, tab):
    opened(tab, site)
    expect(row(tab, "D101", "newest")).to_have_text(re.compile(r"^\d+\.\d+ bar$"), timeout=WAIT_MS)
    expect(row(tab, "D101", "state")).to_have_text(re.compile("WARNING"))
    expect(row(tab, "P100", "newest")).to_contain_text(re.compile("on|off"))
    expect(tab.locator("#trend-newest-at")).to_have_text(re.compile(r"^\d\d:\d\d:\d\d$"))


def test_the_cursor_goes_through_all_lanes_and_writes_into_every_row(site, tab):
    opened(tab, site)
    expect(tab.locator(".chart__cursor")).to_be_hidden()
    last = tab.locator("#trend-value-at").inner_text()
    point_at(tab, 0.3)
    expect(tab.locator("#trend-value-at")).not_to_have_text(last)
    line, chart = tab.locator(".chart__cursor"), tab.locator("#trend-chart")
    expect(line).to_be_visible()
    assert line.bounding_box()["height"] > 0.7 * chart.bounding_box()["height"]
    for tag in TAGS[:3]:
        expect(row(tab, tag, "value")).to_have_text(re.compile(r"\d"))
        expect(row(tab, tag, "range")).to_have_text(re.compile(r"\d – \S*\d"))
    expect(row(tab, "P100", "value")).to_have_text(re.compile("^(on|off)$"))
    assert tab.locator("#trend-chart .hoverlayer .legend, #trend-chart .hovertext").count() == 0


def test_the_cursor_stands_under_the_pointer_in_a_browser_of_any_zone(site, browser_anywhere):
    """A number on a date axis is an instant to plotly: the cursor once stood nine hours beside."""
    opened(browser_anywhere, site)
    point_at(browser_anywhere, 0.4)
    line = browser_anywhere.locator(".chart__cursor")
    expect(line).to_be_visible()
    box = browser_anywhere.locator("#trend-chart .bglayer").first.bounding_box()
    assert abs(line.bounding_box()["x"] - box["x"] - 0.4 * box["width"]) < 4
    time = line.get_attribute("data-time")
    assert time
    assert f" {time}" in browser_anywhere.locator("#trend-value-at").inner_text()


def test_a_tag_that_is_not_there_takes_neither_marks_nor_newest_readings_from_the_others(site, tab):
    tab.goto(f"{site}/trend?tag=nope&tag=D101")
    expect(row(tab, "D101", "newest")).to_have_text(re.compile(r"^\d+\.\d+ bar$"), timeout=WAIT_MS)
    ends = tab.locator("#trend-chart .annotation-text").filter(has_text="D101")
    expect(ends).to_have_text(re.compile("^■ D101"), timeout=WAIT_MS)
    expect(row(tab, "D101", "mark").locator(".mark--2")).to_have_count(1)


def test_arrow_keys_move_the_cursor_by_one_point(site, tab):
    opened(tab, site, "&window=1h")
    tab.locator(".chart").focus()
    times = []
    for key in ("ArrowLeft", "ArrowLeft", "ArrowRight"):
        before = tab.locator("#trend-value-at").inner_text()
        tab.keyboard.press(key)
        expect(tab.locator("#trend-value-at")).not_to_have_text(before)
        times.append(tab.locator("#trend-value-at").inner_text())
    assert times[1] < times[0] == times[2]


def test_lanes_are_as_high_as_they_need_and_the_other_choices_stand_in_the_address(site, tab):
    opened(tab, site)
    chart = tab.locator("#trend-chart")
    lanes = chart.bounding_box()["height"]
    assert all(tab.locator(f"#trend-chart .{axis}tick").count() > 1 for axis in ("y", "y2", "y3"))
    tab.get_by_text("Overlay", exact=True).click()
    tab.wait_for_url(re.compile("axes=overlay"), timeout=WAIT_MS)
    wearing = chart.locator(".annotation-text").filter(has_text=re.compile("^▲ rpm$"))
    expect(wearing).to_have_count(1, timeout=WAIT_MS)
    assert chart.bounding_box()["height"] != lanes
    tab.get_by_text("% of span", exact=True).click()
    tab.wait_for_url(re.compile("axes=(?!overlay)"), timeout=WAIT_MS)
    expect(chart.locator(".ytick").last).to_have_text("100%", timeout=WAIT_MS)
    tab.reload()
    expect(chart.locator(".ytick").last).to_have_text("100%", timeout=WAIT_MS)


def test_rows_of_a_still_window_are_written_where_plotly_comes_after_its_figure(site, tab):
    """Nothing is asked again in such a window: what is not written then never is."""

    def late(route):
        tab.wait_for_timeout(2000)
        route.continue_()

    tab.route(re.compile("plotly[^/]*js"), late)
    now = datetime.now(UTC)
    edges = [f"{now - timedelta(hours=each):%Y-%m-%dT%H:%M}" for each in (3, 2)]
    tab.goto(f"{site}/trend?tag=D101&start={edges[0]}&stop={edges[1]}&tz=UTC")
    expect(row(tab, "D101", "value")).to_have_text(re.compile(r"\d"), timeout=WAIT_MS)


def test_a_row_is_taken_away_by_its_button(site, tab):
    opened(tab, site)
    row(tab, "D102", "remove").locator("button").click()
    expect(tab.locator("#trend-chips tr")).to_have_count(3, timeout=WAIT_MS)
    expect(tab).not_to_have_url(re.compile("D102"), timeout=WAIT_MS)


def test_a_ninth_tag_is_not_offered(site, tab):
    names = [f"D{hundred}0{k}" for hundred in (1, 2, 3) for k in (0, 1, 2)][:8]
    tab.goto(f"{site}/trend?{'&'.join(f'tag={name}' for name in names)}")
    expect(tab.locator("#trend-chips tr")).to_have_count(8, timeout=WAIT_MS)
    expect(tab.locator("#trend-value-at")).not_to_be_empty(timeout=WAIT_MS)
    tab.locator("#trend-add").click()
    expect(tab.locator(".dash-dropdown-content")).to_contain_text("8 of 8 tags")
    expect(tab.locator(".dash-dropdown-content")).not_to_contain_text("D303")


#: How far the text farthest right reaches beyond its chart [px].
BEYOND = """() => { const chart = document.querySelector("#trend-chart .js-plotly-plot");
    const right = chart.getBoundingClientRect().right;
    const texts = [...chart.querySelectorAll(".annotation-text")];
    return Math.max(...texts.map(text => text.getBoundingClientRect().right - right)); }"""


@pytest.mark.parametrize("width", [1_440, 390])
@pytest.mark.parametrize("tags", ["tag=W100", "tag=Q300", "tag=D101&tag=P100&tag=W100"])
def test_no_text_at_the_end_of_a_line_is_cut(site, tab, tags, width):
    tab.set_viewport_size({"width": width, "height": 900})
    tab.goto(f"{site}/trend?{tags}&window=1h")
    expect(tab.locator("#trend-chart .annotation-text").first).to_be_attached(timeout=WAIT_MS)
    assert tab.evaluate(BEYOND) <= 0
