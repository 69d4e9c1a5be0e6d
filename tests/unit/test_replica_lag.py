"""How far a standby is behind, from what servers said of themselves."""

import math

import pytest
from psycopg2.extensions import parse_dsn

from data.analysis import gaps
from data.db import replicas
from data.db.replicas import lag, route
from data.db.replicas.lag import Look, Marks

NAN = math.nan


def standby(asked: float, replayed: float, told: float = NAN) -> Look:
    """Return a look at a standby."""
    return Look(asked, True, told, NAN, replayed)


def marks(*written: float) -> Marks:
    """Return looks at a primary, one a second from 0 on."""
    made = Marks()
    for second, position in enumerate(written):
        made.add(Look(float(second), False, 0.0, position, position))
    return made


def test_a_standby_that_has_all_that_was_written_is_not_behind() -> None:
    assert marks(10, 20, 30).lag(standby(2.5, 30, told=500)) == 0


def test_a_lag_counts_from_the_last_look_whose_log_the_standby_has() -> None:
    assert marks(10, 20, 30, 40).lag(standby(3.5, 25, told=0)) == 2.5


def test_a_standby_whose_receiver_hangs_is_behind_though_it_says_it_is_not() -> None:
    assert marks(10, 20, 30).lag(standby(2.5, 5, told=0)) == 2.5


def test_an_idle_primary_makes_no_lag_grow() -> None:
    assert marks(*[10] * 50).lag(standby(49.5, 10, told=3_600)) == 0


def test_without_a_primary_the_standby_s_own_word_counts_and_none_is_no_zero() -> None:
    assert Marks().lag(standby(1, 10, told=12)) == 12
    assert Marks().lag(standby(1, 10)) == math.inf


def test_a_standby_that_has_all_is_behind_for_as_long_as_nobody_saw_the_primary() -> None:
    assert marks(10, 20, 30).lag(standby(2 + lag.SEEN_S, 30, told=500)) == 0
    assert marks(10, 20, 30).lag(standby(12, 30, told=500)) == 10
    assert marks(10, 20, 30).lag(standby(12, 30, told=4)) == 4
    assert marks(10, 20, 30).lag(standby(12, 30, told=0)) == 0, "its receiver runs"
    assert marks(10, 20, 30).lag(standby(12, 30)) == 10, "it replayed none since it began"


def test_what_a_primary_wrote_long_ago_says_nothing_of_now() -> None:
    assert marks(10).lag(standby(lag.MOST_S + 1, 10, told=31)) == 31


def test_a_primary_is_never_behind() -> None:
    assert Marks().lag(Look(1, False, 0, 10, 10)) == 0


@pytest.mark.parametrize(
    ("age", "gap", "behind", "code"),
    [
        (5, 300, 30, gaps.FRESH),
        (5, 300, 31, gaps.LATE),
        (5, 300, math.inf, gaps.LATE),
        (5, 10, 11, gaps.LATE),
        (901, 300, 31, gaps.STALE),
        (NAN, 300, 31, gaps.NO_DATA),
    ],
)
def test_no_tag_is_fresh_by_a_replica_that_is_too_far_behind(
    age: float, gap: float, behind: float, code: int
) -> None:
    found = gaps.freshness_codes(*gaps.np.array([[age], [gap]], dtype=float), behind)
    assert found.tolist() == [code]


def test_the_lag_that_leaves_a_replica_is_that_from_which_no_tag_is_fresh() -> None:
    assert replicas.MOST_S == gaps.MOST_LAG_S


def test_each_host_of_a_dsn_is_a_server_of_its_own() -> None:
    ends = [parse_dsn(one) for one in route.single("host=a,b port=1,2 dbname=plant user=kim")]
    assert [(end["host"], end["port"], end["user"]) for end in ends] == [
        *(("a", "1", "kim"), ("b", "2", "kim")),
    ]


def test_a_replica_that_is_the_historian_itself_is_the_only_one() -> None:
    alone = replicas.routed("host=a user=reader", "host=a user=writer dbname=reader")
    assert [server.dsn for server in alone.servers] == ["host=a user=reader"]
    assert len(replicas.routed("host=a dbname=plant", "host=b dbname=plant").servers) == 2
