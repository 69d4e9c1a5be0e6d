"""What the overview says of the rules that judge: a fault of theirs leaves the values new."""

import json
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support import frames

pytestmark = pytest.mark.browser
SAID = "Limits cannot be read: no alarm is judged. The page Status says more."
NOTED = "Rules as of 10:00:00: they cannot be read now; these still judge."


@pytest.fixture
def tab(warm_tab: Any) -> Any:
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.mark.parametrize(
    ("level", "text", "role"), [("fault", SAID, "alert"), ("warning", NOTED, None)]
)
def test_limits_that_cannot_be_read_are_a_fault_and_rules_of_before_a_warning(
    tab: Any, site: str, level: str, text: str, role: str | None
) -> None:
    frames.serve(tab, 3)
    tags = json.dumps(frames.tags(3) | {"notices": [[level, text]]})
    frames.route(tab, "tags", lambda route: frames.fulfil(route, tags))
    tab.goto(f"{site}/?lang=en")
    notice = tab.locator('[data-notice="rules"]')
    expect(notice).to_have_class(f"notice notice--{level}")
    expect(notice).to_contain_text(text.split(". ")[0])
    assert notice.get_attribute("role") == role
    expect(notice.get_by_role("link", name="Status")).to_be_visible()
    expect(tab.locator(".tag-card .value__number:not(:empty)")).to_have_count(3)
    expect(tab.locator(".overview--old")).to_have_count(0)


@pytest.fixture
def site(living_site):
    """A plant that stays fresh however long the session lasts."""
    return living_site
