"""The pages seen by axe-core; the overview while its writer, its historian or its app is gone."""

import itertools
import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest
from playwright.sync_api import expect

from data.store import install
from tests.support.places import ROOT
from tests.support.servers import asked, until

pytestmark = [pytest.mark.db, pytest.mark.browser]
AXE = ROOT / "tests/support/npm/axe/node_modules/axe-core/axe.min.js"
FOUND = """async (ofDash) => {
  const known = (each, node) =>
    ofDash[each.id] && document.querySelector(node.target.join(" ")).closest(ofDash[each.id]);
  const found = await axe.run(document, {resultTypes: ["violations"]});
  return found.violations
    .flatMap(each => each.nodes.filter(node => !known(each, node)).map(node =>
      [each.id, node.target.join(" "), node.any.concat(node.all, node.none)
        .map(check => check.message).join("; ")].join(" | ")));
}"""
LANGS, THEMES = ("en", "ko"), ("light", "dark")
#: Dash's own markup, which no property of its components reaches: radio buttons inside options,
#: and the hidden field before a dropdown that hands its focus on to it.
OF_DASH = {
    "nested-interactive": ".dash-options-list",
    "aria-allowed-role": ".dash-options-list",
    "aria-hidden-focus": ".dash-dropdown-focus-target",
}
#: A page and what is there once all of it is drawn.
PAGES = {
    "/?": ".tag-card .value__number",
    "/?details=D101": ".details__table",
    "/?group=group&kiosk=1": ".wall-card__number:not(:empty)",
    "/?view=table": ".tags-table__row[data-tag]",
    "/trend?tag=D101&tag=D201&tag=P100": "#trend-chart .scatterlayer .trace",
    "/tech?tag=D300": "#tech-chart .scatterlayer .trace",
    "/export?tag=D101": "#export-estimate, .export__form, form",
    "/status?": "#status-body h1",
}
#: Languages and themes: all of them for what an operator looks at, every one once for the rest.
EVERY = [(page, *look) for page in list(PAGES)[:2] for look in itertools.product(LANGS, THEMES)]
LOOKS = [
    *EVERY,
    *((page, *look) for page in list(PAGES)[2:] for look in zip(LANGS, THEMES, strict=True)),
]


@pytest.fixture
def tab(warm_tab: Any) -> Any:
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture
def site(living_site):
    """A plant that stays fresh however long the session lasts."""
    return living_site


@pytest.fixture(scope="module")
def axe() -> str:
    """The program of axe-core; npm ci brings it."""
    if not AXE.exists():
        pytest.skip("no axe-core: `npm ci` in tests/support/npm/axe brings it")
    return AXE.read_text()


@pytest.mark.optional("node")
@pytest.mark.parametrize(("page", "language", "theme"), LOOKS)
def test_axe_finds_nothing(
    tab: Any, site: str, axe: str, page: str, language: str, theme: str
) -> None:
    tab.goto(f"{site}{page}&lang={language}&theme={theme}")
    tab.wait_for_selector(PAGES[page], timeout=40_000, state="attached")
    tab.wait_for_timeout(1_000)
    assert tab.get_attribute("html", "data-theme") == theme
    tab.evaluate(axe)
    found = tab.evaluate(FOUND, OF_DASH)
    assert not found, "\n".join(found)


# ---- nobody writes, nobody answers ----------------------------------------------------------

AN_HOUR_WRONG = """{
  const Real = Date;
  Date = class extends Real {
    constructor(...given) { given.length ? super(...given) : super(Date.now()); }
    static now() { return Real.now() + 3600000; }
  };
}"""
AGE = "select extract(epoch from now() - max(ts)) from influx_hist where tag_name = %s"
#: So much a card may be early where a machine is slow [s].
EARLY_S = 2
TAGS = ("W1", "W2")


def write(dsn: str) -> None:
    """Write a reading of every tag, of now by the database's clock."""
    with closing(psycopg2.connect(dsn)) as connection, connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO influx_hist VALUES (clock_timestamp(), %s, 42)", [(tag,) for tag in TAGS]
        )


def prepared(dsn: str, gap: float) -> str:
    """Install the schema, with a rule for each tag and one reading."""
    with closing(psycopg2.connect(dsn)) as connection:
        install.install(connection)
        connection.cursor().executemany(
            "INSERT INTO influx_qc_rule (tag_name, min_val, max_val, max_gap_seconds)"
            " VALUES (%s, 0, 100, %s)",
            [(tag, gap) for tag in TAGS],
        )
        connection.commit()
    write(dsn)
    return dsn


@contextmanager
def writer(dsn: str) -> Iterator[Callable[[], None]]:
    """Write twice a second until told to stop."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(0.5):
            write(dsn)

    def end() -> None:
        stop.set()
        thread.join(20)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield end
    finally:
        end()


def badges(tab: Any) -> list[str]:
    """The state of every card; one that is normal says nothing."""
    return [
        (word.split() or ["NORMAL"])[-1]
        for word in tab.locator(".tag-card .badge").all_inner_texts()
    ]


def opened(tab: Any, site: str, query: str = "") -> None:
    """Open the overview and leave a mark that a reload would wipe off."""
    tab.goto(f"{site}/?lang=en&every=2s{query}")
    expect(tab.locator(".tag-card .value__number").first).to_have_text("42", timeout=20_000)
    tab.evaluate("window.sameDocument = true")


def answers(tab: Any) -> int:
    return int(tab.get_attribute("#overview", "data-answers"))


def test_a_tag_whose_writer_stops_is_late_and_then_stale_by_the_clock_of_the_database(
    tab: Any, start_site: Any, database: str
) -> None:
    gap = 5.0  # longer than the page waits for a frame, or a card is late of the reading before
    prepared(database, gap)
    tab.add_init_script(AN_HOUR_WRONG)
    with writer(database) as end:
        site, _process = start_site(database)
        opened(tab, site)
        until(lambda: answers(tab) >= 3)
        until(lambda: badges(tab) == ["NORMAL", "NORMAL"])
        end()
    since = answers(tab)  # until the last reading is shown, a card may be late of one before
    until(lambda: answers(tab) >= since + 2)
    expect(tab.locator("#overview .badge--late")).to_have_count(2, timeout=20_000)
    # The frame sends whole seconds, and the page counts from when it asked: a card may turn a
    # second and the way of an answer early, never later.
    assert asked(database, AGE, "W1") > gap - EARLY_S
    expect(tab.locator("#overview .badge--stale")).to_have_count(2, timeout=40_000)
    assert asked(database, AGE, "W1") > 3 * gap - EARLY_S
    assert badges(tab) == ["STALE", "STALE"]
    counted = tab.inner_text(".tag-card .age span >> nth=0")
    assert re.fullmatch(r"\d+ s ago", counted)


def test_an_app_killed_under_a_request_is_missed_and_its_successor_found(
    tab: Any, start_site: Any, database: str
) -> None:
    site, process = start_site(prepared(database, gap=3600))
    opened(tab, site)
    process.send_signal(signal.SIGSTOP)
    until(lambda: tab.evaluate("ksys.overview.page.clock.state.inFlight"))
    process.kill()
    process.wait(15)
    silence = tab.locator('[data-notice="silence"]')
    expect(silence).to_contain_text(re.compile(r"No answer for \d+ s"), timeout=30_000)
    expect(tab.locator(".tag-card .value__number")).to_have_text(["42", "42"])
    before = tab.inner_text(".tag-card .age span >> nth=0")
    expect(tab.locator(".tag-card .age span").first).not_to_have_text(before, timeout=70_000)
    seen = answers(tab)
    start_site(database, PORT=str(urlsplit(site).port))
    expect(silence).to_have_count(0, timeout=120_000)
    until(lambda: answers(tab) > seen)
    assert tab.evaluate("window.sameDocument")


def test_a_kiosk_shows_its_groups_in_turn(tab: Any, site: str) -> None:
    tab.goto(f"{site}/?lang=en&kiosk=1&group=group&rotate=5s&every=2s")
    group = tab.locator(".wall__group span")
    expect(tab.locator(".wall-card__number").first).not_to_be_empty(timeout=20_000)
    assert group.count() > 1
    expect(group).to_have_count(1, timeout=15_000)
    first = group.inner_text()
    expect(group).not_to_have_text(first, timeout=15_000)
    expect(group).to_have_count(1)
