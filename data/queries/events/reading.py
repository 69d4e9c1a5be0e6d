"""Events, anomalies and forecasts of a window: bounded in number and in length."""

from datetime import datetime
from typing import Any, NamedTuple

from data.db import cached, read_rows
from data.queries.relations import catalog, degrading
from data.sql import events

#: Events of a kind in a window, the newest: more are no marks but a band.
MOST_EVENTS = 200
#: Rows of forecasts, of all tags, models and horizons of a window.
MOST_FORECAST = 20_000
#: Length of a text; what is longer is cut, and says so [characters].
MOST_TEXT = 300
#: How long a window's are shared [s]: as an answer about now.
EVENTS_S = 2.0


class Rows(NamedTuple):
    """Rows of a relation, newest first; `more`: there are others, older ones."""

    rows: tuple[dict[str, Any], ...] = ()
    more: bool = False


def _newest(rows: list[dict[str, Any]], most: int) -> Rows:
    return Rows(tuple(rows[:most]), len(rows) > most)


@cached(EVENTS_S)
@degrading
def operations(start: datetime, stop: datetime) -> Rows:
    """Return what the log of the plant says in [start, stop): ts, state.

    None where the historian has no such relation, or one of another shape: that is not asked.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    if not catalog().tells(events.op_log.name):
        return Rows()
    statement = events.op_log_statement(MOST_EVENTS, MOST_TEXT)
    rows = read_rows(statement.params(start=start, stop=stop))
    return _newest(rows, MOST_EVENTS)


@cached(EVENTS_S)
@degrading
def anomalies(tags: tuple[str, ...], start: datetime, stop: datetime) -> Rows:
    """Return the anomalies of tags in [start, stop): ts, tag_name, score, level, context.

    None and errors as for `operations`.
    """
    if not catalog().tells(events.anomalies.name):
        return Rows()
    statement = events.anomalies_statement(MOST_EVENTS, MOST_TEXT)
    rows = read_rows(statement.params(tags=list(tags), start=start, stop=stop))
    return _newest(rows, MOST_EVENTS)


@cached(EVENTS_S)
@degrading
def predictions(tags: tuple[str, ...], start: datetime, stop: datetime) -> Rows:
    """Return the forecasts of tags for [start, stop): the columns of `predictions`.

    None and errors as for `operations`.
    """
    if not catalog().tells(events.predictions.name):
        return Rows()
    statement = events.predictions_statement(MOST_FORECAST, MOST_TEXT)
    rows = read_rows(statement.params(tags=list(tags), start=start, stop=stop))
    return _newest(rows, MOST_FORECAST)
