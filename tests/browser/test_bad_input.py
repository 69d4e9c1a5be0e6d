"""Nonsense in an address gets a sentence or the same answer as any other tag, never a 500."""

import urllib.error
import urllib.request
from urllib.parse import quote

import pytest

pytestmark = [pytest.mark.db, pytest.mark.browser]

HOSTILE_TAGS = (
    "<script>alert(1)</script>",
    "'; drop table influx_hist; --",
    '가나/다 "q"',
    "=1+1",
    "😀",
)
# query, and what the page must say
NONSENSE = (
    *((f"tag={quote(tag)}", "There is no tag") for tag in HOSTILE_TAGS),
    ("tag=D101&window=9q", "9q"),
    ("tag=D101&window=99999y", "99999y"),
    ("tag=D101&start=2026-02-01&stop=2026-01-01", "must be before"),
    ("tag=D101&start=2026-01-01", "both start and stop"),
    ("tag=D101&start=nonsense&stop=2026-01-01", "nonsense"),
    ("tag=D101&start=0001-01-01&stop=0001-01-02", "0001-01-01"),
    ("tag=D101&start=9999-12-30&stop=9999-12-31", "9999-12-3"),
    ("tag=D101&tz=Mars/Base", "Mars/Base"),
    ("tag=D101&resolution=7parsecs", "7parsecs"),
    ("tag=D101&lang=xx", "choose one of"),
    ("&".join(f"tag=T{n}" for n in range(500)), "500"),
)
ROUTES = ("/trend", "/tech")
FRAMES = ("/overview/tags", "/overview/frame", "/overview/sparklines", "/overview/details")
FILES = ("/trend/rows.csv", "/tech/rows.csv", "/status.json")


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture
def watched(tab):
    """A browser page and the answers of 500 or more that it got."""
    failures = []
    tab.on("response", lambda answer: answer.status >= 500 and failures.append(answer.url))
    return tab, failures


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(("query", "said"), NONSENSE)
def test_a_page_says_what_is_wrong_with_its_address(watched, site, route, query, said):
    tab, failures = watched
    tab.goto(f"{site}{route}?{query}")
    tab.locator(".notice", has_text=said).first.wait_for(timeout=15_000)
    assert failures == []


@pytest.mark.parametrize(
    "query", ["q=%00", "state=nonsense", "sort=x&group=y&every=0", "q=<script>"]
)
def test_the_overview_shows_its_tags_whatever_its_address_asks_for(watched, site, query):
    tab, failures = watched
    tab.goto(f"{site}/?{query}")
    tab.locator(".overview").first.wait_for()
    tab.locator("text=/All|There|No tag/").first.wait_for()
    assert failures == []


@pytest.mark.parametrize("query", ["tag=%00", "tz=Mars/Base", "window=9q", "x=<script>"])
def test_the_status_page_shows_what_is_so_whatever_its_address_asks_for(watched, site, query):
    tab, failures = watched
    tab.goto(f"{site}/status?{query}")
    tab.locator("#status-body h1", has_text="The historian answers.").wait_for(timeout=30_000)
    assert failures == []


@pytest.mark.parametrize("route", FRAMES + FILES)
def test_a_plain_route_refuses_nonsense_with_a_sentence(site, route):
    for query, _said in NONSENSE:
        try:
            answer = urllib.request.urlopen(f"{site}{route}?{query}", timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            body = answer.read().decode()
            assert answer.status < 500, (query, body)
            assert "Traceback" not in body
            assert answer.status == 200 or len(body) > 20, (query, body)


@pytest.mark.parametrize("route", ROUTES)
def test_a_window_before_the_first_reading_says_so_and_has_no_numbers_at_its_axis(
    watched, site, route
):
    tab, failures = watched
    tab.goto(f"{site}{route}?tag=D101&start=2010-01-01&stop=2010-02-01&lang=en")
    tab.locator(".notice", has_text="D101 has no readings in this window").wait_for(timeout=15_000)
    tab.locator(".js-plotly-plot .xtick").first.wait_for(state="attached", timeout=15_000)
    assert tab.locator(".js-plotly-plot .ytick text").count() == 0
    assert failures == []
