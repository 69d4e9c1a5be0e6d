"""Scripts and styles under the name of their build, so that one page never mixes two of them.

Dash serves `assets/` under `/assets/<build>/`; modules import one another by relative paths, so all
that a page loads is of the build it came from. What another build's page asks for is 404.
"""

from pathlib import Path

import flask

from api.build import build

FOLDER = Path(__file__).parent.parent / "assets"
#: Modules that a page needs besides those at the top of `assets/`.
FOLDERS = {
    "/": "overview",
    "/trend": "chart",
    "/tech": "chart",
    "/export": "export",
    "/status": "status",
}
#: Which of those at the top a folder needs, where it is not all of them.
SHARED = {
    "export": ("clipboard.mjs", "clock.mjs", "dash.mjs", "kept.mjs", "messages.mjs"),
    "status": ("clipboard.mjs", "dash.mjs", "messages.mjs"),
}

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


def modules(page: str) -> list[str]:
    """Return the modules of a page, as paths below `assets/`; none for a page without any."""
    folder = FOLDERS.get(page)
    if folder is None:
        return []
    shared = SHARED.get(folder)
    top = [FOLDER / name for name in shared] if shared else [*FOLDER.glob("*.mjs")]
    found = [*top, *(FOLDER / folder).rglob("*.mjs")]
    # The types are for who reads and for the checker; no page asks for them.
    return sorted(path.relative_to(FOLDER).as_posix() for path in found if path.name != "types.mjs")


def scripts(page: str) -> list[str]:
    """Return the scripts, below the root, that a page is to have before Dash asks for them."""
    if FOLDERS.get(page) != "chart":
        return []
    return [*OF_CHARTS, flask.current_app.config["PLOTLY_JS"].address]


@blueprint.get("/build")
def send_build() -> dict[str, str]:
    """Send the name of the build that answers: a page of another one says so."""
    return {"build": build()}


@blueprint.get("/assets/<path:_path>")
def refuse_foreign(_path: str) -> flask.Response:
    """Answer 404 to a file of another build: its page is to load anew."""
    headers = {"Cache-Control": "no-store"}
    return flask.Response("no such file in this build\n", 404, headers, mimetype="text/plain")
