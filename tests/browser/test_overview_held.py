"""What a card of a state says of its last change, and a card of an angle of its arc."""

import json
import re
import time
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.test_overview_browser import opened
from tests.browser.test_overview_cards import LINES_WITHIN, WHOLE, plant
from tests.support import frames

pytestmark = pytest.mark.browser
TOLD = {
    "kinds": ["state", "state", "angle"],
    "states": [{"0": "off", "1": "on"}, {"0": "STOPPED", "1": "RUNNING"}, None],
    "units": ["", "", "°"],
}


@pytest.fixture
def tab(warm_tab: Any) -> Any:
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture
def site(living_site: str) -> str:
    """A plant that stays fresh however long the session lasts."""
    return living_site


def counted(tab: Any, minutes: int) -> None:
    """Serve two pumps that have run for so long, and a direction that went across north."""
    columns = {"value": [1, 1, 348], "digits": "aaa"}
    plant(tab, 3, TOLD, freshness="000", quality="000", **columns)
    now = round(time.time() * 1000)
    since = now - minutes * 60_000
    answer = frames.sparklines(3) | {"names": ["T0", "T1", "T2"]}
    last_hour = now // 3_600_000 * 3_600_000
    answer |= {"by_hour": {"0": [1] * 24, "1": [0.5] * 24}, "last_hour": last_hour}
    answer |= {"held": {"0": [1, 3, since], "1": [1, 24, None]}, "held_at": now}
    text = json.dumps(answer | {"arcs": {"2": [319, 9]}})
    frames.route(tab, "sparklines", lambda way: frames.fulfil(way, text))


def part(tab: Any, tag: str, of: str) -> Any:
    return tab.locator(f'.tag-card[data-tag="{tag}"] {of}')


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", [r"since \d\d:\d\d", "3 h 22 min", "3 starts in 24 h", "from 319°", "to 9°"]),
        ("ko", [r"\d\d:\d\d부터", "3시간 22분", "24시간 기동 3회", "319°부터", "9°까지"]),
    ],
)
@pytest.mark.parametrize("width", [1440, 820])
def test_a_state_says_since_when_and_how_often_and_an_angle_from_where_to_where(
    tab: Any, site: str, language: str, words: list[str], width: int
) -> None:
    tab.set_viewport_size({"width": width, "height": 900})
    counted(tab, 202)
    tab.goto(f"{site}/?lang={language}&theme=light")
    since, lasting, starts, *ends = words
    expect(part(tab, "T0", ".since")).to_be_visible()
    expect(part(tab, "T0", ".since span")).to_have_text(re.compile(since))
    expect(part(tab, "T0", ".since b")).to_have_text(lasting)
    expect(part(tab, "T0", ".delta")).to_have_text(starts)
    expect(part(tab, "T2", ".ends span")).to_have_text(ends)
    for tag in ("T0", "T1"):
        for of in (".since", ".delta"):
            assert part(tab, tag, of).evaluate(WHOLE), (tag, of)
        assert part(tab, tag, ".value").evaluate(LINES_WITHIN), tag
    expect(part(tab, "T1", ".value__number")).to_have_text("RUNNING")
    assert part(tab, "T2", ".ends").evaluate(WHOLE)


def test_the_details_say_the_same_with_the_date(tab: Any, site: str) -> None:
    counted(tab, 202)
    opened(tab, site, "&details=T0")
    told = re.compile(r"since 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d \(3 h 22 min\) · 3 starts in 24 h")
    expect(tab.locator(".details__lead small").first).to_have_text(told)


def test_a_phone_says_below_its_word_since_when_a_state_holds(phone: Any, site: str) -> None:
    counted(phone, 202)
    opened(phone, site)
    expect(part(phone, "T0", ".since b")).to_have_text("3 h 22 min")
    expect(part(phone, "T1", ".since span")).to_have_text("for more than")
    for tag in ("T0", "T1"):
        expect(part(phone, tag, ".since")).to_be_visible()
        for of in (".since", ".value", ".reading"):
            assert part(phone, tag, of).evaluate(WHOLE), (tag, of)
    expect(part(phone, "T2", ".since")).to_be_hidden()
