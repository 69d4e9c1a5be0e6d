"""How many requests one may send a minute: by user or token, where nobody is known by address.

Each worker counts; with a shared cache each tells the others its own count, signed, so that nobody
else is counted. Where it does not answer, each goes on from what it has heard. What is kept of a
minute ends with it, and is bounded.
"""

import threading
import time
from collections.abc import Callable

import flask

from access import EVERYBODY, network, said, who
from data.db import cache, worker
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
    "builds.send_icon",
}
#: Tells the others what this worker has counted of a minute and a name; returns what each of them
#: has, as far as that is known now.
Tell = Callable[[str, int], dict[str, int]]


class Counts:
    """Requests of this minute, by who sent them."""

    def __init__(self, tell: Tell, clock: Callable[[], float] = time.time) -> None:
        self._tell, self._clock = tell, clock
        self._lock = threading.Lock()
        self._minute, self._counts = -1, dict[str, int]()
        self._others: dict[str, dict[str, int]] = {}

    def more(self, name: str) -> tuple[int, int]:
        """Count one more; return how many there are of this minute, and what is left of it [s]."""
        minute, passed = divmod(self._clock(), WINDOW_S)
        with self._lock:
            if minute != self._minute:
                self._minute, self._counts, self._others = int(minute), {}, {}
            if name not in self._counts and len(self._counts) >= MOST_NAMES:
                name = ""
            count = self._counts[name] = self._counts.get(name, 0) + 1
        others = self._heard(int(minute), name, self._tell(f"requests:{int(minute)}:{name}", count))
        return count + others, max(1, round(WINDOW_S - passed))

    def _heard(self, minute: int, name: str, told: dict[str, int]) -> int:
        """Return what the others have counted; what was heard before is never taken back."""
        with self._lock:
            if minute != self._minute:
                return sum(told.values())
            heard = self._others.setdefault(name, {})
            for each, count in told.items():
                heard[each] = max(count, heard.get(each, 0))
            return sum(heard.values())


def limit_rates(server: flask.Flask, most: int, counts: Counts | None = None) -> None:
    """Refuse who sends more in a minute: put behind what says who asks; 0: no limit."""
    if not most:
        return
    counted = counts or Counts(_of_others)

    @server.before_request
    def check() -> flask.Response | None:
        if flask.request.endpoint in FREE:
            return None
        sent, seconds = counted.more(_name())
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


def _of_others(key: str, count: int) -> dict[str, int]:
    """Return what each other worker has counted; they find there what this one has."""
    shared, mine = cache.shared(), worker()
    if shared is None:
        return {}
    told = shared.get(key)
    counts: dict[str, int] = told if isinstance(told, dict) else {}
    shared.set(key, counts | {mine: max(count, counts.get(mine, 0))}, 2 * WINDOW_S)
    return {name: each for name, each in counts.items() if name != mine}
