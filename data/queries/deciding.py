"""Which readings decide: those before a window, and those that set or reset a limit.

A tick of the overview reads the readings of the last day, by a bound that is a constant in the
statement. So the server leaves out the partitions and chunks before it while it plans: of 50 of
them that took longer than reading. What a tag with few readings since then, or none, needs of
earlier ones is read apart and held for a minute: it changes only where somebody writes into the
past.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from data.analysis import Checks, arrays, spikes
from data.db import cache, cached
from data.queries.asking import read_frame
from data.queries.plan import HISTORY_S, ns_of, time_of
from data.queries.relations import catalog, degrading, waiting
from data.sql import (
    HOURS_BACK,
    READINGS_BACK,
    Part,
    QcCode,
    before_statement,
    deciding_statement,
    older_statement,
    reference_statement,
    tail_statement,
    trusted_statement,
)

#: How long an answer for the details of a tag is shared [s].
DECIDING_S = 5.0
#: Readings that one statement may look at: a tenth of a second of work for the historian.
READINGS_AT_ONCE = 250_000
#: A reading that arrives up to this long after its own time is seen by the next look-back; one
#: that arrives later still is seen when the look-back starts anew.
LATENESS = timedelta(seconds=300)
#: tag_name, low, high, floor, ceiling [tag unit], side; a reading decides it with value < low or
#: value >= high, and floor <= value <= ceiling; on side -1 the former sets a limit, on 1 the latter
Question = tuple[str, float, float, float, float, float]
#: How far back the bound lies at least: a tag of ten minutes has 144 readings within it, of which
#: its state needs 61, and so a plant of such tags is read by two or three chunks of a day.
TICK_BACK = timedelta(hours=24)
#: How long what lies before the bound is held [s]: as long as the name of a new tag may take.
OLDER_S = 60.0
#: Earlier than any reading.
EVER = datetime(1, 1, 1, tzinfo=UTC)
#: What a question of `recent_statement` has of each tag, a list each.
OF_EACH = ("tags", "lows", "highs", "sinces", "seens", "gaps")
Read = Callable[[dict[str, Any]], pd.DataFrame]
#: Parts that have readings of their own.
HELD = (Part.NEWEST, Part.AHEAD, Part.TRUSTED, Part.REFERENCE)


@cached(DECIDING_S)
@degrading
def deciding_readings(questions: tuple[Question, ...], at: datetime | None = None) -> pd.DataFrame:
    """Return the newest reading that decides each question of a look-back.

    Parameters
    ----------
    questions : of a tag more than one, a limit each
    at : where the look-back starts, aware; None: now

    Returns
    -------
    DataFrame, a row a question in their order; columns ts (UTC), value, NaT and NaN without one.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    has = catalog()
    if has.flagged is QcCode.OPEN:  # no reading counts while nobody says which are good
        nothing = pd.DatetimeIndex([pd.NaT] * len(questions), tz="UTC")
        return pd.DataFrame({"ts": nothing, "value": np.full(len(questions), np.nan)})
    statement = deciding_statement(3_600 in has.rollups, has.flagged, has_holes())
    frame = read_frame(statement, {**arrays_of(questions), **waits_of_hours(at), "at": at})
    return frame.set_index("tag").reindex(range(len(questions))).reset_index(drop=True)


def questions_of(names: Sequence[str], rows: pd.DataFrame) -> tuple[Question, ...]:
    """Return a question a row.

    Parameters
    ----------
    rows : columns tag (place in `names`), low, high, floor, ceiling [tag unit], side
    """
    tags = [names[place] for place in rows["tag"]]
    bounds = (rows[name].tolist() for name in ("low", "high", "floor", "ceiling", "side"))
    return tuple(zip(tags, *bounds, strict=True))


def arrays_of(questions: Sequence[Question]) -> dict[str, list[str] | list[float]]:
    """Return what a statement binds of questions."""
    names = ("tags", "lows", "highs", "floors", "ceilings", "sides")
    columns = zip(*questions, strict=True) if questions else ([],) * len(names)
    return {name: list(column) for name, column in zip(names, columns, strict=True)}


def older(
    names: Sequence[str], rows: pd.DataFrame, untils: Sequence[datetime], has_hours: bool
) -> arrays.Whole:
    """Return the places in `rows` of tags with a reading that is not BAD up to a time of each.

    Parameters
    ----------
    rows : columns tag (place in `names`), floor, ceiling [tag unit]
    untils : a time a row, aware
    has_hours : the hours of the rollup count too

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    values = {
        "tags": [names[place] for place in rows["tag"]],
        "lows": rows["floor"].tolist(),
        "highs": rows["ceiling"].tolist(),
        "untils": list(untils),
        "depth": spikes.LOOK_BACK,
    }
    frame = read_frame(older_statement(has_hours, catalog().flagged), values)
    return frame["tag"].to_numpy(np.int64)


def reach() -> timedelta:
    """Return the age up to which a reading decides an alarm: 30 days with hours, else 24 h."""
    return HOURS_BACK if 3_600 in catalog().rollups else READINGS_BACK


def at_once(spacing: float) -> int:
    """Return how many questions one statement can answer in its time.

    Parameters
    ----------
    spacing : the least of the tags' spacings [s]
    """
    back = READINGS_BACK
    if reach() == HOURS_BACK and not has_holes() and not waits_of_hours()["waiting_starts"]:
        back = timedelta(hours=1)
    return max(1, int(READINGS_AT_ONCE * spacing / back.total_seconds()))


def has_holes() -> bool:
    """Return whether an hour that is missing may have readings: no log of ours would say so."""
    has = catalog()
    return not has.logged and not (has.refreshes and has.left)


def waits_of_hours(at: datetime | None = None) -> dict[str, Any]:
    """Return what statements of hours bind of those that wait for a refresh.

    Parameters
    ----------
    at : where the look-back starts, aware; None: now

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    if not catalog().refreshes:
        return {"waiting_starts": [], "waiting_stops": [], "kept": None}
    waits, at = waiting(), at or datetime.now(UTC)
    # What does not matter is left out, with as much again for a clock that is wrong.
    start, stop = ns_of(at - 2 * HOURS_BACK), ns_of(at + HOURS_BACK)
    rows = arrays.within(waits.stretches.get(3_600, ()), start, stop)
    starts, stops = ([time_of(row[edge]) for row in rows] for edge in (0, 1))
    return {"waiting_starts": starts, "waiting_stops": stops, "kept": time_of(waits.kept)}


def least_spacing(spacing: arrays.Floats) -> float:
    """Return the least spacing of tags [s]; where none is known, that of a fast tag."""
    return float(spacing[spacing > 0].min(initial=86_400.0)) if (spacing > 0).any() else 1.0


def before(tag: str, start: datetime, checks: Checks) -> pd.DataFrame:
    """Return the readings that decide quality and alarm of those from `start` on.

    Parameters
    ----------
    start : aware; the first reading of a window, or its start
    checks : of the tag: its bounds and flat_seconds say which readings decide

    Returns
    -------
    DataFrame, index ts (UTC), sorted; columns value, qc, place (counting back from -1): all of the
    last flat_seconds, the last 61 that are not BAD of the 5,000 before those, and the very newest.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    return _before.answer(tag, start, checks.low, checks.high, _flat(checks)).value


def read_before(tag: str, start: datetime, checks: Checks) -> pd.DataFrame:
    """Return what `before` does, past the cache; the same errors."""
    return _before.function(tag, start, checks.low, checks.high, _flat(checks))


def _flat(checks: Checks) -> float:
    """Return flat_seconds; infinite, no test looks back over a time."""
    return checks.flat_seconds if checks.flat_seconds < float("inf") else 0.0


@cached(HISTORY_S)
@degrading
def _before(
    tag: str, start: datetime, low: float, high: float, flat_seconds: float
) -> pd.DataFrame:
    since = start - timedelta(seconds=flat_seconds)
    values = {"tag": tag, "start": start, "since": since, "low": low, "high": high}
    return read_frame(before_statement(catalog().flagged), values).set_index("ts")


class _Older(NamedTuple):
    """What was read of tags before a bound: `rows` as of `recent_statement`."""

    question: tuple[Any, ...]
    read_at: float
    is_read: arrays.Mask
    rows: pd.DataFrame


def tick_floor() -> datetime:
    """Return the bound, aware UTC: at least a day back, and the same for an hour.

    It decides what is read first and never what is true: with a wrong clock more is read.
    """
    last: tuple[datetime, float] | None = cache.recall("tick")
    now = datetime.now(UTC)  # until the database has told its own time
    if last is not None:
        now = last[0] + timedelta(seconds=time.monotonic() - last[1])
    return now.replace(minute=0, second=0, microsecond=0) - TICK_BACK


def with_older(frame: pd.DataFrame, values: dict[str, Any], read: Read) -> pd.DataFrame:
    """Return the rows of `recent_statement` as if there had been no bound; none of known tags.

    Parameters
    ----------
    frame : its rows of readings later than `floor`
    values : what was bound
    read : reads its rows by other values
    """
    now = frame["ts"][frame["part"] == Part.NOW].iloc[0]
    cache.remember("tick", (now.to_pydatetime(), time.monotonic()))
    if values["floor"] > now:
        return read({**values, "floor": EVER})  # by a clock that was wrong
    wanted = _needs_older(frame, values)
    if not wanted.any():
        return frame
    rows = _rows_before(wanted, values, read)
    tag, part = rows["tag"].to_numpy(np.int64), rows["part"].to_numpy()
    frame = _with_newest(frame, rows[part <= Part.AHEAD])
    # What a search found of a tag is remembered with the search.
    is_trusted = (part == Part.TRUSTED) & _is_unsearched(values)[tag]
    gap = pd.to_timedelta(np.asarray(values["gaps"])[tag] + values["behind"], unit="s")
    has_one = np.isin(tag, frame["tag"][frame["part"] == Part.REFERENCE])
    is_near = (rows["ts"] > now - gap).to_numpy()
    is_reference = (part == Part.REFERENCE) & is_near & ~has_one
    return pd.concat([frame, rows[wanted[tag] & (is_trusted | is_reference)]], ignore_index=True)


def _is_unsearched(values: dict[str, Any]) -> arrays.Mask:
    """Return of which tags no readings are held: neither by a search nor by the last tick."""
    times = zip(values["sinces"], values["seens"], strict=True)
    return np.array([since is None and seen is None for since, seen in times], dtype=bool)


def _needs_older(frame: pd.DataFrame, values: dict[str, Any]) -> arrays.Mask:
    """Return of which tags readings up to the bound may matter."""
    size = len(values["tags"])
    tag, part = frame["tag"].to_numpy(np.int64), frame["part"].to_numpy()
    count = np.bincount(tag[part == Part.TRUSTED], minlength=size)
    is_short = (count < values["count"]) & _is_unsearched(values)
    has_newest, has_reference = np.zeros(size, dtype=bool), np.zeros(size, dtype=bool)
    has_newest[tag[(part <= Part.AHEAD) & frame["ts"].notna().to_numpy()]] = True
    has_reference[tag[part == Part.REFERENCE]] = True
    now = frame["ts"][part == Part.NOW].iloc[0]
    reach = np.asarray(values["gaps"]) + values["behind"]
    reaches_older = reach > (now - values["floor"]).total_seconds()
    return ~has_newest | is_short | (~has_reference & reaches_older)


def _with_newest(frame: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the newest reading up to the bound where there is none after it."""
    older = rows.set_index("tag")
    empty = (frame["part"] <= Part.AHEAD) & frame["ts"].isna() & frame["tag"].isin(older.index)
    if not empty.any():
        return frame
    frame = frame.copy()
    for name in ("ts", "value", "qc"):
        frame.loc[empty, name] = older[name].reindex(frame["tag"][empty]).array
    return frame


def _rows_before(wanted: arrays.Mask, values: dict[str, Any], read: Read) -> pd.DataFrame:
    """Return the rows up to the bound of the tags that need them, as far as they are held."""
    held: _Older | None = cache.recall("older")
    # A rule that has other bounds now asks anew.
    question = tuple(values[name] for name in ("floor", "tags", "lows", "highs", "gaps"))
    if (
        held is not None
        and held.question == question
        and time.monotonic() - held.read_at < OLDER_S
        and held.is_read[wanted].all()
    ):
        return held.rows
    place = np.flatnonzero(wanted)
    some = {name: [values[name][at] for at in place] for name in OF_EACH}
    wanted_values = {**values, **some}
    many = catalog().many_parts
    rows = _by_part(wanted_values) if many else read({**wanted_values, "floor": EVER})
    rows = rows[(rows["ts"] <= values["floor"]) & rows["part"].isin(HELD)]
    rows = rows.assign(tag=place[rows["tag"].to_numpy(np.int64)])
    cache.remember("older", _Older(question, time.monotonic(), wanted, rows))
    return rows


def _by_part(values: dict[str, Any]) -> pd.DataFrame:
    """Return the rows up to the bound, each part by a statement of its own.

    Planning takes more than twice as long for twice as many relations: over 2,000 chunks all parts
    in one took 8 to 12 s, each alone less than one.
    """
    flagged, until = catalog().flagged, values["floor"]
    parts = {
        Part.NEWEST: (tail_statement(flagged), {"count": 1, "at": until}),
        Part.TRUSTED: (trusted_statement(flagged), {"untils": [until] * len(values["tags"])}),
        Part.REFERENCE: (reference_statement(flagged), {"floor": EVER}),
    }
    rows = []
    for part, (statement, others) in parts.items():
        frame = read_frame(statement, {**values, **others})
        rows.append(frame.assign(part=int(part), place=0))
    return pd.concat([each for each in rows if len(each)] or rows[:1], ignore_index=True)
