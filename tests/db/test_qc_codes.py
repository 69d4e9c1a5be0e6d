"""A historian whose qc is a code of OPC: read by its meaning, never NORMAL before it is told."""

from contextlib import closing
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import psycopg2
import pytest

from components import notices
from data import queries
from data.analysis import quality, states
from data.buckets import resolution
from data.db import cache, pool
from data.errors import ForeignSchema
from data.sql import QcCode
from data.store import install
from data.views import histories, overview, rows
from data.views.view import View
from tests.support.historians import START, ZONE, Historian, asked, rolled, spread, window

pytestmark = pytest.mark.db
RULE = "INSERT INTO influx_qc_rule (tag_name, min_val, max_val, warn_max) VALUES (%s, 0, 100, 80)"
CODES = {
    "da": {"good": [192, 216, None], "other": [0, 24, 64, 85, 255]},
    "ua": {"good": [0, 0x0080, None], "other": [0x4000, -0x8000, -0x4000]},
    "flag": {"good": [0, None], "other": [1, 2, 192]},
}


@pytest.fixture
def theirs(empty: Historian) -> Historian:
    """A foreign historian: readings with qc, rules, no rollup."""
    empty.run(
        "CREATE TABLE influx_hist (ts timestamptz, tag_name text, value float8, qc smallint,"
        " meta jsonb, UNIQUE (ts, tag_name))"
    )
    empty.run("CREATE INDEX ON influx_hist (tag_name, ts DESC)")
    empty.run(
        "CREATE TABLE influx_qc_rule (tag_name text, min_val float8, max_val float8,"
        " warn_max float8)"
    )
    spread(empty.dsn)
    return empty


def write(historian: Historian, tag: str, readings: list[tuple[float, float, int | None]]) -> None:
    """Write (seconds before now, value, qc)."""
    with historian.connection.cursor() as cursor:
        for seconds, value, qc in readings:
            cursor.execute(
                "INSERT INTO influx_hist (ts, tag_name, value, qc)"
                " VALUES (now() - make_interval(secs => %s), %s, %s, %s)",
                (seconds, tag, value, qc),
            )


def write_codes_of_da(historian: Historian) -> None:
    """Write readings of twenty tags with a rule each: good ones in OPC DA, and of two bad ones."""
    for place in range(20):
        historian.run(RULE, (f"t{place}",))
        write(historian, f"t{place}", [(5.0 * k + 1, 50.0, 192) for k in range(20)])
    historian.run("UPDATE influx_hist SET qc = 0 WHERE tag_name IN ('t3', 't4')")


def told(historian: Historian, code: str | None) -> None:
    """Read the historian by this meaning of qc."""
    pool.connect(historian.dsn, qc_code=code)
    cache.forget()


@pytest.mark.parametrize("code", CODES)
def test_readers_agree_on_what_is_good_by_each_code(theirs: Historian, code: str) -> None:
    """The bad readings of 95 are neither an alarm nor a value; the good ones before are."""
    theirs.run(RULE, ("a",))
    good, other = CODES[code]["good"], CODES[code]["other"]
    readings = [(60.0 + 5 * k, 50.0, qc) for k, qc in enumerate(good * 3)]
    write(theirs, "a", readings + [(1.0 + 5 * k, 95.0, qc) for k, qc in enumerate(other)])
    told(theirs, code)
    now = overview.now(queries.tags()).states.loc["a"]
    assert states.BADGES[now["badge"]] == "BAD"
    assert (now["reasons"], now["alarm"]) == (quality.SOURCE, 0)
    _latest, trusted, _reference = queries.recent(("a",), overview.REFERENCE_S)
    assert set(trusted["value"]) == {50.0}
    moment = datetime.now(UTC)
    view = (moment - timedelta(hours=1), moment + timedelta(seconds=60))
    for token in ("raw", "1m", "1h"):
        history = queries.history(asked("a", token, *view, low=0, high=100))
        assert history["n"].sum() == len(readings), token
        assert history["bad"].sum() == len(other), token
        assert np.nanmax(history["max"]) == 50
    sparks = queries.sparklines(("a",))
    assert np.nanmax(sparks["max"]) == 50 and sparks["bad"].sum() == len(other)
    before = queries.before("a", moment, queries.tags()["a"].checks)
    assert (before["qc"] == 0).sum() == len(readings)
    assert set(queries.tail(("a",), 2)["qc"]) == {other[0], other[1]}  # as it stands there


def test_a_historian_of_opc_da_is_never_normal_before_somebody_says_so(
    theirs: Historian, in_english: None
) -> None:
    write_codes_of_da(theirs)
    told(theirs, None)
    assert queries.catalog().flagged is QcCode.OPEN
    found = overview.now(queries.tags()).states
    assert {states.BADGES[code] for code in found["badge"]} == {"BAD"}
    assert set(found["alarm"]) == {-1}
    shares = overview.details("t3", "UTC").time_in_state[8]
    assert shares["NORMAL"] == 0 and shares["BAD"] > 0
    ((level, sentence),) = notices.about_tags(queries.about_tags(), UTC)
    assert level == "fault"
    assert "qc looks like OPC DA: 90% are 192." in sentence and "QC_CODE=da" in sentence
    told(theirs, "da")
    assert queries.about_tags() == queries.AboutTags()
    found = overview.now(queries.tags()).states
    badges = [states.BADGES[code] for code in found["badge"]]
    assert (badges.count("NORMAL"), badges.count("BAD")) == (18, 2)


@pytest.mark.one_server("our own schema is not made there")
def test_our_own_schema_is_not_made_over_codes_before_somebody_says_which(
    theirs: Historian, in_english: None
) -> None:
    write_codes_of_da(theirs)
    with closing(psycopg2.connect(theirs.dsn)) as connection:
        (fault,) = [each for each in install.check(connection) if each.key == "qc"]
        with pytest.raises(ForeignSchema, match="90% are 192"):
            install.refuse_codes(connection, None, "install")
        assert not any(each.key == "qc" for each in install.check(connection, "da"))
        with pytest.raises(ForeignSchema, match="QC_CODE=da"):
            install.refuse_codes(connection, "da", "load")
        install.refuse_codes(connection, "flag", "load")
    assert fault.level == "fault" and "OPC DA: 90% are 192" in fault.sentence


def test_what_a_code_looked_like_yesterday_is_seen_in_an_outage_of_all(theirs: Historian) -> None:
    theirs.run(RULE, ("a",))
    day = 86_400.0
    write(theirs, "a", [(day + 5.0 * k, 50.0, 192) for k in range(20)])
    write(theirs, "a", [(5.0 * k + 1, 50.0, 0) for k in range(20)])
    told(theirs, None)
    assert queries.catalog().flagged is QcCode.OPEN


def test_where_nobody_said_it_no_rollup_says_good_either(theirs: Historian) -> None:
    times = pd.date_range(START, periods=200, freq="30s", unit="us")
    readings = pd.DataFrame({"value": 50.0, "qc": 192}, times)
    theirs.write(readings)
    rolled(theirs, "influx_agg_1m")
    view = View(
        ("D1",), *window(1), datetime.now(UTC), ZONE, live=False, resolution=resolution("1m")
    )
    told(theirs, None)
    table = rows(histories(view)[0], view.now)
    assert set(table["quality"]) == {"BAD"} and table["bad"].sum() == 120
    told(theirs, "da")
    item = histories(view)[0][0]
    assert item.source == "influx_agg_1m" and item.frame["n"].sum() == 120


def test_our_rollups_over_a_code_are_not_read_and_the_check_says_so(own: Historian) -> None:
    times = pd.date_range(START, periods=200, freq="30s", unit="us")
    qc = np.where(np.arange(200) % 4 == 0, 0, 192)
    own.write(pd.DataFrame({"value": 50.0, "qc": qc}, times))
    own.refresh()
    told(own, "da")
    history = queries.history(asked("D1", "1m", *window(1)))
    assert history.attrs["source"] == "influx_hist"
    assert (history["n"].sum(), history["bad"].sum()) == (90, 30)
    five = queries.features(asked("D1", "5m", *window(1)))
    assert five.attrs["source"] == "influx_hist" and five["n_5m"].sum() == 90
    with closing(psycopg2.connect(own.dsn)) as connection:
        notes = [each for each in install.check(connection, "da") if each.key == "qc"]
    assert [each.level for each in notes] == ["note"] and "not read" in notes[0].sentence
