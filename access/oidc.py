"""Signing in with an account of an OpenID Connect provider, by Authlib; loaded only then."""

import logging
from typing import Any

import flask

from access.people import Choices, Provider, Role, Who, highest, is_name
from data.errors import KsysError

logger = logging.getLogger("ksys.access")
#: What of a person is taken for a name, the first that is there.
NAMES = ("preferred_username", "email", "sub")
NAME = "plant"


def connect(server: flask.Flask, provider: Provider) -> None:
    """Let a site know its provider, which is asked for its addresses at the first sign-in."""
    from authlib.integrations.flask_client import OAuth

    client = OAuth(server)
    client.register(
        name=NAME,
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        server_metadata_url=f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile email", "code_challenge_method": "S256"},
    )
    server.extensions["ksys-oidc"] = client


def leave(back: str) -> flask.Response:
    """Send a browser to the provider.

    Parameters
    ----------
    back : address to which the provider sends it back

    Raises
    ------
    KsysError
        If the provider does not answer.
    """
    response: flask.Response = _asked(lambda: _client().authorize_redirect(back))
    return response


def come_back(choices: Choices, role_claim: str) -> tuple[Who, Role | None]:
    """Return who comes back from the provider, and the role that it tells; None: by the list.

    Raises
    ------
    KsysError
        If the provider does not confirm it, or the person has no role here.
    """
    token = _asked(lambda: _client().authorize_access_token())
    claims = token.get("userinfo") or {}
    name = next((str(claims[key]) for key in NAMES if claims.get(key)), "")
    if not is_name(name):
        raise KsysError("provider_failed")
    role = highest(_words(claims.get(role_claim)))
    of = role or choices.role_by_name(name)
    if of is None:
        raise KsysError("no_role", name=name)
    return Who(name, of, "oidc"), role


def _words(claim: object) -> list[str]:
    """Return the words of a claim: one, or a list of them; none of anything else."""
    words = claim if isinstance(claim, list) else [claim]
    return [word for word in words if isinstance(word, str)]


def _client() -> Any:
    return getattr(flask.current_app.extensions["ksys-oidc"], NAME)


def _asked(question: Any) -> Any:
    """Return an answer of the provider.

    Raises
    ------
    KsysError
        If there is none, or it is not to be believed.
    """
    from authlib.common.errors import AuthlibBaseError
    from joserfc.errors import JoseError
    from requests import RequestException

    try:
        return question()
    except (AuthlibBaseError, JoseError, RequestException, ValueError, KeyError) as error:
        logger.warning("the OpenID Connect provider: %s: %s", type(error).__name__, error)
        raise KsysError("provider_failed") from error
