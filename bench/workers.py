"""What a second worker adds in memory: less than the first, for it shares what the master made.

Memory is counted in shares (PSS): a page that three processes share is a third of a page to each.
"""

import itertools
import subprocess
import time
import urllib.request
from pathlib import Path

from bench.historian import planted
from bench.verdict import Verdict, at_most
from tests.conftest import started_site

IDLE = "memory that a second worker adds / of a site with one, idle"
USED = "memory that a second worker adds / of a site with one, used"
LIMITS = {IDLE: at_most(0.35), USED: at_most(0.4)}
#: What is asked, so often, of sites that are used.
PATHS = (
    *("/", "/overview/frame", "/overview/tags", "/overview/sparklines", "/status.json"),
    *("/trend/rows.csv?tag=D101&window=6h", "/tech/rows.csv?tag=D101&window=6h"),
)
TIMES = 40
#: So long a site is left alone before it is looked at [s]: its first frames are made.
SETTLING_S = 3.0


def shares(process: subprocess.Popen[bytes]) -> list[float]:
    """Return the memory of a site's processes [MB], the master first."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [_share(pid) for pid in (str(process.pid), *children)]


def _share(pid: str) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    (line,) = (each for each in lines if each.startswith("Pss:"))
    return int(line.split()[1]) * 1024 / 1e6


def measured(dsn: str, folder: Path, workers: int) -> tuple[list[float], list[float]]:
    """Return the memory of each process of a site with so many workers: idle, and used."""
    given = {"AUTH": "none", "RATE_LIMIT": "0", "KSYS_DATA": str(folder)}
    address, process = started_site(dsn, WEB_CONCURRENCY=str(workers), **given)
    try:
        time.sleep(SETTLING_S)
        idle = shares(process)
        for path in itertools.chain.from_iterable(itertools.repeat(PATHS, TIMES * workers)):
            urllib.request.urlopen(f"{address}{path}").close()
        return idle, shares(process)
    finally:
        process.terminate()
        process.wait(15)


def main() -> None:
    """Hold what a second worker adds against its limits."""
    with planted(days=2) as (dsn, folder):
        one, two = (measured(dsn, folder, workers) for workers in (1, 2))
    verdict = Verdict(LIMITS)
    for name, alone, both in zip((IDLE, USED), one, two, strict=True):
        shown = [" + ".join(f"{each:.0f}" for each in part) for part in (alone, both)]
        note = f"MB, master and workers: {shown[0]}; {shown[1]}"
        verdict.add(name, sum(both) / sum(alone) - 1, note=note)
    verdict.end()


if __name__ == "__main__":
    main()
