"""Events of a window: strangers' texts, made one line each."""

import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from data import queries
from data.analysis import digits
from data.queries import MOST_TEXT
from data.views.view import View


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    Parameters
    ----------
    text : one line, at most MOST_TEXT long
    tag : whose anomaly it is; empty where it is of the plant
    cut : whether the text goes on
    """

    at: datetime
    text: str
    tag: str = ""
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Events:
    """The events of a window by time, the newest; `more`: there are others, older ones."""

    events: tuple[Event, ...] = ()
    more: bool = False


def events(view: View, tags: Sequence[str]) -> Events:
    """Return what happened in a view's window: of the plant, and anomalies of its tags.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    if not view.events:
        return Events()
    plant = queries.operations.answer(view.start, view.stop)
    odd = queries.anomalies.answer(tuple(tags), view.start, view.stop)
    for answer in (plant, odd):
        if answer.error is not None:
            raise answer.error
    happened = [_event(row["ts"], [row["state"]]) for row in plant.value.rows]
    happened += [
        _event(row["ts"], list(_said(row)), row["tag_name"] or "") for row in odd.value.rows
    ]
    happened.sort(key=lambda each: each.at)
    return Events(tuple(happened), plant.value.more or odd.value.more)


def there() -> dict[str, bool]:
    """Return whether the historian has events, and forecasts, that can be read.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    has = queries.catalog()
    happened = has.tells("influx_op_log") or has.tells("anomalies")
    return {"events": happened, "forecast": has.tells("predictions")}


def _said(row: dict[str, Any]) -> Iterator[str]:
    """Yield level, score and context of an anomaly, as far as it has them."""
    yield row["level"]
    score = row["score"]
    if score is not None and math.isfinite(score):
        yield _four_digits(score)
    if row["context"] not in ("", "{}", "null"):
        yield row["context"]


def _four_digits(score: float) -> str:
    """Return a number with four digits, or with all before its point: none of these becomes 0."""
    decimals = 3 - math.floor(math.log10(abs(score))) if score else 0
    return digits.full(round(score, max(decimals, 0)))


def _event(at: datetime, texts: Sequence[str], tag: str = "") -> Event:
    text = " · ".join(filter(None, map(one_line, texts)))
    cut = len(text) > MOST_TEXT or any(len(each) > MOST_TEXT for each in texts)
    return Event(at, text[:MOST_TEXT], tag, cut)


def one_line(text: str) -> str:
    """Return a text in one line, without signs that are not seen or turn the writing round."""
    visible = (" " if unicodedata.category(sign)[0] == "C" else sign for sign in text)
    return " ".join("".join(visible).split())
