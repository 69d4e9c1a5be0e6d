"""The watchdog cuts what lasts too long, also after its thread has ended."""

import socket
import threading

from data.db.sessions import Watchdog


def cut(watchdog: Watchdog) -> bool:
    """Return whether a block that waits for ever is cut."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(10)
        with watchdog.limiting(ours.fileno(), 0.05) as watch:
            assert ours.recv(1) == b""  # the end of the stream: we were shut down
        return watch.cut


def test_a_connection_that_waits_too_long_is_cut():
    assert cut(Watchdog())


def test_a_watchdog_whose_thread_has_ended_gets_another_one():
    watchdog = Watchdog()
    watchdog._thread = threading.Thread(target=lambda: None)
    watchdog._thread.start()
    watchdog._thread.join()
    assert cut(watchdog)
