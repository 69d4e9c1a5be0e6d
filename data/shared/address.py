"""Where the shared cache is, as REDIS_URL says it."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True)
class Address:
    """Where Redis is and how to enter it; `path` of a unix socket, else host and port."""

    host: str
    port: int
    path: str
    tls: bool
    authority: str | None
    user: str
    password: str = field(repr=False)
    database: int


def address(url: str) -> Address:
    """Return what a URL of Redis says; ValueError where anything in it is not understood.

    An unquoted sign of a password leaves a part of it as host, port, path or query: all of them
    must be what they should be.
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    local = parts.scheme == "unix"
    if parts.scheme not in ("redis", "rediss", "unix") or parts.fragment:
        raise ValueError("scheme or fragment")
    if not set(query) <= ({"db"} if local else {"db", "ssl_ca_certs"}):
        raise ValueError("query")
    database = query.get("db", "") if local else parts.path.strip("/") or query.get("db", "")
    authority = query.get("ssl_ca_certs")
    if not re.fullmatch(r"[0-9]{0,4}", database) or (authority and not Path(authority).is_file()):
        raise ValueError("database or certificate")
    if not (len(parts.path) > 1 and not parts.hostname if local else _is_host(parts.hostname)):
        raise ValueError("host")
    secure = parts.scheme == "rediss"
    return Address(
        parts.hostname or "", parts.port or 6379, unquote(parts.path) if local else "",
        secure, authority, unquote(parts.username or ""), unquote(parts.password or ""),
        int(database or 0),
    )  # fmt: skip


def _is_host(name: str | None) -> bool:
    return bool(name and re.fullmatch(r"[\w.-]{1,253}|[0-9a-f:.%]{2,60}", name, re.ASCII))
