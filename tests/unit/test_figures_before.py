"""The period before in a trend figure: a dotted line, and values that nothing draws."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from data.analysis import kinds
from figures.axes import Line
from figures.before import Before, Piece
from figures.template import Canvas, Figure
from figures.trend import trend_figure
from tests.unit.test_figures_trend import numbers

START = datetime(2026, 11, 25, tzinfo=UTC)
DAY_MS = 86_400_000


def canvas(theme: str = "light") -> Canvas:
    """An hour in Seoul."""
    stop, nine = START + timedelta(hours=1), timedelta(hours=9)
    return Canvas(START, stop, stop, nine, theme=theme, zone="Asia/Seoul", pixels=1_000)


def line(name: str = "D101", is_drawn: bool = True, **others: object) -> Line:
    """An hour of minutes, compared with what was 5 less, and before that 40 less."""
    times = pd.date_range(START, periods=60, freq="min", tz="UTC")
    values = 100.0 + np.arange(60) % 7
    columns = dict.fromkeys(("avg", "min", "max", "first", "last"), values)
    frame = pd.DataFrame(columns | {"n": 12.0, "seconds": 60.0}, times)
    then = np.where(np.arange(60) < 10, values - 40, values - 5)
    earlier = frame.assign(**dict.fromkeys(("avg", "last"), then))
    before = Before("avg", 2, [Piece(0, DAY_MS, "+09:00")], frame=earlier if is_drawn else None)
    frame = frame.assign(before=then, delta=values - then)
    return replace(Line(name, "bar", frame, None, 60, before=before), **others)


def parts(figure: Figure, name: str) -> dict[str, Figure]:
    """Return the traces of a tag by what they are."""
    mine = [each for each in figure["data"] if each.get("meta", {}).get("tag") == name]
    return {each["meta"]["part"]: each for each in mine}


def test_the_period_before_is_a_dotted_line_in_the_colour_of_its_tag() -> None:
    for theme, ink in (("light", "36,90,141"), ("dark", "127,178,224")):
        found = parts(trend_figure([line()], canvas(theme)), "D101")["earlier"]
        assert found["line"]["dash"] == "dot"
        assert found["line"]["color"].startswith(f"rgba({ink},")
        assert found["yaxis"] == "y" and found["x0"].startswith("2026-11-25T09:00")
        np.testing.assert_allclose(numbers(found["y"])[:2], [60, 61], rtol=1e-6)


def test_the_axis_holds_the_line_of_the_period_before_and_not_one_that_is_not_drawn() -> None:
    def low(*lines: Line) -> float:
        return float(trend_figure(lines, canvas())["layout"]["yaxis"]["range"][0])

    assert low(line()) < 60 < 90 < low(line(is_drawn=False)) < 100


def test_of_several_tags_only_the_chosen_one_has_a_line_and_all_have_values() -> None:
    lines = [line(f"D10{n}", is_drawn=n == 2) for n in range(1, 9)]
    figure = trend_figure(lines, canvas())
    assert [name.tag for name in lines if "earlier" in parts(figure, name.tag)] == ["D102"]
    for each in lines:
        found = parts(figure, each.tag)["before"]
        assert found["mode"] == "none"
        np.testing.assert_allclose(numbers(found["y"])[[0, 59]], [60, 98], rtol=1e-6)
        np.testing.assert_allclose(numbers(found["customdata"])[[0, 59]], [40, 5], rtol=1e-6)
        assert found["meta"]["pieces"] == [[0, DAY_MS, "+09:00"]]
        own = parts(figure, each.tag)["line"]
        assert (found["x0"], found["dx"]) == (own["x0"], own["dx"])


def test_a_state_before_is_a_word() -> None:
    states = {"60": "off", "61": "on"}
    shown = line(kind=kinds.STATE, states=states, told={})
    shown = replace(shown, before=replace(shown.before, column="last"))
    figure = parts(trend_figure([shown], canvas()), "D101")
    assert figure["before"]["text"][:2] == ["off", "on"]
    assert figure["earlier"]["line"]["shape"] == "hv"


def test_without_a_comparison_a_figure_is_what_it_was() -> None:
    plain = line()
    frame = plain.frame.drop(columns=["before", "delta"])
    figure = trend_figure([replace(plain, before=None, frame=frame)], canvas())
    assert not {"before", "earlier"} & set(parts(figure, "D101"))
    assert "compared" not in figure["layout"]["meta"]
