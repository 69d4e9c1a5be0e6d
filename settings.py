"""Every setting of Ksys, read from the environment once, in one place."""

import os
import re
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

LOOPBACK = ("127.0.0.1", "::1", "localhost")
LANGUAGES = ("en", "ko")


class BadSetting(ValueError):
    """A setting that cannot be used: names the variable, the value and the way out."""


def _switch(text: str) -> bool:
    states = {"1": True, "true": True, "on": True, "0": False, "false": False, "off": False}
    return states[text.lower()]


def _zone(text: str) -> str:
    return zoneinfo.ZoneInfo(text).key


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


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
) -> Any:  # noqa: ANN401 - a dataclass field takes the type that its annotation says
    names = tuple(env.split())
    metadata = {"env": names, "means": means, "parse": parse, "must": must}
    return field(default=default, metadata=metadata)


@dataclass(frozen=True)
class Settings:
    """What an administrator can choose; each field tells its variable and meaning."""

    dsn: str | None = _setting(
        None,
        "TS_DSN DATABASE_URL",
        "Historian to read: a libpq URL or keyword DSN, several hosts allowed. "
        "Empty: the embedded PostgreSQL with the demonstration plant.",
    )
    dsn_read: str | None = _setting(
        None, "TS_DSN_READ", "Read replicas, used for pages and exports instead of `TS_DSN`."
    )
    dsn_write: str | None = _setting(
        None,
        "TS_DSN_WRITE",
        "Where `manage.py` writes (schema, load, rules, refresh). Never used by the pages.",
    )
    pooler: bool = _setting(
        False,
        "TS_POOLER",
        "1: session options by SET at checkout, for PgBouncer.",
        _switch,
        "0 or 1",
    )
    pool_size: int = _setting(
        10, "POOL_SIZE", "Connections a worker process may open for pages.", _positive, "1 or more"
    )
    pool_timeout: int = _setting(
        8, "POOL_TIMEOUT", "Seconds to wait for a free connection.", _positive, "1 or more"
    )
    statement_timeout_ms: int = _setting(
        5000,
        "STATEMENT_TIMEOUT_MS",
        "Longest a statement of a page may run, in milliseconds.",
        _positive,
        "1 or more",
    )
    redis_url: str | None = _setting(
        None, "REDIS_URL", "Shared cache for several workers. Empty: each worker keeps its own."
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
        "Language of a browser that asks for neither Korean nor English: `en` or `ko`.",
        _one_of(*LANGUAGES),
        "en or ko",
    )
    refresh_seconds: int = _setting(
        10, "REFRESH_SECONDS", "Seconds between two refreshes of a page.", _positive, "1 or more"
    )
    host: str = _setting("127.0.0.1", "HOST", "Address to listen on.")
    port: int = _setting(8050, "PORT", "Port to listen on.", _positive, "1 or more")
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
        8, "THREADS", "Requests a worker process answers at once.", _positive, "1 or more"
    )
    workers: int = _setting(
        1, "WEB_CONCURRENCY", "Worker processes of the web server.", _positive, "1 or more"
    )
    data_dir: str = _setting("var", "KSYS_DATA", "Directory of the embedded PostgreSQL.")
    demo: bool = _setting(
        True,
        "DEMO",
        "0: the embedded historian starts empty, without the demonstration plant.",
        _switch,
        "0 or 1",
    )

    def __post_init__(self) -> None:
        if self.host not in LOOPBACK and self.auth != "none":
            raise BadSetting(
                f"HOST={self.host!r} listens beyond this machine and Ksys has no authentication; "
                "choose 127.0.0.1, or set AUTH=none to accept that anyone who can reach it can read"
            )

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


def _parsed(record: "Field[Any]", name: str, text: str) -> Any:  # noqa: ANN401
    try:
        return record.metadata["parse"](text)
    except (ValueError, KeyError) as error:
        must = record.metadata["must"]
        raise BadSetting(f"{name}={text!r} cannot be used; it must be {must}") from error
