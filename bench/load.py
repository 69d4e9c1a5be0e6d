"""Loading a file of readings against a bare COPY of the same rows into the same table.

Both are timed alternately, each into an emptied table with its indexes and triggers. The floor is
handed its rows as prepared CSV text; the subject also unpacks, parses, judges and drops repeats.
"""

import argparse
import gzip
import io
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection

from bench.verdict import Verdict, at_least
from data import embedded
from data.demo import TAGS, Plant, written
from data.files import load
from data.store import install

LIMITS = {"speed of a load / of a bare COPY": at_least(0.5)}
BARE_COPY = "COPY influx_hist (ts, tag_name, value) FROM STDIN (FORMAT csv)"
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
SETS = ("skab.csv.gz", "ett_hourly.csv.gz", "appliances_10min.csv.gz")
DAY = 86_400
NOW = 1_795_400_000


def plant_file(directory: Path) -> Path:
    """Return a packed long CSV file of a day of the demonstration plant, 5 s apart."""
    path = directory / "plant_day.csv.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("ts,tag_name,value\n")
        for made in written(TAGS, Plant(7, NOW), NOW - DAY, NOW, NOW):
            for at, code, value in zip(made.times, made.codes, made.values, strict=True):
                clock = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(at) // 1_000_000))
                file.write(f"{clock},{made.names[code]},{value}\n")
    return path


def distinct_rows(path: Path) -> bytes:
    """Return the rows of a long file as CSV text, the last of repeated ones, in file order."""
    kept: dict[str, str] = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        next(file)
        for line in file:
            kept[line.rpartition(",")[0]] = line
    return "".join(kept.values()).encode()


def seconds(connection: Connection, work: Callable[[], object]) -> float:
    """Return how long work takes on an empty table, with its commit."""
    with connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE influx_hist")
    with connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE ksys_dirty")
    start = time.perf_counter()
    work()
    connection.commit()
    return time.perf_counter() - start


def bare_copy(connection: Connection, rows: bytes) -> None:
    """Do what the floor does."""
    with connection.cursor() as cursor:
        cursor.copy_expert(BARE_COPY, io.BytesIO(rows), 1 << 18)


def compare(verdict: Verdict, connection: Connection, path: Path, rounds: int) -> None:
    """Time floor and subject: how fast is the subject against the floor?"""
    rows = distinct_rows(path)
    floor, subject = [], []
    for _ in range(rounds):
        floor.append(seconds(connection, lambda: bare_copy(connection, rows)))
        subject.append(seconds(connection, lambda: load.load(connection, path, zone="UTC")))
    again = time.perf_counter()
    summary = load.load(connection, path, zone="UTC")
    again = time.perf_counter() - again
    low, high = statistics.median(floor), statistics.median(subject)
    verdict.add(
        "speed of a load / of a bare COPY",
        low / high,
        of=path.name,
        note=f"{high:.2f} s / {low:.2f} s, {summary.unchanged:,} rows; second load {again:.2f} s",
    )


def main() -> None:
    """Measure every set that is there, else the plant's day."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    verdict = Verdict(LIMITS)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        files = asked.files or [path for path in map(SHARED.joinpath, SETS) if path.exists()]
        server = embedded.start(directory / "pg")
        connection = psycopg2.connect(server.dsn)
        try:
            install.install(connection)
            for path in files or [plant_file(directory)]:
                compare(verdict, connection, path, asked.rounds)
        finally:
            connection.close()
            server.release()
    verdict.end()


if __name__ == "__main__":
    main()
