"""Numbers and times as they are read: at the cursor, on its axis, in its table, on the card."""

import csv
import io
import random
import re
import urllib.parse
import urllib.request
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest
from playwright.sync_api import expect
from psycopg2.extras import Json, execute_values

from data.store import install, rollups
from tests.conftest import started_site
from tests.support.decimals import on_page

pytestmark = pytest.mark.browser
WAIT_MS = 60_000
ZONES = (
    *("Asia/Seoul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"),
    *("America/Santiago", "Asia/Kolkata"),
)
#: When clocks are changed, where they are.
CHANGES = {
    "Europe/Berlin": datetime(2026, 3, 29, 1, tzinfo=UTC),
    "America/New_York": datetime(2026, 3, 8, 7, tzinfo=UTC),
    "Australia/Lord_Howe": datetime(2026, 4, 4, 15, tzinfo=UTC),
    "America/Santiago": datetime(2026, 4, 5, 3, tzinfo=UTC),
}
#: In most of the zones clocks are changed in it.
START, DAYS = datetime(2026, 2, 1, tzinfo=UTC), 84
#: How a tag goes: its reading at each of 100 steps.
EXAMPLES = {
    "counter": lambda k: 4_294_967_295.0 + k,
    "saw": lambda k: 1883.31 + 0.0003 * (k % 2),
    "micro": lambda k: 4e-6 + 1e-8 * (k % 5),
    "huge": lambda k: 7e17 + 1e15 * (k % 9),
    "constant": lambda k: 183.4,
    "plain": lambda k: 180.0 + (k % 7) / 100,
}
#: All that is read of a chart and of its table: a text a point, and a row for each.
READ = """async page => {
  const plot = document.querySelector(`#${page}-chart .js-plotly-plot`);
  const api = await dash_ag_grid.getApiAsync(`${page}-rows`);
  const rows = [];
  while (!api.getDisplayedRowAtIndex(0)?.data) await new Promise(done => setTimeout(done, 50));
  api.forEachNode(node => {
    if (!node.data) return;
    const text = key => api.getCellValue({ rowNode: node, colKey: key, useFormatter: true });
    const keys = ["avg", "min", "max", "last"];
    rows.push([node.data.time, Object.fromEntries(keys.map(key => [key, text(key)]))]);
  });
  const axis = plot._fullLayout.xaxis;
  const line = plot.calcdata.find(points => points[0].trace.meta?.part === "line");
  const drawn = [];
  for (const { x } of line.filter(point => point.x !== undefined)) {
    const clientX = plot.getBoundingClientRect().left + axis._offset + axis.l2p(x);
    plot.dispatchEvent(new PointerEvent("pointermove", { clientX, pointerType: "mouse" }));
    const told = name => document.querySelector(name).textContent;
    const row = [".legend__value b", ".legend__range"].map(name => `#${page}-chips ${name}`);
    drawn.push([told(`#${page}-value-at`), row.map(told)]);
  }
  const ticks = [...plot.querySelectorAll(".ytick text")].map(each => each.textContent);
  const times = [...plot.querySelectorAll(".xtick text")].map(each => each.textContent);
  return { rows, drawn, ticks, times };
}"""


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture(scope="module")
def site(module_database):
    """A site over tags of every scale."""
    draw = random.Random(4)
    found = []
    for hour in range(DAYS * 24):
        found.append((START + timedelta(hours=hour), "daily", 180 + draw.gauss(0, 3)))
    for k in range(100):
        at = START + timedelta(days=200, seconds=30 * k)
        found += [(at, name, value(k)) for name, value in EXAMPLES.items()]
        # About each change of clocks, so close that every reading is drawn.
        for change in CHANGES.values():
            at = change + timedelta(milliseconds=7013 * (k - 50))
            found.append((at, "close", 50 + draw.random()))
    with closing(psycopg2.connect(module_database)) as connection:
        install.install(connection)
        with connection, connection.cursor() as cursor:
            told = [(name, "bar", Json({})) for name in ("daily", "close", *EXAMPLES)]
            execute_values(cursor, "INSERT INTO influx_tag (tag_name, unit, meta) VALUES %s", told)
            rows = "INSERT INTO influx_hist (ts, tag_name, value) VALUES %s"
            execute_values(cursor, rows, sorted(found, key=lambda row: (row[1], row[0])))
        rollups.refresh(connection)
    address, process = started_site(module_database)
    yield address
    process.terminate()
    process.wait(15)


def shown(tab, site, page="trend", **query):
    """Return what is read of the chart and table of an address, and the rows of its file."""
    text = urllib.parse.urlencode(query)
    tab.goto(f"{site}/{page}?{text}")
    tab.locator(f"#{page}-chart .trace").first.wait_for(state="attached", timeout=WAIT_MS)
    tab.locator(f"#{page}-rows .ag-center-cols-container [col-id=no]").first.wait_for()
    expect(tab.locator(f"#{page}-value-at")).not_to_be_empty(timeout=WAIT_MS)
    read = tab.evaluate(READ, page)
    with urllib.request.urlopen(f"{site}/{page}/rows.csv?{text}") as answer:
        file = list(csv.DictReader(io.StringIO(answer.read().decode("utf-8-sig"))))
    return read, file


def compared(read, file, column="avg"):
    """Return how many points of a chart were compared with their row of the table and the file."""
    table = dict(read["rows"])
    of_file = {datetime.fromisoformat(row["time"]): row for row in file}
    assert len(read["drawn"]) >= 50
    for time, texts in read["drawn"]:
        assert time in table, f"{time} is no time of the table, as {next(iter(table))} is"
        number = table[time][column]
        assert texts[0] == number, time
        assert texts[1] in ("", f"{table[time]['min']} – {table[time]['max']}"), time
        row = of_file[datetime.fromisoformat(time)]
        assert row["time"][-6:] == time[-6:]
        digits = len(number.partition(".")[2])
        if "e" not in number:
            assert on_page(f"{float(row[column]):,.{digits}f}") == number
    return len(read["drawn"])


@pytest.mark.parametrize("zone", ZONES)
def test_a_day_has_the_same_name_and_number_at_the_cursor_in_the_table_and_the_file(
    site, tab, zone
):
    stop = START + timedelta(days=DAYS)
    window = {"start": START.isoformat(), "stop": stop.isoformat(), "resolution": "1d"}
    read, file = shown(tab, site, tag="daily", tz=zone, **window)
    assert compared(read, file) >= DAYS - 1
    assert all(time[11:19] in ("00:00:00", "01:00:00") for time, _ in read["drawn"][1:])
    if len({time[-6:] for time, _ in read["drawn"]}) > 1:
        assert all(re.search(r"[+-]\d\d:\d\d$", tick) for tick in read["times"]), read["times"]


@pytest.mark.parametrize("zone", ZONES)
def test_a_reading_has_the_same_time_to_the_millisecond_everywhere(site, tab, zone):
    change = CHANGES.get(zone, CHANGES["Europe/Berlin"])
    start, stop = change - timedelta(minutes=6), change + timedelta(minutes=6)
    window = {"start": start.isoformat(), "stop": stop.isoformat()}
    read, file = shown(tab, site, tag="close", tz=zone, **window)
    assert compared(read, file) == 100
    assert all("." in time for time, _ in read["drawn"])


@pytest.mark.parametrize("tag", EXAMPLES)
def test_numbers_of_every_scale_are_told_apart_at_the_cursor_in_table_axis_and_card(site, tab, tag):
    start = START + timedelta(days=200)
    window = {"start": start.isoformat(), "stop": (start + timedelta(hours=1)).isoformat()}
    read, file = shown(tab, site, tag=tag, **window)
    compared(read, file)
    texts = {row["last"] for _, row in read["rows"]}
    assert len(texts) == len({value(k) for value in [EXAMPLES[tag]] for k in range(100)})
    assert len({text.partition(".")[2].partition("e")[0].__len__() for text in texts}) == 1
    assert len(set(read["ticks"])) == len(read["ticks"]) >= 2, read["ticks"]
