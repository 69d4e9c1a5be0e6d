"""What an address asks a file to be: read once, refused by name, and told in full."""

from datetime import UTC, datetime
from types import SimpleNamespace
from urllib.parse import parse_qs

import pytest

from data import export, queries
from data.errors import BadInput, about
from data.export import columns
from data.queries import Tag

NOW = datetime(2026, 11, 25, 3, 0, 30, tzinfo=UTC)
TAGS = {
    name: Tag(name, group="가열" if name.startswith("D1") else "")
    for name in ("D101", "D102", "D2", "a*b", '=1+1, "q"')
}


def answering(tags):
    """Return a reader that gives these tags."""
    return SimpleNamespace(answer=lambda: SimpleNamespace(value=tags))


@pytest.fixture(autouse=True)
def tags(monkeypatch):
    """Tags without a historian."""
    monkeypatch.setattr(queries, "tag", TAGS.get)
    monkeypatch.setattr(queries, "tags", answering(TAGS))


def asked(**query):
    """Return the question of parameters, each a text or a list of them."""
    texts = {name: value if isinstance(value, list) else [value] for name, value in query.items()}
    return export.question(texts, NOW, "Asia/Seoul")


def test_an_address_that_names_only_a_tag_gets_every_reading_of_the_window_of_pages():
    question = asked(tag="D101")
    assert (question.resolution, question.shape, question.order) == (None, "long", "tag")
    assert question.columns == ("tag", "time", "value", "qc")
    assert question.stop == NOW and (question.stop - question.start).days == 1
    assert question.live


def test_bounds_are_taken_as_they_are_and_not_moved_to_buckets():
    question = asked(tag="D101", start="2026-11-01T00:00:07.5", stop="2026-11-01T03:00:07Z")
    assert question.start == datetime(2026, 10, 31, 15, 0, 7, 500_000, tzinfo=UTC)
    assert question.stop == datetime(2026, 11, 1, 3, 0, 7, tzinfo=UTC)
    assert not question.live


def test_tags_come_in_the_asked_order_each_once():
    question = asked(tag=["D2", "D101", "D2"], tag_like="D1*", group="가열")
    assert [tag.name for tag in question.tags] == ["D2", "D101", "D102"]


def test_a_pattern_has_two_signs_and_all_others_are_themselves():
    assert [tag.name for tag in asked(tag_like="D10?").tags] == ["D101", "D102"]
    assert [tag.name for tag in asked(tag_like="=1+1*").tags] == ['=1+1, "q"']
    with pytest.raises(BadInput, match=r"no tag like '\[D\]1'"):
        asked(tag_like="[D]1")


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ({}, "No tag is asked for"),
        ({"tag": "D9"}, "no tag 'D9'"),
        ({"group": "x"}, "no group 'x'; choose one of 가열"),
        ({"tag": "D2", "Tag": "D2"}, "no parameter 'Tag'"),
        ({"tag": "D2", "width": "900"}, "no parameter 'width'"),
        ({"tag": "D2", "limit": "1"}, "no parameter 'limit'"),
        ({"tag": "D2", "tz": ["UTC", "Asia/Seoul"]}, "tz is given 2 times"),
        ({"tag": "D2", "tz": "Mars"}, "no time zone 'Mars'"),
        ({"tag": "D2", "start": "2026-01-01"}, "Only start is given"),
        ({"tag": "D2", "start": "x", "stop": "y"}, "start is 'x', not a time"),
        ({"tag": "D2", "start": "2026-01-02", "stop": "2026-01-01"}, "start must be before"),
        ({"tag": "D2", "start": "2026-01-01", "stop": "2026-01-02", "window": "1h"}, "beside"),
        ({"tag": "D2", "window": "9q"}, "no window '9q'"),
        ({"tag": "D2", "resolution": "7m"}, "no resolution '7m'"),
        ({"tag": "D2", "shape": "round"}, "shape is 'round'; choose among long, wide"),
        ({"tag": "D2", "quality": "bad"}, "quality is 'bad'"),
        ({"tag": "D2", "order": "value"}, "order is 'value'"),
        ({"tag": "D2", "decimal": ";"}, "decimal is ';'"),
        ({"tag": "D2", "separator": "|"}, r"separator is '\|'; choose among ,, ;, tab"),
        ({"tag": "D2", "decimal": ",", "separator": ","}, "cannot be the decimal sign and"),
        ({"tag": "D2", "excel": "yes"}, "excel is 'yes'"),
        ({"tag": "D2", "columns": "time,x"}, "columns is 'x'"),
        ({"tag": "D2", "columns": "time,time"}, "columns has 'time' more than once; keep one."),
        ({"tag": "D2", "columns": "time,avg"}, "columns is 'avg'"),
        ({"tag": "D2", "statistics": "avg"}, "single readings have no buckets"),
        ({"tag": "D2", "statistics": "p95", "resolution": "1h"}, "statistics is 'p95'"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_its_name(query, told):
    with pytest.raises(BadInput, match=told):
        asked(**query)


def test_a_decimal_comma_brings_its_own_separator():
    assert asked(tag="D2", decimal=",").separator == ";"
    assert asked(tag="D2", decimal=",", separator="tab").separator == "\t"


def test_statistics_stand_among_the_columns_that_a_file_of_buckets_has():
    question = asked(tag="D2", resolution="1h", statistics="max,n")
    assert question.columns[:4] == ("tag", "time", "max", "n")
    assert "coverage" in question.columns
    both = asked(tag="D2", resolution="1h", statistics="max", columns="time,avg")
    assert both.columns == ("time", "avg", "max")


def test_no_pixels_decide_the_width_that_is_left_to_us():
    assert asked(tag="D2", resolution="auto", window="24h").token == "1m"
    assert asked(tag="D2", resolution="auto", window="12mo").token == "6h"


def test_the_address_of_a_question_asks_the_same():
    question = asked(
        tag=['=1+1, "q"', "D2"],
        resolution="1d",
        window="1mo",
        tz="Europe/Berlin",
        columns="time,tag,avg",
        decimal=",",
        separator="tab",
        excel="1",
        quality="good",
        order="time",
        shape="wide",
    )
    again = export.question(parse_qs(question.address), NOW, "UTC")
    assert again.address == question.address
    assert (again.start, again.stop, again.tags) == (question.start, question.stop, question.tags)


def test_every_default_column_is_one_that_can_be_named():
    assert set(columns.READINGS) <= set(columns.OF_READINGS)
    given = (*columns.STATISTICS_GIVEN, *columns.BESIDE_STATISTICS)
    assert set(given) <= set(columns.OF_BUCKETS)


def test_a_group_that_no_tag_has_is_refused_with_a_way_out_whatever_groups_there_are(monkeypatch):
    def refusal() -> BadInput:
        with pytest.raises(BadInput) as raised:
            asked(group="nowhere")
        return raised.value

    some = {"a": Tag("a", group="Boiler, north"), "b": Tag("b", group="가열"), "c": Tag("c")}
    monkeypatch.setattr(queries, "tags", answering(some))
    assert list(about(refusal())["allowed"]) == ["Boiler, north", "가열"]
    monkeypatch.setattr(queries, "tags", answering({"c": Tag("c")}))
    assert "tag_like=D1*" in str(refusal())
    assert about(refusal()) == {"parameter": "group", "value": "nowhere"}
