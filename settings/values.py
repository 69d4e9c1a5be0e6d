"""How the text of a setting becomes its value; ValueError where it cannot."""

import ipaddress
import re
import string
import zoneinfo
from collections.abc import Callable
from datetime import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import extensions

from data.errors import BadSetting
from data.shared import address

#: Where relative directories start: the folder of the program.
ROOT = Path(__file__).parents[1]
LOOPBACK = ("127.0.0.1", "::1", "localhost")
LANGUAGES = ("en", "ko")
WAYS = ("password", "proxy", "oidc")
ROLES = ("viewer", "analyst", "administrator")
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
DSN = (
    "keywords such as host=db dbname=plant, or a libpq URL such as postgresql://ksys@db/plant, in "
    "which @ / : of a password are written %40 %2F %3A"
)
REDIS = (
    "a URL such as redis://cache:6379/0, rediss://cache:6379/0?ssl_ca_certs=/path or "
    "unix:///path?db=0, in which @ / : ? # of a password are written %40 %2F %3A %3F %23"
)
#: Most bytes of a file that holds a secret.
FILE_BYTES = 65_536
#: What stands at the end of a path where its line was written wrongly.
BESIDE = string.whitespace + "\"'"
#: Fewest characters of a secret.
SECRET_LENGTH = 16
#: Most characters of the name of a plant.
SITE_NAME_LENGTH = 60
#: Most shifts of a day: one an hour.
MOST_SHIFTS = 24
#: What may be shown of a value that may hold a password: blanks, or one word, which is neither URL
#: nor DSN.
_HARMLESS = re.compile(r"\s*|[\w.-]{1,40}", re.ASCII)
_CLOCK = re.compile(r"\d{1,2}:\d{2}", re.ASCII)
_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


def switch(text: str) -> bool:
    """Return whether a switch is on."""
    states = {"1": True, "true": True, "on": True, "0": False, "false": False, "off": False}
    return states[text.lower()]


def zone(text: str) -> str:
    """Return the name of a zone as the database of zones spells it."""
    try:
        return zoneinfo.ZoneInfo(text).key
    except OSError as error:  # 'Asia' is a directory of zones
        raise ValueError(text) from error


def up_to(most: int) -> Callable[[str], int]:
    """Return what takes a whole number from 1 to `most`."""
    return between(1, most)


def between(least: int, most: int) -> Callable[[str], int]:
    """Return what takes a whole number from `least` to `most`."""

    def whole(text: str) -> int:
        number = int(text)
        if not least <= number <= most:
            raise ValueError(text)
        return number

    return whole


def host(text: str) -> str:
    """Return a host that may be listened on; whether it is ours shows when we start to listen."""
    if not _HOST_NAME.fullmatch(text):
        ipaddress.ip_address(text)
    return text


def directory(text: str) -> str:
    """Return a directory that is there, or that can be made where it is missing.

    A blank, a quote or a line end at its ends comes of how the variable was written, as does a sign
    that no shell has replaced; each would mean another directory: an empty one, in which a
    historian is begun anew.
    """
    if text != text.strip(BESIDE) or text.startswith(("~", "$")):
        raise ValueError(text)
    path = ROOT / text
    try:
        there = next(each for each in (path, *path.parents) if each.exists())
    except OSError as error:  # a name too long
        raise ValueError(text) from error
    if not there.is_dir():
        raise ValueError(text)
    return text


def dsn(text: str) -> str:
    """Return a DSN that libpq can read; ValueError otherwise, also of blanks alone.

    A URL with an unquoted / or @ in its password leaves a part of it as host, port or database,
    which every message would show.
    """
    if not text.strip():
        raise ValueError
    try:
        given = extensions.parse_dsn(text)
    except psycopg2.ProgrammingError as error:
        raise ValueError from error
    for port in filter(None, given.get("port", "").split(",")):
        up_to(65_535)(port)
    if "://" in text and "@" in given.get("host", "") + given.get("dbname", ""):
        raise ValueError
    return text


def is_verified(dsn: str) -> bool:
    """Whether a DSN reaches a server over TLS that verifies its name, or over a local socket."""
    given = extensions.parse_dsn(dsn)
    hosts = given.get("host", "").split(",")
    is_local = "hostaddr" not in given and all(host.startswith(("/", "@")) for host in hosts)
    return is_local or given.get("sslmode") == "verify-full"


def file_text(name: str, path: str) -> str:
    """Return what a file holds for a setting, without the end of its last line.

    Raises
    ------
    BadSetting
        If it cannot be read, or holds nothing: an empty one would mean another historian.
    """
    try:
        with Path(path).open("rb") as file:
            content = file.read(FILE_BYTES + 1)
        text = content.decode().removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise BadSetting("setting_file", name=name, path=path, reason=error.strerror) from error
    except ValueError:  # not UTF-8; its own words would show what the file holds
        raise BadSetting("setting_file", name=name, path=path, reason="no UTF-8 text") from None
    if not text or len(content) > FILE_BYTES or "\0" in text:
        reason = "empty, too long, or no text"
        raise BadSetting("setting_file", name=name, path=path, reason=reason)
    return text


def schema(text: str) -> str:
    """Return a name that a schema can have; a path, a list or quotes are meant otherwise."""
    if len(text.encode()) > 63 or re.search(r'^pg_|[/",]', text) or not text.isprintable():
        raise ValueError(text)
    return text


def file_path(text: str) -> str:
    """Return the path of a file that is there."""
    if not Path(text).is_file():
        raise ValueError(text)
    return text


def site_name(text: str) -> str:
    """Return a name that stands on one line."""
    name = text.strip()
    if len(name) > SITE_NAME_LENGTH or not name.isprintable():
        raise ValueError(text)
    return name


def redis_url(text: str) -> str:
    """Return the URL of a Redis server, of which everything is understood."""
    address(text)
    return text


def long_secret(text: str) -> str:
    """Return a secret that nobody guesses: he who does can run code in a worker."""
    if len(text) < SECRET_LENGTH or re.search(r"\s", text):
        raise ValueError
    return text


def base_path(text: str) -> str:
    """Return a path of a host, without a slash at its end."""
    path = text.rstrip("/")
    if path and not re.fullmatch(r"(/[\w.~-]+)+", path, re.ASCII):
        raise ValueError
    return path


def one_of(*choices: str) -> Callable[[str], str]:
    """Return what takes one of these words."""

    def chosen(text: str) -> str:
        return choices[choices.index(text)]

    return chosen


def shifts(text: str) -> tuple[time, ...]:
    """Return when shifts start, in the order of the day; `06:00` or `6:00`."""
    items = _items(text)
    if len(items) > MOST_SHIFTS or not all(_CLOCK.fullmatch(item) for item in items):
        raise ValueError(text)
    return tuple(sorted({time.fromisoformat(item.zfill(5)) for item in items}))


def ways(text: str) -> tuple[str, ...]:
    """Return ways of signing in; `none` stands alone."""
    named = _items(text)
    if named != ("none",) and not set(named) <= set(WAYS):
        raise ValueError(text)
    return named


def hosts(text: str) -> tuple[str, ...]:
    """Return hosts as a browser names them, in small letters, each with or without a port."""
    named = tuple(item.lower() for item in _items(text))
    for item in named:
        parts = urlsplit(f"//{item}")
        _ = parts.port  # raises where it is no port
        if item != parts.netloc or not parts.hostname:
            raise ValueError(text)
        host(parts.hostname)
    return named


def networks(text: str) -> tuple[Network, ...]:
    """Return networks; an address is one of a single address."""
    return tuple(ipaddress.ip_network(item) for item in _items(text))


def header(text: str) -> str:
    """Return the name of a header."""
    if not re.fullmatch(r"[A-Za-z0-9-]+", text):
        raise ValueError(text)
    return text


def roles(text: str) -> tuple[tuple[str, str], ...]:
    """Return the role of each name; `*` stands for all others."""
    by_name = {}
    for item in _items(text):
        name, _equals, role = item.rpartition("=")
        if not name.strip() or role.strip() not in ROLES:
            raise ValueError(text)
        by_name[name.strip()] = role.strip()
    return tuple(by_name.items())


def issuer(text: str) -> str:
    """Return the address of a provider: https, or http on this machine."""
    parts = urlsplit(word(text))
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError(text)
    if not parts.hostname:
        raise ValueError(text)
    return text


def word(text: str) -> str:
    """Return a text of visible ASCII characters, without blanks."""
    if not re.fullmatch(r"[!-~]+", text):
        raise ValueError(text)
    return text


def _items(text: str) -> tuple[str, ...]:
    """Return what stands between commas, at least one, each once."""
    items = tuple(dict.fromkeys(item.strip() for item in text.split(",")))
    if not all(items):
        raise ValueError(text)
    return items


def database_address(name: str, text: str) -> str:
    """Return the DSN that an option of a command gives.

    Raises
    ------
    BadSetting
        If libpq cannot read it, or it holds a password, which every user of the machine would see.
    """
    try:
        given = extensions.parse_dsn(dsn(text))
    except ValueError:
        raise unusable(name, text, DSN, secret=True) from None
    if {"password", "sslpassword"} & given.keys():
        raise BadSetting("setting_in_ps", name=name)
    return text


def unusable(name: str, text: str, must: str, secret: bool) -> BadSetting:
    """Return the complaint about a value; one that may hold a password is not shown."""
    if secret and not _HARMLESS.fullmatch(text):
        return BadSetting("setting_secret", name=name, must=must)
    return BadSetting("setting_unusable", name=name, value=text, must=must)
