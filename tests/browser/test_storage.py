"""A browser that has no store, refuses it, is full, or holds what is none of ours."""

from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.db, pytest.mark.browser]
STORES = {
    "null": "Object.defineProperty(window, 'localStorage', {get: () => null})",
    "denied": """Object.defineProperty(window, 'localStorage', {
        get: () => { throw new DOMException('no', 'SecurityError'); }})""",
    "full": """Storage.prototype.setItem = () => {
        throw new DOMException('full', 'QuotaExceededError'); }""",
    "garbage": """['ksys-theme', 'ksys-pins', 'ksys-groups', 'ksys-hushed', 'ksys-exports'].forEach(
        (name, k) => localStorage.setItem(name, ['{{{', '{"a": 1}', '[1, null]', '7'][k % 4]))""",
}


@pytest.fixture
def site(living_site):
    """A plant that stays fresh however long the session lasts."""
    return living_site


@pytest.mark.parametrize("store", STORES)
def test_a_page_works_whatever_the_store_of_its_browser_is(tab: Any, site: str, store: str) -> None:
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.add_init_script(STORES[store])
    tab.goto(f"{site}/?lang=en")
    expect(tab.locator(".tag-card .value__number").first).not_to_be_empty(timeout=20_000)
    before = tab.get_attribute("html", "data-theme")
    tab.click("#theme")
    assert tab.get_attribute("html", "data-theme") != before
    tab.hover('.tag-card[data-tag="D100"]')
    tab.click('.tag-card[data-tag="D100"] .tag-card__pin')
    expect(tab.locator(".tag-card").first).to_have_attribute("data-tag", "D100")
    tab.click("[data-hushes]")
    expect(tab.locator(".demo-hint")).to_be_hidden()
    tab.goto(f"{site}/export?lang=en&tag=D101")
    tab.wait_for_selector("#export-download, .primary")
    assert faults == []
