"""The web app: its page, its routes, and the language of each answer."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import dash_bootstrap_components as dbc  # noqa: F401 - registers its scripts with Dash
import flask
from dash import Dash, page_registry
from flask_babel import gettext as _
from flask_bootstrap import Bootstrap5
from markupsafe import escape

from access import Proxies, chosen, protect
from api.assets import STYLE, entry, join, scripts, url_path
from api.base import Below
from api.build import build
from api.chart import plotly_js, share_answers
from api.edge import called, check_calls, limit_bodies, limit_rates, say_failures, tell_methods
from api.responses import deliver
from api.static_files import StaticFiles
from components.language import Language
from components.messages import browser_messages
from components.shell import LANGUAGES, shell, title
from data.db import cache, clock, lanes, pool
from data.shared import Sharing
from settings import Settings

ROOT = Path(__file__).parent
BOOTSTRAP = "/bootstrap/static/css/bootstrap.min.css"
GRID = "dash_ag_grid"
#: Scripts that no page begins with: of tables, and of those tables of Dash's that Ksys has not.
LATER = (f"/{GRID}/", "/dash_table/")


class Ksys(Dash):
    """Dash with an index page that tells its language and carries the words of the scripts."""

    def _config(self) -> dict[str, Any]:
        """Tell the pages which plotly.js draws: Dash asks for one elsewhere at a named address."""
        prefix, chosen = self.config.requests_pathname_prefix, self.server.config["PLOTLY_JS"]
        named = {"serve_locally": False, "plotlyjs_url": prefix + chosen.address}
        return {**super()._config(), **named}

    def _generate_scripts_html(self) -> str:
        """Return the scripts of every page: AG Grid comes where a table is (`assets/grids.js`)."""
        lines = super()._generate_scripts_html().splitlines()
        return "\n".join(line for line in lines if not any(name in line for name in LATER))

    def interpolate_index(self, **parts: str) -> str:  # type: ignore[override]  # Dash names them
        """Return the index page in the viewer's language."""
        language = _language()
        words = f'<script type="application/json" id="ksys-messages">{browser_messages()}</script>'
        root, assets = self.config.requests_pathname_prefix, self.get_asset_url("")
        (grid,) = (script["url"] for script in self.get_dist([GRID]))
        own = entry(flask.request.path)
        preloads = f'<link rel="modulepreload" href="{assets}{own}">' if own else ""
        preloads += "".join(
            f'\n<link rel="preload" as="script" href="{root}{name}">'
            for name in scripts(flask.request.path)
        )
        # Outside of the text below: Babel does not look into an f-string.
        name, needs = escape(title()), _("Ksys needs JavaScript.")
        newer, load = _("A newer version of Ksys is running."), _("Reload")
        out = _("You are signed out: nothing new is shown until you sign in again.")
        sign_in = _("Sign in")
        return f"""<!DOCTYPE html>
<html lang="{language}" data-root="{root}" data-assets="{assets}" data-build="{build()}"
data-grid="{grid}">
<head>
{parts["metas"]}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}</title>
<link rel="icon" href="{assets}logo.svg" type="image/svg+xml">
{parts["css"]}
<link rel="stylesheet" href="{assets}{STYLE}">
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
        export_pool_size=settings.exports,
        export_timeout_ms=settings.export_timeout_ms,
        qc_code=settings.qc_code,
        schema=settings.schema,
    )


def create_app(settings: Settings) -> Ksys:
    """Return the app over the historian at `settings.dsn`; nothing is read yet."""
    connect(settings)
    server = flask.Flask("ksys", static_url_path="/static", static_folder=None)
    server.config["KSYS"] = {"zone": settings.site_tz, **settings.public()}
    from operations import site  # not before the folder of the workers is chosen

    server.config["PLOTLY_JS"] = plotly_js.script(settings.plotly_js)
    # A deployment that lacks files shows itself now, not to the first visitor.
    site.measure(server, build(), called)
    join()
    limit_bodies(server)
    cache.configure(server, _sharing(settings))
    server.config["BABEL_TRANSLATION_DIRECTORIES"] = str(ROOT / "locale")
    Language(server, locale_selector=lambda: _language(), default_locale=settings.language)
    Bootstrap5(server)
    app = Ksys(
        "ksys",
        server=server,  # type: ignore[arg-type]  # the annotation forgot Flask
        use_pages=True,
        pages_folder=str(ROOT / "pages"),
        assets_folder=str(ROOT / "assets"),
        assets_url_path=url_path(),
        # These come joined; Dash would add each a second time, under another address.
        assets_ignore=r"\.(css|mjs)$",
        requests_pathname_prefix=f"{settings.base_path}/",
        routes_pathname_prefix="/",
        external_stylesheets=[settings.base_path + BOOTSTRAP],
        title="Ksys",
        update_title="",
        compress=False,
        serve_locally=True,
    )
    app.layout = shell
    choices = chosen(settings.directory / "access", settings.signs_in, asdict(settings))
    protect(server, choices, url_path())
    limit_rates(server, settings.rate_limit if settings.auth else 0)
    check_calls(app)
    share_answers(app)
    say_failures(server)
    _add_routes(app, settings)
    deliver(app)
    below = Below(StaticFiles(server.wsgi_app), settings.base_path)
    server.wsgi_app = Proxies(below, choices)  # type: ignore[method-assign]  # the way that Flask's documents show
    # Dash registers the pages at the first request; two first visitors at once would find half.
    app.server.test_client().get("/", environ_overrides={site.UNMEASURED: True})
    lanes.allow(settings.threads)
    return app


def _sharing(settings: Settings) -> Sharing | None:
    """Return by what workers share their answers, None where each keeps its own."""
    if settings.redis_url is None:
        return None
    return Sharing(settings.redis_url, str(settings.cache_secret), build(), clock.shared)


def _add_routes(app: Ksys, settings: Settings) -> None:
    from api import assets, background, chart, csv_rows, export, overview, status, v1
    from operations.requests import request_id

    app.server.register_blueprint(assets.blueprint)
    app.server.register_blueprint(overview.blueprint)
    app.server.register_blueprint(csv_rows.blueprint)
    app.server.register_blueprint(chart.blueprint)
    app.server.register_blueprint(plotly_js.blueprint)
    export.connect(app.server, settings.directory / "exports", request_id)
    app.server.register_blueprint(background.blueprint)
    app.server.register_blueprint(status.blueprint)
    app.server.register_blueprint(v1.blueprint(export.paths))
    tell_methods(app.server)
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
