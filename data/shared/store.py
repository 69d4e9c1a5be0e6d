"""The cache that workers share: signed values in a Redis that may be at fault, or a stranger's.

What is not whole, not ours or of another build is no answer; what does not answer is left alone.
"""

import logging
import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from sys import version_info
from typing import Any

from data.shared.address import address
from data.shared.breaker import Breaker
from data.shared.budget import MOST_BYTES
from data.shared.errors import RedisLost, RedisRefused
from data.shared.sealed import key_name, opened, sealed, signing_key

#: How long Redis may take to connect and answer [s]: about as long as the historian does.
ANSWER_S = 0.2
#: A whole answer that took longer counts as a failure all the same [s]: a page asks some ten times,
#: and the historian answers most questions sooner.
SLOW_S = 0.05
#: How long it is left alone after a failure [s].
PAUSE_S = 5.0

#: What Redis says where it says nothing: it is left alone, lost, or refuses.
UNTOLD = object()

logger = logging.getLogger("ksys")


@dataclass(frozen=True)
class Sharing:
    """By what workers share answers.

    Parameters
    ----------
    url : of the Redis
    secret : by which values are signed, the same for all workers
    build : the name of the program and of the packages that made the values
    clock : the clock that all workers go by [s since 1970], NaN while it is not known; the machines
        that share a cache do not share a clock of their own
    """

    url: str = field(repr=False)
    secret: str = field(repr=False)
    build: str
    clock: Callable[[], float]


class Shared:
    """Values that workers share, for as long as Redis answers."""

    def __init__(self, sharing: Sharing) -> None:
        identity = f"{sharing.build} Python {version_info.major}.{version_info.minor}"
        self._key = signing_key(sharing.secret, identity)
        # Of its own for each build and secret: those that run side by side neither overwrite one
        # another's answers nor wait for them, and count their own files and requests.
        self._prefix = f"ksys:{sharing.build}:{key_name(self._key)}:"
        # redis-py takes 0.2 s to import: only who shares answers waits for it.
        from data.shared.client import Client

        self._client = Client(address(sharing.url), ANSWER_S)
        self._breaker = Breaker(PAUSE_S)
        #: The time of all workers [s since 1970], NaN while it is not known.
        self.clock = sharing.clock
        self._is_full = False

    def get(self, key: str) -> Any:
        """Return what was stored under a key, None without it, whatever else lies there."""
        name = self._prefix + key
        reply = self._asked(b"GET", name.encode())
        content = opened(self._key, name, reply) if isinstance(reply, bytes) else None
        return None if content is None else pickle.loads(content)  # noqa: S301 - signed by us

    def set(self, key: str, value: object, seconds: float) -> None:
        """Store a value for some time [s], if Redis takes it."""
        name = self._prefix + key
        content = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        if len(content) < MOST_BYTES - 1024:
            life = b"%d" % round(1_000 * seconds)
            self._asked(b"SET", name.encode(), sealed(self._key, name, content), b"PX", life)

    def add(self, key: str, value: object, seconds: float) -> bool | None:
        """Store a value where nothing lies; whether nothing did, None where Redis does not tell."""
        name = self._prefix + key
        content = sealed(self._key, name, pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
        life = b"%d" % round(1_000 * seconds)
        reply = self._asked(b"SET", name.encode(), content, b"PX", life, b"NX")
        return None if reply is UNTOLD else reply == b"OK"

    def forget(self, key: str) -> bool:
        """Let nothing lie under a key; whether Redis tells that nothing does."""
        return self._asked(b"DEL", (self._prefix + key).encode()) is not UNTOLD

    def answers(self) -> bool:
        """Whether Redis answers now; it is not asked while it is left alone."""
        return self._asked(b"PING") == b"PONG"

    def close(self) -> None:
        """Close its connections; it can be asked again."""
        self._client.close()

    def forked(self) -> None:
        """Let go of what threads and connections of the parent hold."""
        self._breaker.forked()
        self._client.forked()

    def _asked(self, *words: bytes) -> object:
        """Return what Redis answers to one command, `UNTOLD` where nothing."""
        if not self._breaker.enter():
            return UNTOLD
        start, failure, reply = time.monotonic(), "", UNTOLD
        try:
            reply = self._client.ask(*words)
            self._note_full(words[0], "")
        except RedisRefused as refusal:
            self._note_full(words[0], str(refusal))
        except RedisLost as loss:
            failure = str(loss)
        except BaseException:
            self._breaker.failed()
            raise
        if not failure and time.monotonic() - start > SLOW_S:
            failure = "it is slow"
        self._note(failure)
        return reply

    def _note(self, failure: str) -> None:
        if failure and self._breaker.failed():
            logger.warning(
                "the shared cache is left alone for %.0f s at a time: %s", PAUSE_S, failure
            )
        if not failure and self._breaker.succeeded():
            logger.info("the shared cache answers again")

    def _note_full(self, command: bytes, refusal: str) -> None:
        if command != b"SET" or self._is_full == bool(refusal):
            return
        self._is_full = bool(refusal)
        if refusal:
            logger.warning("the shared cache takes no answer: %s", refusal)
