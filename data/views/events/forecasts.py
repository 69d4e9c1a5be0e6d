"""What was forecast of tags in a window: of several forecasts of a tag the newest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from data import queries
from data.analysis import kinds
from data.queries import Tag
from data.views.events.happened import one_line
from data.views.view import View

#: A window that ends now shows so much of what is to come, as a share of itself.
AHEAD = 0.25


@dataclass(frozen=True, slots=True)
class Forecast:
    """What one model forecasts of a tag.

    Parameters
    ----------
    frame : index of times, site zone, sorted; yhat and the ends of its band, low and high
    model, version, horizon : as they are written down
    others : how many other forecasts of the tag are not shown
    """

    tag: str
    frame: pd.DataFrame
    model: str
    version: str
    horizon: str
    others: int = 0


@dataclass(frozen=True, slots=True)
class Forecasts:
    """The forecasts of a view; `more`: there are older rows, which were not read."""

    of_tags: tuple[Forecast, ...] = ()
    more: bool = False

    @property
    def stop(self) -> datetime | None:
        """When the last of them ends; None without any."""
        ends = [each.frame.index[-1] for each in self.of_tags]
        return max(ends).to_pydatetime() if ends else None


def forecasts(view: View, tags: Sequence[Tag]) -> Forecasts:
    """Return what is forecast of the tags of a view, and some of what is to come.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    names = tuple(tag.name for tag in tags if tag.kind != kinds.STATE)
    if not view.forecast or not names:
        return Forecasts()
    stop = view.stop + AHEAD * (view.stop - view.start) if view.live else view.stop
    answer = queries.predictions.answer(names, view.start, stop)
    if answer.error is not None:
        raise answer.error
    if not answer.value.rows:
        return Forecasts()
    rows = pd.DataFrame(list(answer.value.rows))
    newest = [_newest(name, part, view.zone) for name, part in rows.groupby("tag_name")]
    return Forecasts(tuple(each for each in newest if each), answer.value.more)


def _newest(tag: object, rows: pd.DataFrame, zone: str) -> Forecast | None:
    """Return that of the forecasts of a tag which reaches furthest; of these the last by name."""
    rows = rows[np.isfinite(rows["yhat"].astype(float))]
    every = rows.groupby(["version", "model_id", "horizon"])["ts"].max()
    if every.empty:
        return None
    key = max(every.index[every == every.max()])
    chosen = (rows[["version", "model_id", "horizon"]] == list(key)).all(axis=1)
    part = rows[chosen].sort_values("ts", kind="stable").drop_duplicates("ts", keep="last")
    index = pd.DatetimeIndex(pd.to_datetime(part["ts"], utc=True)).tz_convert(zone)
    columns = {"yhat": "yhat", "low": "pi_low", "high": "pi_high"}
    frame = pd.DataFrame(
        {name: part[column].to_numpy(float) for name, column in columns.items()}, index
    )
    version, model, horizon = map(one_line, key)
    return Forecast(str(tag), frame, model, version, horizon, len(every) - 1)
