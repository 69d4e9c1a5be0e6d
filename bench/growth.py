"""What a page that is left open grows by: heap after many refreshes against after 20.

So for zooms of a trend: by a drag over the chart, and back by its button. Also nodes and listeners
after many changes of page against after 20. Each number is measured right after a garbage
collection, in the same page, so the floor is the page itself. The page's own clock is set to a
tenth of a second, so that the refreshes of an hour take a minute or two.
"""

import argparse
import shutil
from typing import Any

from playwright.sync_api import sync_playwright

from bench.historian import planted
from bench.verdict import Verdict, at_most
from tests.conftest import CHROMIUM_FLAGS, started_site

FIRST = 20
#: Milliseconds between two refreshes; and between two looks at how many there were.
PERIOD, LOOK = 100, 200
#: Milliseconds after which a page that has come up has let go of the one before; and how often it
#: is looked at, for the browser may keep that one a while.
SETTLED, LOOKS = 3_000, 5
#: The pages in the order of a turn: place of the link, and what is there when the page is.
PLACES = ((1, "#trend-chips"), (2, "#tech-chips"), (0, ".tag-card .spark__mean[d]"))
COUNTED = ("nodes", "jsEventListeners")
#: Page -> its address, the module that knows its clock, and the request of a refresh.
PAGES = {
    "trend": ("/trend?tag=D101&window=1h", "chart/session.mjs", "trend-chart.figure"),
    "tech": ("/tech?tag=D101&window=6h", "chart/session.mjs", "tech-chart.figure"),
    "overview": ("/?every=2s", "overview/page.mjs", "/overview/frame"),
    "kiosk": ("/?every=2s&kiosk=1", "overview/page.mjs", "/overview/frame"),
}
#: What is measured is what a page keeps: code that V8 compiles anew, because it runs often, is not
#: the page's, and is no larger after an hour than after some minutes.
STEADY = (
    "--js-flags=--no-opt --no-maglev --no-sparkplug --no-lazy-feedback-allocation"
    " --no-flush-bytecode"
)
READY = ".scatterlayer .trace, .tag-card .spark__mean[d]"
LIMITS = {
    "heap": at_most(1.05),
    "nodes": at_most(1.02),
    "jsEventListeners": at_most(1.02),
}
#: Whether a trend shows the answer to what is in the address, with a zoom or without one.
DRAWN = """
(zoomed) => {
  const { current } = window.ksysModules["chart/session.mjs"];
  const inAddress = new URLSearchParams(location.search).has("zoom");
  const { start, stop } = current()?.shown || {};
  const hours = (Date.parse(stop) - Date.parse(start)) / 3_600_000;
  return inAddress === zoomed && hours < 23 === zoomed;
}
"""
HURRY = """
([module, period]) => {
  const { current } = window.ksysModules[module];
  current().clock.setPeriod(period);
}
"""


def main() -> None:
    """Leave each page open, then change between the pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--refreshes", type=int, default=500)
    parser.add_argument("--zooms", type=int, default=500)
    parser.add_argument("--changes", type=int, default=500)
    parser.add_argument("--pages", nargs="*", default=list(PAGES))
    asked = parser.parse_args()
    with planted(days=2) as (dsn, _folder):
        verdict = Verdict(LIMITS)
        measure(dsn, asked, verdict)
        verdict.end()


def measure(dsn: str, asked: argparse.Namespace, verdict: Verdict) -> None:
    """Report the growth of each page."""
    address, process = started_site(dsn, REFRESH_SECONDS="1")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=[*CHROMIUM_FLAGS, STEADY]
            )
            for name in asked.pages:
                heap(browser, address, name, asked.refreshes, verdict)
            if asked.zooms > FIRST:
                zooms(browser, address, asked.zooms, verdict)
            if asked.changes > FIRST:
                changes(browser, address, asked.changes, verdict)
            browser.close()
    finally:
        process.terminate()
        process.wait(15)


def opened(browser: Any, address: str) -> tuple[Any, Any]:
    """Return a page that shows its first answer, and a way to look into it."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(address)
    there(page, READY)
    return page, page.context.new_cdp_session(page)


def there(page: Any, selector: str) -> None:
    """Wait for an element, and keep no handle on it: one would keep all of its page."""
    page.locator(selector).first.wait_for(state="attached")


def used(session: Any) -> float:
    """Return the bytes of the heap that are in use after a garbage collection."""
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"])


def heap(browser: Any, address: str, name: str, refreshes: int, verdict: Verdict) -> None:
    """Report the heap of one page after so many refreshes, against after 20."""
    path, module, part = PAGES[name]
    page, session = opened(browser, address + path)
    asked: list[str] = []

    def count(request: Any) -> None:
        if part in request.url or part in (request.post_data or ""):
            asked.append(request.url)

    page.on("requestfinished", count)
    page.evaluate(HURRY, [module, PERIOD])
    found = {}
    for goal in (FIRST, refreshes):
        while len(asked) < goal:
            page.wait_for_timeout(LOOK)
        found[goal] = used(session)
    page.close()
    grown(found, refreshes, f"{name}, {refreshes} refreshes", verdict)


def grown(found: dict[int, float], count: int, words: str, verdict: Verdict) -> None:
    """Report the heap after so many of something, against after 20."""
    kilobytes = (found[count] - found[FIRST]) / (count - FIRST) / 1024
    note = f"{found[FIRST] / 2**20:.1f} MiB after {FIRST}, {kilobytes:.1f} KiB each"
    verdict.add("heap", found[count] / found[FIRST], words, note)


def zooms(browser: Any, address: str, count: int, verdict: Verdict) -> None:
    """Report the heap of a trend after so many zooms, half of them back, against after 20."""
    path, _module, _part = PAGES["trend"]
    page, session = opened(browser, address + path.replace("1h", "24h"))
    found = {}
    for done in range(2, count + 1, 2):
        drag(page, 0.3 + 0.001 * (done % 100), 0.6)
        page.wait_for_function(DRAWN, arg=True)
        page.locator("#trend-reset").click()
        page.wait_for_function(DRAWN, arg=False)
        if done in (FIRST, count):
            page.wait_for_timeout(SETTLED)
            found[done] = used(session)
    page.close()
    grown(found, count, f"trend, {count} zooms", verdict)


def drag(page: Any, start: float, stop: float) -> None:
    """Drag over the chart from a share of its width to another."""
    box = page.locator("#trend-chart .nsewdrag").first.bounding_box()
    height = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * start, height)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * stop, height, steps=3)
    page.mouse.up()


def changes(browser: Any, address: str, count: int, verdict: Verdict) -> None:
    """Report nodes and listeners after so many changes of page, against after 20."""
    page, session = opened(browser, address + "/?every=2s")
    found = []
    for goal in (FIRST, count - LOOKS * len(PLACES)):
        while page.evaluate("window.turns ?? 0") < goal:
            turn(page)
        looks = [counters(page, session) for _ in range(LOOKS)]
        found.append({what: min(each[what] for each in looks) for what in COUNTED})
    page.close()
    first, last = found
    for what in COUNTED:
        note = f"{first[what]} after {FIRST}, the least of {LOOKS} looks"
        verdict.add(what, last[what] / first[what], f"{count} changes of page", note)


def turn(page: Any) -> None:
    """Go once through all pages, back to the overview."""
    for place, shown in PLACES:
        page.locator(".shell__page").nth(place).click()
        there(page, shown)
        page.evaluate("window.turns = (window.turns ?? 0) + 1")


def counters(page: Any, session: Any) -> dict[str, int]:
    """Return nodes and listeners of the overview; what was left last may or may not be gone."""
    turn(page)
    page.wait_for_timeout(SETTLED)
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    return dict(session.send("Memory.getDOMCounters"))


if __name__ == "__main__":
    main()
