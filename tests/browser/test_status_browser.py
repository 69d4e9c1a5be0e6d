"""The status page as it is seen: light, on a phone, in Korean; and while nobody answers."""

import re

import pytest
from playwright.sync_api import expect

from data.status.relations import CONTRACT

pytestmark = [pytest.mark.db, pytest.mark.browser]
WAIT_MS = 30_000


@pytest.fixture
def quiet(tab):
    """A browser page, which fails the test on a message of its console."""
    said = []
    tab.on("console", lambda message: said.append(message.text))
    yield tab
    assert said == []


def opened(tab, address):
    tab.goto(address)
    expect(tab.locator("#status-body h1")).to_be_visible(timeout=WAIT_MS)


def test_the_page_says_what_is_so_with_every_relation(quiet, site):
    opened(quiet, site + "/status")
    expect(quiet.locator("h1")).to_contain_text("The historian answers.")
    for name in CONTRACT:
        row = quiet.locator("tr", has=quiet.get_by_role("rowheader", name=name, exact=True))
        expect(row.locator(".finding")).to_be_visible()
    expect(quiet.get_by_role("link", name="Status")).to_have_class("shell__page nav-link active")
    expect(quiet.locator(".status-days").first).to_have_attribute("aria-label", "nothing missing")


def test_what_is_so_stands_on_cards_and_in_panels(quiet, site):
    opened(quiet, site + "/status")
    heads = ["Historian", "Newest reading", "Clocks", "From memory"]
    for card, head in zip(quiet.locator(".status-card").all(), heads, strict=True):
        expect(card.get_by_role("heading")).to_contain_text(head)
        expect(card.locator(".status-number b")).to_have_text(
            re.compile(r"^[\d.]+( (m?s|min|h)|%)")
        )
    for head in ("Rules", "This app", "Server and readings"):
        expect(quiet.get_by_role("heading", name=head)).to_be_visible()
    row = quiet.locator("tr", has=quiet.get_by_role("rowheader", name="Followed"))
    expect(row.locator(".status-count")).to_have_text("12")


def test_the_page_says_that_it_asks_and_then_that_nobody_answers(tab, site):
    tab.clock.install()
    held = []

    def hold(route):
        of_status = "status-body" in (route.request.post_data or "")
        held.append(route) if of_status else route.continue_()

    tab.route("**/_dash-update-component*", hold)
    tab.goto(site + "/status")
    expect(tab.locator("#status-body")).to_have_text("Asking the historian …", timeout=WAIT_MS)
    tab.clock.run_for(100_000)
    said = re.compile(r"No answer for \d+ s\. It is tried again")
    expect(tab.locator("#status-age")).to_have_text(said, timeout=WAIT_MS)
    assert held, "nothing was asked"


def test_a_phone_needs_no_sideways_scroll(quiet, site):
    quiet.set_viewport_size({"width": 390, "height": 844})
    opened(quiet, site + "/status")
    assert quiet.evaluate("document.documentElement.scrollWidth") == 390


def test_the_page_is_korean_where_its_reader_is(quiet, site):
    opened(quiet, site + "/status?lang=ko")
    expect(quiet.locator("h1")).to_contain_text("히스토리안이 응답합니다.")
    expect(quiet.locator("#status-body")).not_to_contain_text("The ")


def test_what_is_so_is_copied_as_text_by_the_keyboard(quiet, site):
    quiet.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(quiet, site + "/status")
    quiet.get_by_role("button", name="Copy as text").focus()
    quiet.keyboard.press("Enter")
    expect(quiet.locator("#status-copied")).to_have_text("Copied.")
    text = quiet.evaluate("navigator.clipboard.readText()")
    assert "influx_agg_1h" in text and "Every page needs a few such answers." in text
    expect(quiet.get_by_role("button", name="Copy as text")).to_be_focused()


def test_it_is_copied_where_the_browser_offers_no_clipboard(quiet, site):
    """As on a page without TLS."""
    quiet.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    opened(quiet, site + "/status")
    quiet.get_by_role("button", name="Copy as text").click()
    expect(quiet.locator("#status-copied")).to_have_text("Copied.")


def test_what_is_shown_is_said_to_be_old_while_nobody_answers(tab, site):
    """Half a minute later nobody answers; a minute and a half later the page says so."""
    tab.clock.install()
    opened(tab, site + "/status")
    tab.route("**/_dash-update-component*", lambda route: route.abort())
    tab.clock.run_for(100_000)
    expect(tab.locator("#status-age")).to_contain_text("No answer for", timeout=WAIT_MS)
