"""Events and forecasts on a trend: strangers' texts stay texts, switches stand in the address."""

import re
from contextlib import closing

import psycopg2
import pytest
from playwright.sync_api import expect

from tests.browser.test_meanwhile import holding, until_held
from tests.browser.test_trend import WAIT_MS, opened
from tests.support.charts import STILL

pytestmark = pytest.mark.browser
FILL = """
    CREATE TABLE influx_op_log (ts timestamptz, state text);
    CREATE TABLE predictions (ts timestamptz, tag_name text, horizon text, yhat float8,
        pi_low float8, pi_high float8, model_id text, version text);
    INSERT INTO influx_op_log
    SELECT now() - interval '2 h', '<img src=x onerror=window.stranger=1>start';
    INSERT INTO predictions
    SELECT now() + k * interval '5 min', 'D101', '1 h', 150, 140, 160, '<b>m</b>', '3'
    FROM generate_series(-40, 20) AS k;
"""


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture(scope="module")
def site(start_module_site, fresh_plant_dsn):
    """A plant whose log and forecasts are there."""
    with closing(psycopg2.connect(fresh_plant_dsn)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('influx_op_log')")
        if cursor.fetchone() == (None,):
            cursor.execute(FILL)
            connection.commit()
    address, _process = start_module_site(fresh_plant_dsn, REFRESH_SECONDS="3600")
    return address


def test_an_event_is_marked_and_listed_as_the_text_that_it_is(tab, site):
    opened(tab, f"{site}/trend?lang=en&tag=D101&window=6h")
    expect(tab.locator("#trend-chart .annotation-text", has_text="⚑")).to_contain_text(
        "<img src=x", timeout=WAIT_MS
    )
    tab.locator(".events-list summary").click()
    expect(tab.locator("#trend-events li")).to_contain_text("<img src=x onerror=")
    assert tab.evaluate("window.stranger") is None


def test_events_and_forecasts_are_switched_and_stand_in_the_address(tab, site):
    opened(tab, f"{site}/trend?lang=en&tag=D101&window=6h")
    event = tab.locator("#trend-chart .annotation-text", has_text="⚑")
    expect(event).to_have_count(1, timeout=WAIT_MS)
    tab.get_by_role("button", name="Forecast").click()
    tab.wait_for_url(re.compile("forecast=on"), timeout=WAIT_MS)
    said = tab.locator("#trend-notice")
    expect(said).to_contain_text("forecast of D101 by <b>m</b>, version 3", timeout=WAIT_MS)
    tab.get_by_role("button", name="Events").click()
    tab.wait_for_url(re.compile("events=off"), timeout=WAIT_MS)
    expect(event).to_have_count(0, timeout=WAIT_MS)
    expect(tab.locator(".events-list")).to_be_hidden()
    tab.get_by_role("button", name="Forecast").click()
    expect(tab).not_to_have_url(re.compile("forecast"), timeout=WAIT_MS)


def test_a_second_click_takes_back_the_first_before_its_answer(tab, site):
    opened(tab, f"{site}/trend?lang=en&tag=D101&window=6h")
    switch = tab.get_by_role("button", name="Forecast")
    expect(switch).to_have_attribute("aria-pressed", "false", timeout=WAIT_MS)
    held = holding(tab, "..trend-chart.figure")
    switch.click()
    until_held(tab, held)
    switch.click()
    until_held(tab, held, 2)
    held.let_go()
    tab.wait_for_function(STILL)
    assert "forecast=on" not in tab.url
    expect(switch).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize("name", ["events", "forecast"])
def test_a_switch_that_is_neither_on_nor_off_is_refused(tab, site, name):
    tab.goto(f"{site}/trend?lang=en&tag=D101&{name}=maybe")
    said = tab.locator("#trend-notice")
    expect(said).to_contain_text(f"{name} is 'maybe'; write on or off.", timeout=WAIT_MS)
