"""What a viewer of the overview waits: with a hundred others, and beside many who draw a trend.

One worker over 5,000 tags. A hundred viewers ask for the frame once a second each, as browsers that
know nothing of each other do: how long the slowest in a hundred waits against the middle one, and
the same of `/healthz`, which does nothing: so much of it is the machine and Python's lock. Then
a viewer, and `/healthz`, alone and while 32 connections ask for a trend of another tag each, one
question after the other: those who find no thread are turned away, and ask again.
"""

import argparse
import asyncio
import json
import statistics
import time
import urllib.request
from itertools import count
from urllib.parse import urlsplit

import numpy as np

from bench.trend import WIDTH, call_of
from bench.verdict import Verdict, at_most
from bench.viewers import site

LIMITS = {
    "frame, 1 in 100 / median, 100 viewers of 5,000 tags": at_most(3),
    "/overview/frame beside 32 trend questions / alone": at_most(4),
    "/healthz beside 32 trend questions / alone": at_most(4),
}
TAGS, READINGS = 5_000, 120
VIEWERS, QUESTIONS = 100, 32
FRAME, HEALTH = "/overview/frame", "/healthz"
#: Between two looks of the one viewer beside the questions [s].
EVERY_S = 0.1


class Connection:
    """One open connection to the site, as a browser keeps it."""

    def __init__(self, site: str) -> None:
        self._at = urlsplit(site)

    async def open(self) -> "Connection":
        """Connect, and return itself."""
        self._streams = await asyncio.open_connection(self._at.hostname, self._at.port)
        return self

    async def ask(self, path: str, body: bytes = b"") -> tuple[float, int]:
        """Send a request, a POST of JSON with a body; return how long it took [s], and its code."""
        reader, writer = self._streams
        method = "POST" if body else "GET"
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: {self._at.netloc}\r\nAccept-Encoding: br\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        begun = time.perf_counter()
        writer.write(head.encode() + body)
        try:
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
        except (ConnectionError, asyncio.IncompleteReadError):  # a server lets go of idle ones
            reader, writer = (await self.open())._streams
            writer.write(head.encode() + body)
            answer = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(answer.split(b"content-length:")[1].split(b"\r\n")[0]))
        return time.perf_counter() - begun, int(answer.split()[1])


async def viewed(site: str, seconds: float) -> dict[str, list[float]]:
    """Return how long each of a hundred viewers waited for each frame, and for `/healthz` [s].

    Each asks for both once a second, half a second apart.
    """
    begun, waits = time.perf_counter(), {FRAME: list[float](), HEALTH: list[float]()}

    async def viewer(place: int, path: str, after: float) -> None:
        connection = await Connection(site).open()
        for tick in count():
            due = begun + tick + after + place / VIEWERS
            if due > begun + seconds:
                return
            await asyncio.sleep(due - time.perf_counter())
            waits[path].append((await connection.ask(path))[0])

    ways = ((FRAME, 0.0), (HEALTH, 0.5))
    await asyncio.gather(*(viewer(place, *way) for way in ways for place in range(VIEWERS)))
    return waits


async def looked(site: str, seconds: float) -> dict[str, list[float]]:
    """Return how long frame and `/healthz` took, asked now and then [s]."""
    waits: dict[str, list[float]] = {FRAME: [], HEALTH: []}
    connection, begun = await Connection(site).open(), time.perf_counter()
    while time.perf_counter() - begun < seconds:
        for path, found in waits.items():
            found.append((await connection.ask(path))[0])
            await asyncio.sleep(EVERY_S)
    return waits


async def beside(site: str, seconds: float) -> tuple[dict[str, list[float]], dict[int, int]]:
    """Return the same while others ask for trends, and how often these were answered by code."""
    codes: dict[int, int] = {}
    tags = count(1)
    with urllib.request.urlopen(f"{site}/_dash-dependencies") as answer:
        draw = call_of([each["output"] for each in json.load(answer)], "trend-chart.figure")

    async def questions() -> None:
        connection = await Connection(site).open()
        while True:
            asked = {"tag": [f"T{next(tags) % TAGS + 1}"], "window": "24h", "width": WIDTH}
            value = {"id": "trend-question", "property": "data", "value": asked}
            body = json.dumps({**draw, "inputs": [value], "state": []}).encode()
            _seconds, code = await connection.ask("/_dash-update-component", body)
            codes[code] = codes.get(code, 0) + 1
            if code == 503:
                await asyncio.sleep(1)

    asking = [asyncio.create_task(questions()) for _ in range(QUESTIONS)]
    await asyncio.sleep(2)
    waits = await looked(site, seconds)
    for each in asking:
        each.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    return waits, codes


def measure(address: str, seconds: float) -> None:
    """Print the ratios."""
    verdict = Verdict(LIMITS)
    asyncio.run(viewed(address, 5))
    waits = asyncio.run(viewed(address, seconds))
    for name, path in (("frame", FRAME), (HEALTH, HEALTH)):
        low, high = np.percentile(waits[path], [50, 99])
        note = f"{high * 1e3:.1f} ms / {low * 1e3:.1f} ms, {len(waits[path])} answers"
        verdict.add(f"{name}, 1 in 100 / median, 100 viewers of 5,000 tags", high / low, note=note)
    alone = asyncio.run(looked(address, seconds))
    among, codes = asyncio.run(beside(address, seconds))
    for path in (FRAME, HEALTH):
        low, high = statistics.median(alone[path]), statistics.median(among[path])
        worst = np.percentile(among[path], 99)
        note = f"{high * 1e3:.1f} ms / {low * 1e3:.1f} ms, 1 in 100 {worst * 1e3:.0f} ms"
        note += f", answers to trends by code {codes}"
        verdict.add(f"{path} beside 32 trend questions / alone", high / low, note=note)
    verdict.end()


def main() -> None:
    """Measure a site of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20)
    with site(TAGS, READINGS) as address:
        measure(address, parser.parse_args().seconds)


if __name__ == "__main__":
    main()
