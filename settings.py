"""Every setting of Ksys, read from the environment once, in one place."""

import ipaddress
import os
import re
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import extensions

from data.errors import BadSetting

LOOPBACK = ("127.0.0.1", "::1", "localhost")
LANGUAGES = ("en", "ko")
DSN = (
    "keywords such as host=db dbname=plant, or a libpq URL such as postgresql://ksys@db/plant, in "
    "which @ / : of a password are written %40 %2F %3A"
)
REDIS = "a URL such as redis://cache:6379/0, rediss://… or unix://…"
#: What may be shown of a value that may hold a password: one word, which is neither URL nor DSN.
_HARMLESS = re.compile(r"[\w.-]{1,40}", re.ASCII)
_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")


def _switch(text: str) -> bool:
    states = {"1": True, "true": True, "on": True, "0": False, "false": False, "off": False}
    return states[text.lower()]


def _zone(text: str) -> str:
    try:
        return zoneinfo.ZoneInfo(text).key
    except OSError as error:  # 'Asia' is a directory of zones
        raise ValueError(text) from error


def _to(most: int) -> Callable[[str], int]:
    return _from(1, most)


def _from(least: int, most: int) -> Callable[[str], int]:
    def whole(text: str) -> int:
        number = int(text)
        if not least <= number <= most:
            raise ValueError(text)
        return number

    return whole


def _host(text: str) -> str:
    """Return a host that may be listened on; whether it is ours shows when we start to listen."""
    if not _HOST_NAME.fullmatch(text):
        ipaddress.ip_address(text)
    return text


def _directory(text: str) -> str:
    path = Path(__file__).parent / text
    try:
        there = next(each for each in (path, *path.parents) if each.exists())
    except OSError as error:  # a name too long
        raise ValueError(text) from error
    if not there.is_dir():
        raise ValueError(text)
    return text


def _dsn(text: str) -> str:
    """Return a DSN that libpq can read; ValueError otherwise.

    A URL with an unquoted / or @ in its password leaves a part of it as host, port or database,
    which every message would show.
    """
    try:
        given = extensions.parse_dsn(text)
    except psycopg2.ProgrammingError as error:
        raise ValueError from error
    for port in filter(None, given.get("port", "").split(",")):
        _to(65_535)(port)
    if "://" in text and "@" in given.get("host", "") + given.get("dbname", ""):
        raise ValueError
    return text


def database_address(name: str, text: str) -> str:
    """Return the DSN that an option of a command gives.

    Raises
    ------
    BadSetting
        If libpq cannot read it.
    """
    try:
        return _dsn(text)
    except ValueError:
        raise unusable(name, text, DSN, secret=True) from None


def _schema(text: str) -> str:
    """Return a name that a schema can have; a path, a list or quotes are meant otherwise."""
    if len(text.encode()) > 63 or re.search(r'^pg_|[/",]', text) or not text.isprintable():
        raise ValueError(text)
    return text


def _redis_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("redis", "rediss", "unix"):
        raise ValueError
    _ = parts.port  # raises where it is no port
    return text


def _base(text: str) -> str:
    path = text.rstrip("/")
    if path and not re.fullmatch(r"(/[\w.~-]+)+", path, re.ASCII):
        raise ValueError
    return path


def _one_of(*choices: str) -> Callable[[str], str]:
    def chosen(text: str) -> str:
        return choices[choices.index(text)]

    return chosen


def _setting(
    default: object,
    env: str,
    means: str,
    parse: Callable[[str], object] = str,
    must: str = "text",
    secret: bool = False,
) -> Any:
    names = tuple(env.split())
    metadata = {"env": names, "means": means, "parse": parse, "must": must, "secret": secret}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Settings:
    """What an administrator can choose; each field tells its variable and meaning."""

    dsn: str | None = _setting(
        None,
        "TS_DSN DATABASE_URL",
        "Historian to read: a libpq URL or keyword DSN, several hosts allowed. "
        "Empty: the embedded PostgreSQL with the demonstration plant.",
        _dsn,
        DSN,
        secret=True,
    )
    dsn_read: str | None = _setting(
        None,
        "TS_DSN_READ",
        "Read replicas, used for pages and exports instead of `TS_DSN`.",
        _dsn,
        DSN,
        secret=True,
    )
    dsn_write: str | None = _setting(
        None,
        "TS_DSN_WRITE",
        "Where `manage.py` writes (schema, load, rules, refresh). Never used by the pages.",
        _dsn,
        DSN,
        secret=True,
    )
    schema: str | None = _setting(
        None,
        "TS_SCHEMA",
        "Schema in which `influx_hist` and all other relations are, the only one that is looked "
        "into. Empty: where the search path of the role finds them. For `TS_DSN_WRITE` too.",
        _schema,
        "the name of one schema as PostgreSQL stores it, without quotes, such as plant",
    )
    pooler: bool = _setting(
        False,
        "TS_POOLER",
        "1: session options by SET at checkout, for PgBouncer.",
        _switch,
        "0 or 1",
    )
    pool_size: int = _setting(
        10,
        "POOL_SIZE",
        "Connections a worker process may open for pages.",
        _to(1_000),
        "a whole number from 1 to 1000",
    )
    pool_timeout: int = _setting(
        8,
        "POOL_TIMEOUT",
        "Seconds to wait for a free connection.",
        _to(3_600),
        "a whole number from 1 to 3600",
    )
    statement_timeout_ms: int = _setting(
        5000,
        "STATEMENT_TIMEOUT_MS",
        "Longest a statement of a page may run, in milliseconds.",
        _to(2**31 - 1),  # what PostgreSQL can hold
        "a whole number from 1 to 2147483647",
    )
    redis_url: str | None = _setting(
        None,
        "REDIS_URL",
        "Shared cache for several workers. Empty: each worker keeps its own.",
        _redis_url,
        REDIS,
        secret=True,
    )
    site_tz: str = _setting(
        "Asia/Seoul",
        "SITE_TZ",
        "Zone of display and of dates typed without one.",
        _zone,
        "an IANA name such as Asia/Seoul",
    )
    language: str = _setting(
        "en",
        "SITE_LANGUAGE",
        "Language of the demonstration plant, and of a browser that asks for neither Korean nor "
        "English: `en` or `ko`.",
        _one_of(*LANGUAGES),
        "en or ko",
    )
    refresh_seconds: int = _setting(
        10,
        "REFRESH_SECONDS",
        "Seconds between two refreshes of a page.",
        _to(86_400),
        "a whole number from 1 to 86400",
    )
    alarm_hold: int = _setting(
        24,
        "ALARM_HOLD",
        "Hours that a CRITICAL leads the badge of a tag that has fallen silent.",
        _to(8_760),
        "a whole number from 1 to 8760",
    )
    qc_code: str | None = _setting(
        None,
        "QC_CODE",
        "What `qc` means in the historian of `TS_DSN`: `flag` (0 is good), `da` (OPC DA, 192–219 "
        "are good) or `ua` (OPC UA). Empty: a flag; where it looks like OPC, nothing is good.",
        _one_of("flag", "da", "ua"),
        "flag, da or ua",
    )
    host: str = _setting(
        "127.0.0.1",
        "HOST",
        "Address to listen on.",
        _host,
        "an address of this machine, such as 127.0.0.1 or 0.0.0.0",
    )
    port: int = _setting(
        8050, "PORT", "Port to listen on.", _to(65_535), "a whole number from 1 to 65535"
    )
    base_path: str = _setting(
        "",
        "BASE_PATH",
        "Path of the host below which Ksys is shown, as `/ksys` behind a proxy. "
        "Empty: the root of the host.",
        _base,
        "a path such as /ksys, of letters, digits, `_`, `.`, `~` and `-`",
    )
    auth: str | None = _setting(
        None,
        "AUTH",
        "`none` allows a `HOST` beyond loopback although Ksys has no authentication.",
        _one_of("none"),
        "none",
    )
    threads: int = _setting(
        8,
        "THREADS",
        "Requests a worker process answers at once; two of them never wait for the historian.",
        _from(4, 1_000),
        "a whole number from 4 to 1000: two stay free for pages while others wait for the "
        "historian",
    )
    workers: int = _setting(
        1,
        "WEB_CONCURRENCY",
        "Worker processes of the web server.",
        _to(1_000),
        "a whole number from 1 to 1000",
    )
    data_dir: str = _setting(
        "var",
        "KSYS_DATA",
        "Directory of the embedded PostgreSQL.",
        _directory,
        "a directory, or the path of one that can be made",
    )
    demo: bool = _setting(
        True,
        "DEMO",
        "0: the embedded historian starts empty, without the demonstration plant.",
        _switch,
        "0 or 1",
    )

    def __post_init__(self) -> None:
        if self.host not in LOOPBACK and self.auth != "none":
            raise BadSetting("setting_open_host", value=self.host)

    @property
    def embedded(self) -> bool:
        """Whether Ksys runs its own PostgreSQL."""
        return self.dsn is None

    @property
    def directory(self) -> Path:
        """Absolute directory of the embedded PostgreSQL."""
        return Path(__file__).parent / self.data_dir


def from_env(environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings that the environment asks for.

    Raises
    ------
    BadSetting
        If a variable has a value that cannot be used.
    """
    chosen = {}
    for record in fields(Settings):
        for name in record.metadata["env"]:
            if environ.get(name):
                chosen[record.name] = _parsed(record, name, environ[name])
                break
    return Settings(**chosen)


def takes_over(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a socket is handed to us: by the server we replace (USR2), or by systemd."""
    return "GUNICORN_FD" in environ or "LISTEN_FDS" in environ


def _parsed(record: "Field[Any]", name: str, text: str) -> Any:
    try:
        return record.metadata["parse"](text)
    except (ValueError, KeyError) as error:
        must, secret = record.metadata["must"], record.metadata["secret"]
        raise unusable(name, text, must, secret) from (None if secret else error)


def unusable(name: str, text: str, must: str, secret: bool = False) -> BadSetting:
    """Return the complaint about a value; one that may hold a password is not shown."""
    if secret and not _HARMLESS.fullmatch(text):
        return BadSetting("setting_secret", name=name, must=must)
    return BadSetting("setting_unusable", name=name, value=text, must=must)
