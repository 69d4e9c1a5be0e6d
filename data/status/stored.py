"""Stored indicators and features read, and computed anew from the same readings; a few tags."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from data import queries
from data.queries import Tag
from data.sql import QcCode
from data.status import statements
from data.status.asking import Look
from data.status.facts import Line, Relation
from data.status.stored_lines import SAME, SLOPE, Verdict, indicator_columns, stored_lines, verdict

#: How far back what is stored is compared, before the newest readings [h].
HOURS = 3
MINUTE = timedelta(minutes=1)
#: Column of `features_5m` -> variants that a deployment may store, as the statement names them.
FEATURES = {
    "mean_5m": (SAME,),
    "std_5m": (SAME, "population"),
    "min_5m": (SAME,),
    "max_5m": (SAME,),
    "p10_5m": (SAME, "nearest"),
    "p90_5m": (SAME, "nearest"),
    "n_5m": (SAME,),
}
INDICATORS = ("avg", "sma_10", "sma_60", "bb_top", "bb_bot", "slope_60")


def compared_lines(
    look: Look, relations: Mapping[str, Relation], tags: Sequence[str], flagged: QcCode | None
) -> list[Line]:
    """Return what is to be said of indicators and features that others store.

    Parameters
    ----------
    tags : names of a few tags that have readings
    flagged : which readings are no good ones by their qc; None: qc does not tell

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer at all.
    """
    newest = relations["influx_hist"].newest
    if newest is None or not tags:
        return []
    found: list[Line] = []
    for name, columns, ours in (
        ("tech_ind_1m_mv", INDICATORS, _indicators),
        ("features_5m", tuple(FEATURES), _features),
    ):
        if not relations[name].usable:
            continue
        every = queries.tags()
        asked = [(every[tag], flagged) for tag in tags if tag in every]
        found += _of_relation(look, name, columns, ours, asked, newest)
    return found


def _of_relation(
    look: Look,
    name: str,
    columns: Sequence[str],
    ours: Any,
    asked: Sequence[tuple[Tag, QcCode | None]],
    newest: datetime,
) -> list[Line]:
    verdicts: dict[str, list[Verdict]] = {column: [] for column in columns}
    start = newest.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS)
    for tag, flagged in asked:
        stored = _frame(look, statements.stored_statement(name), tag, start, newest)
        computed = ours(look, tag, flagged, start, newest)
        if stored is None or computed is None:
            return [Line("note", name, "not_compared")]
        for column in columns:  # but the newest bucket, which fills
            found = verdict(stored[column].iloc[:-1], computed[column])
            verdicts[column] += [found] if found else []
    return stored_lines(name, verdicts)


def _frame(
    look: Look, statement: Any, tag: Tag, start: datetime, stop: datetime
) -> pd.DataFrame | None:
    """Return rows by bucket as numbers, None where that took too long."""
    values = {"tag": tag.name, "start": start, "stop": stop}
    values |= {"low": tag.checks.low, "high": tag.checks.high}
    rows = look.rows(statement, values)
    if rows is None:
        return None
    names = [str(column.key) for column in statement.selected_columns]
    frame = pd.DataFrame(rows, columns=names).set_index("bucket")
    frame.index = pd.DatetimeIndex(pd.to_datetime(frame.index, utc=True)).as_unit("us")
    return frame.astype(float)


def _indicators(
    look: Look, tag: Tag, flagged: QcCode | None, start: datetime, stop: datetime
) -> dict[str, dict[str, pd.Series]] | None:
    early = start - 2 * SLOPE * MINUTE  # twice: what counts rows reaches over a gap
    frame = _frame(look, statements.means_statement(flagged), tag, early, stop)
    if frame is None:
        return None
    grid = pd.date_range(early, stop, freq="min", tz="UTC").as_unit("us")
    return indicator_columns(frame["avg"].reindex(grid))


def _features(
    look: Look, tag: Tag, flagged: QcCode | None, start: datetime, stop: datetime
) -> dict[str, dict[str, pd.Series]] | None:
    frame = _frame(look, statements.five_minutes_statement(flagged), tag, start, stop)
    if frame is None:
        return None
    return {
        column: {key: frame[column if key == SAME else f"{column}_{key}"] for key in keys}
        for column, keys in FEATURES.items()
    }
