"""Settings come from the environment, and a wrong one is named."""

import traceback
from dataclasses import fields

import pytest
from psycopg2 import extensions

from data.errors import BadSetting
from data.shared import address
from settings import Settings, database_address, from_env, slips


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
        *(
            ("KSYS_DATA", text, "without blanks")
            for text in ("var ", "var\r", " ", "'var'", '"var"')
        ),
        *(("KSYS_DATA", text, "a shell alone replaces") for text in ("~/var", "$HOME/var")),
        *((name, " ", "host=db dbname=plant") for name in ("TS_DSN", "DATABASE_URL")),
        *((name, " ", "host=db dbname=plant") for name in ("TS_DSN_READ", "TS_DSN_WRITE")),
        ("DEMO", "2", "0 or 1"),
        ("LOG_FORMAT", "xml", "plain or json"),
        ("LOG_LEVEL", "loud", "debug, info"),
        ("QUERY_LOG", "all", "0 or 1"),
        ("TS_DSN", "nonsense", "host=db dbname=plant"),
        ("DATABASE_URL", "nonsense", "host=db dbname=plant"),
        ("TS_DSN_READ", "nonsense", "host=db dbname=plant"),
        ("TS_DSN_WRITE", "nonsense", "host=db dbname=plant"),
        ("REDIS_URL", "nonsense", "redis://cache:6379/0"),
        ("SITE_NAME", 61 * "n", "at most 60 characters"),
        ("SITE_NAME", "North\nplant", "at most 60 characters"),
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
        ("APP_ENV", "live", "production or development"),
        ("ALLOW_INSECURE_DB", "perhaps", "0 or 1"),
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


def test_replicas_without_their_historian_are_not_taken_for_the_demonstration():
    with pytest.raises(BadSetting, match="TS_DSN_READ needs TS_DSN; set it, too"):
        from_env({"TS_DSN_READ": "host=standby dbname=plant"})
    both = {"TS_DSN_READ": "host=standby", "TS_DSN": "host=primary"}
    assert not from_env(both).embedded


def test_what_a_page_is_told_of_the_settings_holds_no_secret():
    given = {"REDIS_URL": "redis://:hush@cache", "CACHE_SECRET": "hush-hush-hush-hush"}
    given |= {"TS_DSN": "host=hush", "TS_DSN_READ": "host=hush", "TS_DSN_WRITE": "host=hush"}
    settings = from_env(given)
    assert "hush" not in repr(settings.public()) + repr(settings) + repr(
        address(given["REDIS_URL"])
    )
    assert settings.public()["port"] == 8050


NAMES = [name for record in fields(Settings) for name in record.metadata["env"]]


@pytest.mark.parametrize("name", [name for name in NAMES if name != "SITE_NAME"])
def test_every_setting_refuses_nonsense(name):
    """What no setting but a name should take: below a file, no number, no zone, no address."""
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


SECRETS = [
    name
    for record in fields(Settings)
    if record.metadata["secret"]
    for name in record.metadata["env"]
]


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_secret_can_stand_in_a_file_whose_last_line_may_end(tmp_path, end):
    file = tmp_path / "dsn"
    file.write_bytes(f"host=a password='x\\n y '{end}".encode())
    assert from_env({"TS_DSN_FILE": str(file)}).dsn == "host=a password='x\\n y '"
    assert [
        *("TS_DSN", "DATABASE_URL", "TS_DSN_READ", "TS_DSN_WRITE", "REDIS_URL", "CACHE_SECRET"),
        "OIDC_CLIENT_SECRET",
    ] == SECRETS


@pytest.mark.parametrize("name", SECRETS)
def test_a_file_of_a_secret_that_cannot_be_used_is_named_and_not_shown(tmp_path, name):
    wrong = {"hush": b"hush hush", "binary": b"\xffhush", "empty": b"\n", "zero": b"hush\0hush"}
    for kind, content in wrong.items():
        file = tmp_path / kind
        file.write_bytes(content)
        with pytest.raises(BadSetting, match=f"{name}_FILE") as caught:
            from_env({f"{name}_FILE": str(file)})
        told = str(caught.value).replace(str(file), "")
        assert "hush" not in told
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(BadSetting, match=f"{name}_FILE=.* cannot be read"):
            from_env({f"{name}_FILE": str(path)})
    with pytest.raises(BadSetting, match=f"{name} and {name}_FILE are both set"):
        from_env({f"{name}_FILE": "/dev/zero", name: "x"})
    with pytest.raises(BadSetting, match=f"{name}_FILE='/dev/zero' cannot be read"):
        from_env({f"{name}_FILE": "/dev/zero"})


def test_what_holds_no_secret_is_not_read_from_a_file():
    assert from_env({"PORT_FILE": "/dev/zero"}).port == 8050


VERIFIED = [
    "host=db sslmode=verify-full",
    "postgresql://me@db/plant?sslmode=verify-full&sslrootcert=system",
    "host=/run/postgresql",
    "host=/run/a,/run/b",
    "host=@abstract",
]
OPEN = [
    "host=db",
    "dbname=plant",
    "postgresql://me@db/plant?sslmode=verify-ca",
    "host=db sslmode=require",
    "host=/run/a,db",
    "host=/run/a hostaddr=10.0.0.1",
]


@pytest.mark.parametrize("name", ["TS_DSN", "DATABASE_URL", "TS_DSN_READ", "TS_DSN_WRITE"])
def test_in_production_a_historian_is_verified(name):
    rest = {"TS_DSN": VERIFIED[0]} if name == "TS_DSN_READ" else {}
    for dsn in OPEN:
        with pytest.raises(BadSetting, match=f"^{name} reaches .* sslmode=verify-full"):
            from_env({**rest, name: dsn, "APP_ENV": "production"})
        for other in ({}, {"APP_ENV": "development"}):
            from_env({**rest, name: dsn, **other})
        from_env({**rest, name: dsn, "APP_ENV": "production", "ALLOW_INSECURE_DB": "1"})
    for dsn in VERIFIED:
        from_env({**rest, name: dsn, "APP_ENV": "production"})


@pytest.mark.parametrize(
    "dsn", ["host=db password=hush", "postgresql://me:hush@db/plant", "host=db sslpassword=hush"]
)
def test_a_password_of_an_option_would_stand_in_ps_and_is_refused(dsn):
    with pytest.raises(BadSetting, match="--dsn holds a password") as caught:
        database_address("--dsn", dsn)
    assert "hush" not in "".join(traceback.format_exception(caught.value))
    assert database_address("--dsn", "host=db user=me") == "host=db user=me"


#: A password with a sign that should be quoted, in every place where it ends the password.
@pytest.mark.parametrize(
    "sign", ["@", "/", "?", "#", ":", "%", "[", "]", ",", " ", "@/", "@?", "?@"]
)
def test_an_unquoted_sign_of_a_password_shows_no_part_of_it(sign):
    text = f"postgresql://me:hush{sign}tail@db:5432/plant"
    try:
        read = extensions.parse_dsn(from_env({"TS_DSN": text}).dsn)
        assert (read["host"], read["password"]) == ("db", f"hush{sign}tail")
    except BadSetting as refusal:
        told = "".join(traceback.format_exception(refusal))
        assert "hush" not in told and "tail" not in told


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("TS_DNS", "TS_DSN"),
        ("KSYS_DIR", "KSYS_DATA"),
        ("TRUSTED_PROXY", "TRUSTED_PROXIES"),
        ("EXPORT_TIMEOUT", "EXPORT_TIMEOUT_MS"),
        ("REDIS_URL_FIEL", "REDIS_URL_FILE"),
        ("SITE_NAME_FILE", "SITE_NAME"),
    ],
)
def test_a_variable_that_looks_like_a_setting_and_is_none_is_told_with_the_one_that_is(name, meant):
    assert slips({name: "x", "PORT": "80"}) == {name: meant}
    assert slips({name: ""}) == {}


def test_variables_of_settings_and_of_others_are_no_slips():
    settings = {name: "x" for record in fields(Settings) for name in record.metadata["env"]}
    of_cluster = {"KSYS_SERVICE_HOST": "x", "KSYS_PORT_8050_TCP": "x", "KSYS_HOST": "x"}
    others = dict.fromkeys(("PGHOST", "PGPORT", "HOME", "PATH", "LOGNAME", "TZ", "LANG"), "x")
    assert slips(settings | of_cluster | others | {"TS_DSN_FILE": "x"}) == {}
