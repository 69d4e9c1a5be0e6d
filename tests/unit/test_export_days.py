"""A file day by day: pieces in the order of its rows, and what a manifest is compared with."""

import gzip
import hashlib
import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commands.export.check import differences, rows
from commands.export.days import pieces
from commands.whole import whole
from data import buckets, export
from data.errors import BadFile
from data.export import Question, batches
from data.queries import Tag

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)


def asked(start, stop, zone="Asia/Seoul", resolution=None, **more):
    """Return a question of two tags."""
    width = buckets.resolution(resolution) if resolution else None
    edges = [datetime.fromisoformat(text).astimezone(UTC) for text in (start, stop)]
    return Question((Tag("A"), Tag("B")), *edges, NOW, zone, width, ("tag", "time"), **more)


def told(question):
    """Return of each piece its tags and bounds, as the clock of the zone shows them."""
    return [
        (
            "".join(tag.name for tag in piece.tags),
            f"{piece.start:%d %H:%M}",
            f"{piece.stop:%d %H:%M}",
        )
        for piece in pieces(question)
    ]


def test_a_file_tag_by_tag_has_a_piece_a_tag_and_day_of_its_zone():
    question = asked("2026-11-01T12:00+09:00", "2026-11-03T06:00+09:00")
    days = [("01 03:00", "01 15:00"), ("01 15:00", "02 15:00"), ("02 15:00", "02 21:00")]
    assert told(question) == [(tag, *day) for tag in "AB" for day in days]


@pytest.mark.parametrize("more", [{"order": "time"}, {"shape": "wide"}])
def test_a_file_in_the_order_of_time_has_a_piece_a_day(more):
    question = asked("2026-11-01T00:00+09:00", "2026-11-03T00:00+09:00", **more)
    assert [tags for tags, *_ in told(question)] == ["AB", "AB"]


@pytest.mark.parametrize("zone", ["Asia/Seoul", "Europe/Berlin", "Asia/Kathmandu", "Asia/Beirut"])
def test_pieces_follow_one_another_from_midnight_to_midnight(zone):
    question = asked("2026-03-02T03:04:05+00:00", "2026-04-20T17:00:00+00:00", zone)
    found = [piece for piece in pieces(question) if piece.tags == (question.tags[0],)]
    assert found[0].start == question.start and found[-1].stop == question.stop
    assert len(found) >= 50
    for piece, following in zip(found, found[1:], strict=False):
        assert piece.start < piece.stop == following.start
        assert piece.stop - piece.start <= timedelta(hours=25)
        edge = following.start.astimezone(ZoneInfo(zone))
        skipped = zone == "Asia/Beirut" and edge.hour == 1  # its clocks change at midnight
        assert edge.strftime("%H:%M") == ("01:00" if skipped else "00:00")


def test_buckets_are_not_cut_at_midnight_for_their_last_digits_depend_on_the_window():
    question = asked("2026-11-01T12:00+09:00", "2026-11-03T06:00+09:00", resolution="1h")
    assert told(question) == [(tag, "01 03:00", "02 21:00") for tag in "AB"]


def test_a_file_that_is_not_finished_never_has_its_name(tmp_path):
    file = tmp_path / "f.csv"
    with pytest.raises(KeyError), whole(file) as opened:
        opened.write(b"half")
        raise KeyError
    assert list(tmp_path.iterdir()) == []
    with whole(file) as opened:
        opened.write(b"all")
        assert not file.exists()
    assert file.read_bytes() == b"all" and list(tmp_path.iterdir()) == [file]


CSV = b'tag,value\r\n"two\nlines ""q""",1\r\nB,2\r\n'


@pytest.fixture
def files(tmp_path):
    """A file of each kind with two rows."""
    table = pa.table({"tag": ["A", "B"]})
    (tmp_path / "f.csv").write_bytes(CSV)
    (tmp_path / "f.csv.gz").write_bytes(gzip.compress(CSV))
    pq.write_table(table, tmp_path / "f.parquet")
    with pa.ipc.new_stream(tmp_path / "f.arrow", table.schema) as writer:
        writer.write_table(table)
    return tmp_path


def test_rows_are_counted_in_a_spreadsheet_of_ours(tmp_path):
    question = asked("2026-11-01T00:00+09:00", "2026-11-02T00:00+09:00")
    column = export.schema(question).field("tag").type
    rows_of = [batches.times(np.arange(70_000), "Asia/Seoul"), batches.text("A", 70_000)]
    batch = batches.batch(dict(zip(("time", "tag"), rows_of, strict=True)), ("tag", "time"), "UTC")
    assert batch.column(0).type == column
    file = tmp_path / "f.xlsx"
    chunks = export.FORMATS["xlsx"].written(question, export.schema(question), [batch])
    file.write_bytes(b"".join(chunks))
    assert rows(file) == 70_000
    file.write_bytes(file.read_bytes()[:-30])
    assert rows(file) is None


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet", "arrow"])
def test_rows_are_counted_in_a_file_of_any_kind(files, kind):
    assert rows(files / f"f.{kind}") == 2


@pytest.mark.parametrize("kind", ["csv.gz", "parquet", "arrow"])
def test_a_file_that_was_cut_off_has_no_number_of_rows(files, kind):
    file = files / f"f.{kind}"
    file.write_bytes(file.read_bytes()[:-6])
    assert rows(file) is None


def manifest(folder, **content):
    """Write a manifest; return its path."""
    path = folder / "manifest.json"
    path.write_text(json.dumps(content))
    return path


def test_a_file_is_as_its_manifest_says_or_it_is_told_what_differs(files):
    file, digest = files / "f.csv", hashlib.sha256(CSV).hexdigest()
    assert differences(file, manifest(files, rows=2, bytes=len(CSV), sha256=digest)) == []
    found = differences(file, manifest(files, rows=3, bytes=len(CSV) + 1, sha256="ab"))
    assert found == [
        "rows: 2 in the file, 3 in the manifest",
        f"bytes: {len(CSV)} in the file, {len(CSV) + 1} in the manifest",
        f"sha256: {digest} in the file, ab in the manifest",
    ]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"rows": 2}', '{"bytes": null}'])
def test_what_is_no_manifest_is_refused_and_never_taken_for_a_match(files, content):
    path = files / "manifest.json"
    path.write_text(content)
    with pytest.raises(BadFile):
        differences(files / "f.csv", path)
