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
    answers.keep(record(1), lambda: made.append(1) or ROWS)
    assert made == []
    for _ in range(3):
        assert answers.rows(record(1), not_called) is ROWS
    assert made == [1]


@pytest.mark.parametrize(
    "other", [{**record(1), "now": "later"}, {**record(1), "query": {"tag": ["D102"]}}, {}]
)
def test_rows_of_another_answer_are_read(other):
    answers.keep(record(1), not_called)
    assert answers.rows(other, lambda: ROWS) is ROWS


def test_only_the_newest_few_answers_are_kept():
    for place in range(6):
        answers.keep(record(place), not_called)
    assert answers.rows(record(1), lambda: ROWS) is ROWS
    assert len(cache.recall(answers.KEPT)) == answers.MOST


@pytest.mark.parametrize("odd", [10**30, float("nan"), {"a": [None]}, "\ud800", [[[]]]])
def test_a_record_that_no_chart_made_is_read_as_a_question(odd):
    assert answers.rows({"now": odd, "query": {"tag": odd}}, lambda: ROWS) is ROWS
