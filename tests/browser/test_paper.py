"""A trend on paper and as a picture: it can stand alone, in either language."""

import re
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.browser.test_trend import WAIT_MS, opened
from tests.support.historians import filled

pytestmark = pytest.mark.browser
PLANT = "정수장 North"


@pytest.fixture
def tab(warm_tab):
    """A page that finds its scripts compiled."""
    return warm_tab


@pytest.fixture(scope="module")
def site(start_module_site, fresh_plant_dsn):
    """A plant that has a name."""
    address, _process = start_module_site(fresh_plant_dsn, SITE_NAME=PLANT)
    return address


def printed(tab, folder):
    """Return the text of the pages that the browser prints, and how many they are."""
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext: apt-get install poppler-utils brings it")
    path = folder / "sheet.pdf"
    tab.pdf(path=path, prefer_css_page_size=True, print_background=True)
    told = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], check=True, capture_output=True, text=True
    )
    pages = told.stdout.rstrip("\f").split("\f")
    return re.sub(r"\s+", " ", told.stdout), len(pages)


def test_a_short_name_is_whole_on_paper_beside_long_limits(tab, site):
    opened(tab, f"{site}/trend?lang=en&tag=D101&tag=D302&window=6h")
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 688, "height": 900})
    lines = """() => {
        for (const cell of document.querySelectorAll(".sheet__table td:nth-child(n + 5)"))
            cell.textContent = "1,000,000,000";
        const names = [...document.querySelectorAll(".sheet__table td > b")];
        return names.map(name => [name.textContent, name.getClientRects().length]);
    }"""
    assert tab.evaluate(lines) == [["D101", 1], ["D302", 1]]


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("Trend sheet", "Window", "Limits in force", "Remarks", "Signature", "drawn 20")),
        ("ko", ("추이 기록지", "조회 기간", "적용 한계", "비고", "서명")),
    ],
)
def test_a_printed_trend_says_what_it_is_of_and_shows_no_control(tab, site, tmp_path, lang, words):
    opened(tab, f"{site}/trend?lang={lang}&tag=D101&tag=D302&window=6h")
    expect(tab.locator(".sheet__plant")).to_contain_text(PLANT, timeout=WAIT_MS)
    expect(tab.locator(".sheet__plant")).to_be_hidden()
    wide = tab.locator("#trend-chart .main-svg").first.bounding_box()["width"]
    text, pages = printed(tab, tmp_path)
    for word in (PLANT, "D101, D302", "Feed pressure", "18,000", "19,000", "0 – 20,000", *words):
        assert word in text, word
    assert re.search(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d – 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d", text)
    assert f"1/{pages}" in text.replace(" ", "")
    # How long an excursion was may read as a window that is offered.
    text = re.sub(r"(still on|지속 중|\d\d:\d\d:\d\d) \d[\d hdmins시간분초일]*", r"\1 ", text)
    for control in tab.locator(".strip button, .strip a").all_inner_texts():
        assert not control.strip() or len(control) < 4 or control not in text
    expect(tab.locator(".sheet__plant")).to_be_hidden()
    expect(tab.locator("#trend-chart .main-svg").first).to_have_css("width", f"{wide:g}px")


def test_an_indicator_has_its_sheet_too(tab, site, tmp_path):
    opened(tab, f"{site}/tech?lang=en&tag=D300&window=6h", "tech")
    expect(tab.locator(".sheet__plant")).to_contain_text(PLANT, timeout=WAIT_MS)
    tab.click("[data-indicator=sma_60]")
    expect(tab.locator("[data-indicator=sma_10]")).to_contain_text("10 × ", timeout=WAIT_MS)
    text, pages = printed(tab, tmp_path)
    assert "Sheet of indicators" in text and "D300" in text
    assert f"1/{pages}" in text.replace(" ", "")
    assert re.search(r"SMA 10\s*=", text) and "Bollinger 20" in text
    assert "SMA 60 =" not in text and "EMA 20 =" not in text
    assert "population standard deviations" not in text


def test_a_picture_of_indicators_has_its_legend_in_words(tab, site, tmp_path):
    opened(tab, f"{site}/tech?lang=en&tag=D300&window=6h&resolution=1m", "tech")
    expect(tab.locator(".sheet__plant")).to_contain_text(PLANT, timeout=WAIT_MS)
    tab.click("[data-indicator=sma_60]")
    tab.click("[data-pops=tech-picture-panel]")
    with tab.expect_download() as download:
        tab.click("#tech-picture-svg")
    path = tmp_path / "picture.svg"
    download.value.save_as(path)
    text = re.sub(r"<[^>]+>", " ", path.read_text(encoding="utf-8"))
    for said in (
        f"{PLANT} · D300",
        "SMA 10 = 10 min of 1 min means",
        "Bollinger 20/2 = 20 min of 1 min means ± 2 σ",
        "Slope 60 = 1 h of 1 min means, per hour",
    ):
        assert said in text, said
    assert "SMA 60" not in text and "EMA 20" not in text


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_picture_is_named_by_what_it_shows_and_says_it_within(tab, site, tmp_path, kind):
    opened(tab, f"{site}/trend?lang=en&tag=D101&tag=D302&window=6h")
    expect(tab.locator(".sheet__plant")).to_contain_text(PLANT, timeout=WAIT_MS)
    tab.click("[data-pops=trend-picture-panel]")
    with tab.expect_download() as download:
        tab.click(f"#trend-picture-{kind}")
    expect(tab.locator("#trend-picture-panel")).to_be_hidden()
    name = download.value.suggested_filename
    assert re.fullmatch(rf"ksys-trend-D101\+1-\d{{8}}T\d{{6}}-\d{{8}}T\d{{6}}-\w+\.{kind}", name)
    path = tmp_path / name
    download.value.save_as(path)
    if kind == "png":
        head = path.read_bytes()[:24]
        width, height = (int.from_bytes(head[k : k + 4], "big") for k in (16, 20))
        box = tab.locator("#trend-chart .main-svg").first.bounding_box()
        assert width == 2 * round(box["width"]) and height > 2 * box["height"]
        return
    text = re.sub(r"<[^>]+>", " ", path.read_text(encoding="utf-8"))
    for said in (
        f"{PLANT} · D101, D302",
        "D101 Feed pressure [bar]: LL 5",
        "HH 19,000",
        "drawn 20",
    ):
        assert said in text, said


def test_a_picture_has_the_bars_of_excursions_where_the_page_has_them(tab, site, tmp_path):
    opened(tab, f"{site}/trend?lang=en&tag=D302&tag=D101&window=6h")
    expect(tab.locator(".sheet__plant")).to_contain_text(PLANT, timeout=WAIT_MS)
    critical = tab.locator(".chart__outside--critical")
    expect(critical).not_to_have_count(0, timeout=WAIT_MS)
    left = tab.locator("#trend-chart .main-svg").first.bounding_box()["x"]
    there = [(box["x"] - left, box["width"]) for box in map(bounding, critical.all())]
    tab.click("[data-pops=trend-picture-panel]")
    with tab.expect_download() as download:
        tab.click("#trend-picture-svg")
    path = tmp_path / "picture.svg"
    download.value.save_as(path)
    shapes = re.findall(r"<path[^>]+>", path.read_text(encoding="utf-8"))
    red = [each for each in shapes if "fill: rgb(197, 22, 29); fill-opacity: 1" in each]
    drawn = [re.search(r'd="M([\d.]+),[\d.]+H([\d.]+)V', each).groups() for each in red]
    found = [(float(start), float(stop) - float(start)) for start, stop in drawn]
    assert len(found) == len(there)
    for of_page, of_picture in zip(sorted(there), sorted(found), strict=True):
        assert of_picture == pytest.approx(of_page, abs=2.5), "a bar is at least two pixels wide"


def bounding(place):
    return place.bounding_box()


#: Eight tags of sixty letters, in Korean and without any blank.
LONG = [
    (f"제{n} 정수장 " + "고압펌프토출측압력계통합감시지점번호" * 4)[:60]
    if n % 2
    else f"WTP{n}_" + "HIGH_PRESSURE_PUMP_DISCHARGE_HEADER_TRANSMITTER_MAIN_LOOP"[:55]
    for n in range(8)
]
WRITTEN = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT now() - each * interval '10 s', '{tag}', {level} + 10 * sin(each / 200.0)
    FROM generate_series(1, 2160) each;
    INSERT INTO influx_tag (tag_name, unit, meta)
    VALUES ('{tag}', 'bar', '{{"description": "{described}"}}');
    INSERT INTO influx_qc_rule (tag_name, crit_min, warn_min, warn_max, crit_max)
    VALUES ('{tag}', 80.25, 85.125, 115.0625, 120.5);
"""
BEYOND = """() => {
    const svg = document.querySelector("svg");
    const width = svg.getBoundingClientRect().right;
    return [...svg.querySelectorAll("text")]
        .filter((each) => each.getBoundingClientRect().right > width + 1)
        .map((each) => each.textContent);
}"""


@pytest.fixture
def long_site(start_site, database):
    """A plant whose names have no room in a line."""
    described = "고압 펌프 토출측 압력, 상류 밸브실과 비교", "opc.tcp/" + "WTP7.TRAIN_B.HPP." * 9
    text = "".join(
        WRITTEN.format(tag=tag, level=100 + n, described=described[n % 2])
        for n, tag in enumerate(LONG)
    )
    address, _process = start_site(filled(database, text), SITE_NAME="수도권광역상수도 " * 6)
    return address


@pytest.mark.parametrize("width", [390, 1440])
def test_no_text_runs_out_of_a_picture_or_of_paper(tab, long_site, tmp_path, width):
    tab.set_viewport_size({"width": width, "height": 900})
    query = urlencode({"lang": "ko", "tag": LONG, "window": "6h", "compare": "-1h"}, True)
    opened(tab, f"{long_site}/trend?{query}")
    expect(tab.locator(".sheet__plant")).to_contain_text("수도권", timeout=WAIT_MS)
    with tab.expect_download() as download:
        tab.evaluate("document.querySelector('#trend-picture-svg').click()")
    path = tmp_path / "picture.svg"
    download.value.save_as(path)
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 688, "height": 900})  # A4 between its margins
    table = tab.locator(".sheet__table").first.bounding_box()
    assert table["x"] + table["width"] <= 689
    tab.goto("about:blank")
    tab.set_content(path.read_text(encoding="utf-8"))
    assert tab.evaluate(BEYOND) == []
    text = re.sub(r"<[^>]+>", " ", path.read_text(encoding="utf-8"))
    assert text.count("120.5") >= len(LONG), "of limits nothing is left out"


#: Pairs of texts below the chart of which one stands on the other.
OVER = """() => {
  const texts = [...document.querySelectorAll("#trend-chart .xtick text")];
  const boxes = texts.map((each) => each.getBoundingClientRect()).sort((a, b) => a.x - b.x);
  return boxes.slice(1).filter(({ x }, k) => x < boxes[k].right).length;
}"""


def test_on_paper_long_names_leave_room_for_the_chart_and_times_stand_apart(tab, site):
    names = [f"Area {n}/Reverse osmosis train/Feed pressure transmitter" for n in range(7)]
    before, after = (f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%d}" for days in (2, 1))
    day = f"start={before}T20:30&stop={after}T20:30&tz=UTC"
    opened(tab, f"{site}/trend?lang=en&{urlencode({'tag': ['D101', *names]}, doseq=True)}&{day}")
    title = tab.locator(".sheet__title")
    expect(title).to_contain_text(names[-1], timeout=WAIT_MS)
    tab.emulate_media(media="print")
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    drawing = tab.locator("#trend-chart .main-svg").first
    expect(drawing).to_have_css("width", "680px", timeout=WAIT_MS)
    assert title.bounding_box()["height"] < 100
    assert tab.evaluate(OVER) == 0
    few = tab.locator("#trend-chart .xtick text").count()
    tab.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(drawing).not_to_have_css("width", "680px", timeout=WAIT_MS)
    assert tab.locator("#trend-chart .xtick text").count() > few


#: Pairs of numbers of axes side by side of which one stands on the other; and where they stand.
NUMBERS = """() => {
  const texts = [...document.querySelectorAll("#trend-chart [class$=tick] text")]
    .filter((each) => !each.closest(".xtick"));
  const boxes = texts.map((each) => each.getBoundingClientRect());
  const over = (a, b) =>
    a.x < b.right - 1 && b.x < a.right - 1 && a.y < b.bottom - 1 && b.y < a.bottom - 1;
  const pairs = boxes.flatMap((box, k) => boxes.slice(k + 1).filter((other) => over(box, other)));
  return [boxes.length, pairs.length, boxes.map(({ x }) => Math.round(x))];
}"""


def test_on_paper_numbers_of_axes_side_by_side_stand_apart(tab, site):
    opened(tab, f"{site}/trend?lang=en&tag=D101&tag=D201&tag=D300&window=6h&axes=overlay")
    drawing = tab.locator("#trend-chart .main-svg").first
    on_screen = tab.evaluate(NUMBERS)
    assert on_screen[0] > 12 and on_screen[1] == 0
    tab.emulate_media(media="print")
    tab.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    expect(drawing).to_have_css("width", "680px", timeout=WAIT_MS)
    assert tab.evaluate(NUMBERS)[:2] == on_screen[:2]
    tab.emulate_media(media="screen")
    tab.evaluate("window.dispatchEvent(new Event('afterprint'))")
    expect(drawing).not_to_have_css("width", "680px", timeout=WAIT_MS)
    assert tab.evaluate(NUMBERS) == on_screen
