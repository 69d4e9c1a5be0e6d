"""The numbers of a file are those that others compute of the readings, and what is told of it."""

import csv
import hashlib
import io
import json
import random
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode
from zoneinfo import ZoneInfo

import duckdb
import numpy as np
import pandas as pd
import psycopg2
import pytest

from api.csv_rows import BOM, TREND, document
from data import export, queries
from data.analysis import alarms, quality
from data.buckets import RESOLUTIONS
from data.db import cache, lanes, pool
from data.demo import plant
from data.export.guessed import size
from data.export.guessed.rows import Rows
from data.export.rows import reading_rows
from data.export.stream import rows_of
from data.store import install, rollups
from data.views import every_history, judging, rows
from data.views.view import view
from tests.conftest import started_site
from tests.support.historians import spread

pytestmark = pytest.mark.db
ZONES = ("UTC", "Asia/Seoul", "Asia/Kathmandu", "Europe/Berlin")
#: The clocks of Berlin go back at 01:00 UTC of this day.
END = datetime(2026, 10, 26, tzinfo=UTC)
NOW = END + timedelta(hours=1)


@pytest.fixture(scope="module")
def plant_dsn_(module_database: str) -> str:
    """The demonstration plant of two days over a change of clocks, and what is bad with some."""
    with closing(psycopg2.connect(module_database)) as connection:
        install.install(connection)
        plant.seed(connection, END, days=2)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE influx_hist SET value = 'NaN' WHERE extract(second FROM ts) = 5")
        rollups.refresh(connection)
        connection.commit()
    spread(module_database)
    return module_database


@pytest.fixture
def historian(plant_dsn_: str) -> Iterator[str]:
    """The plant, read by this process."""
    pool.connect(plant_dsn_)
    cache.forget()
    yield plant_dsn_
    cache.forget()
    pool.dispose()


def question(**query: Any) -> export.Question:
    """Return the question of an address."""
    texts = {name: value if isinstance(value, list) else [value] for name, value in query.items()}
    return export.question(texts, NOW, "Asia/Seoul")


def file(asked: export.Question, kind: str = "csv") -> bytes:
    """Return a file as it is sent."""
    with lanes.within("export"), pool.snapshot() as state:
        batches = rows_of(asked, state)
        return b"".join(export.FORMATS[kind].written(asked, export.schema(asked), batches))


def cells(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode(), newline="")))


@pytest.fixture(scope="module")
def raw(plant_dsn_: str) -> pd.DataFrame:
    """Every reading of the plant by plain SQL, in the order of tag and time."""
    with closing(psycopg2.connect(plant_dsn_)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT tag_name, (extract(epoch FROM ts) * 1000000)::bigint, value, coalesce(qc, 0)"
            " FROM influx_hist ORDER BY 1, 2"
        )
        return pd.DataFrame(cursor.fetchall(), columns=["tag", "at", "value", "qc"])


def names(raw: pd.DataFrame, count: int) -> list[str]:
    return sorted(raw["tag"].unique())[:count]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("order", ["tag", "time"])
def test_every_reading_is_in_the_file_to_the_last_digit(historian, raw, zone, order):
    asked_tags, hours = names(raw, 3), (END - timedelta(hours=28), END - timedelta(hours=20))
    bounds = {"start": hours[0].isoformat(), "stop": hours[1].isoformat()}
    text = file(question(tag=asked_tags, tz=zone, order=order, **bounds))
    low, high = (int(each.timestamp() * 1e6) for each in hours)
    inside = raw[raw["tag"].isin(asked_tags) & (raw["at"] >= low) & (raw["at"] < high)]
    by = ["tag", "at"] if order == "tag" else ["at", "tag"]
    inside = inside.sort_values(by, kind="stable")
    expected = ["tag,time,value,qc"]
    for tag, at, value, qc in inside.itertuples(index=False):
        time = datetime.fromtimestamp(at / 1e6, UTC).astimezone(ZoneInfo(zone)).isoformat()
        number = "" if not np.isfinite(value) else repr(float(value)).removesuffix(".0")
        expected.append(f"{tag},{time},{number},{qc}")
    found = text.decode().split("\r\n")[:-1]
    assert len(found) == len(expected) > 10_000
    for one, other in zip(found, expected, strict=True):
        assert one.split(",")[:2] == other.split(",")[:2]
        assert one.split(",")[3] == other.split(",")[3]
        number, wanted = one.split(",")[2], other.split(",")[2]
        assert number == wanted or float(number) == float(wanted)


STATISTICS = """
    SELECT tag, date_trunc('{unit}', at_zone) AS local,
        avg(value) AS avg, min(value) AS min, max(value) AS max, count(*) AS n,
        first(value ORDER BY us) AS first, last(value ORDER BY us) AS last, min(us) AS since
    FROM (
        SELECT *, timezone('{zone}', to_timestamp(us / 1e6)) AS at_zone FROM raw
        WHERE tag = '{tag}' AND value >= {low} AND value <= {high} AND qc = 0 AND isfinite(value)
    ) GROUP BY tag, local{apart} ORDER BY since
"""


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("token", "unit"), [("1h", "hour"), ("1d", "day")])
def test_buckets_are_those_that_duckdb_computes_of_the_readings(historian, raw, zone, token, unit):
    # An hour that the clock shows twice is two; of a day all is one.
    apart = ", epoch(at_zone) - us / 1e6" if unit == "hour" else ""
    bounds = {"start": (END - timedelta(hours=47)).isoformat(), "stop": END.isoformat()}
    for name in names(raw, 4):
        tag = queries.tag(name)
        statistics = "avg,min,max,first,last,n"
        text = file(question(tag=name, tz=zone, resolution=token, statistics=statistics, **bounds))
        found = pd.DataFrame(cells(text))
        found = found[found["n"] != "0"]
        start = int((END - timedelta(hours=47)).timestamp() * 1e6)
        sql = STATISTICS.format(
            unit=unit,
            zone=zone,
            tag=name,
            low=_bound(tag.checks.low),
            high=_bound(tag.checks.high),
            apart=apart,
        )
        connection = duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("raw", raw.rename(columns={"at": "us"}))
        expected = connection.sql(sql).df()
        # The first bucket begins before the window; the last holds what comes after it.
        whole = (expected["since"] >= start) & (expected["since"] < END.timestamp() * 1e6)
        expected = expected[whole]
        found = found.iloc[-len(expected) :]
        assert len(found) == len(expected) > 0
        for column in ("min", "max", "first", "last", "n"):
            assert found[column].astype(float).tolist() == expected[column].astype(float).tolist()
        if tag.kind == "value":
            np.testing.assert_allclose(found["avg"].astype(float), expected["avg"], rtol=1e-12)
        local = [f"{each:%Y-%m-%dT%H}" for each in expected["local"]]
        assert [each[:13] for each in found["time"]] == local


def _bound(number: float) -> str:
    return repr(number) if np.isfinite(number) else f"'{number}'::double"


def addresses(count: int) -> list[dict[str, Any]]:
    """Return the queries of so many random addresses that a page can show too."""
    chance = random.Random(11)
    found = []
    while len(found) < count:
        width = chance.choice([each for each in RESOLUTIONS if each.seconds >= 10])
        seconds = min(chance.uniform(5, 300) * width.seconds, 40 * 3_600)
        start = END - timedelta(seconds=chance.uniform(seconds, 46 * 3_600))
        stop = start + timedelta(seconds=seconds)
        bounds = {"start": start.isoformat(), "stop": stop.isoformat()}
        tags = chance.sample(range(12), chance.choice([1, 1, 2]))
        found.append(
            {"tags": tags, "tz": chance.choice(ZONES), "resolution": width.token, **bounds}
        )
    return found


COLUMNS = (
    "tag,time,avg,min,max,last,first,n,bad,bad_value,coverage,share,unit,quality,reasons,filling,"
    "state,difference,reset,resultant,remade"
)
#: Those that the API gives of a bucket where they are named, and what it names otherwise.
STATISTIC = "avg,min,max,last,first,n,state,difference,reset,resultant"
NAMES_OF_API = {"tag_name": "tag", "bucket": "time"}


def test_page_table_rows_and_export_give_the_same_values_at_200_random_addresses(historian, raw):
    tags, seen = sorted(raw["tag"].unique()), 0
    for query in addresses(200):
        chosen = [tags[place % len(tags)] for place in query.pop("tags")]
        series = every_history(view({**query, "tag": chosen}, NOW, "Asia/Seoul"))
        table = rows(series, NOW)
        shown = cells(document(table, TREND))
        sent = cells(file(question(tag=chosen, columns=COLUMNS, **query)))
        order = {name: place for place, name in enumerate(dict.fromkeys(chosen))}
        shown.sort(key=lambda row: (order[row["tag"]], row["time"].replace("T", " ")))
        shown.sort(key=lambda row: (order[row["tag"]], datetime.fromisoformat(row["time"])))
        assert len(shown) == len(sent), query
        seen += len(sent)
        for one, other in zip(shown, sent, strict=True):
            one.pop("no")
            assert {k: _value(v) for k, v in one.items()} == {
                k: _value(v) for k, v in other.items()
            }, query
    assert seen > 10_000


def test_rows_csv_api_and_export_are_served_with_the_same_values_at_200_random_addresses(site, raw):
    tags, count = sorted(raw["tag"].unique()), 0
    for query in addresses(200):
        chosen = list(dict.fromkeys(tags[place % len(tags)] for place in query.pop("tags")))
        shown, sent, answered = served(site, urlencode({**query, "tag": chosen}, True))
        shown.sort(key=lambda row: (chosen.index(row["tag"]), datetime.fromisoformat(row["time"])))
        count += len(sent)
        for of_page, of_file, of_api in zip(shown, sent, answered, strict=True):
            del of_page["no"]
            values = {name: _value(cell) for name, cell in of_file.items()}
            assert {name: _value(cell) for name, cell in of_page.items()} == values, query
            assert of_api.pop("resolution") == query["resolution"]
            told = {NAMES_OF_API.get(name, name): _plain(each) for name, each in of_api.items()}
            assert told == {name: values[name] for name in values.keys() - {"coverage", "unit"}}
    assert count > 10_000


def served(site: str, query: str) -> tuple[list[Any], list[Any], list[Any]]:
    """Return the rows that a page's file, a file and the API give of one question."""
    page, file_, api = (
        got(site + path + query)
        for path in (
            "/trend/rows.csv?",
            f"/api/v1/export.csv?columns={COLUMNS}&",
            f"/api/v1/timeseries?statistics={STATISTIC}&",
        )
    )
    assert {page[0], file_[0], api[0]} == {200}, query
    return cells(page[1].removeprefix(BOM)), cells(file_[1]), json.loads(api[1])["rows"]


def _plain(value: Any) -> object:
    """Return a value of JSON as what its cell means."""
    if isinstance(value, list):
        return " ".join(value)
    return "" if value is None else _value(value) if isinstance(value, str) else float(value)


def _value(cell: str) -> object:
    """Return a cell as what it means: 1, 1.0 and true are written in more than one way."""
    if cell in ("true", "false"):
        return float(cell == "true")
    try:
        return float(cell)
    except ValueError:
        return cell


def test_good_readings_alone_are_those_that_statistics_count(historian, raw):
    name = names(raw, 1)[0]
    bounds = {"start": (END - timedelta(hours=5)).isoformat(), "stop": END.isoformat()}
    every, good = (
        cells(file(question(tag=name, quality=choice, columns="time,value,quality", **bounds)))
        for choice in ("all", "good")
    )
    assert 0 < len(good) < len(every)
    bad = quality.QUALITIES[quality.BAD]
    assert good == [row for row in every if row["quality"] != bad]


@pytest.mark.parametrize("most", [300, 5_000, 16_384])
def test_readings_are_judged_as_the_page_and_the_details_judge_them(historian, raw, most):
    """With what was before the window, and over every seam."""
    start = END - timedelta(hours=5)
    bounds = {"start": start.isoformat(), "stop": END.isoformat()}
    levels = set[str]()
    for name in names(raw, 5):
        asked = question(tag=name, columns="time,value,quality,reasons,alarm", **bounds)
        (tag,) = asked.tags
        with lanes.within("export"), pool.snapshot() as state:
            found = pd.concat(
                [batch.to_pandas() for batch in reading_rows(asked, tag, state, most)]
            ).astype({"quality": str, "reasons": str, "alarm": str})
        (item,) = every_history(view({"tag": name, "width": 4_000, **bounds}, NOW, "UTC"))
        assert item.resolution == "raw", "the page shows single readings"
        shown = rows([item], NOW).iloc[::-1]
        for column in ("quality", "reasons"):
            assert found[column].tolist() == shown[column].tolist(), column
        before = judging.readings_before(tag, start)
        value = pd.Series(found["value"].to_numpy(), pd.DatetimeIndex(found["time"]))
        bad = (found["quality"] == "BAD").to_numpy()
        window = pd.DataFrame({"value": value.mask(bad), "place": np.arange(len(value))})
        whole = judging.joined(before[["value", "place"]], window)
        expected = alarms.levels(whole, tag.checks, queries.reach()).iloc[-len(found) :]
        assert found["alarm"].tolist() == [alarms.ALARMS[code] for code in expected]
        levels |= set(found["alarm"])
    assert len(levels) > 1, "some alarm"


@pytest.fixture(scope="module")
def site(plant_dsn_: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of Ksys over the plant, as it is served."""
    place = tmp_path_factory.mktemp("exports")
    address, process = started_site(plant_dsn_, KSYS_DATA=str(place))
    yield address
    process.kill()
    process.wait(15)


def got(address: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read()


WINDOW = {"start": (END - timedelta(hours=30)).isoformat(), "stop": END.isoformat()}


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet", "arrow", "xlsx"])
@pytest.mark.parametrize("quality_", ["all", "good"])
def test_a_manifest_tells_of_the_file_that_is_sent(site, raw, kind, quality_):
    chosen = names(raw, 2)
    query = urlencode({"tag": chosen, "quality": quality_, "tz": "Europe/Berlin"} | WINDOW, True)
    status, text = got(f"{site}/api/v1/export.{kind}?{query}")
    assert status == 200
    status, told = got(f"{site}/api/v1/export/manifest?{query}&kind={kind}")
    assert status == 200, told
    manifest = json.loads(told)
    assert manifest["bytes"] == len(text)
    assert manifest["sha256"] == hashlib.sha256(text).hexdigest()
    low, high = (each.timestamp() * 1e6 for each in (END - timedelta(hours=30), END))
    inside = raw[raw["tag"].isin(chosen) & (raw["at"] >= low) & (raw["at"] < high)]
    left = sum(sum(each.values()) for each in manifest["left_out"].values())
    assert manifest["rows"] == len(inside) - (left if quality_ == "good" else 0)
    nan = inside[~np.isfinite(inside["value"])].groupby("tag").size()
    assert {n: c["not_finite"] for n, c in manifest["left_out"].items()} == nan.to_dict()
    times = (manifest["first"], manifest["last"])
    good = inside if quality_ == "all" else inside[np.isfinite(inside["value"])]
    assert [datetime.fromisoformat(each).timestamp() * 1e6 for each in times] == [
        good["at"].min(),
        good["at"].max(),
    ]
    assert parse_qs(manifest["query"])["tag"] == chosen
    assert (manifest["zone"], manifest["quality"]) == ("Europe/Berlin", quality_)
    assert len(manifest["rules"]) == 64


def test_an_empty_file_has_its_head_and_its_manifest_says_0_rows(site, raw):
    query = urlencode({"tag": names(raw, 1), "start": "2020-01-01", "stop": "2020-01-02"}, True)
    assert got(f"{site}/api/v1/export.csv?{query}") == (200, b"tag,time,value,qc\r\n")
    status, told = got(f"{site}/api/v1/export/manifest?{query}")
    manifest = json.loads(told)
    assert (status, manifest["rows"], manifest["first"], manifest["bytes"]) == (200, 0, None, 19)
    buckets = f"{site}/api/v1/export.csv?{query}&resolution=1h&columns=tag,time,avg,coverage,alarm"
    assert got(buckets) == (200, b"tag,time,avg,coverage,alarm\r\n")


@pytest.mark.parametrize("resolution", ["raw", "1h"])
@pytest.mark.parametrize("after", [timedelta(hours=-1), timedelta(0), timedelta(hours=20)])
def test_a_manifest_says_until_when_its_file_changes(site, raw, resolution, after):
    """Start and stop are fixed, and what is not over yet is another file a moment later."""
    now = datetime.now(UTC)
    stop = (now + after).replace(minute=30, second=0, microsecond=0)
    query = {"tag": names(raw, 1), "start": (now - timedelta(hours=4)).isoformat(), "tz": "UTC"}
    query |= {"stop": stop.isoformat(), "resolution": resolution}
    status, told = got(f"{site}/api/v1/export/manifest?{urlencode(query, True)}")
    until = stop if resolution == "raw" else stop.replace(minute=0) + timedelta(hours=1)
    assert status == 200, told
    found = json.loads(told)["filling_until"]
    if until < now or until > now + timedelta(minutes=1):  # else it is over meanwhile
        assert found == (until.isoformat() if until > now else None)


def test_a_manifest_of_a_window_that_moves_is_refused(site, raw):
    for query, word in (
        ("window=1h", "start and stop"),
        ("kind=doc", "kind"),
        ("kind=csv&kind=csv", "kind"),
    ):
        status, text = got(f"{site}/api/v1/export/manifest?tag={names(raw, 1)[0]}&{query}")
        assert status == 400 and word in text.decode()


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet", "arrow"])
@pytest.mark.parametrize(
    "query",
    [{}, {"resolution": "1m"}, {"resolution": "30s"}, {"resolution": "1s"}, {"quality": "good"}],
)
def test_an_estimate_is_near_the_file(historian, raw, kind, query):
    asked = question(tag=names(raw, 6), **WINDOW, **query)
    told = export.estimate(asked, kind)
    text, count = file(asked, kind), file(asked).count(b"\r\n") - 1
    assert (told["rows_known"], told["bytes_known"]) == ("counted", "sampled")
    assert told["rows"] == pytest.approx(count, rel=0.02)
    assert told["bytes"] == pytest.approx(len(text), rel=0.2)


def test_without_rollups_the_planner_guesses_and_says_so(historian, raw, monkeypatch):
    with closing(psycopg2.connect(historian)) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("ANALYZE influx_hist")
    monkeypatch.setattr(type(queries.catalog()), "rollups", ())
    asked = question(tag=names(raw, 2), **WINDOW)
    told = export.estimate(asked)
    assert told["rows_known"] == "planner"
    assert told["rows"] == pytest.approx(file(asked).count(b"\r\n") - 1, rel=0.5)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("query", [{}, {"resolution": "10m"}, {"quality": "good"}])
def test_a_guess_gives_way_to_what_the_first_rows_tell(historian, raw, kind, query, monkeypatch):
    asked = question(tag=names(raw, 2), **WINDOW, **query)
    count = file(asked).count(b"\r\n") - 1
    monkeypatch.setattr(size, "rows_of_question", lambda _question: Rows(3, "planner"))
    told = export.estimate(asked, kind)
    if told["rows_known"] == "unknown":  # there are more rows than were read
        assert (told["rows"], told["bytes"], kind) == (None, None, "csv")
        assert count > size.SAMPLE
    else:
        assert (told["rows"], told["rows_known"]) == (count, "counted")
        assert told["bytes"] == pytest.approx(len(file(asked, kind)), rel=0.2)


def test_without_rollups_no_rows_of_readings_side_by_side_are_known(historian, raw, monkeypatch):
    asked = question(tag=names(raw, 2), shape="wide", **WINDOW)
    told, count = export.estimate(asked), file(asked).count(b"\r\n") - 1
    assert (told["rows"], told["rows_known"], count > size.SAMPLE) == (count, "counted", True)
    monkeypatch.setattr(type(queries.catalog()), "rollups", ())
    told = export.estimate(asked)
    assert told == {
        "rows": None, "bytes": None, "rows_known": "unknown", "bytes_known": "unknown",
        "gone_before": None, "readings_gone": {}, "tags_not_looked_at": 0,
    }  # fmt: skip
