"""What is asked ahead for a chart: the same answer by the same statements, each once."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from data.analysis import comparison
from data.buckets import resolution
from data.db import cache
from data.db.pool import meanwhile, reading
from data.queries import readings
from data.views import TagSeries, View, both, histories
from tests.support.historians import Historian

pytestmark = pytest.mark.db
START = datetime(2026, 3, 1, tzinfo=UTC)
TAGS = ("D1", "D2", "D3")


@pytest.fixture
def plant(own: Historian) -> Historian:
    """Three tags of a reading every 10 s for two hours, each with a gap of its own."""
    times = pd.date_range(START, periods=720, freq="10s")
    for place, tag in enumerate(TAGS):
        value = pd.Series(np.sin(np.arange(720) / 50) + place, index=times)
        own.run(
            "INSERT INTO influx_qc_rule (tag_name, min_val, max_val, spike_zscore)"
            " VALUES (%s, -100, 100, 6)",
            (tag,),
        )
        own.write(value.drop(times[100 * place + 50 : 100 * place + 80]).to_frame("value"), tag)
    own.refresh()
    return own


def view_of(*tags: str, width: str | None = "1m", compares: bool = False) -> View:
    """Return a view of the two hours, or of the second beside the first; of minutes or readings."""
    hour = timedelta(hours=1)
    start, stop = START + hour * compares, START + 2 * hour
    shift = comparison.TimeShift("-1h", hour, "UTC") if compares else None
    each = resolution(width) if width else None
    return View(tags, start, stop, stop, "UTC", live=False, resolution=each, compare=shift)


def asked_anew(view: View, monkeypatch: pytest.MonkeyPatch) -> tuple[list[TagSeries], Counter[str]]:
    """Return the series of a view, and how often each statement about one tag was asked."""
    found, copy = Counter[str](), reading._copied

    def copied(sql: str, values: Any, pool: str | None = None) -> Any:
        if "tag" in values:  # of the catalog some are asked now and then
            found[f"{sql} {values!r}"] += 1
        return copy(sql, values, pool)

    cache.forget()
    with monkeypatch.context() as patch:
        patch.setattr(reading, "_copied", copied)
        series, refusals, against = both(view)
        assert [each.tag for each in against] == [item.tag for item in series if view.compare]
        series += [each.other for each in against if each.other is not None]
        gaps = [item.gaps for item in series]
        marks = [item.marks() for item in series]
    assert not refusals
    assert [len(each.quality) for each in marks] == [len(item.frame) for item in series]
    first_hours = [item for item in series if item.frame.index[0] < START + timedelta(hours=1)]
    assert [item for item in series if len(item.gaps)] == first_hours
    assert sum(len(each) for each in gaps) == len(first_hours) == len(view.tags)
    return series, found


@pytest.mark.parametrize(
    ("tags", "width", "compares"),
    [
        *((TAGS[:1], "1m", False), (TAGS, "1m", False)),
        *((TAGS[:1], None, False), (TAGS, None, False)),
        *((TAGS[:1], "1m", True), (TAGS, "1m", True), (TAGS, None, True)),
    ],
)
def test_the_answer_is_the_same_by_the_same_statements(
    plant: Historian,
    monkeypatch: pytest.MonkeyPatch,
    tags: tuple[str, ...],
    width: str | None,
    compares: bool,
) -> None:
    view = view_of(*tags, width=width, compares=compares)
    with monkeypatch.context() as patch:
        patch.setattr(meanwhile, "_may", lambda: False)
        alone, once = asked_anew(view, monkeypatch)
    begun, ask = list[int](), meanwhile._ask

    def noted(*work: Any) -> None:
        begun.append(1)
        ask(*work)

    monkeypatch.setattr(meanwhile, "_ask", noted)
    together, again = asked_anew(view, monkeypatch)
    assert begun
    assert again == once and once
    for one, other in zip(alone, together, strict=True):
        pd.testing.assert_frame_equal(one.frame, other.frame)
        pd.testing.assert_frame_equal(one.gaps.frame, other.gaps.frame)
        for marks in zip(one.marks(), other.marks(), strict=True):
            np.testing.assert_array_equal(*marks)
        assert one.coverage == other.coverage


def test_a_chart_whose_buckets_are_kept_reads_nothing_ahead(
    plant: Historian, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = view_of(TAGS[0])
    asked_anew(view, monkeypatch)
    begun = list[Any]()
    monkeypatch.setattr(meanwhile, "_ask", lambda *work: begun.append(work))
    monkeypatch.setattr(meanwhile, "_one", threading.Lock())  # what asks gives it back
    histories(view)
    assert not begun


@pytest.mark.parametrize(("most", "ahead"), [(2_000, True), (300, False)])
def test_times_are_read_ahead_where_readings_were_rare_for_most_of_the_window(
    own: Historian, monkeypatch: pytest.MonkeyPatch, most: int, ahead: bool
) -> None:
    """By the newest spacing alone the window would hold 8,640 readings; it holds 1,300."""
    rare = pd.date_range(START - timedelta(hours=10), START, freq="1min")
    often = pd.date_range(START, periods=700, freq="5s")
    own.write(pd.DataFrame({"value": 1.0}, index=rare.append(often[1:])), "D1")
    own.refresh()
    stop = (often[-1] + pd.Timedelta("5s")).to_pydatetime()
    view = View(("D1",), stop - timedelta(hours=10), stop, stop, "UTC", live=False)
    begun = list[Any]()
    monkeypatch.setattr(readings, "MOST_READINGS", most)
    monkeypatch.setattr(meanwhile, "_ask", lambda *work: begun.append(work))
    monkeypatch.setattr(meanwhile, "_one", threading.Lock())  # what asks gives it back
    histories(view)
    assert bool(begun) is ahead
