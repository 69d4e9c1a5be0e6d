"""A small OpenID Connect provider: it signs everybody in at once, as who it is told."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "ksys", "a-secret-of-the-client"


class Provider:
    """What a provider knows, and what goes wrong there.

    Parameters
    ----------
    claims : of the person whom it signs in
    changed : claims of the token that are not as they should be
    stranger : whether the token is signed by another key
    """

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "1"}, private=True, auto_kid=False)
        self.other = RSAKey.generate_key(2048, {"kid": "1"}, private=True, auto_kid=False)
        self.claims: dict[str, Any] = {"sub": "42", "preferred_username": "kim"}
        self.changed: dict[str, Any] = {}
        self.stranger = False
        self.codes: dict[str, dict[str, str]] = {}
        self.address = ""

    def metadata(self) -> dict[str, Any]:
        """Return where things are, as every provider tells it."""
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def code(self, asked: dict[str, str]) -> str:
        """Return the code with which the client fetches a token."""
        code = secrets.token_hex(8)
        self.codes[code] = asked
        return code

    def token(self, form: dict[str, str]) -> dict[str, Any] | None:
        """Return the token for a code, which counts once; None where client or proof are wrong."""
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or proof != asked.get("code_challenge"):
            return None
        now = int(time.time())
        basics = {"iss": self.address, "aud": CLIENT, "iat": now, "exp": now + 60}
        claims = {**basics, "nonce": asked["nonce"], **self.claims, **self.changed}
        key = self.other if self.stranger else self.key
        signed = jwt.encode({"alg": "RS256", "kid": "1"}, claims, key)
        return {"access_token": "x", "token_type": "Bearer", "id_token": signed}


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/.well-known/openid-configuration":
                self.answer(provider.metadata())
            elif parts.path == "/keys":
                self.answer({"keys": [provider.key.as_dict(private=False)]})
            elif parts.path == "/authorize":
                query = urlencode({"code": provider.code(asked), "state": asked["state"]})
                self.send_response(302)
                self.send_header("Location", f"{asked['redirect_uri']}?{query}")
                self.end_headers()

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            form = {k: v[0] for k, v in parse_qs(self.rfile.read(length).decode()).items()}
            known = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
            right = self.headers.get("Authorization") == f"Basic {known}"
            token = provider.token(form) if right else None
            self.answer(token or {"error": "invalid_grant"}, 200 if token else 400)

        def answer(self, content: dict[str, Any], status: int = 200) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def running() -> Iterator[Provider]:
    """Yield a provider that answers on the loopback."""
    provider = Provider()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider)) as server:
        provider.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield provider
        server.shutdown()
        thread.join()
