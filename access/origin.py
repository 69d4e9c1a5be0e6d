"""Where a request comes from and goes to: hosts that are ours, and pages that may post to us."""

import contextlib
import ipaddress
import re
import socket
from functools import lru_cache
from urllib.parse import urlsplit

import flask

from access.people import Choices
from data.errors import BadInput

LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: A host with its port: brackets stand around an address or nowhere.
WHOLE = re.compile(r"(?:\[[^\[\]]+\]|[^\[\]]+)(?::\d*)?")
#: These only read; all others may change something.
READING = ("GET", "HEAD", "OPTIONS")


def check_host(choices: Choices, request: flask.Request) -> None:
    """Refuse a host that is not ours: a page of another could read the plant under it.

    Raises
    ------
    BadInput
        If the `Host` of the request is not trusted; it names the setting.
    """
    text = request.environ.get("HTTP_HOST", "")
    trusted = _is_trusted(choices.hosts or _own(choices.host), text)
    if not trusted and not _is_reached(request, text):
        raise BadInput("foreign_host", host=text[:80])


@lru_cache(maxsize=256)
def _is_trusted(hosts: tuple[str, ...], text: str) -> bool:
    """Return whether a `Host` is one of these, or of the loopback; without a port any port is."""
    given = text.lower()
    named = _split(given)
    return named in LOOPBACK or any(given == host or named == _bare(host) for host in hosts)


def _bare(host: str) -> str | None:
    """Return a trusted host that names no port, without brackets; None where it names one."""
    name = _split(host)
    return name if host.lower() in (name, f"[{name}]") else None


def _split(text: str) -> str:
    """Return a host without its port and brackets, in small letters; "" where it is none."""
    with contextlib.suppress(ValueError):
        ipaddress.IPv6Address(text)
        return text.lower()
    try:
        parts = urlsplit(f"//{text}")
        _ = parts.port  # raises where it is none
    except ValueError:
        return ""
    clean = parts.netloc == text and "@" not in text and WHOLE.fullmatch(text)
    return (parts.hostname or "").rstrip(".") if clean else ""


@lru_cache(maxsize=4)
def _own(host: str) -> tuple[str, ...]:
    """Return the names by which an address that is listened on is reached."""
    if not _is_wildcard(host):
        return (host,)
    name = socket.gethostname()
    return tuple({name.lower(), socket.getfqdn(name).lower()})


def _is_wildcard(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def _is_reached(request: flask.Request, text: str) -> bool:
    """Return whether a host is the very address that this connection came to.

    A page of another host cannot make a browser send that, so all addresses of this machine count
    without being listed.
    """
    connection = request.environ.get("gunicorn.socket")
    if connection is None or connection.family not in (socket.AF_INET, socket.AF_INET6):
        return False
    return _split(text) == connection.getsockname()[0].removeprefix("::ffff:")


def check_post(request: flask.Request) -> None:
    """Refuse what a page of another site posts here with the viewer's cookies.

    Raises
    ------
    BadInput
        If it is not shown that our own page, or no browser, sends it.
    """
    if request.method in READING:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        _refuse_unless(site in ("same-origin", "none"), site)
        return
    origin = request.headers.get("Origin")
    if origin is not None:
        _refuse_unless(_host_of(origin) == request.host.lower(), origin)
        return
    _refuse_unless(not request.cookies, "")


def _host_of(origin: str) -> str | None:
    """Return the host of an origin, with its port; None where it is none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _refuse_unless(fine: bool, source: str) -> None:
    if not fine:
        raise BadInput("foreign_post", source=source[:80] or "?")


def own_path(text: str, base_path: str) -> str:
    """Return the path to go to after signing in: one of this site, else its first page."""
    first = f"{base_path}/"
    if not text.startswith(first) or text.startswith("//"):
        return first
    # What would be of another host without our path cannot be read as an address either.
    if "\\" in text or not text.isprintable() or text.startswith(f"{first}/"):
        return first
    return text
