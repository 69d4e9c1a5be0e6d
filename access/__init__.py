"""Who may: people and their roles, how they are known, and the guard before every request.

`people` says what a role is, `folder` keeps users, tokens and ended sessions for all workers, and
`guard` decides. A person is known by `sessions` (after `passwords` or `oidc`), by `proxies`, or by
`tokens`; `origin` refuses foreign hosts and foreign forms. `pages` is what a browser sees of it,
`commands` what an administrator types.
"""

import logging

import flask
from werkzeug.wrappers import Response

from access import guard, oidc, pages, sessions
from access.commands import add_commands
from access.folder import Folder, is_seen_late
from access.guard import API, PROBLEM, Access, access, may, role_word, said, sees_details, who
from access.people import EVERYBODY, Choices, Role, Who, chosen
from access.proxies import BY_PROXY, Proxies, network

__all__ = [
    "API",
    "BY_PROXY",
    "EVERYBODY",
    "PROBLEM",
    "Choices",
    "Proxies",
    "Role",
    "Who",
    "access",
    "add_commands",
    "chosen",
    "is_seen_late",
    "may",
    "name_the_user",
    "network",
    "protect",
    "role_word",
    "said",
    "sees_details",
    "who",
]


def protect(server: flask.Flask, choices: Choices, assets: str) -> None:
    """Put the guard before every request of a site, and its pages beside it.

    Parameters
    ----------
    assets : path of the site's scripts and styles, below its base
    """
    folder = Folder(choices.directory)
    server.extensions["ksys-access"] = Access(choices, folder)
    server.session_interface = sessions.CookieSessions(choices.base_path)
    server.config.update(
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=3600 * choices.session_hours + sessions.GRACE_S,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    if choices.ways:
        server.secret_key = folder.secret()
    if choices.provider is not None:
        oidc.connect(server, choices.provider)
    server.jinja_env.globals["ksys_assets"] = f"{choices.base_path}/{assets}/"
    server.before_request(guard.judge)
    server.after_request(_renewed)
    server.register_blueprint(pages.blueprint)


def _renewed(response: Response) -> Response:
    return guard.renew_screen(response)  # type: ignore[arg-type]  # Flask makes no other


def name_the_user(record: logging.LogRecord) -> bool:
    """Let a line of the log say for whom it was written, `-` where nobody is known.

    Outside of a request it says nothing: there is nobody.
    """
    person = who()
    name = person.name if person is not None else "-"
    record.user = f"[{name}] " if flask.has_request_context() else ""
    return True
