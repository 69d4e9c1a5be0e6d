"""The program of the web app: `python app.py`, or gunicorn 'app:server()'."""

import gc

# Imports leave no garbage worth a look, and the looks took a quarter of their time.
gc.disable()

import ctypes
import errno
import functools
import ipaddress
import logging
import os
import queue
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import flask
import psycopg2
import pyarrow as pa
from gunicorn.app.base import BaseApplication

from access import is_seen_late
from api.background import Background, Job, watch_disk
from data import embedded, queries
from data.db import disk
from data.errors import BadSetting, KsysError
from data.store import install, rollups, shapes
from operations import folder
from settings import Settings, from_env, share_metrics, slips, takes_over
from web import connect, create_app

gc.freeze()
gc.enable()
# What its own allocator has fetched it keeps, beside the memory of the C library: a worker that
# had answered 280 requests held 6 MB more.
pa.set_memory_pool(pa.system_memory_pool())

ROLLUP_SECONDS = 10
#: So long a restart waits for requests that have begun, whatever EXPORT_GRACE is [s].
LEAST_GRACE_S = 30
#: The number of an option of glibc, in its malloc.h, and its value.
M_ARENA_MAX, ARENAS = -8, 2
logger = logging.getLogger("ksys")


def open_historian(settings: Settings) -> tuple[Settings, embedded.Server | None]:
    """Return settings with a DSN to read, starting (and filling) the embedded server if need be."""
    if not settings.embedded:
        return settings, None
    own = embedded.start(settings.directory)
    if own.note:
        logger.info(own.note)
    connection = psycopg2.connect(own.dsn)
    try:
        before = shapes.installed(connection).version
        steps = install.install(connection)
        connection.commit()
        if before and steps:
            logger.info("the embedded store was brought up to date: %s", ", ".join(steps))
        _show_plant(connection, settings)
    except psycopg2.Error as error:
        raise embedded.disk_full(own.home) or error from error
    finally:
        connection.close()
    # Pages read by a role that may do nothing else; only Ksys writes there, so qc is its flag.
    inside = replace(settings, dsn=own.dsn, dsn_read=own.read_dsn, qc_code="flag", schema=None)
    return inside, own


def _show_plant(connection: Any, settings: Settings) -> None:
    """Make the plant where one is asked for and none is there; let it speak the site's language."""
    from data.demo import plant, speak  # only an embedded historian has one

    if settings.demo and plant.is_empty(connection):
        _seed(connection)
    speak(connection, settings.language)


def _seed(connection: Any) -> None:
    from tqdm import tqdm

    from data.demo import plant

    is_seen = sys.stderr.isatty()  # a log takes lines, and no bar that is drawn over itself
    if not is_seen:
        logger.info("the demonstration plant is made now, which takes about a minute")
    what = "Making the demonstration plant"
    with tqdm(total=100, desc=what, unit="%", leave=False, disable=not is_seen) as bar:

        def progress(share: float) -> None:
            bar.update(round(100 * share) - bar.n)

        plant.seed(connection, datetime.now(UTC), only_if_empty=True, progress=progress)


def start_background(server: flask.Flask, settings: Settings, own: bool) -> None:
    """Watch the historian; of our own, keep rollups and plant going, one process at a time.

    Parameters
    ----------
    own : whether the historian is the embedded one
    """
    from api.overview import last_frame
    from operations.routes import WATCH
    from operations.watch import Watch

    dsn = str(settings.dsn)
    jobs: dict[str, Job] = {}
    if own:
        jobs["disk"] = watch_disk
        jobs["rollups"] = lambda stop: rollups.watch(dsn, ROLLUP_SECONDS, stop)
    if own and settings.demo:
        from data.demo import plant

        jobs["demonstration plant"] = lambda stop: plant.Feeder(dsn).run(stop)
    background = Background(jobs)
    frame = functools.partial(last_frame, 3600.0 * settings.alarm_hold)
    watch = Watch(frame, background.down, background.restarts)
    background.jobs["watch"] = watch.run
    server.extensions[WATCH] = watch
    server.extensions["ksys-background"] = background
    background.start()


@contextmanager
def one_sentence() -> Iterator[None]:
    """End the program with the sentence of an error instead of its traceback."""
    try:
        yield
    except KsysError as error:
        raise SystemExit(str(error)) from error


@one_sentence()
def write_logs() -> None:
    """Write the log as the settings ask for; choose where workers count, which comes before."""
    settings = from_env()
    share_metrics(folder.chosen())
    from operations import logs

    logs.write(settings.log_format, settings.log_level, settings.query_log)


def refuse_taken(host: str, port: int) -> None:
    """Say that an address cannot be listened on before gunicorn tries it for 5 s.

    Raises
    ------
    BadSetting
        If the port is taken, or the host is no address of this machine.
    """
    try:
        family, *_rest, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            other = port + 1 if port < 65_535 else port - 1
            raise BadSetting("listen_taken", host=host, port=port, other=other) from error
        reason = error.strerror or str(error)
        raise BadSetting("listen_failed", host=host, port=port, reason=reason) from error


def is_beyond(listening: socket.socket) -> bool:
    """Return whether who is not on this machine can reach a socket."""
    if listening.family not in (socket.AF_INET, socket.AF_INET6):
        return False
    return not ipaddress.ip_address(listening.getsockname()[0]).is_loopback


@one_sentence()
def server() -> flask.Flask:
    """Return the WSGI application that the environment asks for; SystemExit says why not."""
    settings, own = open_historian(from_env())
    connect(settings)  # of this process alone: create_app connects anew, for the workers
    queries.refuse_unknown_schema()
    wsgi = create_app(settings).server
    disk.store_in(own.home if own else None)
    wsgi.extensions["ksys"] = {"settings": settings, "embedded": own}
    return wsgi


@one_sentence()
def gunicorn_options() -> dict[str, Any]:
    """Return how gunicorn serves Ksys: listening address, threads, and jobs of the first worker."""
    settings = from_env()
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return {
        "bind": f"{host}:{settings.port}",
        "workers": settings.workers,
        "threads": settings.threads,
        "worker_class": "operations.worker.Worker",
        "preload_app": True,
        "control_socket_disable": True,
        "loglevel": "warning",
        "logger_class": "operations.logs.GunicornLog",
        "timeout": 60,
        # 500 tags in one address get a sentence, not the bare page of the server.
        "limit_request_line": 8190,
        # What proxies say is read in `access/`, of those that TRUSTED_PROXIES names.
        "forwarded_allow_ips": "",
        "graceful_timeout": max(LEAST_GRACE_S, settings.export_grace),
        "on_starting": _look_at_addresses,
        "pre_fork": share_objects,
        "post_fork": mind_signals,
        "when_ready": _announce,
        "post_worker_init": _start_worker,
        "child_exit": folder.forget_worker,
        "on_exit": folder.remove,
    }


@one_sentence()
def _look_at_addresses(arbiter: Any) -> None:
    """Refuse what cannot be listened on; `gunicorn -b` may ask for other addresses than HOST."""
    if not takes_over():
        for address in arbiter.cfg.address:
            if isinstance(address, tuple):  # neither a unix socket nor a descriptor
                refuse_taken(*address)


@one_sentence()
def _announce(arbiter: Any) -> None:
    """Say what is shown and where; refuse addresses that did not come by HOST as HOST is refused.

    They come by `gunicorn -b`, its own environment or systemd, and no worker listens yet.
    """
    folder.forget_master(arbiter)
    ksys = arbiter.app.wsgi().extensions["ksys"]
    settings = ksys["settings"]
    beyond = [each for each in arbiter.LISTENERS if is_beyond(each.sock)]
    if beyond and not settings.auth:
        raise BadSetting("listen_open", address=str(beyond[0]))
    ksys["slow_senders"] = bool(beyond) and not settings.trusted_proxies
    shown = "the historian"
    if from_env().embedded:
        shown = "the demonstration plant" if settings.demo else "the embedded historian"
    where = ", ".join(f"{listener}{settings.base_path}" for listener in arbiter.LISTENERS)
    logger.info("Ksys shows %s at %s (Ctrl-C stops it)", shown, where)
    for name, nearest in slips().items():
        logger.warning("%s", KsysError("setting_unknown", name=name, nearest=nearest))
    if ksys["slow_senders"]:
        logger.warning("%s", KsysError("slow_senders"))
    _warn_of_old_access(settings)
    logger.info("Charts are drawn by %s", arbiter.app.wsgi().config["PLOTLY_JS"])


def _warn_of_old_access(settings: Settings) -> None:
    """Say where it takes longer than 2 s until all hosts know who may no more."""
    path, mounts = (settings.directory / "access").resolve(), Path("/proc/self/mounts")
    if settings.signs_in and mounts.exists() and is_seen_late(path, mounts.read_text()):
        logger.warning("%s", KsysError("access_seen_late", folder=path))


def share_arenas() -> None:
    """Let the threads of this process share two arenas of memory, where the C library has many.

    By default each thread fills one of its own, and what is free in one serves no other: after
    100,000 requests a worker held 239 MB, with two it holds 221.
    """
    with suppress(OSError, AttributeError, TypeError):  # none of it on musl, macOS or Windows
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)


def share_objects(_arbiter: Any, _worker: Any) -> None:
    """Let no worker look for garbage among what the master made: a hook of gunicorn, before a fork.

    To look writes to an object, and a page that is written to is shared no longer: two workers that
    had answered 280 requests held 336 MB together, now 276.
    """
    gc.freeze()


def mind_signals(arbiter: Any, _worker: Any) -> None:
    """Let a worker that is asked to end before it can be asked end at once: a hook of gunicorn.

    Until its own handlers come it holds those of the server, which only note a signal for a loop
    that runs elsewhere: it would serve on, and a stop would wait for it as long as for a file.
    """
    asked = {signal.SIGTERM, signal.SIGINT, signal.SIGQUIT}
    for number in asked:
        signal.signal(number, lambda *_: os._exit(0))
    with suppress(queue.Empty):
        while arbiter.SIG_QUEUE.get_nowait() not in asked:
            pass
        os._exit(0)


def _start_worker(worker: Any) -> None:
    share_arenas()
    settings = worker.wsgi.extensions["ksys"]["settings"]
    start_background(worker.wsgi, settings, own=from_env().embedded)


class _Gunicorn(BaseApplication):
    """gunicorn without its command line."""

    def load_config(self) -> None:
        for name, value in gunicorn_options().items():
            self.cfg.set(name, value)

    @one_sentence()
    def load(self) -> flask.Flask:
        if not takes_over():  # before a plant is made, which can take a minute
            settings = from_env()
            refuse_taken(settings.host, settings.port)
        return server()


def serve() -> None:
    """Serve until Ctrl-C."""
    write_logs()
    _Gunicorn().run()


if __name__ == "__main__":
    serve()
