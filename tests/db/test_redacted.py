"""No part of a DSN stands in the log, on stdout, on a stranger's page or in a viewer's status."""

import logging
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg2
import pytest
from psycopg2.extensions import make_dsn, parse_dsn

from data.db import pool
from data.db.redacted import line_of, parts_of, redacted
from data.errors import HistorianUnavailable
from operations import logs
from operations.watch import Watch
from settings import Settings
from tests.db.test_failures import refusing
from tests.support.app import whole_app
from tests.support.people import add_people, signed_in

#: Of every DSN here; each could be of nothing else.
OURS = {"user": "secretive", "dbname": "hiddenplant", "password": "hushhush"}
#: What a server says -> what of it helps whoever mends it.
SAID = {
    'password authentication failed for user "secretive"': "password authentication failed",
    'database "hiddenplant" does not exist': "does not exist",
    'role "secretive" does not exist': "does not exist",
    'no pg_hba.conf entry for host "10.9.8.7", user "secretive", database "hiddenplant", SSL off': (
        "no pg_hba.conf entry"
    ),
    'role "secretive" is not permitted to log in': "not permitted to log in",
    'permission denied for database "hiddenplant"': "permission denied",
    "no such database: hiddenplant": "no such database",
    '사용자 "secretive"의 password 인증을 실패했습니다': "인증을 실패했습니다",
    "sorry, too many clients already": "too many clients",
}


@contextmanager
def log_written(form: str) -> Iterator[None]:
    """Write the log to stderr as the app does, and as before afterwards."""
    loggers = [logging.getLogger(name) for name in ("", "ksys", "ksys.query")]
    before = loggers[0].handlers[:], [each.level for each in loggers]
    hook = threading.excepthook
    logs.write(form, "debug", queries=True)
    try:
        yield
    finally:
        threading.excepthook = hook
        loggers[0].handlers[:], levels = before
        for each, level in zip(loggers, levels, strict=True):
            each.setLevel(level)


def secrets(dsn: str) -> list[str]:
    """Return what of a DSN may stand nowhere, with the addresses of its host."""
    given = parse_dsn(dsn)
    texts = [given[name] for name in ("host", "port", *OURS, "sslrootcert") if name in given]
    return [*texts, "127.0.0.1", "10.9.8.7", "::1"]


def assert_hidden(text: str, dsn: str, where: str) -> None:
    """Assert that a text holds no part of a DSN."""
    for secret in secrets(dsn):
        found = re.search(rf"(?<![\w-]){re.escape(secret)}(?!\w)", text)
        assert found is None, f"{where} says {secret}: {text[max(0, found.start() - 200) :][:400]}"


def assert_told_to_nobody(dsn: str, tmp_path, capsys, form: str = "plain") -> str:
    """Assert that no part of a DSN that leads nowhere is told; return the log."""
    add_people(tmp_path)
    closed = whole_app(Settings(dsn=dsn, auth=("password",), data_dir=str(tmp_path))).server
    viewer = signed_in(closed, "viewer")  # from where is logged, and is no part of a DSN
    with log_written(form):
        page = viewer.get("/status.json").text
        Watch(lambda _age: None).look()
        open_ = whole_app(Settings(dsn=dsn, data_dir=str(tmp_path))).server.test_client()
        page += open_.get("/status.json").text + open_.get("/overview/frame").text
        page += open_.get("/trend?tag=D1", headers={"Accept": "text/html"}).text
        logging.getLogger("ksys").exception("a job failed", exc_info=caught())
        logging.getLogger("ksys").warning("a job waits: %s", caught().__cause__)
    written = capsys.readouterr()
    assert written.err.count("\n") > 3, "the failure is told"
    assert_hidden(page.replace("http://localhost/", "/"), dsn, "a page")
    assert_hidden(written.out, dsn, "stdout")
    assert_hidden(written.err, dsn, "the log")
    return written.err


def caught() -> HistorianUnavailable:
    """Return why the historian cannot be asked, with what the driver said as its cause."""
    pool.connect(**_State.connected)
    with pytest.raises(HistorianUnavailable) as failure:
        pool.database_now()
    return failure.value


class _State:
    connected: dict[str, str] = {}


@pytest.fixture(autouse=True)
def remembered(monkeypatch) -> None:
    """Let `caught` ask the historian of the last app anew."""
    connect: Callable[..., None] = pool.connect

    def remembering(dsn: str, **chosen: object) -> None:
        _State.connected = {"dsn": dsn}
        connect(dsn, **chosen)

    monkeypatch.setattr(pool, "connect", remembering)


def own(dsn: str) -> str:
    """Return a DSN with our role, database and password."""
    return make_dsn(dsn, **OURS)


@pytest.mark.parametrize("said", SAID)
def test_what_a_server_says_is_logged_without_the_dsn(said, tmp_path, capsys):
    with refusing(said) as dsn:
        log = assert_told_to_nobody(own(dsn), tmp_path, capsys)
    assert SAID[said] in log
    assert re.search(r"; (historian_\w+|SQLSTATE \w{5})\)", log)


@pytest.mark.parametrize("form", ["plain", "json"])
@pytest.mark.parametrize(
    ("dsn", "told"),
    [
        ("host=localhost port=28917", "Connection refused"),
        ("host=localhost,127.0.0.1 port=28917,28918", "Connection refused"),
        ("hostaddr=127.0.0.1 port=28917", "Connection refused"),
        ("host=historian-of-ours.invalid port=5432", "could not translate"),
        ("host=/nowhere/of/ours port=6543", "No such file"),
    ],
)
def test_what_the_driver_says_is_logged_without_the_dsn(dsn, told, form, tmp_path, capsys):
    log = assert_told_to_nobody(own(dsn), tmp_path, capsys, form)
    assert told in log


@pytest.mark.parametrize("tls", ["require", "verify-full sslrootcert=/nowhere/of/ours/root.crt"])
def test_a_tls_that_is_refused_is_logged_without_the_dsn(tls, tmp_path, capsys):
    with refusing("never said") as dsn:
        assert_told_to_nobody(own(f"{dsn} sslmode={tls}"), tmp_path, capsys)


@pytest.mark.db
@pytest.mark.parametrize("name", ["user", "dbname"])
def test_a_real_server_that_refuses_is_logged_without_the_dsn(server_dsn, name, tmp_path, capsys):
    dsn = make_dsn(server_dsn, **{name: OURS[name]})
    failure = pytest.raises(psycopg2.OperationalError, psycopg2.connect, dsn).value
    assert OURS[name] in str(failure), "the server names it"
    add_people(tmp_path)
    whole_app(Settings(dsn=dsn, data_dir=str(tmp_path)))
    with log_written("plain"):
        Watch(lambda _age: None).look()
        logging.getLogger("ksys").exception("a job failed", exc_info=caught())
    log = capsys.readouterr().err
    assert "does not exist" in log and "Traceback" in log
    for part in (OURS[name], parse_dsn(dsn)["host"]):
        assert part not in log


def test_an_error_of_a_statement_keeps_its_code_and_its_relation():
    parts = parts_of("host=db dbname=plant user=kim")
    said = 'relation "plant_x.influx_hist" does not exist'
    assert redacted(said, parts) == said
    assert redacted('permission denied for database "plant"', parts).endswith("for the database")


def test_an_unreadable_dsn_is_not_quoted():
    text = "host=db kim:hush"
    error = pytest.raises(psycopg2.ProgrammingError, psycopg2.connect, text).value
    assert "hush" in str(error), "libpq quotes it"
    line = line_of(error, parts_of(text)) or ""
    assert line.startswith("ProgrammingError: ") and "hush" not in line


def test_names_that_are_words_are_replaced_as_such_and_numbers_stay():
    parts = parts_of("host=10.1.2.3 port=5432 dbname=plant user=plant-reader")
    said = "plant-reader at 10.1.2.3:5432 read plants of plant in 15432 ms at 08:00:00"
    assert redacted(said, parts) == (
        "the role at the host:the port read plants of the database in 15432 ms at 08:00:00"
    )
