"""What stands on a wall can be read from afar: sizes by the height of the screen, nothing cut."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from data.analysis import alarms, gaps, quality, states
from tests.browser.test_overview_browser import until
from tests.support import frames

pytestmark = pytest.mark.browser
SCREENS = {"1080p": (1920, 1080), "4K": (3840, 2160), "720p": (1280, 720)}
#: Every text that can be seen: its size as share of the screen's height, and what of it is cut off.
TEXTS = """() => {
  const found = {texts: 0, small: [], low: [], cut: [], outside: []};
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const holder = node.parentElement, range = document.createRange();
    range.selectNodeContents(node);
    const {left, top, right, bottom, width} = range.getBoundingClientRect();
    if (!node.data.trim() || !width || holder.closest("script, .visually-hidden, .skip")) continue;
    found.texts += 1;
    const size = parseFloat(getComputedStyle(holder).fontSize) / innerHeight;
    if (size < 1 / 60) found.small.push([node.data, 1 / size]);
    if (holder.matches(".wall-card__number") && size < 1 / 30)
      found.low.push([node.data, 1 / size]);
    // Of the description alone the end may give way.
    if (holder.closest(".wall-card__told")) continue;
    if (left < 0 || top < 0 || right > innerWidth + .5 || bottom > innerHeight + .5)
      found.outside.push(node.data);
    for (let box = holder; box && box !== document.body; box = box.parentElement) {
      if (getComputedStyle(box).overflow === "visible") continue;
      const edge = box.getBoundingClientRect();
      if (right > edge.right + .5 || left < edge.left - .5) found.cut.push(node.data);
      // Of a line box the empty part may stand out: letters are about seven tenths of it.
      const middle = (top + bottom) / 2, half = (bottom - top) * .35;
      if (middle + half > edge.bottom || middle - half < edge.top) found.cut.push(node.data);
    }
  }
  return found;
}"""
#: Cards that lie over one another, or lack name or value.
CARDS = """() => {
  const cards = [...document.querySelectorAll(".wall-card")].map((card) => {
    const {left, top, right, bottom} = card.getBoundingClientRect();
    const text = (part) => card.querySelector(".wall-card__" + part).textContent;
    return {left, top, right, bottom, name: text("name"), value: text("number")};
  });
  const over = (a, b) => a !== b && a.left < b.right - .5 && b.left < a.right - .5 &&
    a.top < b.bottom - .5 && b.top < a.bottom - .5;
  return {
    names: cards.map(({name}) => name),
    bare: cards.filter(({name, value}) => !name || !value).length,
    over: cards.filter((a) => cards.some((b) => over(a, b))).length,
  };
}"""


@pytest.fixture
def site(living_site):
    """A plant that stays fresh however long the session lasts."""
    return living_site


def troubled(count: int) -> dict[str, Any]:
    """Return a frame in which a few tags are abnormal in every way, some far behind the others."""
    columns = {
        "badge": np.full(count, states.BADGES.index("NORMAL")),
        "alarm": np.zeros(count, dtype=np.int8),
        "freshness": np.full(count, gaps.FRESH),
        "quality": np.full(count, quality.GOOD),
        "reasons": np.zeros(count, dtype=np.int16),
        "value": np.linspace(200, 799, count),
        "gap_seconds": np.full(count, 86_400.0),
    }
    age = np.full(count, 2.0)

    def put(tag: int, badge: str, **others: Any) -> None:
        if tag >= count:
            return
        columns["badge"][tag] = states.BADGES.index(badge)
        age[tag] = others.pop("age", 2.0)
        for name, value in others.items():
            columns[name][tag] = value

    put(5, "CRITICAL", alarm=alarms.CRITICAL, value=1950.4)
    put(count - 1, "CRITICAL", alarm=alarms.CRITICAL, value=19_430.0)
    put(count // 2, "WARNING", alarm=alarms.WARNING, value=805.2)
    put(7, "STALE", freshness=gaps.STALE, age=1_700.0)
    put(8, "BAD", quality=quality.BAD, reasons=0b10)
    put(9, "SUSPECT", quality=quality.SUSPECT, reasons=0b1111_0000)
    if count > 20:
        columns["value"][20] = 4_294_967_295.0
    now = pd.Timestamp.now(tz="UTC").floor("ms")
    return frames.frame(count, ts=now - pd.to_timedelta(age, unit="s"), **columns)


def opened(tab: Any, site: str, count: int, size: tuple[int, int], query: str = "") -> None:
    """Open a wall screen of this size over a made-up plant."""
    tab.set_viewport_size({"width": size[0], "height": size[1]})
    frames.serve(tab, count, troubled(count))
    tab.goto(f"{site}/?kiosk=1{query or '&lang=en'}")
    tab.wait_for_selector(".wall-card__number:not(:empty)")
    until(tab, "ksys.overview.page.model.sparks !== null")  # curves come after the values


def legible(tab: Any) -> list[str]:
    """Check every text on the screen; return the names on it."""
    texts = tab.evaluate(TEXTS)
    assert texts["texts"] > 5
    found = {name: texts[name][:5] for name in ("small", "low", "cut", "outside")}
    assert found == {"small": [], "low": [], "cut": [], "outside": []}
    cards = tab.evaluate(CARDS)
    assert (cards["bare"], cards["over"]) == (0, 0)
    return cards["names"]


@pytest.mark.parametrize("count", [1, 10, 60, 300, 1_000])
@pytest.mark.parametrize("size", SCREENS.values(), ids=SCREENS)
def test_all_that_stands_on_a_wall_can_be_read_from_afar(
    tab: Any, site: str, size: tuple[int, int], count: int
) -> None:
    """A value is at least 1/30 of the screen's height, all else 1/60; nothing is cut."""
    opened(tab, site, count, size)
    names = legible(tab)
    assert set(names) <= set(frames.names(count))
    assert len(names) == count or len(names) >= 30


@pytest.mark.parametrize("query", ["&lang=ko", "&lang=en&group=group"])
@pytest.mark.parametrize("count", [10, 300])
def test_in_korean_and_in_groups_too(tab: Any, site: str, count: int, query: str) -> None:
    opened(tab, site, count, SCREENS["720p"], query)
    legible(tab)


def test_a_narrow_screen_has_fewer_columns_and_no_smaller_type(tab: Any, site: str) -> None:
    opened(tab, site, 60, (900, 1_200))
    legible(tab)


def test_what_is_abnormal_stands_on_every_screenful(tab: Any, site: str) -> None:
    tab.clock.install()
    opened(tab, site, 300, SCREENS["1080p"], "&lang=en&sort=name")
    names = frames.names(300)
    for _ in range(5):
        cards, row = legible(tab), tab.locator(".wall-chip").all_inner_texts()
        for tag in (5, 7, 8, 9, 150, 299):
            assert (names[tag] in cards) != any(names[tag] in text for text in row)
        tab.clock.run_for(20_000)


def test_when_they_are_too_many_for_the_row_the_worst_are_named_and_the_others_counted(
    tab: Any, site: str
) -> None:
    tab.clock.install()
    count = 300
    badge = np.full(count, states.BADGES.index("WARNING"))
    badge[200:203] = states.BADGES.index("CRITICAL")
    level = np.where(badge == 0, alarms.CRITICAL, alarms.WARNING).astype(np.int8)
    tab.set_viewport_size({"width": 1920, "height": 1080})
    gap = np.full(count, 86_400.0)
    frames.serve(tab, count, frames.frame(count, badge=badge, alarm=level, gap_seconds=gap))
    tab.goto(f"{site}/?kiosk=1&lang=en&sort=name")
    tab.wait_for_selector(".wall-card__number:not(:empty)")
    shown = len(legible(tab))
    chips = tab.locator(".wall-chip").all_inner_texts()
    assert [text.split()[1] for text in chips[:3]] == frames.names(count)[200:203]
    assert chips[-1] == f"and {count - shown - len(chips) + 1} more"


def test_few_tags_have_curves_many_lose_first_these_and_then_the_change(
    tab: Any, site: str
) -> None:
    kept = {}
    for count in (10, 20, 60):
        opened(tab, site, count, SCREENS["1080p"])
        parts = (".spark", ".wall-card__delta", ".wall-card__name", ".wall-card__number")
        kept[count] = [tab.locator(f".wall-card:last-child {part}").is_visible() for part in parts]
    assert kept == {
        10: [True, True, True, True],
        20: [False, True, True, True],
        60: [False, False, True, True],
    }


def test_the_count_strip_follows_the_search(tab: Any, site: str) -> None:
    frames.serve(tab, 30, troubled(30))
    tab.goto(f"{site}/?lang=en")
    tab.fill(".strip__search", "T000")
    expect(tab.locator('.count[data-value=""] b')).to_have_text("10 of 30")
    expect(tab.locator(".count--critical b")).to_have_text("1")
    tab.goto(f"{site}/?lang=en&kiosk=1&q=T000")
    expect(tab.locator(".wall__foot")).to_contain_text("10 of 30 tags")


def test_a_notice_takes_its_own_line_and_the_cards_make_room(tab: Any, site: str) -> None:
    opened(tab, site, 60, SCREENS["1080p"])
    before = tab.locator(".wall-card").first.bounding_box()["y"]
    frames.route(tab, "frame", lambda route: route.abort())
    tab.clock.install()
    tab.clock.run_for(60_000)
    expect(tab.locator(".notice--fault")).to_be_visible()
    assert tab.locator(".wall-card").first.bounding_box()["y"] > before
    legible(tab)


def test_the_plant_is_named_on_the_wall_in_the_header_and_in_the_title(
    tab: Any, start_site: Any, database: str
) -> None:
    name = "북쪽 <b>plant</b> & co"
    site, _process = start_site(database, SITE_NAME=name)
    frames.serve(tab, 10, troubled(10))
    for page in ("/", "/trend", "/nowhere"):
        tab.goto(f"{site}{page}?lang=en")
        expect(tab.locator(".shell__site")).to_have_text(name)
        expect(tab).to_have_title(re.compile(re.escape(f"{name} · Ksys") + "$"))
    tab.goto(f"{site}/?lang=en&kiosk=1")
    expect(tab.locator(".strip__site")).to_have_text(name)
    expect(tab.locator(".strip__date")).to_have_text(re.compile(r"[A-Z][a-z]{2} \d{4}-\d\d-\d\d"))
    tab.goto(f"{site}/?lang=ko&kiosk=1")
    korean = re.compile(r"\d{4}-\d\d-\d\d \([월화수목금토일]\)")
    expect(tab.locator(".strip__date")).to_have_text(korean)
