"""What goes on beside the requests, and `/healthz`, which says what of it was started again."""

import logging
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import flask

from data.db import disk
from data.errors import KsysError

#: How long a job that ended waits to be started again [s]: no storm where it ends at once.
LOOK_S = 5.0
#: So often it is looked how much of the disk under the embedded historian is free [s].
DISK_S = 5.0
#: What goes on until the event is set.
Job = Callable[[threading.Event], None]

blueprint = flask.Blueprint("health", __name__)
logger = logging.getLogger("ksys")


def watch_disk(stop: threading.Event) -> None:
    """Log when the disk under the embedded historian gets low or full, and has room again."""
    before = False, False
    while not stop.wait(DISK_S):
        here = disk.disk()
        if here is None or (here.low, here.full) == before:
            continue
        was_full, before = before[1], (here.low, here.full)
        if here.full:
            logger.error("%s", KsysError("historian_disk_here", free=str(here)))
        elif here.low and not was_full:
            logger.warning("the disk under the embedded historian has only %s free", here)
        else:
            logger.warning("the disk under the embedded historian has room again: %s", here)


class Background:
    """Jobs that go on for as long as the process lives: one that ends is started again."""

    def __init__(self, jobs: Mapping[str, Job]) -> None:
        self.jobs = dict(jobs)
        self.ended: dict[str, list[datetime]] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._stop = threading.Event()

    def start(self) -> None:
        """Start every job, in threads that end with the process."""
        threading.Thread(target=self._keep, name="background", daemon=True).start()

    def stop(self) -> None:
        """Tell every job to end; none is started again."""
        self._stop.set()

    def _keep(self) -> None:
        while not self._stop.is_set():
            for name in self.jobs:
                self._look_at(name)
            self._stop.wait(LOOK_S)

    def _look_at(self, name: str) -> None:
        thread = self._threads.get(name)
        if thread is not None and thread.is_alive():
            return
        if thread is not None:
            self.ended.setdefault(name, []).append(datetime.now(UTC))
            logger.error("%s ended by itself and is started again", name)
        job = self.jobs[name]
        thread = threading.Thread(target=job, args=(self._stop,), name=name, daemon=True)
        self._threads[name] = thread
        thread.start()

    def down(self) -> tuple[str, ...]:
        """Return the jobs that do not run now."""
        alive = {name for name, thread in list(self._threads.items()) if thread.is_alive()}
        return tuple(name for name in self.jobs if name not in alive)

    def restarts(self) -> int:
        """Return how often jobs were started again."""
        return sum(len(times) for times in list(self.ended.values()))

    def notes(self) -> list[str]:
        """Return a line for each job that was started again: how often, and when last."""
        return [
            f"{name}: started again {len(times)} times, last at {times[-1]:%Y-%m-%dT%H:%M:%SZ}"
            for name, times in list(self.ended.items())
        ]


@blueprint.get("/healthz")
def send_health() -> flask.Response:
    """Send 200 and `ok` while the process answers, with what had to be started again since."""
    background: Background | None = flask.current_app.extensions.get("ksys-background")
    notes = background.notes() if background else []
    return flask.Response("\n".join(["ok", *notes, ""]), mimetype="text/plain")
