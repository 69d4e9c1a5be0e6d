"""The change of a tag since a reference: how the value on a card has moved."""

import datetime as dt

import numpy as np
import pandas as pd

from data.analysis.arrays import Floats, Mask, numbers
from data.analysis.checks import ManyChecks
from data.analysis.quality import BAD_REASONS, range_reasons


def deltas(
    now: dt.datetime,
    states: pd.DataFrame,
    reference: pd.DataFrame,
    checks: ManyChecks,
    reference_seconds: float,
) -> pd.Series:
    """Return the change of every tag since its reference [tag unit]; NaN without one.

    Parameters
    ----------
    now : the database's clock
    states : what `states.tag_states` returns
    reference : candidates; columns tag (place in `states`), ts, value. The newest counts that is
        not BAD, at or before now - reference_seconds and within one gap of it
    checks : of the tags of `states`
    reference_seconds : how long before `now` the reference lies [s]

    Returns
    -------
    Series `delta`, index of `states`
    """
    reference_value = _references(now, states, reference, checks, reference_seconds)
    with np.errstate(invalid="ignore", over="ignore"):
        delta = numbers(states["value"]) - reference_value
    return pd.Series(delta, states.index, name="delta")


def _references(
    now: dt.datetime,
    states: pd.DataFrame,
    reference: pd.DataFrame,
    checks: ManyChecks,
    seconds: float,
) -> Floats:
    tag = reference["tag"].to_numpy(dtype=np.int64)
    behind = (pd.Timestamp(now) - reference["ts"]).dt.total_seconds().to_numpy() - seconds
    near = (behind >= 0) & (behind <= numbers(states["gap_seconds"])[tag])
    value = numbers(reference["value"])
    usable = near & ~_bad(value, checks.take(tag))
    newest_last = np.argsort(-behind[usable], kind="stable")
    reference_value = np.full(len(states), np.nan)
    reference_value[tag[usable][newest_last]] = value[usable][newest_last]
    return reference_value


def _bad(value: Floats, checks: ManyChecks) -> Mask:
    reasons = range_reasons(value, np.zeros(len(value), dtype=bool), checks)
    return np.asarray((reasons & BAD_REASONS) != 0)
