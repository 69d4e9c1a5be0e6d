"""What is said to who looks at the plant names nothing of the historian's schema."""

import re

import pytest

from components.messages import sentence, spoken
from data.analysis import digits, kinds
from data.errors import SENTENCES, BadInput, HistorianUnavailable

NAMES = re.compile(r"influx_|ksys_|GRANT|CREATE|SELECT")
HOLES = re.compile(r"\{(\w+)")
#: What fills these comes of the historian's schema.
NAMED = {"relation", "column", "columns", "schema", "schemas", "detail", "view", "type"}
OF_THE_HISTORIAN = sorted(key for key in SENTENCES if key.startswith("historian_"))


@pytest.mark.parametrize("key", OF_THE_HISTORIAN)
def test_no_page_for_operators_names_a_relation(key: str, in_english: None) -> None:
    holes = HOLES.findall(SENTENCES[key])
    values = {hole: "influx_hist" if hole in NAMED else "3" for hole in holes}
    said = spoken(HistorianUnavailable(key, **values))
    assert not NAMES.search(said)


def test_the_sentence_for_operators_says_where_more_stands(in_english: None) -> None:
    failure = HistorianUnavailable("historian_columns", columns="value")
    assert "The page Status says what" in spoken(failure)
    assert "influx_hist lacks value" in sentence(failure)


def test_a_sentence_and_a_state_without_a_word_have_the_minus_of_the_axes(in_english: None) -> None:
    values = {"low": "LL", "low_value": -5.5, "high": "L", "high_value": -7.0}
    refusal = BadInput("rule_nesting", **values)
    assert sentence(refusal) == "LL −5.5 lies above L −7; mend one of them"
    assert str(refusal) == "LL -5.5 lies above L -7; mend one of them"
    assert kinds.words([-1.0, 0.0], {"0": "off"}, digits.MINUS) == ["−1", "off"]
    assert kinds.words([-1.0, 0.0], {"0": "off"}) == ["-1", "off"]
