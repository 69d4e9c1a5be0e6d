"""What kills under load cost: answers that are wrong, and questions that fail later than a second.

Workers, a standby, PgBouncer and Redis are killed in turn while questions come as pages ask them:
frames, charts that are kept, rows of windows that lie still, `/healthz`. They come as often as the
machine answers all of them while nothing is killed; that is measured first. Each answer is held
against what is so: the bytes of windows that lie still, and to the moment the age of a tag that is
read twice a second. Kills are at least so far apart that the part is back by then.
"""

import argparse
import statistics

from bench.verdict import Verdict, at_most
from tests.support.kills import WORKERS, Killed, stage
from tests.support.traffic import Traffic, beside, late, since, told

WRONG = "wrong answers"
LATE = "questions that fail though they began later than 1 s after a kill"
AWAY = "of them turned away in words, with a time to ask again"
BASE = "questions a second without a kill, all answered"
LIMITS = {WRONG: at_most(0), LATE: at_most(0)}
TIMES, RATE, EACH_S, WITHIN_S = 20, 50.0, 1.5, 1.0
#: So long a pace is tried before the kills [s].
BASE_S = 15.0


def times(traffic: Traffic) -> str:
    """Return how long answers took, in words."""
    took = [1e3 * (each.ended - each.began) for each in traffic.outcomes]
    return f"median {statistics.median(took):.0f} ms, longest {max(took):.0f} ms"


def report(name: str, killed: Killed, verdict: Verdict) -> None:
    """Print what became of the questions while one part was killed."""
    traffic, kills = killed.traffic, killed.kills
    failed, wrong = traffic.failed(), traffic.wrong()
    after = late(failed, kills, WITHIN_S)
    busy = [each for each in after if each.is_busy]
    others = [each for each in after if not each.is_busy]
    note = f"{len(kills)} kills, {len(traffic.outcomes)} questions, {times(traffic)}"
    verdict.add(WRONG, len(wrong), of=name, note=note)
    away = sum(each.is_busy for each in failed)
    note = f"{len(failed)} failed in all, {away} of these turned away in words"
    verdict.add(LATE, len(others), of=name, note=note)
    least = min((beside(each, traffic.outcomes) for each in busy), default=0)
    note = f"at least {least} others were under way meanwhile" if busy else ""
    verdict.add(AWAY, len(busy), of=name, note=note)
    for some in (wrong, others, busy):
        if some:
            print(f"{since(some, kills)} s after a kill:\n{told(some)}")


def main() -> None:
    """Kill each part, and hold what came of it against its limits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=TIMES)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--workers", type=int, default=WORKERS)
    parser.add_argument("--parts", nargs="*", default=["worker", "standby", "PgBouncer", "Redis"])
    given = parser.parse_args()
    verdict = Verdict(LIMITS)
    with stage(given.workers) as made:
        rate, traffic = made.served(given.rate, BASE_S)
        note = f"{given.workers} workers, {len(traffic.outcomes)} questions, {times(traffic)}"
        verdict.add(BASE, rate, note=note)
        for name in given.parts:
            report(name, made.killed(name, given.times, rate, EACH_S), verdict)
    verdict.end()


if __name__ == "__main__":
    main()
