"""Events and forecasts in a trend's figure: signs, texts of strangers, dashed lines."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from data.views.events.happened import one_line
from figures.axes import Line, bounds
from figures.events import Expected, Mark, draw_events, draw_forecasts, reach
from figures.events.marks import MOST_LINES, OF_PLANT, OF_TAG
from figures.letters import room
from figures.template import Canvas
from figures.trend import trend_figure

START = datetime(2026, 11, 25, tzinfo=UTC)
CANVAS = Canvas(START, START + timedelta(hours=10), START, timedelta(hours=9), pixels=1_000)


def figure_of(marks: list[Mark], canvas: Canvas = CANVAS) -> dict:
    figure = trend_figure([], canvas)
    draw_events(figure, marks, canvas)
    return figure


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def signs(figure: dict) -> list[str]:
    return [each["text"] for each in figure["layout"]["annotations"] if each.get("name") == "event"]


def lines(figure: dict) -> list[dict]:
    return [each for each in figure["layout"]["shapes"] if each.get("name") == "event"]


def test_the_text_of_a_stranger_is_escaped_and_as_long_as_there_is_room() -> None:
    figure = figure_of([Mark(at(1), "<a href='x'>start</a>"), Mark(at(3), "stop " * 60)])
    first, second = signs(figure)
    assert first.startswith(f"{OF_PLANT} &lt;a href") and "<" not in first
    assert second.endswith("…") and len(second) < 90


def test_near_events_are_one_sign_that_says_how_many_they_are() -> None:
    marks = [Mark(at(1), "a"), Mark(at(1.01), "b"), Mark(at(5), "odd", of_tag=True)]
    assert signs(figure_of(marks)) == [f"{OF_PLANT}2", f"{OF_TAG} odd"]


def test_no_sign_stands_on_the_count_of_another_on_a_phone() -> None:
    marks = [Mark(at(k / 4), "a") for k in range(40)]
    figure = figure_of(marks, replace(CANVAS, pixels=336))
    drawn = [each for each in figure["layout"]["annotations"] if each.get("name") == "event"]
    places = [pd.Timestamp(each["x"]).timestamp() for each in drawn]
    apart = np.diff(places) / 36_000 * 146  # what a phone's lanes have, measured [px]
    assert len(drawn) > 3 and min(apart) >= 16 + 7


def test_no_text_runs_into_the_next_sign_beside_several_axes_nor_on_paper() -> None:
    marks = [Mark(at(k), "a long text of what happened then") for k in (1, 2, 6)]
    tags = [line(), replace(line(), tag="b", unit="rpm"), replace(line(), tag="c", unit="mm")]
    for axes in ("lanes", "overlay"):
        figure = trend_figure(tags, CANVAS, axes=axes)
        draw_events(figure, marks, CANVAS)
        margin, (left, right) = figure["layout"]["margin"], figure["layout"]["xaxis"]["domain"]
        hour = (680 - margin["l"] - margin["r"]) * (right - left) / 10
        first, second, _last = signs(figure)
        assert room(first) <= hour * 1.1 and room(second) <= 4 * hour * 1.1, axes


def test_a_window_without_events_looks_as_it_did() -> None:
    assert figure_of([]) == trend_figure([], CANVAS)
    assert figure_of([Mark(at(-1), "before"), Mark(at(11), "after")]) == trend_figure([], CANVAS)


def test_the_track_of_events_takes_no_room_from_the_lanes() -> None:
    before, after = trend_figure([], CANVAS)["layout"], figure_of([Mark(at(1), "a")])["layout"]
    above = after["margin"]["t"] - before["margin"]["t"]
    assert above == after["meta"]["height"] - before["meta"]["height"] > 0


def test_many_events_draw_no_screen_of_lines() -> None:
    few = [Mark(at(k / 5), "a") for k in range(20)]
    many = figure_of([Mark(at(k / 10), "a") for k in range(100)], replace(CANVAS, pixels=1_400))
    assert len(lines(figure_of(few))) == 20
    assert len(signs(many)) > MOST_LINES and lines(many) == []


def frame_of(low: float = 8.0) -> pd.DataFrame:
    index = pd.date_range(START, periods=3, freq="1h", tz="UTC")
    return pd.DataFrame(
        {"yhat": [9.0, 10, 11], "low": [low, 9, np.nan], "high": [10.0, 11, 12]}, index
    )


def line() -> Line:
    index = pd.date_range(START, periods=4, freq="1h", tz="UTC")
    frame = pd.DataFrame(
        {name: [10.0, 11, 12, 11] for name in ("avg", "min", "max", "last", "first")}, index
    ).assign(n=1.0)
    return Line("D101", "bar", frame, None, 3_600.0)


def test_a_forecast_is_dashed_over_its_line_with_a_band_where_it_has_one() -> None:
    figure = trend_figure([line()], CANVAS)
    before = len(figure["data"])
    draw_forecasts(figure, [Expected("D101", 0, frame_of())], CANVAS)
    low, high, dashed = figure["data"][before:]
    assert dashed["line"]["dash"] == "dash" and dashed["yaxis"] == "y"
    assert (len(dashed["x"]), len(low["x"]), len(high["x"])) == (3, 2, 2)
    assert high["fill"] == "tonexty" and low["line"]["width"] == 0
    assert {trace["type"] for trace in figure["data"]} == {"scatter"}


def test_a_tag_without_a_line_has_no_forecast() -> None:
    figure = trend_figure([line()], CANVAS)
    before = len(figure["data"])
    draw_forecasts(figure, [Expected("other", 1, frame_of())], CANVAS)
    assert len(figure["data"]) == before


def test_a_lane_holds_all_of_a_forecast() -> None:
    low, _high = bounds([replace(line(), reach=reach(frame_of(low=2.0)))])
    assert low < 2 < bounds([line()])[0]


def test_a_text_is_one_line_without_signs_that_are_not_seen() -> None:
    assert one_line("a\r\n\tb\x00 c‮d​  e") == "a b c d e"
    assert one_line("펌프 시작 ✓") == "펌프 시작 ✓"
