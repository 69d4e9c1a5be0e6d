"""The small `?`, how to connect a historian, colours of notices, what is copied."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest
from playwright.sync_api import expect

from data.store import install
from tests.conftest import started_site
from tests.support.frames import serve

pytestmark = pytest.mark.browser
WAIT_MS = 60_000
#: The first row whose mean has many digits.
LONG = """() => [0, 1, 2, 3, 4, 5].find((row) =>
  String(dash_ag_grid.getApi("trend-rows").getDisplayedRowAtIndex(row).data.avg).length > 9)"""
#: Colours that are the plant's alone.
ALARMING = """() => {
  const style = getComputedStyle(document.documentElement);
  const names = ["--warn", "--crit", "--warn-tint", "--crit-tint"];
  const probe = document.body.appendChild(document.createElement("i"));
  const colours = names.map(name => {
    probe.style.color = style.getPropertyValue(name);
    return getComputedStyle(probe).color;
  });
  probe.remove();
  const parts = [...document.querySelectorAll(".notice, .strip__dot, .strip__word")];
  const sides = ["backgroundColor", "color", "borderTopColor", "borderLeftColor"];
  return parts.flatMap(part => sides.filter(side =>
    colours.includes(getComputedStyle(part)[side])).map(side => part.className + " " + side));
}"""


@pytest.mark.parametrize("page", ["/", "/trend", "/tech", "/status"])
def test_a_key_and_a_button_explain_badges_words_and_keys_on_every_page(site, tab, page):
    tab.goto(site + page)
    dialog = tab.locator("dialog.help")
    tab.locator("[data-opens=help]").click(timeout=WAIT_MS)
    expect(dialog).to_be_visible()
    expect(dialog.locator(":scope > :not([hidden]) .badge")).to_have_count(12)
    tab.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    tab.locator("#content").click(position={"x": 2, "y": 2})
    tab.keyboard.press("?")
    expect(dialog).to_be_visible()
    box = dialog.bounding_box()
    assert box["y"] >= 0 and box["y"] + box["height"] <= 900
    assert dialog.evaluate("node => node.scrollHeight <= node.clientHeight")


def test_the_help_turns_to_the_other_language_and_the_page_stays(site, tab):
    tab.goto(site + "/?lang=en")
    tab.locator("[data-opens=help]").click(timeout=WAIT_MS)
    tab.locator("#help-en [data-pane=ko]").click()
    expect(tab.locator("#help-ko")).to_be_visible()
    expect(tab.locator("#help-ko")).to_contain_text("상상한(HH)")
    expect(tab.locator("#help-en")).to_be_hidden()
    assert tab.evaluate("document.documentElement.lang") == "en"
    assert tab.evaluate("document.activeElement.closest('#help-ko') !== null")
    tab.locator("#help-ko [data-closes]").click()
    expect(tab.locator("dialog")).to_have_count(0)


def test_a_question_mark_that_is_typed_opens_nothing(site, tab):
    tab.goto(site + "/")
    tab.locator("#overview-search").press_sequentially("a?", timeout=WAIT_MS)
    expect(tab.locator("dialog")).to_have_count(0)
    expect(tab.locator("#overview-search")).to_have_value("a?")


def test_made_up_readings_say_how_one_s_own_historian_is_connected(site, tab):
    tab.goto(site + "/")
    for place in ("#demo button", "#demo-hint .seg"):
        tab.locator(place).click(timeout=WAIT_MS)
        expect(tab.locator("dialog.help")).to_contain_text("TS_DSN=")
        tab.keyboard.press("Escape")


def test_an_empty_historian_says_how_another_is_connected(module_database, tab):
    with closing(psycopg2.connect(module_database)) as connection:
        install.install(connection)
    address, process = started_site(module_database)
    tab.goto(address + "/")
    tab.locator('[data-notice="empty"] button').click(timeout=WAIT_MS)
    expect(tab.locator("dialog.help")).to_contain_text("TS_DSN=")
    process.terminate()
    process.wait(15)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_notice_wears_the_colour_of_an_alarm(site, tab, theme):
    serve(tab, 3)
    tab.goto(f"{site}/?theme={theme}&tags=nope&q=zzz")
    expect(tab.locator('[data-notice="none"]')).to_be_visible(timeout=WAIT_MS)
    tab.locator(".strip__pause").click(timeout=WAIT_MS)
    expect(tab.locator('[data-notice="paused"]')).to_be_visible()
    assert tab.locator(".notice").count() >= 2
    assert tab.evaluate(ALARMING) == []


def test_a_number_of_the_table_is_copied_with_every_digit(site, tab):
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    # A window that lies still: rows that are renewed lose what is marked of them.
    stop = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    edges = (each.strftime("%Y-%m-%dT%H:%M:%SZ") for each in (stop - timedelta(hours=12), stop))
    tab.goto(f"{site}/trend?tag=D101&start={next(edges)}&stop={next(edges)}")
    shown = "#trend-rows .ag-center-cols-container [row-index='{}'] [col-id=avg]"
    expect(tab.locator(shown.format(0))).to_contain_text(".", timeout=WAIT_MS)
    row = tab.evaluate(LONG)  # the mean of some buckets has no more digits than are shown
    cell = tab.locator(shown.format(row))
    cell.evaluate("""node => getSelection().selectAllChildren(node)""")
    tab.keyboard.press("Control+c")
    full = tab.evaluate(
        "row => dash_ag_grid.getApi('trend-rows').getDisplayedRowAtIndex(row).data.avg", row
    )
    copied = tab.evaluate("navigator.clipboard.readText()")
    assert float(copied.replace(",", "")) == full
    assert len(copied) > len(cell.inner_text())
