"""Whether four workers hold what they held: memory after a fifth of much use, and at the end.

40,000 refreshes of the overview and 4,000 pages with their rows: a fifth of them fills what is
kept for a minute. Memory is counted in shares (PSS).
"""

import argparse
import itertools
from concurrent.futures import ThreadPoolExecutor

from bench.historian import planted
from bench.verdict import Verdict, at_most
from bench.workers import shares
from tests.conftest import started_site
from tests.support.redis import SECRET, redis_server
from tests.support.workers import BUSY, Question, asked

GROWTH = "memory of a site of four workers at the end / after a fifth"
REFUSED = "questions that were refused, other than for want of a place"
LIMITS = {GROWTH: at_most(1.05), REFUSED: at_most(0)}
WORKERS, PARTS = 4, 5
REFRESHES, PAGES, AT_ONCE = 40_000, 4_000, 8
FRAME = "/overview/frame"
#: What a visit of a page asks for, in turns.
VISITS = (
    *("/", "/trend?tag=D101", "/trend/rows.csv?tag=D101&window=6h", "/tech?tag=D101"),
    *("/tech/rows.csv?tag=D101&window=6h", "/status.json", "/overview/sparklines"),
    *("/api/v1/statistics?tag=D102&window=12h", "/trend/rows.csv?tag=D102&tag=D200&window=24h"),
)


def used(site: str, refreshes: int, pages: int) -> int:
    """Ask for so much; return how much was refused, other than for want of a place."""
    visits = itertools.islice(itertools.cycle(VISITS), pages)
    each = max(1, refreshes // pages)
    paths = [path for visit in visits for path in (visit, *[FRAME] * each)]
    with ThreadPoolExecutor(AT_ONCE) as many:
        return sum(
            status not in {200, *BUSY}
            for status in many.map(lambda p: asked(site, Question(p))[0], paths)
        )


def main() -> None:
    """Hold the growth against its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of what comes after a fifth")
    share = parser.parse_args().share
    verdict, held, refused = Verdict(LIMITS), [], 0
    with planted(days=2) as (dsn, folder), redis_server() as port:
        site, process = started_site(
            dsn, WEB_CONCURRENCY=str(WORKERS), AUTH="none", RATE_LIMIT="0", KSYS_DATA=str(folder),
            REDIS_URL=f"redis://127.0.0.1:{port}", CACHE_SECRET=SECRET,
        )  # fmt: skip
        try:
            for part in range(PARTS):
                some = (share if part else 1.0) / PARTS  # the first fills, and takes its minute
                refused += used(site, int(some * REFRESHES), int(some * PAGES))
                held.append(sum(shares(process)))
        finally:
            process.terminate()
            process.wait(30)
    shown = ", ".join(f"{each:.0f}" for each in held)
    verdict.add(GROWTH, held[-1] / held[0], note=f"MB after each fifth: {shown}")
    verdict.add(REFUSED, refused)
    verdict.end()


if __name__ == "__main__":
    main()
