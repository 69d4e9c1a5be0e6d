"""What driver and server say of a connection, without what the DSN says: a log goes far."""

import ipaddress
import re
from collections.abc import Mapping

import psycopg2
from psycopg2 import extensions
from sqlalchemy import exc

#: Parameters of a DSN that tell where the historian is and who asks -> what is written for them.
#: Of host, hostaddr and port there may be several, with commas between them.
WORDS = {
    "host": "the host",
    "hostaddr": "the address",
    "port": "the port",
    "user": "the role",
    "dbname": "the database",
    "password": "the password",
    "service": "the service",
    "passfile": "the file",
    "sslcert": "the file",
    "sslkey": "the file",
    "sslpassword": "the password",
    "sslrootcert": "the file",
    "sslcrl": "the file",
    "krbsrvname": "the service",
}
#: A socket of PostgreSQL in a directory of `host`.
SOCKET = "the socket"
#: What comes from elsewhere than the DSN (PGHOST, a service file, a proxy) stands in quotes, after
#: a word that tells what it is; PgBouncer writes its own without quotes.
_QUOTED = {
    r'\bat "[^"]*"( \([^)]*\))?, port (the port|[^\s:]+)': "at the host",
    r'\bon socket "[^"]*"': f"on {SOCKET}",
    r'\bhost name "[^"]*"': "the host name",
    r'\b(user|role)(name)? "[^"]*"': "the role",
    r'\bdatabase "[^"]*"': "the database",
    r'\bhost "[^"]*"': "the host",
    r"\bno such (database|user): .*": r"no such \1",
}
#: Other quoted words of a connection that does not come about, in the signs of some languages.
_ANY_QUOTED = re.compile('"[^"]*"|»[^«]*«|«[^»]*»|„[^“]*“|“[^”]*”|「[^」]*」')
_ADDRESS = re.compile(r"[0-9A-Fa-f]*[:.][0-9A-Fa-f:.]*[0-9A-Fa-f:](%\w+)?")

#: Text of a DSN -> what is written for it, the longest first.
Parts = Mapping[str, str]


def parts_of(*dsns: str) -> Parts:
    """Return the texts of DSNs that no log may hold; none of a DSN that cannot be read."""
    parts: dict[str, str] = {}
    for dsn in dsns:
        try:
            given = extensions.parse_dsn(dsn)
        except psycopg2.ProgrammingError:  # whoever connects is told; its message is left out
            continue
        for name, word in WORDS.items():
            text = str(given.get(name, ""))
            several = text.split(",") if name in ("host", "hostaddr", "port") else ()
            for each in (text, *several):
                if each:
                    parts.setdefault(each, SOCKET if each.startswith(("/", "@")) else word)
    return {text: parts[text] for text in sorted(parts, key=len, reverse=True)}


def redacted(text: str, parts: Parts, strict: bool = False) -> str:
    """Return what was said of a connection, with a word for each part of its DSN.

    Parameters
    ----------
    strict : leave out all else in quotes: of a connection that did not come about, a server may
        name in its own language what stands in no DSN
    """
    if parts:
        texts = "|".join(re.escape(part) for part in parts)
        text = re.sub(rf"(?<!\w)({texts})(?!\w)", lambda match: parts[match[1]], text)
    for pattern, instead in _QUOTED.items():
        text = re.sub(pattern, instead, text)
    text = _ADDRESS.sub(_without_address, text)
    return _ANY_QUOTED.sub('"…"', text) if strict else text


def _without_address(match: re.Match[str]) -> str:
    try:
        ipaddress.ip_address(match[0])
    except ValueError:
        return match[0]
    return "the address"


def line_of(error: BaseException, parts: Parts) -> str | None:
    """Return class, SQLSTATE and words of an error of the driver, redacted; None of any other."""
    if not isinstance(error, psycopg2.Error | exc.DBAPIError):
        return None
    origin = error.orig if isinstance(error, exc.DBAPIError) else error
    code = getattr(origin, "pgcode", None)
    if isinstance(origin, psycopg2.ProgrammingError) and code is None:
        # libpq quotes a DSN that it cannot read, and with it the password.
        return f"{type(error).__name__}: the DSN, or what was asked of the driver, cannot be used"
    said = str(origin).strip().partition("\n")[0]
    kind = f"{type(error).__name__} {code}" if code else type(error).__name__
    return f"{kind}: {redacted(said, parts, strict=code is None)}"
