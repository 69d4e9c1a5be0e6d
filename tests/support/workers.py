"""The worker processes of a site, one of which may be let answer alone; and questions to them."""

import contextlib
import http.client
import json
import random
import signal
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from tests.support.servers import standing_still

#: What a site answers that has no place now.
BUSY = {429, 503}
#: So long all may go on before a busy one is asked again [s].
PAUSE_S = 0.1


class Question(NamedTuple):
    """What is asked of a site: an address, or what Dash posts to draw a chart."""

    path: str
    body: str = ""


def children(pid: int) -> list[int]:
    """Return the processes that a process has made, in their order."""
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(each) for each in told.split()]


def is_ready(pid: int) -> bool:
    """Whether a worker takes its own signals by now, so that it has begun to answer."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    (caught,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught, 16) >> (signal.SIGABRT - 1) & 1)


@contextlib.contextmanager
def alone(pid: int, workers: Sequence[int]) -> Iterator[None]:
    """Let one of the workers take what comes: the others stand still."""
    with standing_still(each for each in workers if each != pid):
        yield


def asked(site: str, question: Question) -> tuple[int, bytes]:
    """Return status and body of an answer over a connection of its own."""
    status, _headers, body = answer(site, question)
    return status, body


def answer(site: str, question: Question) -> tuple[int, Mapping[str, str], bytes]:
    """Return status, headers and body of an answer over a connection of its own."""
    parts = urlsplit(site)
    line = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
    headers = {"Connection": "close"}
    if question.body:
        headers |= {"Content-Type": "application/json", "Origin": site}
    with contextlib.closing(line):
        method = "POST" if question.body else "GET"
        line.request(method, parts.path + question.path, question.body or None, headers)
        got = line.getresponse()
        return got.status, got.headers, got.read()


def drawing(site: str, page: str, **question: Any) -> Question:
    """Return what Dash posts for the chart of a page.

    Parameters
    ----------
    question : as the controls of the page hold it
    """
    status, body = asked(site, Question("/_dash-dependencies"))
    assert status == 200
    (found,) = (each for each in json.loads(body) if f"..{page}-chart.figure." in each["output"])
    outputs = [each.rpartition(".") for each in found["output"].strip(".").split("...")]
    (given,) = found["inputs"]
    posted = {
        "output": found["output"],
        "outputs": [{"id": name, "property": part} for name, _, part in outputs],
        "inputs": [given | {"value": question}],
        "changedPropIds": [f"{given['id']}.{given['property']}"],
        "state": [],
    }
    return Question("/_dash-update-component", json.dumps(posted))


def still(address: str) -> list[Question]:
    """Return questions for windows that lie still: all readings of them are there since long."""
    stop = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=2)
    start = stop - timedelta(hours=12)
    bounds = {"start": start.isoformat(), "stop": stop.isoformat()}
    window = "&".join(f"{name}={text[:16]}Z" for name, text in bounds.items())
    one, two = f"tag=D100&{window}", f"tag=D100&tag=D101&{window}"
    paths = (
        f"/trend/rows.csv?{two}",
        f"/trend/rows.csv?{one}&compare=-1d",
        f"/tech/rows.csv?{one}",
        "/api/v1/tags",
        "/api/v1/tags.csv",
        "/api/v1/qc-rules",
        f"/api/v1/timeseries?{two}&resolution=10m",
        f"/api/v1/timeseries?{one}&resolution=raw",
        f"/api/v1/timeseries?{one}&resolution=1h&compare=-1d",
        f"/api/v1/timeseries.csv?{two}",
        f"/api/v1/features?{one}",
        f"/api/v1/indicators?{one}",
        f"/api/v1/gaps?{two}",
        f"/api/v1/excursions?{two}",
        f"/api/v1/statistics?{two}",
        f"/api/v1/export.csv?{two}",
        f"/api/v1/export.csv?{one}&resolution=10m",
        f"/api/v1/export.arrow?{two}",
        f"/api/v1/export.parquet?{two}",
    )
    given = {**bounds, "width": 1000, "n": 0}
    charts = [
        drawing(address, "trend", tag=["D100", "D101"], **given),
        drawing(address, "trend", tag=["D100"], compare="-1d", **given),
        drawing(address, "tech", tag=["D100"], **given),
    ]
    return [*map(Question, paths), *charts]


def answers_of_each(
    site: str, workers: Sequence[int], questions: Sequence[Question], seed: int
) -> dict[Question, set[bytes]]:
    """Return what all workers answer to each question, asked in an order by chance.

    A worker that has no place is asked again: one that stands still may hold the place of a file,
    of which the last byte has come.
    """
    bodies: dict[Question, set[bytes]] = {question: set() for question in questions}
    tries = [(question, pid) for question in questions for pid in workers]
    random.Random(seed).shuffle(tries)
    due = deque(tries)
    while due:
        question, pid = due.popleft()
        with alone(pid, workers):
            status, body = asked(site, question)
        if status in BUSY:
            due.append((question, pid))
            time.sleep(PAUSE_S)
            continue
        assert status == 200, (question, status, body[:500])
        bodies[question].add(body)
    return bodies
