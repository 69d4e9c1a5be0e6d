"""A table takes the rows of the chart that was drawn; what a browser sends cannot break that."""

import pandas as pd
import pytest

from components import answers
from data.db import cache

ROWS = answers.Rows([], pd.DataFrame({"no": [1]}))


@pytest.fixture(autouse=True)
def anew():
    cache.forget()
    yield
    cache.forget()


def record(place: int) -> dict:
    return {"now": f"2026-11-25T00:00:0{place}+00:00", "query": {"tag": ["D101"], "width": None}}


def not_called() -> answers.Rows:
    raise AssertionError("it was read again")


def test_rows_of_a_chart_are_made_when_they_are_asked_for_and_once():
    made = []
    answers.keep(record(1), [], lambda: made.append(1) or ROWS, 1)
    assert made == []
    for _ in range(3):
        assert answers.rows(record(1), not_called) is ROWS
    assert made == [1]


@pytest.mark.parametrize(
    "other", [{**record(1), "now": "later"}, {**record(1), "query": {"tag": ["D102"]}}, {}]
)
def test_rows_of_another_answer_are_read(other):
    answers.keep(record(1), [], not_called, 1)
    assert answers.rows(other, lambda: ROWS) is ROWS


def test_only_the_newest_few_answers_are_kept():
    for place in range(6):
        answers.keep(record(place), [], not_called, 1)
    assert answers.rows(record(1), lambda: ROWS) is ROWS
    assert len(cache.recall(answers.KEPT)) == answers.MOST


def test_only_so_many_rows_are_kept_the_newest():
    for place in range(3):
        answers.keep(record(place), [], not_called, answers.MOST_ROWS // 2)
    assert [each.name for each in cache.recall(answers.KEPT)] == [
        answers._name(record(place)) for place in (2, 1)
    ]
    answers.keep(record(3), [], not_called, answers.MOST_ROWS + 1)
    assert answers.rows(record(3), lambda: ROWS) is ROWS


def test_what_stands_below_a_chart_takes_the_series_that_it_was_drawn_of():
    drawn = []
    answers.keep(record(1), drawn, not_called, 1)
    assert answers.series(record(1), not_called) is drawn
    assert answers.series(record(2), lambda: ["read"]) == ["read"]


@pytest.mark.parametrize("odd", [10**30, float("nan"), {"a": [None]}, "\ud800", [[[]]]])
def test_a_record_that_no_chart_made_is_read_as_a_question(odd):
    assert answers.rows({"now": odd, "query": {"tag": odd}}, lambda: ROWS) is ROWS
