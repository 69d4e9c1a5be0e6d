"""Long lists of tags on the page of files: what is told of a short one is told of them too."""

import re
from contextlib import closing

import psycopg2
import pytest
from playwright.sync_api import expect

from data.store import install
from tests.browser.test_export_page import WAIT_MS, opened, quiet
from tests.conftest import _new_database, started_site

__all__ = ["quiet"]
pytestmark = [pytest.mark.db, pytest.mark.browser]
COUNT = 260
NAMES = [f"SITE-01.AREA-02.UNIT-03.TEMPERATURE.{number:04}" for number in range(COUNT)]
READINGS = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT timestamptz '2026-03-01 00:00Z' + minute * interval '1 min', tag, minute
    FROM generate_series(0, 3) AS minute, unnest(%s) AS tag
"""
DAY = "start=2026-03-01T00:00Z&stop=2026-03-02T00:00Z"


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture(scope="module")
def many(server_dsn, tmp_path_factory):
    """The address of a site whose tags fill more than the longest address."""
    dsn = _new_database(server_dsn)
    with closing(psycopg2.connect(dsn)) as connection, connection.cursor() as cursor:
        install.install(connection)
        cursor.execute(READINGS, (NAMES,))
        connection.commit()
    address, process = started_site(dsn, KSYS_DATA=str(tmp_path_factory.mktemp("many")))
    yield address
    process.kill()
    process.wait(15)


def test_of_a_long_list_the_first_rows_and_the_size_are_told(many, quiet):
    opened(quiet, f"{many}/export?tag_like=SITE*&{DAY}")
    expect(quiet.locator("#export-preview-said")).to_contain_text("The first 20 rows")
    size = quiet.locator("#export-estimate dd").first  # of many tags the time may not suffice
    expect(size).to_have_text(re.compile("≈|not known"), timeout=WAIT_MS)


@pytest.mark.parametrize("between", ["\n", ", ", ";", "\t"])
def test_a_long_list_is_pasted_whole(many, quiet, between):
    quiet.context.grant_permissions(["clipboard-read", "clipboard-write"])
    quiet.goto(f"{many}/export?{DAY}")
    quiet.evaluate("text => navigator.clipboard.writeText(text)", between.join(NAMES))
    quiet.focus("#export-add")
    quiet.keyboard.press("Control+v")
    expect(quiet.locator(".chip").last).to_have_text("and 200 more", timeout=WAIT_MS)
    expect(quiet.locator("#export-preview-said")).to_contain_text("20 rows", timeout=WAIT_MS)
    expect(quiet.locator("#export-download")).to_be_enabled(timeout=WAIT_MS)
    with quiet.expect_download(timeout=2 * WAIT_MS) as download:
        quiet.click("#export-download")
    assert download.value.path().read_bytes().count(b"\r\n") == 1 + 4 * COUNT


def test_more_names_than_a_call_has_values_are_taken_and_those_that_lack_are_removed(many, quiet):
    quiet.context.grant_permissions(["clipboard-read", "clipboard-write"])
    quiet.goto(f"{many}/export?{DAY}")
    every = "\n".join([*NAMES, *(f"TYPO.{number:05}" for number in range(12_000))])
    quiet.evaluate("text => navigator.clipboard.writeText(text)", every)
    quiet.focus("#export-add")
    quiet.keyboard.press("Control+v")
    remove = quiet.get_by_role("button", name="Remove 12,000 that do not exist")
    remove.click(timeout=3 * WAIT_MS)
    expect(quiet.locator("#export-tags-said")).to_contain_text(f"{COUNT} tags", timeout=WAIT_MS)
    expect(quiet.locator("#export-download")).to_be_enabled(timeout=WAIT_MS)


def test_a_list_that_no_call_holds_says_how_long_it_is_and_goes_away(many, quiet):
    quiet.goto(f"{many}/export?{DAY}")
    expect(quiet.locator("#export-tags-said")).to_contain_text("Choose", timeout=WAIT_MS)
    quiet.evaluate(
        """() => window.dash_clientside.set_props("export-tags",
            {data: {tag: [...Array(70000).keys()].map((n) => `UNIT.${n + 100000}`),
                    tag_like: [], group: []}})"""
    )
    refused = quiet.locator("#export-refused-tags")
    expect(refused).to_contain_text("70,000 names are more than", timeout=3 * WAIT_MS)
    expect(quiet.locator("#export-download")).to_be_disabled()
    quiet.get_by_role("button", name="Remove all").click()
    expect(refused).to_be_hidden(timeout=WAIT_MS)
