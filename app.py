"""The Ksys web app: `python app.py`, or gunicorn 'app:server()'."""

import errno
import functools
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dash_bootstrap_components as dbc  # noqa: F401 - registers its scripts with Dash
import flask
import psycopg2
from dash import Dash, page_registry
from flask_babel import Babel
from flask_babel import gettext as _
from flask_bootstrap import Bootstrap5
from gunicorn.app.base import BaseApplication
from tqdm import tqdm

from access import Proxies, chosen, protect
from api.assets import modules, url_path
from api.background import Background, Job, watch_disk
from api.base import Below
from api.build import build
from api.kept_files import KeptFiles
from api.responses import deliver
from components.messages import browser_messages
from components.shell import LANGUAGES, shell
from data import embedded, queries
from data.db import cache, clock, disk, lanes, pool
from data.demo import plant, speak
from data.errors import BadSetting, KsysError
from data.store import install, rollups, shapes
from operations import folder
from settings import Settings, from_env, share_metrics, takes_over

ROOT = Path(__file__).parent
BOOTSTRAP = "/bootstrap/static/css/bootstrap.min.css"
ROLLUP_SECONDS = 10
logger = logging.getLogger("ksys")


class Ksys(Dash):
    """Dash with an index page that tells its language and carries the words of the scripts."""

    def interpolate_index(self, **parts: str) -> str:  # type: ignore[override]  # Dash names them
        """Return the index page in the viewer's language."""
        language = _language()
        words = f'<script type="application/json" id="ksys-messages">{browser_messages()}</script>'
        root, assets = self.config.requests_pathname_prefix, self.get_asset_url("")
        preloads = "\n".join(
            f'<link rel="modulepreload" href="{assets}{name}">'
            for name in modules(flask.request.path)
        )
        # Outside of the text below: Babel does not look into an f-string.
        title, needs = _("Ksys"), _("Ksys needs JavaScript.")
        newer, load = _("A newer version of Ksys is running."), _("Reload")
        out = _("You are signed out: nothing new is shown until you sign in again.")
        sign_in = _("Sign in")
        return f"""<!DOCTYPE html>
<html lang="{language}" data-root="{root}" data-assets="{assets}" data-build="{build()}">
<head>
{parts["metas"]}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="{assets}logo.svg" type="image/svg+xml">
{parts["css"]}
{preloads}
</head>
<body>
{parts["app_entry"]}
<noscript><p>{needs}</p></noscript>
<div id="newer" class="newer" role="status" hidden><p>{newer}</p>
<button type="button" class="seg">{load}</button></div>
<div id="signed-out" class="newer" role="alert" hidden><p>{out}</p>
<button type="button" class="seg">{sign_in}</button></div>
<footer>
{words}
{parts["config"]}
{parts["scripts"]}
{parts["renderer"]}
</footer>
</body>
</html>"""


def connect(settings: Settings) -> None:
    """Let the pages read the historian at `settings.dsn`; nothing is read yet."""
    pool.connect(
        str(settings.dsn),
        read_dsn=settings.dsn_read,
        pooler=settings.pooler,
        pool_size=settings.pool_size,
        pool_timeout=settings.pool_timeout,
        statement_timeout_ms=settings.statement_timeout_ms,
        qc_code=settings.qc_code,
        schema=settings.schema,
    )


def create_app(settings: Settings) -> Ksys:
    """Return the app over the historian at `settings.dsn`; nothing is read yet."""
    connect(settings)
    lanes.allow(settings.threads)
    server = flask.Flask("ksys", static_url_path="/static", static_folder=None)
    server.config["KSYS"] = {"zone": settings.site_tz, **asdict(settings)}
    cache.configure(server, settings.redis_url, clock.shared)
    server.config["BABEL_TRANSLATION_DIRECTORIES"] = str(ROOT / "locale")
    Babel(server, locale_selector=lambda: _language(), default_locale=settings.language)
    Bootstrap5(server)
    app = Ksys(
        "ksys",
        server=server,  # type: ignore[arg-type]  # the annotation forgot Flask
        use_pages=True,
        pages_folder=str(ROOT / "pages"),
        assets_folder=str(ROOT / "assets"),
        assets_url_path=url_path(),
        # Modules load one another; Dash would add each a second time, under another address.
        assets_ignore=r"\.mjs$",
        requests_pathname_prefix=f"{settings.base_path}/",
        routes_pathname_prefix="/",
        external_stylesheets=[settings.base_path + BOOTSTRAP],
        title="Ksys",
        update_title="",
        compress=False,
        serve_locally=True,
    )
    app.layout = shell
    build()  # a deployment that lacks files shows itself now, not to the first visitor
    from operations import site  # not before the folder of the workers is chosen

    site.measure(server, build(), lambda: app.callback_map)
    choices = chosen(settings.directory / "access", settings.signs_in, asdict(settings))
    protect(server, choices, url_path())
    _add_routes(app)
    deliver(app)
    below = Below(KeptFiles(server.wsgi_app), settings.base_path)
    server.wsgi_app = Proxies(below, choices)  # type: ignore[method-assign]  # the way that Flask's documents show
    # Dash registers the pages at the first request; two first visitors at once would find half.
    app.server.test_client().get("/", environ_overrides={site.UNMEASURED: True})
    return app


def _add_routes(app: Ksys) -> None:
    from api import assets, background, csv_rows, overview, status

    app.server.register_blueprint(assets.blueprint)
    app.server.register_blueprint(overview.blueprint)
    app.server.register_blueprint(csv_rows.blueprint)
    app.server.register_blueprint(background.blueprint)
    app.server.register_blueprint(status.blueprint)
    app.server.after_request(_remember_language)
    app.server.after_request(_say_not_found)


def _language() -> str:
    """Return the language of this request: asked for, remembered, preferred, or the site's."""
    if not flask.has_request_context():
        return "en"
    request = flask.request
    for wish in (request.args.get("lang"), request.cookies.get("lang")):
        if wish in LANGUAGES:
            return wish
    site = flask.current_app.config["KSYS"]["language"]
    return request.accept_languages.best_match(list(LANGUAGES)) or site


def _remember_language(response: flask.Response) -> flask.Response:
    asked = flask.request.args.get("lang")
    if asked in LANGUAGES:
        response.set_cookie(
            "lang",
            asked,
            max_age=365 * 24 * 3600,
            path=flask.current_app.config["KSYS"]["base_path"] or "/",
            samesite="Lax",
            httponly=True,
        )
    return response


def _say_not_found(response: flask.Response) -> flask.Response:
    """Give 404 to an address without a page, which Dash answers with its index and 200."""
    request = flask.request
    known = {entry["path"] for entry in page_registry.values()}
    lost = request.endpoint == "/<path:path>" and request.path not in known
    if lost and response.status_code == 200:
        response.status_code = 404
    return response


def open_historian(settings: Settings) -> tuple[Settings, embedded.Server | None]:
    """Return settings with a DSN to read, starting (and filling) the embedded server if need be."""
    if not settings.embedded:
        return settings, None
    own = embedded.start(settings.directory)
    if own.note:
        logger.info(own.note)
    disk.store_in(own.home)
    connection = psycopg2.connect(own.dsn)
    try:
        before = shapes.installed(connection).version
        steps = install.install(connection)
        connection.commit()
        if before and steps:
            logger.info("the embedded store was brought up to date: %s", ", ".join(steps))
        if settings.demo and plant.is_empty(connection):
            _seed(connection)
        speak(connection, settings.language)
    except psycopg2.Error as error:
        raise embedded.disk_full(own.home) or error from error
    finally:
        connection.close()
    return replace(
        settings, dsn=own.dsn, qc_code="flag", schema=None
    ), own  # only Ksys writes there


def _seed(connection: Any) -> None:
    with tqdm(total=100, desc="Making the demonstration plant", unit="%", leave=False) as bar:

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


@one_sentence()
def server() -> flask.Flask:
    """Return the WSGI application that the environment asks for; SystemExit says why not."""
    settings, own = open_historian(from_env())
    connect(settings)  # of this process alone: create_app connects anew, for the workers
    queries.refuse_unknown_schema()
    wsgi = create_app(settings).server
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
        "worker_class": "gthread",
        "preload_app": True,
        "control_socket_disable": True,
        "loglevel": "warning",
        "logger_class": "operations.logs.GunicornLog",
        "timeout": 60,
        # 500 tags in one address get a sentence, not the bare page of the server.
        "limit_request_line": 8190,
        # What proxies say is read in `access/`, of those that TRUSTED_PROXIES names.
        "forwarded_allow_ips": "",
        "graceful_timeout": 5,
        "on_starting": _look_at_addresses,
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


def _announce(arbiter: Any) -> None:
    folder.forget_master(arbiter)
    settings = arbiter.app.wsgi().extensions["ksys"]["settings"]
    shown = "the historian"
    if from_env().embedded:
        shown = "the demonstration plant" if settings.demo else "the embedded historian"
    where = ", ".join(f"{listener}{settings.base_path}" for listener in arbiter.LISTENERS)
    logger.info("Ksys shows %s at %s (Ctrl-C stops it)", shown, where)


def _start_worker(worker: Any) -> None:
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
