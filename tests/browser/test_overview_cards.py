"""Cards and rows of the overview: what is shown, pointed at, clicked and heard, on any screen."""

import json
import re
import time
from typing import Any

import pytest
from playwright.sync_api import expect

from data.analysis import states
from tests.browser.test_overview_browser import opened, until
from tests.support import frames
from tests.support.decimals import off_page, on_page

pytestmark = pytest.mark.browser
NOTE = "warn_min 500 must lie below warn_max 400; mend one"
#: What the pointer would show as a tooltip at the middle of a part.
TITLE_UNDER_POINTER = """part => {
    const box = part.getBoundingClientRect();
    const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return hit.closest("[title]") && hit.closest("[title]").title;
}"""
#: Whether each line of a node's text, up to its middle, is within it: no digit and no unit is cut.
LINES_WITHIN = """node => {
    const [box, range] = [node.getBoundingClientRect(), document.createRange()];
    range.selectNodeContents(node);
    return [...range.getClientRects()].every(line => line.right <= box.right + 0.5
        && line.top + line.height / 2 < box.bottom);
}"""
#: Whether all of a node's text is within it and within the screen.
WHOLE = """node => node.scrollWidth <= node.clientWidth
    && node.scrollHeight <= node.clientHeight + 1
    && node.getBoundingClientRect().right <= innerWidth"""


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture
def site(living_site):
    """A plant that stays fresh however long the session lasts."""
    return living_site


def code(*badges: str) -> str:
    """Return badges as a frame tells them."""
    return "".join("0123456789ab"[states.BADGES.index(badge)] for badge in badges)


def plant(tab: Any, count: int, told: dict[str, Any] | None = None, **columns: Any) -> None:
    """Serve tags T0, T1, … that stay fresh, with these columns of tags and frame."""
    names = [f"T{i}" for i in range(count)]
    tags = frames.tags(count) | {"names": names} | (told or {})
    calm = {"badge": code("NORMAL") * count, "alarm": "0" * count, "gap": [86_400.0] * count}
    calm |= {"crossed": {}}
    answer = frames.frame(count) | calm | {"version": tags["version"]} | columns
    frames.serve(tab, count, answer)
    lines = frames.sparklines(count) | {"names": names}
    for name, body in (("tags", tags), ("sparklines", lines)):
        text = json.dumps(body)
        frames.route(tab, name, lambda way, text=text: frames.fulfil(way, text))


def rows(tab: Any) -> list[str]:
    return tab.eval_on_selector_all(
        ".tags-table__row[data-tag]", "rows => rows.map(row => row.dataset.tag)"
    )


# ---- the pointer --------------------------------------------------------------------------------


def test_a_click_on_the_number_opens_the_trend_and_its_title_has_every_digit(tab, site):
    opened(tab, site)
    tab.hover('.tag-card[data-tag="D300"] .value__number')
    tab.wait_for_selector('.tag-card[data-tag="D300"] .value__number[title]')
    tab.evaluate("window.sameDocument = true")
    tab.click('.tag-card[data-tag="D300"] .value__number')
    tab.wait_for_url("**/trend?tag=D300*")
    assert tab.evaluate("window.sameDocument")


def test_a_tap_on_the_number_opens_the_trend(phone, site):
    plant(phone, 2)
    opened(phone, site)
    phone.tap('.tag-card[data-tag="T1"] .value__number')
    phone.wait_for_url("**/trend?tag=T1*")


def test_a_number_that_is_being_selected_opens_nothing(tab, site):
    plant(tab, 2)
    opened(tab, site)
    box = tab.locator('.tag-card[data-tag="T1"] .value__number').bounding_box()
    middle = box["y"] + box["height"] / 2
    tab.mouse.move(box["x"] + 1, middle)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] - 1, middle, steps=5)
    tab.mouse.up()
    assert tab.evaluate("getSelection().toString()") != ""
    tab.wait_for_timeout(300)
    assert "/trend" not in tab.url


PARTS = ["header small", ".also", ".delta span", ".range span", ".age time"]


@pytest.mark.parametrize("part", PARTS)
def test_every_title_on_a_card_shows_and_the_card_stays_a_link_there(tab, site, part):
    one = {"value": [500], "delta": [3], "reasons": {"0": 1}, "quality": "1", "crossed": {}}
    plant(tab, 1, **one, badge=code("SUSPECT"))
    opened(tab, site)
    node = tab.locator(f".tag-card {part}").first
    expect(node).not_to_be_empty()
    title = node.evaluate("part => part.closest('[title]').title")
    assert title not in ("", "T0")
    assert node.evaluate(TITLE_UNDER_POINTER) == title
    node.click()
    tab.wait_for_url("**/trend?tag=T0*")


def test_a_click_with_control_opens_the_trend_beside_the_overview(tab, site):
    plant(tab, 1)
    opened(tab, site)
    with tab.context.expect_page() as beside:
        tab.click(".tag-card .value__number", modifiers=["Control"])
    assert "/trend?tag=T0" in beside.value.url
    assert "/trend" not in tab.url


# ---- what a card says ---------------------------------------------------------------------------


def noted(tab: Any) -> None:
    told = {"rule_notes": {"0": NOTE, "1": NOTE * 6}, "rule_states": [1, 1]}
    plant(tab, 2, told, badge=code("RULE ERROR", "RULE ERROR"))


def test_the_reason_of_a_rule_error_is_read_on_the_card(tab, site):
    noted(tab)
    opened(tab, site)
    reason = tab.locator(".tag-card >> nth=0").locator(".reason")
    assert reason.inner_text().strip() == NOTE
    assert reason.evaluate(WHOLE)
    assert reason.locator(".also").evaluate("also => also.getClientRects().length") > 1
    long = tab.locator(".tag-card >> nth=1")
    assert long.locator(".also").get_attribute("title") == NOTE * 6
    edge = long.locator(".spark").bounding_box()["y"]
    box = long.locator(".reason").bounding_box()
    assert box["y"] + box["height"] <= edge


def test_the_details_of_a_row_with_a_long_reason_are_within_reach(tab, site):
    noted(tab)
    opened(tab, site, "&view=table")
    table = tab.locator(".tags-table").bounding_box()
    button = tab.locator(".tags-table__row[data-tag] .tag-card__details").last
    box = button.bounding_box()
    assert box["x"] + box["width"] <= table["x"] + table["width"] <= 1440
    assert tab.locator(".tags-table__reasons").last.get_attribute("title") == NOTE * 6
    button.click()
    expect(tab.locator("dialog[open]")).to_be_visible()


@pytest.mark.parametrize("state", ["BAD", "STALE", "NO DATA"])
def test_a_value_not_to_be_trusted_has_no_change(tab, site, state):
    plant(tab, 2, value=[500, 500], delta=[3, 3], badge=code(state, "NORMAL"))
    opened(tab, site)
    assert tab.inner_text('.tag-card[data-tag="T0"] .delta').strip() == "–"
    line = "node => getComputedStyle(node).textDecorationLine"
    assert tab.eval_on_selector('.tag-card[data-tag="T0"] .delta span', line) == "none"
    assert tab.inner_text('.tag-card[data-tag="T1"] .delta').startswith("+3")


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_rule_error_and_bad_are_filled_otherwise(tab, site, theme, width):
    tab.set_viewport_size({"width": width, "height": 900})
    plant(tab, 2, badge=code("BAD", "RULE ERROR"))
    opened(tab, site, f"&theme={theme}")
    fill = "badge => getComputedStyle(badge).backgroundColor"
    one, other = (tab.eval_on_selector(f".badge--{each}", fill) for each in ("bad", "rule-error"))
    assert one != other


LONG = [123456789, 123456789012345, -12345678901234.5, -1234567890.1, 7.5]


@pytest.mark.parametrize("width", [1440, 390, 1090])
@pytest.mark.parametrize("alarming", [[], [0, 1, 2, 3]])
def test_every_digit_of_a_long_number_and_its_unit_are_shown(tab, site, width, alarming):
    tab.set_viewport_size({"width": width, "height": 900})
    decimals = [0, 0, 1, 1, 1]
    crossed = {str(i): [3, 12.5, 1_795_386_391_900] for i in alarming}
    told = {"units": ["µS/cm"] * 5}
    plant(tab, 5, told, value=LONG, crossed=crossed, digits="aabbb")
    opened(tab, site, "&sort=name")
    for i, value in enumerate(LONG):
        card = tab.locator(f'.tag-card[data-tag="T{i}"]')
        assert card.locator(".value__number").inner_text() == on_page(f"{value:,.{decimals[i]}f}")
        assert card.locator(".value").evaluate(LINES_WITHIN), value
        assert card.locator(".value small").inner_text() == "µS/cm"
    if width < 700:  # what is normal is a short card there
        return
    size = "node => parseFloat(getComputedStyle(node).fontSize)"
    sizes = [tab.eval_on_selector(f'[data-tag="T{i}"] .value', size) for i in (4, 0, 1)]
    assert sizes == sorted(sizes, reverse=True) and sizes[2] < sizes[0] == 30


@pytest.mark.parametrize("width", [1440, 390])
def test_the_ends_of_a_wide_range_have_every_digit_and_fit(tab, site, width):
    tab.set_viewport_size({"width": width, "height": 900})
    plant(tab, 1, {"spans": [[-999_999_999_999, 4_294_967_295]], "widths": [1e12]})
    tab.goto(f"{site}/?lang=en")
    expect(tab.locator(".range span").last).to_have_text("4,294,967,295")
    assert tab.locator(".range").evaluate(LINES_WITHIN)
    assert "−999,999,999,999 ~ 4,294,967,295" in tab.get_attribute(".range", "title")


def test_a_card_and_a_row_are_heard_with_their_state_and_value(tab, site):
    plant(tab, 2, value=[500, 600], badge=code("WARNING", "NORMAL"), alarm="10")
    opened(tab, site)
    link = tab.locator('[data-tag="T0"] .tag-card__link')
    expect(link).to_have_accessible_name("T0")
    expect(link).to_have_accessible_description(re.compile(r"WARNING.*500\.0.*°C"))
    tab.click('[data-act="view"]')
    expect(link).to_have_accessible_description(re.compile(r"WARNING.*500\.0.*°C"))
    assert tab.locator("[aria-live] .tag-card, .tag-card [aria-live]").count() == 0
    ids = tab.evaluate("[...document.querySelectorAll('[id]')].map(node => node.id)")
    assert len(ids) == len(set(ids))


# ---- the table ----------------------------------------------------------------------------------


def test_a_table_sorted_by_value_is_in_order_after_each_frame(tab, site):
    plant(tab, 9)
    given = frames.frame(9) | {"version": frames.tags(9)["version"], "gap": [86_400.0] * 9}
    asked: list[int] = []

    def answer(way: Any) -> None:
        asked.append(1)
        turned = [100 * i if len(asked) % 2 else 900 - 100 * i for i in range(9)]
        frames.fulfil(way, json.dumps(given | {"value": turned}))

    frames.route(tab, "frame", answer)
    opened(tab, site, "&every=2s&view=table&by=value")
    for count in (1, 2, 3):
        until(tab, f"document.getElementById('overview').dataset.answers === '{count}'")
        values = tab.eval_on_selector_all(
            "[data-tag] .tags-table__cell--value", "cells => cells.map(cell => cell.textContent)"
        )
        numbers = [float(off_page(value)) for value in values]
        assert numbers == sorted(numbers), count


@pytest.mark.parametrize("column", ["alarm", "quality"])
def test_what_is_not_judged_is_sorted_below_all_that_is(tab, site, column):
    plant(tab, 4, **{column: "3012"})
    opened(tab, site, f"&view=table&by={column}&down=1")
    assert rows(tab) == ["T3", "T2", "T1", "T0"]
    tab.click(f'.tags-table__sort[data-value="{column}"]')
    assert rows(tab) == ["T0", "T1", "T2", "T3"]


def test_rows_are_pinned_by_their_button_and_stay_first_in_any_order(tab, site):
    plant(tab, 4, value=[4, 3, 2, 1])
    opened(tab, site, "&view=table&by=value")
    assert rows(tab) == ["T3", "T2", "T1", "T0"]
    mark = "row => getComputedStyle(row.querySelector('a'), '::before').content"
    assert tab.eval_on_selector('[data-tag="T1"]', mark) == "none"
    tab.click('[data-tag="T1"] .tag-card__pin')
    assert rows(tab) == ["T1", "T3", "T2", "T0"]
    assert tab.get_attribute('[data-tag="T1"] .tag-card__pin', "aria-pressed") == "true"
    assert "⚲" in tab.eval_on_selector('[data-tag="T1"]', mark)
    tab.click('.tags-table__sort[data-value="value"]')
    assert rows(tab) == ["T1", "T0", "T2", "T3"]
    tab.click('[data-tag="T1"] .tag-card__pin')
    assert rows(tab) == ["T0", "T1", "T2", "T3"]


def test_headings_stand_on_one_line(tab, site):
    plant(tab, 2)
    opened(tab, site, "&view=table")
    bottoms = tab.eval_on_selector_all(
        ".tags-table__sort", "all => all.map(each => each.getBoundingClientRect().bottom)"
    )
    assert max(bottoms) - min(bottoms) < 0.5


# ---- keys ---------------------------------------------------------------------------------------


KEYS = [
    ({"key": "ㅇ", "code": "KeyD"}, "dialog"),
    ({"key": "Process", "code": "KeyD"}, "dialog"),
    ({"key": "D", "code": "KeyD", "shiftKey": True}, "dialog"),
    ({"key": "D", "code": "KeyD"}, "dialog"),
    ({"key": "ㅔ", "code": "KeyP"}, '.tag-card__pin[aria-pressed="true"]'),
    ({"key": "P", "code": "KeyP"}, '.tag-card__pin[aria-pressed="true"]'),
    ({"key": "d", "code": "KeyH"}, "dialog"),
]


@pytest.mark.parametrize(("event", "part"), KEYS)
def test_shortcuts_work_under_any_input_method_and_with_caps_lock(tab, site, event, part):
    plant(tab, 2)
    opened(tab, site)
    tab.focus(".tag-card__link")
    press = "event => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', event))"
    tab.evaluate(press, event | {"bubbles": True, "cancelable": True})
    expect(tab.locator(part)).to_have_count(1)


def test_an_arrow_key_asks_for_no_style_of_the_page(tab, site):
    plant(tab, 1000)
    opened(tab, site)
    tab.focus(".tag-card__link")
    tab.evaluate(
        "() => { window.asked = 0; const real = window.getComputedStyle;"
        "window.getComputedStyle = (...all) => { window.asked += 1; return real(...all); }; }"
    )
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowDown"):
        tab.keyboard.press(key)
    assert tab.evaluate("window.asked") == 0
    line = tab.evaluate("ksys.overview.page.board.columns")
    assert line > 1
    assert tab.evaluate("document.activeElement.textContent") == f"T{line}"


#: Lines of the strip, by the middles of what stands in it.
LINES = """() => new Set([...document.querySelectorAll(".strip button, .strip select")]
    .filter(node => node.checkVisibility()).map(node => node.getBoundingClientRect())
    .map(box => Math.round((box.top + box.height / 2) / 20))).size"""
MANY = [("CRITICAL", 100), ("WARNING", 120), ("STALE", 130), ("BAD", 140), ("NORMAL", 410)]


@pytest.mark.parametrize(("width", "lines"), [(1440, 1), (1100, 2)])
def test_counts_of_three_digits_and_the_longest_grouping_are_cut_nowhere(tab, site, width, lines):
    tab.set_viewport_size({"width": width, "height": 900})
    count = sum(number for _state, number in MANY)
    plant(tab, count, badge="".join(code(state) * number for state, number in MANY))
    tab.goto(f"{site}/?lang=ko&group=group")
    expect(tab.locator(".count")).to_have_count(len(MANY) + 1, timeout=20_000)
    assert all(each.evaluate(WHOLE) for each in tab.locator(".strip .count").all())
    fits = """node => { const copy = node.cloneNode(true); copy.style.maxWidth = "none";
        node.after(copy); const wide = copy.offsetWidth; copy.remove();
        return node.offsetWidth >= wide; }"""
    assert all(each.evaluate(fits) for each in tab.locator(".strip select").all())
    assert tab.evaluate(LINES) <= lines


# ---- a phone ------------------------------------------------------------------------------------


def test_the_tools_of_a_touched_card_cover_nothing_and_are_as_large_as_a_finger(phone, site):
    plant(phone, 3, badge=code("BAD", "CRITICAL", "SUSPECT"))
    opened(phone, site)
    for card in phone.locator(".tag-card").all():
        tools = card.locator(".tag-card__tools").bounding_box()
        for part in (".spark", ".range", "time", ".badge"):
            box = card.locator(part).bounding_box()
            beside = box["x"] + box["width"] <= tools["x"]
            assert beside or box["y"] + box["height"] <= tools["y"] + 0.5, part
        for tool in card.locator(".tag-card__tool").all():
            box = tool.bounding_box()
            assert box["width"] >= 40 and box["height"] >= 40
        whole = card.bounding_box()
        assert tools["y"] + tools["height"] <= whole["y"] + whole["height"]


def test_a_phone_cuts_no_age(phone, site):
    ages = [59 * 60, 47 * 3600, 999 * 86_400]
    plant(phone, 3, age=ages, gap=[1e9] * 3)
    opened(phone, site, "&view=table")
    shown = phone.locator(".tags-table__row[data-tag] .tags-table__cell--age")
    assert shown.all_inner_texts() == ["59 min", "47 h", "999 d"]
    assert all(each.evaluate(WHOLE) for each in shown.all())


#: Tables of the details; the last changes stand between them where there was one.
CAPTIONS = ["Time in state", "Last readings"]


def test_a_phone_shows_the_time_in_every_state(phone, site):
    phone.goto(f"{site}/?lang=en&details=D202")
    phone.wait_for_selector(".details__table")
    tables = phone.locator(".details__table").all()
    captions = [table.locator("caption").inner_text() for table in tables]
    assert [each for each in captions if each != "Last changes of state"] == CAPTIONS
    assert all(table.evaluate(WHOLE) for table in tables)
    wide = "[document.querySelector('.details__body')].map(b => b.scrollWidth - b.clientWidth)[0]"
    assert phone.evaluate(wide) == 0


def test_a_phone_shows_tag_state_value_and_tools_of_every_row(phone, site):
    plant(phone, 3, value=[500, 123456789012345, 7], badge=code("CRITICAL", "NO DATA", "NORMAL"))
    opened(phone, site, "&view=table")
    for row in phone.locator(".tags-table__row[data-tag]").all():
        for part in (".tag-card__link", ".tags-table__cell--value", ".tag-card__details", ".badge"):
            box = row.locator(part).bounding_box()
            assert box is None or box["x"] + box["width"] <= 390, part
        assert row.locator(".tags-table__cell--value").evaluate(WHOLE)
        assert row.locator(".tags-table__cell--tag").evaluate(WHOLE)
        box = row.locator(".tag-card__details").bounding_box()
        assert box["width"] >= 40 and box["height"] >= 40
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


# ---- the last day -------------------------------------------------------------------------------

DAY = "N" * 10 + "W" * 3 + "C" + "B" + "  " + "U" + "N" * 6
#: The part of the bar of a day that is filled: its upper edge, of 6, by what is drawn.
TOPS = """node => Object.fromEntries([...node.querySelectorAll("path[d]")].map(path =>
    [path.getAttribute("class"), path.getBBox().y]))"""
FILL = "node => getComputedStyle(node.querySelector('.zone--critical')).fill"


def days(tab: Any, site: str, badge: str, query: str = "") -> Any:
    """Return the bar of a tag with this day and badge."""
    alarm = {"CRITICAL": "2", "WARNING": "1"}.get(badge, "0")
    plant(tab, 1, badge=code(badge), alarm=alarm)
    lines = frames.sparklines(1) | {"names": ["T0"], "days": [DAY]}
    text = json.dumps(lines)
    frames.route(tab, "sparklines", lambda way: frames.fulfil(way, text))
    opened(tab, site, query)
    tab.wait_for_selector(".day[title]")
    return tab.locator(".day")


def test_the_bar_of_a_day_tells_its_hours_in_words_and_by_height(tab, site):
    bar = days(tab, site, "NORMAL")
    told = (
        "Last 24 h, each hour by its worst: ⬢ CRITICAL 1 h · ✕ BAD 1 h · ▲ WARNING 3 h"
        " · NORMAL 16 h · UNJUDGED 1 h · ○ NO DATA 2 h"
    )
    assert bar.get_attribute("title") == bar.get_attribute("aria-label") == told
    assert bar.get_attribute("role") == "img"
    assert bar.evaluate(TITLE_UNDER_POINTER) == told
    tops = bar.evaluate(TOPS)
    assert tops == {
        "zone zone--critical": 0, "day__bad": 0, "zone zone--warning": 3, "day__normal": 5,
    }  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_bar_of_a_day_is_grey_until_its_card_is_abnormal(tab, site, theme):
    grey = days(tab, site, "NORMAL", f"&theme={theme}").evaluate(FILL)
    alarm = days(tab, site, "CRITICAL", f"&theme={theme}").evaluate(FILL)
    assert grey != alarm
    red, green, blue = (int(part) for part in re.findall("[0-9]+", alarm))
    assert red > 2 * max(green, blue) or theme == "dark"


def test_hours_that_have_passed_without_an_answer_are_not_drawn(tab, site):
    lines = frames.sparklines(1) | {"names": ["T0"], "days": ["N" * 24]}
    lines["last_hour"] -= 3 * 3_600_000
    plant(tab, 1)
    frames.route(tab, "sparklines", lambda way: frames.fulfil(way, json.dumps(lines)))
    opened(tab, site)
    expect(tab.locator(".day")).to_have_attribute(
        "title", "Last 24 h, each hour by its worst: NORMAL 21 h"
    )


def test_without_a_day_nothing_is_drawn_and_nothing_said(tab, site):
    plant(tab, 1)
    lines = frames.sparklines(1) | {"names": ["T0"], "days": [], "last_hour": None}
    frames.route(tab, "sparklines", lambda way: frames.fulfil(way, json.dumps(lines)))
    opened(tab, site)
    tab.wait_for_selector(".spark__mean[d]")
    bar = tab.locator(".day")
    assert not any(bar.get_attribute(name) for name in ("title", "aria-label", "role"))
    assert bar.evaluate(TOPS) == {}


# ---- a tag without a reading --------------------------------------------------------------------


def test_a_row_without_a_reading_keeps_no_other_row_from_its_newer_value(tab, site):
    none = {"freshness": "3000", "badge": code("NO DATA", *["NORMAL"] * 3)}
    for value in (500.5, 600.5):  # the second is taken at the next tick
        plant(tab, 4, age=[None, 0, 0, 0], value=[None, value, value, value], **none)
        if value == 500.5:
            opened(tab, site, "&view=table&every=2s")
    for place in (1, 2, 3):
        row = tab.locator(f'.tags-table__row[data-tag="T{place}"]')
        expect(row).to_contain_text("600.5")
    expect(tab.locator('.tags-table__row[data-tag="T0"] .badge')).to_contain_text("NO DATA")


# ---- words of a tag of states -------------------------------------------------------------------


def test_the_details_of_a_tag_of_states_show_words(tab, site):
    words = {"0": "STOP", "1": "RUN", "2": "TRIP"}
    plant(tab, 1, {"states": [words], "kinds": ["state"]}, value=[1])
    at = int(time.time()) // 120 * 120_000
    share = {"NORMAL": 100.0}
    body = {
        "readings": [[at, 1, 0], [at - 5_000, 0, 0], [at - 10_000, 7, 0], [at - 15_000, None, 0]],
        "rule": None,
        "time_in_state": {"8": share, "24": share},
        "digits": 0,
        "curve": {
            "at": [at - 360_000, at - 240_000, at - 120_000, at], "mean": [0, 2, 2, 1],
            "low": [0, 2, 2, 1], "high": [0, 2, 2, 1],
        },
        "changes": [
            [at, "NORMAL", 60, 1], [at - 60_000, "CRITICAL", 60, 2], [at - 90_000, "BAD", 30, None],
        ],
    }  # fmt: skip
    tab.route("**/overview/details*", lambda way: frames.fulfil(way, json.dumps(body)))
    opened(tab, site, "&details=T0")
    tab.wait_for_selector(".details__table")
    second = ".details__table:has(caption:text-is('{}')) tbody td:nth-child(2)"
    changes = tab.locator(second.format("Last changes of state")).all_inner_texts()
    assert changes == ["RUN", "TRIP · ⬢ CRITICAL", "✕ BAD"]
    readings = tab.locator(second.format("Last readings")).all_inner_texts()
    assert readings == ["RUN", "STOP", "7", "–"]
    axis = tab.locator(".eight text[text-anchor=end]").all_text_contents()
    assert sorted(axis) == ["RUN", "STOP", "TRIP"]
    line = tab.locator(".eight__mean").get_attribute("d")
    assert re.fullmatch(r"M[\d.,]+(H[\d.]+V[\d.]+){3}", line), "a state holds until the next one"
