"""The roles that may only read: that of README, and that of the embedded historian's pages."""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import errors
from psycopg2.extensions import make_dsn

import app
from data import queries
from data.db import cache, pool
from data.demo import plant
from settings import Settings
from tests.support.historians import START, Historian, asked, wave
from tests.support.places import ROOT

pytestmark = pytest.mark.db
ATTRIBUTES = "rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls"
FORBIDDEN = (
    "INSERT INTO influx_hist (ts, tag_name, value) VALUES (now(), 'D1', 1)",
    "UPDATE influx_tag SET unit = 'x'",
    "DELETE FROM influx_qc_rule",
    "TRUNCATE influx_hist",
    "DROP TABLE influx_hist",
    "CREATE TABLE mine (a int)",
    "COPY influx_hist TO '/tmp/stolen'",
    "CREATE ROLE another",
)


def assert_only_reads(dsn: str) -> None:
    """Hold that a role has no attribute and may write nothing, in a session that may."""
    with contextlib.closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT {ATTRIBUTES} FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,) * 5
        for statement in FORBIDDEN:
            with pytest.raises(errors.InsufficientPrivilege):
                cursor.execute(statement)
            connection.rollback()


@pytest.fixture
def reader(own: Historian) -> Iterator[str]:
    """The DSN of the role that README makes."""
    info = own.connection.info
    role = f"reads_{info.dbname}"
    (block,) = re.findall(r"```sql\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    for word, name in (("ksys_reader", role), ("plant", info.dbname), ("owner", info.user)):
        block = re.sub(rf"\b{word}\b", name, block)
    own.write(wave(START, 72, 600))
    own.refresh()
    own.run(block)
    yield make_dsn(own.dsn, user=role)
    pool.dispose()
    own.run(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_the_role_of_the_readme_reads_all_that_pages_read_and_writes_nothing(
    own: Historian, reader: str
) -> None:
    stop = START + timedelta(days=2)
    pool.connect(reader)
    cache.forget()
    assert queries.tags().keys() == {"D1"}
    assert queries.latest(("D1",))["value"].notna().all()
    for resolution in ("1m", "10m", "1h", "1d"):
        assert len(queries.history(asked("D1", resolution, START, stop, "UTC")))
    assert queries.catalog().denied == ()
    assert_only_reads(reader)
    own.run("CREATE TABLE later (a int)")
    with contextlib.closing(psycopg2.connect(reader)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM later")


def test_pages_of_the_embedded_historian_read_by_a_role_of_their_own(tmp_path: Path) -> None:
    directory = tmp_path / "own"
    wanted = {each.name: each.default for each in fields(Settings)}
    settings, own = app.open_historian(
        Settings(**wanted | {"data_dir": str(directory), "demo": False})
    )
    assert own is not None and settings.dsn == own.dsn
    try:
        with contextlib.closing(psycopg2.connect(own.dsn)) as connection:
            plant.seed(connection, datetime.now(UTC), days=1)
            connection.commit()
        assert_only_reads(str(settings.dsn_read))
        app.create_app(settings)
        cache.forget()
        assert len(queries.tags()) > 5
        with pool.checkout() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == ("ksys_pages",)
    finally:
        pool.dispose()
        own.release()
