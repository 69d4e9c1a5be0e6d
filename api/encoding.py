"""Frames in, compact columns out: what the overview's scripts are sent. No reads, no routes.

One column a quantity and one character a code, so that equal neighbours compress to nothing; values
at the precision that is shown; times as whole seconds before the frame's own.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import orjson
import pandas as pd

from data.analysis import (
    Floats,
    alarms,
    arrays,
    checks,
    digits,
    gaps,
    quality,
    states,
)
from data.queries import AboutTags, Tag

#: Below this every whole number is one of JSON's and of the browser's.
EXACT = 2**53
#: A code is one of these: there are twelve badges, and one character a tag compresses best.
DIGITS = np.frombuffer(b"0123456789ab", np.uint8)
#: Words for the codes; the last of each stands for -1 in the frames.
ALARM_WORDS = [alarms.ALARMS[code] for code in (0, 1, 2, -1)]
QUALITY_WORDS = [quality.QUALITIES[code] for code in (0, 1, 2, -1)]


def numbers(values: Floats) -> list[float | int | None]:
    """Return numbers for JSON: whole ones without a point, None for what is not finite."""
    cells: list[float | int | None] = values.tolist()
    is_finite = np.isfinite(values)
    for place in np.flatnonzero(~is_finite).tolist():
        cells[place] = None
    whole = np.flatnonzero(is_finite & (values == np.trunc(values)) & (np.abs(values) < EXACT))
    for place, number in zip(whole.tolist(), values[whole].astype(np.int64).tolist(), strict=True):
        cells[place] = number
    return cells


def rounded(values: Floats, told: digits.Digits) -> Floats:
    """Return values rounded to what their digits write: the text of each stays what it was."""
    finite = np.where(np.isfinite(values), values, 0.0)
    steps = digits.steps(finite, told)
    with np.errstate(over="ignore"):
        near = steps.number / 10.0 ** np.maximum(told, 0)
    # Halfway between two the exact number decides; a power of ten is sent as it is.
    return np.where((told >= 0) & steps.clear & np.isfinite(values), near, values)


def digit_letters(told: digits.Digits) -> str:
    """Return digits as one letter a tag: a for none after the point, A for a power of ten."""
    return np.where(told >= 0, 97 + told, 64 - told).astype(np.uint8).tobytes().decode()


def codes(column: pd.Series) -> str:
    """Return one character a tag from a column of codes; -1 is 3, the place after the last word."""
    values = column.to_numpy(np.int64)
    return DIGITS[np.where(values < 0, 3, values)].tobytes().decode()


def tag_columns(tags: Sequence[Tag], about: AboutTags) -> dict[str, Any]:
    """Return what changes rarely as columns, in the order of `tags`, and `version`, their name.

    The version also differs when there is something else to be said about the tags.
    """
    every = [tag.checks for tag in tags]
    columns = {
        "names": [tag.name for tag in tags],
        "descriptions": [tag.description for tag in tags],
        "units": [tag.unit for tag in tags],
        "states": [tag.states for tag in tags],
        "kinds": [tag.kind for tag in tags],
        "groups": [tag.group for tag in tags],
        "types": [tag.tag_type for tag in tags],
        "spans": [[_bound(each.min_val), _bound(each.high)] for each in every],
        "widths": [each.span for each in every],
        "limits": [list(each.limits) for each in every],
        "rule_states": [checks.RULE_STATES.index(each.state) for each in every],
        "badges": list(states.BADGES),
        "alarms": ALARM_WORDS,
        "qualities": QUALITY_WORDS,
        "rule_words": list(checks.RULE_STATES),
        "reason_keys": list(quality.REASONS.values()),
    }
    about_all = [*about.denied, about.rules_as_of, *(about.qc_looks or ()), about.disk_full]
    # Not how far: each worker has come another way, and pages would ask for all tags at each step.
    about_all.append(about.names_back_to is not None)
    return {"version": version({**columns, "about": about_all}), **columns}


def _bound(number: float) -> float | None:
    return number if math.isfinite(number) else None


def version(columns: Mapping[str, Any]) -> str:
    """Return a name of 12 hexadecimal digits that differs when any of the columns does."""
    return hashlib.sha256(orjson.dumps(columns)).hexdigest()[:12]


def frame_columns(
    tag_states: pd.DataFrame,
    delta: pd.Series,
    told: digits.Digits,
    crossed: pd.DataFrame,
    reset: pd.Series | None = None,
) -> dict[str, Any]:
    """Return a frame's columns, in the order of `tag_states`.

    Parameters
    ----------
    tag_states : what `states.tag_states` returns, with its time in attrs["now"]
    delta : change since the reference [tag unit], NaN where there is none
    told : the digits of each tag, see `digits`
    crossed : what `queries.crossed_since` returns
    reset : which counters began again since the reference
    """
    now = pd.Timestamp(tag_states.attrs["now"])
    carried = _carried(now, tag_states)
    value = tag_states["value"].to_numpy(np.float64)
    reasons = tag_states["reasons"].to_numpy(np.int64)
    return {
        "now": int(now.value // 1_000_000),
        "value": numbers(rounded(value, told)),
        "digits": digit_letters(told),
        "age": _ages(now, tag_states["ts"], carried),
        "gap": numbers(_gaps(tag_states["gap_seconds"].to_numpy(np.float64))),
        "delta": numbers(rounded(delta.to_numpy(np.float64), told)),
        "badge": codes(tag_states["badge"]),
        "alarm": codes(tag_states["alarm"]),
        "quality": codes(tag_states["quality"]),
        "freshness": codes(tag_states["freshness"]),
        "reasons": {str(i): int(reasons[i]) for i in np.flatnonzero(reasons)},
        "crossed": _crossed(crossed, told),
        # STALE hides a CLOCK in the badge, so those tags are named apart.
        "clock": np.flatnonzero(tag_states["clock"].to_numpy(dtype=bool)).tolist(),
        "carried": {str(i): int(carried[i]) for i in np.flatnonzero(carried)},
        "reset": [] if reset is None else np.flatnonzero(reset.to_numpy(dtype=bool)).tolist(),
    }


def exact(tag_states: pd.DataFrame) -> bytes:
    """Return time [ns], value and age [s] of each tag as the frame does not: with every digit."""
    at = arrays.nanoseconds(tag_states["ts"])
    rest = [tag_states[name].to_numpy(np.float64) for name in ("value", "age")]
    return b"".join(each.tobytes() for each in (at, *rest))


def exact_numbers(content: bytes) -> tuple[arrays.Whole, Floats, Floats]:
    """Return time, value and age of each tag, of bytes that `exact` gave."""
    whole, at = len(content) // 3, np.frombuffer(content, np.int64, len(content) // 24)
    value, age = np.frombuffer(content[whole:], np.float64).reshape(2, -1)
    return at, value, age


def _crossed(crossed: pd.DataFrame, told: digits.Digits) -> dict[str, list[float | int | None]]:
    """Return limit, how far over it, and since when [ms since 1970] of tags in alarm, by place.

    How far is 0 at the limit alone: where its digits would make it so, it is sent in full. The time
    is null where it is longer ago than a look-back reaches, and left out where it is not found yet.
    """
    tag, limit = crossed["tag"].to_numpy(np.int64), crossed["limit"].tolist()
    exact = crossed["over"].to_numpy(np.float64)
    near = rounded(exact, told[tag])
    over = numbers(np.where(near == 0, exact, near))
    since = arrays.nanoseconds(crossed["since"]).tolist()
    times = [None if at == arrays.NEVER else at // 1_000_000 for at in since]
    rows = zip(tag.tolist(), limit, over, times, crossed["is_found"].tolist(), strict=True)
    return {
        str(i): [which, beyond, at] if is_found else [which, beyond]
        for i, which, beyond, at, is_found in rows
    }


def _gaps(gaps: Floats) -> Floats:
    """Return gaps at four significant digits, not below what they are: a page is never ahead."""
    scale = 10.0 ** (np.floor(np.log10(gaps)) - 3)
    return np.round(np.ceil(np.round(gaps / scale, 6)) * scale, 3)


def _carried(now: pd.Timestamp, tag_states: pd.DataFrame) -> arrays.Whole:
    """Return by how many whole seconds each reading is older than the database's clock says."""
    at = arrays.nanoseconds(tag_states["ts"])
    by_clock = gaps.ages(now.as_unit("ns").value, at)
    more = tag_states["age"].to_numpy(np.float64) - by_clock
    return np.floor(np.nan_to_num(np.maximum(more, 0.0))).astype(np.int64)


def _ages(now: pd.Timestamp, times: pd.Series, carried: arrays.Whole) -> list[int | None]:
    """Return whole seconds between the second of each reading and that of now, and the carried."""
    second = pd.DatetimeIndex(times).as_unit("ns").asi8 // 1_000_000_000
    this = now.value // 1_000_000_000
    absent = times.isna().to_numpy()
    whole = (this - second + carried).tolist()
    return [None if is_absent else age for is_absent, age in zip(absent, whole, strict=True)]


def readings(frame: pd.DataFrame) -> list[tuple[int, float | int | None, int]]:
    """Return readings as (ms since 1970, value with every digit, qc of the source)."""
    times = pd.DatetimeIndex(frame["ts"]).as_unit("ms").asi8.tolist()
    flags = frame["qc"].fillna(0).astype(int).tolist()
    return list(zip(times, numbers(frame["value"].to_numpy(np.float64)), flags, strict=True))


def curve(frame: pd.DataFrame) -> dict[str, Any]:
    """Return a curve as columns, with the start of its buckets [ms since 1970].

    Twelve digits: with six a signal of 5e8 ± 1 would be a flat line.
    """
    times = pd.DatetimeIndex(frame.index).as_unit("ms").asi8.tolist()
    drawn = {name: [float(f"{each:.12g}") for each in frame[name]] for name in frame.columns}
    return {"at": times, **{name: numbers(np.array(each)) for name, each in drawn.items()}}


def assessed(frame: pd.DataFrame) -> list[tuple[str, int]]:
    """Return quality and mask of reasons of readings; UNKNOWN where nothing is known of one."""
    codes = frame["quality"].fillna(quality.UNKNOWN).astype(int)
    words = [quality.QUALITIES[code] for code in codes]
    return list(zip(words, frame["reasons"].fillna(0).astype(int).tolist(), strict=True))


def changes(
    frame: pd.DataFrame,
) -> list[tuple[int, str, int, float | int | None, float | int | None, int | None]]:
    """Return changes of state as (ms since 1970, state, whole seconds that it lasted, value, …).

    After these the extreme of an alarm, and its time [ms since 1970].
    """
    times = pd.DatetimeIndex(frame["since"]).as_unit("ms").asi8.tolist()
    seconds = np.rint(frame["seconds"].to_numpy(np.float64)).astype(np.int64).tolist()
    values = numbers(frame["value"].to_numpy(np.float64))
    extremes = numbers(frame["extreme"].to_numpy(np.float64))
    moments = [None if pd.isna(at) else at.value // 1_000_000 for at in frame["extreme_at"]]
    rest = (frame["state"].tolist(), seconds, values, extremes, moments)
    return list(zip(times, *rest, strict=True))
