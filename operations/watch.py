"""What a thread beside the requests saw of historian, rollups, jobs, cache and tags, and when.

Whoever asks whether Ksys is ready gets what was seen last, with its age, and waits for nobody. The
thread asks over a connection of its own.
"""

import logging
import math
import resource
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import orjson

from data import status
from data.analysis import states
from data.db import (
    Answer,
    HistorianUnavailable,
    cache,
    clock,
    database_now,
    disk,
    lanes,
    measures,
    pool,
)
from operations import metrics, repeats

#: Seconds between two looks, and the age of a look from which on it says nothing [s]: a statement
#: of the slowest historian ends before.
LOOK_S, OLD_S = 5.0, 30.0
#: A frame that is older has nobody who looks; another one is made for us [s].
FRAME_S = 15.0
#: Of an older frame no states of tags are told [s].
MOST_FRAME_S = 60.0


logger = logging.getLogger("ksys")


@dataclass(frozen=True, slots=True)
class Tags:
    """What the last frame says.

    Parameters
    ----------
    count : tags by the state on their badge
    age : of the newest reading of any tag [s], NaN without any
    frame_age : how old the frame is [s]
    """

    count: Mapping[str, int]
    age: float
    frame_age: float


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the historian and this worker told.

    Parameters
    ----------
    at : when the look ended, by the steady clock [s]
    failure : the key of why the historian did not answer, "" where it did
    seconds : how long it took to answer [s]
    lags : of the rollups [s], by relation; none while the historian does not answer
    down : jobs beside the requests that do not run
    cache : whether the store of answers is reached
    tags : what the last frame says; None before the first
    space : the disk under the embedded historian; None of another one
    """

    at: float
    failure: str
    seconds: float
    lags: Mapping[str, float] = field(default_factory=dict)
    down: tuple[str, ...] = ()
    cache: bool = True
    tags: Tags | None = None
    space: disk.Disk | None = None

    @property
    def late(self) -> tuple[str, ...]:
        """Rollups that are further behind than two buckets and a little."""
        most = {name: status.allowed(name).total_seconds() for name in self.lags}
        return tuple(name for name, lag in self.lags.items() if lag > most[name])


class Watch:
    """Looks every few seconds, for as long as the worker lives.

    Parameters
    ----------
    frame : returns the overview's last frame, and has another one made where it is older [s]
    down : returns the jobs that do not run
    restarts : returns how often jobs were started again
    """

    def __init__(
        self,
        frame: Callable[[float | None], Answer[Any] | None],
        down: Callable[[], tuple[str, ...]] = tuple,
        restarts: Callable[[], int] = int,
    ) -> None:
        self.frame, self.down, self.restarts = frame, down, restarts
        self.last: Look | None = None
        self._lost: float | None = None

    def run(self, stop: threading.Event) -> None:
        """Look until the event is set: a job of `api.background`, which starts it again."""
        with lanes.within(lanes.WATCH), measures.naming("watch"):
            while True:
                self.look()
                repeats.tell()
                if stop.wait(LOOK_S):
                    return

    def look(self) -> None:
        """Look once; what is asked of rollups comes last, for it can take as long as all else."""
        begun = time.monotonic()
        failure = self._failure()
        took = time.monotonic() - begun
        lags = self.last.lags if self.last and not failure else {}
        reached, tags = cache.held() is not None, self._tags(failure)
        look = Look(time.monotonic(), failure, took, lags, self.down(), reached, tags)
        self.last = replace(look, space=disk.disk())
        if not failure:
            with suppress(HistorianUnavailable):  # it went just now, which the next look tells
                clock.now()  # no request has to ask before it looks into a shared cache
            self.last = replace(self.last, lags=_lags())
        self._tell(self.last)

    def _failure(self) -> str:
        """Return the key of why the historian does not answer, "" where it does; log changes."""
        try:
            database_now()
        except HistorianUnavailable as error:
            if self._lost is None:
                self._lost = time.monotonic()
                logger.error("the historian does not answer: %s", error)
            return error.key
        if self._lost is not None:
            logger.warning(
                "the historian answers again, after %.0f s", time.monotonic() - self._lost
            )
            self._lost = None
        return ""

    def _tags(self, failure: str) -> Tags | None:
        last = self.frame(None if failure else FRAME_S)
        if last is None:  # none yet, or none for an hour: a reading ages all the same
            return self._carried()
        content = orjson.loads(last.value.plain)
        badges = Counter(states.BADGES[int(code, 16)] for code in content["badge"])
        ages = [age for age in content["age"] if age is not None]
        return Tags(badges, min(ages, default=math.nan) + last.age, last.age)

    def _carried(self) -> Tags | None:
        """Return what the look before told of tags, older by the time since."""
        if self.last is None or self.last.tags is None:
            return None
        tags, since = self.last.tags, time.monotonic() - self.last.at
        return replace(tags, age=tags.age + since, frame_age=tags.frame_age + since)

    def _tell(self, look: Look) -> None:
        lent = pool.in_use()
        metrics.CONNECTIONS.set(lent.used)
        metrics.CONNECTIONS_MOST.set(lent.most)
        metrics.MEMORY.set(_memory())
        metrics.LOOKED.set(time.time())
        metrics.HISTORIAN_UP.set(not look.failure)
        metrics.HISTORIAN_SECONDS.set(look.seconds)
        metrics.CACHE_UP.set(look.cache)
        metrics.DISK_FREE.set(look.space.free if look.space else math.nan)
        metrics.JOBS_DOWN.set(len(look.down))
        metrics.JOB_RESTARTS.set(self.restarts())
        for relation in status.WIDTHS:
            metrics.ROLLUP_LAG.labels(relation).set(look.lags.get(relation, math.nan))
        _tell_of_tags(look.tags)


def _lags() -> Mapping[str, float]:
    """Return how far the rollups are behind; none where the historian is lost meanwhile."""
    try:
        return status.rollup_lags()
    except HistorianUnavailable:
        return {}


def _tell_of_tags(tags: Tags | None) -> None:
    is_fresh = tags is not None and tags.frame_age <= MOST_FRAME_S
    for badge in states.BADGES:
        metrics.TAGS.labels(badge).set(tags.count.get(badge, 0) if tags and is_fresh else math.nan)
    metrics.DATA_AGE.set(tags.age if tags else math.nan)
    metrics.FRAME_AGE.set(tags.frame_age if tags else math.nan)


def _memory() -> int:
    """Return what this process holds in memory now [bytes]."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()
