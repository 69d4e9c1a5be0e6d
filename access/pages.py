"""The pages of who may: signing in and out, the account with its tokens, the link of a screen."""

import logging
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
from flask_babel import get_locale
from flask_babel import gettext as _

from access import guard, oidc, origin, passwords, proxies, sessions, tokens
from access.people import OF_TOKENS, Role, Who, role_of
from data.errors import BadInput, BadSetting, KsysError

logger = logging.getLogger("ksys.access")
blueprint = flask.Blueprint("access", __name__, template_folder="templates")
#: Own name of each language, as its link says it.
LANGUAGES = {"en": "English", "ko": "한국어"}


def _access() -> guard.Access:
    return guard.access()


def _address() -> str:
    return flask.request.remote_addr or ""


def _next() -> str:
    """Return where one goes after signing in."""
    following = flask.request.form.get("next") or flask.request.args.get("next", "")
    return origin.own_path(following, _access().choices.base_path)


@blueprint.get("/sign-in")
def show_sign_in() -> flask.Response:
    """Show the form, or go on where one is signed in already."""
    person = guard.who()
    if person is not None and person.role is not Role.SCREEN:
        return _go(_next())
    return _form()


@blueprint.post("/sign-in")
def sign_in() -> flask.Response:
    """Sign in with name and password, or say why not and when the next try is possible."""
    site = _access()
    if "password" not in site.choices.ways or _is_readable_on_the_way():
        return _form(status=403)
    name, password = (flask.request.form.get(field, "") for field in ("name", "password"))
    tried = passwords.signed_in(site.folder, name, password, _address(), time.time())
    if tried.who is None:
        logger.warning("a sign-in as %r from %s failed", name[:64], _address())
        return _form(name, tried.waits, tried.compared, 429 if tried.waits else 401)
    _begin(tried.who)
    return _go(_next())


def _begin(person: Who, role: Role | None = None) -> None:
    sessions.begin(_access().folder, flask.session, person, time.time(), role)
    flask.g.who = person
    logger.info("signed in by %s from %s", person.way, _address())


@blueprint.get("/sign-in/account")
def sign_in_by_provider() -> flask.Response:
    """Go to the provider of accounts."""
    if _access().choices.provider is None or _is_readable_on_the_way():
        return _form(status=403)
    flask.session["next"] = _next()
    back = f"{flask.request.host_url.rstrip('/')}{_access().choices.base_path}/sign-in/back"
    try:
        return oidc.leave(back)
    except KsysError as error:
        return _form(failure=error, status=503)


@blueprint.get("/sign-in/back")
def come_back() -> flask.Response:
    """Come back from the provider of accounts."""
    site = _access()
    provider = site.choices.provider
    if provider is None:
        return _form(status=403)
    following = origin.own_path(str(flask.session.get("next", "")), site.choices.base_path)
    try:
        person, role = oidc.come_back(site.choices, provider.role_claim)
    except KsysError as error:
        return _form(failure=error, status=403)
    tokens.follow(site.folder, person)
    _begin(person, role)
    return _go(following)


@blueprint.post("/sign-out")
def sign_out() -> flask.Response:
    """End this session, or all of this person."""
    site, person = _access(), guard.who()
    if person is not None and "everywhere" in flask.request.form:
        sessions.end_all(site.folder, person)
    sessions.end(site.folder, flask.session, site.choices.session_hours, time.time())
    return _go(f"{site.choices.base_path}/sign-in")


@blueprint.get("/account")
def account() -> flask.Response:
    """Show who one is, and one's tokens."""
    return _account()


@blueprint.post("/account/tokens")
def make_token() -> flask.Response:
    """Make a token; this answer alone shows it."""
    person, form = _owner(), flask.request.form
    try:
        role = role_of(form.get("role", ""))
        text = tokens.make(_access().folder, person, form.get("name", "").strip(), role)
    except KeyError:
        return _account(failure=BadInput("token_role", role="", own=person.role.word), status=400)
    except BadInput as error:
        return _account(failure=error, status=400)
    logger.info("token %r made, %s", form["name"].strip(), role.word)
    return _account(token=text)


@blueprint.post("/account/tokens/revoke")
def revoke_token() -> flask.Response:
    """Let a token of one's own count no more."""
    person, key = _owner(), flask.request.form.get("id", "")
    try:
        tokens.revoke(_access().folder, key, person.key)
    except BadInput as error:
        return _account(failure=error, status=400)
    logger.info("token revoked")
    return _go(f"{_access().choices.base_path}/account")


@blueprint.get("/screen/<token>")
def open_screen(token: str) -> flask.Response:
    """Let this browser be a wall screen: it keeps the token, the address does not."""
    site = _access()
    if site.choices.ways and _is_readable_on_the_way():
        return guard.said(KsysError("token_plain"), 403)
    if not site.choices.ways or tokens.of_screen(site.folder, token) is None:
        return guard.said(KsysError("screen_revoked"), 403)
    query = flask.request.query_string.decode("latin-1")
    response = _go(f"{site.choices.base_path}/?kiosk=1{'&' if query else ''}{query}")
    guard.set_screen(response, token)
    return response


@blueprint.errorhandler(KsysError)
def say(error: KsysError) -> flask.Response:
    """Answer with the sentence of what cannot be done."""
    is_ours = isinstance(error, BadSetting) or error.key == "sign_in_busy"
    return guard.said(error, 503 if is_ours else 403)


def _owner() -> Who:
    person = guard.who()
    if person is None or not person.is_person:
        raise BadInput("account_of_nobody")
    return person


def _go(address: str) -> flask.Response:
    """Send a browser on; by GET, also after a form."""
    return flask.Response(status=303, headers={"Location": address})


def _is_readable_on_the_way() -> bool:
    return proxies.is_readable_on_the_way(flask.request)


def _form(
    name: str = "",
    waits: int = 0,
    wrong: bool = False,
    status: int = 200,
    failure: KsysError | None = None,
) -> flask.Response:
    """Return the page to sign in, with what stands in the way."""
    ways = _access().choices.ways
    open_to = () if _is_readable_on_the_way() else ways
    page = flask.render_template(
        "access/sign_in.html",
        **_frame(),
        words=_form_words(waits),
        reason=_reason(waits, failure),
        back=_back_at(_next()),
        following=_next(),
        name=name,
        waits=waits,
        wrong=wrong,
        password="password" in open_to,
        account="oidc" in open_to,
    )
    headers = {"Retry-After": str(waits)} if waits else {}
    return flask.Response(page, status, headers, mimetype="text/html")


def _frame() -> dict[str, Any]:
    """Return what the head of each page needs."""
    locale = str(get_locale() or "en")
    language = locale if locale in LANGUAGES else "en"
    other = "en" if language == "ko" else "ko"
    return {
        "base": _access().choices.base_path,
        "language": language,
        "other": other,
        "other_name": LANGUAGES[other],
        "title": _("Ksys"),
        "theme": _("Light or dark"),
    }


def _form_words(waits: int) -> Mapping[str, str]:
    waiting = _("Sign in (%(seconds)s s)")
    return {
        "what": _("Historian: overview, trend, files"),
        "account": _("Sign in with the plant's account (SSO)"),
        "or": _("or with a name of this server"),
        "name": _("Name"),
        "password": _("Password"),
        "show": _("Show"),
        "hide": _("Hide"),
        "wrong": _("Name and password do not match."),
        "sign_in": _("Sign in"),
        "waiting": waiting,
        "now": waiting % {"seconds": waits},
        "screen": _(
            "A wall screen does not sign in here: an administrator makes it a link of its own."
        ),
        "script": _("Scripts use an access token, never a password."),
    }


def _reason(waits: int, failure: KsysError | None) -> tuple[str, str, str]:
    """Return why one has to sign in or cannot: what is so, more of it, and what helps."""
    hours, reason = _access().choices.session_hours, flask.g.get("reason", "")
    if _is_readable_on_the_way():
        return guard.sentence(KsysError("sign_in_plain")), "", ""
    if failure is not None:
        return guard.sentence(failure), "", ""
    if waits:
        forgotten = _("Forgotten? Ask your administrator for a new password.")
        next_one = _("The next one is possible in %(seconds)s s.", seconds=waits)
        return _("Too many tries."), next_one, forgotten
    if not {"password", "oidc"} & {*_access().choices.ways}:
        return _at_the_proxy("" if reason in ("token", "screen") else reason), "", ""
    if reason == sessions.EXPIRED:
        return _("You were signed out after %(hours)s h.", hours=hours), "", ""
    if reason == sessions.ENDED:
        return _("Your session was ended."), "", ""
    return "", "", ""


def _at_the_proxy(name: str) -> str:
    return guard.sentence(KsysError("no_role", name=name) if name else KsysError("sign_in_proxy"))


def _back_at(following: str) -> str:
    """Return where one will be after signing in; nothing of the first page."""
    parts = urlsplit(following.removeprefix(_access().choices.base_path))
    titles = {
        "/trend": _("Trend"),
        "/tech": _("Tech indicators"),
        "/status": _("Status"),
        "/account": _("Account"),
    }
    if parts.path not in titles:
        return ""
    query = parse_qs(parts.query)
    named = [titles[parts.path], *query.get("tag", [])[:3], *query.get("window", [])[:1]]
    return _("Then you are back at %(place)s.", place=", ".join(named))


def _account(
    token: str = "", failure: KsysError | None = None, status: int = 200
) -> flask.Response:
    """Return the page of one's account; `token` is shown on this answer alone."""
    person = _owner()
    roles = [(role.word, guard.role_word(role)) for role in OF_TOKENS if role <= person.role]
    page = flask.render_template(
        "access/account.html",
        **_frame(),
        words=_account_words(person),
        person=person,
        tokens=[
            (each, guard.role_word(role_of(each.role)))
            for each in tokens.tokens_of(_access().folder, person.key)
        ],
        token=token,
        failure=guard.sentence(failure) if failure else "",
        roles=roles,
        can_sign_out=person.way != "proxy",
    )
    return flask.Response(page, status, mimetype="text/html")


def _account_words(person: Who) -> Mapping[str, str]:
    return {
        "overview": _("Go to the overview"),
        "account": _("Account"),
        "role": _("Your role: %(role)s", role=guard.role_word(person.role)),
        "sign_out": _("Sign out"),
        "everywhere": _("Sign out on all devices"),
        "tokens": _("Access tokens for scripts"),
        "about": _(
            "A script sends its token as Authorization: Bearer, or as the password of Basic; never "
            "in an address. It only reads, and never more than you."
        ),
        "api": _("What scripts can ask"),
        "none": _("There is no token yet."),
        "name": _("Name"),
        "as": _("Role"),
        "made": _("Made"),
        "revoke": _("Revoke"),
        "make": _("Make a token"),
        "once": _("Copy this token now: it is not shown again."),
    }
