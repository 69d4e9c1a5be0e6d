"""The time control of trend and tech: what it says, what is typed, links, undo and redo."""

import json
import re
import urllib.parse
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.browser.test_clock_browser import until
from tests.browser.test_trend import opened as drawn
from tests.support.charts import settled

pytestmark = pytest.mark.browser

WAIT_MS = 60_000
#: Marks the node of the chart: another node has no mark.
MARK = "document.querySelector('#{page}-chart .js-plotly-plot').mark = 1"
MARKED = "document.querySelector('#{page}-chart .js-plotly-plot').mark === 1"


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture
def site(fresh_site):
    """A plant made for this module, however long the session has lasted."""
    return fresh_site


def opened(tab, address, page="trend"):
    """Open an address and wait until its chart is drawn and its window said; return the tab."""
    drawn(tab, address, page)
    expect(tab.locator(f"#{page}-when")).to_contain_text("–", timeout=WAIT_MS)
    return tab


def pressed(tab, page="trend"):
    """Return the words of the presets that are pressed."""
    return tab.locator(f"#{page}-time-panel [data-window][aria-pressed=true]").all_inner_texts()


def typed(tab, text, page="trend"):
    """Open the control and type; return what stands beside the field."""
    if tab.locator(f"#{page}-time-panel").is_hidden():
        tab.click(f"#{page}-when")
    tab.fill(".time-text", text)
    return tab.locator(f"#{page}-reads")


def chosen(tab, word, page="trend"):
    """Choose a preset by its word."""
    tab.click(f"#{page}-when")
    tab.locator(f"#{page}-time-panel").get_by_role("button", name=word, exact=True).click()


def parameters(tab):
    """Return what the address says."""
    return urllib.parse.parse_qs(urllib.parse.urlsplit(tab.url).query)


def questions(tab, page="trend"):
    """Return a list that grows by the window of each question that is asked from now on."""
    asked = []

    def look(request):
        body = request.post_data or ""
        if "_dash-update-component" in request.url and f"{page}-seeing.children" in body:
            asked.append(json.loads(body)["inputs"][0]["value"])

    tab.on("request", look)
    return asked


def drag(tab, start, stop, page="trend"):
    """Drag over a part of the chart, from a share of its width to another."""
    box = tab.locator(f"#{page}-chart .nsewdrag").first.bounding_box()
    middle = box["y"] + box["height"] / 2
    tab.mouse.move(box["x"] + box["width"] * start, middle)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] * (start + stop) / 2, middle)
    tab.mouse.move(box["x"] + box["width"] * stop, middle)
    tab.mouse.up()


@pytest.mark.parametrize("page", ["trend", "tech"])
def test_the_button_says_what_is_shown_and_its_preset_is_pressed(site, tab, page):
    opened(tab, f"{site}/{page}?tag=D101", page)
    button = tab.locator(f"#{page}-when")
    expect(button).to_contain_text("live")
    assert re.match(r"\d+ \w+ \d\d:\d\d – \d+ \w+ \d\d:\d\d", button.inner_text())
    tab.click(f"#{page}-when")
    assert pressed(tab, page) == ["24 h"]
    tab.keyboard.press("Escape")
    chosen(tab, "6 h", page)
    tab.wait_for_url("**window=6h**", timeout=WAIT_MS)
    tab.click(f"#{page}-when")
    tab.wait_for_function(
        f"document.querySelector('#{page}-time-panel [data-window=\"6h\"]').ariaPressed === 'true'"
    )
    assert pressed(tab, page) == ["6 h"]


def test_no_preset_is_pressed_of_what_lies_still(site, tab):
    opened(tab, site + "/trend?tag=D101&window=6h")
    drag(tab, 0.2, 0.6)
    tab.wait_for_url(re.compile("zoom="), timeout=WAIT_MS)
    expect(tab.locator("#trend-when")).not_to_contain_text("live", timeout=WAIT_MS)
    tab.click("#trend-when")
    assert pressed(tab) == []
    expect(tab.locator("#trend-freeze")).to_have_attribute("aria-pressed", "true")


def test_what_is_typed_is_shown_as_it_is_understood_and_applied_by_enter(site, tab):
    opened(tab, site + "/trend?tag=D101")
    day = tab.evaluate("new Date(Date.now() + 9 * 3600e3 - 864e5).toISOString().slice(0, 10)")
    before = tab.url
    expect(typed(tab, day)).to_contain_text("00:00:00 –", timeout=WAIT_MS)
    expect(tab.locator("#trend-reads")).to_contain_text("1 d")
    expect(tab.locator("#trend-reads-zone")).to_have_text("(Asia/Seoul)")
    assert tab.url == before
    tab.press(".time-text", "Enter")
    tab.wait_for_url(re.compile("start="), timeout=WAIT_MS)
    expect(tab.locator("#trend-time-panel")).to_be_hidden()
    assert parameters(tab)["start"] == [f"{day}T00:00:00+09:00"]
    assert "window" not in parameters(tab)
    expect(typed(tab, "now-2d/now-1d")).to_contain_text("moves with the clock", timeout=WAIT_MS)
    tab.press(".time-text", "Enter")
    tab.wait_for_url(re.compile("window=now-2d%2Fnow-1d"), timeout=WAIT_MS)
    expect(tab.locator("#trend-when")).to_contain_text("moves with the clock", timeout=WAIT_MS)


@pytest.mark.parametrize(("language", "words"), [("en", "choose a later stop"), ("ko", "시작")])
def test_a_refusal_stands_beside_what_was_typed_and_nowhere_else(site, tab, language, words):
    opened(tab, f"{site}/trend?tag=D101&lang={language}")
    settled(tab)
    before = tab.url
    asked = questions(tab)
    for text in ("2020-01-02/2020-01-01", "9q", "2099-01-01"):
        typed(tab, text)
        tab.press(".time-text", "Enter")
        expect(tab.locator("#trend-time-panel")).to_have_class(re.compile("is-refused"))
        marked = tab.locator("#trend-days [aria-pressed=true]")
        expect(marked).to_have_count(0)  # else the days of a window before seem to be meant
    typed(tab, "2020-01-02/2020-01-01")
    expect(tab.locator("#trend-reads")).to_contain_text(words, timeout=WAIT_MS)
    expect(tab.locator("#trend-time-panel")).to_be_visible()
    assert tab.locator(".time-text").input_value() == "2020-01-02/2020-01-01"
    assert tab.url == before
    for link in ("csv", "export", "more"):  # they move on with the clock
        assert "2020" not in str(tab.locator(f"#trend-{link}").get_attribute("href"))
    assert [each for each in asked if each.get("start") or each.get("window")] == []
    expect(tab.locator("#trend-notice")).to_be_empty()


#: Answers the first question of the field late, and in the moment in which one types on.
TYPED_ON = """async (text) => {
  const field = document.querySelector(".time-text");
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  window.answered();
}"""
HELD = """{ const { fetch } = window;
window.fetch = (address, options) => {
  if (!String(address).includes("text=9q")) return fetch(address, options);
  return new Promise((resolve, reject) => {
    options.signal.addEventListener("abort", () => reject(options.signal.reason));
    window.answered = () => resolve(new Response('{"refused": "no such window"}'));
  });
}; }"""


def test_a_refusal_that_comes_late_does_not_take_away_what_was_typed_since(site, tab):
    opened(tab, site + "/trend?tag=D101")
    tab.evaluate(HELD)
    typed(tab, "9q")
    tab.press(".time-text", "Enter")
    tab.wait_for_function("Boolean(window.answered)")
    tab.evaluate(TYPED_ON, "now-2d/now-1d")
    expect(tab.locator("#trend-reads")).to_contain_text("moves with the clock", timeout=WAIT_MS)
    expect(tab.locator(".time-text")).to_have_value("now-2d/now-1d")


def test_escape_and_a_click_outside_close_it_and_change_nothing(site, tab):
    opened(tab, site + "/trend?tag=D101")
    before = tab.url
    typed(tab, "7d")
    tab.keyboard.press("Escape")
    expect(tab.locator("#trend-time-panel")).to_be_hidden()
    expect(tab.locator("#trend-when")).to_be_focused()
    typed(tab, "7d")
    tab.locator("#trend-seeing").click()
    expect(tab.locator("#trend-time-panel")).to_be_hidden()
    tab.click("#trend-when")
    tab.locator(".calendar-day:not(:disabled)").first.click()
    tab.locator(".month-turn").first.click()
    expect(tab.locator("#trend-time-panel")).to_be_visible()
    assert tab.url == before


def test_two_days_of_the_calendar_are_typed_and_applied(site, tab):
    opened(tab, site + "/trend?tag=D101")
    tab.click("#trend-when")
    expect(tab.locator(".calendar-day--edge")).to_have_count(2)
    later, earlier = tab.locator(".calendar-day:not(:disabled)").evaluate_all(
        "days => days.map((day) => day.dataset.day).slice(-2).reverse()"
    )
    tab.click(f"[data-day='{later}']")
    expect(tab.locator(".time-text")).to_have_value(later)
    tab.click(f"[data-day='{earlier}']")
    expect(tab.locator(".time-text")).to_have_value(f"{earlier}/{later}")
    expect(tab.locator("#trend-reads")).to_contain_text("2 d", timeout=WAIT_MS)
    tab.click("#trend-apply")
    tab.wait_for_url(re.compile(f"start={earlier}T00"), timeout=WAIT_MS)


def test_the_calendar_goes_by_the_keys(site, tab):
    opened(tab, site + "/trend?tag=D101")
    tab.click("#trend-when")
    tab.locator(".calendar-day[tabindex='0']").focus()
    day = tab.evaluate("document.activeElement.dataset.day")
    for _ in range(9):
        tab.keyboard.press("ArrowUp")
    weeks = tab.evaluate(
        "(day) => (Date.parse(day) - Date.parse(document.activeElement.dataset.day)) / (7 * 864e5)",
        day,
    )
    assert weeks == 9
    tab.keyboard.press("Enter")
    assert tab.locator(".time-text").input_value() == tab.evaluate(
        "document.activeElement.dataset.day"
    )


def test_shifts_are_those_of_the_site(start_site, fresh_plant_dsn, tab):
    site, _process = start_site(fresh_plant_dsn, SHIFTS="0:30,12:30", SITE_TZ="Asia/Kolkata")
    opened(tab, site + "/trend?tag=D101")
    tab.click("#trend-when")
    expect(tab.locator("[data-shift=last-shift]")).to_have_text(
        re.compile("00:30 – 12:30|12:30 – 00:30"), timeout=WAIT_MS
    )
    tab.locator("[data-window=last-shift]").click()
    tab.wait_for_url("**window=last-shift**", timeout=WAIT_MS)
    expect(tab.locator("#trend-when")).to_contain_text(":30", timeout=WAIT_MS)
    expect(tab.locator("#trend-seeing")).to_contain_text("+05:30", timeout=WAIT_MS)


def test_freeze_holds_the_times_and_live_follows_in_the_length_of_the_zoom(site, tab):
    opened(tab, site + "/trend?tag=D101&window=6h")
    shown = tab.locator("#trend-when .time-button__span").inner_text()
    tab.click("#trend-when")
    tab.click("#trend-freeze")
    tab.wait_for_url(re.compile("start=.*stop="), timeout=WAIT_MS)
    expect(tab.locator("#trend-when")).not_to_contain_text("live", timeout=WAIT_MS)
    assert shown.split(" – ")[0] in tab.locator("#trend-when").inner_text()
    drag(tab, 0.25, 0.75)
    tab.wait_for_url(re.compile("zoom="), timeout=WAIT_MS)
    settled(tab)
    ends = [each.replace(" ", "+") for each in parameters(tab)["zoom"][0].split("/")]
    seconds = tab.evaluate("([a, b]) => Math.round((Date.parse(b) - Date.parse(a)) / 1000)", ends)
    tab.click("#trend-when")
    tab.click("#trend-live")
    tab.wait_for_url(re.compile("window="), timeout=WAIT_MS)
    expect(tab.locator("#trend-when")).to_contain_text("live", timeout=WAIT_MS)
    count, unit = re.fullmatch(r"(\d+)([smh])", parameters(tab)["window"][0]).groups()
    assert int(count) * {"s": 1, "m": 60, "h": 3600}[unit] == seconds
    assert not {"start", "zoom"} & set(parameters(tab))


@pytest.mark.parametrize("page", ["trend", "tech"])
def test_there_is_no_step_to_before_1970(site, tab, page):
    address = f"{site}/{page}?tag=D101&start=1970-01-01T00%3A00Z&stop=1970-01-02T00%3A00Z&tz=UTC"
    tab.goto(address + "&lang=en")
    expect(tab.locator(f"#{page}-when")).to_contain_text("1 Jan 1970", timeout=WAIT_MS)
    settled(tab, page)
    before = tab.url
    expect(tab.locator(f"#{page}-back")).to_be_disabled()
    tab.click(f"#{page}-forward")
    tab.wait_for_url(re.compile("zoom=1970-01-02T00"), timeout=WAIT_MS)
    settled(tab, page)
    tab.click(f"#{page}-undo")
    expect(tab).to_have_url(before, timeout=WAIT_MS)


def test_a_step_half_into_before_1970_is_as_long_as_the_window(site, tab):
    address = f"{site}/trend?tag=D101&start=1970-01-01T12%3A00Z&stop=1970-01-02T12%3A00Z&tz=UTC"
    tab.goto(address + "&lang=en")
    expect(tab.locator("#trend-when")).to_contain_text("1 Jan 1970", timeout=WAIT_MS)
    settled(tab)
    tab.click("#trend-back")
    tab.wait_for_url(re.compile("zoom=1970-01-01T00.*1970-01-02T00"), timeout=WAIT_MS)
    expect(tab.locator("#trend-back")).to_be_disabled(timeout=WAIT_MS)


def changed(tab, number):
    """Make the change of this number: window, tag, zoom, step or typed times."""
    kind = number % 5
    if kind == 0:
        typed(tab, f"{number + 2}h")
        tab.press(".time-text", "Enter")
    elif kind == 1:
        drag(tab, 0.2, 0.8)
    elif kind == 2:
        tab.click("#trend-back")
    elif kind == 3:
        typed(tab, f"now-{number + 20}h/now-{number}h")
        tab.press(".time-text", "Enter")
    else:
        tab.click("#trend-add")
        name = ("D102", "D201", "D300", "D302")[number // 5]
        tab.keyboard.type(name)
        offered = tab.locator(".dash-dropdown-option")
        expect(offered.first).to_contain_text(name, timeout=WAIT_MS)
        settled(tab)  # the server's answer replaces the entries once more
        expect(offered.filter(has_not_text=name)).to_have_count(0, timeout=WAIT_MS)
        offered.first.click()


def test_back_goes_through_twenty_changes_with_one_question_each_on_the_same_chart(
    start_site, fresh_plant_dsn, tab
):
    site, _process = start_site(fresh_plant_dsn, REFRESH_SECONDS="3600")
    opened(tab, site + "/trend?tag=D101")
    tab.evaluate(MARK.format(page="trend"))
    settled(tab)
    addresses = [tab.url]
    for number in range(20):
        changed(tab, number)
        tab.wait_for_function("before => location.href !== before", arg=addresses[-1])
        settled(tab)
        addresses.append(tab.url)
    assert len(set(addresses)) == 21
    tab.evaluate("dispatchEvent(new Event('resize'))")  # neither width nor theme is an entry
    tab.wait_for_timeout(1_000)  # the width is asked for once the window is at rest
    settled(tab)
    tab.get_by_text("max", exact=True).click()
    settled(tab)
    asked = questions(tab)
    for address in addresses[-2::-1]:
        before = len(asked)
        tab.evaluate("history.back()")
        wanted = re.escape(address.split("?")[1]) + "(&statistic=max)?$"
        expect(tab).to_have_url(re.compile(wanted), timeout=WAIT_MS)
        until(tab, lambda since=before: len(asked) > since)
        settled(tab)
        assert len(asked) == before + 1, asked[before:]
        assert asked[before]["tag"] == parameters(tab)["tag"]
        assert tab.evaluate(MARKED.format(page="trend"))
    assert parameters(tab) == {"tag": ["D101"], "statistic": ["max"]}
    expect(tab.locator("#trend-undo")).to_be_disabled()
    tab.click("#trend-redo")
    expect(tab).to_have_url(re.compile("window=2h"), timeout=WAIT_MS)
    settled(tab)
    assert tab.evaluate(MARKED.format(page="trend"))
    tab.click("#trend-undo")
    expect(tab).not_to_have_url(re.compile("window="), timeout=WAIT_MS)


def test_after_a_reload_and_from_another_page_the_same_address_is_built_again(site, tab):
    opened(tab, site + "/trend?tag=D101")
    chosen(tab, "6 h")
    tab.wait_for_url("**window=6h**", timeout=WAIT_MS)
    chosen(tab, "1 h")
    tab.wait_for_url("**window=1h**", timeout=WAIT_MS)
    tab.reload()
    expect(tab.locator("#trend-when")).to_contain_text("live", timeout=WAIT_MS)
    settled(tab)
    tab.go_back()
    tab.wait_for_url("**window=6h**", timeout=WAIT_MS)
    expect(tab.locator("#trend-seeing")).to_contain_text("15 s buckets", timeout=WAIT_MS)
    tab.get_by_role("link", name="Status", exact=True).click()
    tab.wait_for_url("**/status")
    tab.wait_for_selector("#trend-chart", state="detached")
    tab.go_back()
    tab.wait_for_url("**window=6h**", timeout=WAIT_MS)
    expect(tab.locator("#trend-seeing")).to_contain_text("15 s buckets", timeout=WAIT_MS)
    tab.go_back()
    expect(tab.locator("#trend-seeing")).to_contain_text("1 min buckets", timeout=WAIT_MS)
    assert parameters(tab) == {"tag": ["D101"]}


def test_the_way_to_one_s_own_page_asks_what_its_address_says(site, tab):
    opened(tab, site + "/trend?tag=D101&window=1h")
    tab.evaluate(MARK.format(page="trend"))
    tab.get_by_role("link", name="Trend", exact=True).click()
    tab.wait_for_url(site + "/trend?tag=D100", timeout=WAIT_MS)
    expect(tab.locator("#trend-seeing")).to_contain_text("1 min buckets", timeout=WAIT_MS)
    tab.go_back()
    tab.wait_for_url("**tag=D101&window=1h", timeout=WAIT_MS)
    assert tab.evaluate(MARKED.format(page="trend"))


def test_the_chart_stays_where_it_is_when_it_is_zoomed(site, tab):
    opened(tab, site + "/trend?tag=D101")
    settled(tab)
    place = "() => document.querySelector('#trend-chart .nsewdrag').getBoundingClientRect().top"
    tab.evaluate("scrollTo(0, 60)")
    before = tab.evaluate(place), tab.evaluate("scrollY")
    drag(tab, 0.4, 0.6)
    tab.wait_for_url(re.compile("zoom="), timeout=WAIT_MS)
    settled(tab)
    assert (tab.evaluate(place), tab.evaluate("scrollY")) == before
    tab.go_back()
    expect(tab).not_to_have_url(re.compile("zoom="), timeout=WAIT_MS)
    settled(tab)
    assert (tab.evaluate(place), tab.evaluate("scrollY")) == before


def copied(page, kind):
    """Copy a link of this kind and return it."""
    page.click("#trend-copy")
    page.click(f"#trend-copy-{kind}")
    expect(page.locator("#trend-copy")).to_contain_text("Copied")
    return page.evaluate("navigator.clipboard.readText()")


def rows(page):
    """Return the readings of the chart, as its file gives them."""
    address = page.locator("#trend-csv").evaluate("link => link.href")
    with urllib.request.urlopen(address, timeout=30) as answer:
        return [line.split(",")[4:] for line in answer.read().decode("utf-8-sig").splitlines()]


def test_a_fixed_link_shows_the_same_readings_in_another_zone(
    site, start_site, fresh_plant_dsn, chromium
):
    options = {"permissions": ["clipboard-read", "clipboard-write"], "locale": "en-US"}
    context = chromium.new_context(**options)
    page = opened(context.new_page(), site + "/trend?tag=D101&window=1h&statistic=max")
    live, fixed = copied(page, "live"), copied(page, "fixed")
    assert live == page.url
    said = urllib.parse.parse_qs(urllib.parse.urlsplit(fixed).query)
    assert said.keys() == {"tag", "start", "stop", "tz", "statistic"}
    settled(page)
    page.goto(fixed)
    settled(page)
    expect(page.locator("#trend-csv")).to_have_attribute(
        "href", re.compile("start="), timeout=WAIT_MS
    )
    there, label = rows(page), page.locator("#trend-when").inner_text()
    other, _process = start_site(fresh_plant_dsn, SITE_TZ="America/New_York")
    opened(page, fixed.replace(site, other))
    settled(page)
    assert rows(page) == there
    assert page.locator("#trend-when").inner_text() == label
    page.click("#trend-copy")
    expect(page.locator("#trend-copy-live")).to_be_disabled()
    context.close()


def test_a_phone_opens_the_control_without_a_sideways_scroll(site, tab):
    tab.set_viewport_size({"width": 390, "height": 844})
    opened(tab, site + "/trend?tag=D101")
    tab.click("#trend-when")
    expect(tab.locator("#trend-time-panel")).to_be_visible()
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
