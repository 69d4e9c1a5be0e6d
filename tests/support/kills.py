"""A site with all that it may stand on, each part of which can be killed and comes back."""

import json
import os
import random
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path

import psycopg2

from tests.conftest import started_site
from tests.support import standbys
from tests.support.pgbouncer import pgbouncer
from tests.support.redis import SECRET, redis_server
from tests.support.servers import asked as told_by
from tests.support.servers import until
from tests.support.standbys import Pair
from tests.support.traffic import Judge, Traffic, same
from tests.support.workers import Question, asked, children, is_ready, still

WORKERS = 2
#: A tag that is read twice a second, and by its rule is LATE after so long [s].
LIVE, GAP_S, EACH_S = "live", 5.0, 0.5
#: Ages are whole seconds, rounded down; by the rest two moments of one machine may be apart [s].
APART_S = 1.2
FRAME = Question("/overview/frame")
#: So often frames are asked for, for one question of each other kind.
FRAMES = 12
RULE = """
    INSERT INTO influx_qc_rule (tag_name, min_val, max_val, max_gap_seconds)
    VALUES (%s, 0, 1e12, %s)
"""
READING = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT at, %s, extract(epoch FROM at) FROM (SELECT clock_timestamp() AS at) AS now
"""


class Stage:
    """What a site stands on: a primary, a standby behind PgBouncer, a Redis, its workers.

    Parameters
    ----------
    ending : ends all of it
    """

    def __init__(self, ending: ExitStack) -> None:
        self.primary, (self.standby,) = ending.enter_context(standbys.planted(1))
        told_by(self.primary.dsn, RULE, LIVE, GAP_S)
        self._stop = threading.Event()
        feeder = threading.Thread(target=self._feed)
        ending.callback(feeder.join)
        ending.callback(self._stop.set)
        feeder.start()
        self._folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="ksys-kills-")))
        self._bouncer, self._redis = ExitStack(), ExitStack()
        ending.callback(lambda: self._bouncer.close())
        ending.callback(lambda: self._redis.close())
        through = self._bouncer.enter_context(pgbouncer(self.standby.dsn, self._folder))
        self._port = self._redis.enter_context(redis_server())
        Pair(self.primary, self.standby).caught_up()
        self.site, self.process = started_site(
            self.primary.dsn, TS_DSN_READ=through, TS_POOLER="1", RATE_LIMIT="0",
            WEB_CONCURRENCY=str(WORKERS), REDIS_URL=f"redis://127.0.0.1:{self._port}",
            CACHE_SECRET=SECRET,
        )  # fmt: skip
        ending.callback(self.process.wait, 30)
        ending.callback(self.process.kill)
        #: What can be killed: a function that kills it, and one that brings it back.
        self.parts: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
            "worker": (self._kill_worker, self._await_workers),
            "standby": (partial(self.standby.stop, signal.SIGQUIT), self.standby.start),
            "PgBouncer": (lambda: self._bouncer.close(), self._start_bouncer),
            "Redis": (lambda: self._redis.close(), self._start_redis),
        }

    def _feed(self) -> None:
        with closing(psycopg2.connect(self.primary.dsn)) as connection:
            connection.autocommit = True
            while not self._stop.wait(EACH_S):
                connection.cursor().execute(READING, (LIVE,))

    def _kill_worker(self) -> None:
        os.kill(random.choice(children(self.process.pid)), signal.SIGKILL)

    def _await_workers(self) -> None:
        def ready() -> bool:
            found = children(self.process.pid)
            return len(found) == WORKERS and all(map(is_ready, found))

        until(ready, 60)

    def _start_bouncer(self) -> None:
        self._bouncer.enter_context(pgbouncer(self.standby.dsn, self._folder))

    def _start_redis(self) -> None:
        self._redis.enter_context(redis_server(port=self._port))

    def judges(self) -> dict[Question, Judge]:
        """Return what is asked, and what tells whether an answer is right."""
        quiet = [each for each in still(self.site) if "export" not in each.path and not each.body]
        judges = same(self.site, [each for each in quiet if each.path.startswith(STILL)])
        until(lambda: asked(self.site, FRAME)[0] == 200, 60)
        place = json.loads(asked(self.site, Question("/overview/tags"))[1])["names"].index(LIVE)
        return judges | {FRAME: partial(is_true, place)}

    def killed(self, name: str, times: int, rate: float, each_s: float) -> "Killed":
        """Kill a part so often while questions come; return what became of them.

        Parameters
        ----------
        rate : questions a second
        each_s : how long is waited after a kill, and after it is back [s]
        """
        kill, back = self.parts[name]
        judges, kills = self.judges(), []
        turns = [FRAME] * FRAMES + [each for each in judges if each != FRAME]
        random.Random(1).shuffle(turns)
        with Traffic(self.site, judges, rate, askers=64, turns=turns) as traffic:
            time.sleep(each_s)
            for _ in range(times):
                kills.append(time.monotonic())
                kill()
                time.sleep(each_s)
                back()
                time.sleep(each_s)
        return Killed(traffic, kills)


#: Addresses of the windows that lie still and are asked for meanwhile.
STILL = ("/trend/rows.csv", "/tech/", "/api/v1/timeseries", "/api/v1/statistics", "/api/v1/tags")


class Killed:
    """What became of the questions that came while a part was killed again and again."""

    def __init__(self, traffic: Traffic, kills: list[float]) -> None:
        self.traffic, self.kills = traffic, kills


def is_true(place: int, body: bytes, headers: Mapping[str, str], wall: float) -> bool:
    """Whether a frame says of the live tag no younger age than it has, and FRESH of no old value.

    Its value is the time of its reading [s since 1970].
    """
    frame = json.loads(body)
    value, told = frame["value"][place], frame["age"][place]
    if value is None or told is None:
        return True
    shown = told + int(headers["X-Kept-Ms"]) / 1e3
    is_fresh = frame["freshness"][place] == "0"
    is_old = told > GAP_S + APART_S
    return shown >= wall - value - APART_S and not (is_fresh and is_old)


@contextmanager
def stage() -> Iterator[Stage]:
    """Run all of it."""
    with ExitStack() as ending:
        yield Stage(ending)
