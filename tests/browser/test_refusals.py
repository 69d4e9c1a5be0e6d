"""A refused link stays refused until something is chosen, whatever comes late or happens since."""

import json
import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import expect

from tests.support.charts import still

pytestmark = pytest.mark.browser

WAIT_MS = 60_000
# What nobody can answer, and what the page says of it.
REFUSED = {
    "tag=D101&resolution=7s": "There is no resolution '7s'",
    "tag=D101&window=9q": "There is no window '9q'",
    "tag=D101&start=2026-01-01": "Only start is given",
    "tag=D101&tz=Mars%2FBase": "There is no time zone 'Mars/Base'",
    "tag=D101&zoom=here": "zoom is 'here'",
}
# What answers late: callbacks by their output, and scripts that Dash loads when they are needed.
LATE = (
    ("_pages_content",),
    ("{page}-chart",),
    ("{page}-chips", "{page}-add"),
    ("shell-notice", "demo", "{page}-rows"),
    ("async-dropdown", "async-graph", "plotly.v"),
)
PAGES = ("trend", "tech")
CALLBACK = re.compile("/_dash-update-component")
LATE_ROUTES = re.compile("/_dash-update-component|/_dash-component-suites/")
# The page has done what follows from the answers that have come.
IDLE = "() => new Promise(done => requestIdleCallback(() => requestIdleCallback(() => done())))"


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture
def site(fresh_site):
    """A plant made for this module, however long the session has lasted."""
    return fresh_site


class Delay:
    """Holds back callbacks, by their output, and scripts until told to let them go."""

    def __init__(self, tab):
        self.tab, self.names, self.held, self.begun, self.ended = tab, (), {}, set(), set()
        tab.route(LATE_ROUTES, self._pass)
        for event, of in (("request", self.begun), ("requestfinished", self.ended)):
            tab.on(event, lambda request, of=of: of.add(request))
        tab.on("requestfailed", lambda request: self.ended.add(request))

    def _pass(self, route):
        body = route.request.post_data
        subject = json.loads(body)["output"] if body else route.request.url
        for name in self.names:
            if name in subject:
                self.held.setdefault(name, []).append(route)
                return
        route.continue_()

    def begin(self, *names):
        """Hold back what bears these names."""
        self.names = names
        self.begun.clear()

    def end(self):
        """Let go of it all once everything else has answered."""
        for _ in range(WAIT_MS // 50):
            if self._is_all_else_answered():
                break
            self.tab.wait_for_timeout(50)
        assert set(self.held) == set(self.names)
        held, self.held, self.names = self.held, {}, ()
        for routes in held.values():
            for route in routes:
                route.continue_()

    def _is_all_else_answered(self):
        """Whether all that shall be late is held, and the page waits for nothing else."""
        begun, held = set(self.begun), sum(map(len, self.held.values()))
        if len(self.held) < len(self.names) or len(begun - self.ended) > held:
            return False
        self.tab.evaluate(IDLE)
        return begun == self.begun


def query(tab):
    """Return what the address asks for."""
    return sorted(parse_qsl(urlsplit(tab.url).query))


def stands(tab, page, asked, words):
    """Assert that a page says its refusal, shows no chart, and that the address is as it came."""
    expect(tab.locator(f"#{page}-notice")).to_contain_text(words, timeout=WAIT_MS)
    still(tab)  # whatever would follow by itself has followed
    assert query(tab) == sorted(parse_qsl(asked))
    expect(tab.locator(f"#{page}-notice")).to_contain_text(words)
    expect(tab.locator(f"#{page}-chart .trace")).to_have_count(0)
    expect(tab.locator(f"#{page}-seeing")).to_be_empty()


def late_with(asked, page):
    """Return what is late with a refusal on a page.

    Over all each refusal meets all that may be late, as does each page; all three together do not
    meet, for neither what is refused nor the page decides which answer comes after which.
    """
    return LATE[(list(REFUSED).index(asked) + PAGES.index(page)) % 2 :: 2]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("asked", "words"), REFUSED.items())
def test_a_refusal_stands_whatever_answers_late(site, tab, page, asked, words):
    delay = Delay(tab)
    for names in late_with(asked, page):
        delay.begin(*(name.format(page=page) for name in names))
        tab.goto(f"{site}/{page}?{asked}")
        delay.end()
        stands(tab, page, asked, words)


@pytest.mark.parametrize("page", ["trend", "tech"])
@pytest.mark.parametrize(("asked", "words"), REFUSED.items())
def test_a_refusal_stands_through_what_nobody_chose(site, tab, page, asked, words):
    tab.goto(f"{site}/{page}?{asked}")
    stands(tab, page, asked, words)
    tab.set_viewport_size({"width": 900, "height": 700})
    stands(tab, page, asked, words)
    tab.click("#theme")
    stands(tab, page, asked, words)
    with tab.expect_response(CALLBACK):
        tab.evaluate(f"dash_clientside.set_props('{page}-tick', {{ n_intervals: Date.now() }})")
    stands(tab, page, asked, words)
    for control in ("resolution", "statistic", "window", "add"):  # a control empties itself
        tab.evaluate(
            "id => document.getElementById(id) && dash_clientside.set_props(id, { value: null })",
            f"{page}-{control}",
        )
    stands(tab, page, asked, words)


@pytest.mark.parametrize("page", ["trend", "tech"])
def test_a_refused_question_leaves_no_chart_of_another_and_back_brings_it_again(site, tab, page):
    tab.goto(f"{site}/{page}?tag=D101&window=6h")
    expect(tab.locator(f"#{page}-seeing")).not_to_be_empty(timeout=WAIT_MS)
    ask = "event => dash_clientside.set_props(event, { data: [{ kind: 'window', %s }] })"
    tab.evaluate(ask % "n: 1e6, window: '9q'", f"{page}-event")
    expect(tab.locator(f"#{page}-notice")).to_contain_text("9q", timeout=WAIT_MS)
    expect(tab.locator(f"#{page}-chart .trace")).to_have_count(0)
    expect(tab.locator(f"#{page}-chart")).to_be_hidden()
    expect(tab.locator(f"#{page}-rows")).to_be_hidden()
    tab.evaluate(ask % "n: 2e6, window: '6h'", f"{page}-event")
    expect(tab.locator(f"#{page}-notice")).to_be_empty(timeout=WAIT_MS)
    expect(tab.locator(f"#{page}-chart .trace").first).to_be_visible()
    expect(tab.locator(".is-old")).to_have_count(0)
    expect(tab.locator(f'#{page}-rows .ag-row [col-id="no"]').first).to_have_text(
        "1", timeout=WAIT_MS
    )


@pytest.mark.parametrize("page", ["trend", "tech"])
def test_a_choice_ends_a_refusal(site, tab, page):
    tab.goto(f"{site}/{page}?tag=D101&window=9q")
    stands(tab, page, "tag=D101&window=9q", "There is no window '9q'")
    tab.click(f"#{page}-when")
    tab.get_by_role("button", name="6 h", exact=True).click()
    expect(tab.locator(f"#{page}-seeing")).not_to_be_empty(timeout=WAIT_MS)
    expect(tab.locator(f"#{page}-notice")).to_be_empty()
    expect(tab).to_have_url(re.compile("window=6h"))


def test_a_refused_resolution_is_what_the_list_shows_until_another_is_chosen(site, tab):
    tab.goto(f"{site}/tech?tag=D101&window=6h&resolution=7s")
    stands(tab, "tech", "tag=D101&window=6h&resolution=7s", "There is no resolution '7s'")
    expect(tab.locator("#tech-resolution")).to_have_text("7 s")
    tab.click("#tech-resolution")
    tab.get_by_role("dialog").get_by_role("option", name="10 min", exact=True).click()
    expect(tab.locator("#tech-seeing")).to_contain_text("10 min means", timeout=WAIT_MS)
    expect(tab).to_have_url(re.compile("resolution=10m"))
