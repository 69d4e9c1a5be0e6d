"""From the question to a painted chart of many points, against plotly and the usual Dash way.

8 tags of 24 h, a bucket a minute with its extremes, against plotly itself drawing the same figure,
which is in the page already; and a window of 50,000 readings of one tag against `bench/usual.py`,
which sends `go.Figure(frame)` of them. Each question is of a window that was not asked for before.
"""

import argparse
import statistics
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
from playwright.sync_api import Page, sync_playwright

from bench.historian import planted
from bench.verdict import Verdict, at_most
from bench.visits import options, running
from data.store import rollups

LIMITS = {
    "8 tags of 24 h painted / plotly itself drawing the same figure": at_most(1.6),
    "50,000 readings painted / the usual Dash way": at_most(0.35),
}
EIGHT, SINGLE = [f"B{place}" for place in range(8)], "B8"
#: Seconds of a window, and between two readings of it.
WINDOWS = {"of eight": (86_400, 10), "of one": (50_000, 1)}
SEED = """
INSERT INTO influx_hist (ts, tag_name, value)
SELECT at, tag, round((50 + 10 * sin(extract(epoch FROM at) / 600) + random())::numeric, 3)
FROM unnest(%s::text[]) AS tag,
    generate_series(%s::timestamptz, %s, make_interval(secs => %s)) AS at
"""
#: Milliseconds until the chart has been drawn anew and painted, after a click.
CLICKED = """
(selector) => new Promise((resolve) => {
  const plot = document.querySelector(".js-plotly-plot");
  const begun = performance.now();
  const painted = () => resolve(performance.now() - begun);
  plot.once("plotly_afterplot", () => requestAnimationFrame(() => requestAnimationFrame(painted)));
  document.querySelector(selector).click();
})
"""
#: The same of plotly alone: another chart, of the figure that is there, as high and as wide.
DIRECT = """
async () => {
  const plot = document.querySelector(".js-plotly-plot");
  const figure = { data: structuredClone(plot.data), layout: structuredClone(plot.layout) };
  const place = document.createElement("div");
  const { width, height } = plot.getBoundingClientRect();
  place.style.cssText = `position: fixed; top: 0; left: 0; width: ${width}px; height: ${height}px`;
  document.body.append(place);
  const begun = performance.now();
  await Plotly.newPlot(place, figure.data, figure.layout);
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const taken = performance.now() - begun;
  Plotly.purge(place);
  place.remove();
  return taken;
}
"""


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    verdict = Verdict(LIMITS)
    with planted(days=2) as (dsn, _folder), ExitStack() as stack:
        stop = seed(dsn, rounds + 2)
        ours = stack.enter_context(running(dsn))
        seconds = {"TAG": SINGLE, "SECONDS": str(WINDOWS["of one"][0])}
        usual = stack.enter_context(running(dsn, "-m", "bench.usual", **seconds))
        browser = stack.enter_context(sync_playwright()).chromium.launch(**options())
        eight = opened(browser, ours + address(EIGHT, stop, WINDOWS["of eight"][0]))
        report(
            verdict,
            "8 tags of 24 h painted / plotly itself drawing the same figure",
            [(eight.evaluate(DIRECT), click(eight, "#trend-back")) for _ in range(rounds)],
        )
        eight.close()
        one = opened(browser, ours + address([SINGLE], stop, WINDOWS["of one"][0]))
        other = opened(browser, usual)
        report(
            verdict,
            "50,000 readings painted / the usual Dash way",
            [(click(other, "#back"), click(one, "#trend-back")) for _ in range(rounds)],
        )
    verdict.end()


def seed(dsn: str, windows: int) -> datetime:
    """Write the readings of each tag for so many windows; return where the last one stops."""
    stop = datetime.now(UTC).replace(microsecond=0)
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        for tags, (span, step) in zip((EIGHT, [SINGLE]), WINDOWS.values(), strict=True):
            cursor.execute(SEED, (tags, stop - timedelta(seconds=windows * span), stop, step))
        connection.commit()
        rollups.refresh(connection)
    return stop


def address(tags: list[str], stop: datetime, seconds: int) -> str:
    """Return the address of the readings of tags in the window that stops then."""
    start = stop - timedelta(seconds=seconds)
    asked = "&".join(f"tag={tag}" for tag in tags)
    return f"/trend?{asked}&start={start:%Y-%m-%dT%H:%M:%SZ}&stop={stop:%Y-%m-%dT%H:%M:%SZ}"


def opened(browser: Any, where: str) -> Page:
    """Return a page that shows its first chart, and asks for nothing any more."""
    page: Page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(where)
    page.locator(".js-plotly-plot .scatterlayer path.js-line").first.wait_for(state="attached")
    page.wait_for_load_state("networkidle")
    return page


def click(page: Page, selector: str) -> float:
    """Return the milliseconds from a click to the painted chart."""
    taken = float(page.evaluate(CLICKED, selector))
    page.wait_for_load_state("networkidle")
    return taken


def report(verdict: Verdict, name: str, pairs: list[tuple[float, float]]) -> None:
    """Add the ratio of the medians of (floor, subject) [ms]."""
    low, high = (statistics.median(column) for column in zip(*pairs, strict=True))
    verdict.add(name, high / low, note=f"{high:.0f} ms / {low:.0f} ms")


if __name__ == "__main__":
    main()
