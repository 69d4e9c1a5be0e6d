"""How many requests one may send a minute: by user or token, where nobody is known by address.

Each worker counts; with a shared cache all workers count together, and where that does not answer
each again by itself. What is kept of a minute ends with it, and is bounded.
"""

import threading
import time
from collections.abc import Callable

import flask

from access import EVERYBODY, network, said, who
from data.db import cache
from data.errors import BadInput

WINDOW_S = 60
#: So many who ask are told apart in a minute; those beyond are counted as one.
MOST_NAMES = 10_000
#: What is not counted: frames of the overview, what says that Ksys lives, files without data.
FREE = {
    "frames.send_frame",
    "frames.send_tags",
    "frames.send_sparklines",
    "builds.send_build",
    "health.send_health",
    "operations.send_ready",
    "operations.send_metrics",
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>",
    "/_favicon.ico",
    "_dash_assets.static",
    "bootstrap.static",
    "builds.refuse_foreign",
}
#: Counts one more of a name, for so long [s]; None where nobody counts for all workers.
Count = Callable[[str, float], int | None]


class Counts:
    """Requests of this minute, by who sent them."""

    def __init__(self, shared: Count, clock: Callable[[], float] = time.time) -> None:
        self._shared, self._clock = shared, clock
        self._lock = threading.Lock()
        self._minute, self._counts = -1, dict[str, int]()

    def more(self, name: str) -> tuple[int, int]:
        """Count one more; return how many there are of this minute, and what is left of it [s]."""
        minute, passed = divmod(self._clock(), WINDOW_S)
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts = int(minute), {}
            if name not in self._counts and len(self._counts) >= MOST_NAMES:
                name = ""
            count = self._counts[name] = self._counts.get(name, 0) + 1
        of_all = self._shared(f"requests:{int(minute)}:{name}", 2 * WINDOW_S)
        return max(count, of_all or 0), max(1, round(WINDOW_S - passed))


def limit_rates(server: flask.Flask, most: int, counts: Counts | None = None) -> None:
    """Refuse who sends more in a minute: put behind what says who asks; 0: no limit."""
    if not most:
        return
    found = counts or Counts(_of_all_workers)

    @server.before_request
    def check() -> flask.Response | None:
        if flask.request.endpoint in FREE:
            return None
        sent, seconds = found.more(_name())
        if sent <= most:
            return None
        answer = said(BadInput("too_many_requests", most=most, seconds=seconds), 429)
        answer.headers["Retry-After"] = str(seconds)
        return answer


def _name() -> str:
    """Return by what is counted: nobody chooses it himself."""
    person = who()
    if person is None or person == EVERYBODY:
        return f"address:{network(flask.request.remote_addr or '')}"
    return person.key


def _of_all_workers(name: str, seconds: float) -> int | None:
    shared = cache.shared()
    return shared.count(name, seconds) if shared else None
