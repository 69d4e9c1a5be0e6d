"""What a first visit loads: scripts where they are needed, and the chart before the table."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_trend import WAIT_MS
from tests.support.charts import settled

pytestmark = [pytest.mark.db, pytest.mark.browser]

#: However slow a machine is: what is given up waiting for the chart is not what is looked at here.
PATIENT = """{ const { setTimeout } = window;
window.setTimeout = (act, rest, ...more) =>
  setTimeout(act, rest === 3000 ? 2 ** 31 - 1 : rest, ...more); }"""
GRID = re.compile(r"/dash_ag_grid/")
REST_OF_GRID = re.compile(r"/dash_ag_grid/async")
TABLES = re.compile(r"/dash_table/")
LINE = ".scatterlayer .trace"
ROW = "#{page}-rows .ag-row"


def asked(tab):
    """Return the addresses that a tab asks for, as they come."""
    found = []
    tab.on("request", lambda request: found.append(request.url))
    return found


@pytest.mark.parametrize("path", ["/", "/export?tag=D101", "/status"])
def test_a_page_without_a_table_loads_no_grid(tab, site, path):
    urls = asked(tab)
    tab.goto(f"{site}{path}")
    tab.wait_for_load_state("networkidle")
    assert len(urls) > 20
    assert not [url for url in urls if GRID.search(url) or TABLES.search(url)]


@pytest.mark.parametrize("page", ["trend", "tech"])
def test_a_chart_is_drawn_before_its_table_is_asked_for(tab, site, page):
    drawn = []

    def look(route):
        drawn.append(tab.locator(f"#{page}-chart {LINE}").count())
        route.continue_()

    tab.add_init_script(PATIENT)
    tab.route(GRID, look)
    tab.goto(f"{site}/{page}?tag=D101&window=24h")
    expect(tab.locator(ROW.format(page=page)).first).to_be_visible(timeout=30_000)
    assert len(drawn) == 2 and min(drawn) > 0  # its script, and the rest of it


@pytest.mark.parametrize("page", ["trend", "tech"])
def test_a_chart_is_asked_for_before_what_draws_it_is_there(tab, site, page):
    """Neither plotly nor the lists, which Dash loads late, keep the question waiting."""
    late = []
    tab.route(re.compile(r"/plotly|/async-"), lambda route: late.append(route))
    with tab.expect_request(
        lambda each: f"{page}-chart.figure" in (each.post_data or ""), timeout=30_000
    ) as asked_for:
        tab.goto(f"{site}/{page}?tag=D101&window=24h", wait_until="commit")
    question = asked_for.value.post_data_json["inputs"][0]["value"]
    width = tab.evaluate(f"document.querySelector('.page--{page} .chart').clientWidth")
    assert abs(question["width"] - width) <= 25
    assert len(late) >= 2
    tab.unroute_all()  # which lets go of those that were held
    expect(tab.locator(f"#{page}-chart {LINE}").first).to_be_visible(timeout=30_000)
    drawn = tab.evaluate(f"document.getElementById('{page}-chart').clientWidth")
    assert drawn == width, "what draws it is as wide as its place was"


def test_a_table_comes_also_where_the_first_chart_is_refused(tab, site):
    tab.goto(f"{site}/trend?tag=D101&window=9q")
    expect(tab.locator(".notice", has_text="9q")).to_be_visible()
    tab.locator("#trend-rows .ag-header").first.wait_for(state="attached", timeout=30_000)


def test_a_table_comes_on_the_way_from_a_page_that_has_none(tab, site):
    """Dash changes the page without loading a document: what is loaded stays."""
    urls = asked(tab)
    tab.goto(f"{site}/")
    for place, page in ((1, "trend"), (2, "tech"), (1, "trend")):
        tab.locator(".shell__page").nth(place).click()
        tab.locator(f"#{page}-rows .ag-header").first.wait_for(state="attached", timeout=30_000)
    assert len([url for url in urls if GRID.search(url)]) == 2


def test_a_grid_that_did_not_come_is_asked_for_again(tab, site):
    failed = []

    def fail_once(route):
        if failed:
            route.continue_()
        else:
            failed.append(route.request.url)
            route.abort()

    tab.route(GRID, fail_once)
    tab.goto(f"{site}/trend?tag=D101&window=24h")
    tab.locator("#trend-rows .ag-header").first.wait_for(state="attached", timeout=30_000)
    assert len(failed) == 1


def test_a_table_has_its_columns_whenever_it_comes(tab, site):
    """Also where the chart's answer comes while the rest of its script does, and none follows."""
    held, answers = [], []
    tab.route(REST_OF_GRID, lambda route: held.append(route))
    tab.route("**/_dash-update-component*", lambda route: _hold(route, answers))
    times = "start=2026-11-25T00:00:00Z&stop=2026-11-25T06:00:00Z"
    tab.goto(f"{site}/trend?tag=D101&lang=en&{times}")
    while not (held and answers):
        tab.wait_for_timeout(50)
    answers.pop().continue_()
    settled(tab)
    held.pop().continue_()
    tab.unroute_all()
    average = tab.locator('#trend-rows .ag-header-cell[col-id="avg"]')
    expect(average).to_be_visible(timeout=WAIT_MS)


def _hold(route, answers):
    """Hold the question of a chart back; what else is asked goes on."""
    if "trend-chart.figure" in (route.request.post_data or ""):
        answers.append(route)
    else:
        route.continue_()


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_page_of_which_nobody_answered_says_so_and_comes_by_itself(tab, site, lang):
    """Also on the way from another page, whose body must not stand under the new address."""
    lost = [False]

    def lose(route):
        is_page = '"output":".._pages_content.children' in (route.request.post_data or "")
        route.abort() if lost[0] and is_page else route.continue_()

    tab.route("**/_dash-update-component*", lose)
    said = tab.locator("#shell-lost")
    words = {"en": "The page did not come", "ko": "화면이 오지 않았습니다"}[lang]
    for step in (lambda: tab.goto(f"{site}/trend?tag=D101&lang={lang}"), _to_status(tab)):
        lost[0] = True
        step()
        expect(said).to_contain_text(words, timeout=WAIT_MS)
        expect(said).to_be_visible(timeout=WAIT_MS)
        lost[0] = False
        expect(said).to_be_hidden(timeout=WAIT_MS)
        expect(tab.locator(".page")).not_to_have_count(0, timeout=WAIT_MS)
    expect(tab.locator(".page--trend")).to_have_count(0, timeout=WAIT_MS)


def _to_status(tab):
    return lambda: tab.locator(".shell__pages a[href$='/status']").click()
