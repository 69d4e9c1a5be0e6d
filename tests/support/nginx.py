"""The real nginx with the configuration of the docs, before a site of a test's own."""

import functools
import os
import re
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPResponse, HTTPSConnection
from pathlib import Path

from tests.conftest import free_port
from tests.support.places import ROOT

GIVEN = ROOT / "docs" / "nginx.conf"
#: nginx of Debian logs and stores where only root may; 1,024 as Debian's own configuration has.
AROUND = """{user} daemon off; pid {place}/pid; error_log {place}/log warn;
events {{ worker_connections 1024; }}
http {{ access_log {place}/access.log;
client_body_temp_path {place}/body; proxy_temp_path {place}/proxy;
fastcgi_temp_path {place}/1; uwsgi_temp_path {place}/2; scgi_temp_path {place}/3;
{inner}
}}
"""


@contextmanager
def nginx(place: Path, port_of_site: int, *changes: tuple[str, str]) -> Iterator[int]:
    """Run nginx before a site; yield the port where it speaks https.

    Parameters
    ----------
    changes : lines of the configuration, and what stands there instead
    """
    port, plain = free_port(), free_port()
    certificate(place, "localhost")
    own = (
        ("127.0.0.1:8050", f"127.0.0.1:{port_of_site}"),
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("/etc/ssl/ksys", str(place)),
        ("access_log /var/log/nginx", f"access_log {place}"),
    )
    inner = changed(GIVEN, *own, *changes)
    user = "user root;" if os.getuid() == 0 else ""  # who runs the test made its files
    path = place / "nginx.conf"
    path.write_text(AROUND.format(user=user, place=place, inner=inner), encoding="utf8")
    tried = subprocess.run(["nginx", "-t", "-c", str(path)], capture_output=True, text=True)
    # Nothing of the configuration is doubtful, but where it may be logged before it is read.
    doubts = re.findall(r"\[(?:warn|emerg)\] (?!.*\"user\" directive).*", tried.stderr)
    assert tried.returncode == 0, tried.stderr
    assert not doubts, doubts
    server = subprocess.Popen(["nginx", "-c", str(path)], stderr=subprocess.DEVNULL)
    with serving(server, port):
        yield port


def changed(given: Path, *changes: tuple[str, str]) -> str:
    """Return a configuration of the docs with other lines in the place of some."""
    text = given.read_text(encoding="utf8")
    for old, new in changes:
        assert old in text, f"{given.name} lost {old!r}"
        text = text.replace(old, new)
    return text


@contextmanager
def serving(server: "subprocess.Popen[bytes]", port: int) -> Iterator[None]:
    """Wait until a server listens, and end it after."""
    try:
        reached(port)
        yield
    finally:
        server.terminate()
        server.wait(20)


def certificate(place: Path, name: str) -> None:
    """Make a key and a certificate of a name in a folder."""
    made = f"req -x509 -nodes -newkey rsa:2048 -days 2 -subj /CN={name}"
    made += f" -addext subjectAltName=DNS:{name}"
    files = ["-keyout", str(place / "key.pem"), "-out", str(place / "fullchain.pem")]
    subprocess.run(["openssl", *made.split(), *files], check=True, capture_output=True)


def reached(port: int) -> None:
    """Wait until somebody listens."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        time.sleep(0.05)
    raise AssertionError("the proxy did not start")


@functools.cache
def unverified() -> ssl.SSLContext:
    """Return what believes the certificate of a test; reading those of the machine takes long."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def asked(
    port: int, path: str, method: str = "GET", body: bytes | str | None = None, **headers: str
) -> tuple[HTTPResponse, bytes]:
    """Return the answer to one request over https under the name of the site, and its body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with closing(
        HTTPSConnection("127.0.0.1", port, timeout=60, context=unverified())
    ) as connection:
        connection.request(method, path, body, {"Host": "ksys.example"} | named)
        with connection.getresponse() as answer:
            return answer, answer.read()
