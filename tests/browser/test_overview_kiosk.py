"""The wall screen: read from afar, the rest in screenfuls, never still, never reloading."""

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from data.analysis import alarms, states
from tests.support import frames
from tests.support.servers import until

pytestmark = pytest.mark.browser
WALL = {"width": 1920, "height": 1080}
PAGE = "ksys.overview.page"
SCREENS = ".wall__screen"
MINUTE = "const real = performance.now.bind(performance); performance.now = () => real() + 60000;"
#: Cards of which all can be seen, and those of which a part can, by what is really on top there.
SEEN = """() => {
  const found = {whole: [], cut: []};
  for (const card of document.querySelectorAll(".wall-card")) {
    const {top, bottom, left, right} = card.getBoundingClientRect();
    const there = [[left + 9, top + 4], [right - 9, bottom - 4]].map(([x, y]) =>
      y > 0 && y < innerHeight && x < innerWidth && card.contains(document.elementFromPoint(x, y)));
    if (there.every(Boolean)) found.whole.push(card.dataset.tag);
    else if (there.some(Boolean)) found.cut.push(card.dataset.tag);
  }
  return found;
}"""


@pytest.fixture
def site(living_site):
    """A plant that stays fresh however long the session lasts."""
    return living_site


def opened(tab: Any, site: str, count: int, query: str = "") -> None:
    """Open a wall screen over a made-up plant."""
    tab.set_viewport_size(WALL)
    frames.serve(tab, count)
    answering(tab, lambda _: state(count, 0))
    tab.goto(f"{site}/?lang=en&kiosk=1{query}")
    tab.wait_for_selector(".wall-card__number:not(:empty)")


def still(tab: Any) -> None:
    """Let the page's time stand; from now on only the test lets it pass."""
    tab.clock.pause_at(tab.evaluate("Date.now() / 1000 + 1"))


def answering(tab: Any, answer: Callable[[int], dict[str, Any]]) -> list[int]:
    """Answer each request of a frame by a function of its number; return the list of them."""
    asked: list[int] = []

    def handle(route: Any) -> None:
        asked.append(len(asked))
        frames.fulfil(route, json.dumps(answer(len(asked) - 1)))

    frames.route(tab, "frame", handle)
    return asked


def seen(tab: Any) -> list[str]:
    """The tags on the screen; none of them is cut."""
    found = tab.evaluate(SEEN)
    assert found["cut"] == []
    return found["whole"]


def state(count: int, tag: int | None) -> dict[str, Any]:
    """A frame with one critical tag, or with none; no tag is late in the time of a test."""
    badge = np.full(count, states.BADGES.index("NORMAL"))
    level = np.zeros(count, dtype=np.int8)
    if tag is not None:
        badge[tag], level[tag] = states.BADGES.index("CRITICAL"), alarms.CRITICAL
    return frames.frame(count, badge=badge, alarm=level, gap_seconds=np.full(count, 86_400.0))


@pytest.mark.parametrize("count", [1, 9, 30, 50])
def test_what_can_be_read_on_one_screen_is_all_on_it(tab: Any, site: str, count: int) -> None:
    opened(tab, site, count)
    assert tab.evaluate("document.documentElement.scrollHeight") == WALL["height"]
    assert sorted(seen(tab)) == sorted(frames.names(count))
    assert tab.inner_text(SCREENS) == ""


def test_what_does_not_fit_is_shown_in_screenfuls_of_whole_lines(tab: Any, site: str) -> None:
    tab.clock.install()
    opened(tab, site, 200)
    still(tab)
    tags: list[str] = []
    for k in range(4):
        expect(tab.locator(SCREENS)).to_have_text(f"screen {k + 1} of 4")
        found = seen(tab)
        assert not set(found) & set(tags)
        tags += found
        expect(tab.locator(".count:visible").first).to_be_in_viewport(ratio=1)
        tab.clock.run_for(20_000)
    assert sorted(tags) == sorted(frames.names(200))
    expect(tab.locator(SCREENS)).to_have_text("screen 1 of 4")
    first = until(lambda: seen(tab))  # the screen is named before its cards stand
    assert first == tags[: len(first)]


def test_rotate_turns_screenfuls_without_groups_too(tab: Any, site: str) -> None:
    tab.clock.install()
    opened(tab, site, 120, "&rotate=60s")
    still(tab)
    first = seen(tab)
    tab.clock.run_for(60_000)
    assert not set(first) & set(seen(tab))
    expect(tab.locator(SCREENS)).to_have_text("screen 2 of 3")


def test_a_group_that_does_not_fit_is_shown_whole_before_the_next(tab: Any, site: str) -> None:
    """A line may come twice where the screen is fitted anew, as for a banner; none is left out."""
    tab.clock.install()
    opened(tab, site, 700, "&rotate=5s&group=group")
    still(tab)
    shown: dict[str, set[str]] = {}
    for _ in range(40):
        (title,) = tab.locator(".wall__group span").all_inner_texts()
        shown.setdefault(title, set()).update(seen(tab))
        if len(shown) == 7 and sum(map(len, shown.values())) == 700:
            break
        tab.clock.run_for(5_000)
    assert list(shown) == [f"Area {i}" for i in range(7)]
    assert [len(tags) for tags in shown.values()] == [100] * 7


def test_another_size_of_the_screen_is_fitted_anew(tab: Any, site: str) -> None:
    opened(tab, site, 30)
    tab.set_viewport_size({"width": 1280, "height": 720})
    expect(tab.locator(SCREENS)).to_be_empty()
    assert len(seen(tab)) == 30
    tab.set_viewport_size({"width": 600, "height": 800})
    expect(tab.locator(SCREENS)).to_have_text(re.compile("screen 1 of \\d"))
    assert 0 < len(seen(tab)) < 30


def test_a_new_alarm_is_shown_at_once_and_then_the_turn_goes_on(tab: Any, site: str) -> None:
    tab.clock.install()
    opened(tab, site, 200, "&every=5s")
    tripped: list[int] = []
    answering(tab, lambda _: state(200, tripped[0] if tripped else None))
    name = frames.names(200)[199]
    for _ in range(8):
        tab.clock.run_for(5_050)
    expect(tab.locator(SCREENS)).to_have_text("screen 3 of 4")
    assert name not in seen(tab)
    tripped.append(199)
    tab.clock.run_for(6_000)
    expect(tab.locator(SCREENS)).to_have_text("screen 1 of 4")
    assert seen(tab)[0] == name
    tab.clock.run_for(21_000)
    expect(tab.locator(SCREENS)).to_have_text(re.compile("screen 4 of [45]"))
    expect(tab.locator(".wall-chip")).to_have_text([re.compile(name)])


def test_escape_leaves_the_wall_screen(tab: Any, site: str) -> None:
    opened(tab, site, 5, "&rotate=5s&sort=name")
    tab.keyboard.press("Escape")
    tab.wait_for_selector(".shell__pages")
    assert "kiosk" not in tab.url and "rotate" not in tab.url
    assert "sort=name" in tab.url and "lang=en" in tab.url


def test_nobody_pauses_a_wall_screen(tab: Any, site: str) -> None:
    opened(tab, site, 5)
    tab.keyboard.press("Space")
    assert tab.evaluate(f"{PAGE}.clock.state.paused") is False
    tab.focus(".wall-card__name")
    tab.keyboard.press("Space")
    assert tab.evaluate(f"{PAGE}.clock.state.paused") is False
    assert not tab.is_visible(".strip__pause")


# ---- deployments ----------------------------------------------------------------------------


def builds(tab: Any, build: Callable[[int], str]) -> tuple[list[int], list[str]]:
    """Let the frames come from these builds; return their requests and the documents loaded.

    A document that is loaded then comes from the build that stays.
    """
    asked = answering(tab, lambda k: frames.frame(2) | {"build": build(k)})
    loaded: list[str] = []

    def document(route: Any) -> None:
        answer = route.fetch()
        text = re.sub(r'data-build="\w+"', 'data-build="b2"', answer.text())
        route.fulfill(response=answer, body=text)

    tab.route(re.compile(r"/\?.*kiosk=1"), document)
    tab.on("domcontentloaded", lambda page: loaded.append(page.url))
    return asked, loaded


def fast(tab: Any, asked: list[int], more: int) -> None:
    """Refresh until so many more frames were asked for."""
    until = len(asked) + more
    for _ in range(200):
        if len(asked) >= until:
            return
        tab.evaluate(f"{PAGE} && {PAGE}.clock.now()")
        tab.wait_for_timeout(50)
    raise AssertionError("nothing was asked")


def test_a_wall_screen_does_not_reload_while_two_builds_answer_in_turn(tab: Any, site: str) -> None:
    tab.add_init_script(MINUTE)
    opened(tab, site, 2)
    asked, loaded = builds(tab, lambda k: f"b{k % 2}")
    fast(tab, asked, 20)
    assert loaded == []


def test_a_wall_screen_reloads_once_a_new_build_has_come_to_stay(tab: Any, site: str) -> None:
    tab.add_init_script(MINUTE)
    opened(tab, site, 2)
    asked, loaded = builds(tab, lambda _: "b2")
    fast(tab, asked, 1)
    assert loaded == []
    fast(tab, asked, 2)
    for _ in range(50):
        if loaded:
            break
        tab.wait_for_timeout(100)
    assert len(loaded) == 1
    tab.wait_for_selector(".wall-card")
    fast(tab, asked, 6)
    assert len(loaded) == 1


def test_a_wall_screen_reloads_at_most_once_a_minute(tab: Any, site: str) -> None:
    opened(tab, site, 2)
    asked, loaded = builds(tab, lambda _: "b2")
    fast(tab, asked, 8)
    assert loaded == []
    # From then on the page may go at any moment, and with it what waits for an answer.
    tab.evaluate(f"() => {{ {MINUTE} setTimeout(() => {PAGE}.clock.now()); }}")
    for _ in range(100):
        if loaded:
            break
        tab.wait_for_timeout(100)
    assert len(loaded) == 1
