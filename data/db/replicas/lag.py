"""How far a standby is behind. Pure: from what servers said at each look at them."""

import math
from collections import deque
from typing import NamedTuple

#: A standby that is further behind is read only where nothing else answers [s].
MOST_S = 30.0
#: What a file is made of is no further behind [s]: a replica is looked at each second.
WHOLE_S = 2.0
#: A primary that was seen so lately is looked at still [s]: it writes nothing that nobody notices.
SEEN_S = 3.5
#: So many looks at how far a log was written are held: two minutes of them, at one a second.
MARKS = 120
#: What a server says of itself. What was received and is replayed is no lag, for a primary may be
#: idle; but only while a receiver runs: a standby that is cut off has also replayed all it has.
TELL = """
SELECT standby, CASE WHEN NOT standby THEN 0.0
    WHEN received <= replayed AND EXISTS (
        SELECT FROM pg_catalog.pg_stat_get_wal_receiver() AS receiver WHERE receiver.pid IS NOT NULL
    ) THEN 0.0
    ELSE extract(epoch FROM pg_catalog.clock_timestamp()
        - pg_catalog.pg_last_xact_replay_timestamp())::float8 END,
    (written - '0/0'::pg_lsn)::float8, (coalesce(replayed, written) - '0/0'::pg_lsn)::float8
FROM (
    SELECT standby, pg_catalog.pg_last_wal_receive_lsn() AS received,
        CASE WHEN standby THEN pg_catalog.pg_last_wal_replay_lsn() END AS replayed,
        CASE WHEN NOT standby THEN pg_catalog.pg_current_wal_lsn() END AS written
    FROM (SELECT pg_catalog.pg_is_in_recovery() AS standby) AS kind
) AS told
"""


class Look(NamedTuple):
    """What a server said of itself.

    Parameters
    ----------
    asked : by the steady clock [s]
    standby : it replays the log of another
    told : how far it says it is behind [s]; NaN: it does not know
    written : how far a primary's log is written [bytes]; NaN of a standby
    replayed : how far a log is replayed here [bytes]
    """

    asked: float
    standby: bool
    told: float
    written: float
    replayed: float


class Marks:
    """How far the log of the primary was written at the last looks."""

    def __init__(self) -> None:
        self._marks: deque[tuple[float, float]] = deque(maxlen=MARKS)

    def add(self, look: Look) -> None:
        """Remember a look at a primary."""
        if not math.isnan(look.written):
            self._marks.append((look.asked, look.written))

    def lag(self, look: Look) -> float:
        """Return how far a server is behind [s]: what it lacks of what was written, and since when.

        By the steady clock, where the primary is seen: then neither an idle primary nor a standby
        whose receiver hangs is mistaken. Else by what the standby says; infinite: nobody knows.
        """
        if not look.standby:
            return 0.0
        told = math.inf if math.isnan(look.told) else max(0.0, look.told)
        marks = [mark for mark in tuple(self._marks) if mark[0] <= look.asked]
        if not marks or look.asked - marks[-1][0] > MOST_S:
            return told
        has = [at for at, written in marks if written <= look.replayed]
        if not has:
            return max(told, look.asked - marks[0][0])
        if has[-1] == marks[-1][0]:
            # All that was written by then is here; what came after, nobody knows but the standby.
            unseen = look.asked - has[-1]
            return 0.0 if unseen <= SEEN_S else min(told, unseen)
        return max(0.0, look.asked - has[-1])
