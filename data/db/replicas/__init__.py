"""Which server answers reads: a standby while it keeps up, else the next one, else the primary.

`lag` says what a server tells of itself, `histories` whose log goes on, `watching` asks it each
second beside the requests, and `route` chooses. Where there is but one, `sole` tells its lag.
"""

from data.db.replicas.histories import Split
from data.db.replicas.lag import MOST_S, WHOLE_S
from data.db.replicas.route import Route
from data.db.replicas.sole import routed
from data.db.replicas.watching import Server

__all__ = ["MOST_S", "WHOLE_S", "Route", "Server", "Split", "routed"]
