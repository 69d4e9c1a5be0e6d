"""Behind the real nginx of `docs/nginx.conf`: who sends slowly keeps nobody out, nobody lies."""

import http.client
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.support.nginx import asked, nginx, unverified
from tests.support.people import PASSWORD, add_people, guarded_site
from tests.support.servers import until

pytestmark = pytest.mark.optional("nginx", "openssl")
FORM = "application/x-www-form-urlencoded"
SLOW = 200


def ksys(directory: Path, **environment: str) -> AbstractContextManager[int]:
    """Run a site over no historian as `docs/nginx.conf` says; give its port."""
    behind = {"TRUSTED_PROXIES": "127.0.0.1", "TRUSTED_HOSTS": "ksys.example"}
    return guarded_site(directory, **{**behind, **environment})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port at which nginx speaks https for a site where one signs in with a password."""
    directory = tmp_path_factory.mktemp("nginx")
    add_people(directory)
    with ksys(directory) as port, nginx(directory, port) as secure:
        yield secure


def half_sent(port: int, text: bytes, line: ExitStack) -> None:
    """Begin a request and leave it at that."""
    plain = socket.create_connection(("127.0.0.1", port), 60)
    secure = line.enter_context(unverified().wrap_socket(plain))
    secure.sendall(text)


@pytest.mark.parametrize("rest", [b"X-Slow: ", b"Content-Length: 900\r\n\r\nname=a"])
def test_two_hundred_half_sent_requests_keep_nobody_out(site, rest):
    with ExitStack() as lines:
        for _ in range(SLOW):
            half_sent(site, b"POST /sign-in HTTP/1.1\r\nHost: ksys.example\r\n" + rest, lines)
        for path in ("/healthz", "/sign-in") * 10:
            answer, _body = asked(site, path)
            assert answer.status == 200


def test_one_signs_in_over_https_and_the_cookie_goes_over_nothing_else(site):
    form = urlencode({"name": "viewer", "password": PASSWORD})
    own = {"Content_Type": FORM, "Origin": "https://ksys.example"}
    answer, _body = asked(site, "/sign-in", "POST", form, **own)
    assert answer.status == 303
    cookie = answer.headers["Set-Cookie"]
    assert "; Secure" in cookie and "; HttpOnly" in cookie
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    build, _body = asked(site, "/build", Cookie=cookie.partition(";")[0])
    assert build.status == 200


def test_another_host_and_a_large_body_come_no_further(site):
    foreign, said = asked(site, "/", Host="elsewhere.example")
    assert foreign.status == 400 and b"TRUSTED_HOSTS" in said
    large, _body = asked(site, "/sign-in", "POST", b"x" * (2 * 2**20), Content_Type=FORM)
    assert large.status == 413


def test_wrong_passwords_count_by_the_address_of_the_viewer_whatever_he_says_of_it(site):
    own = {"Content_Type": FORM, "Origin": "https://ksys.example"}
    said = []
    for number in range(5):
        form = urlencode({"name": f"nobody{number}", "password": "wrong password"})
        far = f"203.0.113.{number}"
        answer, _body = asked(site, "/sign-in", "POST", form, X_Forwarded_For=far, **own)
        said.append(answer.status)
    assert said[-1] == 429


def test_nobody_names_himself_and_whom_nginx_signs_in_is_believed(tmp_path):
    with ksys(tmp_path, AUTH="proxy", AUTH_ROLES="kim=analyst") as port:
        for place in ("stripped", "named"):
            (tmp_path / place).mkdir()
        with nginx(tmp_path / "stripped", port) as secure:
            answer, _body = asked(secure, "/build", X_Forwarded_User="kim")
            assert answer.status == 401
        hashed = subprocess.run(
            ["openssl", "passwd", "-apr1", PASSWORD], check=True, capture_output=True, text=True
        )
        (tmp_path / "users").write_text(f"kim:{hashed.stdout}", encoding="ascii")
        basic = f"auth_basic Ksys; auth_basic_user_file {tmp_path}/users;\n proxy_set_header"
        changes = (
            ('proxy_set_header X-Forwarded-User  "";', ""),
            (
                "# proxy_set_header X-Forwarded-User $remote_user",
                f"{basic} X-Forwarded-User $remote_user",
            ),
        )
        with nginx(tmp_path / "named", port, *changes) as secure:
            kim = "Basic a2ltOmEgbG9uZyBwYXNzd29yZA=="  # kim:a long password
            answer, body = asked(secure, "/account", Authorization=kim, X_Forwarded_User="else")
            assert answer.status == 200 and b"kim" in body
            answer, _body = asked(secure, "/account", X_Forwarded_User="kim")
            assert answer.status == 401


def test_nobody_names_a_role_of_his_own(tmp_path):
    """Whom nginx signs in could say that he is an administrator where a header tells the role."""
    roles = {"AUTH": "proxy", "AUTH_ROLES": "kim=viewer", "AUTH_ROLE_HEADER": "X-Forwarded-Groups"}
    signed_in = ('proxy_set_header X-Forwarded-User  "";', "proxy_set_header X-Forwarded-User kim;")
    with ksys(tmp_path, **roles) as port, nginx(tmp_path, port, signed_in) as secure:
        answer, _body = asked(secure, "/account", X_Forwarded_Groups="administrator")
        assert answer.status == 200
        answer, body = asked(secure, "/trend/rows.csv?tag=a", X_Forwarded_Groups="administrator")
        assert (answer.status, b"viewer" in body) == (403, True)


def over_http(place: Path, path: str, host: str) -> http.client.HTTPResponse:
    """Return the answer of nginx to one request over plain http."""
    (port,) = re.findall(r"listen 127\.0\.0\.1:(\d+);", (place / "nginx.conf").read_text())
    with closing(http.client.HTTPConnection("127.0.0.1", int(port), timeout=60)) as connection:
        connection.request("GET", path, headers={"Host": host})
        return connection.getresponse()


def test_the_log_of_nginx_has_no_link_of_a_wall_screen(tmp_path):
    """Who reads that log could be the screen, for as long as it stands there."""
    with ksys(tmp_path) as port, nginx(tmp_path, port) as secure:
        over_http(tmp_path, "/screen/ksys_0_secret", "ksys.example")
        for path in (
            "/sign-in",
            "/screen/ksys_0_secret",
            "/%73creen/ksys_0_secret",
            "//screen/secret?a=b",
            "/healthz",
        ):
            asked(secure, path)
        log = tmp_path / "access.log"
        until(lambda: log.exists() and "/healthz" in log.read_text("utf8"), 30)
    assert "/sign-in" in log.read_text("utf8")
    assert "secret" not in log.read_text("utf8")


def test_nor_has_its_log_of_errors_while_ksys_is_away(tmp_path):
    with ksys(tmp_path) as port:
        pass
    with nginx(tmp_path, port) as secure:
        for path in ("/screen/ksys_0_secret", "/%53creen/secret?a=b", "/sign-in"):
            answer, _body = asked(secure, path)
            assert answer.status == 502, path
        log = tmp_path / "log"
        until(lambda: "/sign-in" in log.read_text("utf8"), 30)
    assert "secret" not in log.read_text("utf8")


def test_plain_http_leads_to_the_name_of_the_site_whatever_host_is_asked_for(tmp_path):
    with ksys(tmp_path) as port, nginx(tmp_path, port):
        answer = over_http(tmp_path, "/trend?tag=a", "evil.example")
    assert (answer.status, answer.headers["Location"]) == (301, "https://ksys.example/trend?tag=a")


def test_below_a_path_the_same_configuration_holds(tmp_path):
    with (
        ksys(tmp_path, BASE_PATH="/ksys") as port,
        nginx(tmp_path, port, ("location / {", "location /ksys/ {")) as secure,
    ):
        answer, _body = asked(secure, "/ksys/sign-in")
        assert answer.status == 200
        away, _body = asked(secure, "/ksys/", Accept="text/html")
        assert away.status == 302 and away.headers["Location"].startswith("/ksys/sign-in")
