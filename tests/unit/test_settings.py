"""Settings come from the environment, and a wrong one is named."""

import traceback
from dataclasses import fields

import pytest

from data.errors import BadSetting
from settings import Settings, from_env


def test_with_nothing_set_ksys_runs_its_own_historian_on_loopback():
    settings = from_env({})
    assert settings.embedded
    assert (settings.host, settings.port) == ("127.0.0.1", 8050)


def test_ts_dsn_wins_over_database_url():
    both = {"DATABASE_URL": "postgresql://b/x", "TS_DSN": "host=a,b dbname=x"}
    assert from_env(both).dsn == "host=a,b dbname=x"
    assert from_env({"DATABASE_URL": "postgresql://b/x"}).dsn == "postgresql://b/x"


def test_an_empty_variable_counts_as_not_set():
    assert from_env({"TS_DSN": "", "PORT": ""}) == Settings()


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        *(("PORT", value, "from 1 to 65535") for value in ("http", "0", "-1", "99999", "8050.5")),
        ("POOL_SIZE", "ten", "from 1 to 1000"),
        ("POOL_TIMEOUT", "8s", "from 1 to 3600"),
        ("STATEMENT_TIMEOUT_MS", "2147483648", "from 1 to 2147483647"),
        ("REFRESH_SECONDS", "often", "from 1 to 86400"),
        *(("THREADS", few, "from 4 to 1000: two stay free for pages") for few in ("0", "3")),
        ("WEB_CONCURRENCY", "auto", "from 1 to 1000"),
        ("HOST", "http://x", "such as 127.0.0.1"),
        ("HOST", "127.0.0.1:80", "such as 127.0.0.1"),
        ("HOST", " ", "such as 127.0.0.1"),
        ("KSYS_DATA", __file__, "a directory"),
        ("KSYS_DATA", f"{__file__}/below", "a directory"),
        ("KSYS_DATA", 300 * "x", "a directory"),
        ("DEMO", "2", "0 or 1"),
        ("LOG_FORMAT", "xml", "plain or json"),
        ("LOG_LEVEL", "loud", "debug, info"),
        ("QUERY_LOG", "all", "0 or 1"),
        ("TS_DSN", "nonsense", "host=db dbname=plant"),
        ("DATABASE_URL", "nonsense", "host=db dbname=plant"),
        ("TS_DSN_READ", "nonsense", "host=db dbname=plant"),
        ("TS_DSN_WRITE", "nonsense", "host=db dbname=plant"),
        ("REDIS_URL", "nonsense", "redis://cache:6379/0"),
        ("SITE_TZ", "Mars/Base", "IANA name"),
        ("SITE_TZ", "Asia", "IANA name"),
        ("SITE_TZ", 5000 * "a", "IANA name"),
        ("SITE_TZ", "zone.tab", "IANA name"),
        ("SITE_TZ", "../etc/passwd", "IANA name"),
        ("TS_POOLER", "maybe", "0 or 1"),
        *(("TS_SCHEMA", name, "such as plant") for name in ("a,b", '"a"', "pg_temp", "가" * 22)),
        ("SITE_LANGUAGE", "fr", "en or ko"),
        *(
            ("AUTH", value, "such as oidc,password")
            for value in ("basic", "none,proxy", "oidc,", ",")
        ),
        ("SESSION_HOURS", "0", "from 1 to 8760"),
        *(
            ("TRUSTED_HOSTS", value, "such as ksys.example")
            for value in ("https://ksys.example", "ksys.example/x", "a b", "ksys:port", "*", "a,,b")
        ),
        *(("TRUSTED_PROXIES", value, "10.0.0.0/8") for value in ("proxy", "10.0.0.1/8", "*")),
        ("AUTH_HEADER", "X User", "X-Forwarded-User"),
        ("AUTH_ROLE_HEADER", "X_Groups", "X-Forwarded-Groups"),
        *(
            ("AUTH_ROLES", value, "*=viewer")
            for value in ("kim", "kim=boss", "=viewer", "kim=screen", "kim=viewer,")
        ),
        *(
            ("OIDC_ISSUER", value, "https://accounts.example")
            for value in ("accounts.example", "http://accounts.example", "https://", "ftp://x")
        ),
        ("OIDC_CLIENT_ID", "a b", "one word"),
        ("QC_CODE", "opc", "flag, da or ua"),
    ],
)
def test_a_wrong_value_is_named_with_the_way_out(name, value, hint):
    with pytest.raises(BadSetting) as caught:
        from_env({name: value})
    assert f"{name}={value!r}" in str(caught.value)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, "host=db password=hush hush") for name in ("TS_DSN", "TS_DSN_READ")),
        *((name, "host=db pass=hush") for name in ("DATABASE_URL", "TS_DSN_WRITE")),
        ("TS_DSN", "postgresql://me:hush@[::1/plant"),
        ("REDIS_URL", "http://:hush@cache:6379/0"),
        ("REDIS_URL", "redis://:hush@cache:port/0"),
    ],
)
def test_a_wrong_address_is_named_and_its_password_is_not_shown(name, value):
    with pytest.raises(BadSetting) as caught:
        from_env({name: value})
    assert f"{name} cannot be used; it must be" in str(caught.value)
    assert "hush" not in "".join(traceback.format_exception(caught.value))


NAMES = [name for record in fields(Settings) for name in record.metadata["env"]]


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_refuses_nonsense(name):
    """What no setting should take: below a file, no number, no zone, no address."""
    with pytest.raises(BadSetting, match=f"^{name}.*; it must be "):
        from_env({name: f"{__file__}/ ~"})


def test_a_host_beyond_loopback_needs_a_word_about_authentication():
    with pytest.raises(BadSetting, match="AUTH=none"):
        from_env({"HOST": "0.0.0.0"})
    for auth in ("none", "password"):
        assert from_env({"HOST": "0.0.0.0", "AUTH": auth}).host == "0.0.0.0"


def test_the_refusal_of_an_open_host_says_what_to_choose():
    with pytest.raises(BadSetting) as caught:
        from_env({"HOST": "0.0.0.0"})
    for choice in ("127.0.0.1", "AUTH=password, proxy or oidc", "AUTH=none"):
        assert choice in str(caught.value)


OIDC = {"AUTH": "oidc", "OIDC_ISSUER": "https://a.example", "OIDC_CLIENT_ID": "ksys"}


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        ({"AUTH": "proxy"}, "TRUSTED_PROXIES"),
        ({"AUTH": "oidc"}, "OIDC_ISSUER"),
        ({"AUTH": "oidc", "OIDC_ISSUER": "https://a.example"}, "OIDC_CLIENT_ID"),
        (OIDC, "OIDC_CLIENT_SECRET"),
    ],
)
def test_a_way_to_sign_in_names_what_it_needs(environment, missing):
    with pytest.raises(BadSetting, match=f"needs {missing}; set it"):
        from_env(environment)


def test_ways_and_lists_are_read():
    settings = from_env(
        OIDC
        | {
            "AUTH": "oidc, password",
            "OIDC_CLIENT_SECRET": "x",
            "AUTH_ROLES": "kim=administrator, *=viewer",
            "TRUSTED_PROXIES": "127.0.0.1,10.0.0.0/8,::1",
            "TRUSTED_HOSTS": "Ksys.example,[::1]:8443",
        }
    )
    assert settings.signs_in == ("oidc", "password")
    assert settings.auth_roles == (("kim", "administrator"), ("*", "viewer"))
    assert [str(each) for each in settings.trusted_proxies] == [
        "127.0.0.1/32",
        "10.0.0.0/8",
        "::1/128",
    ]
    assert settings.trusted_hosts == ("ksys.example", "[::1]:8443")
    assert from_env({"AUTH": "none"}).signs_in == from_env({}).signs_in == ()
