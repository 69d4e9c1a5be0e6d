"""A database of another coding than UTF-8: its words are read, or a sentence says what to name."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta

import pytest
from psycopg2.extensions import make_dsn, parse_dsn

from data import queries
from data.db import cache, pool
from data.db.writing import writing
from data.errors import HistorianUnavailable
from tests.support.historians import START, Historian, asked, regrouped, same, wave

pytestmark = [pytest.mark.db, pytest.mark.one_server("a database of its own for each coding")]
PUMP, NO_LETTERS = "펌프 토출압력", "🔥"
TABLE = "CREATE TABLE influx_hist (ts timestamptz, tag_name text, value float8, qc smallint)"
INDEX = "CREATE INDEX ON influx_hist (tag_name, ts DESC)"


@pytest.fixture
def coded(database: str) -> Iterator[Callable[[str, str], str]]:
    """Make databases of a coding that hold readings of a Korean name, in its letters or others'."""
    made, server = list[str](), Historian(database)

    def dsn_of(coding: str, written: str) -> str:
        made.append(f"{parse_dsn(database)['dbname']}_{len(made)}")
        server.run(f"CREATE DATABASE {made[-1]} ENCODING '{coding}' TEMPLATE template0 LOCALE 'C'")
        dsn = make_dsn(database, dbname=made[-1])
        historian = Historian(make_dsn(dsn, client_encoding=written))
        with closing(historian.connection):
            historian.run(f"{TABLE}; {INDEX}")
            historian.write(wave(START, 1, 60), PUMP)
        return dsn

    yield dsn_of
    pool.dispose()
    for name in made:
        server.run(f"DROP DATABASE {name}")
    server.connection.close()


def assert_read(dsn: str) -> None:
    """Assert that the readings of the Korean name are shown, and that there is no other tag."""
    pool.connect(dsn)
    cache.forget()
    assert list(queries.tags()) == [PUMP]
    question = asked(PUMP, "10m", START, START + timedelta(hours=1))
    same(queries.history(question), regrouped(wave(START, 1, 60), "10m"))
    for name in (NO_LETTERS, f"{PUMP}{NO_LETTERS}"):
        assert queries.tag(name) is None, "no tag there has a name that its letters do not write"


@pytest.mark.parametrize("coding", ["EUC_KR", "SQL_ASCII", "UTF8"])
def test_korean_names_are_read_from_databases_of_other_codings(
    coded: Callable[[str, str], str], coding: str
) -> None:
    dsn = coded(coding, "UTF8")
    assert_read(dsn)
    with writing(dsn, "--dsn") as connection, connection.cursor() as cursor:
        cursor.execute("SHOW client_encoding")
        assert cursor.fetchone() == ("UTF8",), "files are copied as UTF-8"


def test_letters_of_a_coding_that_a_database_does_not_tell_are_named_by_the_dsn(
    coded: Callable[[str, str], str],
) -> None:
    dsn = coded("SQL_ASCII", "EUC_KR")
    pool.connect(dsn)
    cache.forget()
    with pytest.raises(HistorianUnavailable, match="client_encoding=EUC_KR") as failure:
        queries.tags()
    assert failure.value.key == "historian_coding"
    assert_read(make_dsn(dsn, client_encoding="EUC_KR"))
