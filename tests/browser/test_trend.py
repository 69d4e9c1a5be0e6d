"""The trend page in a real browser over a real historian."""

import csv
import re
import signal
import urllib.parse
import urllib.request
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg2
import psycopg2.extensions
import pytest
from playwright.sync_api import expect

from data.store import install
from tests.support.charts import settled

pytestmark = pytest.mark.browser

WAIT_MS = 60_000
ODD_TAGS = ["<script>alert(1)</script>", "'; drop table influx_hist; --", '가나/다 "q"', "=1+1"]
REFUSED = {
    "tag=nope": "There is no tag 'nope'",
    "tag=D101&window=9q": "There is no window '9q'",
    "tag=D101&start=2026-01-02&stop=2026-01-01": "start must be before stop",
    "tag=D101&start=tomorrow&stop=2026-01-01": "not a time",
    "tag=D101&start=2026-01-01": "Only start is given",
    "tag=D101&start=2026-01-01&stop=2099-01-01": "more than a day from now",
    "tag=D101&start=1900-01-01&stop=2026-01-01": "before 1970",
    "tag=D101&zoom=here": "zoom is 'here'",
    "tag=D101&statistic=median": "There is no statistic 'median'",
    "tag=D101&tz=Mars%2FBase": "There is no time zone 'Mars/Base'",
    "tag=D101&resolution=7s": "There is no resolution '7s'",
    "tag=D101&window=24h&resolution=1s": "choose a shorter window or a coarser resolution",
    "&".join(f"tag=t{i}" for i in range(500)): "500 tags are asked for",
    **{f"tag={urllib.parse.quote(tag)}": "There is no tag" for tag in ODD_TAGS},
}


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture
def site(fresh_site):
    """A plant made for this module, however long the session has lasted."""
    return fresh_site


def opened(tab, address, page="trend"):
    """Open an address and wait until its chart is drawn; return the tab."""
    tab.goto(address)
    expect(tab.locator(f"#{page}-seeing")).not_to_be_empty(timeout=WAIT_MS)
    tab.locator(f"#{page}-chart .trace").first.wait_for(state="attached", timeout=WAIT_MS)
    return tab


def seeing(tab, text, page="trend"):
    """Wait until the line under the chart says something."""
    expect(tab.locator(f"#{page}-seeing")).to_contain_text(text, timeout=WAIT_MS)


def drag(tab, start, stop):
    """Drag over a part of the chart, from a share of its width to another."""
    box = tab.locator("#trend-chart .nsewdrag").first.bounding_box()
    middle = box["y"] + box["height"] / 2
    tab.mouse.move(box["x"] + box["width"] * start, middle)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] * (start + stop) / 2, middle)
    tab.mouse.move(box["x"] + box["width"] * stop, middle)
    tab.mouse.up()


def parameters(tab):
    """Return what the address says."""
    return urllib.parse.parse_qs(urllib.parse.urlsplit(tab.url).query)


def figure(tab, page="trend"):
    """Return what plotly holds: name, y as list, axis of each trace; ranges; shapes."""
    return tab.evaluate(
        f"""(() => {{
          const plot = document.querySelector('#{page}-chart .js-plotly-plot');
          const layout = plot._fullLayout;
          return {{
            traces: plot._fullData.map((t) => ({{
              name: t.name, axis: t.yaxis, shape: t.line && t.line.shape, text: t.text,
              colour: t.line && t.line.color, fill: t.fill, length: t._length,
            }})),
            range: layout.xaxis.range, title: layout.yaxis.title.text,
            bands: (layout.shapes || []).length,
            notes: (layout.annotations || []).map((a) => a.text),
          }};
        }})()"""
    )


def test_two_tags_are_drawn_with_an_axis_a_unit_and_said_in_one_line(site, tab):
    opened(tab, site + "/trend?tag=D101&tag=D300")
    seeing(tab, "coverage")
    drawn = figure(tab)
    assert {trace["axis"] for trace in drawn["traces"]} == {"y", "y2"}
    assert sum(trace["fill"] == "tonexty" for trace in drawn["traces"]) == 2
    assert any(note.startswith("H 180 bar") for note in drawn["notes"])
    expect(tab.locator("#trend-chips tr")).to_have_count(2)
    expect(tab.locator("#trend-seeing")).to_contain_text("raw below")


def test_an_address_without_a_tag_shows_the_first_one_and_says_so_in_the_address(site, tab):
    opened(tab, site + "/trend")
    assert parameters(tab)["tag"] == ["D100"]


def test_a_zoom_asks_again_down_to_the_reading_and_a_double_click_returns(site, tab):
    opened(tab, site + "/trend?tag=D101")
    seeing(tab, "1 min buckets")
    drag(tab, 0.50, 0.53)
    seeing(tab, "every reading")
    expect(tab).to_have_url(re.compile("zoom="), timeout=WAIT_MS)
    expect(tab.locator("#trend-reset")).to_be_enabled()
    assert figure(tab)["traces"][-1]["length"] > 100
    box = tab.locator("#trend-chart .nsewdrag").first.bounding_box()
    tab.mouse.dblclick(box["x"] + 200, box["y"] + 80)
    seeing(tab, "1 min buckets")
    expect(tab).not_to_have_url(re.compile("zoom="), timeout=WAIT_MS)


@pytest.mark.parametrize("page", ["trend", "tech"])
def test_a_button_leaves_the_zoom_and_is_off_without_one(site, tab, page):
    opened(tab, f"{site}/{page}?tag=D101&window=24h", page)
    reset = tab.locator(f"#{page}-reset")
    expect(reset).to_be_disabled()
    box = tab.locator(f"#{page}-chart .nsewdrag").first.bounding_box()
    tab.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 60)
    tab.mouse.down()
    tab.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 60, steps=3)
    tab.mouse.up()
    expect(tab).to_have_url(re.compile("zoom="), timeout=WAIT_MS)
    expect(reset).to_be_enabled(timeout=WAIT_MS)
    reset.click()
    expect(tab).not_to_have_url(re.compile("zoom="), timeout=WAIT_MS)
    expect(reset).to_be_disabled(timeout=WAIT_MS)


def test_a_link_reproduces_the_view(site, tab):
    opened(tab, site + "/trend?tag=D101&tag=D300&statistic=max")
    drag(tab, 0.2, 0.8)
    tab.wait_for_url(re.compile("zoom="), timeout=WAIT_MS)
    seeing(tab, "30 s buckets")
    said, shown = tab.locator("#trend-seeing").inner_text(), figure(tab)["range"]
    link = tab.url
    opened(tab, link)
    expect(tab.locator("#trend-seeing")).to_have_text(said)
    assert figure(tab)["range"] == shown
    assert tab.url == link


def test_steps_go_back_and_forward_and_arrive_at_the_live_window(site, tab):
    opened(tab, site + "/trend?tag=D101&window=1h")
    tab.click("#trend-back")
    tab.wait_for_url(re.compile("zoom="), timeout=WAIT_MS)
    bounds = parameters(tab)["zoom"][0]
    tab.click("#trend-forward")
    expect(tab).not_to_have_url(re.compile("zoom="), timeout=WAIT_MS)
    assert bounds.count("+09:00") == 2
    assert parameters(tab)["window"] == ["1h"]


def test_the_statistic_and_the_window_are_switches(site, tab):
    opened(tab, site + "/trend?tag=D101")
    tab.get_by_text("max", exact=True).click()
    seeing(tab, "max with min–max")
    tab.click("#trend-when")
    tab.get_by_role("button", name="7 d", exact=True).click()
    seeing(tab, "5 min buckets")
    tab.wait_for_url("**window=7d**")
    assert parameters(tab) == {"tag": ["D101"], "statistic": ["max"], "window": ["7d"]}


def test_a_range_of_two_times_is_shown_and_a_reversed_one_refused(site, tab):
    opened(tab, site + "/trend?tag=D101")
    shown = tab.evaluate("new Date(Date.now() - 20 * 3600e3).toISOString().slice(0, 16)")
    later = tab.evaluate("new Date(Date.now() - 18 * 3600e3).toISOString().slice(0, 16)")
    tab.click("#trend-when")
    tab.fill(".time-text", f"{shown}Z / {later}Z")
    tab.press(".time-text", "Enter")
    tab.wait_for_url(re.compile("start="), timeout=WAIT_MS)
    seeing(tab, "every reading")
    tab.click("#trend-when")
    tab.fill(".time-text", f"{later}Z / {shown}Z")
    tab.press(".time-text", "Enter")
    expect(tab.locator("#trend-reads")).to_contain_text("start must be before", timeout=WAIT_MS)


def test_a_tag_is_found_by_its_description_added_and_taken_away(site, tab):
    opened(tab, site + "/trend?tag=D101")
    tab.click("#trend-add")
    expect(tab.locator(".dash-dropdown-search")).to_be_focused()
    tab.keyboard.type("permeate")
    tab.get_by_role("option", name=re.compile("D300")).click()
    expect(tab.locator("#trend-chips tr")).to_have_count(2, timeout=WAIT_MS)
    tab.wait_for_url(re.compile("tag=D101&tag=D300"), timeout=WAIT_MS)
    tab.get_by_title("Remove D101").click()
    expect(tab.locator("#trend-chips tr")).to_have_count(1, timeout=WAIT_MS)
    assert parameters(tab)["tag"] == ["D300"]
    tab.get_by_title("Remove D300").click()
    expect(tab.locator("#trend-notice")).to_contain_text("No tag is chosen", timeout=WAIT_MS)


def test_the_table_and_the_csv_are_the_rows_of_the_chart(site, tab):
    opened(tab, site + "/trend?tag=D101&window=6h")
    tab.click("#trend-back")
    tab.wait_for_url(re.compile("zoom="), timeout=WAIT_MS)
    expect(tab.locator("#trend-csv")).to_have_attribute(
        "href", re.compile("start=.*stop="), timeout=WAIT_MS
    )
    settled(tab)
    seeing(tab, "buckets")
    address = tab.locator("#trend-csv").evaluate("link => link.href")
    with urllib.request.urlopen(address, timeout=30) as answer:
        lines = answer.read().decode("utf-8-sig").split("\r\n")[1:-1]
    buckets = int(
        re.search(r"([\d,]+) buckets", tab.inner_text("#trend-seeing"))[1].replace(",", "")
    )
    assert len(lines) == buckets
    first = tab.locator('#trend-rows [row-index="0"] [col-id="time"]')
    expect(first).to_have_text(lines[0].split(",")[2].replace("T", " "), timeout=WAIT_MS)


def test_a_state_is_a_step_line_with_words(site, tab):
    opened(tab, site + "/trend?tag=D101&tag=P100")
    line = figure(tab)["traces"][-1]
    assert line["shape"] == "hv"
    assert set(line["text"]) <= {"on", "off", ""}
    expect(tab.locator("#trend-chart .y2tick").filter(has_text="on")).to_have_count(1)


def test_the_silent_tag_shows_its_gap(site, tab):
    opened(tab, site + "/trend?tag=D200&window=1h")
    seeing(tab, "one gap of")


def test_a_window_without_readings_says_when_the_newest_was(site, tab):
    tab.goto(site + "/trend?tag=D200&window=5m")
    expect(tab.locator("#trend-notice")).to_contain_text(
        "Tag D200 has no readings in this window; its newest is of", timeout=WAIT_MS
    )


def test_a_live_window_moves_with_the_clock(start_site, fresh_plant_dsn, tab):
    site, _process = start_site(fresh_plant_dsn, REFRESH_SECONDS="1")
    opened(tab, site + "/trend?tag=D101&window=10m")
    before = figure(tab)["range"]
    tab.wait_for_function(
        "before => document.querySelector('#trend-chart .js-plotly-plot')"
        "._fullLayout.xaxis.range[1] !== before",
        arg=before[1],
        timeout=WAIT_MS,
    )


def test_a_window_that_lies_still_is_not_asked_for_again(start_site, fresh_plant_dsn, tab):
    site, _process = start_site(fresh_plant_dsn, REFRESH_SECONDS="1")
    opened(tab, site + "/trend?tag=D101&window=1h")
    tab.click("#trend-back")
    tab.wait_for_url(re.compile("zoom="), timeout=WAIT_MS)
    settled(tab)
    asked = []
    tab.on("request", lambda request: asked.append(request.post_data or ""))
    tab.wait_for_timeout(3000)
    assert [text for text in asked if "trend-question" in text] == []


def test_a_server_that_dies_leaves_the_chart_which_looks_old_and_its_age_is_told(
    start_site, fresh_plant_dsn, tab
):
    site, process = start_site(fresh_plant_dsn, REFRESH_SECONDS="1")
    opened(tab, site + "/trend?tag=D101&window=10m")
    expect(tab.locator(".is-old")).to_have_count(0)
    process.send_signal(signal.SIGKILL)
    expect(tab.locator("#trend-age")).to_contain_text("No answer for", timeout=40_000)
    assert figure(tab)["traces"]
    for part in (".chart", ".legend__number", ".legend__state"):
        expect(
            tab.locator(f".page--trend tbody {part}, .page--trend .panel > {part}").first
        ).to_have_css("opacity", "0.4")


def readings(dsn, tags, seconds=600):
    """Write readings of the last ten minutes, one every five seconds."""
    with closing(psycopg2.connect(dsn)) as connection:
        install.install(connection)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO influx_hist (ts, tag_name, value)"
                " SELECT now() - n * interval '5 s', tag, 100 + n %% 7"
                " FROM generate_series(0, %s) n, unnest(%s) tag",
                [seconds // 5, list(tags)],
            )
        connection.commit()


def test_a_historian_that_goes_down_leaves_the_chart_and_comes_back_by_itself(
    start_site, database, server_dsn, tab
):
    readings(database, ["D1"])
    site, _process = start_site(database, REFRESH_SECONDS="1")
    opened(tab, site + "/trend?tag=D1&window=10m")
    name = psycopg2.extensions.parse_dsn(database)["dbname"]
    with closing(psycopg2.connect(server_dsn)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        expect(tab.locator("#trend-notice")).to_contain_text("historian", timeout=40_000)
        assert figure(tab)["traces"]
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    expect(tab.locator("#trend-notice")).to_be_empty(timeout=60_000)
    expect(tab.locator("#trend-age")).to_be_empty(timeout=WAIT_MS)


@pytest.mark.parametrize("page", ["trend", "tech"])
def test_a_tag_of_any_name_is_a_tag_like_any_other(start_site, database, tab, page):
    readings(database, ODD_TAGS)
    site, _process = start_site(database)
    for tag in ODD_TAGS:
        opened(tab, f"{site}/{page}?window=10m&tag={urllib.parse.quote(tag)}", page)
        expect(tab.locator(f"#{page}-chips b").first).to_have_text(tag)
        cell = tab.locator(f'#{page}-rows [row-index="0"] [col-id="tag"]')
        expect(cell).to_have_text(tag, timeout=WAIT_MS)
        assert parameters(tab)["tag"] == [tag]
        address = tab.locator(f"#{page}-csv").evaluate("link => link.href")
        with urllib.request.urlopen(address, timeout=30) as answer:
            rows = list(csv.DictReader(answer.read().decode("utf-8-sig").splitlines()))
        assert rows[0]["tag"] == ("'" + tag if tag.startswith("=") else tag)


@pytest.mark.parametrize(("query", "words"), REFUSED.items(), ids=range(len(REFUSED)))
def test_a_bad_link_gets_a_sentence_that_names_it(site, tab, query, words):
    failed = []
    tab.on("response", lambda answer: failed.append(answer.url) if answer.status >= 500 else None)
    tab.goto(f"{site}/trend?{query}")
    expect(tab.locator("#trend-notice")).to_contain_text(words, timeout=WAIT_MS)
    assert failed == []
    assert tab.locator("script", has_text="alert(1)").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_chart_takes_the_colours_of_the_theme(site, tab, theme):
    tab.emulate_media(color_scheme=theme)
    opened(tab, site + "/trend?tag=D101")
    token = tab.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--s1')")
    assert figure(tab)["traces"][-1]["colour"] == token.strip()


def test_a_switched_theme_repaints_the_chart(site, tab):
    tab.emulate_media(color_scheme="light")
    opened(tab, site + "/trend?tag=D101")
    tab.locator("#theme").click()
    tab.wait_for_function(
        "() => document.querySelector('#trend-chart .js-plotly-plot')._fullData.at(-1).line.color"
        " === '#7fb2e0'",
        timeout=WAIT_MS,
    )


def test_the_axis_shows_the_site_s_clock_wherever_the_browser_stands(site, chromium):
    ranges = []
    for zone in ("UTC", "America/New_York"):
        context = chromium.new_context(timezone_id=zone, locale="en-US")
        page = context.new_page()
        zoom = urllib.parse.quote("2026-01-01T10:00:00+09:00/2026-01-01T11:00:00+09:00")
        page.goto(f"{site}/trend?tag=D101&zoom={zoom}")
        page.wait_for_function(
            "() => String(document.querySelector('#trend-chart .js-plotly-plot')"
            "?._fullLayout?.xaxis?.range?.[0]).startsWith('2026-01-01')",
            timeout=WAIT_MS,
        )
        ranges.append(figure(page)["range"])
        context.close()
    assert ranges[0] == ranges[1]
    assert ranges[0][0].startswith("2026-01-01T10:00")


@pytest.mark.parametrize("name", ["trend", "tech"])
def test_a_window_that_begins_at_a_tick_has_its_date_below_it(site, tab, name):
    """Beside numbers of three digits an axis stands so near to the edge that it had no room."""
    start = (datetime.now(UTC) - timedelta(hours=8)).replace(minute=0, second=0, microsecond=0)
    window = f"start={start:%Y-%m-%dT%H:%MZ}&stop={start + timedelta(hours=4):%Y-%m-%dT%H:%MZ}"
    opened(tab, f"{site}/{name}?tag=D101&tz=UTC&{window}", name)
    label = tab.locator(f"#{name}-chart .xtick text", has_text=f"{start:%Y-%m-%d}").first
    expect(label).to_be_visible(timeout=WAIT_MS)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_phone_needs_no_sideways_scroll(site, tab, lang):
    tab.set_viewport_size({"width": 390, "height": 844})
    opened(tab, f"{site}/trend?tag=D101&tag=D300&lang={lang}")
    expect(tab.locator("#trend-time .time-button")).to_contain_text("–", timeout=WAIT_MS)
    assert tab.evaluate("document.documentElement.scrollWidth") == 390


def test_the_page_speaks_korean_down_to_the_tools_of_the_chart(site, tab):
    opened(tab, site + "/trend?tag=D101&lang=ko")
    seeing(tab, "수집률")
    expect(tab.locator("#trend-csv")).to_have_text("화면의 행")
    expect(tab.locator("#trend-rows")).to_contain_text("평균", timeout=WAIT_MS)
    titles = tab.locator("#trend-chart .modebar-btn").evaluate_all(
        "buttons => buttons.map(b => b.getAttribute('data-title') || b.getAttribute('aria-label'))"
    )
    assert len(titles) == 5 and not re.search("[A-Za-z]", "".join(titles))
    expect(tab.locator("[data-pops=trend-picture-panel]")).to_contain_text("그림")


def test_the_link_is_copied(site, chromium):
    context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    opened(page, site + "/trend?tag=D101&window=1h")
    page.click("#trend-copy")
    page.click("#trend-copy-live")
    expect(page.locator("#trend-copy")).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    context.close()


def test_using_the_page_breaks_no_policy_and_asks_no_other_machine(site, tab):
    asked, complaints = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: complaints.append(message.text))
    opened(tab, site + "/trend?tag=D101&tag=P100")
    tab.locator('#trend-rows [row-index="0"]').first.wait_for(timeout=WAIT_MS)
    tab.mouse.move(700, 400)
    drag(tab, 0.2, 0.4)
    tab.wait_for_url(re.compile("zoom="), timeout=WAIT_MS)
    tab.click("#trend-reset")
    settled(tab)
    assert [url for url in asked if not url.startswith((site, "data:", "blob:"))] == []
    assert [text for text in complaints if "Content Security Policy" in text] == []


def test_an_answer_of_a_day_with_envelope_is_at_most_40_kb_on_the_wire(site, tab):
    sizes = []
    session = tab.context.new_cdp_session(tab)
    session.send("Network.enable")
    urls = {}
    session.on("Network.responseReceived", lambda e: urls.update({e["requestId"]: e["response"]}))
    session.on(
        "Network.loadingFinished",
        lambda e: sizes.append((e["encodedDataLength"], urls.get(e["requestId"], {}).get("url"))),
    )
    opened(tab, site + "/trend?tag=D101")
    settled(tab)
    answers = [size for size, url in sizes if url and "_dash-update-component" in url]
    assert 5_000 < max(answers) <= 40_000
