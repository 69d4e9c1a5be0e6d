"""Many viewers of 1,000 tags at one worker: refreshes a second against those of an empty route.

Open loop: requests leave at a fixed rate, whether or not those before were answered, as browsers
that know nothing of each other send them. Offered is more than the worker can do; what counts is
how many it answers. Both routes are asked in turns, and the historian is read each tick meanwhile.
"""

import argparse
import asyncio
import contextlib
import statistics
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from bench.historian import scratch
from bench.rules import fill
from bench.verdict import Verdict, at_least
from tests.conftest import started_site

LIMITS = {"refreshes / empty answers a second, 1,000 tags, one worker": at_least(0.6)}
TAGS, READINGS = 1_000, 720
CONNECTIONS = 64
SUBJECT, FLOOR = "/overview/frame", "/healthz"
Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def ask(stream: Stream, request: bytes, patient: bool = False) -> int:
    """Send one request on an open connection; return the bytes of its answer.

    Parameters
    ----------
    patient : 0 for what is turned away (503), which else ends the bench
    """
    reader, writer = stream
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    is_refused = patient and head.startswith(b"http/1.1 503")
    if not is_refused and not head.startswith(b"http/1.1 200"):
        raise SystemExit(f"the server answered {head.splitlines()[0].decode()}")
    length = int(head.split(b"content-length:")[1].split(b"\r\n")[0])
    await reader.readexactly(length)
    return 0 if is_refused else length


async def offered(
    site: str, path: str, rate: float, seconds: float, patient: bool = False
) -> float:
    """Return the answers a second to requests that leave `rate` times a second."""
    host, port = urlsplit(site).hostname, urlsplit(site).port
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: br\r\n\r\n".encode()
    due: asyncio.Queue[None] = asyncio.Queue()
    answered = 0

    async def connection() -> None:
        nonlocal answered
        stream = await asyncio.open_connection(host, port)
        while True:
            await due.get()
            length = await ask(stream, request, patient)
            answered += length > 0  # not in one: what others count while it waits would be lost

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(connection()) for _ in range(CONNECTIONS)]
        begun, sent = time.perf_counter(), 0
        while (passed := time.perf_counter() - begun) < seconds:
            while sent < passed * rate:
                due.put_nowait(None)
                sent += 1
            await asyncio.sleep(0.002)
        for task in tasks:
            task.cancel()
    return answered / passed


@contextlib.contextmanager
def site(tags: int, readings: int) -> Iterator[str]:
    """Run the app with one worker over so many tags with rules; give its address."""
    with scratch() as (dsn, _folder):
        fill(dsn, tags, readings)
        address, process = started_site(dsn, WEB_CONCURRENCY="1")
        try:
            yield address
        finally:
            process.terminate()
            process.wait(15)


def measure(address: str, rate: float, seconds: float, rounds: int) -> None:
    """Print the ratio of refreshes a second to empty answers a second."""
    # The first frame is made before the flood: under it a cold one is not there in time (503).
    asyncio.run(offered(address, SUBJECT, rate=1, seconds=2))
    counts: dict[str, list[float]] = {FLOOR: [], SUBJECT: []}
    for _ in range(rounds + 1):
        for path, found in counts.items():
            found.append(asyncio.run(offered(address, path, rate, seconds)))
    floor, subject = (statistics.median(counts[path][1:]) for path in (FLOOR, SUBJECT))
    if floor > 0.95 * rate:
        raise SystemExit(f"{rate:.0f} requests a second are not more than the worker can do")
    verdict = Verdict(LIMITS)
    verdict.add(
        "refreshes / empty answers a second, 1,000 tags, one worker",
        subject / floor,
        note=f"{subject:.0f} / {floor:.0f} a second, of {rate:.0f} offered",
    )
    verdict.end()


def main() -> None:
    """Measure a site, or one of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=3_000)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with site(TAGS, READINGS) as address:
        measure(address, asked.rate, asked.seconds, asked.rounds)


if __name__ == "__main__":
    main()
