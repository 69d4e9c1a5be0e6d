"""What the overview shows: every tag's condition now, its last hour, and the details of one tag."""

from datetime import datetime, timedelta
from typing import NamedTuple

import pandas as pd

from data import card, condition, quality, queries, rules, windows

REFERENCE_S = 3600
#: The reference time moves in steps, so that the ticks of one step share its read [s].
REFERENCE_STEP = windows.resolution("30s")
LAST_READINGS = 10
SHIFTS = (8, 24)


class Now(NamedTuple):
    """What is true of every tag at one moment of the database's clock.

    `judged` is the answer of `condition` with attrs["now"]; `delta` the change since the reference.
    """

    tags: pd.DataFrame
    known: dict[str, rules.Rule]
    judged: pd.DataFrame
    delta: pd.Series


def now() -> Now:
    """Return the condition of every known tag.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    tags, known = queries.tags(), queries.rules()
    names = tuple(tags.index)
    latest, tail, spacing = queries.latest(names), queries.tail(names), queries.spacings(names)
    moment = latest.attrs["now"]
    judged = condition.condition(moment, latest, tail, known, spacing)
    judged.attrs["now"] = moment
    return Now(tags, known, judged, _deltas(moment, judged, known))


def _deltas(moment: datetime, judged: pd.DataFrame, known: dict[str, rules.Rule]) -> pd.Series:
    at = windows.floor(moment - timedelta(seconds=REFERENCE_S), REFERENCE_STEP, "UTC")
    names = tuple(judged.index)
    found = queries.reference(names, at).rename_axis("tag_name").reset_index().dropna()
    stepped = at + timedelta(seconds=REFERENCE_S)
    return card.deltas(stepped, judged, found, known, REFERENCE_S)["delta"]


def gaps(tags: pd.DataFrame, known: dict[str, rules.Rule]) -> pd.Series:
    """Return the longest spacing of each tag that is no gap [s]."""
    spacing = queries.spacings(tuple(tags.index))
    return pd.Series(
        [quality.gap_seconds(known.get(name), spacing[name]) for name in tags.index], tags.index
    )
