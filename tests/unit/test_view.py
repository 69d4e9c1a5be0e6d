"""A question in an address: understood in full, or refused with thing, value and way out."""

from datetime import UTC, datetime, timedelta

import orjson
import pytest

from data.buckets import resolution
from data.errors import BadInput
from data.views.view import INDICATORS, MAX_TAGS, USUAL, view
from data.windows import WINDOWS
from figures.template import Canvas
from figures.trend import time_grid

NOW = datetime(2026, 11, 22, 13, 26, tzinfo=UTC)
ZONE = "Asia/Seoul"


def asked(**query: object):
    return view({"tag": ["D101"], **query}, NOW, ZONE)


def test_an_address_without_a_window_shows_the_last_day_up_to_the_database_s_now():
    seen = asked()
    assert (seen.start, seen.stop) == (NOW - timedelta(hours=24), NOW)
    assert seen.live


@pytest.mark.parametrize("token", [*WINDOWS, "60m", "90s", "1y"])
def test_every_window_of_the_old_dashboard_is_understood(token):
    seen = asked(window=token)
    assert seen.live
    assert seen.stop == NOW
    assert seen.start < NOW


def test_an_absolute_range_without_offset_is_one_of_the_site():
    seen = asked(start="2026-11-20 08:00", stop="2026-11-21T08:00")
    assert seen.start == datetime(2026, 11, 19, 23, tzinfo=UTC)
    assert seen.stop == datetime(2026, 11, 20, 23, tzinfo=UTC)
    assert not seen.live


def test_a_range_wins_over_a_window_and_a_zoom_over_both():
    zoom = "2026-11-22T10:00:00+09:00/2026-11-22T11:00:00+09:00"
    seen = asked(window="7d", start="2026-11-20", stop="2026-11-21", zoom=zoom)
    assert seen.start == datetime(2026, 11, 22, 1, tzinfo=UTC)
    assert seen.seconds == 3600


def test_a_zone_in_the_address_is_used_for_bare_times():
    seen = asked(start="2026-11-20", stop="2026-11-21", tz="Europe/Berlin")
    assert seen.start == datetime(2026, 11, 19, 23, tzinfo=UTC)
    assert seen.zone == "Europe/Berlin"


def test_a_tag_asked_for_twice_is_shown_once_in_its_first_place():
    assert asked(tag=["b", "a", "b"]).tags == ("b", "a")


@pytest.mark.parametrize(
    "tag", ["<script>", "'; drop table", '가나/다 "q"', "=1+1", "a,b", " ", ""]
)
def test_a_tag_s_name_is_taken_as_it_is(tag):
    assert asked(tag=tag).tags == (tag,)


@pytest.mark.parametrize("tag", [None, [], ()])
def test_no_tag_is_none_and_not_one_without_a_name(tag):
    assert asked(tag=tag).tags == ()


def test_of_a_parameter_given_twice_the_last_counts():
    assert asked(window=["1h", "2h"]).seconds == 7200


@pytest.mark.parametrize("width", ["", None, "wide", "nan", "-5", [], "inf"])
def test_a_width_that_is_no_number_of_pixels_is_unknown(width):
    assert asked(width=width).pixels is None


@pytest.mark.parametrize("width", ["1e300", 10**30, 2.0**63, "99999"])
def test_no_chart_is_so_wide_that_no_answer_could_hold_its_ticks(width):
    seen = asked(width=width)
    canvas = Canvas(seen.start, seen.stop, NOW, timedelta(0), pixels=seen.pixels)
    assert orjson.loads(orjson.dumps(time_grid(canvas)))["nticks"] < 1_000


@pytest.mark.parametrize("token", ["", "auto", None])
def test_pixels_choose_where_no_resolution_is_asked_for(token):
    assert asked(resolution=token).resolution is None


def test_a_resolution_that_is_asked_for_is_kept():
    assert asked(resolution="60m").resolution == resolution("1h")


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ({"window": "9q"}, "unknown_window"),
        ({"window": "999999999y"}, "window_too_long"),
        ({"start": "2026-11-20"}, "half_a_window"),
        ({"stop": "2026-11-20"}, "half_a_window"),
        ({"start": "2026-11-21", "stop": "2026-11-20"}, "start_after_stop"),
        ({"start": "tomorrow", "stop": "2026-11-20"}, "unreadable_time"),
        ({"start": "1950-01-01", "stop": "2026-11-20"}, "time_before_1970"),
        ({"start": "2026-11-20", "stop": "2099-11-20"}, "window_future"),
        ({"zoom": "2026-11-20"}, "unreadable_stretch"),
        ({"zoom": "a/b"}, "unreadable_stretch"),
        ({"zoom": "/"}, "unreadable_stretch"),
        ({"zoom": "1950-01-01/2026-11-20"}, "unreadable_stretch"),
        ({"select": "2026-11-20"}, "unreadable_stretch"),
        ({"events": "maybe"}, "unknown_switch"),
        ({"forecast": "1"}, "unknown_switch"),
        ({"select": "a/b"}, "unreadable_stretch"),
        ({"select": "2026-11-20T10:00/2026-11-20T09:00"}, "unreadable_stretch"),
        ({"window": "now-1h/now-2h"}, "start_after_stop"),
        ({"select": "2020-11-20/2020-11-21"}, "select_outside"),
        ({"statistic": "median"}, "unknown_statistic"),
        ({"resolution": "7s"}, "unknown_resolution"),
        ({"tz": "Mars/Base"}, "unknown_zone"),
        ({"tz": "../../etc/passwd"}, "unknown_zone"),
        ({"tag": [f"t{i}" for i in range(500)]}, "too_many_tags"),
        ({"window": "<script>"}, "unknown_window"),
        ({"window": "24h\x00"}, "unknown_window"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(query, key):
    with pytest.raises(BadInput) as refusal:
        asked(**query)
    assert refusal.value.key == key


def test_the_limit_of_tags_is_allowed():
    assert len(asked(tag=[f"t{i}" for i in range(MAX_TAGS)]).tags) == MAX_TAGS


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("", USUAL),
        (None, USUAL),
        ("none", ()),
        ("slope,avg", ("avg", "slope")),
        (" ema_20 , sma_10,ema_20", ("sma_10", "ema_20")),
        (",".join(INDICATORS), INDICATORS),
        (["nope", "avg"], ("avg",)),
    ],
)
def test_indicators_are_named_in_any_order_and_without_names_are_the_usual_ones(text, drawn):
    assert asked(indicators=text).indicators == drawn


@pytest.mark.parametrize(
    "text", ["foo", "avg,,slope", "none,avg", "AVG", "avg;slope", ",", "x" * 999]
)
def test_an_indicator_that_is_none_is_refused_by_name(text):
    with pytest.raises(BadInput) as caught:
        asked(indicators=text)
    assert caught.value.key == "unknown_indicator"
    assert "bollinger" in str(caught.value)
