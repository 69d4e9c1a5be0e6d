"""Behind the real Caddy of `docs/Caddyfile`, as behind the nginx of `docs/nginx.conf`."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.caddy import GIVEN, caddy
from tests.support.nginx import asked, unverified
from tests.support.people import add_people, guarded_site
from tests.support.servers import until

pytestmark = pytest.mark.optional("caddy", "openssl")
BEHIND = {"TRUSTED_PROXIES": "127.0.0.1", "TRUSTED_HOSTS": "ksys.example"}
SLOW = 200


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port at which Caddy speaks https for a site where one signs in with a password."""
    directory = tmp_path_factory.mktemp("caddy")
    add_people(directory)
    with guarded_site(directory, **BEHIND) as port, caddy(directory, port) as secure:
        yield secure


def test_the_configuration_is_valid_as_it_stands(tmp_path: Path) -> None:
    done = subprocess.run(
        ["caddy", "validate", "--adapter", "caddyfile", "--config", str(GIVEN)],
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0 and "Valid configuration" in done.stdout + done.stderr


@pytest.mark.parametrize("rest", [b"X-Slow: ", b"Content-Length: 900\r\n\r\nname=a"])
def test_two_hundred_half_sent_requests_keep_nobody_out(site: int, rest: bytes) -> None:
    with ExitStack() as lines:
        for _ in range(SLOW):
            plain = socket.create_connection(("127.0.0.1", site), 60)
            context = unverified()
            secure = lines.enter_context(context.wrap_socket(plain))
            secure.sendall(b"POST /sign-in HTTP/1.1\r\nHost: ksys.example\r\n" + rest)
        for path in ("/healthz", "/sign-in") * 10:
            answer, _body = asked(site, path)
            assert answer.status == 200


def test_another_host_a_large_body_and_http_1_0_come_no_further(site: int) -> None:
    # Caddy itself answers hosts that it does not know, and hands none of them on.
    _foreign, said = asked(site, "/sign-in", Host="elsewhere.example")
    assert said == b""
    form = "application/x-www-form-urlencoded"
    large, _body = asked(site, "/sign-in", "POST", b"x" * (2 * 2**20), Content_Type=form)
    assert large.status == 413
    plain = socket.create_connection(("127.0.0.1", site), 60)
    with unverified().wrap_socket(plain) as line:
        line.sendall(b"GET /sign-in HTTP/1.0\r\nHost: ksys.example\r\n\r\n")
        assert b" 505 " in line.recv(100)


def test_nobody_names_himself_and_whom_caddy_signs_in_is_believed(tmp_path: Path) -> None:
    with guarded_site(tmp_path, AUTH="proxy", AUTH_ROLES="kim=analyst", **BEHIND) as port:
        for place in ("stripped", "named"):
            (tmp_path / place).mkdir()
        with caddy(tmp_path / "stripped", port) as secure:
            answer, _body = asked(secure, "/build", X_Forwarded_User="kim")
            assert answer.status == 401
        hashed = subprocess.run(
            ["caddy", "hash-password", "--plaintext", "a long password"],
            check=True, capture_output=True, text=True,
        ).stdout.strip()  # fmt: skip
        changes = (
            ("\t\theader_up -X-Forwarded-User\n", ""),
            ("# header_up X-Forwarded-User {http.auth.user.id}",
             "header_up X-Forwarded-User {http.auth.user.id}"),
            ("\treverse_proxy", f"\tbasic_auth {{\n\t\tkim {hashed}\n\t}}\n\treverse_proxy"),
        )  # fmt: skip
        with caddy(tmp_path / "named", port, *changes) as secure:
            kim = "Basic a2ltOmEgbG9uZyBwYXNzd29yZA=="  # kim:a long password
            answer, body = asked(secure, "/account", Authorization=kim, X_Forwarded_User="else")
            assert answer.status == 200 and b"kim" in body
            answer, _body = asked(secure, "/account", X_Forwarded_User="kim")
            assert answer.status == 401


def test_nobody_names_a_role_of_his_own(tmp_path: Path) -> None:
    roles = {"AUTH": "proxy", "AUTH_ROLES": "kim=viewer", "AUTH_ROLE_HEADER": "X-Forwarded-Groups"}
    signed_in = ("header_up -X-Forwarded-User", "header_up X-Forwarded-User kim")
    with guarded_site(tmp_path, **roles, **BEHIND) as port, caddy(tmp_path, port, signed_in) as at:
        answer, _body = asked(at, "/trend/rows.csv?tag=a", X_Forwarded_Groups="administrator")
        assert answer.status == 403


def test_the_logs_of_caddy_have_no_link_of_a_wall_screen(tmp_path: Path) -> None:
    """Neither that of requests, where one is asked for, nor that of what fails."""
    kept = ("\tlog_skip", "\tlog\n\tlog_skip")
    with guarded_site(tmp_path, **BEHIND) as port:
        pass
    with caddy(tmp_path, port, kept) as secure:
        for path in ("/screen/ksys_0_secret", "/Screen/secret?a=b", "/sign-in"):
            answer, _body = asked(secure, path)
            assert answer.status == 502, path
        log = tmp_path / "log"
        until(lambda: log.read_text("utf8").count('"/sign-in"') > 1, 30)
    assert "/screen/" in log.read_text("utf8")
    assert "secret" not in log.read_text("utf8")
