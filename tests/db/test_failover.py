"""Pages go on while servers of the historian die, hang, come back and change their parts."""

import signal
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tests.support import standbys
from tests.support.servers import asked as told_by
from tests.support.servers import until
from tests.support.standbys import Node, Pair
from tests.support.traffic import Traffic, late, same, told
from tests.support.workers import still

pytestmark = pytest.mark.db
#: Pages are asked so often [1/s].
RATE = 5.0
#: So soon after a server died questions may still fail that begin [s].
WITHIN_S = 1.0
#: So long after a server began to hang nobody waits for it any more [s]; it is left after 3 s.
LEFT_S = 9.0
#: Who would connect to it waits at least so long [s].
CONNECTING_S = 3.0


@pytest.fixture
def nodes() -> Iterator[list[Node]]:
    """A primary, and two standbys of it."""
    with standbys.planted(2) as (primary, others):
        yield [primary, *others]


@pytest.fixture
def site(nodes: list[Node], start_site: Any) -> str:
    """A site that reads the standbys while they keep up, else the primary."""
    primary, *others = nodes
    given = {"TS_DSN_READ": standbys.several(others), "WEB_CONCURRENCY": "2", "RATE_LIMIT": "0"}
    address, _process = start_site(primary.dsn, **given)
    return str(address)


def readers(node: Node) -> int:
    """Return how many sessions of pages a server has."""
    statement = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ksys'"
    return int(told_by(node.dsn, statement))


def test_from_the_standbys_to_the_primary_and_back_no_page_fails_after_a_second(
    nodes: list[Node], site: str
) -> None:
    primary, first, second = nodes
    judges = same(site, still(site)[:8])
    kills = []
    with Traffic(site, judges, RATE) as traffic:
        for node, following in ((first, second), (second, primary)):
            time.sleep(2)
            kills.append(time.monotonic())
            node.stop(signal.SIGQUIT)
            until(partial(readers, following), 30)
        time.sleep(2)
        for node in (second, first):
            node.start()
            until(partial(readers, node), 60)
        time.sleep(1)
        kills.append(time.monotonic())
        primary.stop(signal.SIGQUIT)
        time.sleep(3)
    assert not traffic.wrong(), told(traffic.wrong())
    failed = late(traffic.failed(), kills, WITHIN_S)
    assert not failed, told(failed)
    assert len(traffic.outcomes) > 8 * RATE


def test_a_standby_that_is_promoted_goes_on_being_read(nodes: list[Node], site: str) -> None:
    primary, first, _second = nodes
    with Traffic(site, same(site, still(site)[:8]), RATE) as traffic:
        time.sleep(1)
        primary.stop(signal.SIGQUIT)
        kill = time.monotonic()
        first.promote()
        until(lambda: told_by(first.dsn, "SELECT NOT pg_is_in_recovery()"), 30)
        time.sleep(5)
        assert readers(first)
    assert not traffic.wrong(), told(traffic.wrong())
    failed = late(traffic.failed(), [kill], WITHIN_S)
    assert not failed, told(failed)


def test_a_standby_that_hangs_is_waited_for_once(nodes: list[Node], site: str) -> None:
    primary, first, second = nodes
    with Traffic(site, same(site, still(site)[:8]), RATE, askers=64) as traffic:
        until(lambda: readers(first), 30)
        time.sleep(1)
        hung = time.monotonic()
        first.pause()
        time.sleep(20)
        until(lambda: readers(second), 30)
        first.resume()
        until(lambda: readers(first), 60)
        Pair(primary, first).caught_up()
    assert not traffic.wrong(), told(traffic.wrong())
    later = [each for each in traffic.outcomes if each.began > hung + LEFT_S]
    slow = [each for each in later if each.ended - each.began > CONNECTING_S]
    assert not slow, told(slow)
    failed = [each for each in traffic.failed() if each in later or each.status != 503]
    assert not failed, told(failed)
    assert len(later) > 5 * RATE
