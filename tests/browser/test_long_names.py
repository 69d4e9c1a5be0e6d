"""Names of one plant begin alike and are long: they are told apart wherever they are cut."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_trend import WAIT_MS, opened
from tests.support.plants import add_once

pytestmark = pytest.mark.browser
PUMP = "APPL.PLANT1.AREA02.UNIT03.PUMP4711.DISCHARGE.PRESSURE."
KOREAN = "역삼투.1차.고압펌프.토출압력.현재값."
NAMES = [f"{PUMP}A", f"{PUMP}B", f"{KOREAN}가", f"{KOREAN}나"]
FILL = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT timestamptz '2026-06-01 00:00+09' + k * interval '1 min', name,
        CASE name WHEN 'long-word' THEN k %% 3 ELSE 5e8 + 2e8 * sin(k / 90.0) END
    FROM generate_series(0, 1499) AS k, unnest(%s) AS name
"""
TAGS = "INSERT INTO influx_tag (tag_id, tag_name, unit, meta) VALUES (%s, %s, %s, %s)"
STATES = '{"states": {"0": "정지", "1": "운전", "2": "트립 (과전류 보호 계전기 동작)"}}'
WINDOW = "start=2026-06-01T00:00%2B09:00&stop=2026-06-02T01:00%2B09:00"
FOUR = "&".join(f"tag={name}" for name in NAMES)
#: Of each name in a part of the page what tells it, and whether all of that is seen.
OWN = """part => [...document.querySelectorAll(`${part} .name__own`)].map(node => [
    node.textContent, node.clientWidth > 0 && node.scrollWidth <= node.clientWidth])"""
#: Of each name of the overview what is copied, and whether its last ten letters are seen.
ENDS = """() => [...document.querySelectorAll("main .ended")].filter(node =>
    node.textContent.length > 20 && node.checkVisibility()).map(node => {
    const letters = node.firstChild.firstChild, end = document.createRange();
    end.setStart(letters, letters.length - 10);
    end.setEnd(letters, letters.length);
    const [seen, place] = [end.getBoundingClientRect(), node.getBoundingClientRect()];
    getSelection().selectAllChildren(node);
    return [String(getSelection()), seen.left >= place.left && seen.right <= place.right + 1];
})"""
#: What of some elements is past an edge of the screen.
PAST = """places => [...document.querySelectorAll(places)].filter(node => node.checkVisibility())
    .map(node => [node.textContent, node.getBoundingClientRect()])
    .filter(([, { left, right }]) => left < 0 || right > innerWidth).map(([text]) => text)"""


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture(scope="module")
def site(start_module_site, fresh_plant_dsn):
    """A plant with four long names of two beginnings, and a state of a long word."""
    tags = [(TAGS, (name, name, "Pa", "{}")) for name in NAMES]
    tags.append((TAGS, ("long-word", "long-word", "", STATES)))
    add_once(fresh_plant_dsn, "long-word", *tags, (FILL, ([*NAMES, "long-word"],)))
    address, _process = start_module_site(fresh_plant_dsn, REFRESH_SECONDS="3600")
    return address


def told(page, part):
    """Return the ends that tell names apart, after a look that all of them is seen."""
    texts = [text for text, seen in page.evaluate(OWN, part) if seen]
    assert len(texts) == len(page.evaluate(OWN, part)), "a part of what tells them is cut off"
    return texts


def test_a_phone_tells_them_apart_in_rows_chart_and_table(phone, site):
    opened(phone, f"{site}/trend?lang=ko&{FOUR}&{WINDOW}&compare=-1h")
    phone.locator("#trend-rows .ag-row[row-index='3'] .name__own").wait_for(timeout=WAIT_MS)
    assert told(phone, "#trend-chips") == ["A", "B", "가", "나"]
    assert set(told(phone, "#trend-rows")) == {"A", "B", "가", "나"}
    ends = " ".join(phone.locator("#trend-chart .annotation-text").all_text_contents())
    assert set(re.findall(r"…\S*?([AB가나])\d", ends)) == {"A", "B", "가", "나"}
    expect(phone.locator("#trend-headline b").first).to_have_text(NAMES[0], timeout=WAIT_MS)
    places = "#trend-compared span, #trend-headline b, #trend-chips .name, #trend-view label"
    assert phone.evaluate(PAST, places) == []


@pytest.mark.parametrize("compare", ["", "&compare=-1h"])
def test_a_screen_of_every_width_tells_them_apart_in_the_rows(tab, site, compare):
    opened(tab, f"{site}/trend?lang=en&{FOUR}&{WINDOW}{compare}")
    for width in (1_440, 1_100, 1_001, 1_000, 900, 768, 601, 600, 390):
        tab.set_viewport_size({"width": width, "height": 800})
        assert told(tab, "#trend-chips") == ["A", "B", "가", "나"], width


def test_long_words_and_numbers_leave_a_phone_a_chart(phone, site):
    opened(phone, f"{site}/trend?lang=en&{FOUR}&tag=long-word&{WINDOW}")
    plane = phone.locator("#trend-chart .nsewdrag").first.bounding_box()
    assert plane["width"] >= 150


def test_a_name_alone_stands_whole_where_there_is_room(tab, site):
    opened(tab, f"{site}/trend?lang=en&tag={NAMES[0]}&{WINDOW}")
    name = tab.locator("#trend-rows .ag-row[row-index='0'] .ag-cell[col-id='tag']")
    expect(name).to_have_text(NAMES[0], timeout=WAIT_MS)
    tab.wait_for_function("node => node.clientWidth > 200", arg=name.element_handle())
    assert tab.locator("#trend-chips .name__alike").count() == 0


@pytest.mark.parametrize("view", ["", "&view=table"])
def test_the_overview_shows_the_end_of_each(phone, site, view):
    phone.goto(f"{site}/?lang=en&q=PRESSURE{view}")
    for name in NAMES[:2]:
        expect(phone.locator("main .ended", has_text=name)).to_be_visible(timeout=WAIT_MS)
    assert phone.evaluate(ENDS) == [[name, True] for name in NAMES[:2]]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_no_choice_of_a_file_is_past_the_edge_of_a_phone(phone, site, language):
    phone.goto(f"{site}/export?lang={language}&tag=D101&window=24h")
    phone.locator("#export-preview-said:not(:empty)").wait_for(timeout=WAIT_MS)
    assert phone.evaluate(PAST, ".segs label, .page--export button, .export-checks label") == []
