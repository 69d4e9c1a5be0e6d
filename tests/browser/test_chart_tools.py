"""The tools of every chart: each can be pressed, and none takes the plant's data elsewhere."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from api.chart import plotly_js
from tests.browser.test_clock_browser import until
from tests.support.charts import settled

pytestmark = pytest.mark.browser

WAIT_MS = 60_000
PAGES = ("trend", "tech")
ELSEWHERE = re.compile(r"share|cloud|upload|send|edit|studio|plotly|공유|클라우드", re.I)


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture
def site(fresh_site):
    """A plant made for this module, however long the session has lasted."""
    return fresh_site


def opened(tab, site, page, **query):
    """Open the chart of a page; return its tools once it is drawn."""
    words = "&".join(f"{name}={value}" for name, value in query.items())
    tab.goto(f"{site}/{page}?tag=D101&window=1h&{words}")
    chart = tab.locator(f"#{page}-chart")
    chart.locator(".trace").first.wait_for(state="attached", timeout=WAIT_MS)
    chart.hover()
    return chart.locator(".modebar-btn")


def titles(tools):
    """Return what each tool says of itself, on the screen and to a screen reader."""
    told = "all => all.map(one => [one.dataset.title, one.title, one.ariaLabel].join(' '))"
    return tools.evaluate_all(told)


@pytest.mark.parametrize("page", PAGES)
def test_no_tool_of_a_chart_takes_data_to_another_host(site, tab, page):
    tools = opened(tab, site, page)
    addresses, opened_pages = [], []
    tab.on("request", lambda request: addresses.append(request.url))
    tab.on("popup", lambda new: opened_pages.append(new.url))
    for number in range(tools.count()):
        tools.nth(number).click()
        tab.wait_for_timeout(500)
        tab.keyboard.press("Enter")  # a tool that asks first is told yes
    until(tab, lambda: any("/_dash-update-component" in address for address in addresses))
    settled(tab, page)
    assert tools.count() >= 4
    own = urlsplit(site).netloc
    others = [url for url in addresses if urlsplit(url).netloc not in {own, ""}]
    assert others == []
    assert opened_pages == []
    expect(tab.locator("[class*='cloud-dialog']")).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("page", PAGES)
def test_no_tool_of_a_chart_tells_of_sharing(site, tab, page, language):
    told = titles(opened(tab, site, page, lang=language))
    assert told and all(words.strip() for words in told)
    assert [words for words in told if ELSEWHERE.search(words)] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_chart_knows_no_server_of_plotly(site, tab, page):
    """A tool that a later plotly adds finds no address to send to."""
    opened(tab, site, page)
    context = tab.evaluate(f"document.querySelector('#{page}-chart .js-plotly-plot')._context")
    assert not context["showSendToCloud"]
    addresses = {name: text for name, text in context.items() if "url" in name.lower()}
    assert addresses
    assert [text for text in addresses.values() if "//" in text] == []


@pytest.mark.parametrize("page", PAGES)
def test_the_whole_plotly_draws_as_the_small_one_does(start_site, fresh_plant_dsn, tab, page):
    site, _process = start_site(fresh_plant_dsn, KSYS_PLOTLY_JS=str(plotly_js.FULL))
    complaints = []
    tab.on("console", lambda message: complaints.append((message.type, message.text)))
    tab.on("pageerror", lambda error: complaints.append(("error", str(error))))
    with tab.expect_response("**/plotly.v*.min.js") as script:
        opened(tab, site, page)
    assert len(script.value.body()) == plotly_js.FULL.stat().st_size
    expect(tab.locator(f"#{page}-seeing")).to_contain_text("coverage", timeout=WAIT_MS)
    assert [each for each in complaints if each[0] in ("error", "warning")] == []
