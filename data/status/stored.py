"""Stored indicators and features of others against ours, of the same readings of a few tags.

A column is equal, or it is one of the variants that dashboards use, or it is something else.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from data import queries
from data.analysis import indicators
from data.queries import Tag
from data.sql import QcCode
from data.status import statements
from data.status.asking import Look
from data.status.facts import Line, Relation

#: Two numbers are equal if they differ by less than this share of the greatest in the column.
EQUAL = 1e-6
#: Fewer pairs say nothing.
LEAST = 3
#: Widths of the stored bands, means and slope [buckets of 1 min].
BANDS, SMAS, SLOPE = 20, (10, 60), 60
#: The verdict on a column that is as ours, and on one that is none that we know.
SAME, OTHER = "equal", "other"


class Verdict(NamedTuple):
    """What a stored column is.

    Parameters
    ----------
    key : SAME, OTHER or a variant
    counted : pairs that were compared
    most : greatest difference from ours [in the unit of the column]
    beyond : values of theirs where ours is left out
    """

    key: str
    counted: int
    most: float
    beyond: int


def indicator_columns(means: pd.Series) -> dict[str, dict[str, pd.Series]]:
    """Return the columns of `tech_ind_1m_mv` as we compute them, and as others do.

    Parameters
    ----------
    means : of each minute, regular grid, NaN where there is no reading [tag unit]

    Returns
    -------
    By column and variant; SAME is ours.
    """
    rows = means.dropna()
    slope = indicators.slope(means, SLOPE)["slope"]
    columns = {"avg": {SAME: means}}
    for n in SMAS:
        by_row = rows.rolling(n, min_periods=1).mean()
        columns[f"sma_{n}"] = {SAME: indicators.sma(means, n), "rows": by_row.reindex(means.index)}
    columns |= {"bb_top": _band(means, 2.0), "bb_bot": _band(means, -2.0)}
    columns["slope_60"] = {SAME: slope, "per_minute": slope / 60, "per_second": slope / 3_600}
    return columns


def _band(means: pd.Series, k: float) -> dict[str, pd.Series]:
    ours = indicators.bollinger(means, BANDS, abs(k))
    rows = means.dropna().rolling(BANDS, min_periods=2)
    sample = means.rolling(BANDS, min_periods=indicators.needed(BANDS)).std(ddof=1)
    by_row = (rows.mean() + k * rows.std(ddof=0)).reindex(means.index)
    by_row_sample = (rows.mean() + k * rows.std(ddof=1)).reindex(means.index)
    return {
        SAME: ours["upper" if k > 0 else "lower"],
        "sample": ours["middle"] + k * sample,
        "rows": by_row,
        "rows_sample": by_row_sample,
    }


def verdict(theirs: pd.Series, variants: Mapping[str, pd.Series]) -> Verdict | None:
    """Return what a stored column is, None where there is too little to compare.

    Parameters
    ----------
    theirs : as stored, by bucket
    variants : by name, SAME first; the first that fits counts
    """
    ours = variants[SAME].reindex(theirs.index)
    both = theirs.notna() & ours.notna()
    if int(both.sum()) < LEAST:
        return None
    apart = float((theirs - ours)[both].abs().max())
    beyond = int((theirs.notna() & ours.isna()).sum())
    for key, variant in variants.items():
        if _equal(theirs[both], variant.reindex(theirs.index)[both]):
            return Verdict(key, int(both.sum()), apart, beyond)
    return Verdict(OTHER, int(both.sum()), apart, beyond)


def _equal(theirs: pd.Series, ours: pd.Series) -> bool:
    numbers = np.abs(np.concatenate([theirs.to_numpy(float), ours.to_numpy(float)]))
    apart = np.abs(theirs.to_numpy(float) - ours.to_numpy(float))
    return bool(np.all(apart <= EQUAL * np.max(numbers)))


def stored_lines(relation: str, verdicts: Mapping[str, Sequence[Verdict]]) -> list[Line]:
    """Return what is to be said of a stored relation of indicators or features.

    Parameters
    ----------
    verdicts : on each column, one a tag
    """
    told = {column: each for column, each in verdicts.items() if each}
    if not told:
        return [Line("note", relation, "stored_none")]
    return [*_by_key(relation, told), *_beyond(relation, told)]


def _by_key(relation: str, told: Mapping[str, Sequence[Verdict]]) -> Iterator[Line]:
    columns: dict[str, list[str]] = {}
    for column, each in told.items():
        keys = {verdict.key for verdict in each}
        # A tag that never tells variants apart agrees with all of them.
        keys -= {SAME} if len(keys) > 1 else set()
        columns.setdefault(keys.pop() if len(keys) == 1 else OTHER, []).append(column)
    for key, names in columns.items():
        each = [verdict for name in names for verdict in told[name]]
        values: dict[str, object] = {
            "columns": tuple(names),
            "counted": sum(verdict.counted for verdict in each),
            "most": max(verdict.most for verdict in each),
        }
        level = {SAME: "ok", OTHER: "risk"}.get(key, "note")
        yield Line(level, relation, f"stored_{key}", values)


def _beyond(relation: str, told: Mapping[str, Sequence[Verdict]]) -> Iterator[Line]:
    columns = tuple(c for c, each in told.items() if any(verdict.beyond for verdict in each))
    if columns:
        count = sum(verdict.beyond for each in told.values() for verdict in each)
        yield Line("note", relation, "stored_beyond", {"columns": columns, "count": count})


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
) -> tuple[list[Line], dict[str, datetime]]:
    """Return what is to be said of indicators and features that others store, and their newest.

    The newest bucket stands by relation, as far as it is among what was compared.

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
        return [], {}
    said: list[Line] = []
    last: dict[str, datetime] = {}
    for name, columns, ours in (
        ("tech_ind_1m_mv", INDICATORS, _indicators),
        ("features_5m", tuple(FEATURES), _features),
    ):
        if not relations[name].usable:
            continue
        every = queries.tags()
        pairs = [(every[tag], flagged) for tag in tags if tag in every]
        lines, bucket = _of_relation(look, name, columns, ours, pairs, newest)
        said += lines
        last |= {name: bucket} if bucket else {}
    return said, last


def _of_relation(
    look: Look,
    name: str,
    columns: Sequence[str],
    ours: Any,
    pairs: Sequence[tuple[Tag, QcCode | None]],
    newest: datetime,
) -> tuple[list[Line], datetime | None]:
    verdicts: dict[str, list[Verdict]] = {column: [] for column in columns}
    buckets: list[datetime] = []
    start = newest.replace(minute=0, second=0, microsecond=0) - timedelta(hours=HOURS)
    for tag, flagged in pairs:
        stored = _frame(look, statements.stored_statement(name), tag, start, newest)
        computed = ours(look, tag, flagged, start, newest)
        if stored is None or computed is None:
            return [Line("note", name, "not_compared")], None
        buckets += [stored.index[-1].to_pydatetime()] if len(stored) else []
        for column in columns:  # but the newest bucket, which fills
            differs = verdict(stored[column].iloc[:-1], computed[column])
            verdicts[column] += [differs] if differs else []
    return stored_lines(name, verdicts), max(buckets, default=None)


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
