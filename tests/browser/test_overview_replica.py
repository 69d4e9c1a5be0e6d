"""The overview over a standby that replays nothing for a while: what is late by it says so."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from playwright.sync_api import Locator, expect

from data.store import install
from tests.browser.test_overview_outage import writer
from tests.support import standbys
from tests.support.standbys import Pair

pytestmark = [pytest.mark.db, pytest.mark.browser]
#: A tag that is late soon, and one that no lag below 30 s makes late, by their gaps [s].
GAPS = {"W1": 8, "W2": 300}
RULE = "INSERT INTO influx_qc_rule (tag_name, min_val, max_val, max_gap_seconds)"


@pytest.fixture
def plant() -> Iterator[Pair]:
    """A primary that is fed, and its standby."""
    with tempfile.TemporaryDirectory(prefix="ksys-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        with standbys.pair(Path(name).resolve()) as pair:
            with closing(psycopg2.connect(pair.primary.dsn)) as connection:
                install.install(connection)
                rules = f"{RULE} VALUES (%s, 0, 100, %s)"
                connection.cursor().executemany(rules, GAPS.items())
                connection.commit()
            with writer(pair.primary.dsn):
                yield pair


def card(tab: Any, tag: str) -> Locator:
    """Return the card of a tag."""
    found: Locator = tab.locator(f'.tag-card[data-tag="{tag}"]')
    return found


def says(tab: Any, tag: str, badge: str, why: str) -> None:
    """Expect a state on the card of a tag, and the reason that stands there."""
    expect(card(tab, tag).locator(".badge")).to_have_class(f"badge badge--{badge}", timeout=60_000)
    expect(card(tab, tag).locator(".reason")).to_have_text(why, timeout=15_000)


def test_a_lag_is_told_in_the_bar_and_a_tag_that_it_makes_late_says_why(
    tab: Any, plant: Pair, start_site: Any
) -> None:
    """No other server answers. Nothing is FRESH by a lag beyond 30 s, or beyond its own gap."""
    plant.caught_up()
    site, _process = start_site("host=/nowhere", TS_DSN_READ=plant.standby.dsn)
    tab.goto(f"{site}/?lang=en&every=2s")
    bar = tab.locator(".banners--passing")
    for tag in GAPS:
        expect(card(tab, tag).locator(".value__number")).to_have_text("42", timeout=20_000)
    expect(bar).not_to_contain_text("Replica")
    plant.hold()
    expect(bar).to_contain_text(
        re.compile(r"Replica \d+ s behind.*not shown yet"), timeout=30_000, use_inner_text=True
    )
    says(tab, "W2", "normal", "")
    says(tab, "W1", "late", "replica behind")
    says(tab, "W2", "normal", "")
    says(tab, "W1", "stale", "replica behind")
    says(tab, "W2", "late", "replica behind")
    expect(bar).to_contain_text("no other server answers")
    plant.let_go()
    for tag in GAPS:
        says(tab, tag, "normal", "")
    expect(bar).not_to_contain_text("Replica", timeout=20_000)
