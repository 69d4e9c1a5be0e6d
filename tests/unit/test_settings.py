"""Settings come from the environment, and a wrong one is named."""

import pytest

from settings import BadSetting, Settings, from_env


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
        ("PORT", "http", "1 or more"),
        ("PORT", "0", "1 or more"),
        ("SITE_TZ", "Mars/Base", "IANA name"),
        ("SITE_TZ", "../etc/passwd", "IANA name"),
        ("TS_POOLER", "maybe", "0 or 1"),
        ("SITE_LANGUAGE", "fr", "en or ko"),
        ("AUTH", "basic", "none"),
    ],
)
def test_a_wrong_value_is_named_with_the_way_out(name, value, hint):
    with pytest.raises(BadSetting) as caught:
        from_env({name: value})
    assert f"{name}={value!r}" in str(caught.value)
    assert hint in str(caught.value)


def test_a_host_beyond_loopback_needs_a_word_about_authentication():
    with pytest.raises(BadSetting, match="AUTH=none"):
        from_env({"HOST": "0.0.0.0"})
    assert from_env({"HOST": "0.0.0.0", "AUTH": "none"}).host == "0.0.0.0"
