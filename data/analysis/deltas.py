"""The numbers of a card that no rule tests: level bar and change since a reference."""

import datetime as dt
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.analysis import quality, rules
from data.analysis.quality import Floats
from data.analysis.rules import Rule

#: Delta is also given in per cent of the reference value where that exceeds this share of the span.
RELATIVE_FROM = 0.01


def gauges(
    value: Floats, low: float | Floats, high: float | Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return where values lie from low to high [%], clipped to 0…100, and which lie outside.

    NaN and not outside where a bound is NaN: there is no scale to lie on.
    """
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        share = 100 * ((value - low) / (np.asarray(high) - low))
    outside = (value < low) | (value > high)
    return np.clip(share, 0, 100), np.asarray(outside)


def deltas(
    now: dt.datetime,
    judged: pd.DataFrame,
    reference: pd.DataFrame,
    known: Mapping[str, Rule],
    reference_seconds: float = 3600.0,
) -> pd.DataFrame:
    """Return the change of every tag since its reference.

    Parameters
    ----------
    judged : the answer of `condition`
    reference : candidates, columns tag_name, ts, value; the newest counts that is not BAD, at or
        before now - reference_seconds and within one gap of it

    Returns
    -------
    DataFrame, index as `judged`: delta [tag unit], delta_span_pct [% of S], delta_pct [% of the
    reference value, where that exceeds 1 % of S]; NaN without a reference
    """
    found = _references(now, judged, reference, known, reference_seconds)
    spans = (rules.span(rules.applied(known.get(tag))) for tag in judged.index)
    span = np.array([np.nan if each is None else each for each in spans], dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        delta = judged["value"].to_numpy(np.float64) - found
        large = np.abs(found) > RELATIVE_FROM * span
        relative = np.where(large, 100 * delta / np.abs(found), np.nan)
        columns = {"delta": delta, "delta_span_pct": 100 * delta / span, "delta_pct": relative}
    return pd.DataFrame(columns, index=judged.index)


def _references(
    now: dt.datetime,
    judged: pd.DataFrame,
    reference: pd.DataFrame,
    known: Mapping[str, Rule],
    seconds: float,
) -> Floats:
    tag = judged.index.get_indexer(pd.Index(reference["tag_name"]))
    behind = (pd.Timestamp(now) - reference["ts"]).dt.total_seconds().to_numpy() - seconds
    near = (behind >= 0) & (behind <= judged["gap_seconds"].to_numpy()[tag])
    value = reference["value"].to_numpy(np.float64)
    kept = (tag >= 0) & near & ~_bad(reference["tag_name"], value, known)
    newest_last = np.argsort(-behind[kept], kind="stable")
    found = np.full(len(judged), np.nan)
    found[tag[kept][newest_last]] = value[kept][newest_last]
    return found


def _bad(tags: pd.Series, value: Floats, known: Mapping[str, Rule]) -> NDArray[np.bool_]:
    """Return which of the values of these tags are BAD."""
    used = [rules.applied(known.get(tag)) for tag in tags]
    table = np.array([quality.bounds(rule) for rule in used], dtype=np.float64)
    limit = quality.Bounds(*table.reshape(len(used), len(quality.Bounds._fields)).T)
    unsigned = np.array([not rule.allow_negative for rule in used], dtype=bool)
    none = np.zeros(len(used), dtype=bool)
    return (quality.range_reasons(value, none, limit, unsigned) & quality.BAD_REASONS) != 0
