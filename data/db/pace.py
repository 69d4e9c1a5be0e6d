"""Does a clock keep pace with the steady one? Pure: from what it said at each look at it."""

from typing import NamedTuple

#: By less than this a clock is not behind [s]: that much clocks may differ.
BEHIND_S = 5.0
#: What a steady clock may gain on a right one [s/s]: the most that NTP itself slows a clock by.
DRIFT = 5e-4


class Look(NamedTuple):
    """What a clock said.

    Parameters
    ----------
    now : its time [s since 1970]
    asked, answered : it said so between these two moments of the steady clock [s]
    here : the time of this machine's own clock [s since 1970]
    """

    now: float
    asked: float
    answered: float
    here: float


class Pace(NamedTuple):
    """What the looks at a clock have shown.

    Parameters
    ----------
    lead : how far it is ahead of the steady clock at least, if it never stepped back [s]
    at : the last look, by the steady clock [s]
    latest : the latest time it has shown [s since 1970]
    behind : how far it has fallen behind [s]; 0 up to BEHIND_S
    """

    lead: float
    at: float
    latest: float
    behind: float


def following(before: Pace | None, look: Look) -> Pace:
    """Return what is known of a clock after one more look; a slow answer makes nobody slow.

    A clock that fell behind is so until it has caught up, or until it has passed the time at which
    it fell and this machine's clock agrees with it: then it was ahead before.
    """
    least, most = look.now - look.answered, look.now - look.asked
    if before is None:
        return Pace(least, look.answered, look.now, 0.0)
    lead = before.lead - DRIFT * max(0.0, look.answered - before.at)
    behind, latest = lead - most, max(before.latest, look.now)
    if behind <= BEHIND_S:
        return Pace(max(lead, least), look.answered, latest, 0.0)
    if look.now > before.latest and abs(look.now - look.here) <= BEHIND_S:
        return Pace(least, look.answered, latest, 0.0)
    return Pace(lead, look.answered, latest, behind)
