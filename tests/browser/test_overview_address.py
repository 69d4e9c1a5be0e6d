"""The overview's address says all of the view and takes any link; what is kept is the viewer's."""

import json
import urllib.parse
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.test_overview_browser import opened, shown, until
from tests.browser.test_overview_cards import plant
from tests.support import scripts

pytestmark = pytest.mark.browser
#: What a request line may hold (app.py), less its method, protocol and the path.
LONGEST = 8_000


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture
def site(living_site):
    """A plant that stays fresh however long the session lasts."""
    return living_site


@pytest.fixture
def colleague(chromium: Any) -> Iterator[Any]:
    """A page in another browser, which keeps nothing yet."""
    size = {"width": 1440, "height": 900}
    context = scripts.context(chromium, viewport=size, locale="en-US")
    yield context.new_page()
    context.close()


def keeping(tab: Any, **kept: Any) -> None:
    """Let the browser keep these pins and groups from the start of its next page on."""
    for name, value in kept.items():
        text = value if isinstance(value, str) else json.dumps(value)
        told = json.dumps([f"ksys-{name}", text])
        script = f"if (!sessionStorage[{told}[0]]) localStorage.setItem(...{told});"
        tab.add_init_script(script + f"sessionStorage[{told}[0]] = 1;")


def kept(tab: Any, name: str) -> Any:
    return json.loads(tab.evaluate("name => localStorage.getItem(name) || 'null'", f"ksys-{name}"))


def query(tab: Any) -> dict[str, list[str]]:
    return urllib.parse.parse_qs(urllib.parse.urlsplit(tab.evaluate("location.href")).query)


def press_pin(tab: Any, tag: str) -> None:
    tab.focus(f'[data-tag="{tag}"] .tag-card__link')
    tab.keyboard.press("p")


def notices(tab: Any, kind: str = "link") -> list[str]:
    return tab.locator(f'[data-notice="{kind}"] p').all_inner_texts()


# ---- pins ---------------------------------------------------------------------------------------


def test_pins_of_this_browser_are_in_the_address_so_that_it_can_be_shared(tab, colleague, site):
    keeping(tab, pins=["T2", "GONE"])
    plant(tab, 4)
    plant(colleague, 4)
    opened(tab, site)
    assert shown(tab)[0] == "T2"
    assert query(tab)["pin"] == ["T2"]
    assert notices(tab) == []
    colleague.goto(tab.evaluate("location.href"))
    colleague.wait_for_selector(".tag-card")
    assert shown(colleague) == shown(tab)
    assert kept(tab, "pins") == ["T2", "GONE"]


def test_a_link_with_other_pins_leaves_my_own_alone(tab, site):
    keeping(tab, pins=["T3"])
    plant(tab, 5)
    opened(tab, site, "&pin=T2")
    assert shown(tab)[0] == "T2"
    tab.click('[data-act="sort"]')
    assert kept(tab, "pins") == ["T3"]
    press_pin(tab, "T4")
    assert shown(tab)[:2] == ["T2", "T4"]
    assert kept(tab, "pins") == ["T3", "T4"]
    press_pin(tab, "T2")
    assert query(tab)["pin"] == ["T4"]
    assert kept(tab, "pins") == ["T3", "T4"]


# ---- long links ---------------------------------------------------------------------------------


def test_long_lists_stand_behind_the_fragment_and_are_read_there(tab, colleague, site):
    plant(tab, 900)
    plant(colleague, 900)
    tags = [f"T{i}" for i in range(1, 900, 2)]
    keeping(tab, pins=tags, groups={"Boiler": tags})
    opened(tab, site)
    before = shown(tab)
    assert before[: len(tags)] == tags
    address = tab.evaluate("location.href")
    assert len(address) > 2_000 > len(address.partition("#")[0])
    colleague.goto(address)
    colleague.wait_for_selector(".tag-card")
    assert shown(colleague) == before
    link = tab.evaluate("ksys.overview.pins.link(ksys.overview.page, 'Boiler')")
    assert len(link.partition("#")[0]) < 2_000 < len(link)
    colleague.goto(link)  # only what is behind the # is another: no new document by itself
    until(colleague, "document.querySelectorAll('.tag-card').length === 450")
    assert shown(colleague) == tags
    assert "Boiler" in notices(colleague, "shared")[0]


def test_an_old_link_with_long_lists_in_its_query_is_still_read(tab, site):
    plant(tab, 900)
    asked = "".join(f"&pin=T{i}" for i in range(800, 400, -1))
    opened(tab, site, asked)
    assert shown(tab)[:2] == ["T401", "T402"]
    tab.click('[data-act="view"]')
    assert len(tab.evaluate("location.search")) < 2_000
    tab.reload()
    tab.wait_for_selector(".tags-table__row[data-tag]")
    pins = tab.locator('.tag-card__pin[aria-pressed="true"]')
    expect(pins).to_have_count(400)


def test_the_longest_search_is_a_link_that_the_server_takes(tab, site):
    plant(tab, 2)
    opened(tab, site)
    tab.fill("#overview-search", "가" * 5_000)
    until(tab, "location.href.includes('&q=')")
    assert len(tab.evaluate("location.href")) < LONGEST
    tab.reload()
    until(tab, "ksys.overview.page?.model.seq > 0")
    assert tab.input_value("#overview-search") == "가" * 200
    until(tab, "document.querySelector('[data-notice=none]') !== null")


def test_a_fragment_of_somebody_else_stays_and_takes_nothing_away(tab, site):
    keeping(tab, pins=[f"T{i}" for i in range(500)])
    plant(tab, 600)
    opened(tab, site)
    address = tab.evaluate("location.href")
    assert "#pin=" in address
    tab.evaluate("location.hash = 'content'")
    until(tab, "location.hash.startsWith('#pin=')")
    assert tab.evaluate("location.href") == address
    tab.evaluate("ksys.overview.page.view.pins = []")
    tab.evaluate("location.hash = 'content'")
    tab.click('[data-act="sort"]')
    assert tab.evaluate("location.hash") == "#content"


# ---- groups of one's own ------------------------------------------------------------------------


def test_a_tag_in_two_groups_is_shown_once_under_the_names_of_both(tab, site):
    keeping(tab, groups={"A": ["T0", "T1"], "B": ["T1", "T2"], "C": ["T3"]})
    plant(tab, 5)
    opened(tab, site, "&group=own")
    titles = tab.locator(".group__toggle").all_inner_texts()
    assert titles == ["A", "A + B", "B", "C", "Without a group"]
    assert tab.locator(".group:nth-of-type(2) .tag-card").get_attribute("data-tag") == "T1"
    assert sorted(shown(tab)) == [f"T{i}" for i in range(5)]


def test_one_tag_is_not_one_tags(tab, site):
    keeping(tab, groups={"A": ["T0"], "B": ["T1", "T2"]})
    plant(tab, 3)
    opened(tab, site, "&group=own")
    assert tab.locator(".group__title small").all_inner_texts() == ["1 tag", "2 tags"]
    tab.click('[data-act="menu"]')
    assert tab.locator(".menu__groups small").all_inner_texts() == ["1 tag", "2 tags"]


def test_groups_that_only_somebody_else_has_are_said_to_be_missing(tab, site):
    plant(tab, 3)
    opened(tab, site, "&group=own&closed=Boiler")
    assert len(notices(tab)) == 1
    assert "group=own" in notices(tab)[0] and "no groups of its own" in notices(tab)[0]
    assert len(shown(tab)) == 3


def test_a_group_without_a_name_is_asked_for_one(tab, site):
    plant(tab, 3)
    opened(tab, site)
    tab.click('[data-act="menu"]')
    tab.fill("#overview-group-name", "  ")
    tab.keyboard.press("Enter")
    expect(tab.locator("#overview-group-fault")).to_have_text("Give the group a name first.")
    assert tab.evaluate("document.activeElement.id") == "overview-group-name"
    assert kept(tab, "groups") is None


def test_a_group_keeps_all_that_is_found_in_closed_groups_too(tab, site):
    plant(tab, 8)
    opened(tab, site, "&group=group&closed=Area+0&q=T")
    assert "T0" not in shown(tab)
    tab.click('[data-act="menu"]')
    assert "8" in tab.inner_text(".menu__form .primary")
    tab.fill("#overview-group-name", "Mine")
    tab.keyboard.press("Enter")
    assert sorted(kept(tab, "groups")["Mine"]) == [f"T{i}" for i in range(8)]


def test_groups_saved_in_another_tab_are_not_lost(tab, site):
    plant(tab, 3)
    opened(tab, site)
    tab.evaluate("localStorage.setItem('ksys-groups', '{\"Other\": [\"T1\"]}')")
    tab.click('[data-act="view"]')
    assert kept(tab, "groups") == {"Other": ["T1"]}
    tab.click('[data-act="menu"]')
    tab.fill("#overview-group-name", "Mine")
    tab.keyboard.press("Enter")
    assert sorted(kept(tab, "groups")) == ["Mine", "Other"]


def test_a_link_is_copied_where_the_browser_keeps_the_clipboard_from_the_page(tab, site):
    tab.add_init_script(
        "Object.defineProperty(navigator, 'clipboard', {get: () => undefined});"
        "document.execCommand = what => { window.copied = what + getSelection(); return true; };"
    )
    keeping(tab, groups={"A": ["T0"]})
    plant(tab, 2)
    opened(tab, site)
    tab.click('[data-act="menu"]')
    tab.click(".menu__groups >> text=Copy link")
    expect(tab.locator(".menu__groups .seg").first).to_have_text("Copied")
    field = tab.locator(".menu__link")
    assert field.input_value().endswith("/?tag=T0&name=A")
    assert tab.evaluate("window.copied").startswith("copy")
    assert field.evaluate("field => field.selectionEnd") == len(field.input_value())


def test_groups_closed_under_one_grouping_are_not_asked_for_under_another(tab, site):
    plant(tab, 4)
    opened(tab, site, "&group=group&closed=Area+0")
    tab.select_option("#overview-group", "prefix")
    assert "closed" not in query(tab)
    assert len(shown(tab)) == 4


def test_a_filter_that_finds_nothing_says_so_whatever_is_closed(tab, site):
    plant(tab, 2)
    tab.goto(f"{site}/?lang=en&group=group&closed=Area+0&closed=Area+1")
    tab.wait_for_selector(".group__toggle")
    assert shown(tab) == []
    assert notices(tab, "none") == []
    tab.fill("#overview-search", "nothing is called so")
    expect(tab.locator('[data-notice="none"]')).to_be_visible()


# ---- what cannot be used ------------------------------------------------------------------------


NONSENSE = [
    "state=FOO", "details=NOPE", "pin=NOPE", "closed=zz", "group=group&closed=zz",
    "down=banana", "name=Boiler", "every=1", "#pin=NOPE", "#name=Boiler",
]  # fmt: skip


@pytest.mark.parametrize("asked", NONSENSE)
def test_nonsense_in_a_link_is_said_and_the_plant_is_shown(tab, site, asked):
    plant(tab, 3)
    opened(tab, site, asked if asked[0] == "#" else f"&{asked}")
    said = asked.rpartition("&")[2].removeprefix("#")
    until(tab, "document.querySelector('[data-notice=link]') !== null")
    assert len(notices(tab)) == 1
    assert said in notices(tab)[0]
    assert len(shown(tab)) == 3
    tab.click('[data-act="dismiss"]')
    assert notices(tab) == []
    tab.reload()
    tab.wait_for_selector(".tag-card")
    until(tab, "ksys.overview.page?.model.seq > 0")
    assert notices(tab) == []


def test_what_the_page_writes_itself_is_never_nonsense(tab, site):
    keeping(tab, pins=["T1"], groups={"A": ["T0", "T1"], "B": ["T1"]})
    plant(tab, 3)
    opened(tab, site, "&group=own")
    tab.click('.group__toggle[data-value="A + B"]')
    tab.click('.count[data-value="NORMAL"]')
    tab.reload()
    tab.wait_for_selector(".tag-card")
    until(tab, "ksys.overview.page?.model.seq > 0")
    assert notices(tab) == []
    assert "T1" not in shown(tab)
    assert tab.evaluate("ksys.overview.page.view.closed") == ["A + B"]


BROKEN = [
    {"pins": {"a": 1}}, {"pins": [1, None]}, {"pins": "T1"}, {"pins": "{"}, {"pins": 7},
    {"groups": {"A": 5}}, {"groups": [1]}, {"groups": {"A": [None]}}, {"groups": "x"},
]  # fmt: skip


@pytest.mark.parametrize("broken", BROKEN, ids=str)
def test_what_this_browser_keeps_in_another_shape_hides_no_tag(tab, site, broken):
    keeping(tab, **broken)
    plant(tab, 3)
    opened(tab, site)
    assert len(shown(tab)) == 3
    tab.select_option("#overview-group", "own")
    assert len(shown(tab)) == 3
    press_pin(tab, "T2")
    assert kept(tab, "pins") == ["T2"]


def came(tab: Any, held: list[Any], count: int) -> None:
    """Wait until so many requests are held back."""
    for _ in range(400):
        if len(held) >= count:
            return
        tab.wait_for_timeout(50)
    raise AssertionError(f"{len(held)} of {count} requests came")


@pytest.mark.parametrize("page", ["trend", "tech"])
def test_a_chart_that_answers_after_it_was_left_does_not_choose_the_tags_of_the_overview(
    site, tab, page
):
    """Its question stood in the address of the overview, which then showed that one tag as all."""
    held: list[Any] = []
    is_held = {f"{page}-chart.figure": True, "_pages_content.children": False}

    def hold(route: Any) -> None:
        text = route.request.post_data or ""
        output = next((name for name in is_held if name in text), None)
        if output and is_held[output]:
            held.append(route)
        else:
            route.continue_()

    tab.route("**/_dash-update-component*", hold)
    tab.goto(f"{site}/{page}?tag=D100&lang=en")
    came(tab, held, 1)
    is_held["_pages_content.children"] = True
    tab.locator(".shell__page").first.click()
    came(tab, held, 2)
    held[0].continue_()
    tab.wait_for_timeout(1_000)
    for route in held[1:]:
        route.continue_()
    tab.unroute("**/_dash-update-component*")
    expect(tab.locator(".tag-card").nth(3)).to_be_visible(timeout=20_000)
    assert "tag" not in tab.evaluate("location.search")
