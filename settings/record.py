"""Every setting of Ksys, in one place: its variable, its meaning and what it may be."""

from dataclasses import dataclass, fields
from pathlib import Path

from data.errors import BadSetting
from settings import machine, values
from settings.entry import entry as _setting
from settings.exports import OfExports
from settings.pages import OfPages


@dataclass(frozen=True)
class Settings(OfPages, OfExports):
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
        "Read replicas, used for pages and exports instead of `TS_DSN` while they keep up; several "
        "hosts allowed.",
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
    schema: str | None = _setting(
        None,
        "TS_SCHEMA",
        "Schema in which `influx_hist` and all other relations are, the only one that is looked "
        "into. Empty: where the search path of the role finds them. For `TS_DSN_WRITE` too.",
        values.schema,
        "the name of one schema as PostgreSQL stores it, without quotes, such as plant",
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
    auth: tuple[str, ...] = _setting(
        (),
        "AUTH",
        "How users sign in: `password`, `proxy` or `oidc`, several with commas between them. "
        "Empty: not at all, and only on loopback; `none` allows that beyond it too.",
        values.ways,
        "none, or of password, proxy and oidc one or several, such as oidc,password",
    )
    session_hours: int = _setting(
        12,
        "SESSION_HOURS",
        "Hours after which one signs in again.",
        values.up_to(8_760),
        "a whole number from 1 to 8760",
    )
    rate_limit: int = _setting(
        1_000,
        "RATE_LIMIT",
        "With `AUTH`: most requests a minute of a user or token, and of an address before sign-in "
        "or with `AUTH=none`; frames, health and files without data are free. 0: no limit. Without "
        "`REDIS_URL` each worker counts by itself.",
        values.between(0, 1_000_000),
        "a whole number from 0 to 1000000",
    )
    trusted_hosts: tuple[str, ...] = _setting(
        (),
        "TRUSTED_HOSTS",
        "Hosts under which Ksys is shown, as browsers name them, with commas between them; others "
        "get 400. Loopback always counts. Empty: the names and addresses of `HOST`.",
        values.hosts,
        "hosts such as ksys.example or ksys.example:8443, with commas between them",
    )
    trusted_proxies: tuple[values.Network, ...] = _setting(
        (),
        "TRUSTED_PROXIES",
        "Addresses and networks of proxies whose X-Forwarded-For, X-Forwarded-Proto and "
        "`AUTH_HEADER` are believed; from others they are removed.",
        values.networks,
        "addresses and networks such as 127.0.0.1,10.0.0.0/8, with commas between them",
    )
    auth_header: str = _setting(
        "X-Forwarded-User",
        "AUTH_HEADER",
        "With `AUTH=proxy`: the header in which a proxy names the user.",
        values.header,
        "the name of a header such as X-Forwarded-User",
    )
    auth_role_header: str | None = _setting(
        None,
        "AUTH_ROLE_HEADER",
        "With `AUTH=proxy`: the header in which it names roles, with commas between them; it must "
        "write over what a browser says in either.",
        values.header,
        "the name of a header such as X-Forwarded-Groups",
    )
    auth_roles: tuple[tuple[str, str], ...] | None = _setting(
        None,
        "AUTH_ROLES",
        "Roles of those whom a proxy or provider signs in, as `kim=administrator,*=viewer`; who is "
        "not named may nothing. Empty: all are viewers.",
        values.roles,
        "names and roles (viewer, analyst, administrator) such as kim=administrator,*=viewer",
    )
    oidc_issuer: str | None = _setting(
        None,
        "OIDC_ISSUER",
        "With `AUTH=oidc`: address of the OpenID Connect provider.",
        values.issuer,
        "an address such as https://accounts.example/plant",
    )
    oidc_client_id: str | None = _setting(
        None,
        "OIDC_CLIENT_ID",
        "With `AUTH=oidc`: the name of Ksys at the provider.",
        values.word,
        "one word of visible ASCII characters",
    )
    oidc_client_secret: str | None = _setting(
        None,
        "OIDC_CLIENT_SECRET",
        "With `AUTH=oidc`: the password of Ksys at the provider.",
        values.word,
        "one word of visible ASCII characters",
        hidden=True,
    )
    oidc_role_claim: str = _setting(
        "ksys_role",
        "OIDC_ROLE_CLAIM",
        "With `AUTH=oidc`: the claim in which the provider names one or several roles.",
        values.word,
        "one word of visible ASCII characters",
    )
    threads: int = _setting(
        8,
        "THREADS",
        "Requests a worker process answers at once; two of them never wait for the historian.",
        values.between(4, 1_000),
        "a whole number from 4 to 1000: two stay free for pages while others wait for the "
        "historian",
    )
    log_format: str = _setting(
        "plain",
        "LOG_FORMAT",
        "How the log is written: `plain` as sentences, or `json`, an object a line.",
        values.one_of("plain", "json"),
        "plain or json",
    )
    log_level: str = _setting(
        "info",
        "LOG_LEVEL",
        "The least that is logged: `debug` (every statement too), `info`, `warning` or `error`.",
        values.one_of("debug", "info", "warning", "error"),
        "debug, info, warning or error",
    )
    query_log: bool = _setting(
        False,
        "QUERY_LOG",
        "1: log every statement with name, milliseconds and rows, and every answer from memory.",
        values.switch,
        "0 or 1",
    )
    workers: int = _setting(
        machine.workers(),
        "WEB_CONCURRENCY",
        "Worker processes of the web server.",
        values.up_to(1_000),
        "a whole number from 1 to 1000",
    )
    data_dir: str = _setting(
        "var",
        "KSYS_DATA",
        "Directory of the embedded PostgreSQL, and of users, tokens and ended sessions.",
        values.directory,
        "a directory, or the path of one that can be made, without blanks or quotes at its ends, "
        "and without ~ and $, which a shell alone replaces",
    )
    demo: bool = _setting(
        True,
        "DEMO",
        "0: the embedded historian starts empty, without the demonstration plant.",
        values.switch,
        "0 or 1",
    )

    def __post_init__(self) -> None:
        if self.host not in values.LOOPBACK and not self.auth:
            raise BadSetting("setting_open_host", value=self.host)
        if self.redis_url and not self.cache_secret:
            raise BadSetting("setting_unsigned")
        if self.dsn_read and not self.dsn:  # the embedded historian has no replica
            raise BadSetting("setting_needed", what="TS_DSN_READ", name="TS_DSN")
        if "proxy" in self.auth and not self.trusted_proxies:
            raise BadSetting("setting_needed", what="AUTH=proxy", name="TRUSTED_PROXIES")
        if "oidc" in self.auth:
            for name in ("oidc_issuer", "oidc_client_id", "oidc_client_secret"):
                if getattr(self, name) is None:
                    raise BadSetting("setting_needed", what="AUTH=oidc", name=name.upper())

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
    def signs_in(self) -> tuple[str, ...]:
        """Ways of signing in; none where everybody may everything."""
        return () if self.auth == ("none",) else self.auth

    @property
    def embedded(self) -> bool:
        """Whether Ksys runs its own PostgreSQL."""
        return self.dsn is None

    @property
    def directory(self) -> Path:
        """Absolute directory of the embedded PostgreSQL, and of who may."""
        return values.ROOT / self.data_dir
