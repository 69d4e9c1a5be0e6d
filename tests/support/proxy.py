"""A TCP proxy before a server that can be slow, cut, silent or gone: a network at fault."""

import contextlib
import socket
import struct
import threading
import time
from types import TracebackType

from psycopg2.extensions import make_dsn, parse_dsn

#: Bytes handed on at once.
PIECE = 65_536


class Proxy:
    """A way to a PostgreSQL server over the loopback; use as a context.

    Attributes
    ----------
    mode : what becomes of the bytes from now on, in open connections too:
        `pass`: handed on; `delay`: handed on after `seconds`; `silent`: swallowed, both ends stay
        open; `cut`: of the next answer only `most` bytes come through, then the connection ends;
        `reset`: the next bytes end the connection by RST
    accepted : connections that were let in so far
    """

    def __init__(self, dsn: str) -> None:
        self.target = parse_dsn(dsn)
        self.mode, self.seconds, self.most = "pass", 0.0, 0
        self.accepted = 0
        self._sockets: list[socket.socket] = []
        self._listener: socket.socket | None = None
        self.port = self.listen()
        self.dsn = make_dsn(dsn, host="127.0.0.1", port=self.port)

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.refuse()
        for each in self._sockets:
            each.close()

    def listen(self) -> int:
        """Let connections in, at the port of before; return it."""
        self._listener = socket.create_server(("127.0.0.1", getattr(self, "port", 0)))
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()
        return int(self._listener.getsockname()[1])

    def refuse(self) -> None:
        """Let nobody in any more, and end what is open."""
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _serve(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                theirs, _address = listener.accept()
                self.accepted += 1
                self._sockets.append(theirs)
                ours = self._server()
                self._sockets.append(ours)
                for pair in ((theirs, ours, False), (ours, theirs, True)):
                    threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _server(self) -> socket.socket:
        host, port = self.target["host"], self.target.get("port", "5432")
        if not host.startswith("/"):
            return socket.create_connection((host, int(port)))
        ours = socket.socket(socket.AF_UNIX)
        ours.connect(f"{host}/.s.PGSQL.{port}")
        return ours

    def _carry(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(PIECE):
                if self.mode == "silent":
                    continue
                if self.mode == "reset":
                    return self._end(source, target, reset=True)
                if self.mode == "delay" and is_answer:
                    time.sleep(self.seconds)
                if self.mode == "cut" and is_answer:
                    target.sendall(piece[: self.most])
                    return self._end(source, target)
                target.sendall(piece)
        return self._end(source, target)

    def _end(self, *ends: socket.socket, reset: bool = False) -> None:
        for each in ends:
            with contextlib.suppress(OSError):
                if reset:
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    each.close()
                else:
                    each.shutdown(socket.SHUT_RDWR)
