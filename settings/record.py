"""Every setting of Ksys, read from the environment once, in one place."""

import os
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

from data.errors import BadSetting
from settings import values


def _setting(
    default: object,
    env: str,
    means: str,
    parse: Callable[[str], object] = str,
    must: str = "text",
    secret: bool = False,
    hidden: bool = False,
) -> Any:
    """Return a field; `secret`: may hold one, `hidden`: is one, of which no word is ever shown."""
    names = tuple(env.split())
    metadata: dict[str, object] = {"env": names, "means": means, "parse": parse, "must": must}
    metadata |= {"secret": secret or hidden, "hidden": hidden}
    return field(default=default, repr=not metadata["secret"], metadata=metadata)


@dataclass(frozen=True)
class Settings:
    """What an administrator can choose; each field tells its variable and meaning."""

    dsn: str | None = _setting(
        None,
        "TS_DSN DATABASE_URL",
        "Historian to read: a libpq URL or keyword DSN, several hosts allowed. "
        "Empty: the embedded PostgreSQL with the demonstration plant.",
        values.dsn,
        values.DSN,
        secret=True,
    )
    dsn_read: str | None = _setting(
        None,
        "TS_DSN_READ",
        "Read replicas, used for pages and exports instead of `TS_DSN`.",
        values.dsn,
        values.DSN,
        secret=True,
    )
    dsn_write: str | None = _setting(
        None,
        "TS_DSN_WRITE",
        "Where `manage.py` writes (schema, load, rules, refresh). Never used by the pages.",
        values.dsn,
        values.DSN,
        secret=True,
    )
    app_env: str | None = _setting(
        None,
        "APP_ENV",
        "`production`: a historian is only read and written over TLS that names and verifies it "
        "(`sslmode=verify-full`), or over a socket of this machine.",
        values.one_of("production", "development"),
        "production or development",
    )
    allow_insecure_db: bool = _setting(
        False,
        "ALLOW_INSECURE_DB",
        "1: in production too, a historian may be reached without verified TLS.",
        values.switch,
        "0 or 1",
    )
    pooler: bool = _setting(
        False,
        "TS_POOLER",
        "1: session options by SET at checkout, for PgBouncer.",
        values.switch,
        "0 or 1",
    )
    pool_size: int = _setting(
        10,
        "POOL_SIZE",
        "Connections a worker process may open for pages.",
        values.up_to(1_000),
        "a whole number from 1 to 1000",
    )
    pool_timeout: int = _setting(
        8,
        "POOL_TIMEOUT",
        "Seconds to wait for a free connection.",
        values.up_to(3_600),
        "a whole number from 1 to 3600",
    )
    statement_timeout_ms: int = _setting(
        5000,
        "STATEMENT_TIMEOUT_MS",
        "Longest a statement of a page may run, in milliseconds.",
        values.up_to(2**31 - 1),  # what PostgreSQL can hold
        "a whole number from 1 to 2147483647",
    )
    redis_url: str | None = _setting(
        None,
        "REDIS_URL",
        "Shared cache for several workers. Empty: each worker keeps its own.",
        values.redis_url,
        values.REDIS,
        secret=True,
    )
    cache_secret: str | None = _setting(
        None,
        "CACHE_SECRET",
        "What the values of `REDIS_URL` are signed with, the same for all workers: at least 16 "
        "characters, as `openssl rand -hex 32` makes them. Needed with `REDIS_URL`.",
        values.long_secret,
        "at least 16 characters, none of them a blank",
        hidden=True,
    )
    site_tz: str = _setting(
        "Asia/Seoul",
        "SITE_TZ",
        "Zone of display and of dates typed without one.",
        values.zone,
        "an IANA name such as Asia/Seoul",
    )
    language: str = _setting(
        "en",
        "SITE_LANGUAGE",
        "Language of the demonstration plant, and of a browser that asks for neither Korean nor "
        "English: `en` or `ko`.",
        values.one_of(*values.LANGUAGES),
        "en or ko",
    )
    refresh_seconds: int = _setting(
        10,
        "REFRESH_SECONDS",
        "Seconds between two refreshes of a page.",
        values.up_to(86_400),
        "a whole number from 1 to 86400",
    )
    alarm_hold: int = _setting(
        24,
        "ALARM_HOLD",
        "Hours that a CRITICAL leads the badge of a tag that has fallen silent.",
        values.up_to(8_760),
        "a whole number from 1 to 8760",
    )
    qc_code: str | None = _setting(
        None,
        "QC_CODE",
        "What `qc` means in the historian of `TS_DSN`: `flag` (0 is good), `da` (OPC DA, 192–219 "
        "are good) or `ua` (OPC UA). Empty: a flag; where it looks like OPC, nothing is good.",
        values.one_of("flag", "da", "ua"),
        "flag, da or ua",
    )
    host: str = _setting(
        "127.0.0.1",
        "HOST",
        "Address to listen on.",
        values.host,
        "an address of this machine, such as 127.0.0.1 or 0.0.0.0",
    )
    port: int = _setting(
        8050, "PORT", "Port to listen on.", values.up_to(65_535), "a whole number from 1 to 65535"
    )
    base_path: str = _setting(
        "",
        "BASE_PATH",
        "Path of the host below which Ksys is shown, as `/ksys` behind a proxy. "
        "Empty: the root of the host.",
        values.base_path,
        "a path such as /ksys, of letters, digits, `_`, `.`, `~` and `-`",
    )
    auth: str | None = _setting(
        None,
        "AUTH",
        "`none` allows a `HOST` beyond loopback although Ksys has no authentication.",
        values.one_of("none"),
        "none",
    )
    threads: int = _setting(
        8,
        "THREADS",
        "Requests a worker process answers at once; two of them never wait for the historian.",
        values.between(4, 1_000),
        "a whole number from 4 to 1000: two stay free for pages while others wait for the "
        "historian",
    )
    workers: int = _setting(
        1,
        "WEB_CONCURRENCY",
        "Worker processes of the web server.",
        values.up_to(1_000),
        "a whole number from 1 to 1000",
    )
    data_dir: str = _setting(
        "var",
        "KSYS_DATA",
        "Directory of the embedded PostgreSQL.",
        values.directory,
        "a directory, or the path of one that can be made",
    )
    demo: bool = _setting(
        True,
        "DEMO",
        "0: the embedded historian starts empty, without the demonstration plant.",
        values.switch,
        "0 or 1",
    )

    def __post_init__(self) -> None:
        if self.host not in values.LOOPBACK and self.auth != "none":
            raise BadSetting("setting_open_host", value=self.host)
        if self.redis_url and not self.cache_secret:
            raise BadSetting("setting_unsigned")

    def public(self) -> dict[str, object]:
        """Return every setting by name that holds no secret."""
        shown = (each.name for each in fields(self) if not each.metadata["secret"])
        return {name: getattr(self, name) for name in shown}

    def demand_tls(self, name: str, dsn: str | None) -> None:
        """Raise BadSetting where a DSN, given by this name, may not be used in production."""
        is_strict = self.app_env == "production" and not self.allow_insecure_db
        if is_strict and dsn and not values.is_verified(dsn):
            raise BadSetting("setting_tls", name=name)

    @property
    def embedded(self) -> bool:
        """Whether Ksys runs its own PostgreSQL."""
        return self.dsn is None

    @property
    def directory(self) -> Path:
        """Absolute directory of the embedded PostgreSQL."""
        return values.ROOT / self.data_dir


def from_env(environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings that the environment asks for.

    Raises
    ------
    BadSetting
        If a variable has a value that cannot be used.
    """
    chosen: dict[str, Any] = {}
    named: dict[str, str] = {}
    for record in fields(Settings):
        for name in record.metadata["env"]:
            given = _given(record, name, environ)
            if given:
                named[record.name], text = given
                chosen[record.name] = _parsed(record, named[record.name], text)
                break
    settings = Settings(**chosen)
    for field_name in ("dsn", "dsn_read", "dsn_write"):
        settings.demand_tls(named.get(field_name, ""), getattr(settings, field_name))
    return settings


def _given(record: "Field[Any]", name: str, environ: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the variable that gives a setting and its text, None where it is not set."""
    file = f"{name}_FILE"
    path = environ.get(file) if record.metadata["secret"] else None
    if path and environ.get(name):
        raise BadSetting("setting_twice", name=name, file=file)
    if path:
        return file, values.file_text(file, path)
    return (name, environ[name]) if environ.get(name) else None


def takes_over(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a socket is handed to us: by the server we replace (USR2), or by systemd."""
    return "GUNICORN_FD" in environ or "LISTEN_FDS" in environ


def _parsed(record: "Field[Any]", name: str, text: str) -> Any:
    try:
        return record.metadata["parse"](text)
    except (ValueError, KeyError) as error:
        must, secret = record.metadata["must"], record.metadata["secret"]
        if record.metadata["hidden"] or name.endswith("_FILE"):
            raise BadSetting("setting_secret", name=name, must=must) from None
        raise values.unusable(name, text, must, secret) from (None if secret else error)
