"""`manage.py check` and `/status.json` over real databases: what was broken is what is said."""

import json
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from click.testing import CliRunner
from psycopg2.extensions import make_dsn

import web
from components.status import in_language
from components.status.worded import worded
from data import queries, status
from data.analysis import checks
from data.db import cache, pool
from data.status import sampling
from data.store import install
from manage import cli
from settings import Settings
from tests.conftest import free_port
from tests.support import predecessor
from tests.support.historians import Historian, rolled

pytestmark = pytest.mark.db

#: The hour that is broken: five hours ago, so that no stretch is filling.
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
BROKEN = NOW - timedelta(hours=5)


def readings(hours: int = 30, seconds: int = 60) -> pd.DataFrame:
    times = pd.date_range(NOW - timedelta(hours=hours), datetime.now(UTC), freq=f"{seconds}s")
    return pd.DataFrame({"value": range(len(times))}, times.as_unit("us")).astype(float)


@pytest.fixture
def whole(own: Historian) -> Historian:
    """A store of ours with thirty hours of three tags, a reading a minute, rolled up."""
    for tag in ("a", "b", "c"):
        own.write(readings(), tag)
    own.refresh()
    return own


def levels(*keys: str) -> dict[str, str]:
    """Return the level of each of these lines that is said, by subject and key."""
    cache.forget()
    found = {f"{line.subject} {line.key}": line.level for line in status.now().lines}
    return {name: level for name, level in found.items() if not keys or name.split()[1] in keys}


def lines(key: str) -> list[status.Line]:
    cache.forget()
    return [line for line in status.now().lines if line.key == key]


def test_a_store_that_is_whole_has_nothing_to_mend(whole):
    said = levels()
    assert set(said.values()) <= {"ok", "note"}
    for name in ("influx_agg_1m", "influx_agg_10m", "influx_agg_1h"):
        assert said[f"{name} whole"] == "ok"


def test_an_hour_without_rows_is_a_hole_where_there_are_readings(whole):
    stop = BROKEN + timedelta(hours=1)
    lost = f"DELETE FROM {whole.stored('influx_agg_1m')} WHERE bucket >= %s AND bucket < %s"
    whole.run(lost, (BROKEN, stop))
    assert levels("holes") == {"influx_agg_1m holes": "fault"}
    (line,) = lines("holes")
    wanted = {"span": timedelta(hours=1), "start": BROKEN, "stop": stop}
    assert {name: line.values[name] for name in wanted} == wanted


def test_a_rollup_of_others_that_holds_flagged_or_deleted_readings_is_not_called_whole(bare):
    bare.run("ALTER TABLE influx_hist ADD qc smallint NOT NULL DEFAULT 0")
    bare.write(readings())
    bare.run("UPDATE influx_hist SET qc = 1 WHERE ts >= %s AND ts < %s", (BROKEN, NOW))
    rolled(bare, "influx_agg_1h", "influx_agg_10m")
    assert levels("over", "whole") == dict.fromkeys(
        ("influx_agg_1h over", "influx_agg_10m over"), "risk"
    )
    line = lines("over")[-1]
    assert (line.values["start"], line.values["stop"]) == (BROKEN, NOW)
    assert line.values["more"] == 5 * 60
    bare.run("UPDATE influx_hist SET qc = 0")
    assert levels("over", "whole") == dict.fromkeys(
        ("influx_agg_1h whole", "influx_agg_10m whole"), "ok"
    )
    bare.run("DELETE FROM influx_hist WHERE ts >= %s AND ts < %s", (BROKEN, NOW))
    assert set(levels("over")) == {"influx_agg_1h over", "influx_agg_10m over"}
    bare.run("DELETE FROM influx_hist WHERE ts < %s", (NOW,))  # retention: nothing to compare with
    assert levels("over") == {}


def test_an_hour_without_rows_is_no_hole_where_there_are_no_readings(whole):
    stop = BROKEN + timedelta(hours=1)
    whole.run("DELETE FROM influx_hist WHERE ts >= %s AND ts < %s", (BROKEN, stop))
    whole.refresh()
    assert levels("holes", "short") == {}


def test_readings_that_came_late_are_counted_exactly(whole):
    """Thirty of the sixty of an hour that no rollup has seen, of one tag."""
    whole.run("ALTER TABLE influx_hist DISABLE TRIGGER USER")
    late = pd.date_range(BROKEN + timedelta(seconds=30), periods=30, freq="60s")
    whole.write(pd.DataFrame({"value": 1.0}, late.as_unit("us")), "b")
    said = lines("short")
    assert {line.subject for line in said} >= {"influx_agg_1m", "influx_agg_10m", "influx_agg_1h"}
    assert {line.values["lost"] for line in said} == {30}
    assert {line.values["start"] for line in said if line.subject != "influx_agg_1d"} == {BROKEN}


def test_a_rollup_of_others_that_stands_still_is_behind(bare):
    bare.write(readings(), "a")
    rolled(bare, "influx_agg_1m")
    bare.run("DELETE FROM influx_agg_1m WHERE bucket >= %s", (BROKEN,))
    assert levels("behind") == {"influx_agg_1m behind": "risk"}
    (line,) = lines("behind")
    assert timedelta(hours=4, minutes=59) < line.values["lag"] <= datetime.now(UTC) - BROKEN
    assert levels("holes", "short") == {}


def test_a_reading_of_the_future_makes_no_relation_newer(bare):
    ahead = pd.DataFrame({"value": [1.0]}, [pd.Timestamp(NOW + timedelta(hours=9)).as_unit("us")])
    bare.write(pd.concat([readings(), ahead]), "a")
    rolled(bare, "influx_agg_1m")
    bare.run(
        "DELETE FROM influx_agg_1m WHERE bucket >= %s AND bucket < %s", (BROKEN, ahead.index[0])
    )
    assert levels("behind") == {"influx_agg_1m behind": "risk"}
    (line,) = lines("behind")
    assert timedelta(hours=4, minutes=59) < line.values["lag"] <= datetime.now(UTC) - BROKEN
    relations = status.now().relations
    for name in ("influx_hist", "influx_agg_1m"):
        assert relations[name].newest <= datetime.now(UTC), name


def test_a_tag_of_which_a_rollup_has_no_row_at_all_is_missing_in_it(bare):
    every = readings()
    for tag in ("a", "b"):
        bare.write(every, tag)
    rolled(bare, "influx_agg_1m")
    bare.run("DELETE FROM influx_agg_1m WHERE tag_name = 'b'")
    assert levels("holes") == {"influx_agg_1m holes": "fault"}
    (line,) = lines("holes")
    whole_hours = every.index.floor("h").unique()[:-1]
    assert line.values["span"] == timedelta(hours=len(whole_hours))
    assert line.values["start"] == whole_hours[0]


def test_a_tag_that_is_silent_since_before_a_rollup_begins_is_not_missing_in_it(bare):
    bare.write(readings().head(60), "b")
    bare.write(readings().tail(600), "a")
    rolled(bare, "influx_agg_1m")
    bare.run("DELETE FROM influx_agg_1m WHERE tag_name = 'b'")
    assert levels("holes", "unprobed") == {}


@pytest.fixture
def reader(whole: Historian):
    """A role that may SELECT and nothing else, by which the pages read."""
    role = f"status_{whole.connection.info.dbname}"
    whole.run(f"CREATE ROLE {role} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    dsn = f"{whole.dsn} options='-c role={role}'"
    pool.connect(dsn)
    yield role, dsn
    pool.dispose()
    whole.run(f"DROP OWNED BY {role}; DROP ROLE {role}")


def test_the_right_to_select_is_enough_and_one_more_is_a_risk(whole, reader):
    role, _dsn = reader
    assert levels("only_reads", "may_write") == {"role only_reads": "ok"}
    assert levels("whole", "holes", "not_looked_at").keys() >= {"influx_agg_1m whole"}
    whole.run(f"GRANT DELETE ON influx_hist TO {role}")
    (line,) = lines("may_write")
    assert line.values["relations"] == ("influx_hist",)


@pytest.mark.parametrize(
    ("relation", "level"),
    [("influx_qc_rule", "fault"), ("influx_agg_1h", "risk"), ("influx_hist", "fault")],
)
def test_a_right_that_was_taken_away_is_said(whole, reader, relation, level):
    role, _dsn = reader
    whole.run(f"REVOKE SELECT ON {relation} FROM {role}")
    assert levels("denied") == {f"{relation} denied": level}


def test_no_rollup_is_called_empty_where_no_reading_may_be_read(whole, reader):
    """Then nobody can look; who believes it removes a rollup that is whole."""
    role, _dsn = reader
    whole.run(f"REVOKE SELECT ON influx_hist FROM {role}")
    said = levels("empty", "without_tags", *(f"is_{name}" for name in status.WIDTHS))
    assert said == {f"{name} without_tags": "note" for name in status.WIDTHS}


def test_a_text_value_is_named_with_the_view_that_casts_it(empty):
    empty.run("CREATE TABLE influx_hist (ts timestamptz, tag_name text, value text)")
    assert levels("no_number") == {"influx_hist no_number": "fault"}


def test_a_database_without_readings_says_so(empty):
    assert levels("no_influx_hist") == {"influx_hist no_influx_hist": "fault"}


def test_two_rules_for_a_tag_are_a_risk(bare):
    bare.write(readings(2), "a")
    bare.run("CREATE TABLE influx_qc_rule (tag_name text, warning_max float8)")
    bare.run("INSERT INTO influx_qc_rule VALUES ('a', 1), ('a', 2)")
    assert lines("rules_twice")[0].values["tags"] == ("a",)
    assert levels("spelt_other") == {"influx_qc_rule spelt_other": "ok"}


def test_two_rules_for_a_tag_are_said_to_judge_as_they_do(bare, in_english):
    bare.run("CREATE TABLE influx_qc_rule (tag_name text, max_val float8)")
    bare.run("INSERT INTO influx_qc_rule VALUES ('a', 1), ('a', 2), ('b', 1), ('b', 1)")
    bare.run("INSERT INTO influx_hist VALUES (now(), 'a', 1), (now(), 'b', 1)")
    states = {name: tag.checks.state for name, tag in queries.tags().items()}
    assert states == {"a": checks.RULE_ERROR, "b": checks.ACTIVE}
    (line,) = lines("rules_twice")
    assert (line.values["tags"], lines("rule_errors")[0].values["tags"]) == (("a", "b"), ("a",))
    assert "chance" not in worded(line, UTC).means


def test_rules_and_descriptions_that_may_not_be_read_are_not_said_to_lack(whole, reader):
    role, _dsn = reader
    assert levels("ruled", "undescribed").keys() == {"rules ruled", "influx_tag undescribed"}
    whole.run(f"REVOKE SELECT ON influx_qc_rule, influx_tag FROM {role}")
    assert levels("ruled", "undescribed") == {} and len(lines("denied")) == 2


def test_of_a_view_no_index_is_said_to_lack(bare):
    bare.run("ALTER TABLE influx_hist RENAME TO beneath")
    bare.run("CREATE VIEW influx_hist AS SELECT * FROM beneath")
    bare.run("INSERT INTO beneath VALUES (now(), 'a', 1)")
    assert not lines("no_index") and lines("index_beneath")[0].level == "note"


def test_a_connection_goes_back_with_the_time_limit_of_the_pages(own):
    pool.connect(own.dsn, pool_size=1, statement_timeout_ms=4_321)
    levels()
    with pool.checkout() as connection, connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("4321ms",)


def test_a_look_through_a_pooler_is_the_same(whole):
    pool.connect(whole.dsn, pooler=True, pool_size=1)
    assert levels("whole").keys() >= {"influx_agg_1m whole"}


def test_what_takes_too_long_is_said_and_not_guessed(whole, monkeypatch):
    monkeypatch.setattr(sampling, "_numbers", lambda *_: None)
    assert levels("not_looked_at", "whole", "holes") == {
        f"{name} not_looked_at": "note" for name in status.WIDTHS
    }


#: As dashboards define them: windows by rows, `k` of the deviation, slope by the second.
INDICATORS = """
CREATE VIEW tech_ind_1m_mv AS
SELECT bucket, tag_name, avg, avg(avg) OVER w10 AS sma_10, avg(avg) OVER w60 AS sma_60,
       avg(avg) OVER w20 + 2 * {deviation}(avg) OVER w20 AS bb_top,
       avg(avg) OVER w20 - 2 * {deviation}(avg) OVER w20 AS bb_bot,
       regr_slope(avg, extract(epoch FROM bucket)) OVER w60 * {seconds} AS slope_60
FROM influx_agg_1m
WINDOW w AS (PARTITION BY tag_name ORDER BY bucket), w10 AS (w ROWS 9 PRECEDING),
       w20 AS (w ROWS 19 PRECEDING), w60 AS (w ROWS 59 PRECEDING)
"""


@pytest.fixture
def theirs(bare):
    """Thirty hours of a tag that swings, and its 1 min rollup, of a dashboard before this one."""
    frame = readings(30, 10)
    frame["value"] = 100 + (frame["value"] % 977) * (1 + frame["value"] % 7)
    bare.write(frame, "a")
    rolled(bare, "influx_agg_1m")
    return bare


def verdicts(relation: str) -> dict[str, tuple[str, ...]]:
    """Return which columns of a relation of others are said to be what."""
    cache.forget()
    found = [line for line in status.now().lines if line.subject == relation]
    return {
        line.key: line.values.get("columns", ()) for line in found if not line.key.startswith("is_")
    }


def test_indicators_that_are_stored_as_we_compute_them_are_said_to_be_equal(theirs):
    theirs.run(INDICATORS.format(deviation="stddev_pop", seconds=3_600))
    columns = ("avg", "sma_10", "sma_60", "bb_top", "bb_bot", "slope_60")
    assert verdicts("tech_ind_1m_mv") == {"stored_equal": columns}
    (line,) = lines("stored_equal")
    assert line.level == "ok" and line.values["counted"] > 6 * 100


def test_indicators_of_another_definition_are_named_by_it(theirs):
    theirs.run(INDICATORS.format(deviation="stddev_samp", seconds=60))
    assert verdicts("tech_ind_1m_mv") == {
        "stored_equal": ("avg", "sma_10", "sma_60"),
        "stored_sample": ("bb_top", "bb_bot"),
        "stored_per_minute": ("slope_60",),
    }


def test_indicators_over_a_gap_by_rows_are_said_to_be_so(theirs):
    gap = (NOW - timedelta(minutes=90), NOW - timedelta(minutes=75))
    for relation, time in (("influx_hist", "ts"), ("influx_agg_1m", "bucket")):
        theirs.run(f"DELETE FROM {relation} WHERE {time} >= %s AND {time} < %s", gap)
    theirs.run(INDICATORS.format(deviation="stddev_pop", seconds=3_600))
    said = verdicts("tech_ind_1m_mv")
    assert said["stored_equal"] == ("avg",)
    assert {"sma_10", "sma_60", "bb_top", "bb_bot"} <= {*said["stored_rows"], "slope_60"}
    assert "sma_10" in said["stored_beyond"]


def test_indicators_that_are_none_are_a_risk_with_the_greatest_difference(theirs):
    theirs.run(predecessor.VIEWS)  # there the mean itself stands for mean and band
    said = verdicts("tech_ind_1m_mv")
    assert said["stored_equal"] == ("avg",)
    assert said["stored_other"] == ("sma_10", "sma_60", "bb_top", "bb_bot", "slope_60")
    assert verdicts("features_5m") == {
        "stored_equal": ("mean_5m", "std_5m", "min_5m", "max_5m", "p10_5m", "p90_5m", "n_5m")
    }
    with in_language("en"):
        (word,) = [worded(line, UTC) for line in lines("stored_other")]
    assert word.level == "risk" and "differ from ours by up to " in word.found


def test_features_by_discrete_percentiles_are_named(theirs):
    view = predecessor.VIEWS.split(";")[1]
    theirs.run(view.replace("percentile_cont", "percentile_disc"))
    assert verdicts("features_5m")["stored_nearest"] == ("p10_5m", "p90_5m")


def test_a_stored_relation_that_is_slow_is_said_to_be_not_compared(theirs):
    slow = "SELECT bucket, tag_name, avg, avg + 0 * length(pg_sleep(3)::text)"
    columns = "".join(f", avg AS {name}" for name in ("sma_10", "sma_60", "bb_top", "bb_bot"))
    theirs.run(f"CREATE VIEW tech_ind_1m_mv AS {slow} AS slope_60{columns} FROM influx_agg_1m")
    assert verdicts("tech_ind_1m_mv") == {"not_compared": ()}


def check(*arguments: str):
    return CliRunner().invoke(cli, ["check", *arguments])


def test_check_ends_with_1_where_something_must_be_mended(whole):
    assert check("--dsn", whole.dsn).exit_code == 0
    whole.run(f"DELETE FROM {whole.stored('influx_agg_1h')} WHERE bucket = %s", (BROKEN,))
    cache.forget()
    done = check("--dsn", whole.dsn)
    assert done.exit_code == 1
    assert "1 h missing between" in " ".join(done.output.split())
    cache.forget()
    told = json.loads(check("--dsn", whole.dsn, "--json", "--lang", "ko").output)
    assert told["level"] == "fault"
    assert told["relations"]["influx_agg_1h"]["missing"] == [BROKEN.isoformat()]
    (hole,) = [line for line in told["lines"] if line["key"] == "holes"]
    assert "빠져" in hole["found"]


def test_check_says_in_a_sentence_that_nobody_answers():
    done = check("--dsn", f"host=127.0.0.1 port={free_port()} dbname=secretplant")
    assert done.exit_code == 1
    assert "Traceback" not in done.output
    assert "mend --dsn" in done.stdout and "TS_DSN" not in done.stdout


def test_what_a_command_says_of_a_historian_names_the_option_that_gave_it(monkeypatch, tmp_path):
    """Of a host that is not there: TS_DSN is not what must be mended."""
    monkeypatch.setenv("TS_DSN", "host=127.0.0.1 port=1 dbname=another")
    nowhere = "host=nowhere.invalid dbname=plant"
    for more in ((), ("--json",)):
        assert "in --dsn" in " ".join(check("--dsn", nowhere, *more).stdout.split())
    words = ["export", "--tag", "D1", "--window", "1h", "--output", str(tmp_path / "a.csv")]
    done = CliRunner().invoke(cli, [*words, "--dsn", nowhere])
    assert done.exit_code == 1 and "no host of the name in --dsn" in done.stderr
    assert "mend TS_DSN" in CliRunner().invoke(cli, ["check"]).stdout


def test_the_route_sends_the_lines_and_names_no_host_user_or_path(whole):
    dsn = make_dsn(whole.dsn, application_name="ksys")
    site = web.create_app(Settings(dsn=dsn))
    cache.forget()
    answer = site.server.test_client().get("/status.json")
    assert answer.status_code == 200
    assert answer.json["level"] == "ok" or answer.json["level"] == "note"
    info = whole.connection.info
    for secret in (info.host, info.dbname, f'"{info.user}"'):
        assert secret not in answer.text
    for width in ("1d", "1h", "10m", "1m"):  # aggregates on one another go one by one
        whole.drop(f"ksys_left_{width}")
    whole.run("DROP TABLE influx_hist CASCADE")
    cache.forget()
    assert site.server.test_client().get("/status.json").json["level"] == "fault"


#: Index of the readings -> what is said of it, nothing of one by which newest readings are read.
INDEXES = {
    "(tag_name, ts DESC)": None,
    "(tag_name, ts)": None,
    "(tag_name, ts) INCLUDE (value)": None,
    "(tag_name, ts DESC) WHERE tag_name IS NOT NULL": None,
    "(ts, tag_name)": "no_index",
    "(tag_name) INCLUDE (ts)": "index_unfit",
    "(tag_name, value)": "index_unfit",
    "(tag_name, (value + 1))": "index_unfit",
    "(tag_name, ts DESC NULLS LAST)": "index_unfit",
    '(tag_name COLLATE "C", ts)': "index_unfit",
    "(tag_name varchar_ops, ts)": None,
    "(tag_name DESC, ts)": None,
    "(tag_name text_pattern_ops, ts DESC)": "index_pattern",
    "(tag_name varchar_pattern_ops, ts)": "index_pattern",
    "(tag_name bpchar_pattern_ops, ts)": "index_unfit",
    "USING brin (tag_name, ts)": "index_unfit",
    "(tag_name, ts) WHERE ts >= '2026-01-01 00:00+00'": "index_of_some",
    "(tag_name, ts) WHERE tag_name = 'b'": "index_of_some",
}
NEWEST = """
EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)
SELECT ts FROM influx_hist WHERE tag_name = 'a' ORDER BY ts DESC LIMIT 1
"""
NEXT_NAME = """
EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)
SELECT tag_name FROM influx_hist WHERE tag_name > 'a' ORDER BY tag_name LIMIT 1
"""
#: Pages of a historian that an index by tag and time reads for a newest reading, or a name.
FEW = 5
OF_INDEX = (
    *("no_index", "index_unfit", "index_pattern", "index_of_some", "index_of_parts"),
    "index_invalid",
)


@pytest.fixture
def unindexed(empty):
    """A foreign historian with readings, those of a tag older than the others, and no index."""
    empty.run("CREATE TABLE influx_hist (ts timestamptz, tag_name text, value float8)")
    empty.write(readings().head(900), "a")
    for tag in ("b", "c"):
        empty.write(readings(), tag)
    return empty


def of_index() -> dict[str, str]:
    """What of the index is said of the readings, and by `schema check` the same."""
    said = {name.split()[1]: level for name, level in levels(*OF_INDEX).items()}
    with pool.checkout() as connection:
        found = [each for each in install.check(connection) if each.key in OF_INDEX]
    assert [each.key for each in found] == list(said)
    return said


@pytest.mark.parametrize(("index", "key"), INDEXES.items())
def test_an_index_is_said_to_lack_where_newest_readings_are_not_read_by_it(unindexed, index, key):
    unindexed.run(f"CREATE INDEX ON influx_hist {index}")
    unindexed.run("VACUUM ANALYZE influx_hist")
    assert reads_few(unindexed, NEWEST) == (key in (None, "index_pattern"))
    if key in (None, "index_pattern"):
        assert reads_few(unindexed, NEXT_NAME) == (key is None)
    assert of_index() == ({key: "risk"} if key else {})


def reads_few(historian, statement) -> bool:
    with historian.connection.cursor() as cursor:
        cursor.execute(statement)
        plan = cursor.fetchone()[0][0]["Plan"]
    return bool(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= FEW)


def test_an_index_of_another_operator_class_in_some_parts_finds_no_names_there(empty):
    empty.run(
        "CREATE TABLE influx_hist (ts timestamptz, tag_name text, value float8)"
        " PARTITION BY RANGE (ts);"
        "CREATE TABLE later PARTITION OF influx_hist FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);"
        "CREATE TABLE earlier PARTITION OF influx_hist DEFAULT;"
        "CREATE INDEX ON later (tag_name, ts); INSERT INTO influx_hist VALUES (now(), 'a', 1)"
    )
    empty.run("CREATE INDEX ON earlier (tag_name bpchar_pattern_ops, ts)")
    assert of_index() == {"index_of_parts": "risk"}
    empty.run("CREATE INDEX ON earlier (tag_name text_pattern_ops, ts)")
    assert of_index() == {"index_pattern": "risk"}
    (line,) = lines("index_pattern")
    assert "text_pattern_ops" in line.values["index"]
    empty.run("CREATE INDEX ON earlier (tag_name, ts)")
    assert of_index() == {}


def test_an_index_is_looked_for_in_each_part_of_the_readings(empty):
    empty.run(
        "CREATE TABLE influx_hist (ts timestamptz, tag_name text, value float8)"
        " PARTITION BY RANGE (ts);"
        "CREATE TABLE later PARTITION OF influx_hist FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);"
        "CREATE TABLE earlier PARTITION OF influx_hist DEFAULT;"
        "INSERT INTO influx_hist VALUES (now(), 'a', 1)"
    )
    assert of_index() == {"no_index": "risk"}
    empty.run("CREATE INDEX above ON ONLY influx_hist (tag_name, ts DESC)")
    assert of_index() == {"index_invalid": "risk"}
    empty.run("CREATE INDEX of_later ON later (tag_name, ts DESC)")
    assert of_index() == {"index_of_parts": "risk"}
    (line,) = lines("index_of_parts")
    assert line.values == {"served": 1, "parts": 2}
    empty.run("CREATE INDEX of_earlier ON earlier (tag_name, ts DESC)")
    assert of_index() == {}


def test_readings_in_a_table_and_in_those_that_inherit_from_it_need_an_index_each(unindexed):
    unindexed.run("CREATE TABLE later () INHERITS (influx_hist)")
    unindexed.run("CREATE INDEX ON later (tag_name, ts DESC)")
    assert of_index() == {"index_of_parts": "risk"}
    unindexed.run("CREATE INDEX ON influx_hist (tag_name, ts DESC)")
    assert of_index() == {}


def test_an_index_that_was_not_built_to_its_end_is_said_to_be_not_valid(unindexed):
    unindexed.run("CREATE INDEX unfinished ON influx_hist (tag_name, ts DESC)")
    unindexed.run(
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'unfinished'::regclass"
    )
    assert of_index() == {"index_invalid": "risk"}


@pytest.mark.parametrize("language", ["en", "ko"])
def test_what_an_index_is_in_place_of_the_one_by_tag_and_time_is_told_in_words(unindexed, language):
    unindexed.run("CREATE INDEX ON influx_hist (tag_name, ts) WHERE value > 0")
    with in_language(language):
        (word,) = [worded(line, UTC) for line in lines("index_of_some")]
    assert "btree (tag_name, ts) WHERE (value > (0)::double precision)" in word.found
    assert word.means and word.deed
    with pool.checkout() as connection:
        (said,) = [each.sentence for each in install.check(connection) if each.key == word.key]
    assert "WHERE (value > (0)::double precision)" in said
