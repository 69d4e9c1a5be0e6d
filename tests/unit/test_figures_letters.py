"""The room of texts in a picture: a name gives way, a value never."""

import numpy as np
import pytest

from data.analysis import names
from figures.letters import fitting, room
from figures.trend import trend_figure
from tests.unit.test_figures_trend import canvas, line

LONG = 423_951_078.25


def test_broad_letters_and_bold_ones_take_more_room() -> None:
    assert room("가나") == room("WM") > room("12")
    assert room("D101", bold=True) > room("D101")


@pytest.mark.parametrize(
    ("text", "pixels", "found"),
    [("D101", 200, "D101"), ("D101", 20, "D…"), ("압력계압력계", 60, "압력계…"), ("D101", -5, "D")],
)
def test_a_name_is_cut_to_its_room(text: str, pixels: float, found: str) -> None:
    cut = fitting(text, pixels, 14)
    assert cut == found
    assert room(cut, bold=True) <= max(pixels, room(text[:1], bold=True))


@pytest.mark.parametrize("pixels", [390.0, 1_400.0])
@pytest.mark.parametrize("tag", ["D101", "WWWWWWWWWWWWWWWW", "고압 펌프 토출 압력 계측기", "Q"])
def test_at_the_end_of_a_line_its_value_stands_whole(tag: str, pixels: float) -> None:
    drawn = line(tag, values=np.full(60, LONG), told={"avg": 2})
    layout = trend_figure([drawn], canvas(pixels=pixels))["layout"]
    (text,) = (each["text"] for each in layout["annotations"] if "423,951" in each["text"])
    assert text.endswith("423,951,078.25")
    name = text.partition("<b>")[2].partition("</b>")[0]
    assert tag.startswith(name.removesuffix("…"))
    parts = (room(name, bold=True), room("423,951,078.25"))
    assert layout["margin"]["r"] >= (max(parts) if pixels < 500 else sum(parts))


PUMPS = [f"APPL.AREA02.PUMP{n}.{what}" for n in (4711, 4712) for what in ("PRESSURE", "FLOW")]


@pytest.mark.parametrize(
    ("name", "others", "cut"),
    [
        ("APPL.PLANT1.PUMP4711.PRESSURE.A", ["APPL.PLANT1.PUMP4711.PRESSURE.B"], "…1.PRESSURE.A"),
        ("APPL.PLANT1.PUMP4711.PRESSURE", ["APPL.PLANT1.PUMP4712.PRESSURE"], "…711.PRESSURE"),
        ("APPL.PUMP4711.DISCHARGE.PRESSURE", ["APPL.PUMP4712.SUCTION"], "…1.DISCHARGE…"),
        (
            "APPL.PLANT1.PUMP4711.PRESSURE",
            ["total", "APPL.PLANT1.PUMP4711.PRESSURE"],
            "APPL.PLANT1.…",
        ),
    ],
)
def test_what_a_name_shares_with_others_is_cut_first(
    name: str, others: list[str], cut: str
) -> None:
    shown = fitting(name, 200, 13, names.alike(name, others))
    assert shown == cut


@pytest.mark.parametrize("pixels", [390.0, 1_400.0])
def test_names_of_one_plant_are_told_apart_at_the_ends_of_their_lines(pixels: float) -> None:
    layout = trend_figure([line(name) for name in PUMPS], canvas(pixels=pixels))["layout"]
    shown = [
        a["text"].split("<b>")[1].split("</b>")[0] for a in layout["annotations"] if a["x"] == 1
    ]
    assert len(set(shown)) == len(PUMPS) == len(shown)
    assert all(text.startswith("…") for text in shown)
