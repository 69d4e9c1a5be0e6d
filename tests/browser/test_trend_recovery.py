"""A page opened while the historian is down, in a real browser."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2
import pytest
from playwright.sync_api import expect

from data.store import install

pytestmark = pytest.mark.browser


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture
def site(fresh_site):
    """A plant made for this module, however long the session has lasted."""
    return fresh_site


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
        install.install(connection)
        connection.cursor().execute("INSERT INTO influx_hist VALUES (now(), 'D1', 42)")
        connection.commit()
    with closed(database, server_dsn):
        site, _process = start_site(database, REFRESH_SECONDS="1")
        tab.goto(f"{site}/trend?tag=D1&{window}&lang=en")
        expect(tab.locator("#trend-notice")).to_contain_text("historian", timeout=40_000)
    expect(tab.locator("#trend-seeing")).to_contain_text("reading", timeout=60_000)


@pytest.mark.parametrize("page", ["trend", "tech"])
def test_a_page_opened_in_an_outage_shows_the_last_good_answer_and_says_of_when_it_is(
    start_site, database, server_dsn, tab, page
):
    with closing(psycopg2.connect(database)) as connection:
        install.install(connection)
        connection.cursor().execute(
            "INSERT INTO influx_hist SELECT now() - n * interval '5 s', 'D1', n % 7"
            " FROM generate_series(0, 720) n"
        )
        connection.commit()
    site, _process = start_site(database, REFRESH_SECONDS="1")
    address = f"{site}/{page}?tag=D1&window=10m&lang=en"
    tab.goto(address)
    expect(tab.locator(f"#{page}-seeing")).to_contain_text("readings", timeout=40_000)
    with closed(database, server_dsn), closing(psycopg2.connect(server_dsn)) as connection:
        connection.autocommit = True
        connection.cursor().execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [psycopg2.extensions.parse_dsn(database)["dbname"]],
        )
        expect(tab.locator(f"#{page}-notice")).to_contain_text("of 20", timeout=40_000)
        tab.reload()
        notice = tab.locator(f"#{page}-notice")
        expect(notice).to_contain_text("What is shown is of 20", timeout=40_000)
        expect(tab.locator(f"#{page}-seeing")).to_contain_text("kept from", timeout=10_000)
        trace = tab.locator(f"#{page}-chart .scatterlayer .trace").first
        expect(trace).to_be_attached(timeout=20_000)
        expect(tab.locator(f".page--{page}.is-old")).to_have_count(1)
        assert " old" not in notice.inner_text(), "an age that stands would soon be wrong"
        row = tab.locator(f'#{page}-rows [row-index="0"] [col-id="tag"]')
        expect(row).to_have_text("D1", timeout=20_000)
        file = tab.locator(f"#{page}-csv").evaluate("link => link.href")
        assert tab.request.get(file).status == 503
    expect(notice).to_be_empty(timeout=60_000)
    expect(tab.locator(".is-old")).to_have_count(0)
