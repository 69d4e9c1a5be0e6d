"""Statistics of a window as they are written: numbers with their times, shares, time in state."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from dash import html
from flask_babel import gettext as _

from components.words import duration, percent, time_text
from data.analysis import arrays, digits, kinds, statistics
from data.views import OfWindow, TagSeries, View

#: How times are written.
TIME = "%Y-%m-%d %H:%M:%S"
#: What of a window is in no state that a rule gives, and its share.
STATES = ("NORMAL", "WARNING", "CRITICAL", "BAD", "UNJUDGED", "NO DATA")


def means(window: OfWindow) -> str:
    """Return whose means spread and percentiles are of; empty where they are of readings."""
    return _("%(bucket)s means", bucket=duration(window.width.seconds)) if window.width else ""


def whole_span(window: OfWindow, view: View) -> str:
    """Return from when to when whole buckets tell; empty where that is what is asked for."""
    if not window.width or (window.start, window.stop) == view.told:
        return ""
    return " – ".join(time_text(view, edge, TIME) for edge in (window.start, window.stop))


def places(item: TagSeries, beside: Sequence[float] | arrays.Floats = ()) -> int:
    """Return the digits of a tag's readings: asked once, for all of its rows are read.

    Parameters
    ----------
    beside : other numbers of it; those that lie beyond all rows count too, as what stood before
        the window does
    """
    least, greatest = _ends(item)
    if all(least <= each <= greatest for each in beside if math.isfinite(each)):
        return item.digits.get("max", 0)
    return digits.digits(np.append(_extremes(item), beside), item.tag.decimals)


def _ends(item: TagSeries) -> tuple[float, float]:
    """Return the least and the greatest number of all rows, NaN without any."""
    least, greatest = digits.ends(_extremes(item)[None, :])
    return float(least[0]), float(greatest[0])


def _extremes(item: TagSeries) -> arrays.Floats:
    """Return least and greatest numbers of all rows; a frame of two columns takes far longer."""
    return np.concatenate([arrays.numbers(item.frame[name]) for name in ("min", "max")])


def mean_places(item: TagSeries, of: statistics.Statistics) -> int:
    """Return the digits of means, spread and percentiles; they may have more than readings."""
    ends = (of.least.value, of.greatest.value)
    shown = np.array([*_ends(item), *ends, of.mean, of.weighted, *of.quantiles])
    return _finer(places(item, ends), digits.digits(shown, item.tag.decimals))


def apart(told: int, value: float, limit: float) -> int:
    """Return the digits of the distance of a value from a limit, which may have more than it."""
    return _finer(told, digits.digits(np.array([value, limit])))


def _finer(told: int, own: int) -> int:
    """Return the digits of two that tell more; those below 0 are of powers of ten."""
    return own if min(told, own) < 0 else max(told, own)


def number(told: int, value: float) -> str:
    """Return a number with as many digits as are told, a dash where there is none."""
    return digits.written(value, told) if math.isfinite(value) else "–"


def placed(view: View, item: TagSeries, told: int, moment: statistics.Moment) -> tuple[str, str]:
    """Return a value, a state's in its word, and its time; a dash where there is none."""
    if moment.at == arrays.NEVER:
        return "–", ""
    at = time_text(view, pd.Timestamp(moment.at, tz="UTC"), TIME)
    if item.tag.kind == kinds.STATE:
        return kinds.words([moment.value], item.tag.states, digits.MINUS)[0], at
    return number(told, moment.value), at


def state_bar(shares: dict[str, float]) -> Any:
    """Return the time in state as a bar, and in words what is not normal."""
    if not shares:
        return "–"
    there = [(state, shares[state]) for state in STATES if shares.get(state)]
    bar = html.Span(
        [
            html.I(className=f"context__part--{_slug(state)}", style={"width": f"{share:.3f}%"})
            for state, share in there
        ],
        className="context__bar",
    )
    words = state_words()
    said = ", ".join(f"{words[state]} {percent(share)}" for state, share in there)
    return [bar, html.Span(said, className="context__said")]


def _slug(state: str) -> str:
    return state.lower().replace(" ", "-")


def state_words() -> dict[str, str]:
    """Return the word of each state that a window is divided into."""
    return {
        "NORMAL": _("Normal"),
        "WARNING": _("Warning"),
        "CRITICAL": _("Critical"),
        "BAD": _("Bad"),
        "UNJUDGED": _("Not judged"),
        "NO DATA": _("No data"),
    }
