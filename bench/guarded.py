"""What sign-in costs a frame of the overview, and how long /readyz takes beside slow questions.

Two sites over one small plant, one with sign-in, are asked for frames in turns; then the one with
sign-in is asked whether it is ready, while nothing else goes on and while eight questions wait for
a table that is locked.
"""

import argparse
import contextlib
import http.client
import statistics
import threading
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import psycopg2

from bench.historian import planted
from bench.hostile import cookie_of
from bench.verdict import Verdict, at_least, at_most
from tests.conftest import started_site
from tests.support.people import add_people

FRAMES = "frames a second, signed in / without authentication"
READY = "p99 of /readyz, with eight questions that wait / idle"
LIMITS = {FRAMES: at_least(0.9), READY: at_most(3)}
ROUNDS = 5
#: Turns of frames in a round, and frames of one: short ones, for other work comes and goes.
TURNS, FRAMES_A_TURN = 12, 100
#: Questions for /readyz of a round, and how long is waited between two [s].
ASKED, BETWEEN_S = 300, 0.01
QUESTIONS = 8


class Viewer:
    """One who asks over one connection, signed in by a cookie or not."""

    def __init__(self, site: str, cookie: str = "") -> None:
        parts = urlsplit(site)
        self._line = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
        self._headers = {"Cookie": cookie} if cookie else {}

    def ask(self, path: str) -> int:
        """Return the status of an answer, all of which was read."""
        self._line.request("GET", path, headers=self._headers)
        answer = self._line.getresponse()
        answer.read()
        return answer.status

    def rate(self, path: str, count: int) -> float:
        """Return the answers a second."""
        begun = time.perf_counter()
        for _ in range(count):
            status = self.ask(path)
            if status != 200:
                raise SystemExit(f"the server answered {status} to {path}")
        return count / (time.perf_counter() - begun)

    def p99(self, path: str, count: int) -> float:
        """Return how long 99 of 100 answers take at most [s]; the site is left a pause between."""
        times = []
        for _ in range(count):
            begun = time.perf_counter()
            self.ask(path)
            times.append(time.perf_counter() - begun)
            time.sleep(BETWEEN_S)
        return statistics.quantiles(times, n=100)[-1]


@contextlib.contextmanager
def sites() -> Iterator[tuple[str, str, str]]:
    """Run a site without and one with sign-in, a worker each; give both addresses and the DSN."""
    with planted(days=2) as (dsn, folder):
        add_people(folder)
        given = {"WEB_CONCURRENCY": "1", "RATE_LIMIT": "0", "KSYS_DATA": str(folder)}
        started = [started_site(dsn, AUTH=way, **given) for way in ("none", "password")]
        try:
            yield started[0][0], started[1][0], dsn
        finally:
            for _address, process in started:
                process.terminate()
                process.wait(15)


@contextlib.contextmanager
def waiting(site: str, cookie: str, dsn: str, turn: int) -> Iterator[list[int]]:
    """Let eight questions wait for a table; give the statuses of those that were answered."""
    statuses: list[int] = []

    def ask(number: int) -> None:
        path = f"/trend/rows.csv?tag=D101&window={60 + QUESTIONS * turn + number}m"
        statuses.append(Viewer(site, cookie).ask(path))

    with contextlib.closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("LOCK TABLE influx_hist, influx_agg_1m IN ACCESS EXCLUSIVE MODE")
        asking = [threading.Thread(target=ask, args=(number,)) for number in range(QUESTIONS)]
        for thread in asking:
            thread.start()
        time.sleep(0.5)
        yield statuses
        connection.rollback()
    for thread in asking:
        thread.join()


def measure(rounds: int) -> None:
    """Print both ratios, each of turns, and hold them against their limits."""
    with sites() as (free, guarded, dsn):
        cookie = cookie_of(guarded)
        anybody, known = Viewer(free), Viewer(guarded, cookie)
        pairs = [
            [each.rate("/overview/frame", FRAMES_A_TURN) for each in (anybody, known)]
            for _ in range(TURNS * rounds + 1)
        ][1:]
        verdict = Verdict(LIMITS)
        rates = [statistics.median(rate) for rate in zip(*pairs, strict=True)]
        ratio = statistics.median(signed / without for without, signed in pairs)
        verdict.add(FRAMES, ratio, note=f"{rates[1]:.0f} / {rates[0]:.0f}")
        times, turned_away = [], 0
        for turn in range(rounds):
            idle = known.p99("/readyz", ASKED)
            with waiting(guarded, cookie, dsn, turn) as statuses:
                busy = known.p99("/readyz", ASKED)
                turned_away += len(statuses)
            times.append((idle, busy))
        shown = " / ".join(
            f"{1e3 * statistics.median(each):.1f}" for each in zip(*times, strict=True)
        )
        note = f"{shown} ms (idle / beside), {turned_away / rounds:.0f} of 8 turned away"
        verdict.add(READY, statistics.median(busy / idle for idle, busy in times), note=note)
        verdict.end()


def main() -> None:
    """Measure a few rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    measure(parser.parse_args().rounds)


if __name__ == "__main__":
    main()
