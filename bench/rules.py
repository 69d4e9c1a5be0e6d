"""All rules of 1,000 tags judged now, against reading what they are judged from.

Floor: the recent readings, 61 a tag, and the look-back, read into frames, no cache.
Subject: `states.ambiguous` and `states.tag_states` on those frames. One tag in ten rests in
the deadband of its limit all the while, so that the tail does not decide and the look-back runs.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import flask
import pandas as pd
import psycopg2

from bench.verdict import Verdict, at_most
from data import embedded, queries
from data.analysis import Floats, ManyChecks, checks, states
from data.db import cache, pool
from data.store import install

LIMITS = {"judging 1,000 tags / reading them": at_most(2)}
FILL = """
INSERT INTO influx_hist (ts, tag_name, value, qc)
SELECT now() - make_interval(secs => 5 * reading), format('T%%s', tag),
       CASE WHEN tag %% 10 = 0 THEN 79 + random() / 2 ELSE 50 + 4 * (random() - random()) END, 0
FROM generate_series(1, %s) AS tag, generate_series(0, %s) AS reading
"""
RULES = """
INSERT INTO influx_qc_rule (tag_name, min_val, max_val, warn_min, warn_max, crit_min, crit_max,
    max_step, max_gap_seconds, roc_max_per_min, spike_zscore, deadband_pct, meta)
SELECT format('T%%s', tag), 0, 100, 10, 80, 5, 90, 30, 30, 400, 6, 2, '{"flat_seconds": 600}'
FROM generate_series(1, %s) AS tag
"""


class Read(NamedTuple):
    """What the historian says about all tags now."""

    latest: pd.DataFrame
    trusted: pd.DataFrame
    answers: pd.DataFrame


def fill(dsn: str, tags: int, readings: int) -> None:
    """Write the readings and a full rule for each tag."""
    connection = psycopg2.connect(dsn)
    try:
        install.install(connection)
        with connection, connection.cursor() as cursor:
            cursor.execute(RULES, (tags,))
            cursor.execute(FILL, (tags, readings))
            cursor.execute("ANALYZE influx_hist")
    finally:
        connection.close()


def evaluate(read: Read, many: ManyChecks, spacing: Floats) -> tuple[float, int]:
    """Return how long judging took [s], and how many questions the readings left open."""
    now = read.latest.attrs["now"]
    start = time.perf_counter()
    readings = states.tails(read.latest, read.trusted, many)
    questions = states.ambiguous(readings, many)
    told = states.tag_states(now, read.latest, readings, many, spacing, read.answers)
    taken = time.perf_counter() - start
    if len(told) != len(many.state):
        raise SystemExit("not every tag was judged")
    return taken, len(questions)


def read_all(names: tuple[str, ...], many: ManyChecks) -> tuple[float, Read]:
    """Return how long reading took [s], without judging in between, and what was read."""
    queries.tags(), queries.spacings(names)  # kept for minutes
    start = time.perf_counter()
    latest, trusted, _reference = queries.recent.function(names, 3_600.0)
    taken = time.perf_counter() - start
    questions = states.ambiguous(states.tails(latest, trusted, many), many)
    cache.forget()
    queries.tags(), queries.spacings(names)
    start = time.perf_counter()
    answers = queries.look_back_answers(questions, names, latest.attrs["now"], trusted)
    return taken + time.perf_counter() - start, Read(latest, trusted, answers)


def main() -> None:
    """Print the ratio of judging to reading."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tags", type=int, default=1_000)
    parser.add_argument("--readings", type=int, default=720, help="of each tag, 5 s apart")
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        server = embedded.start(Path(directory) / "pg", fsync=False)
        try:
            fill(server.dsn, asked.tags, asked.readings)
            pool.connect(server.dsn)
            cache.configure(flask.Flask(__name__))
            names = tuple(f"T{tag}" for tag in range(1, asked.tags + 1))
            measure(names, asked.rounds)
        finally:
            pool.dispose()
            server.release()


def measure(names: tuple[str, ...], rounds: int) -> None:
    """Alternate floor and subject, and print their medians."""
    tags, spacing = queries.tags(), queries.spacings(names).to_numpy()
    many = checks.stacked([tags[name].checks for name in names])
    floor, subject, open_questions = [], [], 0
    for _ in range(rounds + 1):
        taken, read = read_all(names, many)
        floor.append(taken)
        taken, open_questions = evaluate(read, many, spacing)
        subject.append(taken)
    low, high = statistics.median(floor[1:]), statistics.median(subject[1:])
    verdict = Verdict(LIMITS)
    verdict.add(
        "judging 1,000 tags / reading them",
        high / low,
        note=f"{1e3 * high:.1f} ms / {1e3 * low:.1f} ms; {len(names):,} tags x "
        f"{len(read.trusted) // len(names)} readings, {open_questions} look-backs",
    )
    verdict.end()


if __name__ == "__main__":
    main()
