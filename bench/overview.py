"""The overview against its floors: an empty endpoint, nine cards, an empty clientside callback.

Each subject is measured in turns with its floor, in one run; what counts are the ratios.
"""

import contextlib
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import flask
import numpy as np
import psycopg2

from api import overview as routes
from api.overview import encoded
from bench.historian import scratch
from bench.verdict import Verdict, at_most
from data.analysis.states import HOLD_S
from data.db import cache
from data.store import install
from settings import Settings
from tests.conftest import CHROMIUM_FLAGS, started_site
from tests.support import frames, scripts
from web import create_app

LIMITS = {
    "bytes a tag a refresh, 1,000 tags, brotli": at_most(10),
    "server CPU a refresh, 1,000 tags / an empty endpoint": at_most(1.3),
    "1,000 cards / 9 cards, answer to painted": at_most(2),
    "5,000 cards / an empty clientside callback": at_most(8),
    "browser memory, 1,000 refreshes / 10": at_most(1.1),
    "a wall of 1,000 tags / of 9, answer to painted": at_most(2),
    "memory of a wall, 1,000 refreshes / 10": at_most(1.1),
}
TURNS = 400
PAINTS = 15
ENCODINGS = {"Accept-Encoding": "gzip, deflate, br"}


def bytes_a_tag(verdict: Verdict) -> None:
    """Bytes a refresh of 1,000 tags, compressed, sparklines apart."""
    answer = encoded(frames.frame(1000))
    note = f"gzip {len(answer.gzip) / 1000:.2f}, plain {len(answer.plain) / 1000:.1f}"
    verdict.add("bytes a tag a refresh, 1,000 tags, brotli", len(answer.br) / 1000, note=note)


def server() -> flask.Flask:
    """Return the whole app; the historian it is told of is never asked."""
    return create_app(Settings(dsn="host=/nowhere")).server


def cpu(ask: Callable[[], Any], turns: int) -> float:
    """Return CPU seconds of one call."""
    begun = time.process_time()
    for _ in range(turns):
        ask()
    return (time.process_time() - begun) / turns


def server_cpu(verdict: Verdict) -> None:
    """Server CPU of a refresh from the tick's cache, and of an empty endpoint, in turns."""
    tick = encoded(frames.frame(1000))
    kept = cache.cached(3600)(routes.frame.function)
    kept.function = lambda _hold: tick
    routes.frame, real = kept, routes.frame
    client = server().test_client()
    subject, floor = [], []
    for _ in range(20):
        floor.append(cpu(lambda: client.get("/healthz", headers=ENCODINGS), TURNS // 10))
        kept.expire(HOLD_S)
        kept(HOLD_S)  # an older one would be made anew, of the historian that is nowhere
        assert client.get("/overview/frame").status_code == 200
        subject.append(cpu(lambda: client.get("/overview/frame", headers=ENCODINGS), TURNS // 10))
    routes.frame = real
    ratio = statistics.median(subject) / statistics.median(floor)
    note = f"{statistics.median(subject) * 1e3:.2f} ms / {statistics.median(floor) * 1e3:.2f} ms"
    verdict.add("server CPU a refresh, 1,000 tags / an empty endpoint", ratio, note=note)


MEASURE = """(bodies) => {
  const real = window.fetch; let next = 0;
  window.fetch = async (address, options) => {
    if (!String(address).includes('/overview/frame')) return real(address, options);
    const answer = new Response(bodies[next++ % bodies.length],
      {headers: {'Content-Type': 'application/json', 'X-Kept-Ms': '0'}});
    window.answered = performance.now();
    return answer;
  };
  window.fetch.atOnce = window.fetch;
  const root = document.getElementById('overview');
  const painted = () => new Promise((done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => done(performance.now() - window.answered);
    channel.port2.postMessage(0);
  }));
  const idle = async () => {
    const { state } = ksys.overview.page.clock;
    while (state.inFlight) await new Promise((done) => setTimeout(done, 1));
  };
  window.refreshed = async () => (await idle(), new Promise((done) => {
    const before = root.dataset.answers;
    new MutationObserver((_, observer) => {
      if (root.dataset.answers === before) return;
      observer.disconnect();
      painted().then(done);
    }).observe(root, {attributes: true, attributeFilter: ['data-answers']});
    ksys.overview.page.clock.now();
  }));
  let tick = 0;
  const real_refresh = window.dash_clientside.ksys_overview.refresh;
  // The same interval, the same callback of Dash, with nothing to do.
  window.empty = () => new Promise((done) => {
    window.dash_clientside.ksys_overview.refresh = () => {
      window.dash_clientside.ksys_overview.refresh = real_refresh;
      painted().then(done);
      return window.dash_clientside.no_update;
    };
    window.answered = performance.now();
    window.dash_clientside.set_props('overview-tick', {n_intervals: 1000000 + tick++});
  });
}"""


def opened(browser: Any, site: str, count: int, query: str = "") -> Any:
    """Return a page that shows so many made-up tags and has come to rest."""
    page = scripts.context(browser, viewport={"width": 1440, "height": 900}).new_page()
    frames.serve(page, count)
    page.goto(f"{site}/?every=300s{query}")
    page.wait_for_selector(".tag-card, .wall-card")
    page.wait_for_timeout(1_000 + count)
    page.evaluate(MEASURE, [json.dumps(frames.frame(count, seed)) for seed in range(3)])
    return page


def painted(verdict: Verdict, browser: Any, site: str) -> None:
    """Answer to painted for 9, 1,000 and 5,000 cards, in turns."""
    pages = {count: opened(browser, site, count) for count in (9, 1000, 5000)}
    took: dict[Any, list[float]] = {count: [] for count in (*pages, "empty")}
    for _ in range(PAINTS):
        for count, page in pages.items():
            page.bring_to_front()
            took[count].append(page.evaluate("refreshed()"))
            page.wait_for_timeout(200 + count // 3)
            if count == 9:
                took["empty"].append(page.evaluate("empty()"))
    for page in pages.values():
        page.close()
    middle = {count: float(np.median(times[2:])) for count, times in took.items()}
    note = " ".join(f"{count}: {value:.0f} ms" for count, value in middle.items())
    verdict.add("1,000 cards / 9 cards, answer to painted", middle[1000] / middle[9], note=note)
    verdict.add("5,000 cards / an empty clientside callback", middle[5000] / middle["empty"])


def painted_wall(verdict: Verdict, browser: Any, site: str) -> None:
    """Answer to painted on a wall of 9 and of 1,000 tags, in turns: a screenful is painted."""
    pages = {count: opened(browser, site, count, "&kiosk=1") for count in (9, 1000)}
    took: dict[int, list[float]] = {count: [] for count in pages}
    for _ in range(PAINTS):
        for count, page in pages.items():
            page.bring_to_front()
            took[count].append(page.evaluate("refreshed()"))
            page.wait_for_timeout(200)
    for page in pages.values():
        page.close()
    few, many = (float(np.median(took[count][2:])) for count in (9, 1000))
    note = f"{few:.0f} ms, {many:.0f} ms"
    verdict.add("a wall of 1,000 tags / of 9, answer to painted", many / few, note=note)


def memory(verdict: Verdict, browser: Any, site: str, name: str, query: str = "") -> None:
    """Browser memory after 1,000 refreshes of 1,000 tags, and after ten."""
    page = opened(browser, site, 1000, query)
    session = page.context.new_cdp_session(page)

    def used() -> float:
        for _ in range(2):  # what hangs on nodes goes with the second
            session.send("HeapProfiler.collectGarbage")
        return float(page.evaluate("performance.memory.usedJSHeapSize"))

    run = "async count => { for (let i = 0; i < count; i++) await refreshed(); }"
    page.evaluate(run, 10)
    page.wait_for_timeout(1_000)
    few = used()
    page.evaluate(run, 990)
    page.wait_for_timeout(1_000)
    note = f"{few / 1e6:.1f} MB after 10"
    verdict.add(name, used() / few, note=note)
    page.close()


@contextlib.contextmanager
def plant() -> Iterator[str]:
    """Run the app over an empty historian, and give its address; what is shown is made up."""
    with scratch() as (dsn, _folder):
        with contextlib.closing(psycopg2.connect(dsn)) as connection:
            install.install(connection)
            connection.commit()
        address, process = started_site(dsn)
        try:
            yield address
        finally:
            process.kill()
            process.wait(15)


def main(site: str) -> None:
    """Measure all; the browser's part over a running site."""
    verdict = Verdict(LIMITS)
    bytes_a_tag(verdict)
    server_cpu(verdict)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=[*CHROMIUM_FLAGS]
        )
        painted(verdict, browser, site)
        painted_wall(verdict, browser, site)
        memory(verdict, browser, site, "browser memory, 1,000 refreshes / 10")
        memory(verdict, browser, site, "memory of a wall, 1,000 refreshes / 10", "&kiosk=1")
        browser.close()
    verdict.end()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(sys.argv[1])
    else:
        with plant() as address:
            main(address)
