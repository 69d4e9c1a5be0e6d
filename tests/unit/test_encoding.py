"""The compact columns that the overview's scripts are sent."""

import gzip
import itertools
import json
from dataclasses import replace

import brotli
import numpy as np
import orjson
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import encoding, letters
from api.overview import encoded
from data.analysis import digits, quality, rules, states
from data.analysis.rules import Rule
from data.queries import AboutTags, Tag
from tests.support import frames

NAN = float("nan")


@given(st.floats(-1e12, 1e12), st.integers(-14, 15))
def test_a_value_is_sent_so_that_it_is_written_as_if_it_were_sent_in_full(value, told):
    (sent,) = encoding.rounded(np.array([value]), np.array([told]))
    assert digits.written(sent, told) == digits.written(value, told)


def test_a_value_is_sent_with_the_digits_that_are_shown():
    values = np.array([183.449, 0.05, 19210.4, 4.123e-6])
    told = np.array([1, 2, 0, -2])
    assert encoding.rounded(values, told).tolist() == [183.4, 0.05, 19210.0, 4.123e-6]
    assert encoding.digit_letters(told) == "bcaB"


def test_a_whole_number_too_large_for_json_does_not_stop_the_frame():
    sent = encoding.numbers(np.array([1.7e308, -(2.0**63), 2.0**53 - 1]))
    assert orjson.loads(orjson.dumps(sent)) == [1.7e308, -(2.0**63), 2**53 - 1]


def test_whole_numbers_are_sent_without_a_point_and_what_is_no_number_as_null():
    sent = encoding.numbers(np.array([1000.0, 0.5, NAN, np.inf, -np.inf, -3.0]))
    assert orjson.dumps(sent) == b"[1000,0.5,null,null,null,-3]"


def test_a_code_of_minus_one_takes_the_place_after_the_last_word():
    assert encoding.codes(pd.Series([0, 1, 2, -1, 11], dtype="int8")) == "0123b"
    assert encoding.ALARM_WORDS[3] == "UNJUDGED" and encoding.QUALITY_WORDS[3] == "UNKNOWN"


def test_ages_are_whole_seconds_between_the_second_of_the_reading_and_of_now():
    judged = frames.found_states(3)
    now = pd.Timestamp("2026-11-22T22:26:31.900Z")
    judged.attrs["now"] = now
    judged["ts"] = [
        pd.Timestamp("2026-11-22T22:26:31.100Z"),
        pd.Timestamp("2026-11-22T22:26:28.999Z"),
        pd.NaT,
    ]
    judged["age"] = [0.8, 2.901, NAN]
    sent = encoding.frame_columns(judged, pd.Series([NAN] * 3), np.full(3, 1), frames.crossed([]))
    assert (sent["age"], sent["carried"]) == ([0, 3, None], {})
    assert sent["now"] == 1795386391900
    assert sent["delta"] == [None, None, None]


def test_an_age_that_the_clock_does_not_give_is_sent_with_what_it_is_more():
    """The page finds the time of the reading by it."""
    judged = frames.found_states(2)
    judged.attrs["now"] = pd.Timestamp("2026-11-22T22:26:31.900Z")
    judged["ts"] = pd.Timestamp("2026-11-22T22:26:31.100Z")
    judged["age"] = [0.8, 3600.9]
    sent = encoding.frame_columns(judged, pd.Series([NAN] * 2), np.full(2, 1), frames.crossed([]))
    assert (sent["age"], sent["carried"]) == ([0, 3600], {"1": 3600})


def test_a_limit_crossed_is_sent_with_how_far_and_since_when_as_far_as_that_is_known():
    alarming = pd.concat(
        [
            frames.crossed([2], over=12.3456),
            frames.crossed([5], over=-0.25, minutes=None),
            frames.crossed([6], over=NAN, found=False),
        ]
    )
    sent = frames.frame(9, over=alarming)["crossed"]
    since = alarming["since"].iloc[0].value // 1_000_000
    assert sent == {"2": [3, 12.3, since], "5": [3, -0.25, None], "6": [3, None]}


def test_a_tag_with_a_reading_from_the_future_is_named_even_when_its_badge_says_stale():
    stale = np.full(4, states.BADGES.index("STALE"))
    sent = frames.frame(4, badge=stale, clock=np.array([False, True, False, True]))
    assert sent["clock"] == [1, 3]


def test_only_tags_with_a_reason_are_named_among_the_reasons():
    bits = np.array([0, quality.STUCK, 0, quality.SPAN | quality.NEGATIVE], dtype=np.int16)
    sent = frames.frame(4, reasons=bits)
    assert sent["reasons"] == {"1": 64, "3": 6}


def test_a_reading_that_no_rule_has_looked_at_is_sent_as_unknown_like_in_the_api():
    frame = pd.DataFrame({"quality": [quality.GOOD, quality.UNKNOWN, NAN], "reasons": [0, 0, NAN]})
    assert encoding.assessed(frame) == [("GOOD", 0), ("UNKNOWN", 0), ("UNKNOWN", 0)]


def _tag(**rule):
    made = Rule("a", **rule)
    return Tag("a", rule=made, checks=rules.checks(made))


def test_the_version_names_names_rules_and_units():
    version = encoding.tag_columns([_tag(max_val=10.0)], AboutTags())["version"]
    assert encoding.tag_columns([_tag(max_val=10.0)], AboutTags())["version"] == version
    assert encoding.tag_columns([_tag(max_val=11.0)], AboutTags())["version"] != version
    unit = replace(_tag(max_val=10.0), unit="bar")
    assert encoding.tag_columns([unit], AboutTags())["version"] != version
    denied = AboutTags(denied=("influx_qc_rule",))
    assert encoding.tag_columns([_tag(max_val=10.0)], denied)["version"] != version


def test_a_rule_in_error_gives_no_span_and_no_limits():
    tags = frames.tags(1)
    assert tags["limits"] == [[100.0, 200.0, 800.0, 900.0]]
    assert tags["spans"] == [[0.0, 1000.0]]
    crossed = _tag(min_val=0.0, max_val=10.0, warn_min=9.0, warn_max=1.0)
    sent = encoding.tag_columns([crossed], AboutTags())
    assert sent["spans"] == [[None, None]]
    assert sent["limits"] == [[None, None, None, None]]
    assert sent["rule_words"][sent["rule_states"][0]] == "RULE ERROR"


def _hour(*rows):
    stop = pd.Timestamp("2026-11-22T22:26Z")
    table = pd.DataFrame(rows, columns=["tag", "ago", "avg", "min", "max", "bad"][: len(rows[0])])
    table = table.assign(bad=table.get("bad", 0))
    table["bucket"] = stop - pd.to_timedelta(table["ago"], unit="min")
    return letters.spark_lines(["a", "b", "c"], table, stop)


def test_a_sparkline_is_scaled_to_its_own_hour_and_keeps_its_gaps():
    sent = _hour((0, 0, 20.0, 15.0, 25.0), (0, 2, 10.0, 5.0, 15.0), (1, 59, 7.0, 7.0, 7.0))
    low, high, mean, least, most = sent["lines"][0]
    assert (low, high) == (5, 25)
    assert mean[-3:] == "Q v" and least[-3:] == "A g" and most[-3:] == "g _"
    assert mean[:-3] == " " * 57


def test_a_flat_hour_lies_in_the_middle_and_sends_its_envelope_once():
    sent = _hour((1, 59, 7.0, 7.0, 7.0))
    assert sent["lines"] == [[], [7, 7, "g" + " " * 59], []]


def test_minutes_of_which_readings_are_left_out_are_marked():
    sent = _hour((0, 0, 3.0, 3.0, 3.0, 2), (0, 1, NAN, NAN, NAN, 1), (1, 0, NAN, NAN, NAN, 5))
    assert sent["lines"][0] == [3, 3, " " * 59 + "g", " " * 58 + "xx"]
    assert sent["lines"][1] == [None, None, " " * 60, " " * 59 + "x"]
    assert sent["lines"][2] == []


def test_a_curve_keeps_a_small_change_of_a_large_value():
    mean = [500_000_000.25, NAN, 500_000_001.5]
    frame = pd.DataFrame({"mean": mean}, pd.date_range("2026-01-01", periods=3, freq="2min"))
    assert encoding.curve(frame)["mean"] == [500_000_000.25, None, 500_000_001.5]


@pytest.mark.parametrize("low", [1e-300, 4e-16, 1.25e-14])
def test_an_hour_of_very_small_values_keeps_its_ends(low):
    sent = _hour((0, 0, 2 * low, low, 3 * low), (1, 0, low, low, low))
    assert sent["lines"][0][:2] == [low, 3 * low]
    assert sent["lines"][1][:2] == [low, low]


def test_readings_outside_the_hour_or_not_finite_are_no_part_of_a_sparkline():
    sent = _hour((0, 60, 1.0, 1.0, 1.0), (0, 1, NAN, NAN, NAN), (0, 0, 3.0, 2.0, np.inf))
    assert sent["lines"][0][:2] == [2, 3]


def test_a_frame_of_a_thousand_tags_takes_at_most_ten_bytes_a_tag():
    answer = encoded(frames.frame(1000))
    assert len(answer.br) <= 10_000
    assert json.loads(brotli.decompress(answer.br)) == json.loads(answer.plain)
    assert gzip.decompress(answer.gzip) == answer.plain


def test_a_stuck_tag_is_a_flat_line_though_its_mean_is_rounded():
    stop = pd.Timestamp("2026-01-01T01:00Z")
    # Added one by one, as a database does; `sum` compensates since Python 3.12 and is exact here.
    *_, total = itertools.accumulate([1317.9] * 12)
    stuck = {"min": 1317.9, "max": 1317.9, "avg": total / 12}
    assert stuck["avg"] != 1317.9
    sparks = pd.DataFrame({"tag": [0, 0], "bucket": [stop, stop - pd.Timedelta("1min")], **stuck})
    sparks["bad"] = 0
    low, high, *lines = letters.spark_lines(["D202"], sparks, stop)["lines"][0]
    assert (low, high, len(lines)) == (1317.9, 1317.9, 1)


def test_for_the_mean_of_a_tag_that_has_none_a_sparkline_draws_what_was_last():
    stop = pd.Timestamp("2026-01-01T01:00Z")
    minutes = pd.DataFrame({"tag": [0, 1], "bucket": stop, "bad": 0, "last": [0.0, 15.0]})
    minutes = minutes.assign(avg=[0.25, 180.0], min=[0.0, 15.0], max=[1.0, 345.0])
    state, angle = letters.spark_lines(["P", "W"], minutes, stop, ["state", "angle"])["lines"]
    assert [line[-1] for line in state[2:]] == ["A", "A", "_"]
    assert angle == [15, 15, " " * 59 + "g"]


def test_a_change_and_a_distance_have_the_digits_of_the_value():
    judged = frames.found_states(2, value=[123_456_789.123, 123_456_789.123])
    delta, crossed = pd.Series([1_234_567.04, 0.04]), frames.crossed([1], over=0.0004)
    reset = pd.Series([True, False])
    sent = encoding.frame_columns(judged, delta, np.array([0, 1]), crossed, reset)
    assert sent["value"] == [123_456_789, 123_456_789.1]
    assert sent["delta"] == [1_234_567, 0]
    assert sent["crossed"]["1"][1] == 0.0004  # nothing is over a limit by 0
    assert sent["reset"] == [0]
