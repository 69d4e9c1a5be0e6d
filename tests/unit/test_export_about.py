"""What a file of Parquet or Arrow says of itself."""

import json
from dataclasses import replace
from urllib.parse import parse_qs

import pyarrow as pa
import pytest
from pyarrow import ipc, parquet

from data.analysis import Rule
from data.export import FORMATS, MEANINGS, columns, rule_version, schema
from data.queries import Tag
from tests.support.questions import asked, rows

TAGS = (
    Tag("D101", "온도", "°C", rule=Rule("D101", max_val=90.0)),
    Tag("a,b", 'the "second"', "m³/h"),
)


def read(kind, question, parts):
    """Return the columns of a file as arrow reads them."""
    content = b"".join(FORMATS[kind].written(question, schema(question), iter(parts)))
    source = pa.BufferReader(content)
    return parquet.read_schema(source) if kind == "parquet" else ipc.open_stream(source).schema


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_a_file_says_what_was_asked_and_what_its_columns_mean(kind):
    question = asked(*TAGS, zone="Asia/Seoul")
    part = rows(question, ["D101"], [5], [1.5], [0])
    found = read(kind, question, [part])
    told = json.loads(found.metadata[b"ksys"])
    assert told["zone"] == "Asia/Seoul" and parse_qs(told["query"])["tag"] == ["D101", "a,b"]
    assert told["query"] == question.address
    assert told["rule_version"] == rule_version(TAGS)
    assert told["tags"]["a,b"] == {"unit": "m³/h", "description": 'the "second"'}
    assert list(told["columns"]) == list(question.columns)
    for field in found:
        assert field.metadata[b"meaning"].decode() == MEANINGS[field.name]


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
@pytest.mark.parametrize("site", ["", "북쪽 <plant>"])
def test_a_file_names_the_plant_where_it_has_a_name(kind, site):
    told = json.loads(read(kind, replace(asked(*TAGS), site=site), []).metadata[b"ksys"])
    assert told.get("site", "") == site


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_a_column_of_a_tag_says_its_unit(kind):
    question = asked(*TAGS, shape="wide", columns=("time", "value", "qc"))
    found = read(kind, question, [])
    units = [field.metadata.get(b"unit", b"").decode() for field in found]
    assert units == ["", "°C", "°C", "m³/h", "m³/h"]
    assert [field.metadata[b"meaning"].decode() for field in found][1:3] == [
        MEANINGS["value"],
        MEANINGS["qc"],
    ]
    assert found.field(3).metadata[b"description"].decode() == 'the "second"'


def test_every_column_has_its_meaning_in_one_sentence():
    assert set(MEANINGS) == {*columns.OF_READINGS, *columns.OF_BUCKETS, *columns.OF_OTHER}
    for sentence in MEANINGS.values():
        assert sentence.endswith("."), sentence
        assert sentence.count(". ") == 0


def test_the_rule_version_is_another_one_when_any_rule_has_changed():
    rule = Rule("D101", max_val=90.0)
    tag = Tag("D101", rule=rule)
    version = rule_version([tag, Tag("b")])
    assert version == rule_version([Tag("b"), tag])
    assert version == rule_version([Tag("D101", unit="bar", rule=replace(rule)), Tag("b")])
    for changed in (
        [replace(tag, rule=replace(rule, max_val=90.1)), Tag("b")],
        [replace(tag, rule=replace(rule, enabled=False)), Tag("b")],
        [replace(tag, rule=None), Tag("b")],
        [tag, Tag("b", rule=Rule("b"))],
        [tag],
    ):
        assert rule_version(changed) != version
