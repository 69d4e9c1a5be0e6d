"""A visit, from the address to a painted chart of 24 hours, against the usual Dash way.

The same browser, historian and tag, in turns; the usual way is `bench/usual.py`: `read_sql`,
`go.Figure` and all of plotly.js. A cold visit is by a browser that has never been there; a warm one
by a profile that has: what it keeps is kept on disk, the scripts compiled too.
"""

import argparse
import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from api.chart import plotly_js
from bench.historian import planted
from bench.verdict import Verdict, at_most
from tests.conftest import CHROMIUM_FLAGS, started_site

LIMITS = {
    "cold visit to a painted chart / the usual Dash way, full plotly.js": at_most(1.0),
    "cold visit to a painted chart / the usual Dash way, basic plotly.js": at_most(0.6),
    "warm visit to a painted chart / the usual Dash way, persistent profile": at_most(1.3),
}
OURS, USUAL = "/trend?tag=D101&window=24h", "/"
#: When the first line was painted [ms since the visit began]: two frames after it is in the page.
PAINTED = """
window.painted = new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error("no line within 30 s")), 30000);
  const told = () => resolve(performance.now());
  new MutationObserver((_changes, watch) => {
    if (!document.querySelector(".scatterlayer path.js-line")) return;
    watch.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(told));
  }).observe(document, { subtree: true, childList: true });
});
"""


def main() -> None:
    """Measure both bundles, cold and warm."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    verdict = Verdict(LIMITS)
    with planted(days=2) as (dsn, _folder), ExitStack() as stack:
        full, small = str(plotly_js.FULL), str(plotly_js.SMALL)
        usual = stack.enter_context(running(dsn, "-m", "bench.usual")) + USUAL
        whole = stack.enter_context(running(dsn, KSYS_PLOTLY_JS=full)) + OURS
        is_small = plotly_js.script().part == "basic"
        basic = stack.enter_context(running(dsn, KSYS_PLOTLY_JS=small)) + OURS if is_small else ""
        playwright = stack.enter_context(sync_playwright())
        cold(playwright, usual, {"full": whole, "basic": basic}, rounds, verdict)
        warm(playwright, usual, basic or whole, rounds, verdict)
    verdict.end()


@contextmanager
def running(dsn: str, *program: str, **environment: str) -> Iterator[str]:
    """The address of Ksys over a historian, or of another program."""
    address, process = started_site(dsn, program or ("app.py",), **environment)
    try:
        yield address
    finally:
        process.terminate()
        process.wait(15)


def visit(context: BrowserContext | Browser, address: str) -> float:
    """Return the milliseconds from the address to the painted line, in a new tab."""
    page = context.new_page()
    page.add_init_script(PAINTED)
    page.goto(address, wait_until="commit")
    painted = float(page.evaluate("() => window.painted"))
    page.wait_for_load_state("networkidle")  # nothing of this visit goes on during the next
    page.close()
    return painted


def in_turns(rounds: int, *visits: Callable[[], float]) -> list[float]:
    """Return the median of each, after one round that does not count."""
    times = [[each() for each in visits] for _ in range(rounds + 1)]
    return [statistics.median(column) for column in zip(*times[1:], strict=True)]


def options(**more: Any) -> dict[str, Any]:
    """Return how a browser is started."""
    path = shutil.which("chromium")
    return {"executable_path": path, "args": list(CHROMIUM_FLAGS), **more}


def cold(
    playwright: Playwright, usual: str, ours: dict[str, str], rounds: int, verdict: Verdict
) -> None:
    """Report visits by a browser of no memory, for each plotly.js that is at hand."""
    browser = playwright.chromium.launch(**options())

    def first(address: str) -> Callable[[], float]:
        return lambda: visit(browser, address)  # its context is new, and ends with its page

    there = {part: address for part, address in ours.items() if address}
    low, *high = in_turns(rounds, first(usual), *map(first, there.values()))
    for part, milliseconds in zip(there, high, strict=True):
        name = f"cold visit to a painted chart / the usual Dash way, {part} plotly.js"
        verdict.add(name, milliseconds / low, note=f"{milliseconds:.0f} ms / {low:.0f} ms")
    if "basic" not in there:
        print("no basic plotly.js: `make run` brings it where npm is")
        verdict.limits = {name: limit for name, limit in LIMITS.items() if "basic" not in name}
    browser.close()


def warm(playwright: Playwright, usual: str, ours: str, rounds: int, verdict: Verdict) -> None:
    """Report visits by a profile that was there twice: then its scripts are compiled and kept."""
    with tempfile.TemporaryDirectory(prefix="ksys-profile-", ignore_cleanup_errors=True) as name:
        context = playwright.chromium.launch_persistent_context(name, **options())
        for address in (usual, ours) * 2:
            visit(context, address)
        low, high = in_turns(rounds, lambda: visit(context, usual), lambda: visit(context, ours))
        context.close()
    name = "warm visit to a painted chart / the usual Dash way, persistent profile"
    verdict.add(name, high / low, note=f"{high:.0f} ms / {low:.0f} ms")


if __name__ == "__main__":
    main()
