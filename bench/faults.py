"""What a shared cache at fault adds to an answer: the wait for it, once in a pause.

A site of one worker is asked for pages, frames and rows while Redis is well, and while the way to
it is at fault; each fault begins with the cache believed to be well.
"""

import contextlib
import statistics
import time
import urllib.request
from collections.abc import Callable, Iterator

from bench.historian import planted
from bench.verdict import Verdict, at_most
from tests.conftest import started_site
from tests.support.proxy import Proxy
from tests.support.redis import SECRET, redis_server

MOST = "slowest answer with a fault, less that without [s]"
TYPICAL = "median answer with a fault / without"
LIMITS = {MOST: at_most(0.5), TYPICAL: at_most(1.5)}
#: How long each is asked [s]: twice as long as Redis is left alone.
ASKING_S = 12.0
#: How long is waited between two questions [s].
BETWEEN_S = 0.05


def _delayed(seconds: float) -> Callable[[Proxy], None]:
    def begin(way: Proxy) -> None:
        way.mode, way.seconds = "delay", seconds

    return begin


def _of_mode(mode: str) -> Callable[[Proxy], None]:
    return lambda way: setattr(way, "mode", mode)


#: What becomes of the way to Redis.
FAULTS: dict[str, Callable[[Proxy], None]] = {
    "0.3 s late": _delayed(0.3),
    "0.12 s late": _delayed(0.12),
    "0.04 s late": _delayed(0.04),
    "silent": _of_mode("silent"),
    "reset": _of_mode("reset"),
    "refusing": Proxy.refuse,
}


def times(site: str) -> list[float]:
    """Return how long each answer took [s]; each question is another, or of another moment."""
    taken, until = [], time.monotonic() + ASKING_S
    for number in range(10**6):
        if time.monotonic() > until:
            break
        window = 60 + number % 1_000
        for path in ("/trend", "/overview/frame", f"/trend/rows.csv?tag=D101&window={window}m"):
            begun = time.perf_counter()
            urllib.request.urlopen(f"{site}{path}", timeout=60).close()
            taken.append(time.perf_counter() - begun)
            time.sleep(BETWEEN_S)
    return taken


@contextlib.contextmanager
def site() -> Iterator[tuple[str, Proxy]]:
    """Run a site over a small plant that shares its answers; give its address and the way."""
    with (
        planted(days=2) as (dsn, folder),
        redis_server() as port,
        Proxy(f"host=127.0.0.1 port={port}") as way,
    ):
        shared = {"REDIS_URL": f"redis://127.0.0.1:{way.port}", "CACHE_SECRET": SECRET}
        given = {"WEB_CONCURRENCY": "1", "AUTH": "none", "RATE_LIMIT": "1000000"}
        address, process = started_site(dsn, KSYS_DATA=str(folder), **given, **shared)
        try:
            times(address)
            yield address, way
        finally:
            process.terminate()
            process.wait(15)


def main() -> None:
    """Hold each fault against the limits."""
    verdict = Verdict(LIMITS)
    with site() as (address, way):
        for name, begin in FAULTS.items():
            way.mode = "pass"
            well = times(address)
            begin(way)
            ill = times(address)
            most = max(ill) - max(well)
            note = f"slowest {max(ill):.2f} / {max(well):.2f} s, {len(ill)} answers"
            verdict.add(MOST, most, name, note)
            verdict.add(TYPICAL, statistics.median(ill) / statistics.median(well), name)
    verdict.end()


if __name__ == "__main__":
    main()
