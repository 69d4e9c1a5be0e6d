"""Whose history of the historian goes on, from what servers said of themselves."""

import math

from components.status import words
from data.db.replicas import histories
from data.db.replicas.histories import Histories, Split, split
from data.db.replicas.lag import Look, Marks
from data.status.worker_lines import split_lines


def look(
    asked: float, timeline: int, standby: bool = False, system: str = "a", replayed: float = 10
) -> Look:
    """Return a look at a server of a cluster."""
    written = math.nan if standby else replayed
    return Look(asked, standby, 0.0, written, replayed, system, timeline)


def after(*looks: Look) -> Histories:
    """Return what is known after these looks."""
    made = Histories()
    for each in looks:
        made.add(each)
    return made


def test_a_history_ends_where_a_newer_timeline_begins_and_lags_from_then_on() -> None:
    known = after(look(0, 1), look(20, 2))
    assert known.lag(look(50, 1)) == 30
    assert known.lag(look(50, 2)) == 0


def test_of_a_history_that_had_ended_before_the_first_look_nobody_knows_the_lag() -> None:
    at_once = histories.BEGIN_S / 2
    assert after(look(0, 1), look(at_once, 2)).lag(look(50, 1)) == math.inf
    assert after(look(0, 2)).lag(look(50, 1)) == math.inf


def test_a_server_that_does_not_tell_its_timeline_is_not_said_to_have_ended() -> None:
    known = after(look(0, 3), look(1, 0, system=""))
    assert known.ended(look(2, 0, system="")) is None
    assert split([look(2, 0, system="")], known) == Split()


def test_a_timeline_of_one_cluster_ends_none_of_another() -> None:
    assert after(look(0, 1), look(20, 5, system="b")).ended(look(21, 1)) is None


def test_a_primary_before_which_another_was_promoted_has_ended_and_its_standby_waits() -> None:
    looks = [look(20, 1), look(20, 2), look(20, 1, standby=True)]
    assert split(looks, after(*looks)) == Split(ended=(1,), waiting=(3,))


def test_primaries_of_one_timeline_or_of_two_clusters_are_rivals() -> None:
    for second in (look(20, 1), look(20, 1, system="b")):
        looks = [None, look(20, 1), second]
        assert split(looks, after(look(20, 1), second)).rivals == (2, 3)


def test_a_standby_of_another_cluster_than_the_primary_is_a_stranger() -> None:
    looks = [look(20, 1, standby=True, system="b"), look(20, 1)]
    assert split(looks, after(*filter(None, looks))).strangers == (1,)
    alone = [look(20, 1, standby=True, system="b")]
    assert split(alone, after(*alone)) == Split(), "no primary is seen to which it could belong"


def test_a_primary_and_its_standbys_fit_together() -> None:
    looks = [look(20, 3, standby=True), look(20, 3), None]
    assert split(looks, after(look(20, 3))) == Split()


def test_the_log_of_one_cluster_says_nothing_of_a_standby_of_another() -> None:
    marks = Marks()
    marks.add(look(1, 1, replayed=5))
    stranger = Look(2, True, 70.0, math.nan, 10, "b", 1)
    assert marks.lag(stranger) == 70


def test_each_thing_that_does_not_fit_has_a_line_with_a_way_out() -> None:
    lines = split_lines(Split((1,), (2,), (3, 4), (5,)))
    assert [line.values["servers"] for line in lines] == ["1", "2", "3, 4", "5"]
    assert [line.level for line in lines] == ["fault", "note", "fault", "fault"]
    for line in lines:
        found, means, deed = words.WORDS[line.key]
        assert "%(servers)s" in found and means and deed
    assert split_lines(Split()) == []
