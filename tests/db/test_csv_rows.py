"""The rows behind a chart as CSV: exactly those, harmless in a spreadsheet, whole or refused."""

import csv
import io
import re
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pandas as pd
import pytest

from api.csv_rows import TREND, document, fresh
from data.errors import HistorianUnavailable
from data.export import harmless


def table(tag: str = "D101", value: float = 1.5) -> pd.DataFrame:
    """Return one row as the trend shows it."""
    time = pd.Timestamp("2026-11-22T22:25:00", tz="Asia/Seoul")
    numbers = dict.fromkeys(("avg", "min", "max", "last", "first"), value)
    counts = {"n": 12, "bad": 1, "bad_value": 900.0, "share": 0.923, "coverage": 0.75}
    words = {
        "unit": "bar",
        "quality": "SUSPECT",
        "reasons": "step",
        "filling": False,
        "remade": True,
    }
    words |= {"state": "", "difference": None, "reset": None, "resultant": None}
    return pd.DataFrame([{"no": 1, "tag": tag, "time": time, **numbers, **counts, **words}])


def test_lines_end_as_rfc_4180_says_and_times_carry_their_offset():
    lines = document(table(), TREND).decode().split("\r\n")
    assert lines[0] == (
        "no,tag,time,avg,min,max,last,first,n,bad,bad_value,share,coverage,unit,quality,reasons,"
        "filling,state,difference,reset,resultant,remade"
    )
    assert lines[1] == (
        "1,D101,2026-11-22T22:25:00+09:00,1.5,1.5,1.5,1.5,1.5,12,1,900.0,0.923,0.75,bar,"
        "SUSPECT,step,false,,,,,true"
    )
    assert lines[2] == ""


@pytest.mark.parametrize("tag", ['a "quoted" tag', "comma, tag", "two\nlines", '가나/다 "q"', "🙂"])
def test_a_tag_s_name_comes_back_as_it_was(tag):
    rows = list(csv.DictReader(io.StringIO(document(table(tag), TREND).decode(), newline="")))
    assert rows[0]["tag"] == tag


@pytest.mark.parametrize("tag", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "'=1"])
def test_a_tag_s_name_is_no_formula(tag):
    assert harmless(tag) == "'" + tag


def test_a_negative_value_is_a_number_and_stays_one():
    assert ",-2.25," in document(table(value=-2.25), TREND).decode()


def test_a_value_loses_no_digit():
    value = 100_000_000.12345679
    rows = list(csv.DictReader(io.StringIO(document(table(value=value), TREND).decode())))
    assert float(rows[0]["avg"]) == value


def test_a_missing_value_is_an_empty_cell():
    rows = list(csv.DictReader(io.StringIO(document(table(value=float("nan")), TREND).decode())))
    assert rows[0]["avg"] == ""


def test_a_unit_is_no_formula_either_and_a_filling_bucket_says_so():
    odd = table().assign(unit="=1+1", filling=True)
    row = next(csv.DictReader(io.StringIO(document(odd, TREND).decode())))
    assert (row["unit"], row["filling"]) == ("'=1+1", "true")


def test_a_file_of_old_answers_is_refused():
    """A chart can say that it is old; rows in a file cannot."""
    old = SimpleNamespace(error=HistorianUnavailable("historian_lost"))
    with pytest.raises(HistorianUnavailable):
        fresh([SimpleNamespace(error=None), old])


def fetch(address: str) -> tuple[int, dict[str, str], str]:
    """Return status, headers and text of an answer, whatever it is."""
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return answer.status, dict(answer.headers), answer.read().decode("utf8")
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read().decode("utf8")


@pytest.mark.db
def test_the_document_is_utf_8_with_a_mark_and_a_file_name(site):
    status, headers, text = fetch(site + "/trend/rows.csv?tag=D101&window=10m")
    assert status == 200
    assert headers["Content-Type"] == "text/csv; charset=utf-8"
    assert headers["Content-Disposition"].startswith('attachment; filename="ksys-trend-')
    assert text.startswith("\ufeffno,tag,time,")


@pytest.mark.db
def test_the_document_names_the_address_of_every_reading(site):
    start = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=6)  # nobody feeds the plant
    span = urllib.parse.urlencode({"start": start, "stop": start + timedelta(minutes=5)})
    _status, headers, text = fetch(f"{site}/trend/rows.csv?tag=D101&tz=UTC&{span}")
    address = re.fullmatch(r'<([^>]+)>; rel="alternate"; title="every reading"', headers["Link"])[1]
    status, _headers, whole = fetch(site + address)
    assert status == 200
    assert whole.startswith("tag,time,value,qc\r\nD101,")
    assert (
        abs(whole.count("\n") - text.count("\n")) <= 1
    )  # readings that the chart shows one by one


@pytest.mark.db
@pytest.mark.parametrize("page", ["trend", "tech"])
def test_an_absolute_range_gives_the_same_document_twice(site, page):
    query = "?tag=D101&tag=D300&window=6h" if page == "trend" else "?tag=D101&window=6h"
    _, _, live = fetch(f"{site}/{page}/rows.csv{query}")
    times = [line.split(",")[2] for line in live.split("\r\n")[1:-1]]
    range_of = urllib.parse.urlencode({"start": times[-1], "stop": times[60]})
    address = f"{site}/{page}/rows.csv?tag=D101&{range_of}"
    assert fetch(address)[2] == fetch(address)[2]


@pytest.mark.db
@pytest.mark.parametrize(
    "query",
    [
        "tag=nope", "tag=%3Cscript%3E", "tag=%27%3B%20drop%20table", "tag=%3D1%2B1",
        "tag=D101&window=9q", "tag=D101&tz=Mars", "tag=D101&resolution=7s",
        "tag=D101&start=2026-01-02&stop=2026-01-01", "tag=D101&start=x&stop=y",
        "tag=D101&window=24h&resolution=1s", "tag=D101&statistic=%00", "tag=D101&zoom=x",
        "&".join(f"tag=t{i}" for i in range(500)), "tag=D101&start=9999-12-31&stop=9999-12-31T01",
        "tag=D101%00", "tag=" + "x" * 5000, "tag=",
    ],
)  # fmt: skip
@pytest.mark.parametrize("page", ["trend", "tech"])
def test_what_cannot_be_given_is_refused_in_words(site, page, query):
    status, headers, text = fetch(f"{site}/{page}/rows.csv?{query}")
    assert status == 400, text[:200]
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert len(text.strip()) > 20
    assert "Traceback" not in text
