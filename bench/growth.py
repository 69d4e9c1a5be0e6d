"""What a page that is left open grows by: heap after many refreshes against after 20.

Also nodes and listeners after many changes of page against after 20. Each number is measured right
after a garbage collection, in the same page, so the floor is the page itself.
"""

import argparse
import shutil
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
from playwright.sync_api import sync_playwright

from data import embedded
from data.demo import plant
from data.store import install
from tests.conftest import CHROMIUM_FLAGS, started_site

FIRST = 20
#: A refresh each second or two; a change of page needs no answer.
SECOND_MS = 1000
PAGES = {
    "trend": "/trend?tag=D101&window=1h",
    "tech": "/tech?tag=D101&window=6h",
    "overview": "/?every=2s",
    "kiosk": "/?every=2s&kiosk=1",
}
READY = ".scatterlayer .trace, .tag-card .spark__mean[d]"
MOST_HEAP, MOST_NODES = 1.05, 1.02


def main() -> None:
    """Leave each page open, then change between the pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--refreshes", type=int, default=500)
    parser.add_argument("--changes", type=int, default=500)
    parser.add_argument("--pages", nargs="*", default=list(PAGES))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ksys-bench-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        own = embedded.start(Path(name), fsync=False)
        try:
            seed(own.dsn)
            measure(own.dsn, asked)
        finally:
            own.release()


def seed(dsn: str) -> None:
    """Make two days of the demonstration plant."""
    with closing(psycopg2.connect(dsn)) as connection:
        install.install(connection)
        plant.seed(connection, datetime.now(UTC), days=2)
        connection.commit()


def measure(dsn: str, asked: argparse.Namespace) -> None:
    """Report the growth of each page."""
    address, process = started_site(dsn, REFRESH_SECONDS="1")
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=list(CHROMIUM_FLAGS)
            )
            for name in asked.pages:
                heap(browser, address, name, asked.refreshes)
            if asked.changes > FIRST:
                changes(browser, address, asked.changes)
            browser.close()
    finally:
        process.terminate()
        process.wait(15)


def opened(browser: Any, address: str) -> tuple[Any, Any]:
    """Return a page that shows its first answer, and a way to look into it."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(address)
    page.wait_for_selector(READY, state="attached")
    return page, page.context.new_cdp_session(page)


def used(session: Any) -> float:
    """Return the bytes of the heap that are in use after a garbage collection."""
    for _ in range(2):
        session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"])


def heap(browser: Any, address: str, name: str, refreshes: int) -> None:
    """Report the heap of one page after so many refreshes, against after 20."""
    page, session = opened(browser, address + PAGES[name])
    asked: list[str] = []
    part = "/overview/frame" if "every" in PAGES[name] else "_dash-update-component"
    page.on("requestfinished", lambda each: counts(asked, each, part, name))
    found = {}
    for goal in (FIRST, refreshes):
        while len(asked) < goal:
            page.wait_for_timeout(SECOND_MS)
        found[goal] = used(session)
    page.close()
    kilobytes = (found[refreshes] - found[FIRST]) / (refreshes - FIRST) / 1024
    note = f"{found[FIRST] / 2**20:.1f} MiB after {FIRST}, {kilobytes:.1f} KiB a refresh"
    report(f"{name}: heap after {refreshes} refreshes", found[refreshes] / found[FIRST], note)


def counts(asked: list[str], request: Any, part: str, name: str) -> None:
    """Note a request that is a refresh."""
    if part in request.url and (
        name in part or f"{name}-chart.figure" in (request.post_data or "") or "frame" in part
    ):
        asked.append(request.url)


def changes(browser: Any, address: str, count: int) -> None:
    """Report nodes and listeners after so many changes of page, against after 20."""
    page, session = opened(browser, address + "/?every=2s")
    links = page.locator(".shell__page")
    found = {}
    for k in range(1, count + 1):
        links.nth(k % 3).click()
        page.wait_for_selector(
            [".tag-card", "#trend-chips", "#tech-chips"][k % 3], state="attached"
        )
        if k in (FIRST + 1, count - count % 3):
            for _ in range(2):
                session.send("HeapProfiler.collectGarbage")
            found[k] = session.send("Memory.getDOMCounters")
    page.close()
    first, last = found.values()
    for what in ("nodes", "jsEventListeners"):
        title = f"{what} after {count} changes of page"
        report(title, last[what] / first[what], f"{first[what]} after {FIRST}", MOST_NODES)


def report(name: str, share: float, note: str, most: float = MOST_HEAP) -> None:
    """Print one figure beside what it may be at most."""
    mark = "ok" if share <= most else "TOO MUCH"
    print(f"{name}: {share:.3f} (at most {most}) {mark}; {note}", flush=True)


if __name__ == "__main__":
    main()
