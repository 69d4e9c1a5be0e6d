"""Events and forecasts of a window, newest first: no more than are asked for, no text longer."""

from functools import lru_cache
from typing import Any

from sqlalchemy import ARRAY, Double, Select, Text, bindparam, cast, func, select

from data.sql.events.tables import anomalies, op_log, predictions
from data.sql.readings import START, STOP

_TAGS = bindparam("tags", type_=ARRAY(Text))


def _text(column: Any, most: int) -> Any:
    """Return a column as text, at most so long and one more, by which one sees that it is cut."""
    return func.left(func.coalesce(cast(column, Text), ""), most + 1).label(column.name)


def _within(columns: list[Any], at: Any, most: int) -> Select[Any]:
    inside = select(*columns).where(at >= START, at < STOP)
    return inside.order_by(at.desc()).limit(most + 1)


@lru_cache(maxsize=8)
def op_log_statement(most: int, longest: int) -> Select[Any]:
    """Return ts and state of the newest rows of a window.

    Parameters
    ----------
    most : rows; one more tells that there are more
    longest : of a text [characters]
    """
    of = op_log.c
    return _within([of.ts, _text(of.state, longest)], of.ts, most)


@lru_cache(maxsize=8)
def anomalies_statement(most: int, longest: int) -> Select[Any]:
    """Return ts, tag_name, score, level and context of the newest rows of `tags` in a window."""
    of = anomalies.c
    texts = [_text(of.level, longest), _text(of.context, longest)]
    columns = [of.ts, of.tag_name, cast(of.score, Double).label("score"), *texts]
    return _within(columns, of.ts, most).where(of.tag_name == func.any(_TAGS))


@lru_cache(maxsize=8)
def predictions_statement(most: int, longest: int) -> Select[Any]:
    """Return the newest rows of `tags` in a window; NULL is NaN."""
    of = predictions.c
    names = [_text(column, longest) for column in (of.horizon, of.model_id, of.version)]
    numbers = [cast(of[name], Double).label(name) for name in ("yhat", "pi_low", "pi_high")]
    columns = [of.ts, of.tag_name, *names, *numbers]
    return _within(columns, of.ts, most).where(of.tag_name == func.any(_TAGS))
