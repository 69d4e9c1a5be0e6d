"""Signing in as a person does: by keyboard, wrong, after a wait, in Korean, on a phone."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from access import tokens
from access.folder import Folder
from tests.support.people import PASSWORD, add_people, guarded_site
from tests.support.scripts import watch_policy

pytestmark = pytest.mark.browser


@pytest.fixture
def door(tmp_path: Any) -> Iterator[tuple[str, Folder]]:
    """The address of a site where one signs in, over no historian, and its folder."""
    folder = add_people(tmp_path)
    with guarded_site(tmp_path) as port:
        yield f"http://127.0.0.1:{port}", folder


def sign_in(tab: Any, name: str) -> None:
    """Fill the form and send it."""
    tab.fill("#name", name)
    tab.fill("#password", PASSWORD)
    tab.click("#go")


def test_the_keyboard_alone_signs_in_and_leads_back(tab: Any, door: tuple[str, Folder]) -> None:
    address, _folder = door
    tab.goto(f"{address}/trend?tag=D1&window=24h")
    expect(tab.locator(".door__reason")).to_contain_text("Then you are back at Trend, D1, 24h.")
    expect(tab.locator("#name")).to_be_focused()
    tab.keyboard.type("viewer")
    tab.keyboard.press("Tab")
    tab.keyboard.type(PASSWORD)
    tab.keyboard.press("Enter")
    expect(tab).to_have_url(re.compile(r"/trend\?.*tag=D1"))
    expect(tab.locator("#who")).to_have_text("viewer")
    tab.get_by_role("button", name="Sign out").click()
    expect(tab).to_have_url(f"{address}/sign-in")


def test_a_wrong_password_waits_on_the_button(tab: Any, door: tuple[str, Folder]) -> None:
    address, _folder = door
    tab.goto(f"{address}/sign-in")
    for _ in range(4):
        expect(tab.locator("#go")).to_be_enabled(timeout=15_000)
        tab.fill("#name", "viewer")
        tab.fill("#password", "wrong")
        tab.click("#go")
        expect(tab.locator("#wrong")).to_have_text("✕ Name and password do not match.")
    expect(tab.locator(".door__reason")).to_contain_text("Too many tries.")
    expect(tab.locator("#go")).to_be_disabled()
    expect(tab.locator("#go")).to_have_text(re.compile(r"Sign in \(\d s\)"))
    expect(tab.locator("#go")).to_be_enabled(timeout=15_000)
    expect(tab.locator("#go")).to_have_text("Sign in")


def test_what_is_typed_can_be_shown_and_hidden(tab: Any, door: tuple[str, Folder]) -> None:
    tab.goto(f"{door[0]}/sign-in")
    tab.fill("#password", PASSWORD)
    for kind, word in (("text", "Hide"), ("password", "Show")):
        tab.click("#show")
        expect(tab.locator("#password")).to_have_attribute("type", kind)
        expect(tab.locator("#show")).to_have_text(word)


def test_lists_behind_the_hash_come_back_after_signing_in(
    tab: Any, door: tuple[str, Folder]
) -> None:
    tab.goto(f"{door[0]}/?sort=name#pin=D1")
    sign_in(tab, "viewer")
    expect(tab).to_have_url(re.compile(r"pin=D1"))
    expect(tab.locator("#overview")).to_have_count(1)


@pytest.mark.parametrize(("language", "word"), [("ko", "로그인"), ("en", "Sign in")])
def test_the_form_fits_a_phone_in_both_languages(
    tab: Any, door: tuple[str, Folder], language: str, word: str
) -> None:
    tab.set_viewport_size({"width": 390, "height": 844})
    tab.goto(f"{door[0]}/sign-in?lang={language}")
    expect(tab.locator("#go")).to_have_text(word)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    box = tab.locator("#go").bounding_box()
    assert box and box["height"] >= 40


def test_a_wall_screen_shows_the_overview_from_its_link_on(
    tab: Any, door: tuple[str, Folder]
) -> None:
    address, folder = door
    link = tokens.make_screen(folder, "hall")
    tab.goto(f"{address}/screen/{link}")
    expect(tab).to_have_url(re.compile(r"/\?kiosk=1"))
    expect(tab.locator("#overview")).to_have_count(1)
    tab.goto(f"{address}/trend")
    expect(tab.locator(".door__reason")).to_contain_text("This needs the role viewer")
    tokens.revoke(folder, tokens.tokens_of(folder, "")[0].id)
    tab.goto(address)
    expect(tab.locator(".door__reason")).to_contain_text("manage.py screen add")


def test_a_token_is_made_on_the_account_page_and_shown_once(
    tab: Any, door: tuple[str, Folder]
) -> None:
    tab.goto(f"{door[0]}/account")
    sign_in(tab, "analyst")
    tab.fill("#token-name", "report")
    tab.get_by_role("button", name="Make a token").click()
    expect(tab.locator("#token")).to_have_text(re.compile(r"^ksys_[0-9a-f]{8}_[0-9a-f]{40}$"))
    tab.goto(f"{door[0]}/account")
    expect(tab.locator("#token")).to_have_count(0)
    tab.get_by_role("button", name="Revoke: report").click()
    expect(tab.locator(".door__tokens")).to_have_count(0)


@pytest.mark.parametrize("path", ["/account", "/status", "/screen/nobody", "/build/x"])
def test_no_page_of_who_may_breaks_the_policy(
    tab: Any, door: tuple[str, Folder], path: str
) -> None:
    address, _folder = door
    violations = watch_policy(tab)
    tab.goto(f"{address}{path}")
    if tab.locator("#name").count():
        assert violations() == []
        tab.locator("#name").fill("viewer")
        tab.locator("#password").fill(PASSWORD)
        tab.locator("#go").click()
        expect(tab).not_to_have_url(re.compile("sign-in"))
    tab.wait_for_load_state("networkidle")
    assert violations() == []
