"""The trend figure: no peak hidden, no gap bridged, no name taken for markup."""

import base64
import gzip
from datetime import UTC, datetime, timedelta

import numpy as np
import orjson
import pandas as pd
import pytest

from data.analysis.rules import Limits
from figures.axes import Line, axis_numbers
from figures.template import Canvas
from figures.trend import closed, trend_figure

START = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
NO_BAD = pd.DataFrame({"bad": [], "bad_value": []}, index=pd.DatetimeIndex([], tz=UTC))


def canvas(minutes: int = 60, **others: object) -> Canvas:
    """Return a canvas over the minutes after START, in Seoul's clock, long past."""
    stop = START + timedelta(minutes=minutes)
    given = {"now": stop + timedelta(days=1), "offset": timedelta(hours=9), **others}
    return Canvas(START, stop, **given)


def line(
    tag: str = "D101", unit: str = "bar", values: np.ndarray | None = None, **others: object
) -> Line:
    """Return a tag with one-minute buckets around the values."""
    mean = np.linspace(100, 120, 60) if values is None else values
    times = pd.date_range(START, periods=len(mean), freq="1min")
    frame = pd.DataFrame(
        {"n": 12.0, "avg": mean, "min": mean - 2, "max": mean + 3, "first": mean, "last": mean},
        index=times,
    )
    frame[np.isnan(mean)] = np.nan
    given = {"frame": frame, "bad": NO_BAD, "seconds": 60.0, **others}
    return Line(tag, unit, **given)


def numbers(array: dict[str, str]) -> np.ndarray:
    """Return what plotly reads from a typed array."""
    return np.frombuffer(base64.b64decode(array["bdata"]), dtype=f"<{array['dtype']}")


def test_a_bucket_s_extremes_are_drawn_whatever_its_mean() -> None:
    spiky = line()
    spiky.frame.iloc[30, spiky.frame.columns.get_loc("max")] = 999.0
    figure = trend_figure([spiky], canvas())
    band = next(trace for trace in figure["data"] if trace.get("fill") == "tonexty")
    assert numbers(band["y"]).max() == 999.0
    assert figure["layout"]["yaxis"]["range"][1] > 999.0


def test_the_statistic_chooses_the_line_and_the_envelope_stays() -> None:
    figure = trend_figure([line()], canvas(), "max")
    drawn = next(t for t in figure["data"] if t["line"]["width"] > 1)
    assert numbers(drawn["y"])[0] == 103.0
    assert any(trace.get("fill") == "tonexty" for trace in figure["data"])


def test_raw_readings_have_no_envelope() -> None:
    figure = trend_figure([line(seconds=0)], canvas())
    assert not any("fill" in trace for trace in figure["data"])


def test_tags_of_one_unit_share_an_axis_and_another_unit_has_its_own() -> None:
    lines = [line("a", "bar"), line("b", "m³/h"), line("c", "bar")]
    assert axis_numbers(lines) == {"bar": 1, "m³/h": 2}
    figure = trend_figure(lines, canvas())
    assert {trace["yaxis"] for trace in figure["data"]} == {"y", "y2"}
    assert figure["layout"]["yaxis2"]["overlaying"] == "y"


def test_eight_units_get_eight_axes() -> None:
    figure = trend_figure([line(f"t{i}", f"u{i}") for i in range(8)], canvas())
    assert {f"yaxis{i}" for i in range(2, 9)} <= figure["layout"].keys()


def test_the_fill_has_no_height_in_a_gap_of_regular_buckets() -> None:
    frame = pd.DataFrame({"n": [1, np.nan, 1], "min": [1, np.nan, 5], "max": [3, np.nan, 7]})
    _, low, high = closed(frame)
    assert list(low) == [1, 2, 5]
    assert list(high) == [3, 2, 7]


def test_the_fill_has_no_height_across_a_break_between_two_times() -> None:
    times = pd.date_range(START, periods=3, freq="1min")
    frame = pd.DataFrame(
        {"n": [1, np.nan, 1], "min": [1, np.nan, 5], "max": [3, np.nan, 7]}, index=times
    )
    rows, low, high = closed(frame)
    assert list(rows) == [0, 0, 2, 2]
    assert list(low) == [1, 2, 6, 5]
    assert list(high) == [3, 2, 6, 7]


def test_the_fill_goes_on_over_a_bucket_that_is_missing_and_no_gap() -> None:
    frame = pd.DataFrame({"n": [1, np.nan, 1], "min": [1, np.nan, 5], "max": [3, np.nan, 9]})
    _, low, high = closed(frame, bridged=True)
    assert list(low) == [1, 3, 5]
    assert list(high) == [3, 6, 9]


def test_no_line_is_drawn_across_a_gap() -> None:
    """What closes the fill over a gap has no width; what has width breaks with the values."""
    values = np.linspace(100, 120, 600)
    values[200:260] = np.nan
    figure = trend_figure([line(values=values)], canvas(600))
    for trace in figure["data"]:
        if trace["line"]["width"]:
            assert np.isnan(numbers(trace["y"])[230])


def test_limits_near_the_data_are_bands_of_the_first_tag_with_their_names() -> None:
    limits = Limits(None, None, 118.0, 122.0)
    layout = trend_figure([line(limits=limits)], canvas())["layout"]
    bands = [(s["y0"], s["y1"]) for s in layout["shapes"] if s["yref"] == "y"]
    assert bands[0] == (118.0, 122.0)
    assert bands[1][0] == 122.0
    assert [a["text"] for a in layout["annotations"]] == [
        "D101 high (H) 118",
        "D101 high high (HH) 122",
    ]


def test_limits_far_from_the_data_do_not_flatten_it() -> None:
    layout = trend_figure([line(limits=Limits(None, None, 1e6, 2e6))], canvas())["layout"]
    assert layout["yaxis"]["range"][1] < 200
    assert not layout["shapes"]
    assert not layout["annotations"]


def test_a_limit_that_two_tags_share_is_named_once() -> None:
    limits = Limits(None, None, 118.0, None)
    lines = [line("a", limits=limits), line("b", limits=limits)]
    texts = [a["text"] for a in trend_figure(lines, canvas())["layout"]["annotations"]]
    assert texts == ["a, b high (H) 118"]


def test_a_data_line_inside_both_critical_limits_keeps_low_and_high_bands_apart() -> None:
    limits = Limits(95.0, 98.0, 122.0, 124.0)
    layout = trend_figure([line(limits=limits)], canvas())["layout"]
    edges = sorted((s["y0"], s["y1"]) for s in layout["shapes"])
    assert (95.0, 98.0) in edges
    assert (122.0, 124.0) in edges
    assert all(low < high for low, high in edges)


def test_a_state_is_a_step_line_of_its_last_value_with_words() -> None:
    states = {"0": "off", "1": "on"}
    values = np.repeat([0.0, 1.0], 30)
    figure = trend_figure([line("P100", "", values, states=states)], canvas())
    drawn = figure["data"][-1]
    assert drawn["line"]["shape"] == "hv"
    assert drawn["text"][0] == "off"
    assert drawn["text"][-1] == "on"
    assert figure["layout"]["yaxis"]["ticktext"] == ["off", "on"]


def test_state_words_stand_on_a_second_axis_too() -> None:
    states = {"0": "off", "1": "on"}
    lines = [line(), line("P100", "", np.zeros(60), states=states)]
    axis = trend_figure(lines, canvas())["layout"]["yaxis2"]
    assert axis["tickmode"] == "array"
    assert axis["ticktext"] == ["off", "on"]


def test_bad_readings_are_marks_with_their_value_and_number() -> None:
    bad = pd.DataFrame(
        {"bad": [2.0, 1.0], "bad_value": [900.0, np.nan]},
        index=pd.date_range(START, periods=2, freq="1min"),
    )
    figure = trend_figure([line(bad=bad)], canvas())
    marks = figure["data"][-1]
    assert marks["mode"] == "markers"
    assert marks["text"][0] == "900 (2)"
    low, high = figure["layout"]["yaxis"]["range"]
    assert ((numbers(marks["y"]) >= low) & (numbers(marks["y"]) <= high)).all()


def test_the_bucket_that_still_fills_is_shaded() -> None:
    now = START + timedelta(minutes=59, seconds=20)
    live = Canvas(START, now, now, timedelta(hours=9))
    shaded = [s for s in trend_figure([line()], live)["layout"]["shapes"] if s["yref"] == "paper"]
    assert len(shaded) == 1
    assert shaded[0]["x0"] == live.clock(START + timedelta(minutes=59))


def test_no_bucket_of_a_past_window_is_shaded() -> None:
    assert not trend_figure([line()], canvas())["layout"]["shapes"]


@pytest.mark.parametrize("tag", ["<script>", "%{y}", "'; drop table", '가나/다 "q"', "=1+1", "🙂"])
def test_a_tag_s_name_is_never_markup_nor_template(tag: str) -> None:
    figure = trend_figure([line(tag, "%{x}")], canvas())
    text = orjson.dumps(figure).decode()
    assert "<script>" not in text
    assert not any("%{x}" in t.get("hovertemplate", "") for t in figure["data"])
    assert not any(tag in t.get("hovertemplate", "") for t in figure["data"])


def test_a_figure_without_tags_is_an_empty_time_axis() -> None:
    figure = trend_figure([], canvas())
    assert figure["data"] == []
    assert figure["layout"]["xaxis"]["type"] == "date"


def test_a_tag_without_readings_is_an_empty_line() -> None:
    nothing = line().frame.iloc[:0]
    figure = trend_figure([line(values=None, **{"frame": nothing})], canvas())
    assert figure["layout"]["yaxis"]["range"] == [0.0, 1.0]


def test_a_flat_line_has_room_above_and_below() -> None:
    frame = line(values=np.full(60, 7.0)).frame.assign(min=7.0, max=7.0)
    low, high = trend_figure([line(frame=frame)], canvas())["layout"]["yaxis"]["range"]
    assert low < 7.0 < high


def test_a_day_of_minutes_with_its_envelope_is_at_most_40_kb_compressed() -> None:
    noise = np.random.default_rng(7).normal(0, 1, 1440)
    day = line(values=120 + np.cumsum(noise))
    day.frame["min"] -= np.abs(noise)
    day.frame["max"] += np.abs(noise[::-1])
    wire = gzip.compress(orjson.dumps(trend_figure([day], canvas(1440))), 6)
    assert len(wire) <= 40_000


def test_the_figure_says_its_words_in_the_viewer_s_language() -> None:
    figure = trend_figure([line()], canvas(words={"avg": "평균"}))
    assert figure["data"][-1]["name"] == "D101 평균"


def test_no_mean_is_drawn_of_what_has_none() -> None:
    for kind, drawn in (
        ("state", "last"),
        ("angle", "last"),
        ("counter", "last"),
        ("value", "avg"),
    ):
        assert line(kind=kind).column("avg") == drawn
    assert line(kind="counter").column("max") == "max"
    assert line(kind="state").column("max") == line(kind="angle").column("max") == "last"


def test_an_angle_breaks_where_it_passes_north_and_has_no_envelope() -> None:
    wind = line("W", "°", np.array([350.0, 355.0, 2.0, 8.0]), kind="angle")
    figure = trend_figure([wind], canvas())
    assert not [trace for trace in figure["data"] if trace.get("fill")]
    drawn = numbers(figure["data"][0]["y"])
    np.testing.assert_array_equal(drawn, [350, 355, np.nan, 2, 8])
