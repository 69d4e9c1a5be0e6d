"""Files of the app from memory: Flask and its compression are asked once for each of them.

A page asks for seventy of them, and each passes Flask's whole chain for a few kilobytes that never
change. What is kept here is answered before that chain, in the bytes that it once made.
"""

import posixpath
from collections import OrderedDict
from collections.abc import Iterable
from functools import lru_cache
from threading import Lock
from typing import NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from dash.fingerprint import check_fingerprint
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header
from werkzeug.wrappers import Response

#: Addresses of files, which are the same for every viewer.
SUITES = "/_dash-component-suites/"
STATIC = (SUITES, "/assets/", "/bootstrap/")
#: Most that is kept of them, all encodings together [bytes]; what was asked for longest ago goes.
LIMIT = 64 * 2**20
#: With one of these, less than the whole file is answered.
CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")

#: What asks for a part of a file; a server may send the whole one (RFC 9110, 14.2).
PARTS = ("HTTP_RANGE", "HTTP_IF_RANGE")


@lru_cache(maxsize=64)
def accepted(header: str) -> str | None:
    """Return the encoding to answer with; browsers send a handful of headers, parsed once each."""
    wishes = parse_accept_header(header, Accept)
    return next((each for each in ("br", "gzip") if wishes[each] > 0), None)


class Key(NamedTuple):
    """What a file is kept by; however one asks for it, there are few of them.

    Parameters
    ----------
    path : without the fingerprint that Dash writes into it, which it takes in any spelling
    fingerprinted : whether there was one: such an answer is kept for a year by a browser
    encoding : that it is answered in; empty for none
    scheme : https answers say that they want no other
    """

    path: str
    fingerprinted: bool
    encoding: str
    scheme: str


class File(NamedTuple):
    """An answer: status line, headers and body."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


class StaticFiles:
    """A WSGI application that keeps the files of another.

    The query is no part of what is kept: a file that changes has another path. Nor is what
    else a stranger could vary at will: a file that is not kept costs up to a second to compress.

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
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [found.body]

    def _ask(self, key: Key, environ: WSGIEnvironment) -> File:
        left_out = (*CONDITIONS, *PARTS)
        whole = {name: value for name, value in environ.items() if name not in left_out}
        whole |= {"REQUEST_METHOD": "GET", "HTTP_ACCEPT_ENCODING": key.encoding}
        whole["QUERY_STRING"] = ""  # a language in it would set a cookie, and nothing be kept
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
    """Return what a whole file is kept by; None for another request.

    A path with detours leads to a file too, and there are as many as one likes: none is kept.
    """
    path = environ.get("PATH_INFO", "")
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or not path.startswith(STATIC):
        return None
    if posixpath.normpath(path) != path:
        return None
    encoding = accepted(environ.get("HTTP_ACCEPT_ENCODING", "")) or ""
    stripped, fingerprinted = path, False
    if path.startswith(SUITES):
        stripped, fingerprinted = check_fingerprint(path)
    return Key(stripped, fingerprinted, encoding, environ.get("wsgi.url_scheme", ""))
