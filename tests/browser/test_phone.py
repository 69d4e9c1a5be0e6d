"""A screen of 390 pixels: the plant begins at once, and all that is touched is a finger wide."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.db, pytest.mark.browser]
#: What can be touched and is smaller than a finger; a link that its card covers is not.
SMALL = """() => [...document.querySelectorAll("button, select, input, a, summary")]
    .filter(node => node.checkVisibility() && !node.matches(".tag-card__link, .skip"))
    .filter(node => !document.querySelector("dialog[open]") || node.closest("dialog"))
    .map(node => [node, node.getBoundingClientRect()])
    .filter(([, box]) => box.width > 1 && (box.width < 40 || box.height < 40))
    .map(([node, box]) => `${node.className} ${node.textContent} ${box.width}x${box.height}`)"""
#: Cells of the rows over a chart of which one stands on what another says.
COVERED = """() => [...document.querySelectorAll("#trend-chips tr")].flatMap(row => {
    const said = [...row.children].filter(cell => cell.textContent.trim()).map(cell => {
        const range = document.createRange();
        range.selectNodeContents(cell);
        return [cell.textContent, range.getBoundingClientRect()];
    }).filter(([, box]) => box.width > 1);
    return said.flatMap(([text, a], k) => said.slice(k + 1)
        .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1
            && a.top < b.bottom - 1 && b.top < a.bottom - 1)
        .map(([other]) => `${text} and ${other}`));
})"""
WIDE = "document.documentElement.scrollWidth"
#: Whether all of the cell of a column is seen in its table.
INSIDE = """column => {
    const cell = document.querySelector(`.ag-row[row-index="0"] .ag-cell[col-id="${column}"]`);
    const range = document.createRange();
    range.selectNodeContents(cell);
    const table = cell.closest(".rows-table").getBoundingClientRect();
    return range.getBoundingClientRect().right <= table.right + 1;
}"""

#: Whether the numbers of the axes of a chart stand left of its lines.
BESIDE = """chart => {
    const texts = [...document.querySelectorAll(`${chart} .ytick text`)];
    const plot = document.querySelector(`${chart} .nsewdrag`)?.getBoundingClientRect();
    return plot && texts.length > 0
        && texts.every(text => text.getBoundingClientRect().right <= plot.left + 1);
}"""


@pytest.fixture
def site(living_site):
    """A plant that stays fresh however long the session lasts."""
    return living_site


def opened(phone: Any, site: str, query: str = "") -> None:
    phone.goto(f"{site}/?lang=en{query}")
    phone.wait_for_selector(".tag-card .value__number:not(:empty), .tags-table__row[data-tag]")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_plant_begins_below_120_pixels_of_controls(
    phone: Any, site: str, language: str
) -> None:
    opened(phone, site, f"&lang={language}")
    assert phone.locator(".tag-card").first.bounding_box()["y"] <= 120
    assert phone.evaluate(WIDE) <= 390
    assert phone.locator(".filter__open").evaluate("node => node.scrollWidth <= node.clientWidth")


@pytest.mark.parametrize("query", ["", "&view=table", "&details=D302"])
def test_nothing_to_touch_is_smaller_than_a_finger(phone: Any, site: str, query: str) -> None:
    opened(phone, site, query)
    if "details" in query:
        phone.wait_for_selector(".details__table")
    assert phone.evaluate(SMALL) == []
    assert phone.evaluate(WIDE) <= 390


def test_the_button_counts_what_is_abnormal_and_opens_the_sheet(phone: Any, site: str) -> None:
    opened(phone, site)
    button = phone.locator(".filter__open")
    expect(button).to_contain_text("Filter 12")
    assert "⬢ 1" in button.inner_text() and "Normal" not in button.inner_text()
    button.tap()
    sheet = phone.locator("dialog.filter-sheet")
    expect(sheet).to_be_visible()
    assert phone.evaluate(SMALL) == []
    sheet.locator('.count[data-value="CRITICAL"]').tap()
    expect(sheet.locator(".filter__go")).to_have_text("Show 1 tag")
    sheet.locator(".filter__go").tap()
    expect(sheet).to_have_count(0)
    expect(phone.locator(".tag-card:visible")).to_have_count(1)
    expect(button).to_contain_text("1 of 12")


def test_the_name_of_the_page_is_the_menu(phone: Any, site: str) -> None:
    opened(phone, site)
    expect(phone.locator(".shell__page:visible")).to_have_count(1)
    phone.locator('[data-unfolds="pages"]').tap()
    assert phone.evaluate(SMALL) == []
    phone.locator(".shell__page", has_text="Status").tap()
    phone.wait_for_url("**/status*")
    expect(phone.locator(".shell__page:visible")).to_have_text(["Status"])
    phone.locator('[data-unfolds="more"]').tap()
    expect(phone.locator("#theme")).to_be_visible()


def test_what_is_normal_is_a_short_card(phone: Any, site: str) -> None:
    opened(phone, site)
    tall = {
        tag: phone.locator(f'.tag-card[data-tag="{tag}"]').bounding_box()["height"]
        for tag in ("D302", "D100")
    }
    assert tall["D100"] <= 60 < 150 < tall["D302"]


def test_a_chart_begins_near_the_top_and_one_button_unfolds_the_rest(phone: Any, site: str) -> None:
    phone.goto(f"{site}/trend?lang=en&tag=D101&window=6h")
    phone.locator("#trend-chart .trace").first.wait_for(state="attached", timeout=60_000)
    assert phone.locator("#trend-legend").bounding_box()["y"] <= 260
    expect(phone.locator("#trend-statistic")).to_be_hidden()
    button = phone.get_by_role("button", name="More controls")
    button.tap()
    expect(button).to_have_attribute("aria-expanded", "true")
    expect(phone.locator("#trend-statistic")).to_be_visible()
    expect(phone.locator("#trend-export")).to_be_visible()
    assert phone.evaluate(WIDE) <= 390
    button.tap()
    expect(phone.locator("#trend-statistic")).to_be_hidden()


@pytest.mark.parametrize("compare", ["", "&compare=-1d"])
def test_no_cell_of_a_row_over_a_chart_stands_on_another(
    phone: Any, site: str, compare: str
) -> None:
    phone.goto(f"{site}/trend?lang=en&tag=D302&tag=D101&window=24h{compare}")
    row = phone.locator("#trend-chips tr").first
    expect(row.locator(".legend__state")).to_contain_text("CRITICAL", timeout=60_000)
    expect(row.locator(".legend__range")).to_contain_text("–", timeout=60_000)
    if compare:
        expect(row.locator(".legend__before")).not_to_be_empty()
    assert phone.evaluate(COVERED) == []


@pytest.mark.parametrize(
    ("query", "column", "time"),
    [
        ("/trend?tag=D101&tag=D200&window=24h", "avg", r"\d{2}:00"),
        ("/trend?tag=D101&window=5m", "value", r"\d{2}:\d{2}"),
        ("/tech?tag=D101&window=24h", "avg", r"\d{2}:00"),
    ],
)
def test_the_first_number_of_a_row_stands_beside_its_time(
    phone: Any, site: str, query: str, column: str, time: str
) -> None:
    phone.goto(f"{site}{query}&lang=en")
    cell = phone.locator(f'.ag-row[row-index="0"] .ag-cell[col-id="{column}"]')
    cell.wait_for()
    expect(cell).to_have_text(re.compile(r"^[\d.]+$"))
    at = phone.locator('.ag-row[row-index="0"] .ag-cell[col-id="time"]')
    expect(at).to_have_text(re.compile(rf"^\d{{4}}-\d\d-\d\d \d\d:{time}$"))
    expect(phone.locator('.ag-cell[col-id="no"]')).to_have_count(0)
    phone.wait_for_function(INSIDE, arg=column)
    assert at.evaluate("node => node.scrollWidth <= node.clientWidth")


def test_an_excursion_says_since_when_beside_how_bad(phone: Any, site: str) -> None:
    phone.goto(f"{site}/trend?tag=D302&window=24h&lang=en")
    phone.get_by_text("Excursions", exact=True).tap()
    start = phone.locator('#trend-excursions .ag-row[row-index="0"] .ag-cell[col-id="start"]')
    start.wait_for()
    right = start.evaluate(
        """node => {
            const range = document.createRange();
            const texts = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
            range.selectNodeContents(texts.nextNode());
            return range.getBoundingClientRect().right;
        }"""
    )
    table = phone.locator("#trend-excursions").bounding_box()
    assert right <= table["x"] + table["width"] + 1, start.inner_text()


#: Korean words, with their numbers, of which a part stands on another line.
BROKEN = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const [broken, range] = [[], document.createRange()];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (const { 0: word, index } of node.data.matchAll(/\\S+/g)) {
      if (!/^[0-9]*[\\uac00-\\ud7a3]+[.,:]?$/.test(word)) continue;
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const tops = [...range.getClientRects()].filter(({ width }) => width).map(({ top }) => top);
      if (Math.max(...tops) - Math.min(...tops) > 4) broken.push(word);
    }
  }
  return broken;
}"""
#: A Korean page and what of it is there once it is answered.
KOREAN = {
    "/?": ".tag-card .value__number:not(:empty)",
    "/trend?tag=D101&tag=D300": "#trend-seeing .seeing__chip",
    "/tech?tag=D101&window=24h": "#tech-seeing .seeing__chip",
    "/export?tag=D101": "#export-preview-said:not(:empty)",
    "/status?": ".status-card, .panel",
}


@pytest.mark.parametrize("address", KOREAN)
def test_a_korean_word_is_not_broken(phone: Any, site: str, address: str) -> None:
    phone.goto(f"{site}{address}&lang=ko")
    phone.locator(KOREAN[address]).first.wait_for(timeout=60_000)
    assert phone.evaluate(BROKEN) == []
    assert phone.evaluate(WIDE) <= 390


@pytest.mark.parametrize("page", ["trend", "tech"])
def test_a_chart_has_a_date_below_it_and_numbers_beside_it(
    phone: Any, site: str, page: str
) -> None:
    """At the very start of the window there is a tick, with the only date."""
    phone.goto(
        f"{site}/{page}?tag=D101&lang=en&tz=UTC&start=2026-01-01T00:00&stop=2026-01-01T06:00"
    )
    ticks = phone.locator(f"#{page}-chart .xtick text")
    expect(ticks.filter(has_text="2026-01-01")).to_have_count(1, timeout=60_000)
    phone.goto(f"{site}/{page}?tag=D101&lang=en&window=6h")
    phone.wait_for_function(BESIDE, arg=f"#{page}-chart", timeout=60_000)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_nothing_that_a_year_is_told_by_is_cut_off(phone: Any, site: str, language: str) -> None:
    phone.goto(f"{site}/trend?lang={language}&tag=D302&window=12mo")
    phone.locator("#trend-headline .headline__states").wait_for(timeout=60_000)
    cut = """[...document.querySelectorAll("#trend-headline *, #trend-view label")]
        .filter(node => node.getBoundingClientRect().right > innerWidth)
        .map(node => node.textContent)"""
    assert phone.evaluate(cut) == []
    long = "0.000399013 · 0.000400006 · 0.000400987"
    write = "text => document.querySelectorAll('#trend-headline b').forEach(b => b.append(text))"
    phone.evaluate(write, long)
    assert phone.evaluate(cut) == []
