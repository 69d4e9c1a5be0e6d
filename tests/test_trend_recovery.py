"""A page opened while the historian is down, in a real browser."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2
import pytest
from playwright.sync_api import expect

from data import installation

pytestmark = pytest.mark.browser


@contextmanager
def closed(database: str, server_dsn: str) -> Iterator[None]:
    """Let nobody into a database for a while."""
    name = psycopg2.extensions.parse_dsn(database)["dbname"]
    with closing(psycopg2.connect(server_dsn)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        yield
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


@pytest.mark.parametrize("window", ["window=10m", "start=2026-01-01T00:00&stop=2026-01-01T01:00"])
def test_a_page_opened_while_the_historian_was_down_comes_up_by_itself(
    start_site, database, server_dsn, tab, window
):
    with closing(psycopg2.connect(database)) as connection:
        installation.install(connection)
        connection.cursor().execute("INSERT INTO influx_hist VALUES (now(), 'D1', 42)")
        connection.commit()
    with closed(database, server_dsn):
        site, _process = start_site(database, REFRESH_SECONDS="1")
        tab.goto(f"{site}/trend?tag=D1&{window}&lang=en")
        expect(tab.locator("#trend-notice")).to_contain_text("historian", timeout=40_000)
    expect(tab.locator("#trend-seeing")).to_contain_text("influx_hist", timeout=60_000)
