"""The overview while its historian is gone for a whole minute."""

import re
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from data import embedded
from tests.browser.test_overview_outage import badges, opened, prepared, writer
from tests.support.servers import answers, asked, until

pytestmark = [pytest.mark.db, pytest.mark.browser]
#: The longest spacing of each tag that is no gap [s].
GAPS = {"W1": 10, "W2": 25}
MINUTE_S = 60
#: What each card says, all of it at one moment.
CARDS = """() => [...document.querySelectorAll(".tag-card")].map(card => [
    card.dataset.tag, card.querySelector(".value__number").innerText,
    card.querySelector(".age span").innerText, card.querySelector(".badge").className,
])"""
Card = tuple[str, str, int, str]


def seconds(age: str) -> int:
    """Return an age as it is worded; whole minutes from a minute on."""
    count, unit = re.fullmatch(r"(\d+) (s|min) ago", age).groups()
    return int(count) * {"s": 1, "min": 60}[unit]


def cards(tab: Any) -> list[Card]:
    """Return tag, value, age [s] and state of every card."""
    return [
        (tag, value, seconds(age), badge.rpartition("--")[2].upper())
        for tag, value, age, badge in tab.evaluate(CARDS)
    ]


def watched(tab: Any, stop: float) -> list[Card]:
    """Return what the cards say, looked at twice a second until a moment of this machine."""
    seen = []
    while time.monotonic() < stop:
        seen.extend(cards(tab))
        tab.wait_for_timeout(500)
    return seen + cards(tab)


def due(tag: str, age: int) -> set[str]:
    """Return the states that an age may have; in the second of a limit, that on either side."""
    late, stale = GAPS[tag], 3 * GAPS[tag]
    states = {"NORMAL": age <= late, "LATE": late <= age <= stale, "STALE": age >= stale}
    return {state for state, true in states.items() if true}


def test_a_historian_gone_for_a_minute_leaves_no_value_that_looks_current_and_is_found_again(
    tab: Any, start_site: Any, tmp_path: Path
) -> None:
    server = embedded.start(tmp_path / "pg", fsync=False)
    prepared(server.dsn, gap=GAPS["W1"])
    gap = "UPDATE influx_qc_rule SET max_gap_seconds = %s WHERE tag_name = 'W2'"
    asked(server.dsn, gap, GAPS["W2"])
    with writer(server.dsn):
        site, process = start_site(server.dsn)
        opened(tab, site)
        until(lambda: badges(tab) == ["NORMAL", "NORMAL"])
    server.release()
    until(lambda: not answers(server.dsn))
    stop = time.monotonic() + MINUTE_S
    notice = tab.locator('[data-notice="error"]')
    expect(notice).to_contain_text("historian", timeout=50_000)
    expect(notice).to_contain_text(re.compile(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d"))
    expect(notice).to_have_attribute("role", "alert")
    expect(tab.locator(".overview--old .tag-card .value__number")).to_have_text(["42", "42"])
    seen = watched(tab, stop)
    expect(tab.locator(".tag-card .age span:first-child")).to_have_text(["1 min ago", "1 min ago"])
    assert not answers(server.dsn)
    expect(notice).to_have_count(1)
    for tag in GAPS:
        ages = [age for name, _, age, _ in seen if name == tag]
        assert ages == sorted(ages)
        assert len(set(ages)) > 10
    assert [card for card in seen if card[3] not in due(card[0], card[2])] == []
    assert {value for _, value, _, _ in seen} == {"42"}

    again = embedded.start(tmp_path / "pg", fsync=False)
    with writer(again.dsn):
        expect(notice).to_have_count(0, timeout=180_000)
        until(lambda: badges(tab) == ["NORMAL", "NORMAL"])
        assert all(age <= GAPS[tag] for tag, _, age, _ in cards(tab))
    expect(tab.locator(".overview--old")).to_have_count(0)
    assert tab.evaluate("window.sameDocument")
    assert process.poll() is None
    again.release()
