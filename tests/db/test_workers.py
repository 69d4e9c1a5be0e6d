"""Four workers: whichever answers says the same, and a restart ends nothing that has begun."""

import contextlib
import random
import re
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from api.build import shipped
from tests.conftest import started_site
from tests.support.places import ROOT
from tests.support.redis import SECRET, keys, redis_server
from tests.support.servers import asked as told
from tests.support.servers import until
from tests.support.traffic import Traffic, same
from tests.support.traffic import told as traffic_told
from tests.support.workers import (
    Question,
    alone,
    answer,
    answers_of_each,
    asked,
    children,
    is_ready,
    still,
)

pytestmark = pytest.mark.db
COUNT = 4
WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'ksys' AND wait_event_type = 'Lock'
"""


class Site:
    """A site of four workers."""

    def __init__(self, dsn: str, **environment: str) -> None:
        given = {"WEB_CONCURRENCY": str(COUNT), "RATE_LIMIT": "0", **environment}
        self.address, self.process = started_site(dsn, **given)
        self.settled(set())

    def workers(self) -> list[int]:
        """Return the processes that answer."""
        return children(self.process.pid)

    def settled(self, before: set[int]) -> list[int]:
        """Return four workers that are ready, none of them of before; those may live on."""

        def fresh() -> list[int]:
            found = [each for each in self.workers() if each not in before]
            return found if len(found) == COUNT and all(map(is_ready, found)) else []

        return list(until(fresh, 60))

    def restart(self) -> list[int]:
        """Restart the workers; return the new ones."""
        before = set(self.workers())
        self.process.send_signal(signal.SIGHUP)
        return self.settled(before)

    def end(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait(30)


@pytest.fixture(
    params=["alone", pytest.param("shared", marks=pytest.mark.optional("redis-server"))]
)
def site(request: pytest.FixtureRequest, plant_dsn: str) -> Iterator[Site]:
    """A site whose workers share a Redis, or nothing."""
    with contextlib.ExitStack() as ending:
        given = {"STATEMENT_TIMEOUT_MS": "60000"}
        if request.param == "shared":
            port = ending.enter_context(redis_server())
            given |= {"REDIS_URL": f"redis://127.0.0.1:{port}", "CACHE_SECRET": SECRET}
        site = Site(plant_dsn, **given)
        ending.callback(site.end)
        yield site


def without_moment(answer: bytes) -> bytes:
    """Return an answer without the time of asking, which a chart and its sheet tell."""
    asked_at = rb'"now":"[^"]+"|as of [\d-]{10} [\d:]{8}'
    return re.sub(asked_at, b"", answer)


def test_any_worker_gives_the_same_bytes_before_and_after_a_restart(site: Site) -> None:
    questions = still(site.address)
    said = answers_of_each(site.address, site.workers(), questions, 1)
    again = answers_of_each(site.address, site.restart(), questions, 2)
    for question in questions:
        assert len(set(map(without_moment, said[question] | again[question]))) == 1, question


def test_a_restart_ends_no_question_that_waits_for_the_historian(
    plant_dsn: str, site: Site
) -> None:
    """Each old worker has one of them; the new ones answer meanwhile."""
    (slow,) = (each for each in still(site.address) if "resolution=1h" in each.path)
    quick, before = Question("/healthz"), site.workers()
    answers: list[tuple[int, bytes]] = []
    with contextlib.closing(psycopg2.connect(plant_dsn)) as connection:
        locked = connection.cursor()
        locked.execute("LOCK TABLE influx_agg_1h IN ACCESS EXCLUSIVE MODE")
        asking = []
        for pid in before:
            with alone(pid, before):
                asking.append(
                    threading.Thread(target=lambda: answers.append(asked(site.address, slow)))
                )
                asking[-1].start()
                until(lambda: waiting(plant_dsn) >= len(asking), 30)
                time.sleep(0.5)  # what looks at rollups beside the requests waits, too
        site.restart()
        assert asked(site.address, quick)[0] == 200
        assert not answers
        connection.rollback()
    for each in asking:
        each.join()
    assert [status for status, _body in answers] == [200] * COUNT
    until(lambda: not set(before) & set(site.workers()), 30)


def waiting(dsn: str) -> int:
    """Return how many sessions of Ksys wait for a lock."""
    return int(told(dsn, WAITING))


def test_while_workers_are_restarted_every_question_is_answered(site: Site) -> None:
    questions = still(site.address)[:8]
    judges = same(site.address, questions)
    with Traffic(site.address, judges, 20) as traffic:
        for asked_before in (20, 40, 60):
            until(lambda least=asked_before: len(traffic.outcomes) >= least, 30)
            site.restart()
        until(lambda: len(traffic.outcomes) >= 80, 30)
    assert not traffic.wrong(), traffic_told(traffic.wrong())
    lost = [each for each in traffic.failed() if not each.is_busy]
    assert not lost, traffic_told(lost)


# ---- two builds side by side --------------------------------------------------------------------

#: What the other build says otherwise: of a tag that both read, and share with their own workers.
OTHERWISE = ("data/queries/catalog.py", "description=", "description='of another build' or ")


def another_build(folder: Path) -> Path:
    """Return the program of a copy of ours which says another description of each tag."""
    for path in (*shipped(ROOT), ROOT / "requirements.txt", *(ROOT / "assets").rglob("*")):
        if path.is_file():
            copy = folder / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    name, before, after = OTHERWISE
    text = (folder / name).read_text(encoding="utf8")
    assert before in text
    (folder / name).write_text(text.replace(before, after), encoding="utf8")
    return folder / "app.py"


@pytest.mark.optional("redis-server")
def test_two_builds_side_by_side_answer_by_their_own_words_and_read_no_other_s_cache(
    plant_dsn: str, start_site: Any, tmp_path: Path
) -> None:
    program = str(another_build(tmp_path / "other"))
    with redis_server() as port:
        given = {"REDIS_URL": f"redis://127.0.0.1:{port}", "CACHE_SECRET": SECRET}
        given |= {"WEB_CONCURRENCY": "2", "RATE_LIMIT": "0"}
        sites = [start_site(plant_dsn, *way, **given)[0] for way in ((), (program,))]
        questions = [each for each in still(sites[0]) if not each.body]
        right = [same(site, questions) for site in sites]
        for question in random.Random(3).sample(questions, len(questions)):
            for site, judges in zip(sites, right, strict=True):
                status, headers, body = answer(site, question)
                assert (status, judges[question](body, headers, 0.0)) == (200, True), question
        said = [asked(site, Question("/api/v1/tags"))[1] for site in sites]
        assert [b"of another build" in each for each in said] == [False, True]
        builds = [asked(site, Question("/build"))[1] for site in sites]
        assert builds[0] != builds[1]
        prefixes = {name.split(":")[1] for name in keys(port)}
        assert len(prefixes) == 2, "each shares with its own workers alone"
