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
from tests.support.traffic import Judge, Traffic, same, told
from tests.support.workers import Question, asked, children, is_ready, still

WORKERS = 2
#: A tag that is read twice a second, and by its rule is LATE after so long [s].
LIVE, GAP_S, EACH_S = "live", 5.0, 0.5
#: The moment of a frame is sent in whole milliseconds, rounded down [s].
APART_S = 0.002
FRAME, HEALTH = Question("/overview/frame"), Question("/healthz")
#: What pages and balancers ask, for one question about each window that lies still.
OFTEN = {FRAME: 12, HEALTH: 3}
#: A pace that a machine does not hold without a kill is lowered to so much of it, so often at most.
LOWER, TRIES = 0.7, 8
RULE = """
    INSERT INTO influx_qc_rule (tag_name, min_val, max_val, max_gap_seconds)
    VALUES (%s, 0, 1e12, %s)
"""
#: Sessions of PgBouncer, which asks a server that was away again after so long [s].
SESSIONS, RETRY_S = 20, 0.5
READERS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ksys'"
#: Its value is its time, in half seconds since 1970: no digit of it is left out.
READING = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT to_timestamp(halves / 2), %s, halves
    FROM (SELECT floor(2 * extract(epoch FROM clock_timestamp())::float8) AS halves) AS now
"""


class Stage:
    """What a site stands on: a primary, a standby behind PgBouncer, a Redis, its workers.

    Parameters
    ----------
    ending : ends all of it
    workers : how many answer
    """

    def __init__(self, ending: ExitStack, workers: int = WORKERS) -> None:
        self.workers = workers
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
        through = self._start_bouncer()
        self._port = self._redis.enter_context(redis_server())
        Pair(self.primary, self.standby).caught_up()
        self.site, self.process = started_site(
            self.primary.dsn, TS_DSN_READ=through, TS_POOLER="1", RATE_LIMIT="0",
            WEB_CONCURRENCY=str(workers), REDIS_URL=f"redis://127.0.0.1:{self._port}",
            CACHE_SECRET=SECRET,
        )  # fmt: skip
        ending.callback(self.process.wait, 30)
        ending.callback(self.process.kill)
        #: What can be killed: a function that kills it, and one that brings it back.
        self.parts: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
            "worker": (self._kill_worker, self._await_workers),
            "standby": (partial(self.standby.stop, signal.SIGQUIT), self._start_standby),
            "PgBouncer": (lambda: self._bouncer.close(), self._await_bouncer),
            "Redis": (lambda: self._redis.close(), self._start_redis),
        }
        #: What is asked, and what tells whether an answer is right.
        self.judges = self._judges()

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
            return len(found) == self.workers and all(map(is_ready, found))

        until(ready, 60)

    def _start_standby(self) -> None:
        self.standby.start()
        until(self._reads_standby, 60)

    def _start_bouncer(self) -> str:
        made = pgbouncer(self.standby.dsn, self._folder, SESSIONS, RETRY_S)
        return self._bouncer.enter_context(made)

    def _await_bouncer(self) -> None:
        self._start_bouncer()
        until(self._reads_standby, 60)

    def _reads_standby(self) -> bool:
        """Whether pages read the standby: it has sessions of theirs."""
        return bool(told_by(self.standby.dsn, READERS))

    def _start_redis(self) -> None:
        self._redis.enter_context(redis_server(port=self._port))

    def _judges(self) -> dict[Question, Judge]:
        self._await_workers()
        wanted = [each for each in still(self.site) if each.body or each.path.startswith(STILL)]
        judges = same(self.site, wanted)
        until(lambda: asked(self.site, FRAME)[0] == 200, 60)
        place = json.loads(asked(self.site, Question("/overview/tags"))[1])["names"].index(LIVE)
        return judges | {FRAME: partial(is_true, place), HEALTH: lambda body, *_: body[:2] == b"ok"}

    def _traffic(self, rate: float) -> Traffic:
        turns = [each for each in self.judges for _ in range(OFTEN.get(each, 1))]
        random.Random(1).shuffle(turns)
        return Traffic(self.site, self.judges, rate, askers=64, turns=turns)

    def served(self, rate: float, seconds: float) -> tuple[float, Traffic]:
        """Return a pace that is held while nothing is killed [1/s], and what became of it.

        Parameters
        ----------
        rate : questions a second at most: less where one of them is not answered
        seconds : how long a pace is tried
        """
        for _ in range(TRIES):
            with self._traffic(rate) as traffic:
                time.sleep(seconds)
            assert not traffic.wrong(), told(traffic.wrong())
            if not traffic.failed():
                return rate, traffic
            rate *= LOWER
        raise AssertionError(f"not even {rate:.1f} questions a second: {told(traffic.failed())}")

    def killed(self, name: str, times: int, rate: float, each_s: float) -> "Killed":
        """Kill a part so often while questions come; return what became of them.

        Parameters
        ----------
        rate : questions a second
        each_s : how long is waited after a kill, and after it is back [s]
        """
        (kill, back), kills = self.parts[name], []
        with self._traffic(rate) as traffic:
            time.sleep(each_s)
            for _ in range(times):
                kills.append(time.monotonic())
                kill()
                time.sleep(each_s)
                back()
                time.sleep(each_s)
        return Killed(traffic, kills)


#: Addresses of the windows that lie still and are asked for meanwhile, beside the charts.
STILL = ("/trend/rows.csv", "/tech/", "/api/v1/timeseries")


class Killed:
    """What became of the questions that came while a part was killed again and again."""

    def __init__(self, traffic: Traffic, kills: list[float]) -> None:
        self.traffic, self.kills = traffic, kills


def is_true(place: int, body: bytes, headers: Mapping[str, str], wall: float) -> bool:
    """Whether a frame says no younger age of the live tag than it has, and FRESH of no old value.

    As a page counts: the moment of the frame, and what it was kept, is that of the asking at the
    earliest; and the second of the reading that it has from there is that of its value.
    """
    frame = json.loads(body)
    value, told, now = frame["value"][place], frame["age"][place], frame["now"] / 1e3
    if value is None or told is None:
        return frame["freshness"][place] == "3"
    second = int(now) - told + frame["carried"].get(str(place), 0)
    is_fresh = frame["freshness"][place] == "0"
    return (
        now + int(headers["X-Kept-Ms"]) / 1e3 >= wall - APART_S
        and second <= value / 2
        and not (is_fresh and now - value / 2 > GAP_S)
    )


@contextmanager
def stage(workers: int = WORKERS) -> Iterator[Stage]:
    """Run all of it."""
    with ExitStack() as ending:
        yield Stage(ending, workers)
