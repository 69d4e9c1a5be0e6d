"""Every page says when the database's clock has fallen behind, as long as it has."""

from contextlib import closing
from typing import Any

import psycopg2
import pytest
from playwright.sync_api import expect

from data.store import install
from tests.support import moving

pytestmark = pytest.mark.browser
WAIT_MS = 40_000
READINGS = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT now() - n * interval '5 s', 'one', n % 7 FROM generate_series(0, 2000) n
"""
#: What is there once a page shows something.
SHOWN = (
    ".tag-card .value__number:not(:empty), .wall-card__number:not(:empty), #trend-seeing, "
    "#tech-seeing"
)
PAGES = {
    "/?lang=en&every=2s": '[data-notice="behind"]',
    "/?lang=en&every=2s&kiosk=1": '[data-notice="behind"]',
    "/trend?lang=en&tag=one&window=1h&refresh=2s": "#trend-notice",
    "/tech?lang=en&tag=one&window=1h&refresh=2s": "#tech-notice",
}


def test_every_page_says_that_the_clock_fell_behind_until_it_has_caught_up(
    tab: Any, start_site: Any, database: str
) -> None:
    clocks = moving.Clocks(database)
    with closing(psycopg2.connect(database)) as connection:
        install.install(connection)
        connection.cursor().execute(READINGS)
        connection.cursor().execute(moving.MOVED)
        connection.commit()
    site, _process = start_site(database, "-c", moving.SITE)
    pages = {}
    for address, place in PAGES.items():
        page = tab.context.new_page()
        page.goto(site + address)
        pages[address] = page.locator(place).filter(has_text="fallen behind by 1 h")
        page.wait_for_selector(SHOWN)
    clocks.go(database=-3_600)
    for said in pages.values():
        expect(said.first).to_be_visible(timeout=WAIT_MS)
    clocks.go(database=3_600)
    for said in pages.values():
        expect(said).to_have_count(0, timeout=WAIT_MS)
