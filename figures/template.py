"""The look of every figure: the palette of tokens.css, the axes, the place in time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from data.windows import EPOCH

Figure = dict[str, Any]

#: tests/unit/test_figures_template.py holds these against assets/tokens.css.
PALETTES: dict[str, dict[str, str]] = {
    "light": {
        "surface": "#fff",
        "line": "#d6dce1",
        "line-2": "#e7ebee",
        "ink": "#1d262e",
        "ink-2": "#55636f",
        "ink-3": "#62707c",
        "zone-c": "#83919d",
        "zone": "#83919d22",
        "warn": "#f0a30a",
        "crit": "#c5161d",
        "track": "#eef1f3",
        "limit": "#b9892f33",
        "limit-crit": "#c5161d22",
        "s1": "#245a8d",
        "s2": "#8a5a9e",
        "s3": "#1f7a74",
        "s4": "#43207d",
        "s5": "#5b6abf",
        "s6": "#8c3f63",
        "s7": "#5d7a2e",
        "s8": "#4a5763",
    },
    "dark": {
        "surface": "#1b2127",
        "line": "#2d363e",
        "line-2": "#242c33",
        "ink": "#e8ecef",
        "ink-2": "#a3b0bb",
        "ink-3": "#8d9aa5",
        "zone-c": "#76848f",
        "zone": "#76848f22",
        "warn": "#ffb62e",
        "crit": "#ff6259",
        "track": "#232a31",
        "limit": "#ffb62e22",
        "limit-crit": "#ff625922",
        "s1": "#7fb2e0",
        "s2": "#c39bd6",
        "s3": "#66c2ba",
        "s4": "#9775ea",
        "s5": "#a3afee",
        "s6": "#d98fb2",
        "s7": "#a9c77a",
        "s8": "#b4c0ca",
    },
}
#: As in tokens.css: the system's own, else one that has Korean.
FONT = 'system-ui, "Noto Sans KR", "Noto Sans CJK KR", "Malgun Gothic", sans-serif'
#: Sizes of axes and of limits' names [px].
TEXT, TEXT_TINY = 12, 11
#: From this many buckets on, one bucket is so narrow that a break may be drawn one bucket wide.
MANY = 400
#: From this width of the chart on there is room beside it, and for more than one axis [px].
BROAD = 700.0
#: Width of a chart on paper, as `assets/chart/picture.mjs` prints it [px].
PAPER = 680
#: Beside a narrower edge plotly leaves out the first time, and with it the only date [px].
HALF_DATE = 40
#: Ticks by their distance [ms]: numbers only, so that no month name depends on plotly's locale.
TICKS = (
    (None, 999, "%H:%M:%S.%L\n%Y-%m-%d"),
    (1_000, 59_999, "%H:%M:%S\n%Y-%m-%d"),
    (60_000, 86_399_999, "%H:%M\n%Y-%m-%d"),
    (86_400_000, 2_591_999_999, "%m-%d\n%Y"),
    ("M1", "M11", "%Y-%m"),
    ("M12", None, "%Y"),
)


@dataclass(frozen=True)
class Canvas:
    """What a figure is drawn on: the time shown, its offset, the theme and the words.

    Parameters
    ----------
    start, stop : aware bounds of the time axis
    now : the database's clock, aware; the bucket it lies in is still filling
    offset : what is added to UTC for display, one for the whole axis
    zone : of the clock that is shown
    pixels : width of the chart [px]
    theme : a key of `PALETTES`
    revision : plotly keeps the viewer's vertical zoom while this stays the same
    words : English word -> the viewer's word
    """

    start: datetime
    stop: datetime
    now: datetime
    offset: timedelta
    theme: str = "light"
    revision: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    zone: str = "UTC"
    pixels: float = 1000.0

    @property
    def palette(self) -> dict[str, str]:
        """The colours of the theme, light when there is no such theme."""
        return PALETTES.get(self.theme, PALETTES["light"])

    def word(self, english: str) -> str:
        """Return the viewer's word, the English one where there is none."""
        return self.words.get(english, english)

    def milliseconds(self, index: pd.Index) -> np.ndarray:
        """Return aware times as plotly's milliseconds of the displayed clock, float64."""
        utc = pd.DatetimeIndex(index).as_unit("us").asi8 / 1000
        return utc + self.offset.total_seconds() * 1000

    def clock(self, moment: datetime) -> str:
        """Return one aware time as the displayed clock writes it, see `dates`."""
        shown = moment - EPOCH + self.offset
        return dates(np.array([shown / timedelta(milliseconds=1)]))[0]


class Mark(NamedTuple):
    """What tells a line from others beside its colour: plotly's symbol, and a sign in texts."""

    symbol: str
    glyph: str


#: Colours and marks of lines in the order in which they are given away: so the first ones are the
#: furthest apart, for eyes that see less colour too.
ORDER = (1, 3, 4, 8, 7, 2, 5, 6)
MARKS = (
    Mark("circle", "●"),
    Mark("square", "■"),
    Mark("triangle-up", "▲"),
    Mark("diamond", "◆"),
    Mark("triangle-down", "▼"),
    Mark("cross", "✚"),
    Mark("star", "★"),
    Mark("triangle-right", "▶"),
)


def colour(canvas: Canvas, position: int) -> str:
    """Return the colour of the line at `position`; after the eighth comes the first again."""
    return canvas.palette[f"s{ORDER[position % len(ORDER)]}"]


def mark(position: int) -> Mark:
    """Return the mark of the line at `position`."""
    return MARKS[position % len(MARKS)]


def faded(hexadecimal: str, alpha: float) -> str:
    """Return `#rrggbb` as an rgba() colour; `alpha` 0 to 1."""
    red, green, blue = (int(hexadecimal[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


def escaped(text: str) -> str:
    """Return text with its HTML signs escaped: plotly reads a subset of HTML in every text."""
    return escape(text, quote=False)


def dates(milliseconds: np.ndarray) -> list[str]:
    """Return times of the displayed clock as text.

    plotly takes a number on a date axis for an instant and shows it in the browser's own zone;
    text it shows as it is written, wherever the browser stands.
    """
    texts = np.datetime_as_string(np.floor(milliseconds).astype("datetime64[ms]"))
    return [str(text) for text in texts]


def layout(canvas: Canvas) -> Figure:
    """Return the layout that every time figure shares."""
    palette = canvas.palette
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": TEXT, "color": palette["ink-2"]},
        "margin": {"l": HALF_DATE, "r": 8, "t": 28, "b": 8},
        "hovermode": False,
        "dragmode": "zoom",
        "showlegend": False,
        "uirevision": canvas.revision,
        "modebar": {
            "bgcolor": "rgba(0,0,0,0)",
            "color": palette["ink-3"],
            "activecolor": palette["ink"],
        },
        "xaxis": time_axis(canvas),
        "shapes": [],
        "annotations": [],
    }


def time_axis(canvas: Canvas) -> Figure:
    """Return a date axis over the canvas, in the displayed clock, with numeric labels."""
    bounds = [canvas.clock(canvas.start), canvas.clock(canvas.stop)]
    return {
        "type": "date",
        "range": bounds,
        "uirevision": str(bounds),
        "showgrid": False,
        "linecolor": canvas.palette["line"],
        "showline": True,
        "ticks": "outside",
        "tickcolor": canvas.palette["line"],
        "tickformatstops": [
            {"dtickrange": [low, high], "value": text} for low, high, text in TICKS
        ],
        "automargin": True,
    }


def value_axis(canvas: Canvas, ink: str | None = None, **others: object) -> Figure:
    """Return an axis of values; `ink` colours its numbers like the line they belong to."""
    return {
        "gridcolor": canvas.palette["line-2"],
        "zeroline": False,
        "tickfont": {"color": ink or canvas.palette["ink-2"]},
        "automargin": True,
        "separatethousands": True,
        "exponentformat": "none",
        "uirevision": canvas.revision,
        **others,
    }


def placed(frame: pd.DataFrame, seconds: float, canvas: Canvas) -> tuple[Figure, pd.DataFrame]:
    """Return where a history stands in time, and the frame that stands there.

    Parameters
    ----------
    frame : a history with NaN rows (`n` missing) where the line breaks
    seconds : bucket width [s], 0 for single readings
    canvas : gives the displayed clock

    Returns
    -------
    `x0` (text) and `dx` [ms] with the frame filled to every bucket, where that neither adds nor
    loses a break (`connectgaps`: no empty bucket is one); else `x`, the times as text, with the
    frame as it came.
    """
    broken, every = (
        np.isnan(frame["n"].to_numpy(dtype=np.float64)),
        canvas.milliseconds(frame.index),
    )
    times = every[~broken]
    step = seconds * 1000
    if len(times) < 2 or not _on_grid(times, step):
        return {"x": dates(every)}, frame
    follows_break = np.roll(broken, 1)[~broken][1:]
    bridged = not broken.any() and bool((np.diff(times) > step).any())
    every_hole_is_a_gap = np.array_equal(np.diff(times) > step, follows_break)
    narrow = len(times) >= MANY or not broken.any()
    if not (bridged or (every_hole_is_a_gap and narrow)):
        return {"x": dates(every)}, frame
    slots = np.rint((times - times[0]) / step).astype(int)
    count = int(slots[-1]) + 1
    if count == len(frame) and not broken.any():
        filled = frame.set_axis(pd.RangeIndex(count))
    else:
        filled = frame[~broken].set_axis(slots).reindex(range(count))
    where: Figure = {"x0": dates(times[:1])[0], "dx": float(step)}
    return where | ({"connectgaps": True} if bridged else {}), filled


def _on_grid(times: np.ndarray, step: float) -> bool:
    """Whether times are whole steps apart, and not so sparse that filling them would cost more."""
    if step <= 0:
        return False
    steps = np.diff(times) / step
    return np.array_equal(steps, np.rint(steps)) and bool(steps.sum() <= 2 * len(times) + 100)
