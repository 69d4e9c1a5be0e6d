"""Whose history of the historian goes on. Pure: from what servers said at each look at them.

A standby that is promoted begins a timeline of a higher number, and the server before it ends with
its own, though it may come back and say that it is a primary. Of two primaries of one timeline, or
of two clusters, nobody can tell by their numbers which one the plant writes to.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from data.db.replicas.lag import Look

#: Timelines that are seen so soon after the first look were there before: since when, nobody saw.
BEGIN_S = 5.0


class Timeline(NamedTuple):
    """The newest timeline of a cluster that was seen; `began` [s] -inf: before the first look."""

    number: int
    began: float


class Histories:
    """The newest timeline of each cluster, and since when it is there, by the steady clock."""

    def __init__(self) -> None:
        self._first = math.inf
        self._newest: Mapping[str, Timeline] = {}

    def add(self, look: Look) -> None:
        """Take in what a server said; one that does not tell its timeline says nothing."""
        self._first = min(self._first, look.asked)
        before = self._newest.get(look.system)
        if not look.timeline or (before is not None and look.timeline <= before.number):
            return
        is_seen = before is not None and look.asked - self._first > BEGIN_S
        began = look.asked if is_seen else -math.inf
        self._newest = {**self._newest, look.system: Timeline(look.timeline, began)}

    def ended(self, look: Look) -> float | None:
        """Return when a newer timeline than that of a server began [s]; None: its own goes on."""
        newest = self._newest.get(look.system)
        if not look.timeline or newest is None or look.timeline >= newest.number:
            return None
        return newest.began

    def lag(self, look: Look) -> float:
        """Return for how long a server's history has ended [s], 0: it goes on.

        What was written since is not there, whatever the server says. Infinite: nobody knows.
        """
        ended = self.ended(look)
        return 0.0 if ended is None else max(0.0, look.asked - ended)


class Split(NamedTuple):
    """What does not fit together in what servers said last, by their places in the DSNs, from 1.

    Parameters
    ----------
    ended : primaries, on whose timeline nothing goes on since another server was promoted
    waiting : standbys that are not known to follow the newest timeline yet
    rivals : primaries that say nothing of which of them the plant writes to
    strangers : standbys of a cluster none of whose primaries is named, where others are
    """

    ended: tuple[int, ...] = ()
    waiting: tuple[int, ...] = ()
    rivals: tuple[int, ...] = ()
    strangers: tuple[int, ...] = ()


def split(looks: Sequence[Look | None], histories: Histories) -> Split:
    """Return what does not fit together in the last looks at servers, None of one never seen."""
    looked = [(place, look) for place, look in enumerate(looks, 1) if look is not None]
    over = {place for place, look in looked if histories.ended(look) is not None}
    alive = [(place, look) for place, look in looked if not look.standby and place not in over]
    systems = {look.system for _place, look in alive}
    return Split(
        ended=tuple(place for place, look in looked if place in over and not look.standby),
        waiting=tuple(place for place, look in looked if place in over and look.standby),
        rivals=tuple(place for place, _look in alive) if len(alive) > 1 else (),
        strangers=tuple(
            place
            for place, look in looked
            if look.standby and look.system and systems and look.system not in systems
        ),
    )
