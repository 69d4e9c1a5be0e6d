"""The browser's tab: title and icon tell how many tags are CRITICAL, and only on the overview."""

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from data.analysis import states
from tests.support import frames

pytestmark = pytest.mark.browser
ICON = "document.querySelector('link[rel=icon]').getAttribute('href').split('/').pop()"


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture
def site(living_site):
    """A plant that stays fresh however long the session lasts."""
    return living_site


def serve(tab: Any, *badges: str, **columns: Any) -> None:
    """Serve a tag a badge, in alarm where that is CRITICAL."""
    letters = "".join("0123456789ab"[states.BADGES.index(badge)] for badge in badges)
    alarm = "".join("2" if badge == "CRITICAL" else "0" for badge in badges)
    told = {"badge": letters, "alarm": alarm, "gap": [86_400.0] * len(badges)} | columns
    body = json.dumps(frames.frame(len(badges)) | told)
    frames.route(tab, "frame", lambda route: frames.fulfil(route, body))


def test_title_and_icon_count_what_is_critical_and_are_put_back_on_leaving(tab, site):
    frames.serve(tab, 4)
    serve(tab, "CRITICAL", "NORMAL", "CRITICAL", "WARNING")
    tab.goto(f"{site}/?lang=en&every=2s")
    expect(tab).to_have_title("(2) Ksys")
    assert tab.evaluate(ICON) == "logo-critical.svg"
    serve(tab, "NORMAL", "NORMAL", "NORMAL", "WARNING")
    expect(tab).to_have_title("Ksys", timeout=20_000)
    assert tab.evaluate(ICON) == "logo.svg"
    serve(tab, "CRITICAL", "NORMAL", "NORMAL", "NORMAL")
    expect(tab).to_have_title("(1) Ksys", timeout=20_000)
    tab.click(".shell__page >> nth=1")
    expect(tab).to_have_title("Ksys", timeout=20_000)
    assert tab.evaluate(ICON) == "logo.svg"


def test_a_silent_tag_counts_while_its_alarm_is_held_and_not_after(tab, site):
    frames.serve(tab, 2)
    # STALE in both; of the first CRITICAL still leads, of the second it did.
    serve(tab, "CRITICAL", "STALE", alarm="22", freshness="22")
    tab.goto(f"{site}/?lang=en&every=2s")
    expect(tab).to_have_title("(1) Ksys")
