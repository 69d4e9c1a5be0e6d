"""The worker of gunicorn, as one that lost its server must be, and that waits for nobody idle."""

import selectors
import time
from functools import partial
from typing import Any

from gunicorn.workers.gthread import ThreadWorker


class Worker(ThreadWorker):
    """Threads that answer until they are told to end, or their server is gone."""

    alive: bool

    def is_parent_alive(self) -> bool:
        """Return whether the server is there; without it this worker ends as one that is told to.

        gunicorn's own would go on to keep connections: pages that ask often enough would be
        answered, and the port held, for as long as a file is waited for.
        """
        self.alive = self.alive and bool(super().is_parent_alive())
        return self.alive

    def enqueue_req(self, conn: Any) -> None:
        """Give a connection a thread once it has said something.

        gunicorn's own gives one to each that is new, and lets it wait there for 5 s. Browsers open
        connections before they need them: as many as there are threads kept everybody out, and 200
        for two minutes.
        """
        if conn.initialized or conn.data_ready:
            super().enqueue_req(conn)
            return
        # As gunicorn does with one that has said nothing in those 5 s.
        conn.timeout = time.monotonic() + self.cfg.keepalive
        self.pending_conns.append(conn)
        ready = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, ready)
