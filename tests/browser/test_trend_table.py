"""The table under a trend: sorted and filtered by the server, one value where rows are readings."""

import pytest
from playwright.sync_api import expect

from tests.browser.test_trend import WAIT_MS, drag, opened
from tests.support.decimals import off_page

pytestmark = pytest.mark.browser


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture(scope="module")
def quiet(start_module_site, fresh_plant_dsn):
    """A site that does not refresh, so that rows stay."""
    return start_module_site(fresh_plant_dsn, REFRESH_SECONDS="3600", SITE_TZ="Asia/Seoul")[0]


def column(tab, name):
    """Return the texts of a column from the top."""
    found = tab.evaluate(
        """name => [...document.querySelectorAll(
            `#trend-rows .ag-center-cols-container .ag-row .ag-cell[col-id="${name}"]`)]
            .map(cell => [+cell.closest(".ag-row").getAttribute("row-index"), cell.innerText])""",
        name,
    )
    return [text for _row, text in sorted(found)]


def shown(tab):
    """Wait until rows are there."""
    first = tab.locator('#trend-rows .ag-row[row-index="0"] .ag-cell[col-id="no"]')
    expect(first).to_have_text("1", timeout=WAIT_MS)


def top(tab, is_so):
    """Wait until the first row is one of which this holds."""
    tab.wait_for_function(
        f"""() => {{ const cells = document.querySelectorAll(
            '#trend-rows .ag-row[row-index="0"] .ag-cell');
            const row = Object.fromEntries([...cells].map(cell =>
                [cell.getAttribute("col-id"), cell.innerText]));
            return row.avg && ({is_so})(row); }}""",
        timeout=WAIT_MS,
    )


def heading(tab, text):
    """Return the heading of a column."""
    return tab.locator(f'#trend-rows .ag-header-cell:has(.ag-header-cell-text:text-is("{text}"))')


def numbers(tab):
    """Return the means of the rows in sight, from the top."""
    return [float(off_page(text)) for text in column(tab, "avg")[:10]]


def test_a_click_on_a_heading_sorts_all_rows_and_not_those_in_sight(tab, quiet):
    opened(tab, f"{quiet}/trend?lang=en&tag=D101&tag=D302&window=6h")
    shown(tab)
    assert numbers(tab) != sorted(numbers(tab))
    heading(tab, "Average").click()
    expect(heading(tab, "Average")).to_have_attribute("aria-sort", "ascending")
    top(tab, "row => row.no > 1")
    lowest = numbers(tab)
    assert lowest == sorted(lowest)
    assert set(column(tab, "tag")[:10]) == {"D101"}
    heading(tab, "Average").click()
    top(tab, "row => row.tag === 'D302'")
    highest = numbers(tab)
    assert highest == sorted(highest, reverse=True)
    assert highest[0] > lowest[-1]


def test_a_filter_of_tags_leaves_the_rows_of_one(tab, quiet):
    opened(tab, f"{quiet}/trend?lang=en&tag=D101&tag=D102&window=6h")
    shown(tab)
    assert set(column(tab, "tag")[:10]) == {"D101", "D102"}
    heading(tab, "Tag").hover()
    heading(tab, "Tag").locator(".ag-header-cell-filter-button").click()
    tab.get_by_label("Filter", exact=True).first.fill("d102")
    tab.wait_for_function(
        """() => { const cells = [...document.querySelectorAll(
            '#trend-rows .ag-row .ag-cell[col-id="tag"]')];
            return cells.length > 3 && cells.every(cell => cell.innerText === "D102"); }""",
        timeout=WAIT_MS,
    )


def test_rows_of_readings_have_one_column_of_values(tab, quiet):
    opened(tab, f"{quiet}/trend?lang=ko&tag=D101&window=10m")
    shown(tab)
    expect(heading(tab, "값")).to_be_visible(timeout=WAIT_MS)
    headings = tab.locator("#trend-rows .ag-header-cell-text")
    expect(headings).to_have_count(5, timeout=WAIT_MS)
    assert {"값", "품질"} < set(headings.all_inner_texts())


#: Which columns of the table were ever seen, from the first on.
EVER_SEEN = """
    window.everSeen = new Set();
    new MutationObserver(() => {
        for (const head of document.querySelectorAll("#trend-rows .ag-header-cell"))
            window.everSeen.add(head.getAttribute("col-id"));
    }).observe(document, { childList: true, subtree: true });
"""


def test_no_reading_stands_under_a_number_of_buckets_for_a_moment(tab, quiet):
    tab.add_init_script(EVER_SEEN)
    opened(tab, f"{quiet}/trend?lang=en&tag=D101&window=5m")
    tab.locator("#trend-rows .ag-header-cell[col-id=value]").wait_for(timeout=WAIT_MS)
    seen_once = set(tab.evaluate("[...window.everSeen]"))
    assert "tag" in seen_once and not seen_once & {"avg", "min", "max", "last", "first", "n"}


def test_no_filter_of_buckets_goes_on_where_rows_are_readings(tab, quiet):
    opened(tab, f"{quiet}/trend?lang=en&tag=D101&window=6h")
    shown(tab)
    heading(tab, "Average").click()
    heading(tab, "Average").locator(".ag-header-cell-filter-button").click()
    tab.get_by_label("Filter", exact=True).first.fill("100000")
    rows = tab.locator("#trend-rows .ag-center-cols-container .ag-row")
    expect(rows).to_have_count(0, timeout=WAIT_MS)
    tab.keyboard.press("Escape")
    drag(tab, 0.4, 0.45)
    expect(heading(tab, "Value")).to_be_visible(timeout=WAIT_MS)
    expect(heading(tab, "Value")).to_have_attribute("aria-sort", "none")
    shown(tab)
    expect(rows.first).to_be_visible()


def test_a_reading_stands_beside_one_earlier_value(tab, quiet):
    opened(tab, f"{quiet}/trend?lang=en&tag=D101&window=10m&compare=-1h")
    shown(tab)
    expect(heading(tab, "Before")).to_be_visible(timeout=WAIT_MS)
    expect(heading(tab, "Average before")).to_have_count(0)
    headings = tab.locator("#trend-rows .ag-header-cell-text").all_inner_texts()
    assert {"Value", "Compared with", "Before", "Difference"} < set(headings)
    assert not {"Min before", "Max before", "Last before"} & set(headings)
    heading(tab, "Before").click()
    expect(heading(tab, "Before")).to_have_attribute("aria-sort", "ascending")
    tab.wait_for_function(
        """() => { const cells = [...document.querySelectorAll(
            '#trend-rows .ag-row .ag-cell[col-id="compare_value"]')];
            const row = cell => +cell.closest(".ag-row").getAttribute("row-index");
            cells.sort((one, other) => row(one) - row(other));
            const read = cells.map(cell => cell.innerText).filter(Boolean).map(Number);
            return read.length > 3 && read.every((each, n) => !n || read[n - 1] <= each); }""",
        timeout=WAIT_MS,
    )


@pytest.mark.parametrize(("query", "name"), [("", "value"), ("&compare=-1h", "compare_value")])
def test_a_reading_of_a_state_stands_as_its_word(tab, quiet, query, name):
    opened(tab, f"{quiet}/trend?lang=en&tag=P100&window=10m{query}")
    shown(tab)
    expect(heading(tab, "Value")).to_be_visible(timeout=WAIT_MS)
    texts = [text for text in column(tab, name)[:10] if text]
    assert texts and set(texts) <= {"on", "off"}
