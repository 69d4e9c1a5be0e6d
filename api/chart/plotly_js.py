"""Which plotly.js draws the charts: the small one where it is at hand, at Dash's own address."""

import hashlib
import re
from pathlib import Path
from typing import NamedTuple

import flask
import plotly
from dash.fingerprint import build_fingerprint, check_fingerprint
from plotly.offline import get_plotlyjs_version  # type: ignore[import-untyped]  # it has no types

from data.errors import BadSetting

#: Where Dash has it, below the root.
PACKAGE = "_dash-component-suites/plotly/package_data/"
SCRIPT = "plotly.min.js"
FULL = Path(plotly.__file__).parent / "package_data" / SCRIPT
#: Brought by `make run` where npm is.
SMALL = (
    Path(__file__).parents[2]
    / "setup/plotly/node_modules/plotly.js-basic-dist-min/plotly-basic.min.js"
)
#: How such a file begins.
_HEAD = re.compile(r"plotly\.js(?: \((?P<part>\w+) - minified\))? v(?P<version>[\w.-]+)")
HEAD_BYTES = 400
FINGERPRINT = 12

blueprint = flask.Blueprint("plotly_js", __name__)


class Script(NamedTuple):
    """A plotly.js: the file, which part of it that is, and the beginning of its SHA-256."""

    path: Path
    part: str
    digest: str

    @property
    def address(self) -> str:
        """Where it is below the root: another file has another address."""
        return PACKAGE + str(build_fingerprint(SCRIPT, get_plotlyjs_version(), self.digest))

    def __str__(self) -> str:
        size = self.path.stat().st_size / 1e6
        return f"plotly.js {get_plotlyjs_version()}, {self.part} ({size:.1f} MB)"


def script(own: str | None = None, small: Path = SMALL) -> Script:
    """Return what draws the charts: the file that is set, the small one that is at hand, or all.

    Parameters
    ----------
    own : a file of exactly the version that Dash asks for, None where none is set
    small : looked for if none is set; one of another version is none

    Raises
    ------
    BadSetting
        If what is set is no plotly.js of that version.
    """
    if own is not None:
        return _of(Path(own), _head(Path(own)))
    if small.is_file():
        told = _HEAD.search(small.read_bytes()[:HEAD_BYTES].decode(errors="replace"))
        if told and told["version"] == get_plotlyjs_version():
            return _of(small, told)
    return _of(FULL, _head(FULL))


def _head(path: Path) -> re.Match[str]:
    wanted = get_plotlyjs_version()
    try:
        with path.open("rb") as file:
            told = _HEAD.search(file.read(HEAD_BYTES).decode(errors="replace"))
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadSetting(
            "setting_file", name="KSYS_PLOTLY_JS", path=str(path), reason=reason
        ) from error
    if told is None or told["version"] != wanted:
        has = f"plotly.js {told['version']}" if told else "no plotly.js"
        raise BadSetting("plotly_js", path=str(path), found=has, wanted=wanted)
    return told


def _of(path: Path, told: re.Match[str]) -> Script:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:FINGERPRINT]
    return Script(path, told["part"] or "whole", digest)


@blueprint.get(f"/{PACKAGE}<name>")
def send(name: str) -> flask.Response:
    """Send the script, for a year where the address says which one it is."""
    if check_fingerprint(name)[0] != SCRIPT:
        flask.abort(404)
    chosen: Script = flask.current_app.config["PLOTLY_JS"]
    response = flask.Response(chosen.path.read_bytes(), mimetype="application/javascript")
    response.set_etag(chosen.digest)
    if PACKAGE + name == chosen.address:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.make_conditional(flask.request.environ)
    return response
