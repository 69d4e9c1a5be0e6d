"""`manage.py export`: the bytes of the address, whole or not there, and on from where it ended."""

import json
import urllib.request
from contextlib import closing
from dataclasses import replace

import pandas as pd
import psycopg2
import pytest

from commands.export import command, parts
from components.export import snippets
from data import export
from data.db import HistorianUnavailable
from data.errors import BadInput
from data.store import install
from tests.db.test_manage import manage
from tests.support.historians import spread

pytestmark = pytest.mark.db
ODD = '=가나 "q", b'
READINGS = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT timestamptz '2026-03-01 05:00+09' + each * interval '97 s', tag,
        50 + 40 * sin(each / 150.0)
    FROM generate_series(0, 4000) AS each, unnest(%s) AS tag
"""
#: Beyond 80 it warns until below 70, over midnight too.
RULE = """
    INSERT INTO influx_qc_rule (tag_name, min_val, max_val, warn_max, deadband_pct, spike_zscore)
    SELECT tag, 0, 100, 80, 10, 3 FROM unnest(%s) AS tag
"""
WINDOW = ("--start", "2026-03-01T07:00", "--stop", "2026-03-05T03:30")
QUERY = (
    "start=2026-03-01T07:00&stop=2026-03-05T03:30&tag=D1&tag=%3D%EA%B0%80%EB%82%98%20%22q%22%2C%20b"
)


@pytest.fixture(scope="module")
def plant(module_database):
    """The DSN of a historian with five days of two tags."""
    with closing(psycopg2.connect(module_database)) as connection, connection.cursor() as cursor:
        install.install(connection)
        cursor.execute(READINGS, (["D1", ODD],))
        cursor.execute(RULE, (["D1", ODD],))
        connection.commit()
    spread(module_database)
    return module_database


def run(plant, *arguments, **environment):
    """Run the command over the historian as it is read."""
    return manage("export", *arguments, TS_DSN=plant, **environment)


def exported(plant, folder, name, *more):
    """Export both tags; return the bytes of the file."""
    done = run(plant, "--tag", "D1", "--tag", ODD, *WINDOW, "--output", folder / name, *more)
    assert done.returncode == 0, done.stderr
    return (folder / name).read_bytes()


PACKED = ("csv.gz", "parquet", "arrow", "xlsx")
CHOICES = [
    ("--excel", "1"),
    ("--quality", "good", "--tz", "Europe/Berlin"),
    ("--order", "time"),
    ("--shape", "wide"),
    ("--resolution", "10m"),
    ("--resolution", "6h", "--tz", "Asia/Kathmandu"),
    ("--columns", "tag,time,value,quality,reasons,alarm"),
]


@pytest.mark.parametrize(
    ("kind", "choice"),
    [*(("csv", choice) for choice in CHOICES), *((kind, CHOICES[-1]) for kind in PACKED)],
)
def test_a_file_of_days_has_the_bytes_of_one_run(plant, tmp_path, kind, choice):
    once = exported(plant, tmp_path, f"once.{kind}", *choice)
    days = exported(plant, tmp_path, f"days.{kind}", "--resume", *choice)
    assert once == days and len(once) > 1_000
    assert kind != "csv" or "alarm" not in str(choice) or b"WARNING" in once
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"days.{kind}", f"once.{kind}"]


def test_the_file_is_the_one_that_the_address_gives(plant, tmp_path, start_site, asking):
    address, _process = start_site(plant, KSYS_DATA=str(tmp_path / "site"))
    for kind in ("csv", *PACKED):
        with urllib.request.urlopen(f"{address}/api/v1/export.{kind}?{QUERY}") as answer:
            assert answer.read() == exported(plant, tmp_path, f"f.{kind}"), kind
    with urllib.request.urlopen(f"{address}/api/v1/export/manifest?{QUERY}") as answer:
        (tmp_path / "m.json").write_bytes(answer.read())
    done = run(plant, "--output", tmp_path / "f.csv", "--check", tmp_path / "m.json")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    site = f"{address}/"
    for kind in ("csv", "csv.gz"):
        lines = snippets._pandas(asking(), kind, f"{site}api/v1/export.{kind}?{QUERY}")
        found = {}
        exec(lines, found)
        frame = found["frame"]
        assert set(frame["tag"]) == {"D1", ODD} and len(frame) == 2 * 3433
        assert pd.api.types.is_float_dtype(frame["value"])
        assert str(frame["time"].dtype) == "datetime64[us, Asia/Seoul]"


def _fails_after(monkeypatch, days):
    """Let the historian go away after so many pieces."""
    read, left = export.stream, [days]

    def stream(question):
        if not left[0]:
            raise HistorianUnavailable("historian_lost")
        left[0] -= 1
        return read(question)

    monkeypatch.setattr(export, "stream", stream)
    return left


def test_days_that_were_read_are_not_read_again(plant, tmp_path, monkeypatch, asking):
    once = exported(plant, tmp_path, "once.csv")
    file = tmp_path / "f.csv"
    with monkeypatch.context() as patch:
        _fails_after(patch, 4)
        with pytest.raises(HistorianUnavailable):
            command._write(asking(), "csv", file, resume=True)
    assert not file.exists()
    left = parts.Parts(file, asking()).missing()
    assert len(left) == 6, "two tags of five days, four read"
    with monkeypatch.context() as patch:
        _fails_after(patch, 6)
        command._write(asking(), "csv", file, resume=True)
    assert file.read_bytes() == once
    assert not (tmp_path / "f.csv.parts").exists()


def test_a_file_with_days_of_an_earlier_run_says_so(plant, tmp_path, asking):
    file = tmp_path / "f.csv"
    parts.Parts(file, asking()).read(0)
    both = ("--tag", "D1", "--tag", ODD, *WINDOW, "--output", file, "--resume")
    done = run(plant, *both)
    assert done.returncode == 0, done.stderr
    assert "1 of 10 parts are of an earlier run, from " in done.stderr
    assert "earlier run" not in run(plant, *both).stderr


def test_parts_of_another_question_are_refused(plant, tmp_path, monkeypatch, asking):
    file = tmp_path / "f.csv"
    parts.Parts(file, asking()).read(0)
    done = run(plant, "--tag", "D1", *WINDOW, "--output", file, "--resume")
    assert done.returncode == 1 and "holds days of another question" in done.stderr
    assert not file.exists()


#: Two days of a reading a minute with steps of 5, then as many of one in ten seconds.
CHANGING = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT timestamptz '2026-04-01 00:00+09' + at * interval '1 s', 'S1', 50 + 5 * (at / 60 % 2)
    FROM (SELECT generate_series(0, 172799, 60) UNION SELECT generate_series(172800, 345599, 10))
        AS times (at);
    INSERT INTO influx_qc_rule (tag_name, min_val, max_val, max_step) VALUES ('S1', 0, 100, 3)
"""
OF_CHANGING = ("--tag", "S1", "--start", "2026-04-01", "--stop", "2026-04-05")


@pytest.fixture(scope="module")
def changing(plant):
    """The DSN of the historian with a tag whose spacing changes, so that a step is one or none."""
    with closing(psycopg2.connect(plant)) as connection, connection.cursor() as cursor:
        cursor.execute(CHANGING)
        connection.commit()
    return plant


@pytest.mark.parametrize("order", ["tag", "time"])
def test_days_are_judged_by_the_spacing_of_the_whole_as_one_run_does(changing, tmp_path, order):
    judged = (*OF_CHANGING, "--columns", "tag,time,value,reasons,alarm", "--order", order)
    for name, more in (("once.csv", ()), ("days.csv", ("--resume",))):
        done = run(changing, *judged, "--output", tmp_path / name, *more)
        assert done.returncode == 0, done.stderr
    once = (tmp_path / "once.csv").read_bytes()
    assert b"step" in once
    assert once == (tmp_path / "days.csv").read_bytes()


def test_days_that_another_rule_judged_are_refused(plant, tmp_path, asking):
    file = tmp_path / "f.csv"
    parts.Parts(file, asking()).read(0)
    changed = asking()
    tags = tuple(replace(tag, rule=replace(tag.rule, max_val=90.0)) for tag in changed.tags)
    with pytest.raises(BadInput, match="A rule changed"):
        parts.Parts(file, replace(changed, tags=tags))
    assert parts.Parts(file, asking()).missing()[0] == 1


def test_a_day_that_is_not_over_is_read_anew(plant, tmp_path, asking):
    file = tmp_path / "f.csv"
    question = asking(now="2026-03-04T00:00+09:00")
    first = parts.Parts(file, question)
    for number in first.missing():
        first.read(number)
    assert first.missing() == []
    assert len(parts.Parts(file, question).missing()) == 2, "one day of two tags is not over"


def test_a_historian_that_goes_away_leaves_the_file_of_before(plant, tmp_path):
    file = tmp_path / "f.csv"
    file.write_text("what was there")
    done = run("host=/nowhere", "--tag", "D1", *WINDOW, "--output", file)
    assert done.returncode == 1 and "Error:" in done.stderr
    assert file.read_text() == "what was there"
    assert [path.name for path in tmp_path.iterdir()] == ["f.csv"]


def test_a_file_is_compared_with_its_manifest(plant, tmp_path):
    content = exported(plant, tmp_path, "f.csv")
    told = {"rows": content.count(b"\r\n") - 1, "bytes": len(content)}
    manifest = tmp_path / "m.json"
    manifest.write_text(json.dumps(told))
    file = tmp_path / "f.csv"
    assert run(plant, "--output", file, "--check", manifest).returncode == 0
    file.write_bytes(content[:-30])
    done = run(plant, "--output", file, "--check", manifest)
    assert done.returncode == 1 and "in the manifest" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--tag", "nope", "--output", "x.csv"), "There is no tag 'nope'"),
        (("--tag", "D1", "--output", "x.txt"), "name the format with --format"),
        (("--tag", "D1", "--shape", "round", "--output", "x.csv"), "shape is 'round'"),
        (("--tag", "D1", "--resume", "--output", "x.csv"), "give start and stop"),
        (("--output", "x.csv"), "No tag is asked for"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(plant, arguments, said):
    done = run(plant, *arguments)
    assert done.returncode in (1, 2) and said in done.stderr


def test_every_parameter_of_an_address_is_an_option():
    assert [*command.HELP, "lang"] == list(export.PARAMETERS)


@pytest.fixture
def asking(plant):
    """A function that returns the question of both tags, over the historian."""
    from datetime import datetime

    from data.db import clock, pool

    pool.connect(plant, export_pool_size=1)

    def question(now=None):
        moment = datetime.fromisoformat(now) if now else clock.now().value
        query = {
            "tag": ["D1", ODD],
            "start": ["2026-03-01T07:00"],
            "stop": ["2026-03-05T03:30" if not now else "2026-03-05T00:00"],
        }
        return export.question(query, moment, "Asia/Seoul")

    yield question
    pool.dispose()
