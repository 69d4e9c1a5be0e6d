"""Signed sessions: who signed in, when and how; whether that still holds is looked up each time."""

import hashlib
import secrets
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any

import flask
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin

from access.folder import SESSIONS, USERS, Folder, Records
from access.people import Choices, Role, Who, role_of

#: Name of the cookie, and how long the browser keeps it beyond its hours, so that the page can
#: tell one whose time is over from a stranger [s].
COOKIE, GRACE_S = "ksys-session", 14 * 24 * 3600
#: The part of a session that is ours; a provider's flow keeps its own beside it.
OURS = "who"
#: Why a session holds no more: its time is over, or somebody ended it.
EXPIRED, ENDED = "expired", "ended"

Payload = MutableMapping[str, Any]


class CookieSessions(SecureCookieSessionInterface):
    """Flask's signed sessions, Secure where the request came over https.

    A cookie is verified once in a worker: the frame of a tick is cheaper than its signature.
    """

    def __init__(self, base_path: str) -> None:
        self._path = base_path or "/"

    def get_cookie_name(self, app: flask.Flask) -> str:
        """Return the name of the cookie."""
        return COOKIE

    def get_cookie_path(self, app: flask.Flask) -> str:
        """Return the path below which the cookie is sent."""
        return self._path

    def get_cookie_secure(self, app: flask.Flask) -> bool:
        """Return whether the cookie goes over https alone."""
        return flask.request.is_secure

    def open_session(self, app: flask.Flask, request: flask.Request) -> SecureCookieSession:
        """Return the session of a request; an empty one where its signature is not ours."""
        text = request.cookies.get(COOKIE)
        if not text:
            return SecureCookieSession()
        return SecureCookieSession(_verified(self, app, text))

    def save_session(
        self, app: flask.Flask, session: SessionMixin, response: flask.Response
    ) -> None:
        """Set the cookie where it is another; each of our answers is kept by nobody."""
        if session.modified:
            super().save_session(app, session, response)


@lru_cache(maxsize=256)
def _verified(sessions: CookieSessions, app: flask.Flask, text: str) -> dict[str, Any]:
    """Return what a cookie holds; nothing of one that we did not sign. Not to be changed."""
    opened = SecureCookieSessionInterface.open_session(
        sessions, app, flask.Request({"HTTP_COOKIE": f"{COOKIE}={text}"})
    )
    return dict(opened or {})


def begin(folder: Folder, session: Payload, who: Who, now: float, role: Role | None = None) -> None:
    """Let a session be that of one who has just signed in; nothing of before is left in it.

    Parameters
    ----------
    now : seconds since 1970
    role : as the provider told it; None: it is looked up by name
    """
    session.clear()
    session[OURS] = {
        "name": who.name,
        "way": who.way,
        "at": now,
        "id": secrets.token_hex(8),
        "round": _round(folder.read(SESSIONS), _user(folder, who.way, who.name), who.key),
        "role": role and role.word,
    }


def holder(
    folder: Folder, choices: Choices, session: Payload, now: float
) -> tuple[Who | None, str]:
    """Return whose session this is now, or why it is nobody's: EXPIRED, ENDED, or empty.

    Parameters
    ----------
    now : seconds since 1970
    """
    mine = session.get(OURS)
    if not mine or mine["way"] not in choices.ways:
        return None, ""
    if not 0 <= now - mine["at"] + 60 <= 3600 * choices.session_hours + 60:
        return None, EXPIRED
    records, user = folder.read(SESSIONS), _user(folder, mine["way"], mine["name"])
    if mine["id"] in records.get("ended", {}):
        return None, ENDED
    role = _role(choices, mine, user)
    who = Who(mine["name"], role or Role.VIEWER, mine["way"])
    if role is None or mine["round"] != _round(records, user, who.key):
        return None, ENDED
    return who, ""


def _user(folder: Folder, way: str, name: str) -> Records | None:
    """Return the record of a user of this server; None for one who signs in another way."""
    return folder.read(USERS).get(name) if way == "password" else None


def _role(choices: Choices, mine: Payload, user: Records | None) -> Role | None:
    """Return the role of now; None for one who is none of ours any more."""
    if mine["way"] == "password":
        return role_of(user["role"]) if user else None
    return role_of(mine["role"]) if mine["role"] else choices.role_by_name(mine["name"])


def _round(records: Records, user: Records | None, key: str) -> list[str | None]:
    """Return what is another as soon as all sessions of a person end.

    A list, as JSON gives it back: what changes with the password, and what signing out everywhere
    writes.
    """
    return [user and _mark(user["password"]), records.get("rounds", {}).get(key)]


@lru_cache(maxsize=256)
def _mark(hashed: str) -> str:
    """Return what stands in a cookie for the hash of a password, and does not tell it."""
    return hashlib.sha256(hashed.encode()).hexdigest()[:16]


def end(folder: Folder, session: Payload, hours: int, now: float) -> None:
    """End a session, also where its cookie was copied."""
    mine = session.get(OURS)
    session.clear()
    if not mine:
        return

    def changed(records: Records) -> Records:
        ended = {k: until for k, until in records.get("ended", {}).items() if until > now}
        return records | {"ended": ended | {mine["id"]: mine["at"] + 3600 * hours}}

    folder.change(SESSIONS, changed)


def end_all(folder: Folder, who: Who) -> None:
    """End all sessions of a person, on every device."""
    mark = secrets.token_hex(8)
    folder.change(
        SESSIONS, lambda all_: all_ | {"rounds": all_.get("rounds", {}) | {who.key: mark}}
    )
