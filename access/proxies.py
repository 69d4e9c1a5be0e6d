"""What a proxy says of a request: believed only from those that are trusted, stripped otherwise."""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import flask

from access.people import Choices, Role, Who, highest, is_name

#: What proxies say: where from, how, to which host. Nobody else may.
FORWARDED = (
    "HTTP_FORWARDED",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
)
#: Set where the request came through a trusted proxy.
BY_PROXY = "ksys.by_proxy"


class Proxies:
    """A WSGI application that knows the viewer's address and scheme also behind proxies."""

    def __init__(self, application: WSGIApplication, choices: Choices) -> None:
        self._application = application
        self._choices = choices
        headers = (choices.user_header, choices.role_header)
        self._own = tuple(variable(header) for header in headers if header)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, without what a stranger says of himself."""
        environ.pop(BY_PROXY, None)
        if _is_proxy(self._choices, environ.get("REMOTE_ADDR", "")):
            environ[BY_PROXY] = True
            _believe(self._choices, environ)
        else:
            for name in (*FORWARDED, *self._own):
                environ.pop(name, None)
        return self._application(environ, start_response)


def variable(header: str) -> str:
    """Return the name under which WSGI gives a header."""
    return f"HTTP_{header.upper().replace('-', '_')}"


def _believe(choices: Choices, environ: WSGIEnvironment) -> None:
    """Take address and scheme from a trusted proxy.

    Of X-Forwarded-For the last that is no proxy of ours: what stands before it, anyone can write.
    """
    told = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
    hops = [hop.strip() for hop in told if hop.strip()]
    while hops:
        environ["REMOTE_ADDR"] = hop = hops.pop()
        if not _is_proxy(choices, hop):
            break
    scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip()
    if scheme in ("http", "https"):
        environ["wsgi.url_scheme"] = scheme


@lru_cache(maxsize=1_024)
def _within(networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...], text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return any(address in network for network in networks)


def _is_proxy(choices: Choices, address: str) -> bool:
    return _within(choices.proxies, address or "127.0.0.1")  # a unix socket has none


def is_loopback(address: str) -> bool:
    """Return whether an address is of this machine; that of a unix socket, which is empty, too."""
    try:
        return not address or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def is_readable_on_the_way(request: flask.Request) -> bool:
    """Return whether others could read a password or token on its way here: over plain http.

    Not behind a trusted proxy that says https, nor on this machine.
    """
    return not request.is_secure and not is_loopback(request.remote_addr or "")


def network(address: str) -> str:
    """Return what one person has of addresses: one of IPv4, 2^64 of IPv6."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6 and not parsed.ipv4_mapped:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def user(choices: Choices, environ: WSGIEnvironment) -> tuple[Who | None, str]:
    """Return whom a trusted proxy signed in; else the name of one who has no role here, or ""."""
    if not environ.get(BY_PROXY):
        return None, ""
    name = _utf8(environ.get(variable(choices.user_header), ""))
    if not is_name(name):
        return None, ""
    role = _told_role(choices, environ) or choices.role_by_name(name)
    return (Who(name, role, "proxy"), "") if role else (None, name)


def _utf8(text: str) -> str:
    """Return the text of a header: WSGI hands on its bytes as Latin-1."""
    return text.encode("latin-1").decode("utf8", "replace")


def _told_role(choices: Choices, environ: WSGIEnvironment) -> Role | None:
    """Return the highest role among the words of the proxy's header."""
    if not choices.role_header:
        return None
    words = environ.get(variable(choices.role_header), "").split(",")
    return highest(words)
