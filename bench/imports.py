"""What importing the app takes, in time and memory, against the libraries that it stands on.

Each import is a process of its own, in turns. Byte code is written before, into a folder of the
bench, as it is where Ksys is installed: without it every start compiles our modules anew.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from bench.verdict import Verdict, at_most
from tests.support.places import ROOT

SLOWER = "import of app / of its libraries alone"
LARGER = "memory after import of app / of its libraries alone"
LIMITS = {SLOWER: at_most(1.25), LARGER: at_most(1.1)}
LIBRARIES = (
    "pandas, dash, dash_bootstrap_components, psycopg2, sqlalchemy, sqlalchemy.dialects.postgresql,"
    " flask_babel, flask_caching, flask_compress, flask_bootstrap, orjson, argon2,"
    " gunicorn.app.base"
)
SUBJECTS = {
    "nothing": "sys",
    "dash": "dash",
    "pandas": "pandas",
    "libraries": LIBRARIES,
    "app": "app",
}
#: Processor time, which other work on the machine disturbs least, and resident pages.
PROGRAM = """
import sys, time
import {modules}
print(time.process_time(), open('/proc/self/statm').read().split()[1])
"""
ROUNDS = 7


class Cost(NamedTuple):
    """What a process took until its imports were done: processor time [s] and memory [MB]."""

    seconds: float
    megabytes: float


def cost(modules: str, folder: Path) -> Cost:
    """Return what a process that imports these modules took."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-c", PROGRAM.format(modules=modules)]
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
    )
    seconds, pages = ended.stdout.split()
    return Cost(float(seconds), int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6)


def measure(rounds: int) -> None:
    """Print what each import takes, and hold ours against what it stands on."""
    with tempfile.TemporaryDirectory(prefix="ksys-bench-") as name:
        folder = Path(name)
        turns = [
            {subject: cost(modules, folder) for subject, modules in SUBJECTS.items()}
            for _ in range(rounds + 1)
        ][1:]  # the first writes the byte code
    seconds = {each: min(turn[each].seconds for turn in turns) for each in SUBJECTS}
    memory = {each: statistics.median(turn[each].megabytes for turn in turns) for each in SUBJECTS}
    verdict = Verdict(LIMITS)
    for each in SUBJECTS:
        verdict.add(
            f"MB after import of {each}", memory[each], note=f"{1e3 * seconds[each]:.0f} ms"
        )
    verdict.add("import of app / of dash", seconds["app"] / seconds["dash"])
    verdict.add("import of its libraries / of dash", seconds["libraries"] / seconds["dash"])
    verdict.add(SLOWER, seconds["app"] / seconds["libraries"])
    verdict.add(LARGER, memory["app"] / memory["libraries"])
    verdict.end()


def main() -> None:
    """Measure a few rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    measure(parser.parse_args().rounds)


if __name__ == "__main__":
    main()
