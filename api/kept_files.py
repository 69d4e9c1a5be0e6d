"""Files of the app from memory: Flask and its compression are asked once for each of them.

A page asks for seventy of them, and each passes Flask's whole chain for a few kilobytes that never
change. What is kept here is answered before that chain, in the bytes that it once made.
"""

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from typing import NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.wrappers import Response

#: Addresses of files, which are the same for every viewer.
STATIC = ("/_dash-component-suites/", "/assets/", "/bootstrap/")
#: Most that is kept of them, all encodings together [bytes]; what was asked for longest ago goes.
LIMIT = 64 * 2**20
#: With one of these, less than the whole file is answered.
CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")

Key = tuple[str, str]


class File(NamedTuple):
    """An answer: status line, headers and body."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


class KeptFiles:
    """A WSGI application that keeps the files of another.

    The query is no part of what is kept: a file that changes has another path.

    Parameters
    ----------
    application : answers what is not kept
    limit : most that is kept [bytes]
    """

    def __init__(self, application: WSGIApplication, limit: int = LIMIT) -> None:
        self._application = application
        self._limit = limit
        self._files: OrderedDict[Key, File] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, a file from memory where it is there."""
        key = _key(environ)
        if key is None:
            return self._application(environ, start_response)
        found = self._find(key) or self._ask(key, environ)
        if any(name in environ for name in CONDITIONS):
            answer = Response(found.body, found.status, found.headers)
            return answer.make_conditional(environ)(environ, start_response)
        start_response(found.status, found.headers)
        return [found.body]

    def _ask(self, key: Key, environ: WSGIEnvironment) -> File:
        whole = {name: value for name, value in environ.items() if name not in CONDITIONS}
        answer = Response.from_app(self._application, whole, buffered=True)
        # The server writes the date of each answer: a kept one would age at once.
        answer.headers.remove("Date")
        file = File(answer.status, answer.headers.to_wsgi_list(), answer.get_data())
        if answer.status_code == 200 and "Set-Cookie" not in answer.headers:
            self._keep(key, file)
        return file

    def _find(self, key: Key) -> File | None:
        with self._lock:
            found = self._files.get(key)
            if found is not None:
                self._files.move_to_end(key)
            return found

    def _keep(self, key: Key, file: File) -> None:
        with self._lock:
            before = self._files.pop(key, None)
            self._size += len(file.body) - (len(before.body) if before else 0)
            self._files[key] = file
            while self._size > self._limit:
                _oldest, gone = self._files.popitem(last=False)
                self._size -= len(gone.body)


def _key(environ: WSGIEnvironment) -> Key | None:
    """Return what a whole file is kept by: its path and the encodings; None for another request."""
    path = environ.get("PATH_INFO", "")
    if environ["REQUEST_METHOD"] != "GET" or "HTTP_RANGE" in environ:
        return None
    if not path.startswith(STATIC):
        return None
    return path, environ.get("HTTP_ACCEPT_ENCODING", "")
