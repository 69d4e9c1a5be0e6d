"""The overview in a real browser: over the demonstration plant, and over made-up answers."""

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from data.analysis import alarms, gaps, states
from data.demo import TAGS
from tests.support import frames

pytestmark = pytest.mark.browser
WARNING = states.BADGES.index("WARNING")
STATUS = "#overview-status"


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture
def site(living_site):
    """A plant that stays fresh however long the session lasts."""
    return living_site


def shown(tab: Any) -> list[str]:
    return tab.eval_on_selector_all(".tag-card", "cards => cards.map(card => card.dataset.tag)")


def text(tab: Any, tag: str, part: str) -> str:
    return tab.inner_text(f'.tag-card[data-tag="{tag}"] {part}')


def opened(tab: Any, site: str, query: str = "") -> Any:
    tab.goto(f"{site}/?lang=en&theme=light{query}")
    tab.wait_for_selector(".tag-card, .tags-table__row[data-tag], .wall-card")
    until(tab, "ksys.overview.page?.model.seq > 0")
    return tab


def until(tab: Any, truth: str, seconds: float = 20) -> None:
    """Wait until an expression holds; without eval in the page, which its policy forbids."""
    for _ in range(int(seconds * 10)):
        if tab.evaluate(truth):
            return
        tab.wait_for_timeout(100)
    raise AssertionError(truth)


def frames_route(tab: Any, answer: Callable[[int], Any]) -> list[int]:
    """Answer each request of a frame by a function of its number; return the list of them."""
    asked: list[int] = []

    def handle(route: Any) -> None:
        asked.append(len(asked))
        found = answer(len(asked) - 1)
        if found is None:
            route.abort()
        else:
            frames.fulfil(route, json.dumps(found))

    frames.route(tab, "frame", handle)
    return asked


def test_the_plant_is_shown_worst_first_and_the_silent_tag_is_stale(tab, site):
    opened(tab, site)
    assert shown(tab)[:3] == ["D302", "D200", "D101"]
    assert text(tab, "D200", ".badge") == "◌ STALE"
    assert text(tab, "D302", ".badge") == "⬢ CRITICAL"
    assert text(tab, "D101", ".badge") == "▲ WARNING"
    assert re.fullmatch(r"\d+ min ago|\d+ h ago", text(tab, "D200", ".age span"))
    assert re.fullmatch(r"[\d,.]+", text(tab, "D101", ".value__number"))
    assert text(tab, "P100", ".value__number") in ("on", "off")


def test_the_strip_counts_by_state_and_filters_by_it(tab, site):
    opened(tab, site)
    tab.click('.count[data-value="CRITICAL"]')
    assert shown(tab) == ["D302"]
    assert "state=CRITICAL" in tab.url
    tab.reload()
    tab.wait_for_selector(".tag-card")
    assert shown(tab) == ["D302"]
    tab.click('.count[data-value=""]')
    assert len(shown(tab)) == len(TAGS)


def test_search_finds_by_name_and_by_description_and_escape_ends_it(tab, site):
    opened(tab, site)
    tab.keyboard.press("/")
    tab.keyboard.type("feed press")
    assert shown(tab) == ["D101"]
    assert "q=feed+press" in tab.url
    tab.keyboard.press("Escape")
    assert len(shown(tab)) == len(TAGS)


def test_a_state_without_tags_is_not_in_the_strip(tab, site):
    opened(tab, site)
    assert tab.locator('.count[data-value="BAD"]').count() == 0


def test_the_table_shows_the_same_frame_and_sorts_by_its_headings(tab, site):
    opened(tab, site, "&view=table")
    assert tab.locator(".tags-table__row[data-tag]").count() == len(TAGS)
    tab.click('.tags-table__sort[data-value="tag"]')
    names = "rows => rows.map(row => row.dataset.tag)"
    first = tab.eval_on_selector_all(".tags-table__row[data-tag]", names)
    assert first == sorted(first)
    tab.click('.tags-table__sort[data-value="tag"]')
    assert tab.eval_on_selector_all(".tags-table__row[data-tag]", names) == first[::-1]
    assert "by=tag" in tab.url and "down=1" in tab.url
    assert tab.evaluate("document.activeElement.dataset.value") == "tag"


def test_groups_by_area_close_and_open_and_stand_in_the_address(tab, site):
    opened(tab, site, "&group=group")
    tab.click('.group__toggle[data-value="Flows"]')
    assert "D302" not in shown(tab)
    assert "closed=Flows" in tab.url
    tab.click('.group__toggle[data-value="Flows"]')
    assert "D302" in shown(tab)


def test_a_pinned_card_stands_first_and_stays_pinned(tab, site):
    opened(tab, site)
    tab.focus('.tag-card[data-tag="D301"] a')
    tab.keyboard.press("p")
    assert shown(tab)[0] == "D301"
    assert tab.evaluate("document.activeElement.textContent") == "D301"
    tab.goto(f"{site}/")
    tab.wait_for_selector(".tag-card")
    assert shown(tab)[0] == "D301"


def test_arrows_move_among_the_cards_and_only_one_is_in_the_tab_order(tab, site):
    opened(tab, site)
    order = shown(tab)
    tab.focus(f'.tag-card[data-tag="{order[0]}"] a')
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate("document.activeElement.textContent") == order[1]
    tab.keyboard.press("End")
    assert tab.evaluate("document.activeElement.textContent") == order[-1]
    assert tab.locator('.tag-card__link[tabindex="0"]').count() == 1


def test_enter_on_a_card_opens_its_trend(tab, site):
    opened(tab, site)
    tab.focus('.tag-card[data-tag="D101"] a')
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/trend?tag=D101*")


def test_the_details_tell_rule_readings_and_time_in_state_and_give_the_focus_back(tab, site):
    opened(tab, site)
    tab.focus('.tag-card[data-tag="D101"] a')
    tab.keyboard.press("d")
    tab.wait_for_selector(".details__table")
    assert "over H 180" in tab.inner_text(".details__lead")
    assert "details=D101" in tab.url
    assert tab.locator(".details__table").last.locator("tbody tr").count() == 10
    tab.keyboard.press("Escape")
    until(tab, "!document.querySelector('dialog')")
    until(tab, "document.activeElement.textContent === 'D101'")


def test_the_number_tells_every_digit_when_pointed_at(tab, site):
    opened(tab, site)
    tab.hover('.tag-card[data-tag="D300"] .value__number')
    tab.wait_for_selector('.tag-card[data-tag="D300"] .value__number[title]')


@pytest.mark.parametrize("query", ["view=foo", "every=1", "sort=up", "group=x", "rotate=ever"])
def test_a_link_that_cannot_be_used_says_so_and_shows_the_plant(tab, site, query):
    opened(tab, site, f"&{query}")
    assert query.partition("=")[2] in tab.inner_text('[data-notice="link"]')
    assert len(shown(tab)) == len(TAGS)


def test_a_tag_of_a_link_that_is_unknown_is_named(tab, site):
    opened(tab, site, "&tag=D101&tag=%3Cscript%3E")
    assert shown(tab) == ["D101"]
    assert "<script>" in tab.inner_text('[data-notice="tag"]')


# ---- made-up answers ------------------------------------------------------------------------


def test_hostile_names_are_shown_as_they_are_and_run_nothing(tab, site):
    frames.serve(tab, 5)
    opened(tab, site)
    assert set(shown(tab)) == set(frames.HOSTILE)
    assert tab.inner_text(".tag-card h3 >> nth=0") in frames.HOSTILE
    assert tab.evaluate("window.hacked") is None
    tab.click('[data-act="view"]')
    assert tab.locator(".tags-table__row[data-tag]").count() == 5
    assert tab.evaluate("window.hacked") is None


def test_an_age_counted_on_turns_a_card_late_and_stale_without_any_answer(tab, site):
    frames.serve(tab, 2)
    asked = frames_route(tab, lambda k: frames.frame(2) if k == 0 else None)
    opened(tab, site)
    assert tab.locator("#overview .badge--late, #overview .badge--stale").count() == 0
    # 50 s and then 100 s by the browser's own count, which the test lets run ahead
    skip = (
        "ms => { const real = performance.now.bind(performance);"
        " performance.now = () => real() + ms; }"
    )
    tab.evaluate(skip, 50_000)
    tab.wait_for_selector(".badge--late")
    assert tab.locator(".tag-card--late").count() == 2
    tab.evaluate(skip, 60_000)
    tab.wait_for_selector(".badge--stale")
    assert tab.locator(".tag-card--stale").count() == 2
    assert asked


def test_a_press_on_a_count_counts_though_the_counts_change_meanwhile(tab, site):
    """At a large plant they do with each refresh."""
    frames.serve(tab, 6)
    frames_route(tab, lambda k: _with_warnings(6, 1 + k % 5))
    opened(tab, site, "&every=2s")
    chip = tab.locator('.count[data-value="WARNING"]')
    before = chip.inner_text()
    chip.hover()
    tab.mouse.down()
    expect(chip).not_to_have_text(before, timeout=30_000)
    tab.mouse.up()
    expect(chip).to_have_attribute("aria-pressed", "true")


def _with_warnings(count: int, some: int) -> dict[str, Any]:
    """Return a frame of so many tags, some of which are at WARNING."""
    at = np.arange(count) < some
    badge = np.where(at, *map(states.BADGES.index, ("WARNING", "NORMAL")))
    return frames.frame(count, badge=badge, alarm=np.where(at, alarms.WARNING, 0).astype(np.int8))


def test_a_browser_clock_an_hour_wrong_changes_no_age(tab, site):
    tab.add_init_script(
        "const real = Date.now; Date.now = () => real() + 3600000;"
        "const D = Date; Date = class extends D {"
        " constructor(...a) { a.length ? super(...a) : super(Date.now()); } };"
    )
    opened(tab, site)
    assert re.fullmatch(r"\d+ min ago|\d+ h ago", text(tab, "D200", ".age span"))
    assert text(tab, "D302", ".badge") == "⬢ CRITICAL"
    assert tab.evaluate(
        "Math.abs(ksys.overview.model.now(ksys.overview.page.model) - Date.now() + 3600000) < 30000"
    )


def test_an_answer_slower_than_the_interval_is_painted_and_never_two_at_once(tab, site):
    frames.serve(tab, 3)
    held: list[Any] = []
    most = 0
    frames.route(tab, "frame", lambda route: held.append(route))
    tab.goto(f"{site}/?lang=en&every=2s")
    for answers in (1, 2):
        while not held:
            tab.wait_for_timeout(100)
        tab.wait_for_timeout(6_000)
        most = max(most, len(held))
        frames.fulfil(held.pop(), json.dumps(frames.frame(3)))
        until(tab, f"document.getElementById('overview').dataset.answers === '{answers}'")
    assert most == 1


def test_a_pause_clicked_while_a_request_is_under_way_stays_a_pause(tab, site):
    frames.serve(tab, 3)
    held: list[Any] = []
    opened(tab, site, "&every=2s")
    frames.route(tab, "frame", lambda route: held.append(route))
    until(tab, "ksys.overview.page.clock.state.inFlight")
    tab.keyboard.press("Space")
    for route in held:
        frames.fulfil(route, json.dumps(frames.frame(3)))
    count = len(held)
    tab.wait_for_timeout(5_000)
    assert len(held) == count
    assert tab.get_attribute(".strip__pause", "aria-pressed") == "true"
    tab.click(".strip__pause")
    until(tab, "ksys.overview.page.clock.state.inFlight")


def test_no_answer_is_said_after_three_and_a_half_intervals_and_taken_back(tab, site):
    frames.serve(tab, 3)
    down = [False]
    frames_route(tab, lambda _: None if down[0] else frames.frame(3))
    opened(tab, site, "&every=2s")
    down[0] = True
    notice = tab.wait_for_selector('[data-notice="silence"]', timeout=15_000)
    assert re.search(r"No answer for \d+ s", notice.inner_text())
    assert tab.evaluate("ksys.overview.page.clock.state.delay") >= 8_000
    down[0] = False
    tab.evaluate("window.dispatchEvent(new Event('online'))")
    tab.wait_for_selector('[data-notice="silence"]', state="detached", timeout=10_000)


def test_a_hidden_page_asks_for_nothing_and_asks_at_once_when_it_is_seen(tab, site):
    frames.serve(tab, 3)
    asked = frames_route(tab, lambda _: frames.frame(3))
    opened(tab, site, "&every=2s")
    hide = (
        "hidden => { Object.defineProperty(document, 'hidden',"
        " {configurable: true, get: () => hidden});"
        "document.dispatchEvent(new Event('visibilitychange')); }"
    )
    tab.evaluate(hide, True)
    count = len(asked)
    tab.wait_for_timeout(5_000)
    assert len(asked) <= count + 1
    count = len(asked)
    with tab.expect_response("**/overview/frame"):
        tab.evaluate(hide, False)
    assert len(asked) == count + 1


def test_old_values_of_a_historian_that_is_down_are_marked_with_their_time(tab, site):
    bad = {"error": "historian_lost", "message": "The connection broke.", "as_of": 1795386391900}
    frames.serve(tab, 3, frames.frame(3) | bad)
    opened(tab, site)
    said = tab.inner_text('[data-notice="error"]')
    assert "The connection broke." in said and "2026-11-23 07:26:31" in said


def _worse(count: int, place: int) -> dict[str, Any]:
    badge = np.full(count, states.BADGES.index("NORMAL"))
    level = np.zeros(count, dtype=np.int8)
    badge[place], level[place] = WARNING, alarms.WARNING
    return frames.frame(count, badge=badge, alarm=level)


def test_a_change_of_state_is_announced_and_moves_only_its_card(tab, site):
    frames.serve(tab, 6)
    calm = np.full(6, states.BADGES.index("NORMAL"))
    quiet = frames.frame(6, badge=calm, alarm=np.zeros(6, dtype=np.int8))
    frames_route(tab, lambda k: quiet if k < 1 else _worse(6, 4))
    opened(tab, site, "&every=2s")
    before = shown(tab)
    assert before == frames.names(6)
    tab.focus(".tag-card__link >> nth=2")
    until(tab, f"document.querySelector('{STATUS}').textContent !== ''")
    name = frames.names(6)[4]
    assert tab.text_content(STATUS) == f"{name} WARNING"
    assert shown(tab) == [name, *(other for other in before if other != name)]
    assert tab.evaluate("document.activeElement.textContent") == before[2]


def test_only_what_changed_is_touched(tab, site):
    frames.serve(tab, 3)
    same = frames.frame(3)
    frames_route(tab, lambda _: same)
    opened(tab, site, "&every=2s")
    until(tab, "ksys.overview.page?.model.hour")  # the lines are drawn
    tab.evaluate("new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")
    tab.evaluate(
        "window.touched = []; new MutationObserver(found => found.forEach(m => window.touched.push("
        "(m.target.parentNode || m.target).className + ' ' + m.type))).observe("
        "document.getElementById('overview-board'),"
        "{subtree: true, childList: true, attributes: true, characterData: true})"
    )
    until(tab, "Number(document.getElementById('overview').dataset.answers) >= 3")
    touched = tab.evaluate("window.touched.filter(each => !each.endsWith('characterData'))")
    assert touched == []


def test_a_trip_stays_visible_on_a_stale_card_and_counts_in_both_filters(tab, site):
    stale = np.full(2, states.BADGES.index("STALE"))
    fresh = np.full(2, gaps.STALE)
    trip = np.full(2, alarms.CRITICAL)
    frames.serve(tab, 2, frames.frame(2, badge=stale, freshness=fresh, alarm=trip))
    opened(tab, site)
    assert re.fullmatch(r"◌ STALE\s*was CRITICAL .+ ago", tab.inner_text(".badge >> nth=0"))
    assert tab.inner_text('.count[data-value="CRITICAL"] b') == "2"
    assert tab.inner_text('.count[data-value="STALE"] b') == "2"


def test_the_kiosk_hides_navigation_and_keeps_counts_and_clock(tab, site):
    opened(tab, site, "&kiosk=1")
    assert not tab.is_visible(".shell__pages")
    assert tab.is_visible(".strip__counts") and tab.is_visible(".strip__time")


def test_a_new_deployment_is_offered_and_reloads_a_kiosk(tab, site):
    frames.serve(tab, 2)
    frames_route(tab, lambda k: frames.frame(2) | ({"build": "b2"} if k == 1 else {}))
    opened(tab, site, "&every=2s")
    tab.wait_for_selector('[data-notice="newer"]')


def test_a_group_of_ones_own_is_kept_and_shared_by_a_link(tab, site):
    opened(tab, site, "&q=pressure")
    tab.click('[data-act="menu"]')
    tab.fill("#overview-group-name", "Boiler")
    tab.click(".menu__form .primary")
    tab.keyboard.press("Escape")
    assert "group=own" in tab.url
    link = tab.evaluate("ksys.overview.pins.link(ksys.overview.page, 'Boiler')")
    tab.goto(link)
    tab.wait_for_selector(".tag-card")
    assert sorted(shown(tab)) == ["D100", "D101", "D102", "D201"]
    assert "Boiler" in tab.inner_text('[data-notice="shared"]')


def test_a_thousand_cards_are_there_and_those_in_sight_are_painted(tab, site):
    frames.serve(tab, 1000)
    opened(tab, site)
    assert tab.locator(".tag-card").count() == 1000
    assert tab.inner_text(".tag-card .value__number >> nth=0") != ""
    until(tab, "[...document.querySelectorAll('.value__number')].every(n => n.textContent)")


def test_a_card_pushed_into_the_next_block_keeps_its_focus(tab, site):
    count = 400
    frames.serve(tab, count)
    calm = np.full(count, states.BADGES.index("NORMAL"))
    quiet = frames.frame(count, badge=calm, alarm=np.zeros(count, dtype=np.int8))
    frames_route(tab, lambda k: quiet if k < 1 else _worse(count, 300))
    opened(tab, site, "&every=2s")
    last = tab.evaluate(
        "const block = document.querySelector('.block').children;"
        "const link = block[block.length - 1].querySelector('a'); link.focus(); link.textContent"
    )
    until(
        tab,
        "document.querySelector('.tag-card').dataset.tag === ksys.overview.page.model.names[300]",
    )
    assert tab.evaluate("document.activeElement.textContent") == last
    assert tab.evaluate("document.activeElement.closest('.block').previousSibling !== null")
    assert shown(tab)[1:] == [name for name in frames.names(count) if name != shown(tab)[0]]


@pytest.mark.parametrize("width", [1920, 1440, 1000, 390])
def test_every_line_of_cards_is_full_at_every_width(tab, site, width):
    frames.serve(tab, 400)
    opened(tab, site)
    before = shown(tab)
    tab.set_viewport_size({"width": width, "height": 900})
    until(
        tab,
        "new Set([...document.querySelectorAll('.block')].slice(0, -1).map(block => "
        "block.children.length % getComputedStyle(block).gridTemplateColumns.split(' ').length))"
        ".size === 1",
    )
    assert shown(tab) == before


def test_leaving_the_page_ends_its_requests(tab, site):
    opened(tab, site, "&every=2s")
    tab.click(".shell__page >> text=Trend")
    tab.wait_for_url("**/trend*")
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.wait_for_timeout(4_000)
    assert not [url for url in asked if "/overview/" in url]
    assert tab.evaluate("ksys.overview.page") is None
