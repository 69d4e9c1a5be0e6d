"""The page of files: what is chosen is the address, what came is whole or called broken."""

import json
import re
import urllib.parse
import urllib.request
from contextlib import closing, contextmanager

import pytest
from playwright.sync_api import expect

from tests.browser.test_bad_input import HOSTILE_TAGS
from tests.browser.test_overview_outage import AXE, OF_DASH
from tests.browser.test_sign_in import sign_in
from tests.conftest import _new_database, started_site
from tests.support.exports import END_ALL, ask, fill
from tests.support.people import add_people, guarded_site

pytestmark = [pytest.mark.db, pytest.mark.browser]
WAIT_MS = 40_000
#: Minor: Dash makes a label of an option.
KNOWN = {**OF_DASH, "aria-allowed-role": ".dash-options-list"}
VIOLATIONS = """async (ofDash) => {
  const known = (each, node) =>
    ofDash[each.id] && document.querySelector(node.target.join(" ")).closest(ofDash[each.id]);
  const found = await axe.run("#content", {resultTypes: ["violations"]});
  return found.violations.flatMap(each => each.nodes.filter(node => !known(each, node)).map(
    node => [each.id, node.target.join(" ")].join(" | ")));
}"""


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture
def site(fresh_site):
    """A plant made for this module, however long the session has lasted."""
    return fresh_site


@pytest.fixture
def quiet(tab):
    """A browser page, which fails the test on a message of its console."""
    said = []
    tab.on("console", lambda message: said.append(message.text))
    yield tab
    assert said == []


def opened(tab, address):
    """Open an address of the page and wait for its first rows; return the tab."""
    tab.goto(address)
    expect(tab.locator("#export-preview-said")).not_to_be_empty(timeout=WAIT_MS)
    return tab


def snippet(tab, name="Address"):
    """Return the lines of a tab."""
    tab.locator("#export-tab").get_by_text(name, exact=True).click()
    expect(tab.locator("#export-snippet")).not_to_be_empty(timeout=WAIT_MS)
    return tab.locator("#export-snippet").inner_text()


def asked(tab):
    """Return the parameters of the address for scripts."""
    return urllib.parse.parse_qs(urllib.parse.urlsplit(snippet(tab)).query)


def shown(tab):
    """Return the parameters of the page's address."""
    return urllib.parse.parse_qs(urllib.parse.urlsplit(tab.url).query)


def content(address):
    """Return what an address gives to a program."""
    with urllib.request.urlopen(address) as answer:
        return answer.read()


def test_what_is_chosen_is_the_address_and_the_address_brings_it_back(site, quiet):
    opened(quiet, f"{site}/export?tag_like=D1*&tag=D302&window=1h&format=csv.gz")
    expect(quiet.locator("#export-tags-said")).to_have_text(
        "4 tags, in this order: D302, D100, D101, D102"
    )
    quiet.locator("#export-window").get_by_text("24 h").click()
    quiet.locator("#export-order").get_by_text("by time").click()
    quiet.locator("#export-readings").get_by_text("unit").click()
    quiet.wait_for_url(re.compile("unit"), timeout=WAIT_MS)
    expect(quiet.locator("#export-snippet")).to_contain_text("order=time", timeout=WAIT_MS)
    query = asked(quiet)
    assert query["tag"] == ["D302", "D100", "D101", "D102"]
    assert query["columns"] == ["tag,time,value,qc,unit"]
    assert "/api/v1/export.csv.gz?" in snippet(quiet)
    link = quiet.url
    assert shown(quiet)["window"] == ["24h"] and shown(quiet)["format"] == ["csv.gz"]
    opened(quiet, link)
    assert asked(quiet)["columns"] == query["columns"] and asked(quiet)["order"] == ["time"]
    expect(quiet.locator("#export-kind .selected")).to_have_text("CSV.gz")
    expect(quiet.locator("#export-signs")).to_be_visible()
    quiet.locator("#export-kind").get_by_text("Parquet").click()
    expect(quiet.locator("#export-signs")).to_be_hidden()


def test_the_first_rows_are_those_of_the_file(site, quiet):
    opened(quiet, f"{site}/export?tag=D101&tag=D300&window=6h&quality=good")
    lines = content(snippet(quiet)).decode().split("\r\n")
    assert quiet.locator(".export-file").inner_text().split("\n") == lines[:21]
    said = quiet.locator("#export-preview-said").inner_text()
    assert said.startswith("The first 20 rows, as CSV, of ksys-D101-D300-")


def test_rows_and_bytes_are_told_beforehand_and_how_they_are_known(site, quiet):
    opened(quiet, f"{site}/export?tag=D101&window=24h")
    told = quiet.locator("#export-estimate")
    expect(told).to_contain_text(
        re.compile(r"Rows\s*≈ [\d.]+K from the counts of buckets"), timeout=WAIT_MS
    )
    rows, size = (each.inner_text() for each in told.locator("dd").all())
    lines = content(snippet(quiet)).count(b"\n") - 1
    assert abs(1_000 * float(rows.split()[1].rstrip("K")) - lines) <= 0.02 * lines
    assert re.match(r"≈ \d+ kB CSV", size.replace("\n", " "))


def test_a_file_that_holds_nothing_says_so(site, quiet):
    opened(quiet, f"{site}/export?tag=D101&start=2001-01-01&stop=2001-01-02")
    expect(quiet.locator("#export-preview-said")).to_contain_text("No row")


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet"])
def test_a_file_is_saved_whole_and_told_of(site, quiet, kind, tmp_path):
    opened(quiet, f"{site}/export?tag=D101&window=24h&format={kind}")
    address = snippet(quiet)
    with quiet.expect_download() as waiting:
        quiet.click("#export-download")
    waiting.value.save_as(tmp_path / "file")
    saved = (tmp_path / "file").read_bytes()
    if kind != "csv.gz":  # its bytes depend on how the historian's answers were cut
        assert saved == content(address)
    assert waiting.value.suggested_filename.endswith(f"-raw.{kind}")
    row = quiet.locator(".export-row")
    expect(row).to_contain_text("✓ whole")
    rows = int(row.locator("td").nth(2).inner_text().replace(",", ""))
    assert rows == content(address.replace(f"export.{kind}", "export.csv")).count(b"\n") - 1
    quiet.reload()
    expect(quiet.locator(".export-row--whole")).to_contain_text(waiting.value.suggested_filename)


def test_a_kept_export_is_fetched_again_and_its_question_opened(site, quiet):
    opened(quiet, f"{site}/export?tag=D101&window=1h")
    with quiet.expect_download():
        quiet.click("#export-download")
    with quiet.expect_download():
        quiet.get_by_role("button", name=re.compile("^Again: ksys-D101")).click()
    expect(quiet.locator(".export-row--whole")).to_have_count(2)
    quiet.get_by_role("link", name=re.compile("^Open the question")).first.click()
    expect(quiet.locator("#export-preview-said")).not_to_be_empty(timeout=WAIT_MS)
    assert shown(quiet)["tag"] == ["D101"] and "start" in shown(quiet)


def test_an_earlier_window_is_chosen_and_its_columns_stand_beside(site, quiet):
    opened(quiet, f"{site}/export?tag=D101&window=1h&resolution=1m")
    quiet.locator("#export-compare").click()
    quiet.get_by_role("option", name="−1 d").click()
    expect(quiet.locator("#export-snippet")).to_contain_text("compare=-1d", timeout=WAIT_MS)
    assert shown(quiet)["compare"] == ["-1d"]
    head = content(snippet(quiet)).decode().splitlines()[0]
    assert "compare_time" in head and "compare_avg" in head
    opened(quiet, quiet.url)
    expect(quiet.locator("#export-compare")).to_contain_text("−1 d")


def test_the_plain_link_is_the_same_address(site, quiet):
    opened(quiet, f"{site}/export?tag=D101&window=1h")
    assert quiet.locator("#export-link").evaluate("a => a.href") == snippet(quiet)


@pytest.mark.parametrize(
    ("query", "step", "said"),
    [
        ("tag=nope", "tags", "There is no tag 'nope'"),
        ("tag_like=z*", "tags", "z*"),
        ("tag=D101&start=2026-01-01", "range", "Only start is given"),
        ("tag=D101&window=9q", "range", "There is no window '9q'"),
        ("tag=D101&tz=Mars/Base", "range", "Mars/Base"),
        ("tag=D101&resolution=7s", "rows", "There is no resolution '7s'"),
        ("tag=D101&compare=-1w", "rows", "single readings have no buckets; add a resolution"),
        ("tag=D101&resolution=1h&compare=-1q", "rows", "compare is '-1q'"),
        ("tag=D101&columns=foo", "columns", "'foo'"),
        ("tag=D101&shape=round", "shape", "'round'"),
        ("tag=D101&decimal=,&separator=,", "format", "A comma cannot be"),
        ("tag=D101&format=docx", "format", "'docx'"),
        *((f"tag={urllib.parse.quote(tag)}", "tags", "There is no tag") for tag in HOSTILE_TAGS),
    ],
)
def test_a_refusal_stands_beside_what_was_asked_for(site, quiet, query, step, said):
    quiet.goto(f"{site}/export?{query}")
    expect(quiet.locator(f"#export-refused-{step}")).to_contain_text(said, timeout=WAIT_MS)
    expect(quiet.locator(".export-refused:visible")).to_have_count(1)
    expect(quiet.locator("#export-download")).to_be_disabled()


@pytest.mark.parametrize("query", ["foo=1", "tag=D101&lang=xx", "tag=D101&x=<script>"])
def test_what_no_control_asks_for_is_refused_at_the_top(site, quiet, query):
    quiet.goto(f"{site}/export?{query}")
    expect(quiet.locator(".notice").first).to_be_visible(timeout=WAIT_MS)


def test_what_is_typed_wrong_is_refused_there_and_right_again_at_once(site, quiet):
    opened(quiet, f"{site}/export?tag=D101&window=1h")
    quiet.fill("#export-start", "yesterday")
    quiet.fill("#export-stop", "2026-11-02")
    quiet.keyboard.press("Enter")
    expect(quiet.locator("#export-refused-range")).to_contain_text("yesterday", timeout=WAIT_MS)
    expect(quiet.locator("#export-snippet")).to_be_hidden()
    quiet.locator("#export-window").get_by_text("24 h").click()
    expect(quiet.locator("#export-refused-range")).to_be_hidden(timeout=WAIT_MS)
    expect(quiet.locator("#export-start")).to_have_value("")
    expect(quiet.locator("#export-download")).to_be_enabled()


#: Two acts of a viewer of which a busy browser tells Dash in one go.
AT_ONCE = """([text, other]) => {
  const field = (name) => document.getElementById(`export-${name}`);
  const type = (node, typed) => {
    node.focus();
    const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
    set.call(node, typed);
    node.dispatchEvent(new Event("input", { bubbles: true }));
  };
  type(field("start"), text);
  if (other) type(field("stop"), other);
  document.activeElement.blur();
  if (!other) field("window").querySelectorAll("input")[1].click();
}"""


@pytest.mark.parametrize(
    ("other", "left"),
    [
        ("2026-11-02", {"start": ["2026-11-01"], "stop": ["2026-11-02"]}),
        ("", {"window": ["24h"]}),
    ],
)
def test_what_is_done_at_once_in_a_busy_browser_does_not_contradict_itself(
    site, quiet, other, left
):
    opened(quiet, f"{site}/export?tag=D101&window=1h")
    quiet.evaluate(AT_ONCE, ["2026-11-01", other])
    quiet.wait_for_url(re.compile("stop=|window=24h"))
    assert shown(quiet) == {"tag": ["D101"], **left}
    expect(quiet.locator("#export-range-said")).to_contain_text("not included.", timeout=WAIT_MS)
    expect(quiet.locator(".export-refused:visible")).to_have_count(0)


def test_the_keyboard_alone_chooses_tags_and_fetches_a_file(site, quiet):
    quiet.goto(f"{site}/export?window=1h")
    expect(quiet.locator("#export-tags-said")).to_contain_text("Choose a tag", timeout=WAIT_MS)
    quiet.focus("#export-add")
    quiet.keyboard.type("D10?")
    quiet.keyboard.press("Enter")
    expect(quiet.locator(".chip")).to_have_text(["D10?pattern, 3 tags✕"], timeout=WAIT_MS)
    expect(quiet.locator("#export-add")).to_have_value("")
    quiet.keyboard.type("D30")
    expect(quiet.locator(".export-offer")).to_have_count(3, timeout=WAIT_MS)
    quiet.keyboard.press("Escape")
    expect(quiet.locator(".export-offer")).to_have_count(0, timeout=WAIT_MS)
    quiet.keyboard.type("D30")
    expect(quiet.locator(".export-offer")).to_have_count(3, timeout=WAIT_MS)
    quiet.keyboard.press("Tab")
    expect(quiet.locator(".export-offer").first).to_be_focused()
    quiet.keyboard.press("Enter")
    expect(quiet.locator(".chip")).to_have_count(2, timeout=WAIT_MS)
    expect(quiet.locator("#export-download")).to_be_enabled(timeout=WAIT_MS)
    quiet.focus("#export-download")
    with quiet.expect_download():
        quiet.keyboard.press("Enter")


def test_a_list_is_pasted_and_taken_away_again(site, quiet):
    quiet.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(quiet, f"{site}/export?tag=D102&window=1h")
    quiet.evaluate("navigator.clipboard.writeText('D101\\r\\nD300\\r\\n\\r\\nD30*\\r\\n')")
    quiet.focus("#export-add")
    quiet.keyboard.press("Control+v")
    expect(quiet.locator(".chip")).to_have_count(4, timeout=WAIT_MS)
    assert shown(quiet)["tag"] == ["D102", "D101", "D300"]
    assert shown(quiet)["tag_like"] == ["D30*"]
    quiet.get_by_title("Remove D300").click()
    expect(quiet.locator(".chip")).to_have_count(3, timeout=WAIT_MS)
    quiet.get_by_role("button", name="Remove all").click()
    expect(quiet.locator(".chip")).to_have_count(0, timeout=WAIT_MS)
    assert "tag" not in shown(quiet)


def test_the_names_of_a_list_that_do_not_exist_go_at_once_wherever_they_stand(site, quiet):
    quiet.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(quiet, f"{site}/export?tag=D100&window=1h")
    listed = "\n".join(["D101", *(f"typo {number}" for number in range(70)), "D102"])
    quiet.evaluate("text => navigator.clipboard.writeText(text)", listed)
    quiet.focus("#export-add")
    quiet.keyboard.press("Control+v")
    expect(quiet.locator("#export-refused-tags")).to_contain_text("typo 0", timeout=WAIT_MS)
    quiet.get_by_role("button", name="Remove 70 that do not exist").click()
    expect(quiet.locator("#export-refused-tags")).to_be_hidden(timeout=WAIT_MS)
    expect(quiet.locator("#export-download")).to_be_enabled(timeout=WAIT_MS)
    assert shown(quiet)["tag"] == ["D100", "D101", "D102"]


def test_a_list_too_long_for_an_address_is_kept_and_posted(site, quiet):
    names = [f"D10{number % 3}" + "*" * (1 + number // 3) for number in range(300)]
    opened(quiet, f"{site}/export?window=1h#" + "&".join(f"tag_like={n}" for n in names))
    expect(quiet.locator(".chip")).to_have_count(61, timeout=WAIT_MS)
    expect(quiet.locator(".chip").last).to_have_text("and 240 more")
    assert "#" in quiet.url and "tag_like" not in shown(quiet)


def test_the_lines_for_scripts_are_copied(site, quiet):
    quiet.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(quiet, f"{site}/export?tag=D101&window=1h")
    for name, word in (("curl", "curl --fail"), ("pandas", "read_csv"), ("Power Query", "Csv.Doc")):
        snippet(quiet, name)
        expect(quiet.locator("#export-snippet")).to_contain_text(word)
        expect(quiet.locator("#export-copied")).to_be_hidden()
        quiet.get_by_role("button", name="Copy", exact=True).click()
        expect(quiet.locator("#export-copied")).to_have_text("Copied.")
        assert word in quiet.evaluate("navigator.clipboard.readText()")


def test_the_range_of_scripts_moves_with_the_clock_where_that_is_asked(site, quiet):
    opened(quiet, f"{site}/export?tag=D101&window=36h")
    assert "window" not in asked(quiet)
    quiet.locator("#export-moving").get_by_text("moves").click()
    expect(quiet.locator("#export-snippet")).to_contain_text("window=36h")
    assert content(snippet(quiet)).startswith(b"tag,time")
    opened(quiet, f"{site}/export?tag=D101&start=2026-11-01&stop=2026-11-02")
    expect(quiet.locator("#export-moving-set")).to_be_hidden()


def test_columns_are_those_of_readings_or_of_buckets(site, tab):
    opened(tab, f"{site}/export?tag=D101&window=1h")
    expect(tab.locator("#export-buckets")).to_be_hidden()
    tab.locator("#export-resolution").get_by_text("10 min").click()
    expect(tab.locator("#export-buckets")).to_be_visible(timeout=WAIT_MS)
    expect(tab.locator("#export-readings")).to_be_hidden()
    expect(tab.locator("#export-snippet")).to_contain_text("resolution=10m", timeout=WAIT_MS)


@pytest.mark.parametrize("kept", ["null", "{", '[{"id": 7}, null]', "x" * 1000, "[]"])
def test_garbage_in_what_the_browser_kept_leaves_a_working_page(site, quiet, kept):
    quiet.add_init_script(f"localStorage.setItem('ksys-exports', {json.dumps(kept)})")
    opened(quiet, f"{site}/export?tag=D101&window=1h")
    expect(quiet.locator("#export-recent")).to_have_text("None yet.")


#: An export of 25 November, 03:00:30 in UTC.
KEPT = {
    **{
        "id": "a",
        "at": 1795575630000,
        "name": "ksys-D101.csv",
        "kind": "csv",
        "address": "tag=D101",
    },
    **{"state": "whole", "why": "", "rows": 1, "bytes": 9, "seconds": 1, "sha256": "", "seen": 0},
}


@pytest.mark.parametrize(("lang", "started"), [("en", "Nov 25, 12:00"), ("ko", "11월 25일 12:00")])
def test_when_an_export_began_is_told_by_the_clock_of_the_site(site, chromium, lang, started):
    with closing(chromium.new_context(timezone_id="America/New_York")) as abroad:
        page = abroad.new_page()
        page.add_init_script(
            f"localStorage.setItem('ksys-exports', {json.dumps(json.dumps([KEPT]))})"
        )
        page.goto(f"{site}/export?tag=D101&window=1h&lang={lang}")
        expect(page.locator(".export-row td").first).to_have_text(started, timeout=WAIT_MS)


@pytest.mark.parametrize(
    ("window", "lang", "word"),
    [
        ("6h", "en", "6 h"),
        ("6h", "ko", "6시간"),
        ("yesterday", "en", "Yesterday"),
        ("yesterday", "ko", "어제"),
    ],
)
def test_a_window_that_is_not_offered_is_named_as_those_are(site, quiet, window, lang, word):
    opened(quiet, f"{site}/export?tag=D101&window={window}&lang={lang}")
    expect(quiet.locator("#export-window label").last).to_have_text(word)


@pytest.mark.parametrize("name", ["getItem", "setItem"])
def test_a_browser_that_keeps_nothing_leaves_a_working_page(site, quiet, name):
    quiet.add_init_script(
        f"""{{ const real = Storage.prototype.{name};
        Storage.prototype.{name} = function (key, ...rest) {{
          if (key === "ksys-exports") throw new DOMException("no", "QuotaExceededError");
          return real.call(this, key, ...rest);
        }}; }}"""
    )
    opened(quiet, f"{site}/export?tag=D101&window=1h")
    with quiet.expect_download():
        quiet.click("#export-download")
    expect(quiet.locator(".export-row--whole")).to_be_visible()


@pytest.fixture(scope="module")
def large(server_dsn, tmp_path_factory):
    """The DSN of a historian with a file of 24 MB, and the address of a site over it."""
    dsn = _new_database(server_dsn)
    fill(dsn)
    place = tmp_path_factory.mktemp("large")
    address, process = started_site(dsn, KSYS_DATA=str(place))
    yield dsn, address
    process.kill()
    process.wait(15)


OF_LARGE = "/export?tag=D1&start=2026-01-01T00:00Z&stop=2026-02-01T00:00Z"


@contextmanager
def slowly(tab):
    """Let answers come slowly, as over a narrow line."""
    session = tab.context.new_cdp_session(tab)
    every = {"offline": False, "latency": 0, "uploadThroughput": -1}
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", {**every, "downloadThroughput": 1_500_000})
    yield
    session.send("Network.emulateNetworkConditions", {**every, "downloadThroughput": -1})


def under_way(tab):
    """Begin to fetch and wait until rows have come."""
    tab.click("#export-download")
    expect(tab.locator(".export-row--running td").nth(2)).to_have_text(
        re.compile(r"^[\d,]{5,}$"), timeout=WAIT_MS
    )


def test_a_transfer_that_breaks_off_is_called_broken_and_not_saved(large, tab):
    dsn, address = large
    opened(tab, address + OF_LARGE)
    saved = []
    tab.on("download", lambda download: saved.append(download))
    with slowly(tab):
        under_way(tab)
        assert ask(dsn, END_ALL)
    row = tab.locator(".export-row")
    expect(row).to_contain_text("✕ broken off", timeout=WAIT_MS)
    expect(row).to_contain_text("broke off before its end")
    expect(tab.locator("#export-heard")).to_contain_text("it is not saved")
    assert saved == []
    tab.reload()
    expect(tab.locator(".export-row--broken")).to_be_visible(timeout=WAIT_MS)


def test_a_transfer_is_cancelled_by_the_keyboard(large, tab):
    dsn, address = large
    opened(tab, address + OF_LARGE)
    with slowly(tab):
        under_way(tab)
        tab.locator(".export-row--running button").focus()
        tab.wait_for_timeout(700)  # painted anew several times
        tab.keyboard.press("Enter")
        expect(tab.locator(".export-row")).to_contain_text("cancelled", timeout=WAIT_MS)


def test_a_button_that_is_held_down_stays_until_it_is_let_go(large, tab):
    """Else a press of a slow finger would meet another button than the one it began on."""
    _dsn, address = large
    opened(tab, address + OF_LARGE)
    with slowly(tab):
        under_way(tab)
        tab.locator(".export-row--running button").hover()
        tab.mouse.down()
        tab.wait_for_timeout(700)  # it would have been painted anew several times
        tab.mouse.up()
        expect(tab.locator(".export-row")).to_contain_text("cancelled", timeout=WAIT_MS)
        expect(tab.locator("#export-heard")).to_contain_text("cancelled")


def test_a_page_that_is_left_calls_its_transfer_broken(large, tab):
    _dsn, address = large
    opened(tab, address + OF_LARGE)
    with slowly(tab):
        under_way(tab)
        tab.goto(address + "/status")
    tab.goto(address + "/export")
    row = tab.locator(".export-row")
    expect(row).to_contain_text("the page was left while it was coming", timeout=WAIT_MS)


def test_a_transfer_goes_on_while_another_page_of_ksys_is_looked_at(large, quiet):
    _dsn, address = large
    opened(quiet, address + OF_LARGE)
    with quiet.expect_download(timeout=WAIT_MS), slowly(quiet):
        under_way(quiet)
        quiet.get_by_role("link", name="Status").click()
        expect(quiet.locator("#status-body h1")).to_be_visible(timeout=WAIT_MS)
        quiet.get_by_role("link", name="Export").click()
        expect(quiet.locator(".export-row--running")).to_be_visible(timeout=WAIT_MS)
    expect(quiet.locator(".export-row--whole")).to_be_visible(timeout=WAIT_MS)


def test_a_viewer_sees_the_page_and_which_role_a_file_needs(tab, tmp_path):
    add_people(tmp_path)
    with guarded_site(tmp_path) as port:
        tab.goto(f"http://127.0.0.1:{port}/export")
        sign_in(tab, "viewer")
        expect(tab.locator("#export-missing")).to_have_text(
            "This needs the role analyst, and yours is viewer; ask an administrator to give it.",
            timeout=WAIT_MS,
        )
        expect(tab.locator("#export-download")).to_be_hidden()
        expect(tab.locator("#export-link")).to_be_hidden()


def test_trend_and_tech_offer_every_reading_first_and_the_rows_on_the_screen_by_name(site, tab):
    for page in ("trend", "tech"):
        tab.goto(f"{site}/{page}?tag=D101&window=1h")
        expect(tab.locator(f"#{page}-seeing")).not_to_be_empty(timeout=WAIT_MS)
        every, rows = tab.locator(f"#{page}-export"), tab.locator(f"#{page}-csv")
        expect(every).to_have_text("Every reading as CSV")
        expect(rows).to_have_text("Rows on the screen")
        expect(every).to_have_attribute("href", re.compile("start=.*stop="), timeout=WAIT_MS)
        lines = content(every.evaluate("a => a.href")).decode().splitlines()
        assert lines[0] == "tag,time,value,qc" and 200 < len(lines) <= 725
        assert f"/{page}/rows.csv?" in rows.evaluate("a => a.href")
        tab.click(f"#{page}-more")
        expect(tab.locator("#export-tags-said")).to_have_text("1 tag, in this order: D101")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_phone_needs_no_sideways_scroll(site, quiet, language):
    quiet.set_viewport_size({"width": 390, "height": 844})
    opened(quiet, f"{site}/export?tag_like=*&lang={language}")
    quiet.fill("#export-stop", "2026-13-01")
    quiet.keyboard.press("Enter")
    expect(quiet.locator("#export-refused-range")).to_be_visible(timeout=WAIT_MS)
    assert quiet.evaluate("document.documentElement.scrollWidth") == 390


def test_the_page_is_korean_where_its_reader_is(site, quiet):
    opened(quiet, f"{site}/export?tag=D101&window=1h&lang=ko")
    with quiet.expect_download():
        quiet.click("#export-download")
    expect(quiet.locator(".export-row")).to_contain_text("온전")
    text = quiet.locator(".page--export").inner_text()
    left = set(re.findall(r"\b[A-Za-z]{4,}\b", text))
    allowed = r"ksys|http|export|curl|pandas|Power|Query|Excel|Asia|Seoul|sha256|value|time|unit"
    columns = r"description|quality|reasons|alarm|min_val|max_val|Parquet|Arrow|XLSX|hi_hi|lo_lo"
    assert {word for word in left if not re.match(f"{allowed}|{columns}", word)} <= set(
        re.findall(r"\w+", quiet.locator("#export-snippet").inner_text() + " D101 raw")
    )


@pytest.mark.optional("node")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(site, tab, theme):
    if not AXE.exists():
        pytest.skip("no axe-core: `npm ci` in tests/support/npm/axe brings it")
    opened(tab, f"{site}/export?tag_like=D1*&tag=D302&window=1h&lang=en&theme={theme}")
    with tab.expect_download():
        tab.click("#export-download")
    tab.fill("#export-add", "D3")
    tab.locator(".export-offer").first.wait_for(timeout=WAIT_MS)
    tab.evaluate(AXE.read_text())
    assert tab.evaluate(VIOLATIONS, KNOWN) == []
    tab.goto(f"{site}/export?tag=nope&lang=en&theme={theme}")
    expect(tab.locator("#export-refused-tags")).to_be_visible(timeout=WAIT_MS)
    tab.evaluate(AXE.read_text())
    assert tab.evaluate(VIOLATIONS, KNOWN) == []
