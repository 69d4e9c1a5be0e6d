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
        ("SITE_LANGUAGE", "fr", "en or ko"),
        ("AUTH", "basic", "none"),
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
        *(("REDIS_URL", f"redis://:12{sign}hush@cache:6379/0") for sign in "/?#"),
        ("CACHE_SECRET", "hush"),
        ("CACHE_SECRET", "hush hush hush hush"),
    ],
)
def test_a_wrong_address_is_named_and_its_password_is_not_shown(name, value):
    with pytest.raises(BadSetting) as caught:
        from_env({name: value})
    assert f"{name} cannot be used; it must be" in str(caught.value)
    assert "hush" not in "".join(traceback.format_exception(caught.value))


def test_a_shared_cache_needs_a_secret():
    with pytest.raises(BadSetting, match="CACHE_SECRET to at least 16 characters"):
        from_env({"REDIS_URL": "redis://cache"})
    secret = "0123456789abcdef"
    assert from_env({"REDIS_URL": "redis://cache", "CACHE_SECRET": secret}).cache_secret == secret


def test_what_a_page_is_told_of_the_settings_holds_no_secret():
    given = {"REDIS_URL": "redis://:hush@cache", "CACHE_SECRET": "hush-hush-hush-hush"}
    given |= {"TS_DSN": "host=hush", "TS_DSN_READ": "host=hush", "TS_DSN_WRITE": "host=hush"}
    told = from_env(given).public()
    assert "hush" not in repr(told)
    assert told["port"] == 8050


NAMES = [name for record in fields(Settings) for name in record.metadata["env"]]


@pytest.mark.parametrize("name", NAMES)
def test_every_setting_refuses_nonsense(name):
    """What no setting should take: below a file, no number, no zone, no address."""
    with pytest.raises(BadSetting, match=f"^{name}.*; it must be "):
        from_env({name: f"{__file__}/ ~"})


def test_a_host_beyond_loopback_needs_a_word_about_authentication():
    with pytest.raises(BadSetting, match="AUTH=none"):
        from_env({"HOST": "0.0.0.0"})
    assert from_env({"HOST": "0.0.0.0", "AUTH": "none"}).host == "0.0.0.0"
