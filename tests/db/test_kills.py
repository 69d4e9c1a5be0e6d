"""Whatever is killed under load: no wrong answer, and what fails had begun by a second after."""

from collections.abc import Iterator

import pytest

from tests.support import kills
from tests.support.kills import Stage
from tests.support.traffic import late, told

pytestmark = [pytest.mark.db, pytest.mark.optional("pgbouncer", "redis-server")]
#: Each part is killed so often here; `bench/kills.py` does it 20 times.
TIMES = 2
#: Questions a second here: a busy machine answers as many.
RATE = 20.0
WITHIN_S = 1.0


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """A site of two workers over a standby behind PgBouncer, its primary, and a Redis."""
    with kills.stage() as made:
        yield made


@pytest.mark.parametrize("part", ["worker", "standby", "PgBouncer", "Redis"])
def test_what_is_killed_makes_no_answer_wrong_and_no_later_one_fail(
    stage: Stage, part: str
) -> None:
    killed = stage.killed(part, TIMES, RATE, 2.0)
    traffic = killed.traffic
    assert not traffic.wrong(), told(traffic.wrong())
    # A worker that has just begun has places for few on a busy machine, and says so.
    failed = [e for e in late(traffic.failed(), killed.kills, WITHIN_S) if not e.is_busy]
    assert not failed, told(failed)
    assert len(traffic.outcomes) > 50
