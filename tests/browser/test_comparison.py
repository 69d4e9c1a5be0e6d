"""The period before in a browser: one click, a dotted line, values at the cursor, the address."""

import re
import statistics
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.test_trend import WAIT_MS, opened
from tests.support.charts import settled
from tests.support.plants import add_once

pytestmark = pytest.mark.browser
#: Two days: the second is 10 more than the first, and C2 has no first one.
READINGS = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT timestamptz '2026-06-01 00:00+09' + each * interval '1 min', 'C1',
        50 + each %% 60 + CASE WHEN each < 1440 THEN 0 ELSE 10 END
    FROM generate_series(0, 2879) AS each
    UNION ALL
    SELECT timestamptz '2026-06-02 00:00+09' + each * interval '1 min', 'C2', 5
    FROM generate_series(0, 1439) AS each
""".replace("%%", "%")
WINDOW = "start=2026-06-01T15:00Z&stop=2026-06-02T03:00Z"
DOTTED = """(wanted) => {
    const plot = document.querySelector("#trend-chart .js-plotly-plot");
    const dotted = plot.data.filter((each) => each.line?.dash === "dot");
    return dotted.map((each) => each.meta.tag).join() === wanted;
}"""


def dotted(tab, tags):
    """Wait until the earlier lines of these tags are drawn, and no others."""
    tab.wait_for_function(DOTTED, arg=",".join(tags), timeout=WAIT_MS)


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture(scope="module")
def site(start_module_site, fresh_plant_dsn):
    """A plant with a tag of two days, and one of the second alone."""
    add_once(fresh_plant_dsn, "C1", (READINGS,), (NIGHT,))
    address, _process = start_module_site(
        fresh_plant_dsn, REFRESH_SECONDS="3600", SITE_TZ="Asia/Seoul"
    )
    return address


def cell(tab, tag, name):
    """Return a cell of the row of a tag."""
    return tab.locator(f"#trend-chips tr[data-tag='{tag}'] .legend__{name}")


def chosen(tab, token):
    """Choose what to compare with."""
    tab.locator("#trend-compare").click()
    tab.locator(f"#trend-compare-panel [data-compare='{token}']").click()


def test_one_click_shows_the_day_before_and_the_address_says_so(tab, site):
    opened(tab, f"{site}/trend?lang=en&tag=C1&tag=C2&resolution=10m&{WINDOW}")
    expect(cell(tab, "C1", "before")).to_be_hidden()
    chosen(tab, "-1d")
    tab.wait_for_url(re.compile("compare=-1d"), timeout=WAIT_MS)
    expect(cell(tab, "C1", "delta")).to_have_text("+10.0", timeout=WAIT_MS)
    expect(cell(tab, "C1", "before")).to_have_text("104.5")
    expect(cell(tab, "C2", "delta")).to_have_text("")
    expect(tab.locator("#trend-compare")).to_contain_text("Compare −1 d")
    expect(tab.locator("#trend-before-word")).to_have_text("−1 d")
    expect(tab.locator("#trend-compared-here")).to_have_text("2 Jun 00:00 – 12:00")
    expect(tab.locator("#trend-compared-there")).to_have_text("1 Jun 00:00 – 12:00 · C1")
    dotted(tab, ["C1"])
    notices = tab.locator("#trend-notice")
    expect(notices).to_contain_text("C2 has no readings yet in 1 Jun 00:00 – 12:00")
    narrow = tab.viewport_size
    tab.set_viewport_size({"width": 1920, "height": 1000})  # columns out of sight are not drawn
    row = tab.locator("#trend-rows .ag-center-cols-container .ag-row").first
    expect(row.locator("[col-id=compare_time]")).to_have_text("2026-06-01 11:50:00+09:00")
    expect(row.locator("[col-id=compare_avg]")).to_have_text("104.5")
    tab.set_viewport_size(narrow)
    rows = tab.locator("#trend-csv").get_attribute("href")
    assert "compare=-1d" in rows
    answer = tab.request.get(f"{site}{rows[rows.index('/trend') :]}")
    assert "compare_delta" in answer.text().splitlines()[0]


def test_values_before_follow_the_cursor(tab, site):
    opened(tab, f"{site}/trend?lang=en&tag=C1&resolution=10m&compare=-1d&{WINDOW}")
    expect(cell(tab, "C1", "delta")).to_have_text("+10.0", timeout=WAIT_MS)
    tab.locator("#trend-chart").locator("xpath=ancestor::*[contains(@class,'chart')][1]").focus()
    tab.keyboard.press("ArrowLeft")
    expect(cell(tab, "C1", "before")).to_have_text("94.5")
    expect(tab.locator("#trend-before-at")).to_have_text("2026-06-01 11:40:00+09:00")
    expect(tab.locator("#trend-value-at")).to_have_text("2026-06-02 11:40:00+09:00")


def test_back_takes_a_comparison_away_and_forward_brings_it_again(tab, site):
    opened(tab, f"{site}/trend?lang=en&tag=C1&resolution=10m&{WINDOW}")
    chosen(tab, "-1d")
    expect(cell(tab, "C1", "delta")).to_have_text("+10.0", timeout=WAIT_MS)
    tab.wait_for_url(re.compile("compare=-1d"), timeout=WAIT_MS)
    tab.go_back()
    expect(cell(tab, "C1", "delta")).to_be_hidden(timeout=WAIT_MS)
    expect(tab.locator("#trend-compare")).not_to_contain_text("−1 d")
    dotted(tab, [])
    tab.go_forward()
    expect(cell(tab, "C1", "delta")).to_have_text("+10.0", timeout=WAIT_MS)
    chosen(tab, "")
    expect(cell(tab, "C1", "delta")).to_be_hidden(timeout=WAIT_MS)
    expect(tab).not_to_have_url(re.compile("compare"), timeout=WAIT_MS)


def test_a_row_is_chosen_by_a_click_or_a_key_and_its_line_is_drawn(tab, site):
    window = "start=2026-06-02T00:00Z&stop=2026-06-02T06:00Z"
    opened(tab, f"{site}/trend?lang=en&tag=C1&tag=C2&resolution=10m&compare=-1h&{window}")
    expect(cell(tab, "C2", "delta")).to_have_text("0", timeout=WAIT_MS)
    dotted(tab, ["C1"])
    cell(tab, "C2", "value").click()
    tab.wait_for_url(re.compile("chosen=C2"), timeout=WAIT_MS)
    expect(tab.locator("#trend-compared-there")).to_contain_text("C2", timeout=WAIT_MS)
    dotted(tab, ["C2"])
    tab.locator("#trend-chips tr[data-tag='C1'] .legend__choose").focus()
    tab.keyboard.press("Enter")
    expect(tab.locator("#trend-compared-there")).to_contain_text("C1", timeout=WAIT_MS)
    expect(tab).not_to_have_url(re.compile("chosen"))


def test_a_start_is_typed_and_nonsense_is_refused_by_its_value(tab, site):
    opened(tab, f"{site}/trend?lang=en&tag=C1&resolution=10m&{WINDOW}")
    tab.locator("#trend-compare").click()
    tab.locator(".compare-text").fill("2026-06-01 06:00")
    tab.keyboard.press("Enter")
    tab.wait_for_url(re.compile("compare=2026-06-01T06%3A00"), timeout=WAIT_MS)
    expect(tab.locator("#trend-compared-there")).to_contain_text("1 Jun 06:00", timeout=WAIT_MS)
    tab.locator("#trend-compare").click()
    tab.locator(".compare-text").fill("rubbish")
    tab.locator("#trend-compare-apply").click()
    said = tab.locator("#trend-compare-said")
    expect(said).to_contain_text("compare is 'rubbish'", timeout=WAIT_MS)
    expect(said).to_contain_text("-1shift")
    expect(tab).to_have_url(re.compile("compare=2026-06-01T06%3A00"))
    expect(tab.locator("#trend-compare")).not_to_contain_text("rubbish")
    tab.locator(".compare-text").fill("2026-06-01 07:00")
    tab.keyboard.press("Enter")
    tab.wait_for_url(re.compile("compare=2026-06-01T07%3A00"), timeout=WAIT_MS)


def test_a_start_typed_in_a_zoom_is_that_of_the_zoom(tab, site):
    zoom = "&zoom=2026-06-01T18:00Z/2026-06-01T21:00Z"
    opened(tab, f"{site}/trend?lang=en&tag=C1&resolution=10m&{WINDOW}{zoom}&compare=-1d")
    tab.locator("#trend-compare").click()
    tab.locator(".compare-text").fill("2026-06-01 04:00")
    tab.keyboard.press("Enter")
    expect(tab.locator("#trend-compare")).to_contain_text("2026-06-01 04:00", timeout=WAIT_MS)
    expect(tab.locator("#trend-compared-there")).to_contain_text("1 Jun 04:00", timeout=WAIT_MS)
    said = tab.locator("#trend-compared-there").inner_text()
    tab.locator("#trend-compare").click()
    tab.locator("#trend-compare-apply").click()
    settled(tab)
    assert tab.locator("#trend-compared-there").inner_text() == said, "what stood there, applied"


def test_nonsense_in_a_link_is_refused_by_its_value(tab, site):
    tab.goto(f"{site}/trend?lang=en&tag=C1&resolution=10m&compare=rubbish&{WINDOW}")
    expect(tab.locator("#trend-notice")).to_contain_text("compare is 'rubbish'", timeout=WAIT_MS)


def test_the_sheet_and_a_picture_say_what_is_compared(tab, site):
    opened(tab, f"{site}/trend?lang=en&tag=C1&resolution=10m&compare=-1d&{WINDOW}")
    told = "1 Jun 00:00 – 12:00 (−1 d), dotted: C1"
    expect(tab.locator("#trend-sheet dd", has_text=told)).to_have_count(1, timeout=WAIT_MS)
    facts = tab.locator("#trend-sheet .sheet__plant").get_attribute("data-facts")
    assert facts.endswith(f"Compared with {told}")


def test_in_korean_the_comparison_is_told_in_korean(tab, site):
    opened(tab, f"{site}/trend?lang=ko&tag=C1&resolution=10m&compare=-1d&{WINDOW}")
    expect(tab.locator("#trend-compare")).to_contain_text("비교 −1일", timeout=WAIT_MS)
    expect(tab.locator("#trend-before-word")).to_have_text("−1일", timeout=WAIT_MS)
    tab.locator("#trend-compare").click()
    expect(tab.locator("#trend-compare-panel")).to_contain_text("하루 전 같은 시각")


def test_on_a_phone_the_button_and_the_difference_are_there(phone, site):
    opened(phone, f"{site}/trend?lang=en&tag=C1&resolution=10m&{WINDOW}")
    phone.locator("#trend-compare").tap()
    phone.locator("#trend-compare-panel [data-compare='-1d']").tap()
    expect(cell(phone, "C1", "delta")).to_have_text("+10.0", timeout=WAIT_MS)
    expect(cell(phone, "C1", "delta")).to_be_visible()
    wide = phone.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0


@pytest.mark.parametrize("width", [768, 1024, 1280])
def test_names_have_room_beside_a_comparison(tab, site, width):
    tab.set_viewport_size({"width": width, "height": 800})
    opened(tab, f"{site}/trend?lang=en&tag=C1&tag=C2&resolution=10m&compare=2026-06-01&{WINDOW}")
    expect(cell(tab, "C1", "before")).not_to_be_empty(timeout=WAIT_MS)
    assert cell(tab, "C1", "tag").bounding_box()["width"] >= 60
    inside = """() => { const table = document.querySelector("#trend-legend");
        return table.offsetWidth <= table.parentElement.clientWidth; }"""
    assert tab.evaluate(inside)
    cut = "node => node.scrollWidth - node.clientWidth"
    assert tab.locator("#trend-headline").evaluate(cut) <= 0


#: Through the night in which the clock of Berlin goes back, and the day before: uneven minutes.
NIGHT = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT timestamptz '2026-10-23 20:00Z' + k * interval '1 min', 'N1', (k * 7919 % 1009) / 4.0
    FROM generate_series(0, 2100) AS k
"""
BERLIN = ZoneInfo("Europe/Berlin")
NIGHT_START = datetime(2026, 10, 23, 20, tzinfo=UTC)


def mean_of(start, minutes):
    """Return the mean of the readings of a bucket."""
    first = round((start - NIGHT_START) / timedelta(minutes=1))
    return statistics.fmean(k * 7919 % 1009 / 4.0 for k in range(first, first + minutes))


def day_before(at):
    """Return the first instant at which the clock of Berlin reads as a day before."""
    wall = at.astimezone(BERLIN).replace(tzinfo=None) - timedelta(days=1)
    return wall.replace(tzinfo=BERLIN).astimezone(UTC)


def test_across_a_clock_change_each_row_at_the_cursor_has_the_values_of_a_loop(tab, site):
    first, last = datetime(2026, 10, 24, 23, tzinfo=UTC), datetime(2026, 10, 25, 3, tzinfo=UTC)
    window = f"start={first:%Y-%m-%dT%H:%MZ}&stop={last:%Y-%m-%dT%H:%MZ}"
    opened(tab, f"{site}/trend?lang=en&tag=N1&tz=Europe/Berlin&resolution=30m&compare=-1d&{window}")
    expect(cell(tab, "N1", "before")).not_to_be_empty(timeout=WAIT_MS)
    tab.locator("#trend-chart").locator("xpath=ancestor::*[contains(@class,'chart')][1]").focus()
    at, count = last - timedelta(minutes=30), 0
    while at >= first:
        here, then = mean_of(at, 30), mean_of(day_before(at), 30)
        stamp = at.astimezone(BERLIN).isoformat(" ")
        expect(tab.locator("#trend-value-at")).to_have_text(stamp)
        earlier = day_before(at).astimezone(BERLIN).isoformat(" ")
        expect(tab.locator("#trend-before-at")).to_have_text(earlier)
        shown = [cell(tab, "N1", name).inner_text() for name in ("before", "delta")]
        numbers = [float(text.replace("−", "-").replace(",", "")) for text in shown]
        decimals = len(shown[0].partition(".")[2])
        assert numbers == pytest.approx([then, here - then], abs=0.51 * 10.0**-decimals), stamp
        tab.keyboard.press("ArrowLeft")
        at, count = at - timedelta(minutes=30), count + 1
    assert count == 8
