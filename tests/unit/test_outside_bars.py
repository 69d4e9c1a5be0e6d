"""Excursions in a trend: bars in the lanes, rows on paper, the line thicker where it was beyond."""

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from components.context.contents import _of_sources
from components.outside import bars, paper
from components.outside.bars import MOST_BARS
from components.outside.paper import MOST_ROWS
from data.analysis import alarms
from data.analysis.checks import Limits
from data.queries import Tag
from data.views import Excursions, view
from figures.axes import Line
from figures.excursions import thick
from figures.limits import levels_told
from figures.template import Figure

pytestmark = pytest.mark.usefixtures("in_english")
START = datetime(2026, 11, 25, tzinfo=UTC)
NOW = START + timedelta(hours=10)
VIEW = view({"tag": ["a", "b"], "window": "10h"}, NOW, "Asia/Seoul")
SERIES = [
    SimpleNamespace(tag=Tag("a"), seconds=60.0),
    SimpleNamespace(tag=Tag("b"), seconds=86_400.0),
]


def found(*rows: tuple[int, float, float | None, int]) -> Excursions:
    of = [
        {
            "tag": tag,
            "start": pd.Timestamp(START + timedelta(hours=start)),
            "stop": pd.NaT if stop is None else pd.Timestamp(START + timedelta(hours=stop)),
            "level": level,
        }
        for tag, start, stop, level in rows
    ]
    return Excursions((Tag("a"), Tag("b")), pd.DataFrame(of), ("influx_hist",) * 2, (0, 0))


def test_a_bar_goes_from_the_instant_of_its_start_to_that_of_its_stop() -> None:
    told = bars(found((0, 1, 2, alarms.WARNING), (0, 9, None, alarms.CRITICAL)), VIEW, SERIES)
    first, last = told
    assert first["start"] == START.timestamp() * 1_000 + 3_600_000
    assert first["stop"] - first["start"] == 3_600_000
    assert last["stop"] == NOW.timestamp() * 1_000, "one that is still on goes to now"
    assert [each["critical"] for each in told] == [False, True]
    assert [each["mark"] for each in told] == ["●", "●"], "as in the rows over the chart"


def test_of_a_tag_shown_by_days_no_bar_is_drawn_and_of_many_the_newest() -> None:
    assert bars(found((1, 1, 2, alarms.WARNING)), VIEW, SERIES) == []
    many = found(*((0, k / 100, (k + 0.5) / 100, alarms.WARNING) for k in range(MOST_BARS + 5)))
    told = bars(many, VIEW, SERIES)
    assert len(told) == MOST_BARS
    assert told[-1]["start"] == max(each["start"] for each in told)


def test_paper_has_the_newest_rows_and_says_of_how_many() -> None:
    texts = dict.fromkeys(("level", "limit", "start", "stop", "seconds"), "x")
    rows = [{"tag": f"t{k}", "texts": texts} for k in range(MOST_ROWS + 2)]
    head, table = paper(rows, 99, "")
    assert "".join(head.children) == f"Excursions of the window · The newest {MOST_ROWS} of 99"
    body = table.children[1].children
    assert len(body) == MOST_ROWS and body[0].children[0].children == f"t{MOST_ROWS + 1}"
    assert paper([], 0, "") == []
    assert "".join(paper(rows[:2], 2, "")[0].children) == "Excursions of the window"


def test_paper_says_as_the_page_does_why_excursions_are_missing() -> None:
    texts = dict.fromkeys(("level", "limit", "start", "stop", "seconds"), "x")
    note = "Buckets that may lack readings and were not checked: 3."
    assert paper([], 0, note)[-1].children == note
    assert paper([{"tag": "t", "texts": texts}], 1, note)[-1].children == note


def test_the_sheet_counts_the_buckets_that_nobody_looked_after() -> None:
    every = replace(found((0, 1, 2, alarms.WARNING)), unchecked=(2, 1))
    assert _of_sources(every) == ["Buckets that may lack readings and were not checked: 3."]


def line(values: list[float], seconds: float = 60.0) -> Line:
    index = pd.date_range(START, periods=len(values), freq=f"{seconds:.0f}s", tz="UTC")
    columns = ("avg", "min", "max", "last", "first")
    frame = pd.DataFrame({name: np.array(values) for name in columns}, index).assign(n=1.0)
    limits = Limits(hi=80, hi_hi=90)
    return Line("a", "", frame, None, seconds, limits=limits)


def thickened(of: Line) -> list[Figure]:
    levels = levels_told(of, of.frame).get("levels", "")
    return thick(of, of.frame, {"type": "scatter", "mode": "lines"}, "#000", "avg", levels)


def drawn(of: Line) -> list[float]:
    (trace,) = thickened(of)
    kind = "<" + trace["y"]["dtype"]
    return np.frombuffer(base64.b64decode(trace["y"]["bdata"]), kind).tolist()


def test_the_line_is_thick_where_a_limit_was_crossed_and_as_far_as_the_next_point() -> None:
    heights = drawn(line([50, 85, 95, 60, 50, 80, 50]))
    assert np.isnan(heights).tolist() == [True, False, False, False, True, False, False]


def test_a_line_within_its_limits_or_of_days_or_of_a_state_has_no_thick_part() -> None:
    for of in (line([50, 79.9]), line([50, 95], seconds=86_400), replace(line([95]), kind="state")):
        assert thickened(of) == []
