"""The rows of a chart as arrays: cell by cell what the history of each tag says."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from api.csv_rows import TECH, TREND, document
from data.analysis import coverage, kinds, quality
from data.export import harmless
from data.queries import Tag
from data.views import BUCKET_COLUMNS, INDICATOR_COLUMNS, OfKind, TagSeries, columns, rows
from data.views.presence import nothing_missing

NOW = datetime(2026, 3, 29, 1, tzinfo=UTC)  # the clocks of Europe go on in the window
ZONES = ("UTC", "Asia/Seoul", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu")
NAMES = ("D101", "=1+1", "가,나", 'a"b', "x\ny", "온도 1", "")
UNITS = ("", "bar", "%", "-", "개/분", 'm"')
ODD = (0.0, -0.0, 1.0, 1e10, 1e16, 1e-4, 9.9e-5, -1e10, 1e22, 5e-324, np.inf, -np.inf, np.nan)
#: A reading every five seconds is expected.
DUE = coverage.expectation(coverage.parts(0, 2**61), [], 0).with_period(5.0)
STATES = {"0": "정지, 대기", "1": "=RUN", "2.5": ""}


def values_of(chance: np.random.Generator, count: int) -> np.ndarray:
    """Return numbers of which some are missing, whole or odd."""
    found = np.round(chance.normal(20, 30, count), int(chance.integers(0, 4)))
    odd = chance.random(count) < 0.2
    return np.where(odd, chance.choice(ODD, count), found)


def frame_of(chance: np.random.Generator, seconds: int, kind: str, zone: str) -> pd.DataFrame:
    """Return a history as the readers give it; of single readings every number is the reading."""
    count = int(chance.integers(0, 60))
    step = seconds or 5
    gone_by = np.cumsum(chance.integers(1, 4, count)) * step
    begin = pd.Timestamp(NOW) - pd.Timedelta(seconds=120 * step)
    tenths = np.zeros(count) if seconds else chance.choice([0, 200_000, 123_456], count)
    at = begin + pd.to_timedelta(gone_by * 10**6 + tenths.astype(int), unit="us")
    names = ("avg", "min", "max", "last", "first")
    n = chance.integers(0, 2 if not seconds else 300, count)
    measured = values_of(chance, count)
    good = measured if seconds else np.where(n > 0, measured, np.nan)
    numbers = {name: values_of(chance, count) if seconds else good for name in names}
    bad = chance.integers(0, 3, count) if seconds else 1 - n
    frame = pd.DataFrame(
        {
            "n": n,
            **numbers,
            "bad": bad,
            "bad_value": np.where(bad > 0, values_of(chance, count), np.nan),
            "unknown": chance.random(count) < 0.3 if seconds else False,
            "marked": chance.random(count) < 0.1 if seconds else False,
            "remade": chance.random(count) < 0.3 if seconds else False,
            "seconds": float(seconds),
        },
        pd.DatetimeIndex(at).tz_convert(zone).as_unit("us"),
    )
    if kind == kinds.COUNTER:
        frame = frame.assign(difference=values_of(chance, count), reset=chance.random(count) < 0.3)
    if kind == kinds.ANGLE:
        frame = frame.assign(resultant=chance.random(count))
    if kind != kinds.VALUE:
        frame = frame.assign(avg=np.nan)
    return frame


def series(chance: np.random.Generator, seconds: int, zone: str) -> TagSeries:
    """Return the series of a tag of any kind, judged by chance."""
    kind = str(chance.choice([kinds.VALUE, kinds.VALUE, kinds.STATE, kinds.ANGLE, kinds.COUNTER]))
    frame = frame_of(chance, seconds, kind, zone)
    states = STATES if kind == kinds.STATE else None
    marks = quality.Marks(
        chance.choice([-1, 0, 1, 2], len(frame)).astype(np.int8),
        chance.choice([0, 0, 0, 2, 24, 511], len(frame)).astype(np.int16),
    )
    return TagSeries(
        tag=Tag(str(chance.choice(NAMES)), "", str(chance.choice(UNITS)), states, kind=kind),
        frame=frame,
        resolution="1m" if seconds else "raw",
        seconds=float(seconds),
        source="influx_hist",
        spacing=None,
        find_presence=lambda: nothing_missing(DUE) if seconds else pytest.fail("nobody asks"),
        marks=lambda: marks,
        readings=0,
        until=NOW,
        as_of=NOW,
        error=None,
        of_kind=None if kind == kinds.VALUE else OfKind(),
    )


def number(value: float) -> str:
    """Return a number as Python writes it, nothing for NaN."""
    return "" if value != value else repr(float(value))


def line(item: TagSeries, place: int, names: Sequence[str]) -> dict[str, str] | None:
    """Return the cells of a row by name, None where a chart has no point of it."""
    row, found = item.frame.iloc[place], dict[str, str]()
    for name in (name for name in names if name != "n"):
        as_read = not item.seconds and not (name == "avg" and item.of_kind)
        found[name] = number(row["bad_value"] if as_read and row[name] != row[name] else row[name])
    n, bad = int(row["n"]), int(row["bad"])
    if not n + bad and all(row[name] != row[name] for name in names if name != "n"):
        return None
    marks, uncounted = item.marks(), bool(row["unknown"] or row["marked"])
    last = row["bad_value"] if not item.seconds and row["last"] != row["last"] else row["last"]
    is_state = item.tag.kind == kinds.STATE and "last" in names
    stop = row.name + pd.Timedelta(seconds=item.seconds)
    return found | {
        "tag": harmless(item.tag.name),
        "time": row.name.isoformat(),
        "n": str(n),
        "bad": "" if uncounted else str(bad),
        "bad_value": number(row["bad_value"]),
        "share": "" if uncounted or not (item.seconds and n + bad) else repr(n / (n + bad)),
        "coverage": number(item.bucket_coverage[place]),
        "unit": harmless(item.tag.unit),
        "filling": str(bool(item.seconds) and stop > pd.Timestamp(NOW)).lower(),
        "remade": str(bool(row["remade"])).lower(),
        "quality": quality.QUALITIES[int(marks.quality[place])],
        "reasons": " ".join(quality.reason_keys(int(marks.reasons[place]))),
        "difference": number(row.get("difference", np.nan)),
        "resultant": number(row.get("resultant", np.nan)),
        "reset": str(int(row["reset"])) if "reset" in row else "",
        "state": harmless(kinds.words([last], item.tag.states)[0]) if is_state else "",
    }


def by_hand(every: Sequence[TagSeries], numbers: Sequence[str], names: Sequence[str]) -> str:
    """Return the file of series row by row, newest first."""
    found = []
    for place, item in enumerate(every):
        for at in range(len(item.frame)):
            cells = line(item, at, numbers)
            if cells is not None:
                found.append((-item.frame.index[at].value, place, cells))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\r\n", extrasaction="ignore")
    writer.writeheader()
    found.sort(key=lambda each: each[:2])
    for no, (_at, _place, cells) in enumerate(found, start=1):
        writer.writerow({"no": no, **cells})
    return text.getvalue()


@pytest.mark.parametrize("seed", range(60))
def test_the_file_of_a_chart_has_row_by_row_what_the_histories_say(seed):
    chance = np.random.default_rng(seed)
    seconds, zone = (0, 60, 600)[seed % 3], ZONES[seed % len(ZONES)]
    every = [series(chance, seconds, zone) for _ in range(int(chance.integers(0, 4)) or 1)]
    expected = by_hand(every, BUCKET_COLUMNS, TREND)
    assert document(columns(every, NOW), TREND).decode() == expected
    assert document(rows(every, NOW), TREND).decode() == expected, "and so says its table"


@pytest.mark.parametrize("seed", range(30))
def test_so_has_that_of_indicators(seed):
    chance = np.random.default_rng(seed)
    item = series(chance, 60, ZONES[seed % len(ZONES)])
    frame = item.frame.assign(
        **{name: values_of(chance, len(item.frame)) for name in INDICATOR_COLUMNS if name != "n"}
    )
    empty = chance.random(len(frame)) < 0.3  # an indicator reaches into a bucket without readings
    frame.loc[empty, ["n", "bad"]] = 0
    frame.loc[empty & (chance.random(len(frame)) < 0.5), list(INDICATOR_COLUMNS[:-1])] = np.nan
    item = replace(item, frame=frame)
    expected = by_hand([item], INDICATOR_COLUMNS, TECH)
    assert document(columns([item], NOW, INDICATOR_COLUMNS), TECH).decode() == expected
    assert document(rows([item], NOW, INDICATOR_COLUMNS), TECH).decode() == expected


def test_a_chart_of_no_tag_has_the_names_of_its_columns():
    assert document(columns([], NOW), TREND).decode() == ",".join(TREND) + "\r\n"
