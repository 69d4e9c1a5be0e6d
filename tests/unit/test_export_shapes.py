"""Rows of many tags by time and beside one another, against pandas."""

import itertools
import weakref

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.export import batches, shapes
from data.export.shapes import by_time, wide, wide_schema

NAMES = ("D101", "b, c", '가열 "1"', "=1+1", "value", "time", "D101 value")
COLUMNS = ("tag", "time", "value", "qc", "unit")
#: Readings of the densest tag where it stands beside sparse ones.
LAST = 8_000
#: Of a tag: times [us], each once, of few so that tags share some.
TIMES = st.lists(st.integers(0, 40), unique=True, max_size=30).map(sorted)


def batch(name, at, zone="Asia/Seoul"):
    """Return rows of a tag; a number tells whose it is and when, every fifth is missing."""
    number = 1000.0 * NAMES.index(name)
    values = np.array([np.nan if t % 5 == 4 else number + t for t in at], np.float64)
    columns = {
        "tag": batches.text(name, len(at)),
        "time": batches.times(np.array(at, np.int64), zone),
        "value": batches.numbers(values),
        "qc": batches.counts(np.array(at, np.int64) % 3),
        "unit": batches.text(f"u{len(name)}", len(at)),
    }
    return batches.batch(columns, COLUMNS, zone)


def source(name, at, sizes):
    """Yield the rows of a tag in blocks of these sizes, over and over."""
    sizes, place = itertools.cycle(sizes), 0
    while place < len(at):
        size = next(sizes)
        yield batch(name, at[place : place + size])
        place += size


def frame(parts, schema):
    """Return batches as a frame, their types checked."""
    parts = list(parts)
    assert all(part.schema.equals(schema) for part in parts)
    table = pa.Table.from_batches(parts, schema).unify_dictionaries()
    return table.to_pandas(strings_to_categorical=False).astype(
        {name: str for name in table.column_names if name in ("tag", "unit")}
    )


def long_frame(tags):
    """Return the rows of tags, tag by tag, as pandas has them."""
    schema = batches.schema(COLUMNS, "Asia/Seoul")
    return frame((batch(name, at) for name, at in tags.items() if at), schema)


TAGS = st.dictionaries(st.sampled_from(NAMES), TIMES, min_size=1)
SIZES = st.lists(st.integers(1, 12), min_size=1, max_size=4)


@pytest.fixture(autouse=True)
def small_steps(monkeypatch):
    """Few rows at once, so that there are many steps."""
    monkeypatch.setattr(shapes, "HELD", 8 * len(COLUMNS))
    monkeypatch.setattr(shapes, "LEAST", 3)
    monkeypatch.setattr(shapes, "BATCH", 7)
    monkeypatch.setattr(shapes, "CELLS", 12)


@given(TAGS, SIZES)
def test_rows_by_time_are_those_of_a_stable_sort_in_the_order_of_the_tags(tags, sizes):
    found = frame(
        by_time([source(name, at, sizes) for name, at in tags.items()], len(COLUMNS)),
        batches.schema(COLUMNS, "Asia/Seoul"),
    )
    expected = long_frame(tags).sort_values("time", kind="stable", ignore_index=True)
    pd.testing.assert_frame_equal(found, expected)


@given(TAGS, SIZES)
def test_a_column_a_tag_is_what_pandas_pivots(tags, sizes):
    columns = ("time", "value")
    schema = wide_schema(columns, list(tags), "Asia/Seoul")
    sources = [
        (part.select(columns) for part in source(name, at, sizes)) for name, at in tags.items()
    ]
    found = frame(wide(sources, schema, columns), schema)
    long = long_frame(tags)
    table = long.pivot(index="time", columns="tag", values="value").reindex(columns=list(tags))
    assert found.iloc[:, 0].tolist() == table.index.tolist()
    np.testing.assert_array_equal(found.iloc[:, 1:].to_numpy(), table.to_numpy())


@given(TAGS, SIZES)
def test_several_columns_of_each_tag_stand_beside_one_another_with_their_types(tags, sizes):
    columns = ("qc", "time", "value", "unit")
    schema = wide_schema(columns, list(tags), "Asia/Seoul")
    sources = [
        (part.select(columns) for part in source(name, at, sizes)) for name, at in tags.items()
    ]
    whole = pa.Table.from_batches(list(wide(sources, schema, columns)), schema)
    of_each = [str(kind) for kind in (pa.int64(), pa.float64(), batches.TEXT)]
    assert [str(field.type) for field in schema][1:] == of_each * len(tags)
    at = whole.column(0).cast(pa.int64()).to_pylist()
    assert at == sorted(set().union(*tags.values()))
    for place, (name, times) in enumerate(tags.items()):
        there = [t in times for t in at]
        qc, value, unit = (whole.column(1 + 3 * place + n).to_pylist() for n in range(3))
        assert qc == [t % 3 if ok else None for t, ok in zip(at, there, strict=True)]
        assert unit == [f"u{len(name)}" if ok else None for ok in there]
        number = 1000.0 * NAMES.index(name)
        sent = [number + t if ok and t % 5 < 4 else None for t, ok in zip(at, there, strict=True)]
        assert value == sent


def test_a_column_of_several_has_its_tag_s_name_and_its_own():
    names = wide_schema(("tag", "time", "value", "qc"), ["D1", "a b"], "UTC").names
    assert names == ["time", "D1 value", "D1 qc", "a b value", "a b qc"]
    assert wide_schema(("time", "value"), ["D1", "a b"], "UTC").names == ["time", "D1", "a b"]


@pytest.mark.parametrize("name", ["time", "offset"])
def test_a_tag_that_is_called_like_a_column_has_one_of_another_name(name):
    names = wide_schema(("time", "value"), ["D1", name], "UTC").names
    assert names == ["time", "D1 value", f"{name} value"]


@pytest.mark.parametrize("cells", [1, 8, 12, 1_000])
@pytest.mark.parametrize("sizes", [[2], [3], [12]])
def test_several_readings_of_one_time_are_as_many_rows(sizes, cells, monkeypatch):
    """A historian of others may hold them, and none may be lost, wherever a batch ends."""
    monkeypatch.setattr(shapes, "CELLS", cells)
    columns = ("time", "value")
    schema = wide_schema(columns, ["D101", "b, c", "=1+1"], "UTC")
    every = {"D101": [1, 2, 2, 3], "b, c": [2, 2, 2, 6], "=1+1": [1, 5]}
    sources = []
    for name, at in every.items():
        part = batch(name, at, "UTC").select(columns)
        part = part.set_column(1, "value", pa.array([float(n) for n in range(len(at))]))
        # All of one time in one block, as they are read.
        cuts = [0, *(n for n in range(1, len(at)) if at[n] != at[n - 1] and n >= sizes[0]), len(at)]
        sources.append(iter([part.slice(a, b - a) for a, b in itertools.pairwise(cuts)]))
    found = pa.Table.from_batches(list(wide(sources, schema, columns)), schema)
    lines = zip(*(column.to_pylist() for column in found.columns[1:]), strict=True)
    at = found.column(0).cast(pa.int64()).to_pylist()
    assert list(zip(at, *zip(*lines, strict=True), strict=True)) == [
        (1, 0.0, None, 0.0),
        (2, 1.0, 0.0, None),
        (2, 2.0, 1.0, None),
        (2, None, 2.0, None),
        (3, 3.0, None, None),
        (5, None, None, 1.0),
        (6, None, 3.0, None),
    ]


def test_tags_without_rows_have_an_empty_column():
    columns = ("time", "value")
    schema = wide_schema(columns, ["D101", "=1+1"], "Asia/Seoul")
    rows = [batch("=1+1", [1, 2]).select(columns)]
    (found,) = wide([iter(()), iter(rows)], schema, columns)
    assert found.column(1).null_count == 2 and found.column(2).to_pylist() == [3001.0, 3002.0]
    assert list(wide([iter(()), iter(())], schema, columns)) == []
    assert list(by_time([iter(()), iter(())], 3)) == []


def by_time_of(sources):
    return by_time(sources, len(COLUMNS))


def wide_of(sources):
    return wide(sources, wide_schema(COLUMNS, NAMES[:3], "Asia/Seoul"), COLUMNS)


@pytest.mark.parametrize("made", [by_time_of, wide_of])
def test_of_each_tag_no_more_is_read_ahead_than_a_step_needs(made):
    """Whatever the tags' spacings: one that is dense waits for one that is sparse."""
    spacing = {"D101": 1, "b, c": 7, '가열 "1"': 200}
    handed, out = dict.fromkeys(spacing, 0), 0

    def counted(name):
        for first in range(0, LAST, 10 * spacing[name]):
            at = [first + n * spacing[name] for n in range(10)]
            handed[name] += 10
            yield batch(name, [t for t in at if t < LAST])

    for part in made([counted(name) for name in spacing]):
        reached = part.column("time").view(pa.int64()).to_pylist()[-1]
        out += part.num_rows
        for name in spacing:
            assert handed[name] <= reached // spacing[name] + 1 + 10 + shapes.block_of(
                3, len(COLUMNS)
            )
    assert out


def test_with_many_tags_few_rows_of_each_are_read_at_once(monkeypatch):
    monkeypatch.undo()
    assert [shapes.block_of(tags, 2) for tags in (0, 1, 100, 10_000)] == [16_384, 16_384, 5_242, 64]
    assert shapes.block_of(100, 16) == 655, "and the fewer, the more columns they have"


@pytest.mark.parametrize("joined", ["wide", "by time"])
def test_each_step_reads_a_tag_once_and_holds_nothing_of_the_step_before(joined):
    """A read gives a row less than it asks for; rows held twice took a third more of a worker."""
    names, made, held = NAMES[:3], [], []

    def blocks(name):
        for first in range(0, 60, 3):
            if first:
                held.append(sum(each() is not None for each in made[-len(names) :]))
            values = np.arange(first, first + 3, dtype=np.float64)
            made.append(weakref.ref(values))
            columns = {"time": batches.times(values.astype(np.int64), "UTC")}
            columns |= {"value": batches.numbers(values)}
            del values
            ready = [batches.batch(columns, ("time", "value"), "UTC")]
            del columns
            yield ready.pop()

    sources, columns = [blocks(name) for name in names], ("time", "value")
    assert shapes.block_of(len(names), len(columns)) == 6
    if joined == "wide":
        steps = wide(sources, wide_schema(columns, names, "UTC"), columns)
    else:
        steps = by_time(sources, len(columns))
    assert next(steps) is not None
    assert len(made) == len(names)
    while next(steps, None) is not None:  # and not held by a name
        pass
    assert len(made) == 20 * len(names) and max(held) < len(names)
