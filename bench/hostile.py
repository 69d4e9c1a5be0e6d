"""Hostile requests at a running site: none may be a 500, write anything, or make a worker grow.

Parameters, calls of callbacks, headers, bodies and paths are put together by chance from what has
broken programs before, signed in and not. The same seed sends the same requests.
"""

import argparse
import contextlib
import http.client
import json
import math
import os
import random
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import psycopg2
from dash._utils import split_callback_id

from access.people import Role
from bench.historian import planted
from bench.verdict import Verdict, at_most
from tests.conftest import started_site
from tests.support.people import PASSWORD, add_people

GROWTH = "memory of the worker, at the end / after 20,000 requests"
LIMITS = {
    "answers of 500": at_most(0),
    "requests without an answer": at_most(0),
    "rows written": at_most(0),
}
#: After fewer requests the caches are still filling; growth is measured over twice as many or more.
SETTLED, FLAT = 20_000, {GROWTH: at_most(1.05)}
#: So often the memory is looked at.
TENTHS = 10
REQUESTS, SEED = 2_000, 20_261_126
#: Of so many requests one comes from nobody: his end at the guard.
STRANGERS = 5
DISPATCH = "/_dash-update-component"
ROUTES = (
    *("/", "/trend", "/tech", "/status", "/nowhere", "/sign-in", "/account", "/build", "/healthz"),
    *("/overview/tags", "/overview/frame", "/overview/sparklines", "/overview/details"),
    *(
        "/overview/reading",
        "/readyz",
        "/metrics",
        "/trend/rows.csv",
        "/tech/rows.csv",
        "/status.json",
        "/_dash-layout",
    ),
    *("/_dash-dependencies", "/_reload-hash", "/_favicon.ico", "/assets/x", "/screen/x"),
    *("/bootstrap/static/css/bootstrap.min.css", "/_dash-component-suites/plotly/x.js"),
)
POSTS = ("/sign-in", "/account/tokens", "/account/tokens/revoke", DISPATCH, "/nowhere")
TEXTS = (
    *("", " ", "D101", "D300", "P200", "1h", "24h", "7d", "3mo", "99999y", "9q", "-1h", "auto"),
    *("2026-01-01", "0001-01-01", "9999-12-31", "2026-01-01T00:00+99:99", "a/b", "x" * 3_000),
    *("'; drop table influx_hist; --", "<script>", "%00", "\x00", "\n\r\x1b[31m", "가나다", "😀"),
    *("../../etc/passwd", "//[", "http://[", "nan", "inf", "1e999", "9" * 500, "avg", "1m", "raw"),
    *("Asia/Seoul", "UTC", "Mars/Base", "{0}", "%s", "${x}", "null", "[]", "=1+1", "\ufeff"),
)
NAMES = ("tag", "window", "start", "stop", "zoom", "statistic", "resolution", "tz", "width", "lang",
         "next", "kiosk", "q", "m", "theme", "startRow", "endRow", "query")  # fmt: skip
HEADERS = ("Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cookie", "Host",
           "If-Modified-Since", "If-None-Match", "Origin", "Range", "Sec-Fetch-Site", "Referer",
           "X-Forwarded-For", "X-Forwarded-Proto", "X-Ksys-Version", "Content-Type")  # fmt: skip


class Sent(NamedTuple):
    """A request: method, path with query, headers and body."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None = None


class Stranger:
    """Puts hostile requests together, by chance of a seed.

    Parameters
    ----------
    callbacks : those that run on the server, as Dash tells them to the browser
    """

    def __init__(self, seed: int, callbacks: list[dict[str, Any]]) -> None:
        self._chance = random.Random(seed)
        self._callbacks = callbacks

    def request(self) -> Sent:
        """Return the next request."""
        kinds = (self._get, self._get, self._call, self._call, self._call, self._post, self._file)
        return self._chance.choice(kinds)()

    def _text(self) -> str:
        return self._chance.choice(TEXTS)

    def _value(self, depth: int = 3) -> Any:
        """Return any JSON."""
        chance = self._chance
        kind = chance.randrange(9 if depth else 6)
        if kind < 3:
            return self._text()
        if kind < 6:
            return chance.choice((None, True, -1, 0, 7, 0.5, 10**30, 1e300, 2**63))
        if kind == 6:
            return [self._value(depth - 1) for _ in range(chance.randrange(4))]
        return {chance.choice(NAMES): self._value(depth - 1) for _ in range(chance.randrange(8))}

    def _question(self) -> dict[str, Any]:
        """Return a question that can be answered, but for up to two of its parts."""
        chance = self._chance
        tags = chance.sample(("D101", "D300", "P200", "nobody"), chance.randrange(1, 3))
        fine = {"tag": tags, "window": chance.choice(("1h", "6h", "24h")), "width": 800}
        for _ in range(chance.randrange(3)):
            fine[chance.choice(NAMES)] = self._value(1)
        rows = {"startRow": 0, "endRow": 100, "query": fine}
        return chance.choice((fine, fine | rows))

    def _given(self) -> Any:
        """Return what a page may hold, or any JSON."""
        return self._question() if self._chance.random() < 0.4 else self._value()

    def _query(self) -> str:
        pairs = [
            (self._chance.choice(NAMES), self._text()) for _ in range(self._chance.randrange(5))
        ]
        return urlencode(pairs)

    def _headers(self) -> dict[str, str]:
        names = self._chance.sample(HEADERS, self._chance.choice((0, 0, 0, 1, 2)))
        clean = (quote(self._text(), safe=" ,;=:/[]()<>'{}") for _ in names)
        return dict(zip(names, clean, strict=True))

    def _get(self) -> Sent:
        method = self._chance.choice(("GET", "GET", "GET", "HEAD", "OPTIONS", "PUT", "DELETE"))
        path = self._chance.choice(ROUTES)
        return Sent(method, f"{path}?{self._query()}", self._headers())

    def _file(self) -> Sent:
        fingerprint = f"v{self._chance.randrange(9)}m{self._chance.randrange(10**6)}"
        number = self._chance.randrange(10**6)
        path = self._chance.choice((
            f"/_dash-component-suites/dash/dcc/async-graph.{fingerprint}.js?x={number}",
            f"/_dash-component-suites/plotly/package_data/plotly.min.js?x={number}",
            f"/_dash-component-suites/dash/{number}.js",
            f"/bootstrap/static/css/bootstrap.min.css?x={number}",
            f"/assets/{number}/../x",
        ))  # fmt: skip
        encoding = self._chance.choice(("br", f"gzip, x{number}", "", "*"))
        return Sent("GET", path, {"Accept-Encoding": encoding, "Range": f"bytes={number}-"})

    def _call(self) -> Sent:
        """Return the call of a callback, with a value or a part that is nonsense."""
        chance = self._chance
        known = chance.choice(self._callbacks)
        body: Any = {
            "output": known["output"],
            "outputs": split_callback_id(known["output"]),
            "inputs": [{**each, "value": self._given()} for each in known["inputs"]],
            "state": [{**each, "value": self._given()} for each in known["state"]],
            "changedPropIds": [],
        }
        if chance.random() < 0.3:
            body[chance.choice(list(body))] = self._value()
        text = json.dumps(body if chance.random() < 0.95 else self._value()).encode()
        if chance.random() < 0.05:
            text = text[: chance.randrange(len(text) + 1)]
        return Sent("POST", DISPATCH, {"Content-Type": "application/json"}, text)

    def _post(self) -> Sent:
        chance = self._chance
        large = chance.random() < 0.02
        body = b"[" * (2**20 + 1) if large else self._query().encode()
        kind = chance.choice(("application/x-www-form-urlencoded", "multipart/form-data", "x"))
        return Sent("POST", chance.choice(POSTS), {"Content-Type": kind} | self._headers(), body)


class Door:
    """A connection to a site, as somebody or nobody; it is opened anew where the site ends it."""

    def __init__(self, site: str, cookie: str = "") -> None:
        parts = urlsplit(site)
        self._host, self._port = str(parts.hostname), parts.port
        self._cookie = cookie
        self._open = http.client.HTTPConnection(self._host, self._port, timeout=60)

    def send(self, request: Sent) -> tuple[int, bytes]:
        """Return status and body of an answer; 0 where there is none over a new connection either.

        The site may end a connection after an answer, as it does where it leaves a body unread.
        """
        return self._try(request) or self._try(request) or (0, b"")

    def _try(self, request: Sent) -> tuple[int, bytes] | None:
        # Without the second what he posts would not get past the guard.
        ours = {"Cookie": self._cookie, "Sec-Fetch-Site": "same-origin"}
        own = ours if self._cookie else {}
        try:
            path = quote(request.path, safe="/?&=%.:,;[]()+-_~'*$!@")
            self._open.request(request.method, path, request.body, own | request.headers)
            answer = self._open.getresponse()
            return answer.status, answer.read()
        except (http.client.HTTPException, ConnectionError):
            self._open.close()
            return None


@contextlib.contextmanager
def site() -> Iterator[tuple[str, subprocess.Popen[bytes], str]]:
    """Run the app with one worker over a small plant, signing in; give address, process and DSN."""
    with planted(days=2) as (dsn, folder):
        add_people(folder)
        address, process = started_site(
            dsn,
            WEB_CONCURRENCY="1",
            AUTH="password",
            RATE_LIMIT="0",
            KSYS_DATA=str(folder),
        )
        try:
            yield address, process, dsn
        finally:
            process.terminate()
            process.wait(15)


def cookie_of(address: str) -> str:
    """Sign in as an analyst, which no request of a stranger can end; return the cookie."""
    form = {"name": Role.ANALYST.word, "password": PASSWORD}
    body = urlencode(form).encode()
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=60)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    connection.request("POST", "/sign-in", body, headers)
    cookie = connection.getresponse().headers["Set-Cookie"]
    return str(cookie).partition(";")[0]


def resident(process: subprocess.Popen[bytes]) -> float:
    """Return the memory of a site's workers [MB]: what they hold of their own."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    pages = (Path(f"/proc/{pid}/statm").read_text().split() for pid in children)
    return sum(int(each[1]) for each in pages) * os.sysconf("SC_PAGE_SIZE") / 1e6


def written(dsn: str) -> int:
    """Return how many rows anybody wrote into the historian's tables so far."""
    with contextlib.closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("select pg_stat_force_next_flush(), pg_stat_clear_snapshot()")
        cursor.execute("select sum(n_tup_ins + n_tup_upd + n_tup_del) from pg_stat_user_tables")
        row = cursor.fetchone()
        return int(row[0] or 0) if row else 0


def measure(count: int, seed: int) -> None:
    """Send so many requests and hold what they did against the limits."""
    with site() as (address, process, dsn):
        cookie = cookie_of(address)
        doors = (Door(address), Door(address, cookie))
        _status, told = doors[1].send(Sent("GET", "/_dash-dependencies", {}))
        callbacks = [each for each in json.loads(told) if not each["clientside_function"]]
        stranger, statuses = Stranger(seed, callbacks), Counter[int]()
        before, memory, settled = written(dsn), list[float](), math.nan
        for number in range(count):
            request = stranger.request()
            status, body = doors[number % STRANGERS > 0].send(request)
            statuses[status] += 1
            if status == 500:
                print(f"500: {request!r:.400}: {body[:200]!r}", flush=True)
            if number % (count // TENTHS or 1) == 0:
                memory.append(resident(process))
            if number == SETTLED:
                settled = resident(process)
        verdict = Verdict(LIMITS | (FLAT if count >= 2 * SETTLED else {}))
        shares = ", ".join(f"{status}: {n}" for status, n in sorted(statuses.items()))
        verdict.add("answers of 500", statuses[500], note=f"of {count}; {shares}")
        verdict.add("requests without an answer", statuses[0])
        verdict.add("rows written", written(dsn) - before)
        shown = " ".join(f"{each:.0f}" for each in memory)
        verdict.add(GROWTH, resident(process) / settled, note=f"MB: {shown}")
        verdict.end()


def main() -> None:
    """Send requests to a site of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    measure(asked.requests, asked.seed)


if __name__ == "__main__":
    main()
