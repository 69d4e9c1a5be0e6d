"""What is done while an answer is on its way is not lost, nor taken for something else."""

import re
import urllib.parse
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.test_asking import Held
from tests.browser.test_time_control import drag, questions
from tests.browser.test_trend import opened as drawn
from tests.support.charts import STILL, settled

pytestmark = pytest.mark.browser

WAIT_MS = 60_000
CALLBACKS = "**/_dash-update-component*"
#: Texts of the rows over a chart.
ROWS = "page => [...document.querySelectorAll(`#${page}-chips tr`)].map(row => row.dataset.tag)"
FILE = "#export-preview-said"
#: A day of the plant that is over, and a window of it that lies still.
DAY, BEFORE = (f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%d}" for days in (2, 3))
LYING = f"start={DAY}T00:00Z&stop={DAY}T06:00Z&tz=UTC"


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture
def site(fresh_site):
    """A plant made for this module, however long the session has lasted."""
    return fresh_site


@pytest.fixture(scope="module")
def still(start_module_site, fresh_plant_dsn):
    """A site that asks again each second."""
    return start_module_site(fresh_plant_dsn, REFRESH_SECONDS="1")[0]


def opened(tab, address, page="trend"):
    """Open an address and wait until its chart is drawn and its window said; return the tab."""
    drawn(tab, address, page)
    expect(tab.locator(f"#{page}-when")).to_contain_text("–", timeout=WAIT_MS)
    return tab


def holding(tab, output):
    """Hold the answers of a callback."""
    return Held(tab, CALLBACKS, lambda body: f'"output":"{output}' in body)


def until_held(tab, held, count=1):
    """Wait until so many requests are held."""
    until(tab, held.routes, count)


def until(tab, routes, count=1):
    """Wait until there are so many requests."""
    for _each in range(WAIT_MS // 50):
        if len(routes) >= count:
            return
        tab.wait_for_timeout(50)
    raise AssertionError(routes)


def losing(tab, output):
    """Lose one answer of a callback; return the list of it."""
    lost = []

    def lose(route):
        if not lost and f'"output":"{output}' in (route.request.post_data or ""):
            lost.append(route)
            route.abort()
        else:
            route.continue_()

    tab.route(CALLBACKS, lose)
    return lost


def rows(tab, tags, page="trend"):
    """Wait until the rows over a chart are of these tags."""
    tab.wait_for_function(
        f"([page, tags]) => String(({ROWS})(page)) === tags",
        arg=[page, ",".join(tags)],
        timeout=WAIT_MS,
    )


def pressed(tab, word):
    """Return a button of the time panel."""
    panel = tab.locator("#trend-time-panel")
    if panel.is_hidden():
        tab.click("#trend-when")
    return panel.get_by_role("button", name=word, exact=True)


def adding(tab, site, output):
    """Add a tag on the page of files; return the answers of a callback, held until they go."""
    tab.goto(f"{site}/export?tag=D101&window=1h")
    expect(tab.locator("#export-download")).to_be_enabled(timeout=WAIT_MS)
    held = holding(tab, output)
    tab.fill("#export-add", "D102")
    tab.press("#export-add", "Enter")
    until_held(tab, held)
    return held


def test_rows_that_are_late_take_away_the_tag_that_stands_in_them(site, tab):
    opened(tab, f"{site}/trend?tag=D101&tag=D102&tag=D300&window=1h")
    rows(tab, ["D101", "D102", "D300"])
    held = holding(tab, "trend-chips")
    remove = tab.locator("#trend-chips .chip__remove")
    remove.nth(0).click()
    until_held(tab, held)
    remove.nth(1).click()
    tab.wait_for_url(re.compile(r"\?tag=[^&]*&window"))
    held.let_go()
    rows(tab, ["D300"])
    assert "tag=D300&window=1h" in tab.url


def test_chips_that_are_late_take_away_the_tag_that_stands_in_them(site, tab):
    tab.goto(f"{site}/export?tag=D101&tag=D102&tag=D300&window=1h")
    expect(tab.locator(FILE)).to_contain_text("D101", timeout=WAIT_MS)
    held = holding(tab, "export-chips")
    remove = tab.locator("#export-chips .chip__remove")
    remove.nth(0).click()
    until_held(tab, held)
    remove.nth(1).click()
    tab.wait_for_url(re.compile(r"\?tag=[^&]*&window"))
    assert "tag=D300&window=1h" in tab.url
    held.let_go()
    expect(tab.locator("#export-chips .chip__tag")).to_have_text(["D300"], timeout=WAIT_MS)


#: Two acts of a viewer of which a busy browser tells Dash in one go.
AT_ONCE = """() => {
  document.querySelector("#trend-chips tr:nth-child(2) .legend__choose").click();
  document.getElementById("trend-freeze").click();
  document.dispatchEvent(new Event("ksys:theme"));
}"""


def test_of_what_is_done_at_once_nothing_is_lost(site, tab):
    opened(tab, f"{site}/trend?tag=D101&tag=D102&window=1h")
    rows(tab, ["D101", "D102"])
    pressed(tab, "Freeze")
    tab.evaluate(AT_ONCE)
    tab.wait_for_url(re.compile("start=.*chosen=D102"), timeout=WAIT_MS)
    expect(tab.locator("#trend-freeze")).to_have_attribute("aria-pressed", "true", timeout=WAIT_MS)


def preset_held(tab, address, page="trend"):
    """Open an address and press 7 d, which is read late; return what is held."""
    opened(tab, address, page)
    held = Held(tab, "**/window?*text=7d*", lambda _body: True)
    tab.click(f"#{page}-when")
    tab.click(f"#{page}-time-panel [data-window='7d']")
    until_held(tab, held)
    expect(tab.locator(f"#{page}-reads")).to_have_text("…")
    return held


def days(tab, name):
    """Return how long the stretch is that the address has under one or two names [d]."""
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(tab.url).query)
    ends = [end for each in name for end in query[each][0].split("/")]
    start, stop = (datetime.fromisoformat(each.replace(" ", "+")) for each in ends)
    return (stop - start) / timedelta(days=1)


def test_freeze_while_a_preset_is_read_holds_the_window_of_the_preset(site, tab):
    held = preset_held(tab, f"{site}/trend?tag=D101&window=1h&lang=en")
    tab.click("#trend-freeze")
    held.let_go()
    tab.wait_for_url(re.compile("start=.*stop="), timeout=WAIT_MS)
    expect(tab.locator("#trend-freeze")).to_have_attribute("aria-pressed", "true", timeout=WAIT_MS)
    assert "window=" not in tab.url
    assert days(tab, ["start", "stop"]) == 7


@pytest.mark.parametrize("page", ["trend", "tech"])
def test_a_step_back_while_a_preset_is_read_is_one_of_the_preset(site, tab, page):
    held = preset_held(tab, f"{site}/{page}?tag=D101&window=1h&lang=en", page)
    tab.click(f"#{page}-back")
    expect(tab.locator(f"#{page}-time-panel")).to_be_hidden()
    held.let_go()
    tab.wait_for_url(re.compile("window=7d.*zoom="), timeout=WAIT_MS)
    assert days(tab, ["zoom"]) == 7


def test_a_zoom_while_a_preset_is_read_stays_in_the_window_of_the_preset(site, tab):
    held = preset_held(tab, f"{site}/trend?tag=D101&window=6h&lang=en")
    tab.keyboard.press("Escape")
    drag(tab, 0.2, 0.6)
    tab.wait_for_url(re.compile("window=6h.*zoom="), timeout=WAIT_MS)
    held.let_go()
    tab.wait_for_url(re.compile("window=7d.*zoom="), timeout=WAIT_MS)


def test_a_preset_that_is_refused_after_its_panel_was_closed_says_so(site, tab):
    opened(tab, f"{site}/trend?tag=D101&window=1h&resolution=1s&lang=en")
    held = Held(tab, "**/window?*text=7d*", lambda _body: True)
    pressed(tab, "7 d").click()
    until_held(tab, held)
    before = tab.url
    tab.click("#trend-back")
    held.let_go()
    expect(tab.locator("#trend-time-panel")).to_be_visible(timeout=WAIT_MS)
    expect(tab.locator("#trend-reads")).to_contain_text("1s", timeout=WAIT_MS)
    assert tab.url == before, "the step was one of that window"


def test_the_panel_that_is_opened_again_does_not_drop_the_preset_that_is_read(site, tab):
    held = preset_held(tab, f"{site}/trend?tag=D101&window=1h&lang=en")
    tab.keyboard.press("Escape")
    tab.click("#trend-when")
    held.let_go()
    tab.wait_for_url("**window=7d**", timeout=WAIT_MS)


def test_a_window_of_fixed_times_asks_again_while_it_is_not_over(still, tab):
    now = datetime.now(UTC)
    start, stop = (f"{now + timedelta(hours=hours):%Y-%m-%dT%H:%MZ}" for hours in (-1, 1))
    opened(tab, f"{still}/trend?tag=D101&start={start}&stop={stop}&lang=en")
    expect(tab.locator("#trend-when")).to_contain_text("not over yet")
    expect(tab.locator("#trend-freeze")).to_have_attribute("aria-pressed", "false")
    before = tab.evaluate("history.length"), tab.url
    asked = questions(tab)
    until(tab, asked, 2)
    assert asked[1]["n"] > asked[0]["n"]
    assert (tab.evaluate("history.length"), tab.url) == before
    tab.click("#trend-when")
    tab.click("#trend-freeze")
    expect(tab.locator("#trend-freeze")).to_have_attribute("aria-pressed", "true", timeout=WAIT_MS)
    expect(tab.locator("#trend-when")).not_to_contain_text("not over yet")


def test_a_preset_that_is_read_late_is_not_of_the_page_that_was_opened_since(site, tab):
    opened(tab, f"{site}/trend?tag=D101&window=1h&lang=en")
    held = Held(tab, "**/window?*text=7d*", lambda _body: True)
    pressed(tab, "7 d").click()
    until_held(tab, held)
    tab.click("header a[href*='/tech']")
    expect(tab.locator("#tech-chart .scatterlayer .trace").first).to_be_visible(timeout=WAIT_MS)
    before = tab.url
    with tab.expect_response("**/window?*text=7d*"):
        held.let_go()
    tab.wait_for_function(STILL)
    assert tab.url == before


def test_a_comparison_that_is_read_late_does_not_undo_what_was_chosen_since(site, tab):
    opened(tab, f"{site}/trend?tag=D101&window=1h&compare=-1d&lang=en")
    held = Held(tab, "**/compared?*", lambda _body: True)
    tab.click("#trend-compare")
    tab.fill(".compare-text", "2026-01-01")
    tab.press(".compare-text", "Enter")
    until_held(tab, held)
    expect(tab.locator("#trend-compare-said")).to_have_text("…")
    week = "#trend-compare-panel [data-compare='{}']"
    tab.click(f"{week.format('-1w')}, {week.format('-7d')}")
    tab.wait_for_url(re.compile("compare=-(1w|7d)"))
    held.let_go()
    tab.wait_for_function(STILL)
    assert "2026-01-01" not in tab.url


def test_a_tag_is_not_said_to_be_missing_before_the_answer_is_there(site, tab):
    opened(tab, f"{site}/trend?tag=D101&window=1h&lang=en")
    missing = tab.get_by_text("No such tag")
    tab.click("#trend-add")
    held = holding(tab, "trend-add.options")
    tab.get_by_placeholder("Find a tag").fill("no tag at all")
    until_held(tab, held)
    expect(missing).to_be_attached()
    expect(missing).to_be_hidden()
    held.let_go()
    expect(missing).to_be_visible(timeout=WAIT_MS)


def test_a_second_step_at_once_goes_on_from_the_first(site, tab):
    opened(tab, f"{site}/trend?tag=D101&{LYING}")
    held = holding(tab, "..trend-chart.figure")
    tab.click("#trend-back")
    until_held(tab, held)
    tab.click("#trend-back")
    until_held(tab, held, 2)
    held.let_go()
    tab.wait_for_url(re.compile(f"zoom={BEFORE}T12"), timeout=WAIT_MS)


#: Two clicks of a viewer, of which a busy browser tells Dash in one go.
TWICE = """name => {
  const button = document.getElementById(name);
  button.click();
  button.click();
}"""


@pytest.mark.parametrize("page", ["trend", "tech"])
def test_two_steps_in_one_go_are_two_windows(site, tab, page):
    opened(tab, f"{site}/{page}?tag=D101&{LYING}", page)
    tab.evaluate(TWICE, f"{page}-back")
    tab.wait_for_url(re.compile(f"zoom={BEFORE}T12"), timeout=WAIT_MS)
    settled(tab, page)
    tab.evaluate(TWICE, f"{page}-forward")
    tab.wait_for_url(re.compile(f"zoom={DAY}T00"), timeout=WAIT_MS)


def three_steps_back(tab):
    """Step back three times, one after the other; return the four addresses."""
    addresses = [tab.url]
    for _each in range(3):
        tab.click("#trend-back")
        tab.wait_for_function("before => location.href !== before", arg=addresses[-1])
        settled(tab)
        addresses.append(tab.url)
    return addresses


def test_undone_twice_in_one_go_two_windows_are_undone(site, tab):
    opened(tab, f"{site}/trend?tag=D101&{LYING}")
    addresses = three_steps_back(tab)
    tab.evaluate(TWICE, "trend-undo")
    expect(tab).to_have_url(addresses[1], timeout=WAIT_MS)
    settled(tab)
    assert tab.url == addresses[1]
    tab.evaluate(TWICE, "trend-redo")
    expect(tab).to_have_url(addresses[3], timeout=WAIT_MS)
    settled(tab)
    assert tab.url == addresses[3]
    expect(tab.locator("#trend-redo")).to_be_disabled()


#: Goes back once more when the question of the first entry is answered, before its address is said.
PASSING = """() => {
  const dash = dash_clientside, doors = dash.ksys_view, { mirror } = doors, { set_props } = dash;
  const isArrived = ({ data }) => data?.at?.(-1).kind === "address";
  doors.mirror = (...values) => {
    doors.mirror = mirror;
    const arrived = new Promise((go) => {
      dash.set_props = (id, told) => (set_props(id, told), isArrived(told) && go());
    });
    history.back();
    return arrived.then(() => mirror(...values));
  };
  history.back();
}"""


def test_an_entry_that_one_passes_on_the_way_back_takes_the_place_of_none(site, tab):
    opened(tab, f"{site}/trend?tag=D101&{LYING}")
    addresses = three_steps_back(tab)
    entries = tab.evaluate("history.length")
    tab.evaluate(PASSING)
    expect(tab).to_have_url(addresses[1], timeout=WAIT_MS)
    settled(tab)
    expect(tab.locator("#trend-redo")).to_be_enabled()
    assert tab.evaluate("history.length") == entries
    tab.evaluate("history.go(2)")
    expect(tab).to_have_url(addresses[3], timeout=WAIT_MS)


def test_a_step_back_from_the_live_window_goes_on_from_it_though_it_is_not_drawn_yet(site, tab):
    opened(tab, f"{site}/trend?tag=D101&window=6h")
    tab.click("#trend-back")
    tab.wait_for_url(re.compile("zoom="), timeout=WAIT_MS)
    settled(tab)
    first = tab.url.partition("zoom=")[2][:16]
    held = holding(tab, "..trend-chart.figure")
    tab.click("#trend-forward")
    until_held(tab, held)
    asked = questions(tab)
    tab.click("#trend-back")
    held.let_go()
    tab.wait_for_url(re.compile("zoom="), timeout=WAIT_MS)
    settled(tab)
    zooms = {each["zoom"] for each in asked if each.get("zoom")}
    assert len(zooms) == 1, "nothing is asked before it is known where the step starts from"
    hours = (moment(tab.url.partition("zoom=")[2][:16]) - moment(first)).total_seconds() / 3600
    assert abs(hours) < 1, "that of six hours ago, by the clock of now"


def moment(text):
    """Return the time that an address begins with."""
    return datetime.strptime(text.replace("%3A", ":")[:13], "%Y-%m-%dT%H").replace(tzinfo=UTC)


@pytest.mark.parametrize("page", ["trend", "tech"])
@pytest.mark.parametrize("deed", ["back", "freeze"])
def test_what_follows_on_a_preset_goes_from_its_window(site, tab, page, deed):
    opened(tab, f"{site}/{page}?tag=D101&{LYING}", page)
    held = holding(tab, f"..{page}-chart.figure")
    tab.click(f"#{page}-when")
    tab.click(f"#{page}-time-panel [data-window=yesterday]")
    until_held(tab, held)
    if deed == "freeze":
        tab.click(f"#{page}-when")
    tab.click(f"#{page}-{deed}")
    held.let_go()
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    start = today - timedelta(days=2 if deed == "back" else 1)
    said = "zoom" if deed == "back" else "start"
    tab.wait_for_url(re.compile(f"{said}={start:%Y-%m-%d}T00"), timeout=WAIT_MS)
    assert ("window=yesterday" in tab.url) == (deed == "back")


def test_what_follows_on_a_window_is_not_done_to_the_one_chosen_after_it(site, tab):
    opened(tab, f"{site}/trend?tag=D101&{LYING}")
    held = holding(tab, "..trend-chart.figure")
    pressed(tab, "7 d").click()
    until_held(tab, held)
    tab.click("#trend-back")
    pressed(tab, "1 h").click()
    until_held(tab, held, 2)
    held.let_go()
    tab.wait_for_url(re.compile("window=1h"), timeout=WAIT_MS)
    expect(tab.locator("#trend-when")).to_contain_text("live", timeout=WAIT_MS)
    settled(tab)
    assert "zoom=" not in tab.url


#: Callbacks of which one answer never comes.
FAILS = ["..trend-chart.figure", "trend-chips", "trend-rows", "..trend-excursions"]


@pytest.mark.parametrize("output", FAILS)
def test_what_nobody_answered_of_a_window_that_lies_still_is_asked_again(still, tab, output):
    opened(tab, f"{still}/trend?tag=D101&tag=D102&{LYING}")
    rows(tab, ["D101", "D102"])
    lost = losing(tab, output)
    tab.locator("#trend-chips .chip__remove").nth(0).click()
    until(tab, lost)  # that of the rows goes out last
    rows(tab, ["D102"])
    expect(tab.locator("#trend-headline")).to_contain_text("D102", timeout=WAIT_MS)
    expect(tab.locator("#trend-chart .asking")).to_be_hidden(timeout=WAIT_MS)
    expect(tab.locator(".is-telling")).to_have_count(0, timeout=WAIT_MS)
    cell = tab.locator("#trend-rows .ag-center-cols-container [row-index='0'] [col-id=tag]")
    expect(cell).to_have_text("D102", timeout=WAIT_MS)


def test_a_file_of_the_question_before_is_not_offered_while_this_one_is_asked(site, tab):
    held = adding(tab, site, "..export-built")
    expect(tab.locator("#export-download")).to_be_disabled()
    assert tab.locator("#export-link").get_attribute("href") is None
    expect(tab.locator("#export-snippet")).to_be_empty()
    expect(tab.locator("#export-estimate")).to_contain_text("…")
    held.let_go()
    expect(tab.locator("#export-download")).to_be_enabled(timeout=WAIT_MS)
    assert "tag=D101&tag=D102" in tab.locator("#export-link").get_attribute("href")


def test_a_file_of_which_nobody_answered_is_asked_for_again(site, tab):
    tab.goto(f"{site}/export?tag=D101&window=1h")
    expect(tab.locator("#export-download")).to_be_enabled(timeout=WAIT_MS)
    lost = losing(tab, "..export-built")
    tab.fill("#export-add", "D102")
    tab.press("#export-add", "Enter")
    until(tab, lost)
    expect(tab.locator("#export-download")).to_be_enabled(timeout=WAIT_MS)
    assert "tag=D101&tag=D102" in tab.locator("#export-link").get_attribute("href")


def test_what_is_typed_while_a_name_is_looked_up_stays(site, tab):
    held = adding(tab, site, "export-named")
    tab.fill("#export-add", "D3")
    held.let_go()
    tags = tab.locator("#export-chips .chip__tag")
    expect(tags).to_have_text(["D101", "D102"], timeout=WAIT_MS)
    expect(tab.locator("#export-add")).to_have_value("D3")
    tab.locator("#export-chips .chip__remove").nth(0).press("Enter")
    expect(tags).to_have_text(["D102"], timeout=WAIT_MS)
    expect(tab.locator("#export-add")).to_have_value("D3")
    tab.fill("#export-add", "D300")
    tab.press("#export-add", "Enter")
    expect(tags).to_have_text(["D102", "D300"], timeout=WAIT_MS)
    expect(tab.locator("#export-add")).to_have_value("")
