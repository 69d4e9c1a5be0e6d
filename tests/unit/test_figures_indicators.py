"""The tech figure: every indicator where it exists, none where it does not, each with a switch."""

import base64
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest

from data.analysis import Limits
from data.views import INDICATOR_COLUMNS, INDICATORS, USUAL
from figures.axes import Line
from figures.tech import CURVES, Label, indicators_figure
from figures.template import Canvas

START = datetime(2026, 11, 22, tzinfo=UTC)
COLUMNS = ("min", "max", *INDICATOR_COLUMNS)
LABELS = {name: Label(name, "10 min", "10 × 1 min", f"{name} of means") for name in INDICATORS}


def grid(count: int = 600) -> pd.DataFrame:
    """Return indicators of one-minute buckets that do not exist from the 200th to the 259th."""
    times = pd.date_range(START, periods=count, freq="1min")
    values = np.linspace(100, 120, count)
    frame = pd.DataFrame({name: values.copy() for name in COLUMNS}, index=times)
    frame["lower"] -= 2
    frame["upper"] += 2
    frame["sigma"], frame["r2"] = 1.0, 0.5
    frame.iloc[200:260] = np.nan
    return frame


def line(frame: pd.DataFrame, unit: str = "bar", limits: Limits | None = None) -> Line:
    """Return the tag of a frame, whose means break in the middle of the gap."""
    gap = frame.index[[len(frame) // 2]]
    mean = pd.concat([frame.dropna(), pd.DataFrame(np.nan, gap, frame.columns)]).sort_index()
    told = {**dict.fromkeys(COLUMNS, 2), "slope": 3}
    return Line("D101", unit, mean, None, 60, limits=limits, told=told)


def drawn(
    frame: pd.DataFrame,
    seen: Collection[str] = USUAL,
    pixels: float = 1_000.0,
    **of_line: Any,
) -> dict[str, Any]:
    """Return the figure of a frame."""
    canvas = Canvas(START, START + timedelta(hours=10), START, timedelta(hours=9), pixels=pixels)
    return indicators_figure(line(frame, **of_line), frame, LABELS, canvas, seen)


def numbers(array: dict[str, str]) -> np.ndarray:
    """Return what plotly reads from a typed array."""
    return np.frombuffer(base64.b64decode(array["bdata"]), dtype=f"<{array['dtype']}")


def part(figure: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the trace that a cursor reads a part of the tag from."""
    (found,) = [each for each in figure["data"] if each.get("meta", {}).get("part") == name]
    return found


def notes(figure: dict[str, Any]) -> list[str]:
    """Return what stands in a figure beside its axes."""
    return [each["text"] for each in figure["layout"]["annotations"]]


def is_seen(trace: dict[str, Any]) -> bool:
    """Return whether a trace is drawn."""
    return trace.get("visible", True) and trace.get("opacity", 1) > 0


def test_no_line_is_drawn_where_an_indicator_does_not_exist() -> None:
    figure = drawn(grid())
    for name in ("sma_10", "sma_60", "ema_20", "lower", "middle", "upper", "slope"):
        assert np.isnan(numbers(part(figure, name)["y"])[230]), name


def test_the_band_has_no_height_where_it_does_not_exist() -> None:
    fills = [t for t in drawn(grid())["data"] if t.get("meta") == {"indicator": "bollinger"}]
    low, high = fills
    assert high["fill"] == "tonexty"
    assert numbers(low["y"])[230] == numbers(high["y"])[230]
    assert numbers(high["y"])[100] > numbers(low["y"])[100]


def test_the_slope_stands_below_on_a_signed_axis_of_its_own_that_always_holds_zero() -> None:
    figure = drawn(grid())
    assert part(figure, "slope")["yaxis"] == "y2"
    layout = figure["layout"]
    assert "<b>bar/h</b>" in notes(figure)
    assert layout["yaxis2"]["domain"][1] < layout["yaxis"]["domain"][0]
    low, high = layout["yaxis2"]["range"]
    assert low < 0 < 120 < high
    assert layout["yaxis2"]["zeroline"]
    assert layout["yaxis2"]["tickformat"].startswith("+")


def test_the_shade_of_the_slope_has_no_height_where_there_is_no_slope() -> None:
    """plotly fills across an empty bucket: the shade would say a slope that is not there."""
    (shade,) = [t for t in drawn(grid())["data"] if t.get("fill") == "tozeroy"]
    assert shade["yaxis"] == "y2"
    assert (numbers(shade["y"])[200:260] == 0).all()
    assert numbers(shade["y"])[100] > 0
    assert shade["line"]["width"] == 0


def test_what_is_computed_has_one_colour_and_differs_by_dash_and_weight() -> None:
    figure = drawn(grid(), INDICATORS)
    lines = [part(figure, curve.column)["line"] for curve in CURVES if curve.name != "avg"]
    assert len({each["color"] for each in lines}) == 1
    assert len({(each["dash"], each["width"]) for each in lines}) == len(lines)
    assert part(figure, "line")["line"]["color"] != lines[0]["color"]
    assert len({curve.glyph for curve in CURVES}) == len(CURVES)


def test_plotly_draws_neither_legend_nor_hover_box() -> None:
    layout = drawn(grid())["layout"]
    assert layout["hovermode"] is False
    assert layout["showlegend"] is False


def test_every_indicator_is_in_the_figure_and_only_those_switched_on_are_seen() -> None:
    for seen in (USUAL, ("sma_60",), INDICATORS, ()):
        for trace in drawn(grid(), seen)["data"]:
            name = trace["meta"].get("indicator")
            assert name is None or is_seen(trace) == (name in seen), (seen, name)


def test_the_means_stay_for_the_cursor_where_they_are_switched_off() -> None:
    mean = part(drawn(grid(), ("sma_10",)), "line")
    assert mean.get("visible", True) and mean["opacity"] == 0


def test_without_the_slope_its_lane_is_gone_and_the_other_one_as_high_as_before() -> None:
    both, one = (drawn(grid(), seen)["layout"] for seen in (USUAL, ("avg",)))
    assert one["yaxis2"]["visible"] is False
    assert one["xaxis"]["anchor"] == "y"
    assert one["yaxis"]["domain"] == [0.0, 1.0]
    room = both["margin"]["t"] + 44
    height = (both["meta"]["height"] - room) * (1 - both["yaxis"]["domain"][0])
    assert one["meta"]["height"] - room == pytest.approx(height, abs=1)
    (unit,) = [each for each in one["annotations"] if each["text"] == "<b>bar/h</b>"]
    assert unit["visible"] is False


def test_both_arrangements_of_the_lanes_are_sent_for_the_switch() -> None:
    for seen in (USUAL, ("avg",)):
        figure = drawn(grid(), seen)
        lanes = figure["layout"]["meta"]["slope"]
        assert lanes["on"] == drawn(grid(), USUAL)["layout"]["meta"]["slope"]["on"]
        for path, value in lanes["on" if "slope" in seen else "off"].items():
            place, key = path.split(".")
            assert figure["layout"][place][key] == value


def test_names_and_newest_values_stand_at_the_ends_and_go_with_their_switch() -> None:
    figure = drawn(grid())
    assert "<b>sma_10</b> 120.00" in notes(figure)
    assert "<b>slope</b> +120.000" in notes(figure)
    ends = {each["name"]: each for each in figure["layout"]["annotations"] if "name" in each}
    assert set(ends) == set(INDICATORS)
    assert ends["ema_20"]["visible"] is False
    assert ends["sma_10"].get("visible", True)


def test_names_at_the_ends_leave_no_hole_for_what_is_off_and_lie_on_none_when_it_is_on() -> None:
    layout = drawn(grid())["layout"]
    pixels = 322 / (layout["yaxis"]["range"][1] - layout["yaxis"]["range"][0])
    at = {
        each["name"]: each["y"] * pixels + each["yshift"]
        for each in layout["annotations"]
        if "name" in each and each["yref"] == "y"
    }
    assert len(at) == 5
    heights = sorted(at.values())
    assert min(np.diff(heights)) > 14.9
    assert at["ema_20"] == heights[-1]


def test_a_phone_has_no_names_beside_its_lanes() -> None:
    assert not [text for text in notes(drawn(grid(), pixels=350.0)) if "sma" in text]


def test_limits_are_named_where_they_lie_in_view_and_else_by_an_arrow() -> None:
    near = drawn(grid(), limits=Limits(None, None, 118.0, 122.0))
    assert {"H 118 bar", "HH 122 bar"} <= set(notes(near))
    far = drawn(grid(), limits=Limits(None, None, 500.0, None))
    assert "H 500 bar ↑ above this view" in notes(far)
    assert not [each for each in notes(far) if each == "H 500 bar"]


def test_a_limit_is_crossed_by_readings_and_not_by_a_band() -> None:
    """The band reaches 122 where no reading passes 120."""
    crossed, grey = (
        drawn(grid(), limits=Limits(None, None, limit, None))["layout"]["shapes"]
        for limit in (119.0, 121.0)
    )
    ink = [
        [s["line"]["color"] for s in shapes if s["type"] == "line"] for shapes in (crossed, grey)
    ]
    assert ink[0] != ink[1]


def test_the_scale_holds_extremes_and_bands_whatever_is_switched_on() -> None:
    frame = grid()
    frame.iloc[50, frame.columns.get_loc("max")] = 300
    frame.iloc[60, frame.columns.get_loc("lower")] = -50
    ranges = [drawn(frame, seen)["layout"]["yaxis"]["range"] for seen in (USUAL, ("avg",))]
    assert ranges[0] == ranges[1]
    assert ranges[0][0] < -50 and ranges[0][1] > 300


def test_sigma_and_r2_stand_beside_the_values_that_they_are_of() -> None:
    figure = drawn(grid())
    for name, value in (("middle", 1.0), ("slope", 0.5)):
        trace = part(figure, name)
        assert numbers(trace["customdata"])[100] == value
        assert trace["meta"]["more"] == 2


def test_a_line_begins_where_its_first_value_is() -> None:
    sma = part(drawn(grid()), "sma_10")
    assert sma["x0"] == "2026-11-22T09:00:00.000"
    assert numbers(sma["y"])[0] == 100


def test_days_of_a_zone_with_summer_time_carry_their_own_times() -> None:
    frame = grid(10).set_axis(pd.date_range("2026-10-20", periods=10, tz="Europe/Berlin"))
    canvas = Canvas(START, START + timedelta(days=10), START, timedelta(hours=1))
    figure = indicators_figure(line(frame), frame, LABELS, canvas, USUAL)
    assert "x" in part(figure, "slope")


@pytest.mark.parametrize("count", [0, 1, 2])
def test_without_values_there_is_a_figure_all_the_same(count: int) -> None:
    frame = grid(300).iloc[200 : 200 + count]
    figure = indicators_figure(
        line(grid(300)) if not count else line(frame),
        frame,
        LABELS,
        Canvas(START, START + timedelta(hours=1), START, timedelta()),
        USUAL,
    )
    assert np.isfinite(figure["layout"]["yaxis2"]["range"]).all()


def test_a_unit_or_a_label_is_never_markup() -> None:
    evil = Label("<script>", "1 h", "60", "<i>")
    canvas = Canvas(START, START + timedelta(hours=10), START, timedelta())
    labels = dict.fromkeys(INDICATORS, evil)
    figure = indicators_figure(line(grid(), "<u>"), grid(), labels, canvas, USUAL)
    drawn_texts = orjson.dumps(figure["layout"]["annotations"]).decode()
    assert "<script>" not in drawn_texts and "<u>" not in drawn_texts


def test_a_window_without_a_reading_has_no_numbers_at_its_axes_and_no_limits() -> None:
    empty = grid() * np.nan
    figure = drawn(empty, limits=Limits(5, 10, 180, 195))
    for name in ("yaxis", "yaxis2"):
        assert figure["layout"][name]["showticklabels"] is False
    assert not [text for text in notes(figure) if "view" in text]
    assert "showticklabels" not in drawn(grid())["layout"]["yaxis"]
