"""Scripts and styles under the name of their build, so that one page never mixes two of them.

Dash serves `assets/` under `/assets/<build>/`; modules import one another by relative paths, so all
that a page loads is of the build it came from. What another build's page asks for is 404.
"""

from functools import lru_cache
from pathlib import Path

import flask

from api.assets import joined
from api.build import build

FOLDER = Path(__file__).parents[2] / "assets"
#: The folder of a page's modules.
FOLDERS = {
    "/": "overview",
    "/trend": "chart",
    "/tech": "chart",
    "/export": "export",
    "/status": "status",
}
#: The module of a folder that the page loads; it is sent with all that it imports.
ENTRY = "page.mjs"
#: All style sheets as one.
STYLE = "site.css"

#: The icon of Ksys, and for how long a browser keeps it under a name that never changes [s].
ICON, ICON_S = "logo.svg", 24 * 3600

#: Scripts of Dash's that a page with a chart asks for only once it is built, below the root.
OF_CHARTS = tuple(
    f"_dash-component-suites/dash/dcc/async-{name}.js" for name in ("dropdown", "graph")
)

blueprint = flask.Blueprint("builds", __name__)


def url_path() -> str:
    """Return the path of `assets/`, for Dash: relative, and named after the build."""
    return f"assets/{build()}"


def is_of_this_build(path: str) -> bool:
    """Return whether a path is of a file that never changes under this name."""
    return path.startswith(f"/{url_path()}/")


def entry(page: str) -> str | None:
    """Return the script of a page, as a path below `assets/`; None for a page without any."""
    folder = FOLDERS.get(page)
    return folder and f"{folder}/{ENTRY}"


def scripts(page: str) -> list[str]:
    """Return the scripts, below the root, that a page is to have before Dash asks for them."""
    if FOLDERS.get(page) != "chart":
        return []
    return [*OF_CHARTS, flask.current_app.config["PLOTLY_JS"].address]


def join() -> None:
    """Make the scripts and the style sheet of all pages: a fault of them shows at the start.

    Raises
    ------
    ValueError
        If a module imports or exports in a way that is not known.
    """
    _style()
    for folder in FOLDERS.values():
        _script(folder)


@lru_cache(maxsize=1)
def _style() -> str:
    return joined.style(FOLDER)


@lru_cache(maxsize=len(FOLDERS))
def _script(folder: str) -> str:
    return joined.script(FOLDER, f"{folder}/{ENTRY}")


@blueprint.get(f"/{url_path()}/{STYLE}")
def send_style() -> flask.Response:
    """Send the style sheet of every page."""
    return flask.Response(_style(), mimetype="text/css")


@blueprint.get(f"/{url_path()}/<any({', '.join(sorted(set(FOLDERS.values())))}):folder>/{ENTRY}")
def send_script(folder: str) -> flask.Response:
    """Send the script of a page, with all that it imports."""
    return flask.Response(_script(folder), mimetype="text/javascript")


@blueprint.get("/favicon.ico")
def send_icon() -> flask.Response:
    """Send the icon to a browser that shows no page, but JSON or a file: it asks for that name."""
    headers = {"Cache-Control": f"public, max-age={ICON_S}"}
    return flask.Response((FOLDER / ICON).read_bytes(), 200, headers, mimetype="image/svg+xml")


@blueprint.get("/build")
def send_build() -> dict[str, str]:
    """Send the name of the build that answers: a page of another one says so."""
    return {"build": build()}


@blueprint.get("/assets/<path:_path>")
def refuse_foreign(_path: str) -> flask.Response:
    """Answer 404 to a file of another build: its page is to load anew."""
    headers = {"Cache-Control": "no-store"}
    return flask.Response("no such file in this build\n", 404, headers, mimetype="text/plain")
