"""The overview used by keyboard alone, and the focus that can be seen at each step of it."""

from typing import Any

import pytest
from playwright.sync_api import expect

from data.demo import TAGS

pytestmark = pytest.mark.browser
#: More stops than any page has.
MOST = 80
#: What is focused, and whether one sees it: what is drawn around it with the focus and without it.
FOCUSED = """() => {
    const node = document.activeElement;
    if (!node || node === document.body) return null;
    const drawn = () => [[node, null], [node, "::after"], [node.closest("[role=row]"), null]]
        .filter(([each]) => each)
        .map(([each, part]) => {
            const style = getComputedStyle(each, part);
            const line = style.outlineStyle === "none" ? "" : style.outline;
            return [line, style.boxShadow, style.borderColor, style.left].join("|");
        });
    const marked = node.matches(":focus-visible");
    const shown = drawn();
    const tools = node.closest(".tag-card__tools"); // they go with the focus of their card
    if (tools) tools.style.display = "flex";
    node.blur();
    const without = drawn();
    node.focus({preventScroll: true, focusVisible: true});
    if (tools) tools.style.display = "";
    const name = node.getAttribute("aria-label") || node.textContent || node.id;
    return {
        name: node.tagName + " " + name.trim(),
        seen: marked && shown.some((each, k) => each !== without[k]),
    };
}"""


@pytest.fixture
def tab(warm_tab: Any) -> Any:
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture
def site(living_site):
    """A plant that stays fresh however long the session lasts."""
    return living_site


def opened(tab: Any, site: str, query: str = "") -> None:
    tab.goto(f"{site}/?lang=en&theme=light{query}")
    part = ".tags-table__row[data-tag]" if "table" in query else ".tag-card .value__number"
    expect(tab.locator(part).first).not_to_be_empty(timeout=20_000)
    tab.evaluate("window.sameDocument = true")


def focused(tab: Any) -> Any:
    return tab.evaluate(FOCUSED)


def step(tab: Any, key: str = "Tab") -> Any:
    """Go one stop on; return what is focused there."""
    tab.keyboard.press(key)
    return focused(tab)


def reach(tab: Any, part: str, key: str = "Tab") -> None:
    """Go on until a part of the page is focused."""
    for _ in range(MOST):
        step(tab, key)
        if tab.evaluate("part => document.activeElement.matches(part)", part):
            return
    raise AssertionError(f"no way to {part}")


def tags(tab: Any, item: str = ".tag-card") -> list[str]:
    return tab.eval_on_selector_all(item, "all => all.map(each => each.dataset.tag)")


def address(tab: Any) -> str:
    """Return the query of the address, as the page itself has it."""
    return tab.evaluate("decodeURIComponent(location.search)")


def stops(tab: Any) -> list[Any]:
    """Return every stop from the top of the page until it begins anew."""
    found: list[Any] = []
    while len(found) < MOST:
        here = step(tab)
        if here is None or here in found[:1]:
            return found
        found.append(here)
    raise AssertionError("the stops have no end")


@pytest.mark.parametrize(
    "query", ["", "&view=table", "&group=group&state=CRITICAL", "&q=nothing-is-called-so"]
)
def test_the_focus_is_seen_at_every_stop_of_the_page(tab: Any, site: str, query: str) -> None:
    tab.goto(f"{site}/?lang=en&theme=light{query}")
    expect(tab.locator('.count[data-value=""]')).to_be_visible(timeout=20_000)
    found = stops(tab)
    assert found[0]["name"] == "A Skip to content"
    assert len(found) > 12
    assert [stop["name"] for stop in found if not stop["seen"]] == []


@pytest.mark.parametrize(("opener", "count"), [("d", 2), ("menu", 4)])
def test_the_focus_is_seen_at_every_stop_of_a_dialog_and_stays_in_it(
    tab: Any, site: str, opener: str, count: int
) -> None:
    opened(tab, site)
    if opener == "menu":
        reach(tab, '[data-act="menu"]')
        tab.keyboard.press("Enter")
    else:
        reach(tab, ".tag-card__link")
        tab.keyboard.press("d")
    expect(tab.locator("dialog[open]")).to_be_visible()
    found = [focused(tab), *(step(tab) for _ in range(count - 1))]
    assert all(stop and stop["seen"] for stop in found), found
    assert tab.evaluate("document.activeElement.closest('dialog') !== null")


def test_search_and_filter_are_reached_from_the_top_and_used(tab: Any, site: str) -> None:
    opened(tab, site)
    assert step(tab)["name"] == "A Skip to content"
    tab.keyboard.press("Enter")
    step(tab)
    assert tab.evaluate("document.activeElement.closest('#content') !== null")
    reach(tab, '.count[data-value="CRITICAL"]')
    tab.keyboard.press("Enter")
    assert tags(tab) == ["D302"]
    tab.keyboard.press("Space")
    assert len(tags(tab)) == len(TAGS)
    reach(tab, "#overview-search")
    tab.keyboard.type("feed press")
    assert tags(tab) == ["D101"]
    tab.keyboard.press("Escape")
    assert len(tags(tab)) == len(TAGS)
    assert tab.evaluate("window.sameDocument")


def test_groups_and_the_table_are_chosen_and_sorted(tab: Any, site: str) -> None:
    opened(tab, site)
    reach(tab, "#overview-group")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowDown")
    expect(tab.locator(".group__toggle").first).to_be_visible()
    assert "group=group" in address(tab)
    reach(tab, '[data-act="view"]')
    tab.keyboard.press("Space")
    assert "view=table" in address(tab)
    reach(tab, "#overview-group", "Shift+Tab")
    tab.keyboard.press("Home")
    expect(tab.locator(".group__toggle")).to_have_count(0)
    reach(tab, '.tags-table__sort[data-value="tag"]')
    tab.keyboard.press("Enter")
    names = tags(tab, ".tags-table__row[data-tag]")
    assert names == sorted(names)
    assert focused(tab)["name"].startswith("BUTTON Tag")
    tab.keyboard.press("Space")
    assert tags(tab, ".tags-table__row[data-tag]") == names[::-1]
    reach(tab, ".tag-card__link")
    tab.keyboard.press("Home")
    tab.keyboard.press("ArrowDown")
    assert focused(tab)["name"] == f"A {names[-2]}"


def test_a_key_pauses_and_goes_on_where_a_card_has_the_focus(tab: Any, site: str) -> None:
    opened(tab, site)
    pause = tab.locator(".strip__pause")
    reach(tab, ".tag-card__link")
    tab.keyboard.press("Space")
    expect(pause).to_have_attribute("aria-pressed", "true")
    assert tab.text_content("#overview-status")
    reach(tab, ".strip__pause", "Shift+Tab")
    tab.keyboard.press("Enter")
    expect(pause).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_the_tools_of_a_card_are_reached_and_pressed(tab: Any, site: str, key: str) -> None:
    opened(tab, site, "&sort=name")
    reach(tab, ".tag-card__link")
    tab.keyboard.press("ArrowRight")
    name = focused(tab)["name"].removeprefix("A ")
    reach(tab, ".tag-card__pin")
    tab.keyboard.press(key)
    assert f"pin={name}" in address(tab)
    assert tags(tab)[0] == name
    reach(tab, ".tag-card__details")
    tab.keyboard.press(key)
    expect(tab.locator(".details__table").first).to_be_visible(timeout=20_000)
    assert f"details={name}" in address(tab)
    tab.keyboard.press("Escape")
    expect(tab.locator("dialog")).to_have_count(0)
    assert focused(tab)["name"] == f"A {name}"
    assert tab.get_attribute(".strip__pause", "aria-pressed") == "false"


def test_a_card_is_pinned_looked_into_and_its_trend_opened(tab: Any, site: str) -> None:
    opened(tab, site)
    reach(tab, ".tag-card__link")
    tab.keyboard.press("End")
    name = focused(tab)["name"].removeprefix("A ")
    tab.keyboard.press("p")
    assert tags(tab)[0] == name
    assert focused(tab)["name"] == f"A {name}"
    tab.keyboard.press("d")
    expect(tab.locator(".details__table").first).to_be_visible(timeout=20_000)
    tab.keyboard.press("Escape")
    assert focused(tab)["name"] == f"A {name}"
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"**/trend?tag={name}*")
    assert tab.evaluate("window.sameDocument")


def test_tab_enters_at_the_first_card_whatever_the_order_is_now(tab: Any, site: str) -> None:
    opened(tab, site)
    before = tab.evaluate("ksys.overview.page.keys.tabbable.link.textContent")
    tab.evaluate("document.querySelector('[data-act=\"sort\"]').click()")
    tab.evaluate("document.querySelector('[data-act=\"view\"]').click()")
    tab.evaluate("document.querySelector('.tags-table__sort[data-value=\"tag\"]').click()")
    tab.evaluate("document.querySelector('.tags-table__sort[data-value=\"tag\"]').click()")
    first = tab.evaluate("ksys.overview.page.model.names[ksys.overview.page.shown[0]]")
    assert first != before
    assert tab.evaluate("ksys.overview.page.keys.tabbable.link.textContent") == first


def test_space_after_a_click_presses_that_button(tab: Any, site: str) -> None:
    opened(tab, site)
    tab.click('[data-act="view"]')
    expect(tab.locator(".tags-table")).to_be_visible()
    tab.keyboard.press("Space")
    expect(tab.locator(".tags-table")).to_be_hidden()
    expect(tab.locator(".strip__word")).to_be_hidden()
