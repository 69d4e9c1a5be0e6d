"""What more workers bring, and what they ask of the historian: sites of 1, 2 and 4 with a Redis.

All run over one plant. Answers a second are those of a site under more questions than it can
answer, the sites in turns; the asker runs on the same cores. What is asked of the historian is
counted while 100 viewers of the overview refresh: what a tick reads, and all; the rest each worker
asks for itself at its own pace, the database's clock and whether a standby follows. Beside a ratio
stands how many cores were busy: where one worker with its server and who asks keeps one and a half
of two busy, four of them cannot bring more than a third.
"""

import argparse
import asyncio
import itertools
import re
import statistics
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

import psutil

from bench.historian import planted
from bench.verdict import Verdict, at_least, at_most
from bench.viewers import offered
from tests.conftest import started_site
from tests.support.redis import SECRET, redis_server
from tests.support.servers import until
from tests.support.traffic import Traffic
from tests.support.workers import Question, asked

FRAMES = "frames a second, four workers / one"
TRENDS = "rows of trends a second, four workers / one"
TICKS = "statements of a tick a second, most of 1, 2 and 4 workers / least"
LIMITS = {TRENDS: at_least(1.7), TICKS: at_most(1.5)}  # frames are told
COUNTS = (1, 2, 4)
VIEWERS, WATCHED_S = 100, 40.0
#: Frames offered a second: more than two cores answer.
OFFERED, SECONDS = 4_000, 4.0
#: Questions for rows, no two alike, and how many wait for an answer at once.
ROWS, AT_ONCE = 60, 4
FRAME, TICK = "/overview/frame", "queries.latest.recent"
_minutes = itertools.count()


class Rates(NamedTuple):
    """Statements: of ticks, and all."""

    ticks: float
    all: float


@contextmanager
def sites() -> Iterator[dict[int, str]]:
    """Run a site for each count of workers, each with a Redis; give their addresses."""
    with ExitStack() as stack:
        dsn, folder = stack.enter_context(planted(days=2))
        found = {}
        for count in COUNTS:
            port = stack.enter_context(redis_server())
            address, process = started_site(
                dsn, WEB_CONCURRENCY=str(count), AUTH="none", RATE_LIMIT="0",
                KSYS_DATA=str(folder), REDIS_URL=f"redis://127.0.0.1:{port}", CACHE_SECRET=SECRET,
            )  # fmt: skip
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
            found[count] = address
        time.sleep(3)
        for address in found.values():
            until(partial(is_warm, address))
        yield found


def is_warm(site: str) -> bool:
    """Whether as many at once as four workers take all get a frame, so that each has one."""
    with ThreadPoolExecutor(32) as many:
        got = many.map(lambda _: asked(site, Question(FRAME))[0], range(64))
        return set(got) == {200}


def trends(site: str) -> float:
    """Return the answers a second to questions for six hours of a trend, each another."""
    stop = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=8)

    def ask(minutes: int) -> int:
        end = stop - timedelta(minutes=minutes)
        bounds = f"start={end - timedelta(hours=6):%Y-%m-%dT%H:%MZ}&stop={end:%Y-%m-%dT%H:%MZ}"
        return asked(site, Question(f"/trend/rows.csv?tag=D101&resolution=1m&{bounds}"))[0]

    numbers = [next(_minutes) for _ in range(ROWS)]
    begun = time.perf_counter()
    with ThreadPoolExecutor(AT_ONCE) as many:
        statuses = list(many.map(ask, numbers))
    if set(statuses) != {200}:
        raise SystemExit(f"the server answered {set(statuses) - {200}}")
    return ROWS / (time.perf_counter() - begun)


def frames(site: str) -> float:
    """Return the frames a second of a site that is asked for more than it can answer."""
    until(partial(is_warm, site))
    return asyncio.run(offered(site, FRAME, OFFERED, SECONDS, patient=True))


def with_cores(measure: Callable[[str], float], site: str) -> tuple[float, float]:
    """Return what is measured of a site, and how many cores of the machine were busy meanwhile."""
    before, begun = psutil.cpu_times(), time.monotonic()
    found = measure(site)
    after, took = psutil.cpu_times(), time.monotonic() - begun
    of_work = ("user", "nice", "system", "irq", "softirq")
    spent = sum(getattr(after, name) - getattr(before, name) for name in of_work)
    return found, spent / took


def statements(site: str) -> Rates:
    """Return how many statements a site has asked of the historian: of ticks, and all."""
    with urllib.request.urlopen(f"{site}/metrics") as answer:
        text = answer.read().decode()
    counts = re.findall(r'^ksys_query_seconds_count\{query="([^"]+)"\} (\S+)$', text, re.M)
    of_ticks = (float(count) for name, count in counts if name == TICK)
    return Rates(sum(of_ticks), sum(float(count) for _name, count in counts))


def of_a_tick(site: str) -> Rates:
    """Return the statements a second while viewers refresh each ten seconds, as pages do."""
    before, begun = statements(site), time.monotonic()
    with Traffic(site, {Question(FRAME): lambda *_: True}, VIEWERS / 10):
        time.sleep(WATCHED_S)
    after, took = statements(site), time.monotonic() - begun
    return Rates(*((late - early) / took for early, late in zip(before, after, strict=True)))


def main() -> None:
    """Measure in turns, and hold the ratios against their limits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    verdict = Verdict(LIMITS)
    with sites() as found:
        for name, measure in ((FRAMES, frames), (TRENDS, trends)):
            sites_of = (found[1], found[4])
            pairs = [[with_cores(measure, each) for each in sites_of] for _ in range(rounds + 1)]
            one, four = (list(zip(*each, strict=True)) for each in zip(*pairs[1:], strict=True))
            ratio = statistics.median(b / a for a, b in zip(one[0], four[0], strict=True))
            note = " / ".join(f"{statistics.median(each[0]):.0f}" for each in (four, one))
            cores = " / ".join(f"{statistics.median(each[1]):.2f}" for each in (four, one))
            verdict.add(name, ratio, note=f"{note} a second, {cores} cores busy")
        rates = {count: of_a_tick(address) for count, address in found.items()}
        note = ", ".join(
            f"{rate.ticks:.2f} of {rate.all:.2f} a second with {count}"
            for count, rate in rates.items()
        )
        ticks = [rate.ticks for rate in rates.values()]
        verdict.add(TICKS, max(ticks) / min(ticks), note=note)
    verdict.end()


if __name__ == "__main__":
    main()
