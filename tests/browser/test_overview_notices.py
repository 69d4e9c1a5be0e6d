"""What the overview says when it stands still: paused, without an answer, asleep; open details."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from data import errors
from data.analysis import states
from tests.browser.test_clock_browser import until
from tests.support import frames

pytestmark = pytest.mark.browser
PAGE = "ksys.overview.page"
STATE = f"{PAGE}.clock.state"
HOURS = 3_600_000
#: What goes on in a node from now on, each change by its kind.
WATCH = """selector => {
  window.changes = [];
  new MutationObserver(found => found.forEach(each => window.changes.push(each.type))).observe(
    document.querySelector(selector), {subtree: true, childList: true, characterData: true});
}"""
HEADINGS = """() => [...document.querySelectorAll(".details caption, .details h3")].map(each => {
  const {fontWeight, fontSize, color} = getComputedStyle(each);
  return [fontWeight, fontSize, color].join(" ");
})"""


@pytest.fixture
def site(living_site):
    """A plant that stays fresh however long the session lasts."""
    return living_site


class Server:
    """The route of the frames: answers by `way`, or holds the request; counts them."""

    def __init__(self, tab: Any, count: int) -> None:
        self.asked = 0
        self.held: list[Any] = []
        self.way: Callable[[Any], None] = self.well
        self.count = count
        frames.serve(tab, count)
        frames.route(tab, "frame", self._handle)

    def well(self, route: Any) -> None:
        frames.fulfil(route, json.dumps(frames.frame(self.count, seed=self.asked)))

    def _handle(self, route: Any) -> None:
        self.asked += 1
        self.way(route)


def opened(tab: Any, site: str, query: str = "", count: int = 3) -> Server:
    """Open the overview over made-up answers, its time moved by the test."""
    server = Server(tab, count)
    tab.clock.install()
    tab.goto(f"{site}/?lang=en{query}")
    tab.wait_for_selector(".tag-card .value__number:not(:empty), .wall-card__number:not(:empty)")
    return server


def top(tab: Any) -> float:
    return tab.locator(".tag-card").first.bounding_box()["y"]


def height(tab: Any) -> int:
    return tab.evaluate("document.documentElement.scrollHeight")


def test_a_frame_that_is_not_taken_in_says_nothing_of_when_the_values_shown_are(
    tab: Any, site: str
) -> None:
    server = opened(tab, site)
    shown = tab.evaluate(f"{PAGE}.model.said")
    trouble = {"error": "historian_lost", "message": "The connection broke."}
    later = {"version": "of other tags", "as_of": shown + HOURS, "now": shown + HOURS}
    server.way = lambda route: frames.fulfil(route, json.dumps(frames.frame(3) | trouble | later))
    tab.clock.run_for(30_000)
    expect(tab.locator('[data-notice="error"]')).to_contain_text("The connection broke.")
    stamp = tab.evaluate("moment => ksys.overview.page.model.error.as_of - moment", shown)
    assert stamp == 0, "the values that stand there are as old as they were"


def test_the_last_frame_of_another_worker_puts_no_older_values_in_place_of_newer_ones(
    tab: Any, site: str
) -> None:
    server = opened(tab, site)
    said = tab.evaluate(f"{PAGE}.model.said")
    values = tab.locator(".tag-card .value__number").all_inner_texts()
    trouble = {"error": "historian_lost", "message": "The connection broke."}
    before = frames.frame(3, seed=9) | trouble | {"now": said - 8_000, "as_of": said - 8_000}
    server.way = lambda route: frames.fulfil(route, json.dumps(before))
    tab.clock.run_for(30_000)
    expect(tab.locator('[data-notice="error"]')).to_contain_text("The connection broke.")
    expect(tab.locator(".overview--old")).to_have_count(1)
    assert tab.locator(".tag-card .value__number").all_inner_texts() == values
    assert tab.evaluate(f"{PAGE}.model.error.as_of") == said


def test_a_frame_that_is_late_is_said_and_asked_for_again_at_once(tab: Any, site: str) -> None:
    server = opened(tab, site)
    late = {"error": "historian_late", "message": "The historian takes longer."}

    def once(route: Any) -> None:
        body = frames.frame(3)
        body |= late | {"as_of": body["now"]}
        server.way = server.held.append
        frames.fulfil(route, json.dumps(body))

    server.way = once
    until(tab, lambda: bool(server.held), 1_000)
    notice = tab.locator('.notice--warning[data-notice="error"]')
    expect(notice).to_contain_text("The historian takes longer. The values shown are of")
    expect(tab.locator(".overview--old")).to_have_count(1)
    server.way = server.well
    server.well(server.held.pop())
    expect(notice).to_have_count(0)


LINES = {"error": "historian_full", "message": "No connection is left."}


def test_a_last_hour_that_is_missing_is_said_and_comes_with_a_later_frame(
    tab: Any, site: str
) -> None:
    server = Server(tab, 3)
    answers: list[dict[str, Any]] = [dict(LINES)]
    frames.route(tab, "sparklines", lambda route: frames.fulfil(route, json.dumps(answers[0]), 503))
    tab.clock.install()
    tab.goto(f"{site}/?lang=en")
    notice = tab.locator('.notice--warning[data-notice="hour"]')
    until(tab, lambda: notice.count() == 1, 1_000)
    expect(notice).to_contain_text("The last hour of the tags is missing: No connection is left.")
    expect(tab.locator(".overview--old")).to_have_count(0)
    answers[0] = frames.sparklines(3)
    until(tab, lambda: notice.count() == 0, 1_000)
    expect(tab.locator(".tag-card .spark__mean").first).to_be_attached()
    answers[0] = frames.sparklines(3) | LINES | {"as_of": tab.evaluate(f"{PAGE}.model.said")}
    until(tab, lambda: notice.count() == 1, 10_000)
    expect(notice).to_contain_text("The last hour of the tags is of")
    server.way = lambda route: frames.fulfil(route, json.dumps(frames.frame(3) | LINES))
    until(tab, lambda: notice.count() == 0, 1_000)  # where the values are old too, that is said


# ---- paused ---------------------------------------------------------------------------------


def test_a_pause_is_said_with_its_time_and_marks_the_values_old(tab: Any, site: str) -> None:
    opened(tab, site)
    word = tab.locator(".strip__word")
    expect(word).to_be_hidden()
    tab.keyboard.press("Space")
    tab.clock.run_for(1_000)
    notice = tab.locator('.notice--warning[data-notice="paused"]')
    expect(notice).to_contain_text("press Space or ▶ to resume")
    said = notice.inner_text()
    expect(word).to_have_text("Paused")
    expect(word).to_be_visible()
    expect(tab.locator("#overview-every")).to_be_hidden()
    expect(tab.locator(".overview--old .tag-card")).to_have_count(3)
    tab.clock.run_for(5_000)
    assert notice.inner_text() == said
    tab.keyboard.press("Space")
    tab.clock.run_for(1_000)
    expect(notice).to_have_count(0)
    expect(tab.locator(".overview--old")).to_have_count(0)
    expect(tab.locator("#overview-every")).to_be_visible()


SIGNED_OUT: dict[str, dict[str, Any]] = {
    "unauthorized": {"status": 401, "content_type": "text/plain", "body": "no"},
    "forbidden": {"status": 403, "json": {"error": "no"}},
    "redirect": {"status": 302, "headers": {"Location": "/sign-in"}},
    "a page": {"status": 200, "content_type": "text/html", "body": "<form>"},
}


@pytest.mark.parametrize("way", SIGNED_OUT.values(), ids=SIGNED_OUT)
@pytest.mark.parametrize("kiosk", ["", "&kiosk=1"])
def test_one_who_is_signed_out_is_told_and_asked_again(
    tab: Any, site: str, way: dict[str, Any], kiosk: str
) -> None:
    server = opened(tab, site, "&every=2s" + kiosk)
    server.way = lambda route: route.fulfill(**way)
    notice = tab.locator('.notice--fault[data-notice="signed-out"]')
    tab.clock.run_for(2_500)
    expect(notice).to_contain_text("You are signed out")
    expect(notice.locator("button")).to_have_text("Sign in")
    expect(tab.locator(".overview--old").locator(".tag-card, .wall-card")).to_have_count(3)
    server.way = server.well
    until(tab, lambda: notice.count() == 0, 1_000)
    expect(tab.locator(".overview--old")).to_have_count(0)


def test_a_proxy_that_cannot_reach_ksys_signs_nobody_out(tab: Any, site: str) -> None:
    server = opened(tab, site, "&every=2s")
    bad = {"status": 502, "content_type": "text/html", "body": "<h1>Bad Gateway"}
    server.way = lambda route: route.fulfill(**bad)
    tab.clock.run_for(60_000)
    expect(tab.locator('[data-notice="silence"]')).to_have_count(1)
    expect(tab.locator('[data-notice="signed-out"]')).to_have_count(0)


def test_a_notice_that_comes_and_goes_moves_nothing(tab: Any, site: str) -> None:
    server = opened(tab, site, "&every=2s", count=60)
    place = top(tab), height(tab)
    tab.keyboard.press("Space")
    tab.clock.run_for(1_000)
    expect(tab.locator('[data-notice="paused"]')).to_be_in_viewport(ratio=1)
    assert (top(tab), height(tab)) == place
    tab.keyboard.press("Space")
    server.way = lambda route: route.abort()
    until(tab, lambda: tab.locator('[data-notice="silence"]').count(), 1_000)
    expect(tab.locator('[data-notice="silence"]')).to_be_in_viewport(ratio=1)
    assert (top(tab), height(tab)) == place


def test_the_last_card_can_be_seen_below_a_notice(tab: Any, site: str) -> None:
    opened(tab, site, count=60)
    tab.keyboard.press("Space")
    tab.clock.run_for(1_000)
    tab.evaluate("window.scrollTo(0, 1e6)")
    notice = tab.locator('[data-notice="paused"]').bounding_box()
    last = tab.locator(".tag-card").last.bounding_box()
    assert last["y"] + last["height"] <= notice["y"]


# ---- no answer ------------------------------------------------------------------------------


def test_no_answer_is_told_the_ear_once_and_counted_for_the_eye(tab: Any, site: str) -> None:
    server = opened(tab, site, "&every=2s")
    server.way = lambda route: route.abort()
    notice = tab.locator('[data-notice="silence"]')
    until(tab, notice.count, 1_000)
    tab.evaluate(WATCH, '[data-notice="silence"] [role="alert"]')
    counted = notice.locator('[aria-hidden="true"]').inner_text()
    assert notice.get_attribute("role") is None
    tab.clock.run_for(10_000)
    assert tab.evaluate("window.changes") == []
    assert notice.locator('[aria-hidden="true"]').inner_text() != counted
    alert = notice.locator('[role="alert"]')
    expect(alert).to_contain_text("No answer since")
    expect(notice).to_have_count(1)


def test_a_shorter_interval_is_no_silence_and_holds_at_once(tab: Any, site: str) -> None:
    server = opened(tab, site, "&every=300s")
    tab.clock.run_for(15_000)
    before, server.way = server.asked, server.held.append
    tab.select_option("#overview-every", "2")
    until(tab, lambda: server.asked == before + 1)
    tab.clock.run_for(3_000)
    expect(tab.locator('[data-notice="silence"]')).to_have_count(0)
    until(tab, tab.locator('[data-notice="silence"]').count, 1_000)
    assert int(tab.inner_text('[data-notice="silence"] [aria-hidden]').split()[3]) > 15


def test_an_interval_chosen_in_an_outage_takes_the_notice_not_back(tab: Any, site: str) -> None:
    server = opened(tab, site, "&every=2s")
    server.way = lambda route: route.abort()
    notice = tab.locator('[data-notice="silence"]')
    until(tab, notice.count, 1_000)
    tab.select_option("#overview-every", "5")
    tab.clock.run_for(20_000)
    before = tab.evaluate(f"{PAGE}.clock.silence()")
    tab.select_option("#overview-every", "2")
    assert tab.evaluate(f"{PAGE}.clock.silence()") >= before
    expect(notice).to_have_count(1)


def test_after_a_sleep_the_silence_is_as_long_as_the_sleep_and_ends_it(tab: Any, site: str) -> None:
    server = opened(tab, site)
    server.way = server.held.append
    tab.evaluate(f"{PAGE}.clock.now()")
    until(tab, lambda: len(server.held) == 1)
    tab.evaluate(f"{PAGE}.clock.slept({8 * HOURS})")
    assert tab.evaluate(f"{PAGE}.clock.silence()") >= 8 * HOURS
    until(tab, lambda: len(server.held) == 2)
    tab.clock.run_for(1_000)
    expect(tab.locator('[data-notice="silence"]')).to_contain_text("No answer for 8 h")
    server.well(server.held[1])
    until(tab, lambda: not tab.evaluate(f"{STATE}.inFlight"))
    tab.clock.run_for(1_000)
    expect(tab.locator('[data-notice="silence"]')).to_have_count(0)


def test_answers_of_one_time_are_old_after_three_and_a_half_periods(tab: Any, site: str) -> None:
    server = opened(tab, site, "&every=2s")
    same = json.dumps(frames.frame(3))
    server.way = lambda route: frames.fulfil(route, same)
    notice = tab.locator('.notice--fault[data-notice="silence"]')
    until(tab, notice.count, 1_000)
    expect(notice).to_contain_text("every answer is of the same time")
    expect(tab.locator(".overview--old .tag-card")).to_have_count(3)
    assert tab.evaluate(f"{STATE}.heard")
    server.way = server.well
    until(tab, lambda: notice.count() == 0, 1_000)
    expect(tab.locator(".overview--old")).to_have_count(0)


def test_what_is_asked_for_while_a_request_is_under_way_is_asked_right_after_it(
    tab: Any, site: str
) -> None:
    server = opened(tab, site)
    server.way = server.held.append
    tab.evaluate(f"{PAGE}.clock.now()")
    until(tab, lambda: len(server.held) == 1)
    for _ in range(3):
        tab.evaluate(f"{PAGE}.clock.now()")
    tab.wait_for_timeout(300)
    assert len(server.held) == 1
    server.well(server.held[0])
    until(tab, lambda: len(server.held) == 2)
    server.well(server.held[1])
    until(tab, lambda: not tab.evaluate(f"{STATE}.inFlight"))
    tab.wait_for_timeout(300)
    assert len(server.held) == 2


def test_a_pause_taken_back_at_once_asks_anew(tab: Any, site: str) -> None:
    server = opened(tab, site)
    server.way = server.held.append
    tab.evaluate(f"{PAGE}.clock.now()")
    until(tab, lambda: len(server.held) == 1)
    tab.evaluate(f"{PAGE}.clock.pause(true); {PAGE}.clock.pause(false)")
    until(tab, lambda: len(server.held) == 2)


# ---- details --------------------------------------------------------------------------------


class Details:
    """The route of the details: ten readings, the newest as many as were asked for."""

    def __init__(self, tab: Any, answers: bool = True) -> None:
        self.asked = 0
        self.answers = answers
        tab.route("**/overview/details*", self._handle)

    def _handle(self, route: Any) -> None:
        self.asked += 1
        if not self.answers:
            return
        share = {"NORMAL": 74.7, "UNJUDGED": 25.3}
        body = {
            "readings": [[1_795_386_391_900 - 5_000 * k, 40 + self.asked, 0] for k in range(10)],
            "rule": {"tag_name": "T", "warn_max": 80.0},
            "time_in_state": {"8": share, "24": share},
            "changes": [[1_795_386_300_000, "NORMAL", 91]],
        }
        frames.fulfil(route, json.dumps(body))


def detailed(tab: Any) -> None:
    tab.focus(".tag-card__link")
    tab.keyboard.press("d")


def fact(tab: Any, name: str) -> str:
    return tab.inner_text(f'.details__list >> nth=0 >> dt:text-is("{name}") + dd')


def test_open_details_go_on_with_value_age_and_readings(tab: Any, site: str) -> None:
    opened(tab, site, "&every=2s")
    details = Details(tab)
    detailed(tab)
    tab.wait_for_selector(".details__table")
    before = tab.inner_text(".details__value")
    assert before == tab.inner_text(".tag-card .value__number >> nth=0") + " °C"
    ages = set()
    for _ in range(8):
        ages.add(fact(tab, "Age"))
        tab.clock.run_for(1_000)
        tab.wait_for_timeout(100)
    assert len(ages) > 1
    assert tab.inner_text(".details__value") != before
    until(tab, lambda: details.asked > 1, 1_000)
    expect(tab.locator(".details__table").last.locator("tbody td").nth(1)).not_to_have_text("41")


def test_open_details_keep_focus_scroll_and_what_is_marked(tab: Any, site: str) -> None:
    tab.set_viewport_size({"width": 800, "height": 400})
    opened(tab, site, "&every=2s")
    details = Details(tab)
    detailed(tab)
    tab.wait_for_selector(".details__table")
    kept = tab.evaluate_handle("document.querySelector('.details h3')")
    tab.focus("[data-close]")
    tab.evaluate("document.querySelector('.details').scrollTop = 120")
    tab.evaluate(
        "getSelection().selectAllChildren([...document.querySelectorAll('.details dd')].at(-1))"
    )
    until(tab, lambda: details.asked > 2, 1_000)
    assert tab.evaluate("getSelection().toString()") == "H 80 °C"
    assert tab.evaluate("document.querySelector('.details').scrollTop") == 120
    assert tab.evaluate("document.activeElement.matches('[data-close]')")
    assert tab.evaluate("node => node.isConnected", kept)


def test_details_that_are_never_answered_are_given_up_and_asked_anew(tab: Any, site: str) -> None:
    opened(tab, site)
    details = Details(tab, answers=False)
    detailed(tab)
    tab.clock.run_for(14_000)
    tab.wait_for_timeout(100)
    assert details.asked == 1
    details.answers = True
    until(tab, lambda: details.asked == 2, 1_000)
    tab.wait_for_selector(".details__table")
    expect(tab.locator(".details__trouble")).to_be_empty()


def test_details_of_an_address_are_not_put_on_top_of_open_ones(tab: Any, site: str) -> None:
    opened(tab, site)
    Details(tab)
    detailed(tab)
    tab.evaluate(f"ksys.overview.details.restore({PAGE})")
    assert tab.locator("dialog").count() == 1
    tab.keyboard.press("Escape")
    expect(tab.locator("dialog")).to_have_count(0)


def test_what_no_rule_judged_is_called_so_and_headings_are_alike(tab: Any, site: str) -> None:
    opened(tab, site)
    Details(tab)
    detailed(tab)
    tab.wait_for_selector(".details__table")
    assert "Not judged" in tab.inner_text(".details__key")
    assert "No rule" not in tab.inner_text(".details")
    found = tab.evaluate(HEADINGS)
    assert len(found) == 6 and len(set(found)) == 1


# ---- words and looks ------------------------------------------------------------------------


def test_a_historian_that_took_too_long_is_told_of_without_a_window_of_ones_own() -> None:
    said = errors.SENTENCES["historian_timeout"]
    assert "took too long" in said and "choose a shorter window" not in said


def test_a_chosen_state_looks_chosen_and_no_other_does(tab: Any, site: str) -> None:
    server = opened(tab, site)
    bad = np.array([states.BADGES.index(each) for each in ("BAD", "WARNING", "CRITICAL")])
    server.way = lambda route: frames.fulfil(route, json.dumps(frames.frame(3, badge=bad)))
    tab.evaluate(f"{PAGE}.clock.now()")
    look = "each => [getComputedStyle(each).backgroundColor, getComputedStyle(each).borderStyle]"
    for state in ("BAD", "WARNING", "CRITICAL"):
        chip = tab.locator(f'.count[data-value="{state}"]')
        fill, line = chip.evaluate(look)
        assert line == "solid"
        chip.click()
        assert tab.locator(f'.count[data-value="{state}"][aria-pressed="true"]').count() == 1
        assert chip.evaluate(look)[0] != fill
        chip.click()
