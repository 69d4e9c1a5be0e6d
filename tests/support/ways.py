"""Requests of a page, answered by a test, with the cache of the page left on.

`Page.route` turns that cache off, so that each page loads and compiles all of its scripts anew:
a third of what a page of the overview takes of the processor.
"""

import contextlib
from base64 import b64encode
from collections.abc import Callable
from json import dumps
from typing import Any
from weakref import WeakKeyDictionary

from playwright.sync_api import Error


class Way:
    """A request that waits for its answer, as the `Route` of Playwright is one."""

    def __init__(self, session: Any, number: str) -> None:
        self._session, self._number = session, number

    def fulfill(
        self, status: int = 200, content_type: str = "application/json", body: str = "",
        json: Any = None, headers: dict[str, str] | None = None,
    ) -> None:  # fmt: skip
        """Answer it."""
        text = body if json is None else dumps(json)
        told = {"content-type": content_type} | (headers or {})
        lines = [{"name": name, "value": value} for name, value in told.items()]
        content = b64encode(text.encode()).decode()
        self._send("fulfillRequest", responseCode=status, responseHeaders=lines, body=content)

    def abort(self) -> None:
        """Let it fail as if nobody were there."""
        self._send("failRequest", errorReason="Failed")

    def _send(self, command: str, **values: Any) -> None:
        with contextlib.suppress(Error):  # whoever asked may have left, as with Playwright's own
            self._session.send(f"Fetch.{command}", {"requestId": self._number, **values})


class _Answers:
    """What answers the requests of one page, by the end of the address; the last given counts."""

    def __init__(self, session: Any) -> None:
        self._session, self._handlers = session, dict[str, Callable[[Way], None]]()
        session.on("Fetch.requestPaused", self._answer)

    def add(self, end: str, handler: Callable[[Way], None]) -> None:
        """Let a function answer from now on."""
        self._handlers[end] = handler
        patterns = [{"urlPattern": f"*{each}"} for each in self._handlers]
        self._session.send("Fetch.enable", {"patterns": patterns})

    def _answer(self, event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        (handler,) = (self._handlers[end] for end in self._handlers if url.endswith(end))
        handler(Way(self._session, event["requestId"]))


_answers: WeakKeyDictionary[Any, _Answers] = WeakKeyDictionary()


def answer_by(page: Any, end: str, handler: Callable[[Way], None]) -> None:
    """Let a function answer what a page asks from now on of addresses that end so."""
    if page not in _answers:
        _answers[page] = _Answers(page.context.new_cdp_session(page))
    _answers[page].add(end, handler)
