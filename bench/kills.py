"""What kills under load cost: answers that are wrong, and questions that fail later than a second.

Workers, a standby, PgBouncer and Redis are killed in turn while about 50 questions a second come.
Each answer is held against what is so: the bytes of windows that lie still, and the age of a tag
that is read twice a second. Kills are at least so far apart that the part is back by then.
"""

import argparse
import statistics

from bench.verdict import Verdict, at_most
from tests.support.kills import Killed, stage
from tests.support.traffic import late, since, told

WRONG = "wrong answers"
LATE = "questions that fail though they began later than 1 s after a kill / all, in percent"
LIMITS = {WRONG: at_most(0), LATE: at_most(0)}
TIMES, RATE, EACH_S, WITHIN_S = 20, 50.0, 1.5, 1.0


def report(name: str, killed: Killed, verdict: Verdict) -> None:
    """Print what became of the questions while one part was killed."""
    traffic, kills = killed.traffic, killed.kills
    failed, wrong = traffic.failed(), traffic.wrong()
    after = late(failed, kills, WITHIN_S)
    busy = [each for each in after if each.is_busy]
    others = [each for each in after if not each.is_busy]
    count = len(traffic.outcomes)
    took = [each.ended - each.began for each in traffic.outcomes]
    rate = count / (max(e.ended for e in traffic.outcomes) - min(e.began for e in traffic.outcomes))
    note = f"{len(kills)} kills, {count} questions, {rate:.0f} a second"
    verdict.add(WRONG, len(wrong), of=name, note=note)
    note = (
        f"{len(failed)} failed in all, {len(others)} of them late; {len(busy)} more were turned "
        f"away late; longest {max(took):.1f} s, median {1e3 * statistics.median(took):.0f} ms"
    )
    verdict.add(LATE, 100 * len(others) / count, of=name, note=note)
    for some in (wrong, others, busy):
        if some:
            print(f"{since(some, kills)} s after a kill:\n{told(some)}")


def main() -> None:
    """Kill each part, and hold what came of it against its limits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=TIMES)
    parser.add_argument("--rate", type=float, default=RATE)
    parser.add_argument("--parts", nargs="*", default=["worker", "standby", "PgBouncer", "Redis"])
    given = parser.parse_args()
    verdict = Verdict(LIMITS)
    with stage() as made:
        for name in given.parts:
            report(name, made.killed(name, given.times, given.rate, EACH_S), verdict)
    verdict.end()


if __name__ == "__main__":
    main()
