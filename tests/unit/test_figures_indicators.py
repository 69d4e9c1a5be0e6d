"""The tech figure: every indicator where it exists, none where it does not."""

import base64
from datetime import UTC, datetime, timedelta

import numpy as np
import orjson
import pandas as pd

from figures.indicators import VALUES, indicators_figure
from figures.template import Canvas

START = datetime(2026, 11, 22, tzinfo=UTC)
TOLD = {**dict.fromkeys(VALUES, 2), "slope": 3}
LABELS = {name: name for name in ("avg", "sma_10", "sma_60", "middle", "slope")}


def grid(count: int = 600) -> pd.DataFrame:
    """Return indicators of one-minute buckets that do not exist from the 200th to the 259th."""
    times = pd.date_range(START, periods=count, freq="1min")
    columns = ("avg", "sma_10", "sma_60", "lower", "middle", "upper", "slope", "n")
    values = np.linspace(100, 120, count)
    frame = pd.DataFrame({name: values.copy() for name in columns}, index=times)
    frame["lower"] -= 2
    frame["upper"] += 2
    frame.iloc[200:260] = np.nan
    return frame


def drawn(frame: pd.DataFrame, unit: str = "bar", labels: dict[str, str] = LABELS) -> dict:
    """Return the figure of a frame whose means break in the middle of the gap."""
    canvas = Canvas(START, START + timedelta(hours=10), START, timedelta(hours=9))
    gap = frame.index[[230]]
    mean = pd.concat([frame.dropna(), pd.DataFrame(np.nan, gap, frame.columns)]).sort_index()
    return indicators_figure(frame, mean, 60, labels, unit, canvas, TOLD)


def numbers(array: dict[str, str]) -> np.ndarray:
    """Return what plotly reads from a typed array."""
    return np.frombuffer(base64.b64decode(array["bdata"]), dtype=f"<{array['dtype']}")


def test_no_line_is_drawn_where_an_indicator_does_not_exist() -> None:
    for trace in drawn(grid())["data"]:
        if trace["line"]["width"]:
            assert np.isnan(numbers(trace["y"])[230])


def test_the_band_has_no_height_where_it_does_not_exist() -> None:
    low, high = drawn(grid())["data"][:2]
    assert high["fill"] == "tonexty"
    assert numbers(low["y"])[230] == numbers(high["y"])[230]
    assert numbers(high["y"])[100] > numbers(low["y"])[100]


def test_the_slope_stands_below_on_its_own_axis_in_unit_per_hour() -> None:
    figure = drawn(grid())
    slope = figure["data"][-1]
    assert slope["yaxis"] == "y2"
    assert figure["layout"]["yaxis2"]["title"]["text"] == "bar/h"
    assert figure["layout"]["yaxis2"]["domain"][1] < figure["layout"]["yaxis"]["domain"][0]


def test_the_shade_of_the_slope_has_no_height_where_there_is_no_slope() -> None:
    """plotly fills across an empty bucket: the shade would say a slope that is not there."""
    (shade,) = [t for t in drawn(grid())["data"] if t.get("fill") == "tozeroy"]
    assert shade["yaxis"] == "y2"
    assert (numbers(shade["y"])[200:260] == 0).all()
    assert numbers(shade["y"])[100] > 0
    assert shade["line"]["width"] == 0


def test_what_is_computed_has_one_colour_and_differs_by_dash_and_weight() -> None:
    lines = {t["name"]: t["line"] for t in drawn(grid())["data"] if t.get("showlegend", True)}
    computed = [v for k, v in lines.items() if k != LABELS["avg"]]
    assert len({each["color"] for each in computed}) == 1
    assert lines[LABELS["avg"]]["color"] not in {each["color"] for each in computed}
    assert len({(each["dash"], each["width"]) for each in computed}) == len(computed)


def test_the_legend_has_one_entry_an_indicator() -> None:
    shown = [t["name"] for t in drawn(grid())["data"] if t.get("showlegend", True)]
    assert sorted(shown) == sorted(LABELS.values())


def test_a_line_begins_where_its_first_value_is() -> None:
    sma = next(t for t in drawn(grid())["data"] if t.get("name") == "sma_10")
    assert sma["x0"] == "2026-11-22T09:00:00.000"
    assert numbers(sma["y"])[0] == 100


def test_days_of_a_zone_with_summer_time_carry_their_own_times() -> None:
    frame = grid(10).set_axis(pd.date_range("2026-10-20", periods=10, tz="Europe/Berlin"))
    canvas = Canvas(START, START + timedelta(days=10), START, timedelta(hours=1))
    figure = indicators_figure(frame, frame, 86_400, LABELS, "bar", canvas, TOLD)
    assert "x" in figure["data"][-1]


def test_a_unit_or_a_label_is_never_markup_nor_template() -> None:
    text = orjson.dumps(drawn(grid(), "<b>%{y}", dict.fromkeys(LABELS, "<script>"))).decode()
    assert "<script>" not in text
    assert "<b>" not in text
    assert "}} %{y}" not in text
    assert "&#37;&#123;y}" in text
