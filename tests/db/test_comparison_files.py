"""A comparison in rows.csv, in files and by the API: one and the same numbers everywhere."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from flask.testing import FlaskClient

import web
from data.db import cache, pool
from settings import Settings
from tests.db.test_comparison import META, fill

pytestmark = pytest.mark.db
SPAN = {"start": "2026-10-23T22:00", "stop": "2026-10-27T03:00", "tz": "Europe/Berlin"}
STATISTICS = "avg,min,max,first,last,n,difference,state"


@pytest.fixture(scope="module")
def client(module_database: str, tmp_path_factory: Any) -> Iterator[FlaskClient]:
    """A browser of a site over readings around a change of clocks."""
    fill(module_database)
    cache.forget()
    app = web.create_app(Settings(dsn=module_database, data_dir=str(tmp_path_factory.mktemp("c"))))
    yield app.server.test_client()
    pool.dispose()
    cache.forget()


def cells(client: FlaskClient, path: str, **query: Any) -> list[dict[str, str]]:
    """Return the rows of an answer as CSV."""
    answer = client.get(path, query_string=query, buffered=True)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))


def told(rows: list[dict[str, str]], time: str, tag: str) -> dict[tuple[str, str], Any]:
    """Return of each tag and time what is said of the other side."""
    found = {}
    for row in rows:
        other = {k: v for k, v in row.items() if k.startswith("compare_")}
        numbers = {k: float(v) if v and k not in TEXTS else v for k, v in other.items()}
        found[row[tag], row[time]] = numbers
    return found


TEXTS = ("compare_time", "compare_state")


@pytest.mark.parametrize("compare", ["-1d", "-1w", "-1h", "-1shift", "2026-10-20T06:00"])
@pytest.mark.parametrize("width", ["1h"])
def test_file_api_and_rows_say_the_same_of_the_other_side(client, compare, width):
    query = {"tag": list(META), **SPAN, "resolution": width, "compare": compare}
    page = told(cells(client, "/trend/rows.csv", **query), "time", "tag")
    api = cells(client, "/api/v1/timeseries.csv", **query, statistics=STATISTICS)
    columns = "compare_time,compare_avg,compare_min,compare_max,compare_first,compare_last,"
    columns += "compare_n,compare_difference,compare_state,compare_delta"
    file = cells(client, "/api/v1/export.csv", **query, columns="tag,time," + columns)
    assert len(page) > 300 and any(each["compare_delta"] for each in page.values())
    assert told(api, "bucket", "tag_name") == page
    assert told(file, "time", "tag") == page


def test_pages_of_the_api_and_parts_of_a_file_change_nothing(client):
    query = {"tag": ["level", "total"], **SPAN, "start": "2026-10-24", "resolution": "1m"}
    query |= {"compare": "2026-10-15T03:00"}
    file = cells(client, "/api/v1/export.csv", **query)
    paged, cursor = [], {}
    while True:
        answer = client.get(
            "/api/v1/timeseries", query_string={**query, "limit": 3_000, **cursor}
        ).json
        paged += answer["rows"]
        if not answer["next"]:
            break
        cursor = {"cursor": answer["next"]}
    assert len(file) == len(paged) > 8_000
    for row, other in zip(file, paged, strict=True):
        assert row["compare_time"] == (other["compare_time"] or "")
        for name in ("compare_avg", "compare_n", "compare_delta"):
            assert row[name] == ("" if other[name] is None else str(other[name]).removesuffix(".0"))


def test_a_bucket_without_readings_has_what_it_is_compared_with_beside_its_nulls(client):
    query = {"tag": "level", "start": "2026-10-20T08:00", "stop": "2026-10-20T11:00"}
    query |= {"tz": "Europe/Berlin", "resolution": "1h", "compare": "-1d", "fill": "null"}
    rows = client.get("/api/v1/timeseries", query_string=query).json["rows"]
    assert [row["n"] > 0 for row in rows] == [False] * 3
    assert all(row["compare_n"] > 50 and row["compare_avg"] is not None for row in rows)
    assert all(row["compare_delta"] is None for row in rows)


def test_a_column_a_tag_has_the_other_side_of_each(client):
    query = {"tag": ["level", "wind"], **SPAN, "resolution": "1h", "compare": "-1d"}
    rows = cells(client, "/api/v1/export.csv", **query, shape="wide")
    names = [f"{tag} {c}" for tag in query["tag"] for c in ("avg", "compare_avg", "compare_delta")]
    assert list(rows[0]) == ["time", *names]
    long = told(cells(client, "/trend/rows.csv", **query), "time", "tag")
    for row in rows:
        found = row["level compare_avg"]
        wanted = long["level", row["time"]]["compare_avg"] if found else ""
        assert (float(found) if found else "") == wanted


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet", "arrow", "xlsx"])
def test_every_format_has_the_times_of_the_other_side_and_none_where_none_is(
    client, kind, tmp_path
):
    query = {"tag": "level", **SPAN, "start": "2026-10-24", "resolution": "1d", "compare": "-1d"}
    answer = client.get(f"/api/v1/export.{kind}", query_string=query, buffered=True)
    assert answer.status_code == 200, answer.text
    path = tmp_path / f"file.{kind}"
    path.write_bytes(answer.data)
    readers: dict[str, Any] = {
        "csv": pd.read_csv,
        "csv.gz": pd.read_csv,
        "parquet": pd.read_parquet,
        "arrow": lambda p: pa.ipc.open_stream(p.read_bytes()).read_pandas(),
        "xlsx": pd.read_excel,
    }
    frame = readers[kind](path)
    assert frame["compare_time"].notna().tolist() == [True, False, False, True]
    assert frame["compare_delta"].notna().tolist() == [True, False, False, True]
    if kind == "xlsx":
        assert frame["compare_offset"].notna().tolist() == [True, False, False, True]
    first = pd.Timestamp(frame["compare_time"].iloc[0]).tz_localize(None)
    assert first == pd.Timestamp("2026-10-23")


def test_a_sheet_of_text_has_the_offset_of_both_times(client):
    query = {"tag": "level", **SPAN, "resolution": "1h", "compare": "-1d", "excel": "1"}
    rows = cells(client, "/api/v1/export.csv", **query)
    assert {"offset", "compare_offset"} < set(rows[0])
    for row in rows:
        assert bool(row["compare_time"]) == bool(row["compare_offset"])


@pytest.mark.parametrize(
    ("path", "query", "said"),
    [
        ("/trend/rows.csv", {"compare": "-2x"}, "compare is '-2x'"),
        ("/api/v1/timeseries", {"compare": "-2x"}, "compare is '-2x'"),
        ("/api/v1/export.csv", {"compare": "-2x", "resolution": "1h"}, "compare is '-2x'"),
        ("/api/v1/export.csv", {"compare": "-1d"}, "compare is '-1d', and single readings"),
        ("/api/v1/timeseries", {"compare": "-1d", "resolution": "raw"}, "compare is '-1d', and"),
        ("/api/v1/timeseries", {"compare": "2999-01-01"}, "compare is '2999-01-01', a start"),
    ],
)
def test_nonsense_is_refused_by_name_and_value_everywhere(client, path, query, said):
    answer = client.get(
        path, query_string={"tag": "level", **SPAN, **query, "lang": "en"}, buffered=True
    )
    assert answer.status_code == 400
    text = answer.json["detail"] if answer.is_json else answer.text
    assert said in text
    korean = client.get(
        path, query_string={"tag": "level", **SPAN, **query, "lang": "ko"}, buffered=True
    )
    other = korean.json["detail"] if korean.is_json else korean.text
    assert other != text and query["compare"] in other


def test_without_a_comparison_no_file_has_a_column_of_it(client):
    query = {"tag": "level", **SPAN, "resolution": "1h"}
    for path in ("/trend/rows.csv", "/api/v1/timeseries.csv", "/api/v1/export.csv"):
        assert "compare" not in client.get(path, query_string=query, buffered=True).text
