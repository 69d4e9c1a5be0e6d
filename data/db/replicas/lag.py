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
#: Which cluster a server is of, and the timeline of its log: of a primary by the name of the file
#: that it writes, for its control file knows of a promotion only after the next checkpoint. So it
#: is on a standby, unless the role may see its receiver (pg_read_all_stats).
TELL_HISTORY = """
SELECT (SELECT system_identifier FROM pg_catalog.pg_control_system())::text,
    CASE WHEN pg_catalog.pg_is_in_recovery() THEN greatest(
        (SELECT timeline_id FROM pg_catalog.pg_control_checkpoint()),
        (SELECT min_recovery_end_timeline FROM pg_catalog.pg_control_recovery()),
        (SELECT received_tli FROM pg_catalog.pg_stat_get_wal_receiver() AS receiver))
    ELSE ('x' || substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8)
        )::bit(32)::int END
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
    system : the cluster that it is of, empty where it does not tell
    timeline : of its log, of a standby as of its last restart point; 0 where it does not tell
    """

    asked: float
    standby: bool
    told: float
    written: float
    replayed: float
    system: str = ""
    timeline: int = 0


class Marks:
    """How far the log of the primary was written at the last looks; of each cluster its own."""

    def __init__(self) -> None:
        self._marks: dict[str, deque[tuple[float, float]]] = {}

    def add(self, look: Look) -> None:
        """Remember a look at a primary."""
        if not math.isnan(look.written):
            marks = self._marks.setdefault(look.system, deque(maxlen=MARKS))
            marks.append((look.asked, look.written))

    def lag(self, look: Look) -> float:
        """Return how far a server is behind [s]: what it lacks of what was written, and since when.

        By the steady clock, where the primary is seen: then neither an idle primary nor a standby
        whose receiver hangs is mistaken. Else by what the standby says; infinite: nobody knows.
        """
        if not look.standby:
            return 0.0
        told = math.inf if math.isnan(look.told) else max(0.0, look.told)
        marks = [mark for mark in tuple(self._marks.get(look.system, ())) if mark[0] <= look.asked]
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
