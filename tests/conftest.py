"""What tests stand on: a database of their own, a plant, a running site, a browser."""

import itertools
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import flask
import hypothesis
import psycopg2
import pytest
from flask_babel import Babel
from psycopg2.extensions import make_dsn
from selenium.webdriver.chrome.options import Options

from data import embedded
from tests.support import citus
from tests.support.chromium import CHROMIUM_FLAGS
from tests.support.citus import CITUS

ROOT = Path(__file__).parent.parent
pytest_plugins = ["tests.support.historians", "tests.support.needs", "tests.support.browsers"]

#: `BASE_PATH=/ksys pytest -m browser` runs every site, and so every test, below a path.
BASE_PATH = os.environ.get("BASE_PATH", "")
_numbers = itertools.count(1)
#: A test that says nothing of workers asks one, whatever the machine carries.
ONE_WORKER = {"WEB_CONCURRENCY": "1"}
#: A site is waited for two minutes: a machine that carries much else takes half a one to start it.
SITE_TRIES = 1_200
#: A real TimescaleDB for the tests that read: `tests/db` runs on it instead of the embedded server.
TIMESCALE = os.environ.get("TEST_TIMESCALE_DSN", "")
_foreign: list[str] = []  # the databases made on it

# A noisy machine is no fault of the code: no test asserts a time.
hypothesis.settings.register_profile("ksys", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.register_profile("fast", deadline=None, max_examples=20)
hypothesis.settings.load_profile("ksys")


def pytest_setup_options() -> Options:
    """Give dash[testing] a Chromium that also starts as root and calls nobody."""
    options = Options()
    for flag in (*CHROMIUM_FLAGS, "--window-size=1440,900"):
        options.add_argument(flag)
    return options


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A directory that no test had before and that every user may enter.

    Below pytest's own a server that root starts would move to the shelter of its path, and a later
    test whose name begins alike would find its data there.
    """
    with tempfile.TemporaryDirectory(prefix="ksys-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name).resolve()


@pytest.fixture(scope="session")
def server_dsn() -> Iterator[str]:
    """The DSN of an embedded server that lives as long as the test session.

    `TEST_TIMESCALE_DSN` names a TimescaleDB instead, on which databases may be made and dropped,
    and `TEST_CITUS_DSN` the coordinator of a Citus cluster.
    """
    if CITUS:
        yield CITUS
        citus.drop_databases(_foreign)
        return
    if TIMESCALE:
        yield TIMESCALE
        _drop_databases(TIMESCALE)
        return
    with tempfile.TemporaryDirectory(prefix="ksys-", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        directory.chmod(0o755)
        server = embedded.start(directory, fsync=False)
        yield server.dsn
        server.release()
        for _ in range(100):  # its files can go when the server is gone
            if not list((directory / "postgres/socket").glob(".s.PGSQL.*")):
                break
            time.sleep(0.1)


def _new_database(server: str) -> str:
    if server == CITUS:
        _foreign.append(citus.new_database())
        return make_dsn(server, dbname=_foreign[-1])
    name = f"test_{next(_numbers)}" if server != TIMESCALE else f"ksys_test_{uuid.uuid4().hex}"
    with closing(psycopg2.connect(server)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        # Else each of its pages goes through the log, which takes three times as long.
        way = "STRATEGY FILE_COPY" if server != TIMESCALE else ""
        cursor.execute(f'CREATE DATABASE "{name}" {way}')
    dsn = make_dsn(server, dbname=name)
    if server == TIMESCALE:
        _foreign.append(name)
        with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS timescaledb")
            # Policies that run at moments of their own would refresh what a test has yet to write.
            cursor.execute("SELECT _timescaledb_functions.stop_background_workers()")
            connection.commit()
    return dsn


def _drop_databases(server: str) -> None:
    with closing(psycopg2.connect(server)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        for name in _foreign:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def database(server_dsn: str, request: pytest.FixtureRequest) -> str:
    """The DSN of an empty database, one a test; on a cluster the same, emptied."""
    if server_dsn == CITUS:
        return citus.emptied(request.getfixturevalue("cluster_database"))
    return _new_database(server_dsn)


@pytest.fixture(scope="session")
def cluster_database(server_dsn: str) -> str:
    """The DSN of a database on a cluster for one test after the other."""
    return _new_database(server_dsn)


@pytest.fixture(scope="module")
def module_database(server_dsn: str) -> str:
    """The DSN of an empty database, one a test module."""
    return _new_database(server_dsn)


@pytest.fixture(scope="session")
def plant_dsn(server_dsn: str) -> str:
    """The DSN of a database with the demonstration plant of the last three days, never written."""
    from data.demo import plant
    from data.store import install

    dsn = _new_database(server_dsn)
    if CITUS:
        return _plant_on_a_cluster(dsn)
    with closing(psycopg2.connect(dsn)) as connection:
        install.install(connection)
        plant.seed(connection, datetime.now(UTC), days=3)
        connection.commit()
    return dsn


def _plant_on_a_cluster(dsn: str) -> str:
    """Return the DSN of a cluster with the plant, which only a single server can be seeded with."""
    from data.demo import plant
    from data.store import install

    one = citus.single()
    _foreign.append(citus.database_of(one))
    for each in (one, dsn):
        with closing(psycopg2.connect(each)) as connection:
            install.install(connection)
    with closing(psycopg2.connect(one)) as connection:
        plant.seed(connection, datetime.now(UTC), days=3)
        connection.commit()
    citus.distribute(dsn)
    citus.copied(one, dsn, (*citus.COPIED, *citus.LEFT))
    return dsn


@pytest.fixture
def in_english() -> Iterator[None]:
    """The words of a viewer who reads English."""
    app = flask.Flask("test")
    Babel(app)
    with app.test_request_context():
        yield


def free_port() -> int:
    """Return a port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def started_site(
    dsn: str, program: Sequence[str] = ("app.py",), **environment: str
) -> tuple[str, subprocess.Popen[bytes]]:
    """Start Ksys over a historian; return its address and process once it answers.

    Parameters
    ----------
    program : what Python runs
    """
    port = int(environment.get("PORT") or free_port())
    process = subprocess.Popen(
        [sys.executable, *program],
        cwd=ROOT,
        env={**os.environ, **ONE_WORKER, "TS_DSN": dsn, "PORT": str(port), **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}{environment.get('BASE_PATH', BASE_PATH)}"
    for _ in range(SITE_TRIES):
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=1).close()
            return address, process
        except OSError:
            assert process.poll() is None, "the site ended before it answered"
            time.sleep(0.1)
    process.kill()
    raise AssertionError("the site did not answer")


@contextmanager
def _starting() -> Iterator[Any]:
    processes = []

    def start(dsn: str, *program: str, **environment: str) -> tuple[str, subprocess.Popen[bytes]]:
        address, process = started_site(dsn, program or ("app.py",), **environment)
        processes.append(process)
        return address, process

    yield start
    for process in processes:
        process.kill()
        process.wait(15)


@pytest.fixture
def start_site() -> Iterator[Any]:
    """A function like `started_site`; what it started ends with the test."""
    with _starting() as start:
        yield start


@pytest.fixture(scope="module")
def start_module_site() -> Iterator[Any]:
    """The same for what ends with the module: for sites that its tests only read."""
    with _starting() as start:
        yield start


@pytest.fixture(scope="session")
def site(plant_dsn: str) -> Iterator[str]:
    """The address of Ksys running over the demonstration plant."""
    address, process = started_site(plant_dsn)
    yield address
    process.terminate()
    process.wait(15)


@pytest.fixture(scope="session")
def living_site(server_dsn: str) -> Iterator[str]:
    """The address of Ksys over a plant that goes on being fed, so that it stays fresh."""
    from data.demo import plant
    from data.store import install
    from tests.support import plants

    dsn, stop = _new_database(server_dsn), threading.Event()
    with closing(psycopg2.connect(dsn)) as connection:
        install.install(connection)
        plant.seed(connection, datetime.now(UTC), days=2)
        connection.commit()
    feeder = threading.Thread(target=plants.feed, args=(dsn, stop))
    feeder.start()
    address, process = started_site(dsn)
    yield address
    process.terminate()
    process.wait(15)
    stop.set()
    feeder.join(30)


@pytest.fixture(scope="module")
def fresh_plant_dsn(module_database: str) -> str:
    """The DSN of a plant made for this module: its last minutes hold readings."""
    from data.demo import plant
    from data.store import install

    if CITUS:
        return _plant_on_a_cluster(module_database)
    with closing(psycopg2.connect(module_database)) as connection:
        install.install(connection)
        plant.seed(connection, datetime.now(UTC), days=3)
        connection.commit()
    return module_database


@pytest.fixture(scope="module")
def fresh_site(fresh_plant_dsn: str) -> Iterator[str]:
    """The address of Ksys over the plant made for this module."""
    address, process = started_site(fresh_plant_dsn)
    yield address
    process.terminate()
    process.wait(15)
