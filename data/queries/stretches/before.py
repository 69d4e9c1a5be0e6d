"""What tags were in just before a window: the readings by which their limits stood."""

from datetime import timedelta

import numpy as np
import pandas as pd

from data.analysis import alarms, arrays, quality
from data.queries.asking import read_frame
from data.queries.deciding import Question, at_once, deciding_readings
from data.queries.plan import ns_of, time_of
from data.queries.relations import catalog
from data.queries.stretches.asking import JUST, Asked, spacings, trusted
from data.sql import HOURS_BACK, before_row_statement, newest_before_statement, trusted_statement

NUMBERS = ("min", "max", "first", "last")


def surely_inside(asked: Asked, begin: int, width: int, *, adjacent: bool) -> arrays.Mask:
    """Return which tags had been quiet in the newest row of a rollup before a time [ns].

    Parameters
    ----------
    adjacent : only a row that ends just then tells
    """
    start = time_of(begin) - HOURS_BACK
    values = {
        "tags": [each.tag for each in asked.questions],
        "floors": asked.quiet.floor.tolist(),
        "ceilings": asked.quiet.ceiling.tolist(),
        "start": start,
        "stop": time_of(begin),
    }
    rows = read_frame(before_row_statement(width), values)
    tag = rows["tag"].to_numpy(np.int64)
    ends = arrays.nanoseconds(rows["bucket"]) + width * 10**9
    inside = np.zeros(len(asked.questions), dtype=bool)
    inside[tag[ends == begin] if adjacent else tag] = True
    return inside


def rows_before(asked: Asked, tags: arrays.Whole, begin: int) -> pd.DataFrame:
    """Return the readings of some tags before a time from which their state follows.

    As on the card: what decides each limit within the look-back, and the newest readings that are
    not BAD, however old. With the very newest one, where that is BAD.

    Returns
    -------
    DataFrame, columns tag, at [ns], seconds (0), min, max, first, last, by tag and time
    """
    none = {"tag": np.zeros(0, np.int64), "at": np.zeros(0, np.int64), "value": np.zeros(0)}
    if not len(tags):
        return _framed(pd.DataFrame(none))
    frame = pd.concat([_deciding(asked, tags, begin), _newest(asked, tags, begin)])
    frame = frame.sort_values(["tag", "at"], kind="stable")
    return _framed(frame.drop_duplicates(["tag", "at"], keep="last"))


def _framed(frame: pd.DataFrame) -> pd.DataFrame:
    value = frame.pop("value").to_numpy()
    return frame.assign(seconds=0.0, **dict.fromkeys(NUMBERS, value)).reset_index(drop=True)


def _deciding(asked: Asked, tags: arrays.Whole, begin: int) -> pd.DataFrame:
    """Return what decides each limit: columns tag, at, value."""
    questions, of_tag = list[Question](), list[int]()
    for place in tags.tolist():
        name, checks = asked.questions[place][:2]
        zone = alarms.zones(checks.limits, checks.deadband)
        for low, high in zip(zone.low.tolist(), zone.high.tolist(), strict=True):
            if not np.isnan(low):
                questions.append((name, low, high, checks.low, checks.high))
                of_tag.append(place)
    if not questions:  # of a tag without limits nothing decides
        none = np.zeros(0, np.int64)
        return pd.DataFrame({"tag": none, "at": none, "value": np.zeros(0)})
    spacing = spacings([asked.questions[place].tag for place in tags.tolist()], 3, begin)
    size = at_once(float(np.nanmin(spacing, initial=60.0)))
    parts = [
        deciding_readings.function(tuple(questions[first : first + size]), time_of(begin - JUST))
        for first in range(0, len(questions), size)
    ]
    frame = pd.concat(parts, ignore_index=True).assign(tag=of_tag)
    frame = frame[frame["ts"].notna()]
    return frame.assign(at=arrays.nanoseconds(frame["ts"]))[["tag", "at", "value"]]


def _newest(asked: Asked, tags: arrays.Whole, begin: int) -> pd.DataFrame:
    """Return the newest readings of tags, as `_deciding`; a BAD one without its value."""
    names = [asked.questions[place].tag for place in tags.tolist()]
    many, until = asked.many.take(tags), time_of(begin) - timedelta(microseconds=1)
    values = {"tags": names, "lows": many.low.tolist(), "highs": many.high.tolist()}
    values |= {"untils": [until] * len(names)}
    values |= {"count": alarms.TRUSTED_COUNT, "depth": quality.LOOK_BACK}
    flagged = catalog().flagged
    rows = read_frame(trusted_statement(flagged), values)
    place = rows["tag"].to_numpy(np.int64)
    value = trusted(arrays.numbers(rows["value"]), arrays.flagged(rows), many.take(place))
    found = pd.DataFrame({"tag": tags[place], "at": arrays.nanoseconds(rows["ts"]), "value": value})
    newest = read_frame(newest_before_statement(flagged), {"tags": names, "at": until})
    last = found.groupby("tag")["at"].max()
    bad = pd.DataFrame({"tag": tags[newest["tag"]], "at": arrays.nanoseconds(newest["ts"])})
    bad = bad[bad["at"] > last.reindex(bad["tag"]).fillna(ns_of(time_of(0))).to_numpy()]
    return pd.concat([found, bad.assign(value=np.nan)])
