"""What the page of files says of a question: names of a list, lines for scripts, refusals."""

import ast
import json
import shlex
from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import parse_qs, urlencode, urlsplit

import numpy as np
import pytest

from components.export import STEPS, answers, guess, query, snippets, tags
from data import export, queries
from data.db import HistorianUnavailable
from data.errors import BadInput
from data.export import Question, batches
from data.queries import Tag
from data.windows import SHIFTS

NOW = datetime(2026, 11, 25, 3, 0, 30, tzinfo=UTC)
NAMES = ("D101", "D102", "a*b", "x, y", "가나/다")


@pytest.fixture(autouse=True)
def known(monkeypatch, in_english):
    """Tags without a historian, at a moment without a clock."""
    every = {name: Tag(name, group="G" if name.startswith("D") else "") for name in NAMES}
    answer = SimpleNamespace(value=every)
    monkeypatch.setattr(queries, "tag", every.get)
    monkeypatch.setattr(queries, "tags", SimpleNamespace(answer=lambda: answer))
    monkeypatch.setattr(query, "clock", SimpleNamespace(now=lambda: SimpleNamespace(value=NOW)))
    given = {"zone": "Asia/Seoul", "shifts": SHIFTS, "site_name": ""}
    monkeypatch.setattr(query, "site", lambda: given)


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("D101", {"tag": ["D101"]}),
        ("D1*", {"tag_like": ["D1*"]}),
        ("a*b", {"tag": ["a*b"]}),
        ("x, y", {"tag": ["x, y"]}),
        ("D101, D102;D101", {"tag": ["D101", "D102"]}),
        (
            "D101\r\n\r\n 가나/다 \nx, y\nD1?\n",
            {"tag": ["D101", "가나/다", "x, y"], "tag_like": ["D1?"]},
        ),
        ("x, y\tD101", {"tag": ["x", "y", "D101"]}),
        ("nope", {"tag": ["nope"]}),
    ],
)
def test_a_text_names_tags_and_patterns_and_a_known_name_is_one(text, ways):
    assert tags.named({"text": [text[:2], text[2:]]}) == {"tag": [], "tag_like": [], **ways}


@pytest.mark.parametrize("sent", [None, 7, "D101", {"text": 7}, {"text": "D101"}, []])
def test_what_no_page_would_send_is_refused(sent):
    with pytest.raises(BadInput):
        tags.named(sent)


@pytest.mark.parametrize(
    "sent", [None, [], {"query": 7}, {"query": {"tag": ["D101"]}, "kind": "csv"}]
)
def test_a_question_that_no_page_would_send_is_a_refusal_too(sent):
    built, *_said, refusal = answers.answer(sent)[:4]
    assert built is None and refusal is not None


def question(**query):
    """Return the question of parameters."""
    return export.question({name: [text] for name, text in query.items()}, NOW, "Asia/Seoul")


def said(**query):
    """Return what is said of parameters: built, of tags, of the window, and refusals by step."""
    every = {name: text if isinstance(text, list) else [text] for name, text in query.items()}
    sent = {"query": [urlencode(every, doseq=True)], "kind": "csv"}
    built, of_tags, of_window, notice, *steps = answers.answer(sent)
    return built, of_tags, of_window, notice, dict(zip(STEPS, steps, strict=True))


def test_of_a_list_that_no_call_holds_it_is_said_how_long_it_is_and_all_can_be_removed():
    sent = {"query": [], "kind": "csv", "names": 70_000}
    built, *_said, _notice = answers.answer(sent)[:4]
    steps = answers.answer(sent)[4:]
    assert built is None
    assert steps[STEPS.index("tags")].startswith("70,000 names are more than a page can send.")
    few = urlencode({"tag": [f"D{number}" for number in range(100)]}, doseq=True)
    *_chips, count, _lacking, remove = tags.chips({"query": [few[:90], few[90:]], "more": 69_900})
    assert count.children == "and 69,940 more" and remove.children == "Remove all"


@pytest.mark.parametrize(
    ("query", "step"),
    [
        ({"tag": "nope"}, "tags"),
        ({"tag_like": "z*"}, "tags"),
        ({"group": "none"}, "tags"),
        ({"tag": "D101", "start": "2026-01-01"}, "range"),
        ({"tag": "D101", "window": "9q"}, "range"),
        ({"tag": "D101", "tz": "Mars/Base"}, "range"),
        ({"tag": "D101", "resolution": "7s"}, "rows"),
        ({"tag": "D101", "quality": "best"}, "quality"),
        ({"tag": "D101", "columns": "foo"}, "columns"),
        ({"tag": "D101", "shape": "round"}, "shape"),
        ({"tag": "D101", "decimal": ",", "separator": ","}, "format"),
    ],
)
def test_a_refusal_stands_beside_what_was_asked_for_and_nowhere_else(query, step):
    built, *_said, notice, steps = said(**query)
    assert built is None and notice is None
    assert [name for name, text in steps.items() if text] == [step]


def test_what_no_control_asks_for_is_refused_at_the_top():
    built, *_said, notice, steps = said(foo="1")
    assert built is None and not any(steps.values())
    assert "foo" in notice.children[0].children


def test_nothing_chosen_is_no_fault():
    built, of_tags, _window, notice, steps = said(window="24h")
    assert (built, notice) == (None, None) and not any(steps.values())
    assert of_tags == "Choose a tag, a pattern or a group."


def test_the_address_gives_the_same_question_again():
    built, of_tags, of_window, *_rest = said(tag_like="D1*", window="24h", resolution="1h")
    query = parse_qs(built["address"])
    again = export.question(query, NOW, "UTC")
    assert again.address == built["address"]
    assert of_tags == "2 tags, in this order: D101, D102"
    assert of_window.startswith(
        "1 d: from 2026-11-24 12:00:30+09:00, included, to 2026-11-25 12:00"
    )


@pytest.mark.parametrize(
    ("query", "ending"),
    [
        ({"window": "24h"}, "It ends now; the address holds these times and gives the same rows"),
        (
            {"start": "2026-11-24", "stop": "2026-11-25"},
            "The address gives the same rows tomorrow.",
        ),
        ({"start": "2026-11-24", "stop": "2026-11-26"}, "until 2026-11-26 00:00:00+09:00 the"),
        ({"window": "24h", "resolution": "1h"}, "until 2026-11-25 13:00:00+09:00 the"),
        (
            {"start": "2026-11-24", "stop": "2026-11-25", "resolution": "1h"},
            "the same rows tomorrow",
        ),
    ],
)
def test_the_same_rows_are_promised_only_where_the_end_is_over(query, ending):
    """A bucket that is still filling, and readings still to come, are other rows tomorrow."""
    _built, _tags, of_window, *_rest = said(tag="D101", **query)
    assert ending in of_window
    assert ("the same rows" in of_window) == ("gives other rows" not in of_window)


def test_the_range_of_a_script_moves_with_the_clock_only_where_that_was_asked():
    fixed, *_rest = said(tag="D101", start="2026-11-01", stop="2026-11-02")
    assert fixed["moving"] is None
    moving, *_rest = said(tag="D101", window="36h")
    assert "window" not in parse_qs(urlsplit(moving["snippets"]["address"]).query)
    query = parse_qs(urlsplit(moving["moving"]["address"]).query)
    assert query["window"] == ["36h"] and "start" not in query
    assert export.question(query, NOW, "UTC").live


HOSTILE = """'; rm -rf /; echo "$(id)` \\ %41 é"""


def lines(kind, whole: Question) -> dict[str, str]:
    """Return the lines for scripts."""
    return snippets.snippets(whole, kind, whole.address, "file name's." + kind)


@pytest.fixture
def hostile(monkeypatch):
    """A question whose tag has a name that a shell would run."""
    monkeypatch.setattr(queries, "tag", lambda name: Tag(name))
    return question(tag=HOSTILE, separator="tab", decimal=",")


def test_a_shell_reads_the_line_of_curl_as_one_command(hostile):
    words = shlex.split(lines("csv", hostile)["curl"].replace("\\\n", ""))
    assert words[:3] == ["curl", "--fail", "--output"] and words[3] == "file name's.csv"
    assert parse_qs(urlsplit(words[4]).query)["tag"] == [HOSTILE]


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet", "arrow", "xlsx"])
def test_python_reads_the_lines_of_pandas(hostile, kind):
    text = lines(kind, hostile)["pandas"]
    assert len(text.splitlines()) == (4 if kind.startswith("csv") else 3)
    ast.parse(text)


#: Half a second before winter time in Berlin, at the change and after it.
TURN = np.array(["2026-10-25T00:59:59.500000", "2026-10-25T01:00:00", "2026-10-25T01:00:05"])


def read_by_pandas(whole, kind, columns, file):
    """Write columns as a file, and return the frame that the page's lines make of it."""
    rows = batches.batch(columns, whole.columns, whole.zone)
    file.write_bytes(b"".join(export.FORMATS[kind].written(whole, rows.schema, iter([rows]))))
    made = {}
    exec(snippets._pandas(whole, kind, file.as_uri()), made)
    return made["frame"]


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet", "arrow"])
def test_the_lines_of_pandas_make_times_of_fractions_and_of_two_offsets(
    monkeypatch, tmp_path, kind
):
    monkeypatch.setattr(queries, "tag", lambda name: Tag(name))
    whole = question(tag="D101", tz="Europe/Berlin")
    moments = TURN.astype("datetime64[us]").astype(np.int64)
    columns = {
        "tag": batches.texts(["D101"] * 3),
        "time": batches.times(moments, whole.zone),
        "value": batches.numbers(np.arange(3.0)),
        "qc": batches.counts(np.zeros(3, np.int64)),
    }
    times = read_by_pandas(whole, kind, columns, tmp_path / f"file.{kind}")["time"]
    assert str(times.dtype) == "datetime64[us, Europe/Berlin]"
    assert (times.astype("int64") == moments).all()


def test_times_of_a_file_for_a_spreadsheet_stay_local_and_a_column_that_is_not_there_is_not_named():
    assert "to_datetime" not in lines("csv", question(tag="D101", excel="1"))["pandas"]
    assert "to_datetime" not in lines("csv", question(tag="D101", columns="tag,value"))["pandas"]


def test_pandas_is_told_how_the_file_is_written(hostile):
    text = lines("csv", hostile)["pandas"]
    assert 'sep="\\t"' in text and 'decimal=","' in text and "keep_default_na=False" in text


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet", "arrow", "xlsx"])
def test_the_lines_of_pandas_take_no_name_for_a_missing_value_or_a_number(
    monkeypatch, tmp_path, kind
):
    monkeypatch.setattr(queries, "tag", lambda name: Tag(name))
    whole, names = question(tag="D101"), ["NA", "nan", "101", "NULL", "1e3"]
    columns = {
        "tag": batches.texts(names),
        "time": batches.times(np.arange(5), whole.zone),
        "value": batches.numbers(np.array([1.0, np.nan, 2, 3, 4])),
        "qc": batches.counts(np.zeros(5, np.int64)),
    }
    frame = read_by_pandas(whole, kind, columns, tmp_path / f"file.{kind}")
    assert frame["tag"].tolist() == names
    assert frame["value"].isna().tolist() == [False, True, False, False, False]


def test_a_question_too_long_for_an_address_is_posted(monkeypatch):
    monkeypatch.setattr(queries, "tag", lambda name: Tag(name))
    names = [f"tag number {number}" for number in range(900)]
    built, *_rest = said(tag=names)
    assert built["post"]
    words = shlex.split(built["snippets"]["curl"].replace("\\\n", ""))
    body = json.loads(words[words.index("--json") + 1])
    assert export.question(body, NOW, "UTC").address == built["address"]
    assert "characters, more than servers take" in built["snippets"]["pandas"]


def divided(built, kind="csv"):
    """Return what the script makes of a file that was built."""
    address = built["address"]
    return {"kind": kind, "name": built["name"], "address": [address[:9], address[9:]]}


def test_what_is_known_of_a_file_beforehand_is_told_with_how(monkeypatch):
    found = {"rows": 7, "bytes": None, "rows_known": "planner", "bytes_known": "unknown"}
    seen = []
    monkeypatch.setattr(export, "estimate", lambda *asking: seen.append(asking) or found)
    built, *_rest = said(tag="D101", start="2026-11-01", stop="2026-11-02")
    of = f"csv.gz?{built['address']}"
    assert guess(divided(built, "csv.gz")) == {
        **found, "kind": "CSV.gz", "of": of, "note": "",
    }  # fmt: skip
    ((whole, kind),) = seen
    assert (whole.address, kind) == (built["address"], "csv.gz")
    assert guess(None) is None


def test_readings_that_are_gone_are_told_with_what_is_there_instead(monkeypatch):
    found = {"rows": 7, "gone_before": "2026-11-01T09:00:00+09:00"}
    monkeypatch.setattr(export, "estimate", lambda *_asking: found)
    built, *_rest = said(tag="D101", start="2026-10-01", stop="2026-11-02")
    note = guess(divided(built))["note"]
    assert "Readings before 2026-11-01 09:00:00+09:00 are gone" in note and "buckets" in note


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        ({"D101": "1m"}, ("Readings of D101 in this window are gone", "choose 1 min or wider")),
        ({"D101": "1m", "D102": "1h"}, ("Readings of D101, D102 in", "choose 1 h or wider")),
        ({f"D{each}": "1m" for each in range(5)}, ("Readings of D0, D1, D2 … in",)),
        ({"D101": "1h;tz=UTC"}, ("of Asia/Seoul are not made of: choose the zone UTC", "1 h or")),
    ],
)
def test_buckets_whose_readings_are_gone_are_told_with_the_width_that_tells(
    monkeypatch, gone, words
):
    found = {"rows": 0, "gone_before": None, "readings_gone": gone}
    monkeypatch.setattr(export, "estimate", lambda *_asking: found)
    built, *_rest = said(tag="D101", start="2026-10-01", stop="2026-10-02")
    note = guess(divided(built))["note"]
    assert all(each in note for each in words), note


def test_nothing_is_known_of_a_file_that_the_historian_says_nothing_of(monkeypatch):
    def silent(*_asking):
        raise HistorianUnavailable("historian_lost")

    monkeypatch.setattr(export, "estimate", silent)
    built, *_rest = said(tag="D101")
    told = guess(divided(built))
    assert (told["rows"], told["rows_known"], told["bytes"]) == (None, "unknown", None)
