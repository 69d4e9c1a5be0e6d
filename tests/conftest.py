"""A fresh PostgreSQL database for whoever asks, on one embedded server a session."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import make_dsn
from selenium.webdriver.chrome.options import Options

from data import embedded

CHROMIUM_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1440,900",
)
_numbers = itertools.count(1)


def pytest_setup_options() -> Options:
    """Give dash[testing] a Chromium that also starts as root and calls nobody."""
    options = Options()
    for flag in CHROMIUM_FLAGS:
        options.add_argument(flag)
    return options


@pytest.fixture(scope="session")
def server_dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The DSN of an embedded server that lives as long as the test session."""
    directory: Path = tmp_path_factory.mktemp("historian") / "pg"
    server = embedded.start(directory, fsync=False)
    yield server.dsn
    server.release()


def _new_database(server: str) -> str:
    name = f"test_{next(_numbers)}"
    connection = psycopg2.connect(server)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
    connection.close()
    return make_dsn(server, dbname=name)


@pytest.fixture
def database(server_dsn: str) -> str:
    """The DSN of an empty database, one a test."""
    return _new_database(server_dsn)


@pytest.fixture(scope="module")
def module_database(server_dsn: str) -> str:
    """The DSN of an empty database, one a test module."""
    return _new_database(server_dsn)
