"""Numbers as written: what is drawn apart is written apart, alike on the server and in scripts."""

import json
import random
import subprocess

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.analysis import digits
from tests.support.frames import random_series
from tests.support.places import ROOT

#: Series of every scale that are looked at: fewer where the profile asks for few examples.
SERIES = 100 * settings.default.max_examples
EXAMPLES = {
    "a counter of 32 bits": ([4294967295.0, 4294967296.0, 4294967297.0], None),
    "a saw of 0.0003": ([1883.31, 1883.3103, 1883.3097], None),
    "a saw finer than its decimals": ([1883.31, 1883.3103, 1883.3097], 2),
    "microns": ([4e-6, 4.1e-6, 3.9e-6], None),
    "a counter of 64 bits": ([7e17, 7.1e17], None),
    "a constant": ([183.4, 183.4], None),
    "a tag without decimals": ([183.0, 182.99, 183.1], None),
    "a tag with decimals": ([183.449, 182.0], 1),
    "floats of four bytes": ([float(np.float32(v)) for v in (182.47, 182.5)], None),
}
TEXTS = {
    "a counter of 32 bits": ["4,294,967,295", "4,294,967,296", "4,294,967,297"],
    "a saw of 0.0003": ["1,883.3100", "1,883.3103", "1,883.3097"],
    "a saw finer than its decimals": ["1,883.3100", "1,883.3103", "1,883.3097"],
    "microns": ["4.0e−6", "4.1e−6", "3.9e−6"],
    "a counter of 64 bits": ["7.0e+17", "7.1e+17"],
    "a constant": ["183.4", "183.4"],
    "a tag without decimals": ["183.00", "182.99", "183.10"],
    "a tag with decimals": ["183.4", "182.0"],
    "floats of four bytes": ["182.47", "182.50"],
}


def read_back(text: str) -> float:
    """Return the number of a text as people read it."""
    assert "-" not in text
    return float(text.replace(",", "").replace(digits.MINUS, "-"))


def texts(values: list[float], decimals: int | None = None) -> list[str]:
    told = digits.digits(np.array(values), decimals)
    return [digits.written(value, told) for value in values]


def alike(values: list[float], written: list[str], parts: int) -> list[tuple[float, float]]:
    """Return the pairs that are written alike and lie more than such a part of all apart."""
    part = (max(values) - min(values)) / parts
    pairs = sorted(zip(values, written, strict=True))
    return [
        (a, b) for (a, x), (b, y) in zip(pairs, pairs[1:], strict=False) if x == y and b - a > part
    ]


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_written_as_a_reader_expects(name):
    assert texts(*EXAMPLES[name]) == TEXTS[name]


def series_of_every_scale():
    source, count = random.Random(12), 0
    while count < SERIES:
        values = random_series(source)
        span, top = max(values) - min(values), max(map(abs, values))
        if span == 0 or span >= digits.LOST * top:  # else it is drawn as one line
            count += 1
            yield values


def test_no_two_readings_of_any_scale_that_are_drawn_apart_are_written_alike():
    found = [
        pair
        for values in series_of_every_scale()
        for pair in alike(values, texts(values), digits.PARTS)
    ]
    assert found == []


def test_the_decimals_that_a_tag_names_never_hide_a_tenth_of_what_is_shown():
    found = [
        pair
        for place, values in enumerate(series_of_every_scale())
        for pair in alike(values, texts(values, place % 7), digits.STEPS)
    ]
    assert found == []


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=9))
def test_a_number_has_at_most_fifteen_digits_and_none_before_the_point_is_lost(values):
    told = digits.digits(np.array(values))
    for value in values:
        text = digits.written(value, told)
        there = text.partition("e")[0].replace(",", "").lstrip("−0.").replace(".", "")
        assert len(there) <= 15 + (told < 0), text
        if told >= 0:
            assert abs(read_back(text) - value) <= 0.5


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_in_full_reads_back_as_the_same(value):
    assert read_back(digits.full(value)) == value


NODE = """
import { readFileSync } from "node:fs";
const { full, written } = await import(process.cwd() + "/assets/digits.mjs");
const pairs = JSON.parse(readFileSync(0, "utf8"));
const told = pairs.map(([value, digits]) => [written(value, digits), full(value)]);
process.stdout.write(JSON.stringify(told));
"""


def said_by_the_scripts(pairs):
    run = subprocess.run(
        ["node", "--input-type=module", "-e", NODE],
        input=json.dumps(pairs),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    return json.loads(run.stdout)


@pytest.mark.optional("node")
def test_scripts_and_server_write_the_same_text_of_any_number():
    source = random.Random(6)
    pairs = [(0.0, 2), (-0.0001, 2), (2.5, 0), (-2.5, 0), (0.125, 2), (2.5, -1), (1e300, 3)]
    for _ in range(2000):
        values = random_series(source)
        told = digits.digits(np.array(values), source.choice([None, source.randint(0, 6)]))
        pairs += [(value, told) for value in values[:5]]
    assert said_by_the_scripts(pairs) == [
        [digits.written(value, told), digits.full(value)] for value, told in pairs
    ]


def test_numbers_at_the_middle_between_two_texts_are_alike_where_their_texts_are() -> None:
    for told in (0, 1, 2, 4):
        steps = np.arange(-400, 400) / 2 * 10.0**-told
        for moved in (np.float64(np.float32(steps)), np.nextafter(steps, np.inf), -steps):
            texts = [
                digits.written(one, told) == digits.written(other, told)
                for one, other in zip(steps, moved, strict=True)
            ]
            assert digits.alike(steps, moved, told).tolist() == texts


@pytest.mark.parametrize("place", [0, 63, 64, 199])
def test_one_number_among_many_adds_its_decimals_wherever_it_stands(place: int) -> None:
    many = np.full((1, 200), 21.5)
    many[0, place] = 21.512
    assert digits.own_decimals(many).tolist() == [3]
    assert digits.own_decimals(many, np.array([2])).tolist() == [2]
    frame = pd.DataFrame({"avg": many[0], "last": np.full(200, 21.0)})
    told = digits.by_column(frame, None, ("avg",), ("last",))
    assert told == {"avg": 3, "last": 0}
