"""What others store of indicators is held against ours: equal, a variant with a name, or other."""

import numpy as np
import pandas as pd
import pytest

from components.status.relation_words import RELATION_WORDS
from data.status.stored import (
    SAME,
    Verdict,
    indicator_columns,
    stored_lines,
    verdict,
)

TIMES = pd.date_range("2026-03-01", periods=200, freq="min", tz="UTC")
MEANS = pd.Series(np.random.default_rng(3).normal(100, 5, 200), TIMES)
OURS = indicator_columns(MEANS)


def key(column: str, theirs: pd.Series) -> str:
    found = verdict(theirs, OURS[column])
    assert found is not None
    return found.key


@pytest.mark.parametrize(
    ("column", "theirs", "expected"),
    [
        ("avg", MEANS, "equal"),
        ("avg", MEANS + 0.01, "other"),
        ("sma_10", MEANS.rolling(10).mean(), "equal"),
        ("sma_10", MEANS.rolling(11).mean(), "other"),
        ("bb_top", MEANS.rolling(20).mean() + 2 * MEANS.rolling(20).std(ddof=0), "equal"),
        ("bb_bot", MEANS.rolling(20).mean() - 2 * MEANS.rolling(20).std(ddof=1), "sample"),
        ("bb_bot", MEANS.rolling(20).mean() - 3 * MEANS.rolling(20).std(ddof=0), "other"),
    ],
)
def test_a_column_is_what_pandas_says_it_is(column, theirs, expected):
    assert key(column, theirs) == expected


def test_a_slope_is_told_by_its_unit_of_time():
    hours = np.arange(60) / 60
    by_hour = MEANS.rolling(60).apply(lambda w: np.polyfit(hours, w, 1)[0], raw=True)
    assert [key("slope_60", by_hour / part) for part in (1, 60, 3_600, 24)] == [
        "equal", "per_minute", "per_second", "other",
    ]  # fmt: skip


def test_what_is_stored_where_ours_is_left_out_is_counted_and_not_compared():
    theirs = MEANS.rolling(10, min_periods=1).mean()
    found = verdict(theirs, OURS["sma_10"])
    assert found is not None
    assert (found.key, found.beyond, found.counted) == ("equal", 9, 191)


def test_too_few_pairs_say_nothing():
    assert verdict(MEANS[:2], OURS["avg"]) is None
    assert [line.key for line in stored_lines("x", {"avg": []})] == ["stored_none"]


def test_tags_that_disagree_are_other_unless_one_of_them_cannot_tell():
    constant, sample = Verdict(SAME, 5, 0.0, 0), Verdict("sample", 5, 0.2, 0)
    assert [line.key for line in stored_lines("x", {"bb_top": [constant, sample]})] == [
        "stored_sample"
    ]
    both = [sample, Verdict("rows", 5, 1.0, 0)]
    (line,) = stored_lines("x", {"bb_top": both})
    assert (line.key, line.level, line.values["most"]) == ("stored_other", "risk", "1")


def test_every_variant_has_words():
    keys = {f"stored_{name}" for variants in OURS.values() for name in variants}
    assert keys | {"stored_other", "stored_population", "stored_nearest"} <= set(RELATION_WORDS)
