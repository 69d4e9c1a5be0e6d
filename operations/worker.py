"""The worker of gunicorn, as one that lost its server must be, and that waits for nobody idle."""

import selectors
import socket
import struct
import time
from functools import partial
from typing import Any

from gunicorn.util import close_graceful
from gunicorn.workers.gthread import ThreadWorker

#: So long the other end may take for the next piece of a request, or of an answer [s]: a tablet
#: that left the network holds a thread no longer.
RECEIVE_S, SEND_S = 10, 30
#: How long an answered connection stays open for the other end to close it [s], as in gunicorn.
LINGER_S = 2.0
#: What comes on one that is closed is dropped, so much at a time [bytes].
DROPPED = 65_536


class Worker(ThreadWorker):
    """Threads that answer until they are told to end, or their server is gone."""

    alive: bool

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        #: Answered connections that the other end has still to close, and until when they wait.
        self._leaving: dict[socket.socket, float] = {}

    def run(self) -> None:
        """Answer until told to end; who has still to take his last answer is waited for."""
        super().run()
        for sock, until in self._leaving.items():
            close_graceful(sock, until - time.monotonic())

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
        for option, seconds in ((socket.SO_RCVTIMEO, RECEIVE_S), (socket.SO_SNDTIMEO, SEND_S)):
            conn.sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("@ll", seconds, 0))
        conn.close = partial(self._close, conn, conn.close)
        # As gunicorn does with one that has said nothing in those 5 s.
        conn.timeout = time.monotonic() + self.cfg.keepalive
        self.pending_conns.append(conn)
        ready = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, ready)

    def _close(self, conn: Any, at_once: Any, graceful: bool = False) -> None:
        """Close a connection; one that was answered when the other end does, or soon after.

        gunicorn's own waits for that where it gives all others their threads: one program that
        asked for its answer to be the last, and left its end open, stopped the worker for 2 s.
        """
        if not graceful:
            at_once()
            return
        try:
            conn.sock.shutdown(socket.SHUT_WR)
            conn.sock.setblocking(False)
        except OSError:  # the other end is gone
            at_once()
            return
        self._leaving[conn.sock] = time.monotonic() + LINGER_S
        self.poller.register(conn.sock, selectors.EVENT_READ, self._drop)

    def _drop(self, sock: socket.socket) -> None:
        """Take what still comes, unread it would break the answer off; let go at its end."""
        try:
            is_over = not sock.recv(DROPPED)
        except BlockingIOError:  # the poller was wrong: nothing came
            is_over = False
        except OSError:  # the other end is gone, or the way there is
            is_over = True
        if is_over:
            self._let_go(sock)

    def _let_go(self, sock: socket.socket) -> None:
        del self._leaving[sock]
        self.poller.unregister(sock)
        sock.close()

    def murder_pending(self) -> None:
        """Close connections that said nothing in their time, or that nobody closes."""
        super().murder_pending()
        now = time.monotonic()
        for sock in [each for each, until in self._leaving.items() if until <= now]:
            self._let_go(sock)
