"""How soon pages have new values once a historian that was away is back, in intervals of a page.

A site of one worker is asked for the overview's frame and for charts while the way to its historian
is at fault, as often as many viewers ask. From the moment on at which the way is open again it is
asked five times a second until an answer is good: a frame without a word about its age, a chart
that was asked for anew.
"""

import argparse
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from itertools import count
from typing import Any

from bench.historian import scratch
from bench.rules import fill
from bench.trend import WIDTH, call_of
from bench.verdict import Verdict, at_most
from tests.conftest import started_site
from tests.support.proxy import Proxy

BACK = "first good answer after the historian is back / one interval"
LIMITS = {BACK: at_most(1)}
TAGS, READINGS = 1_000, 120
#: Between two questions of a page (REFRESH_SECONDS), and of a bench [s].
INTERVAL_S, EACH_S = 10.0, 0.2
#: So long the historian is away [s]: longer than what is kept of it counts as new.
AWAY_S = 15.0
Change = Callable[[Proxy], object]


def _of_mode(mode: str) -> Change:
    return lambda way: setattr(way, "mode", mode)


#: What becomes of the way to it meanwhile, and what mends that: a server that is stopped, one that
#: hangs, a line that is cut.
FAULTS: dict[str, tuple[Change, Change]] = {
    "refusing": (Proxy.refuse, Proxy.listen),
    "silent": (_of_mode("silent"), _of_mode("pass")),
    "reset": (_of_mode("reset"), _of_mode("pass")),
}
#: Asks a site something, says whether the answer is good.
Look = Callable[[], bool]


def answer(address: str, body: dict[str, Any] | None = None) -> Any:
    """Return what stands at an address as JSON, None where it is refused."""
    sent = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, sent, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as refusal:
        if refusal.code != 503:
            raise
        return None


def looks(site: str) -> dict[str, Look]:
    """Return what looks for a new frame and for a chart of a window that nobody asked for yet."""
    names = [each["output"] for each in answer(f"{site}/_dash-dependencies")]
    draw, minutes = call_of(names, "trend-chart.figure"), count(60)

    def frame() -> bool:
        told = answer(f"{site}/overview/frame")
        return told is not None and "error" not in told

    def chart() -> bool:
        asked = {"tag": ["T1"], "window": f"{next(minutes)}m", "width": WIDTH, "theme": "light"}
        value = {"id": "trend-question", "property": "data", "value": asked}
        told = answer(f"{site}/_dash-update-component", {**draw, "inputs": [value], "state": []})
        drawn = told and told["response"].get("trend-chart")
        return bool(drawn and drawn["figure"]["data"])

    return {"frame": frame, "chart": chart}


def away(way: Proxy, begin: Change, look: Look) -> int:
    """Let the historian be away while it is asked for; return how often it was missed."""
    begin(way)
    until, missed = time.monotonic() + AWAY_S, 0
    while time.monotonic() < until:
        missed += not look()
        time.sleep(EACH_S)
    return missed


def back(way: Proxy, mend: Change, look: Look) -> float:
    """Open the way again; return how long it takes until an answer is good [s]."""
    mend(way)
    begun = time.monotonic()
    while not look():
        time.sleep(EACH_S)
    return time.monotonic() - begun


def measure(site: str, way: Proxy, rounds: int, verdict: Verdict) -> None:
    """Print the slowest return after each fault."""
    for name, (begin, mend) in FAULTS.items():
        for what, look in looks(site).items():
            if not look():
                raise SystemExit(f"no {what} is answered while the historian is well")
            missed, took = 0, []
            for _ in range(rounds):
                missed += away(way, begin, look)
                took.append(back(way, mend, look))
            if not missed:
                raise SystemExit(f"no {what} was missed while the historian was {name}")
            note = f"slowest of {rounds}: {max(took):.2f} s, {missed} were missed before"
            verdict.add(BACK, max(took) / INTERVAL_S, f"{what}, {name}", note)


def main() -> None:
    """Measure a site of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    rounds, verdict = parser.parse_args().rounds, Verdict(LIMITS)
    with scratch() as (dsn, _folder):
        fill(dsn, TAGS, READINGS)
        with Proxy(dsn) as way:
            address, process = started_site(way.dsn, WEB_CONCURRENCY="1")
            try:
                measure(address, way, rounds, verdict)
            finally:
                process.terminate()
                process.wait(15)
    verdict.end()


if __name__ == "__main__":
    main()
