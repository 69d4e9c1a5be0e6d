"""Who answers which part of a window."""

import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.buckets import RAW, resolution
from data.db import clock
from data.queries.plan import Request, Segment, Source, cut, ends_at_edge, segments_of

START = datetime(2026, 3, 1, tzinfo=UTC)
STOP = START + timedelta(hours=50)


def at(minutes: float) -> datetime:
    """Return a time that many minutes into the window."""
    return START + timedelta(minutes=minutes)


def source(width: int, first: int, newest: int) -> Source:
    """Return a source whose outermost buckets hold those minutes."""
    step = max(width // 60, 1)
    return Source(width, at(first // step * step), at(newest // step * step))


def test_one_rollup_answers_an_old_window_it_has_wholly() -> None:
    sources = [source(3_600, 0, 2_999), source(60, 0, 2_999), source(RAW, 0, 2_999)]
    assert segments_of(sources, START, STOP, live=False) == [Segment(3_600, START, STOP)]


def test_the_filling_buckets_of_a_live_window_come_from_finer_sources() -> None:
    sources = [source(3_600, 0, 2_999), source(60, 0, 2_999), source(RAW, 0, 2_999)]
    assert segments_of(sources, START, STOP, live=True) == [
        Segment(3_600, START, at(2_940)),
        Segment(60, at(2_940), at(2_999)),
        Segment(RAW, at(2_999), STOP),
    ]


def test_what_lies_before_a_late_made_rollup_comes_from_finer_sources() -> None:
    sources = [source(3_600, 1_200, 2_999), source(60, 600, 2_999), source(RAW, 0, 2_999)]
    assert segments_of(sources, START, STOP, live=False) == [
        Segment(RAW, START, at(600)),
        Segment(60, at(600), at(1_200)),
        Segment(3_600, at(1_200), STOP),
    ]


def test_readings_that_are_gone_leave_the_rollups_to_answer() -> None:
    sources = [source(3_600, 0, 2_999), source(RAW, 2_990, 2_995)]
    assert segments_of(sources, START, STOP, live=False) == [Segment(3_600, START, STOP)]


def test_nothing_there_needs_no_segment() -> None:
    assert segments_of([], START, STOP, live=True) == []


@st.composite
def histories(draw: st.DrawFn) -> tuple[set[int], list[Source], dict[int, set[int]]]:
    """Return minutes that have readings, and sources that each lack a beginning and an end."""
    minutes = draw(st.sets(st.integers(0, 2_999), min_size=1, max_size=40))
    sources, holds = [], {}
    for width in (86_400, 3_600, 600, 60, RAW):
        step = max(width // 60, 1)
        bounds = st.tuples(st.integers(0, 3_000), st.integers(0, 3_000))
        low, high = (0, 3_000) if width == RAW else sorted(draw(bounds))
        held = {m for m in minutes if low <= m // step * step <= high - step}
        if held:
            holds[width] = held
            sources.append(source(width, min(held), max(held)))
    return minutes, sources, holds


@given(history=histories(), live=st.booleans())
def test_every_reading_is_answered_once_by_a_source_that_has_it(
    history: tuple[set[int], list[Source], dict[int, set[int]]], live: bool
) -> None:
    minutes, sources, holds = history
    segments = segments_of(sources, START, STOP, live)
    assert segments[0].start == START and segments[-1].stop == STOP
    assert all(a.stop == b.start for a, b in pairwise(segments))
    assert all(segment.start < segment.stop for segment in segments)
    for minute in minutes:
        step_segment = [segment for segment in segments if _answers(segment, minute)]
        assert len(step_segment) == 1
        assert minute in holds[step_segment[0].width]


def _answers(segment: Segment, minute: int) -> bool:
    step = max(segment.width // 60, 1)
    return segment.start <= at(minute // step * step) < segment.stop


@pytest.mark.parametrize(
    ("token", "zone", "edge"), [("6h", "UTC", 2_880), ("1d", "Asia/Seoul", 2_340)]
)
def test_the_bulk_is_cut_from_its_tail_where_a_bucket_ends(
    token: str, zone: str, edge: int
) -> None:
    width = resolution(token)
    segments = cut([Segment(3_600, START, at(2_940)), Segment(RAW, at(2_940), STOP)], width, zone)
    assert [segment.stop for segment in segments] == [at(edge), at(2_940), STOP]
    assert ends_at_edge(segments[0], width, zone)
    assert not ends_at_edge(segments[1], width, zone)


def test_readings_and_segments_within_one_bucket_are_not_cut() -> None:
    width = resolution("1w")
    for segments in ([Segment(RAW, START, STOP)], [Segment(3_600, at(1_500), at(1_600))]):
        assert cut(segments, width, "UTC") == segments


def test_a_window_ends_now_while_nobody_knows_what_time_it_is(monkeypatch) -> None:
    """Taken for one that lies still it would be shown for as long as those."""
    monkeypatch.setattr(clock, "shared", lambda: math.nan)
    assert Request("a", None, START, STOP, "UTC").live
