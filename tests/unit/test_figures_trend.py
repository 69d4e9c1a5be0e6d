"""The trend figure: no peak hidden, no gap bridged, no name taken for markup."""

import base64
import gzip
import itertools
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import orjson
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from data.analysis import kinds
from data.analysis.rules import Limits
from figures.axes import (
    BETWEEN,
    FIELDS,
    LANES,
    OVERLAY,
    SPAN,
    TRACK,
    Line,
    height,
    round_ends,
    scales,
)
from figures.breaks import FOOT
from figures.letters import fitting, room
from figures.limits import BELOW_BARS, MOST_OF_LANE, SHORT, levels_of
from figures.template import HALF_DATE, MARKS, PAPER, Canvas
from figures.trend import closed, trend_figure
from tests.support.gaps import gaps_at
from tests.support.places import ROOT

START = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)


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
    given = {"frame": frame, "bad": None, "seconds": 60.0, **others}
    return Line(tag, unit, **given)


def is_line(trace: dict) -> bool:
    """Return whether a trace is the line of a tag, none of what stands around it."""
    return trace.get("meta", {}).get("part") == "line"


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
    drawn = next(t for t in figure["data"] if is_line(t))
    assert numbers(drawn["y"])[0] == 103.0
    assert any(trace.get("fill") == "tonexty" for trace in figure["data"])


def test_raw_readings_have_no_envelope() -> None:
    figure = trend_figure([line(seconds=0)], canvas())
    assert not any("fill" in trace for trace in figure["data"])


def test_tags_of_one_unit_share_a_lane_and_another_unit_has_its_own_below() -> None:
    lines = [line("a", "bar"), line("b", "m³/h"), line("c", "bar")]
    figure = trend_figure(lines, canvas())
    members = [[each.tag for _, each in scale.members] for scale in scales(lines)]
    assert members == [["a", "c"], ["b"]]
    upper, lower = (figure["layout"][name]["domain"] for name in ("yaxis", "yaxis2"))
    assert upper[1] == 1.0
    assert upper[0] > lower[1] > lower[0] == pytest.approx(0, abs=1e-9)
    assert "overlaying" not in figure["layout"]["yaxis2"]
    assert figure["layout"]["xaxis"]["anchor"] == "y2", "the time stands under the last lane"


@pytest.mark.parametrize("count", range(1, 9))
def test_lanes_lie_one_below_the_other_and_none_is_lower_than_it_may_be(count: int) -> None:
    lines = [line(f"t{i}", f"u{i}") for i in range(count)]
    lines.append(line("P", "", np.zeros(60), states={"0": "off", "1": "on"}))
    every = scales(lines)
    assert [scale.number for scale in every] == list(range(1, count + 2))
    for upper, lower in zip(every, every[1:], strict=False):
        assert upper.bottom > lower.top
    assert all(scale.pixels >= 64 for scale in every[:-1])
    assert every[-1].line.tag == "P", "states come last"
    shares = [(scale.top - scale.bottom) * height(lines) for scale in every]
    np.testing.assert_allclose(shares, [scale.pixels for scale in every])
    assert trend_figure(lines, canvas())["layout"]["meta"]["height"] > height(lines)


def test_over_one_another_each_unit_has_an_axis_that_wears_the_marks_of_its_lines() -> None:
    lines = [line("a", "bar"), line("b", "m³/h"), line("c", "bar")]
    figure = trend_figure(lines, canvas(), axes=OVERLAY)
    layout = figure["layout"]
    assert layout["yaxis2"]["overlaying"] == "y"
    wearing = [re.sub("<.*?>", "", text) for text in texts(figure)[:2]]
    assert wearing == [f"{MARKS[0].glyph}{MARKS[2].glyph} bar", f"{MARKS[1].glyph} m³/h"]
    strokes = [s["xanchor"] for s in layout["shapes"] if s["yref"] == "paper"]
    assert len(set(strokes)) == 2
    assert len(strokes) == 3, "one a line, at its axis"
    assert max(strokes) == layout["xaxis"]["domain"][0], "lines begin where the last axis stands"
    assert layout["yaxis2"]["tickfont"]["color"] == canvas().palette["s3"]
    assert layout["yaxis"]["tickfont"]["color"] == canvas().palette["ink-2"], "two lines: no colour"


def test_axes_side_by_side_share_one_grid_of_round_numbers() -> None:
    lines = [line("a", "bar"), line("b", "rpm", np.linspace(1234.5, 1789.1, 60))]
    layout = trend_figure(lines, canvas(), axes=OVERLAY)["layout"]
    for axis in (layout["yaxis"], layout["yaxis2"]):
        low, high = axis["range"]
        assert high == pytest.approx(low + FIELDS * axis["dtick"])
        assert axis["tick0"] == low
    assert layout["yaxis2"]["dtick"] == 200


def test_axes_side_by_side_have_the_room_of_their_numbers() -> None:
    tiny = line("a", "mol", np.linspace(4e-4, 4.01e-4, 60))
    tiny = replace(tiny, frame=tiny.frame.assign(min=tiny.frame["avg"], max=tiny.frame["avg"]))
    lines = [tiny, line("b", "Pa", np.linspace(5e8, 5e8 + 1e3, 60)), line("c", "bar")]
    every = scales(lines, OVERLAY, pixels=1_400)
    left = [scale.at * (1_400 - 186) for scale in every]
    widths = [before - after for before, after in itertools.pairwise([*left, 0])]
    for width, text in zip(widths, ["0.000401", "500,001,000", "130"], strict=True):
        assert width >= room(text) + 10
    assert widths[2] == pytest.approx(64), "short numbers take no more than they did"


@given(st.floats(-1e9, 1e9), st.floats(-5, 9).map(lambda exponent: 10.0**exponent))
def test_a_round_grid_holds_all_that_it_must_and_is_at_most_twice_as_high(low, height) -> None:
    assume(low + height > low + height * 0.999)
    start, step = round_ends(low, low + height)
    assert start <= low + height * 1e-9
    assert start + FIELDS * step >= low + height * (1 - 1e-9)
    assert step * FIELDS <= 2.6 * height


def test_a_phone_has_lanes_whatever_is_chosen_since_it_has_no_room_for_axes() -> None:
    lines = [line("a", "bar"), line("b", "m³/h")]
    layout = trend_figure(lines, canvas(pixels=350.0), axes=OVERLAY)["layout"]
    assert "overlaying" not in layout["yaxis2"]


@pytest.mark.parametrize("pixels", [350.0, 1000.0])
def test_numbers_of_an_axis_stand_beside_the_lines_with_room_for_the_first_date(pixels) -> None:
    layout = trend_figure([line("a", "bar")], canvas(pixels=pixels))["layout"]
    assert "inside" not in layout["yaxis"].get("ticklabelposition", "outside")
    assert layout["margin"]["l"] >= HALF_DATE


def test_a_line_keeps_its_mark_where_a_tag_before_it_does_not_exist() -> None:
    """The rows above the chart have a row for the tag that is not there, with the first mark."""
    (drawn,) = [t for t in trend_figure([line(place=1)], canvas())["data"] if is_line(t)]
    assert drawn["line"]["color"] == canvas().palette["s3"]
    ends = [a["text"] for a in trend_figure([line(place=1)], canvas())["layout"]["annotations"]]
    assert any(text.startswith(MARKS[1].glyph) for text in ends)


def test_shares_of_the_span_are_one_axis_and_who_has_no_span_is_not_drawn() -> None:
    lines = [line("a", "bar", span=(0.0, 200.0)), line("b", "bar"), line("c", "°C", span=(50, 150))]
    figure = trend_figure(lines, canvas(), axes=SPAN)
    assert {t["meta"]["tag"] for t in figure["data"] if t.get("meta")} == {"a", "c"}
    axes = [figure["layout"][name] for name in ("yaxis", "yaxis2")]
    assert axes[0]["tickvals"] == [0, 50, 100, 150, 200]
    assert axes[0]["ticktext"] == ["0%", "25%", "50%", "75%", "100%"]
    assert axes[1]["visible"] is False
    for axis, (low, high) in zip(axes, [(0, 200), (50, 150)], strict=True):
        ends = [(each - low) / (high - low) for each in axis["range"]]
        assert ends == pytest.approx([-0.06, 1.06]), "the same share at the same height"


def test_a_line_that_shares_its_lane_wears_its_mark_now_and_then() -> None:
    lines = [line("a"), line("b"), line("c", "°C", np.linspace(1, 2, 600))]
    drawn = [t for t in trend_figure(lines, canvas())["data"] if is_line(t)]
    assert [t["mode"] for t in drawn] == ["lines+markers", "lines+markers", "lines"]
    assert [t["marker"]["symbol"] for t in drawn[:2]] == ["circle", "square"]
    assert drawn[0]["marker"]["maxdisplayed"] < 20


def test_each_line_ends_in_its_name_and_last_value_and_no_two_names_lie_over_one_another() -> None:
    close = [line(f"D10{k}", values=np.linspace(100, 120 + k / 100, 60)) for k in range(3)]
    told = [line.told for line in close]
    assert told == [{}] * 3
    layout = trend_figure(close, canvas())["layout"]
    ends = [a for a in layout["annotations"] if a.get("x") == 1]
    assert [a["text"].split("</b>")[0] for a in ends] == [
        f"{MARKS[k].glyph} <b>D10{k}" for k in range(3)
    ]
    (scale,) = scales(close)
    per_pixel = scale.pixels / (scale.high - scale.low)
    stands = sorted(a["y"] * per_pixel + a["yshift"] for a in ends)
    assert min(np.diff(stands)) >= 14.9
    assert layout["margin"]["r"] > 60
    layout = trend_figure(close, canvas(pixels=390.0))["layout"]
    ends = [a for a in layout["annotations"] if a.get("x") == 1]
    assert all("<br>" in a["text"] for a in ends), "beside narrow lanes a name has its value below"
    stands = sorted(a["y"] * per_pixel + a["yshift"] for a in ends)
    assert min(np.diff(stands)) >= 30.9
    assert layout["margin"]["r"] < 80


def test_ends_of_lines_with_axes_side_by_side_keep_clear_of_one_another_too() -> None:
    lines = [line("a", "bar"), line("b", "rpm", np.linspace(1000, 1200, 60))]
    figure = trend_figure(lines, canvas(), axes=OVERLAY)
    ends = [a for a in figure["layout"]["annotations"] if a.get("x") == 1]
    every = {scale.ref: scale for scale in scales(lines, OVERLAY)}
    stands = [
        (a["y"] - every[a["yref"]].low) / (every[a["yref"]].high - every[a["yref"]].low) * 400
        + a["yshift"]
        for a in ends
    ]
    assert abs(stands[0] - stands[1]) >= 14.9
    spans = [line("a", span=(0.0, 200.0)), line("b", "rpm", span=(100.0, 200.0))]
    told = [t for t in texts(trend_figure(spans, canvas(), axes=SPAN)) if "%" in t]
    assert {t.split("</b> ")[1] for t in told} == {"60.0%", "20.0%"}


def test_names_of_gaps_in_one_lane_never_lie_upon_one_another() -> None:
    edges = pd.to_datetime(["2026-01-01T00:10Z", "2026-01-01T00:30Z", "2026-01-01T00:33Z"])
    one = gaps_at(edges[:1], edges[1:2])
    more = gaps_at(edges[:1], edges[2:])
    alike = trend_figure([line("a", gaps=one), line("b", gaps=one)], canvas())
    assert [each for each in texts(alike) if "gap" in each] == ["a, b: gap 00:10 – 00:30"]
    apart = trend_figure([line("a", gaps=one), line("b", gaps=more)], canvas())["layout"]
    named = [each for each in apart["annotations"] if "gap" in each["text"]]
    assert sorted(each["yshift"] for each in named) == [0, 14]


def test_the_name_of_a_gap_stands_above_a_line_that_it_would_lie_upon() -> None:
    edges = [START + timedelta(minutes=each) for each in (10, 20)]
    gap = gaps_at(edges[:1], edges[1:])
    others = [line("b", reach=(900.0,)), line("c", "rpm"), line("d", "mm")]
    for deepest, raised in ((90.0, True), (-900.0, False)):  # else the lane begins far below it
        lines = [line("a", gaps=gap, reach=(deepest,)), *others]
        figure, scale = trend_figure(lines, canvas()), scales(lines)[0]
        (name,) = [a for a in figure["layout"]["annotations"] if "gap" in a["text"]]
        share = (110.0 - scale.low) / (scale.high - scale.low)  # of what is drawn beside the gap
        height = scale.bottom + share * (scale.top - scale.bottom)
        assert (name["y"] > height) if raised else (name["y"] == scale.bottom)


def test_a_gap_of_a_long_name_is_told_by_its_mark_where_paper_has_no_room_for_the_name() -> None:
    edges = pd.DatetimeIndex(["2026-11-22 00:10+00:00", "2026-11-22 00:30+00:00"])
    gap = gaps_at(edges[:1], edges[1:])
    long = "A very long name of a tag that no lane has room for, and its twin"
    for pixels in (1400, 390):
        lines = [line("D1"), line(f"{long} 1", gaps=gap)]
        figure = trend_figure(lines, canvas(pixels=pixels))["layout"]
        (label,) = [each["text"] for each in figure["annotations"] if "gap" in each["text"]]
        assert label == "■ gap 00:10 – 00:30"
        assert label[0] in next(t for t in texts({"layout": figure}) if "A ver" in t)


def test_paper_is_as_wide_as_the_script_prints_it() -> None:
    script = (ROOT / "assets/chart/picture.mjs").read_text(encoding="utf-8")
    assert f"const PAPER = {PAPER};" in script


def test_the_longest_gaps_of_a_lane_are_hatched_and_named() -> None:
    edges = [START + timedelta(minutes=each) for each in (10, 30)]
    gap = gaps_at(edges[:1], edges[1:])
    figure = trend_figure([line(gaps=gap)], canvas(zone="Asia/Seoul", words={"gap": "결측"}))
    (field,) = [t for t in figure["data"] if t.get("fill") == "toself"]
    assert field["x"][0] == canvas().clock(edges[0])
    assert field["x"][2] == canvas().clock(edges[1])
    assert "결측 09:10 – 09:30" in [a["text"] for a in figure["layout"]["annotations"]]
    shared = trend_figure([line("a", gaps=gap), line("b")], canvas())
    assert shared["data"][0]["fill"] == "toself", "the hatch lies under both lines"
    assert "a: gap 00:10 – 00:30" in texts(shared), "and says whose gap it is"


def test_a_gap_hides_nothing_of_what_others_have_in_its_lane_and_is_of_one_tag_alone() -> None:
    edges = [START + timedelta(minutes=each) for each in (10, 30)]
    gap = gaps_at(edges[:1], edges[1:])
    height = scales([line("a"), line("b")])[0]
    shared = trend_figure([line("a", gaps=gap), line("b")], canvas())["data"][0]
    alone = trend_figure([line("a", gaps=gap)], canvas())["data"][0]
    reach = [max(field["y"]) - min(field["y"]) for field in (shared, alone)]
    assert reach[0] == pytest.approx(FOOT / height.pixels * reach[1])
    spans = [line("a", span=(0.0, 9.0), gaps=gap), line("b", "rpm", span=(0.0, 9.0), gaps=gap)]
    for axes in (OVERLAY, SPAN):  # that of the first line would seem to be the only one, or of all
        figure = trend_figure(spans, canvas(), axes=axes)
        assert [t for t in texts(figure) if "gap" in t] == []
        assert [t for t in figure["data"] if t.get("fill") == "toself"] == []


def test_the_name_of_a_gap_says_its_days_and_in_a_window_of_two_offsets_these() -> None:
    day = gaps_at([START], [START + timedelta(days=1)])
    assert "gap 11-22 00:00 – 11-23 00:00" in texts(trend_figure([line(gaps=day)], canvas(1440)))
    again = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    gap = gaps_at(again[:1], again[1:])
    start = again[0] - timedelta(hours=1)
    autumn = replace(canvas(), start=start, stop=start + timedelta(hours=3), zone="Europe/Berlin")
    named = texts(trend_figure([line(gaps=gap)], autumn))
    assert "gap 02:30+02:00 – 02:30+01:00" in named, "the clock reads the same at both ends"


def test_of_many_gaps_two_are_named_and_in_a_shared_lane_no_other_is_hatched() -> None:
    starts = [START + timedelta(minutes=9 * each) for each in range(5)]
    stops = [each + timedelta(minutes=1 + k) for k, each in enumerate(starts)]
    gaps = gaps_at(starts, stops)
    alone = trend_figure([line(gaps=gaps)], canvas())
    assert len([t for t in alone["data"] if t.get("fill") == "toself"]) == 5
    assert sorted(t for t in texts(alone) if "gap" in t) == [
        "gap 00:27 – 00:31",
        "gap 00:36 – 00:41",
    ]
    shared = trend_figure([line("a", gaps=gaps), line("b")], canvas())
    assert len([t for t in shared["data"] if t.get("fill") == "toself"]) == 2
    long = gaps_at([START], [START + timedelta(days=2)])
    days = trend_figure([line(gaps=long)], canvas(10 * 24 * 60))
    assert "gap 11-22 00:00 – 11-24 00:00" in texts(days), "of a window of days it says the day"


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
    drawn = [trace for trace in figure["data"] if trace["line"]["width"]]
    assert len(drawn) == 3
    for trace in drawn:
        assert np.isnan(numbers(trace["y"])[230])


def fills(figure: dict) -> list[tuple[float, float, str]]:
    """Return bottom, top and colour of each fill of a limit."""
    shapes = [s for s in figure["layout"]["shapes"] if s["type"] == "rect"]
    return [(s["y0"], s["y1"], s["fillcolor"]) for s in shapes if s["yref"] != "paper"]


def texts(figure: dict) -> list[str]:
    """Return what stands in a figure beside its axes."""
    return [a["text"] for a in figure["layout"]["annotations"]]


def test_limits_are_grey_until_they_are_crossed_in_this_window() -> None:
    palette = canvas().palette
    below = trend_figure([line(limits=Limits(None, None, 124.0, 126.0))], canvas())
    assert fills(below)[0] == (124.0, 126.0, palette["zone"])
    dashes = [s for s in below["layout"]["shapes"] if s["type"] == "line"]
    assert {s["line"]["color"] for s in dashes} == {palette["zone-c"]}
    crossed = trend_figure([line(limits=Limits(None, None, 118.0, 126.0))], canvas())
    assert fills(crossed) == [
        (118.0, 126.0, palette["limit"]),
        (126.0, crossed["layout"]["yaxis"]["range"][1], palette["zone"]),
    ]
    both = trend_figure([line(limits=Limits(None, None, 118.0, 122.0))], canvas())
    assert [each[2] for each in fills(both)] == [palette["limit"], palette["limit-crit"]]
    assert {"H 118 bar", "HH 122 bar"} <= set(texts(both))


def test_an_extreme_crosses_a_limit_whatever_its_mean_and_the_bound_itself_is_beyond() -> None:
    spiky = line(limits=Limits(97.0, 98.0, 123.0, 124.0))
    assert [level.crossed for level in levels_of(spiky)] == [False, True, True, False]


def test_a_line_tells_of_each_point_which_limit_lay_within_it() -> None:
    values = np.array([100.0, 118.0, np.nan, 125.0, 90.0])
    told = trend_figure([line(values=values, limits=Limits(80, 89, 120, 128.0))], canvas(5))
    levels = [
        t["meta"].get("levels") for t in told["data"] if t.get("meta", {}).get("part") == "line"
    ]
    assert levels == ["01021"], "the extremes of a bucket count, and the bound itself is beyond"
    calm = trend_figure([line(values=values, limits=Limits(1, 2, 200, 201))], canvas(5))
    assert not [t for t in calm["data"] if "levels" in t.get("meta", {})]


def test_days_that_held_an_alarm_are_marked_whatever_their_mean_and_the_band_is_grey() -> None:
    days = pd.date_range(START, periods=40, freq="1D")
    frame = pd.DataFrame(
        {"n": 9.0, "avg": 100.0, "min": 99.0, "max": 101.0, "first": 100.0, "last": 100.0},
        index=days,
    )
    frame.loc[days[3], "max"] = 119.0
    frame.loc[days[5], "max"] = 130.0
    year = line(frame=frame, seconds=86400.0, limits=Limits(None, 90.0, 118.0, 126.0))
    figure = trend_figure([year], canvas(40 * 24 * 60))
    marks = tracked(figure)
    day = [canvas().clock(days[each].to_pydatetime()) for each in (3, 5)]
    assert list(marks["warn"]) == day, "what is critical was a warning too"
    assert list(marks["crit"]) == day[1:]
    assert marks["warn"][day[0]] < marks["crit"][day[1]], "one that is critical is taller"
    band = next(t for t in figure["data"] if t.get("fill") == "tonexty")
    assert band["fillcolor"].startswith("rgba(131,145,157")
    end = trend_figure([year], canvas(40 * 24 * 60, words={"avg": "평균"}))["layout"]
    assert any(a["text"].endswith("100 평균") for a in end["annotations"])
    short = trend_figure([line(limits=Limits(None, None, 118.0, 120.0))], canvas())
    assert not tracked(short), "there each stands in the line"
    assert short["layout"]["margin"]["t"] < figure["layout"]["margin"]["t"]


def tracked(figure: dict) -> dict[str, dict[str, float]]:
    """Return how high the marks of a track reach, by severity and by their time."""
    shapes = [each for each in figure["layout"]["shapes"] if each["type"] == "path"]
    strokes = {each["name"]: re.findall(r"M(.+?),[\d.]+V([\d.]+)", each["path"]) for each in shapes}
    return {
        name: {at.replace("_", "T"): float(top) for at, top in some}
        for name, some in strokes.items()
    }


@pytest.mark.parametrize("axes", [LANES, OVERLAY, SPAN])
def test_each_lane_of_days_has_a_track_and_lines_over_one_another_share_theirs(axes: str) -> None:
    days = pd.date_range(START, periods=40, freq="1D")
    lines = []
    for place, unit in enumerate(("bar", "rpm")):
        frame = pd.DataFrame({"n": 9.0, "avg": 50.0, "min": 49.0, "max": 51.0}, index=days)
        frame[["first", "last"]] = 50.0
        frame.loc[days[10 * place + 3], "max"] = 95.0
        limits = Limits(None, None, 90.0, 99.0)
        shown = {"frame": frame, "seconds": 86400.0, "limits": limits, "span": (0.0, 100.0)}
        lines.append(line(f"T{place}", unit, **shown))
    figure = trend_figure(lines, canvas(40 * 24 * 60), axes=axes)
    paths = [each for each in figure["layout"]["shapes"] if each["type"] == "path"]
    names = [each for each in figure["layout"]["annotations"] if each["text"] == "alarms"]
    assert len(paths) == len(names) == (2 if axes == LANES else 1)
    assert sum(each["path"].count("M") for each in paths) == 2, "a day of each"
    lanes = [each for key, each in figure["layout"].items() if key.startswith("yaxis")]
    whole = figure["layout"]["meta"]["height"] - figure["layout"]["margin"]["t"] - 44
    if axes == LANES:
        apart = (lanes[0]["domain"][0] - lanes[1]["domain"][1]) * whole
        assert apart == pytest.approx(BETWEEN + TRACK)
    calm = trend_figure([replace(each, limits=None) for each in lines], canvas(40 * 24 * 60))
    assert not [each for each in calm["layout"]["annotations"] if each["text"] == "alarms"]


def test_of_days_the_two_extremes_are_marked_with_their_numbers_and_of_minutes_none() -> None:
    days = pd.date_range(START, periods=40, freq="1D")
    frame = pd.DataFrame({"avg": 80.0, "min": 70.0, "max": 90.0, "n": 9.0, "bad": 0}, index=days)
    frame.loc[days[3], "max"], frame.loc[days[30], "min"] = 119.0, 12.0
    frame.loc[days[5], ["avg", "min", "max", "n"]] = np.nan
    year = line(frame=frame, seconds=86400.0, told={"max": 1, "min": 0})

    def marked(*lines: Line) -> list[tuple[str, float]]:
        traces = trend_figure(list(lines), canvas(40 * 24 * 60))["data"]
        found = [each for each in traces if each.get("meta", {}).get("part") == "extreme"]
        return [(each["text"][0], each["y"][0]) for each in found]

    assert marked(year) == [("max 119.0", 119.0), ("min 12", 12.0)]
    assert marked(line(frame=frame, seconds=3600.0)) == []
    assert marked(year, line(tag="D102", frame=frame, seconds=86400.0)) == [], "one lane, two lines"
    assert marked(line(frame=frame.iloc[5:6], seconds=86400.0)) == []


def test_limits_stand_only_in_the_lane_of_their_tag() -> None:
    limits = Limits(None, None, 118.0, None)
    figure = trend_figure([line("a", limits=limits), line("b", "°C")], canvas())
    assert {s["yref"] for s in figure["layout"]["shapes"]} == {"y"}
    assert "H 118 bar" in texts(figure)
    shared = trend_figure([line("a", limits=limits), line("b")], canvas())
    assert "a H 118 bar" in texts(shared), "where two share a lane it says whose limit it is"
    same = trend_figure([line("a", limits=limits), line("b", limits=limits)], canvas())
    assert "H 118 bar" in texts(same), "the limit of all is no one's"


@pytest.mark.parametrize("pixels", [390.0, 1440.0])
@pytest.mark.parametrize("limit", [118.0, 900.0])
def test_names_before_a_limit_take_no_more_than_their_share(pixels: float, limit: float) -> None:
    """Within the view and out of it; the number stays whole."""
    names = [f"정수장 {n} " + "고압펌프토출측압력계통합감시지점" * 3 for n in range(8)]
    lines = [line(name, limits=Limits(None, None, limit, None)) for name in names[:6]]
    lines += [line(name) for name in names[6:]]
    figure = trend_figure(lines, replace(canvas(), pixels=pixels))
    told = [
        each["text"] for each in figure["layout"]["annotations"] if f" {limit:g} " in each["text"]
    ]
    assert told and all("… " in text for text in told)
    for text in told:
        label = text.split(" ↑")[0]
        assert room(label) <= pixels * MOST_OF_LANE + room("정…"), label


def test_of_two_limits_at_one_height_the_crossed_one_is_seen() -> None:
    limits = Limits(None, None, 118.0, None)
    quiet = line("b", values=np.full(60, 90.0), limits=limits)
    figure = trend_figure([line("a", limits=limits), quiet], canvas())
    dashes = [s["line"]["color"] for s in figure["layout"]["shapes"] if s["type"] == "line"]
    assert dashes == [canvas().palette["zone-c"], canvas().palette["warn"]], "the last lies on top"
    assert [t for t in texts(figure) if "118" in t] == ["a H 118 bar"]


def test_a_limit_out_of_view_is_said_and_does_not_flatten_the_line() -> None:
    far = line(limits=Limits(None, None, 1e6, 2e6))
    figure = trend_figure([far], canvas(words={"above this view": "위"}))
    assert figure["layout"]["yaxis"]["range"][1] < 200
    assert not figure["layout"]["shapes"]
    assert "H 1,000,000 bar ↑ 위" in texts(figure)
    both = line(limits=Limits(None, -1e6, 1e6, None))
    words = {"above this view": "위", "below this view": "아래"}
    figure = trend_figure([both], canvas(words=words))
    assert "L −1,000,000 bar ↓ 아래 · H 1,000,000 bar ↑ 위" in texts(figure)


def test_where_units_lie_over_one_another_limits_are_ticks_without_fill() -> None:
    limits = Limits(None, None, 118.0, None)
    lines = [line("a", limits=limits), line("b", "°C", limits=limits)]
    figure = trend_figure(lines, canvas(), axes=OVERLAY)
    assert not fills(figure)
    ticks = [s for s in figure["layout"]["shapes"] if s["yref"] != "paper"]
    assert all(0 < s["x1"] - s["x0"] < 0.05 for s in ticks)
    at = [scale.at for scale in scales(lines, OVERLAY)]
    assert [(s["x0"] + s["x1"]) / 2 for s in ticks] == pytest.approx(at), "each at its own axis"
    assert [t for t in texts(figure) if "118" in t] == ["a H 118 bar"]
    spans = [line("a", limits=limits, span=(0, 200)), line("b", "°C", limits=limits, span=(0, 300))]
    shares = trend_figure(spans, canvas(), axes=SPAN)
    assert len(shares["layout"]["shapes"]) == 1, "one axis for all: only the first one's limits"
    assert [t for t in texts(shares) if "118" in t] == ["a H 118 bar"]
    assert trend_figure(lines[:1], canvas(), axes=OVERLAY)["layout"]["shapes"], "one unit: a lane"
    assert fills(trend_figure(lines[:1], canvas(), axes=LANES))


def test_a_data_line_inside_both_critical_limits_keeps_low_and_high_bands_apart() -> None:
    limits = Limits(95.0, 98.0, 122.0, 124.0)
    edges = [each[:2] for each in fills(trend_figure([line(limits=limits)], canvas()))]
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
    assert marks["text"][0] == "900"
    assert list(numbers(marks["customdata"])) == [2, 1]
    low, high = figure["layout"]["yaxis"]["range"]
    edge = marks["marker"]["size"] / 2 * (high - low) / scales([line(bad=bad)])[0].pixels
    assert numbers(marks["y"]).min() >= low + edge, "whole, not cut in half by the edge"
    assert numbers(marks["y"]).max() <= high - edge


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
    assert figure["layout"]["hovermode"] is False
    plain = [{**trace, "meta": None} for trace in figure["data"]]
    text = orjson.dumps([plain, figure["layout"]]).decode()
    assert "<script>" not in text
    assert "hovertemplate" not in text


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


def test_every_word_in_a_figure_is_the_viewers() -> None:
    english = [*SHORT, "gap", "above this view", "below this view", "avg", "min", "max"]
    words = {each: f"말{place}" for place, each in enumerate(english)}
    values = np.r_[np.linspace(100, 110, 20), [np.nan] * 20, np.linspace(110, 120, 20)]
    limits = Limits(1.0, 104.0, 118.0, 900.0)
    drawn = trend_figure([line(values=values, limits=limits)], canvas(words=words))
    said = " ".join(texts(drawn))
    assert words["L"] in said and words["H"] in said and words["above this view"] in said
    assert not re.search(
        r"\b(?!bar\b|D101\b|b\b|br\b)[A-Za-z]{1,}\b", re.sub(r"<[^>]+>", " ", said)
    )


def test_a_state_of_two_is_filled_while_it_is_on_and_nothing_where_it_breaks() -> None:
    values = np.repeat([0.0, 1.0, np.nan, 1.0], 15)
    pump = line("P100", "", values, states={"0": "off", "1": "on"})
    figure = trend_figure([pump], canvas())
    (fill,) = [trace for trace in figure["data"] if trace.get("fill") == "tozeroy"]
    assert fill["line"] == {"width": 0, "shape": "hv"} and "meta" not in fill
    np.testing.assert_array_equal(numbers(fill["y"]), np.nan_to_num(values))


@pytest.mark.parametrize("states", [{"0": "off", "1": "on", "2": "fault"}, {"1": "a", "2": "b"}])
def test_no_other_state_is_filled_for_none_of_its_words_means_on(states) -> None:
    figure = trend_figure([line("P100", "", np.ones(60), states=states)], canvas())
    assert not [trace for trace in figure["data"] if trace.get("fill") == "tozeroy"]


def test_a_lane_without_a_value_has_no_numbers_at_its_axis_and_no_limits() -> None:
    limits = Limits(5, 10, 180, 195)
    empty = line(values=np.full(60, np.nan), limits=limits)
    figure = trend_figure([empty, line("D201", "rpm", limits=limits)], canvas())
    axis, other = figure["layout"]["yaxis"], figure["layout"]["yaxis2"]
    assert axis["showticklabels"] is False and axis["showgrid"] is False
    assert "showticklabels" not in other
    assert all("rpm" in text or "bar" not in text for text in texts(figure) if text[:1] in "HL")
    alone = trend_figure([empty], canvas())["layout"]
    assert not [text for text in texts({"layout": alone}) if "view" in text]


def test_a_chart_of_no_tag_that_exists_has_no_value_axis() -> None:
    layout = trend_figure([], canvas())["layout"]
    assert layout["yaxis"] == {"visible": False}


@pytest.mark.parametrize(
    ("row", "pixels", "side"),
    [
        (5, 350, "right"),
        (20, 350, "right"),
        (35, 350, "left"),
        (35, 1400, "right"),
        (39, 1400, "left"),
    ],
)
def test_the_number_of_an_extreme_stands_off_the_names_of_limits_while_there_is_room(
    row: int, pixels: int, side: str
) -> None:
    days = pd.date_range(START, periods=40, freq="1D")
    frame = pd.DataFrame({"avg": 80.0, "min": 70.0, "max": 90.0, "n": 9.0}, index=days)
    frame[["first", "last"]] = 80.0
    frame.loc[days[row], "max"] = 119.0
    year = line(frame=frame, seconds=86400.0)
    figure = trend_figure([year], canvas(40 * 24 * 60, pixels=pixels))
    (greatest,) = [t for t in figure["data"] if "max" in str(t.get("text"))]
    assert greatest["textposition"] == f"middle {side}"


def test_an_axis_of_directions_has_its_numbers_at_quarters_of_a_turn() -> None:
    turning = line("a", "°", np.linspace(5, 355, 60), kind=kinds.ANGLE)
    axis = trend_figure([turning], canvas())["layout"]["yaxis"]
    assert (axis["tickmode"], axis["tick0"], axis["dtick"]) == ("linear", 0, 90)
    still = line("a", "°", np.linspace(5, 25, 60), kind=kinds.ANGLE)
    assert "dtick" not in trend_figure([still], canvas())["layout"]["yaxis"]


def test_the_name_of_a_limit_stands_below_the_bars_of_excursions() -> None:
    limits = Limits(None, None, 118.0, None)
    figure = trend_figure([line("a", values=np.linspace(100, 119, 60), limits=limits)], canvas())
    (name,) = (each for each in figure["layout"]["annotations"] if each["text"].startswith("H 118"))
    low, high = figure["layout"]["yaxis"]["range"]
    (scale,) = scales([line("a", values=np.linspace(100, 119, 60), limits=limits)])
    below = (high - name["y"]) / (high - low) * scale.pixels
    assert below >= BELOW_BARS - 1e-9


@pytest.mark.parametrize(("pixels", "is_cut"), [(390.0, True), (1_400.0, False)])
def test_a_phone_cuts_the_long_word_of_a_state_and_no_number(pixels: float, is_cut: bool) -> None:
    words = {"0": "stop", "1": "tripped by its overcurrent relay"}
    state = line("p", "", np.arange(60) % 2.0, states=words, kind=kinds.STATE)
    layout = trend_figure([state], canvas(pixels=pixels))["layout"]
    assert layout["yaxis"]["ticktext"][0] == "stop"
    assert ("…" in layout["yaxis"]["ticktext"][1]) or not is_cut
    end = next(each["text"] for each in layout["annotations"] if "tripped" in each["text"])
    assert ("…" in end) is is_cut


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (np.linspace(2e8, 8e8, 60), ".9~e"),
        (np.linspace(8e8, 8e8 + 5, 60), None),  # a power of ten would be longer
        (np.linspace(2, 8, 60), None),
    ],
)
def test_a_phone_has_powers_of_ten_at_an_axis_where_they_are_shorter(values, told) -> None:
    for pixels, expected in ((390.0, told), (1_400.0, None)):
        axis = trend_figure([line("a", values=values)], canvas(pixels=pixels))["layout"]["yaxis"]
        assert axis.get("tickformat") == expected


def test_a_gap_of_the_whole_window_is_named_within_it() -> None:
    edges = pd.DatetimeIndex(["2026-11-22 00:00+00:00", "2026-11-22 01:00+00:00"])
    gap = gaps_at(edges[:1], edges[1:])
    layout = trend_figure([line("D1", gaps=gap)], canvas())["layout"]
    (label,) = [each for each in layout["annotations"] if "gap" in each["text"]]
    assert label["xanchor"] == "left", "at its left nothing is left of it but a digit"
    assert pd.Timestamp(label["x"]) == pd.Timestamp(canvas().clock(canvas().start))


def test_a_lane_of_many_words_has_room_for_each_and_its_end_keeps_the_name() -> None:
    words = {"0": "Stopped for maintenance", "1": "Starting", "2": "Running", "3": "Fault"}
    state = line("ODD.mode", "", states=words, kind="state")
    figure = trend_figure([line("a"), state], canvas())
    (axis,) = [
        each
        for name, each in figure["layout"].items()
        if name.startswith("yaxis") and "ticktext" in each
    ]
    low, high = axis["domain"]
    lanes = height([line("a"), state])
    assert (high - low) * lanes >= 4 * 15
    end = next(text for text in texts(figure) if "<b>" in text and text.startswith("■"))
    assert "<b>ODD.mode</b>" in end


def test_no_name_is_cut_to_four_dots() -> None:
    assert fitting("ODD.micro", 60, 14, 4) == "…micro"
