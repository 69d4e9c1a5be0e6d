"""Who may what: looked at once before every request. What is not named needs a viewer."""

import base64
import binascii
import logging
import time
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

import flask
import orjson
from flask_babel import get_locale, gettext
from flask_babel import gettext as _

from access import origin, proxies, sessions, tokens
from access.folder import Folder
from access.people import EVERYBODY, Choices, Role, Who
from data.analysis import particles
from data.errors import SENTENCES, BadInput, BadSetting, KsysError, about

logger = logging.getLogger("ksys.access")

#: Cookie of a wall screen, and for how long a browser keeps it at most: what browsers allow [s].
SCREEN_COOKIE, SCREEN_S = "ksys-screen", 400 * 24 * 3600
#: What anyone may: files that hold no data, what signs in, and whether a worker lives.
PUBLIC = {
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>",
    "/_favicon.ico",
    "_dash_assets.static",
    "bootstrap.static",
    "builds.refuse_foreign",
    "builds.send_icon",
    "builds.send_script",
    "builds.send_style",
    "health.send_health",
    "access.show_sign_in",
    "access.sign_in",
    "access.sign_in_by_provider",
    "access.come_back",
    "access.sign_out",
    "access.open_screen",
}
#: What the overview of a wall screen asks for, and no page beside it.
OF_SCREENS = {
    "/",
    "/_dash-layout",
    "/_dash-dependencies",
    "/_dash-update-component",
    "builds.send_build",
    "frames.send_tags",
    "frames.send_frame",
    "frames.send_sparklines",
}
#: Routes of the API that give a history, and all that give a table.
HISTORIES = ("excursions", "features", "gaps", "indicators", "statistics", "timeseries")
TABLES = (*HISTORIES, "latest", "qc_rules", "status", "tags")
#: Endpoints that answer whole files, or what one is made of.
FILES = {"rows.trend", "rows.tech", "exports.send", "exports.tell"}
FILES |= {"exports.estimate", "exports.manifest"}
FILES |= {f"v1.{name}" for name in HISTORIES} | {f"v1.{name}_csv" for name in TABLES}
#: Where programs ask, and the form of a refusal there.
API, PROBLEM = "/api/", "application/problem+json"
DASH_CALLBACKS = "/_dash-update-component"
#: The callbacks of the shell; that of Pages brings the page of an address.
SHELL_OUTPUTS = {"demo.children", "shell-notice.children"}
PAGES_OUTPUT = ".._pages_content.children..._pages_store.data.."
#: A wall screen's cookie starts anew with these, so that it outlives SCREEN_S.
RENEWING = {"/", "frames.send_sparklines"}


@dataclass(frozen=True)
class Access:
    """What a site knows of who may: the administrator's choices, and the folder."""

    choices: Choices
    folder: Folder


def access() -> Access:
    """Return what this site knows of who may."""
    extension: Access = flask.current_app.extensions["ksys-access"]
    return extension


def needed(endpoint: str | None) -> Role | None:
    """Return the least role that an endpoint needs; None: nobody has to be known."""
    if endpoint in PUBLIC:
        return None
    if endpoint in OF_SCREENS:
        return Role.SCREEN
    return Role.ANALYST if endpoint in FILES else Role.VIEWER


def who() -> Who | None:
    """Return who asks; None outside of a request, or where nobody is known."""
    if not flask.has_request_context():
        return None
    person: Who | None = flask.g.get("who")
    return person


def may(role: Role) -> bool:
    """Return whether who asks may what a role may; a site without guard lets everybody."""
    person = who()
    if person is None:
        return flask.has_app_context() and "ksys-access" not in flask.current_app.extensions
    return person.role >= role


def sees_details() -> bool:
    """Return whether who asks may see hosts, users and paths: an administrator who signed in.

    Where nobody signs in, everybody is one, and a stranger may be among them.
    """
    person = who()
    return person is not None and person.is_person and person.role is Role.ADMINISTRATOR


def judge() -> flask.Response | None:
    """Let a request through, or answer it with why not."""
    site, request = access(), flask.request
    try:
        origin.check_host(site.choices, request)
        origin.check_post(request)
    except KsysError as error:
        return said(error, 400 if error.key == "foreign_host" else 403)
    role = needed(request.endpoint)
    try:
        flask.g.who, flask.g.reason = _known(site, request)
    except BadInput as error:
        logger.warning("a token came over plain http from %s", request.remote_addr)
        return said(error, 403)
    except BadSetting as error:
        logger.error("%s", error)
        flask.g.who, flask.g.reason = None, ""
        if role is not None or request.blueprint == "access":
            return said(error, 503)
    if role is None:
        return None
    if flask.g.who is None:
        return _signed_out(site)
    if flask.g.who.role < role:
        return _forbidden(flask.g.who, role)
    if flask.g.who.role is Role.SCREEN and not _of_overview(site):
        return _forbidden(flask.g.who, Role.VIEWER)
    return None


def _known(site: Access, request: flask.Request) -> tuple[Who | None, str]:
    """Return who asks, or why nobody is: of `sessions`, `screen`, `token`, a name without role.

    Raises
    ------
    BadInput
        If a token came over plain http.
    BadSetting
        If what is known of people is damaged.
    """
    if not site.choices.ways:
        return EVERYBODY, ""
    token = _token(request)
    if token is not None:
        _refuse_plain(request)
        owner = tokens.of_script(site.folder, site.choices, token)
        return owner, "" if owner else "token"
    if "proxy" in site.choices.ways:
        person, unlisted = proxies.user(site.choices, request.environ)
        if person or unlisted:
            return _followed(site, person), unlisted
    person, reason = sessions.holder(site.folder, site.choices, flask.session, time.time())
    if person is not None:
        return _followed(site, person), ""
    screen = request.cookies.get(SCREEN_COOKIE)
    if screen is not None:
        _refuse_plain(request)
        return tokens.of_screen(site.folder, screen), "screen"
    return None, reason


def _refuse_plain(request: flask.Request) -> None:
    """Refuse a token that others could read on its way, as a password is refused.

    Raises
    ------
    BadInput
        Whether or not the token is one of ours: that is not told.
    """
    if proxies.is_readable_on_the_way(request):
        raise BadInput("token_plain")


def _followed(site: Access, person: Who | None) -> Who | None:
    """Let the tokens of one whom others sign in follow his role."""
    if person is not None and person.way != "password":
        tokens.follow(site.folder, person)
    return person


def _token(request: flask.Request) -> str | None:
    """Return the token of a script: of Bearer, or the password of Basic; never of an address."""
    kind, _blank, text = request.headers.get("Authorization", "").partition(" ")
    text = text.strip()
    if kind.lower() == "basic":
        try:
            text = base64.b64decode(text, validate=True).decode("utf8").partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return None
    elif kind.lower() != "bearer":
        return None
    # A proxy may hand on its own credentials.
    return text if text.startswith(tokens.PREFIX) else None


def _of_overview(site: Access) -> bool:
    """Return whether a callback is one that the overview calls; other endpoints are."""
    if flask.request.endpoint != DASH_CALLBACKS:
        return True
    body = flask.request.get_json(silent=True)
    if not isinstance(body, dict):
        return False
    output = body.get("output")
    if not isinstance(output, str):
        return False
    if output in SHELL_OUTPUTS:
        return True
    return output == PAGES_OUTPUT and _pathname(body) == f"{site.choices.base_path}/"


def _pathname(body: dict[str, object]) -> object:
    """Return the path whose page is asked for: Dash takes inputs by their place."""
    inputs = body.get("inputs")
    first = inputs[0] if isinstance(inputs, list) and inputs else None
    return first.get("value") if isinstance(first, dict) else None


def _signed_out(site: Access) -> flask.Response:
    """Send a browser to sign in, and answer all else with 401; a screen never sees the form."""
    if flask.g.reason == "screen":
        return said(KsysError("screen_revoked"), 401 if not _is_page() else 403)
    if not _is_page():
        return said(KsysError("token_void" if flask.g.reason == "token" else "signed_out"), 401)
    path = flask.request.path
    query = flask.request.query_string.decode("latin-1")
    following = f"{site.choices.base_path}{path}{'?' if query else ''}{query}"
    address = f"{site.choices.base_path}/sign-in?{urlencode({'next': following})}"
    return flask.Response(status=302, headers={"Location": address})


def _forbidden(person: Who, role: Role) -> flask.Response:
    logger.warning("%s needs the role %s", flask.request.path, role.word)
    return said(KsysError("role_missing", needed=role_word(role), own=role_word(person.role)), 403)


def role_word(role: Role) -> str:
    """Return the word for a role in the viewer's language."""
    words = {
        Role.SCREEN: _("wall screen"),
        Role.VIEWER: _("viewer"),
        Role.ANALYST: _("analyst"),
        Role.ADMINISTRATOR: _("administrator"),
    }
    return words[role]


def sentence(error: KsysError) -> str:
    """Return the sentence of an error in the viewer's language."""
    return particles.fitted(gettext(SENTENCES[error.key]).format(**error.values))


def _is_page() -> bool:
    """Return whether a browser asks for a page, which it shows."""
    if _is_of_programs():
        return False
    accepts = flask.request.headers.get("Accept", "")
    return flask.request.method in ("GET", "HEAD") and "text/html" in accepts


def said(error: KsysError, status: int) -> flask.Response:
    """Answer with a sentence: a page for a browser, JSON for all else."""
    text = sentence(error)
    if _is_page():
        return flask.Response(refusal_page(text), status, mimetype="text/html")
    headers = {"WWW-Authenticate": 'Bearer realm="Ksys"'} if status == 401 else {}
    if _is_of_programs():
        return flask.Response(orjson.dumps(_problem(error, status)), status, headers, PROBLEM)
    content = orjson.dumps({"error": error.key, "message": text})
    return flask.Response(content, status, headers, mimetype="application/json")


def _is_of_programs() -> bool:
    """Return whether an address is one of the API, where nothing is ever a page."""
    return flask.request.path.startswith(API)


def _problem(error: KsysError, status: int) -> dict[str, object]:
    """Return a refusal as a problem document (RFC 9457), with what is refused of a parameter."""
    root = flask.request.script_root
    return {
        "type": f"{root}/docs/api#{error.key}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": sentence(error),
        "instance": root + flask.request.path,
        "error": error.key,
        **about(error),
    }


def refusal_page(text: str) -> str:
    """Return a page that says why not, and where else to go."""
    page: str = flask.render_template(
        "access/refused.html",
        text=text,
        base=access().choices.base_path,
        language=str(get_locale() or "en"),
        title=_("Ksys"),
        overview=_("Go to the overview"),
        sign_in=_("Sign in") if access().choices.ways and flask.g.get("who") is None else "",
    )
    return page


def renew_screen(response: flask.Response) -> flask.Response:
    """Let the cookie of a wall screen last on; it would end after 400 days."""
    if flask.request.endpoint not in RENEWING:
        return response
    person = who()
    if person is not None and person.way == "screen":
        set_screen(response, flask.request.cookies[SCREEN_COOKIE])
    return response


def set_screen(response: flask.Response, token: str) -> None:
    """Let a browser be a wall screen."""
    response.set_cookie(
        SCREEN_COOKIE,
        token,
        max_age=SCREEN_S,
        path=access().choices.base_path or "/",
        secure=flask.request.is_secure,
        httponly=True,
        samesite="Lax",
    )
