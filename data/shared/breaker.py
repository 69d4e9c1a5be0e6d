"""What does not answer is left alone for some seconds; then one request tries it again."""

import threading
import time


class Breaker:
    """Whether something may be asked now.

    Parameters
    ----------
    pause : how long it is left alone after a failure [s]
    """

    def __init__(self, pause: float) -> None:
        self.pause = pause
        self._lock = threading.Lock()
        self._until: float | None = None
        self._probing = False

    def enter(self) -> bool:
        """Whether to ask; then `succeeded` or `failed` must follow, whatever comes."""
        with self._lock:
            if self._until is None:
                return True
            if self._probing or time.monotonic() < self._until:
                return False
            self._probing = True
            return True

    def succeeded(self) -> bool:
        """Let all ask again; whether that is news."""
        with self._lock:
            was_open, self._until, self._probing = self._until is not None, None, False
        return was_open

    def failed(self) -> bool:
        """Let nobody ask for a while; whether that is news."""
        with self._lock:
            was_open, self._probing = self._until is not None, False
            self._until = time.monotonic() + self.pause
        return not was_open

    def forked(self) -> None:
        """Let go of what threads of the parent hold."""
        self._lock, self._probing = threading.Lock(), False
