"""States told apart without colour: in greyscale, and by those who see colours otherwise."""

import base64
import itertools
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, expect

from data.analysis import alarms, gaps, quality, states
from tests.support import frames

pytestmark = pytest.mark.browser
#: What makes a card of each state; everything else of the cards is alike.
STATES = {
    "NORMAL": {},
    "WARNING": {"alarm": alarms.WARNING},
    "CRITICAL": {"alarm": alarms.CRITICAL},
    "BAD": {"quality": quality.BAD},
    "LATE": {"freshness": gaps.LATE},
    "STALE": {"freshness": gaps.STALE},
    "NO DATA": {"freshness": gaps.NO_DATA},
}
#: Ways of seeing, as Chromium imitates them; None: the screenshot without its colours.
VISIONS = (None, "achromatopsia", "deuteranopia", "protanopia", "tritanopia")
#: A pixel differs from this many of 255 levels on; this many such pixels tell two states apart.
LEVELS, PIXELS = 16, 15
#: The upper edge and the header of a card [px].
HEADER = 40
#: The words go: a badge keeps its shape, before letters that are the same on every card. The cards
#: get a whole number of pixels, so that they lie on the screen's pixels alike.
ALIKE = """() => {
    document.documentElement.style.setProperty("--card", "200px");
    document.querySelectorAll(".tag-card").forEach(card => {
        card.querySelector(".tag-card__link").textContent = "T";
        const badge = card.querySelector(".badge");
        if (badge.textContent) badge.textContent = badge.textContent.split(" ")[0] + " STATE";
    });
}"""
DECODED = """async png => {
    const image = await createImageBitmap(
        await (await fetch("data:image/png;base64," + png)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    const bytes = canvas.getImageData(0, 0, image.width, image.height).data;
    const parts = [];
    for (let i = 0; i < bytes.length; i += 8192)
        parts.push(String.fromCharCode(...bytes.subarray(i, i + 8192)));
    return [image.width, btoa(parts.join(""))];
}"""


@pytest.fixture
def tab(warm_tab: Any) -> Any:
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture
def site(living_site):
    """A plant that stays fresh however long the session lasts."""
    return living_site


def served(tab: Any) -> None:
    """Serve two cards of each state, with the same value, time and description."""
    twice = [state for state in STATES for _ in range(2)]
    count = len(twice)
    columns = {
        name: np.array([STATES[state].get(name, 0) for state in twice], dtype=np.int8)
        for name in ("alarm", "quality", "freshness")
    }
    columns["badge"] = np.array([states.BADGES.index(state) for state in twice])
    # Gaps so long that no card turns by itself while it is looked at.
    tags = frames.tags(count, description=["Feed"] * count) | {"gaps": [86_400.0] * count}
    answer = frames.frame(count, **columns, value=np.full(count, 500.0))
    frames.serve(tab, count, answer | {"age": [5] * count, "version": tags["version"]})
    frames.route(tab, "tags", lambda route: frames.fulfil(route, json.dumps(tags)))


def opened(tab: Any, site: str, theme: str) -> None:
    tab.set_viewport_size({"width": 800, "height": 2_000})
    tab.goto(f"{site}/?lang=en&theme={theme}&sort=name&every=5m")
    expect(tab.locator("#overview .badge:not(:empty)")).to_have_count(12)
    assert tab.get_attribute("html", "data-theme") == theme
    tab.evaluate(ALIKE)


def headers(tab: Any) -> list[np.ndarray]:
    """Return the pixels of the upper edge and header of every card, RGB."""
    png, blank = tab.screenshot(), tab.context.new_page()
    width, data = blank.evaluate(DECODED, base64.b64encode(png).decode())
    blank.close()
    pixels = np.frombuffer(base64.b64decode(data), np.uint8).reshape(-1, width, 4)
    boxes = [card.bounding_box() for card in tab.locator(".tag-card").all()]
    edges = [[round(box[name]) for name in ("y", "x", "width")] for box in boxes]
    return [
        pixels[top : top + HEADER, left : left + wide, :3].astype(np.int16)
        for top, left, wide in edges
    ]


def different(one: np.ndarray, other: np.ndarray) -> int:
    """Return the number of pixels that differ clearly in one of their colours."""
    return int((np.abs(one - other).max(axis=-1) >= LEVELS).sum())


def grey(pixels: np.ndarray) -> np.ndarray:
    """Return the luma of pixels. Source: ITU-R BT.601."""
    return pixels @ np.array([0.299, 0.587, 0.114])


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_any_two_states_differ_without_their_words_and_without_colour(
    tab: Any, site: str, theme: str, vision: str | None
) -> None:
    served(tab)
    opened(tab, site, theme)
    if vision:
        session = tab.context.new_cdp_session(tab)
        session.send("Emulation.setEmulatedVisionDeficiency", {"type": vision})
    found = headers(tab)
    if vision is None:
        found = [np.repeat(grey(each)[..., None], 3, axis=-1) for each in found]
    if vision == "achromatopsia":
        assert all(np.ptp(each, axis=-1).max() <= 2 for each in found)
    cards = dict(zip(STATES, zip(found[::2], found[1::2], strict=True), strict=True))
    assert {state: different(*pair) for state, pair in cards.items()} == dict.fromkeys(STATES, 0)
    pairs = {
        (one, other): different(cards[one][0], cards[other][0])
        for one, other in itertools.combinations(STATES, 2)
    }
    assert {pair: count for pair, count in pairs.items() if count < PIXELS} == {}


#: What a state is drawn with, as the browser computes it.
DRAWN_WITH = """node => {
    const style = getComputedStyle(node);
    return ["borderTopColor", "borderBottomColor", "borderTopStyle", "borderTopWidth",
            "boxShadow", "backgroundColor", "backgroundImage"].map(name => style[name]);
}"""
ABNORMAL = [state.lower().replace(" ", "-") for state in STATES if state != "NORMAL"]


def looks(tab: Any, selector: str, turn: Callable[[Locator], object]) -> dict[str, list[str]]:
    """Return what each abnormal state is drawn with, after the viewer has turned to it."""
    found = {}
    for state in ABNORMAL:
        node = tab.locator(f"{selector}--{state}").first
        turn(node)
        found[state] = node.evaluate(DRAWN_WITH)
    return found


def point(node: Locator) -> None:
    """Rest the mouse on a node."""
    node.hover()
    assert node.evaluate("node => node.matches(':hover')")


def reach(node: Locator) -> None:
    """Give a node, or the link in it, the focus."""
    node.evaluate("node => (node.querySelector('a') || node).focus()")
    assert node.evaluate("node => node.matches(':focus-within')")


@pytest.mark.parametrize("turn", [point, reach])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("view", "selector"),
    [("cards", ".tag-card"), ("cards", ".count"), ("table", ".tags-table__row")],
)
def test_a_state_keeps_its_look_while_pointed_at_or_reached_by_key(
    tab: Any, site: str, theme: str, view: str, selector: str, turn: Callable[[Locator], object]
) -> None:
    served(tab)
    tab.goto(f"{site}/?lang=en&theme={theme}&view={view}&every=5m")
    expect(tab.locator(f"{selector}--critical").first).to_be_visible()
    before = looks(tab, selector, lambda node: None)
    assert before["critical"] != before["warning"]
    assert looks(tab, selector, turn) == before


def test_a_normal_card_answers_to_the_mouse(tab: Any, site: str) -> None:
    served(tab)
    opened(tab, site, "light")
    card = tab.locator(".tag-card--normal").first
    outline = "node => getComputedStyle(node).outlineStyle"
    assert card.evaluate(outline) == "none"
    point(card)
    assert card.evaluate(outline) == "solid"
