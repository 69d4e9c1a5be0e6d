"""How far back a window is compared, held against Python's own arithmetic of clocks."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from data import buckets
from data.analysis import arrays, comparison, kinds
from data.errors import BadInput
from data.views import view

NOW = datetime(2026, 11, 25, 13, 26, 31, tzinfo=UTC)
ZONES = ("Europe/Berlin", "Asia/Seoul", "Australia/Lord_Howe", "Europe/Dublin", "America/St_Johns")
#: Days around the changes of clocks of those zones in 2026, north and south.
CHANGES = ("2026-03-08", "2026-03-29", "2026-04-05", "2026-10-04", "2026-10-25", "2026-11-01")


def _ns(times: list[datetime]) -> np.ndarray:
    return np.array([round(each.timestamp()) * 10**9 for each in times], np.int64)


def _by_hand(at: datetime, zone: str, back: timedelta) -> datetime | None:
    """The first instant at which the clock reads as much less; None where it never did."""
    site = ZoneInfo(zone)
    wanted = at.astimezone(site).replace(tzinfo=None) - back
    # Look at each instant around, not at what any library says of folds.
    begin = datetime(wanted.year, wanted.month, wanted.day, tzinfo=UTC) - timedelta(days=1)
    step = timedelta(minutes=15)
    for n in range(4 * 24 * 4):
        instant = begin + n * step
        if instant.astimezone(site).replace(tzinfo=None) == wanted:
            return instant
    return None


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", CHANGES)
@pytest.mark.parametrize(("token", "back"), [("-1d", 1), ("-1w", 7)])
def test_a_day_and_a_week_before_are_told_by_the_clock(
    zone: str, day: str, token: str, back: int
) -> None:
    noon = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
    # On both sides of a change: it lies in the window, in the other one, or between.
    for first in (noon - timedelta(days=1), noon + timedelta(days=back - 1)):
        times = [first + n * timedelta(minutes=15) for n in range(4 * 26)]
        shift = comparison.time_shift(token, first, NOW, zone)
        found = shift.earlier(_ns(times)).tolist()
        wanted = [_by_hand(each, zone, timedelta(days=back)) for each in times]
        assert found == [arrays.NEVER if w is None else _ns([w])[0] for w in wanted]


def test_an_hour_before_is_one_that_passed() -> None:
    change = datetime(2026, 10, 25, 1, tzinfo=UTC)  # Berlin sets its clock back from 3 to 2
    shift = comparison.time_shift("-1h", change, NOW, "Europe/Berlin")
    assert shift.earlier(_ns([change])).tolist() == _ns([change - timedelta(hours=1)]).tolist()


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", CHANGES)
def test_the_other_window_holds_all_that_a_window_is_compared_with(zone: str, day: str) -> None:
    first = datetime.fromisoformat(day).replace(tzinfo=UTC) - timedelta(hours=20)
    for hours in (0, 5, 11, 17, 23):
        start = first + timedelta(hours=hours)
        stop = start + timedelta(hours=21)
        times = [start + n * timedelta(minutes=15) for n in range(4 * 21)]
        for token in comparison.TOKENS:
            shift = comparison.time_shift(token, start, NOW, zone)
            begin, end = shift.moved(start, stop)
            found = shift.earlier(_ns(times))
            found = found[found != arrays.NEVER]
            assert _ns([begin])[0] <= found.min() and found.max() < _ns([end])[0]


@pytest.mark.parametrize("zone", ZONES)
def test_what_is_compared_with_a_time_is_found_from_the_other_side_too(zone: str) -> None:
    first = datetime(2026, 10, 1, tzinfo=UTC)
    at = _ns([first + n * timedelta(minutes=30) for n in range(48 * 40)])
    shift = comparison.time_shift("-1w", first, NOW, zone)
    there = shift.earlier(at)
    back = shift.later(there[there != arrays.NEVER])
    assert (shift.earlier(back) == there[there != arrays.NEVER]).all()


@pytest.mark.parametrize(
    ("start", "shifts", "back"),
    [
        ("2026-11-25T16:00", (time(6), time(14), time(22)), 8),
        ("2026-11-25T14:00", (time(6), time(14), time(22)), 8),
        ("2026-11-25T03:00", (time(6), time(14), time(22)), 8),
        # 06 to 18 and 18 to 06 but for the night: the shift before the one it starts in.
        ("2026-11-25T19:00", (time(6), time(18, 30)), 12.5),
        ("2026-11-25T07:00", (time(6), time(18, 30)), 11.5),
        ("2026-11-25T07:00", (time(6),), 24),
    ],
)
def test_a_shift_before_is_as_far_back_as_the_shift_before_was_long(
    start: str, shifts: tuple[time, ...], back: float
) -> None:
    begin = datetime.fromisoformat(start).replace(tzinfo=ZoneInfo("Asia/Seoul"))
    shift = comparison.time_shift("-1shift", begin, NOW, "Asia/Seoul", shifts)
    assert shift.back == timedelta(hours=back)


def test_a_typed_start_is_what_the_start_of_the_window_is_compared_with() -> None:
    start = datetime(2026, 11, 25, 13, 0, tzinfo=UTC)
    for text in (
        "2026-11-20",
        "2026-11-20T00:00",
        "2026. 11. 20.",
        "2026년 11월 20일",
        "2026-11-19T15:00Z",
        "2026-11-19T24:00+09:00",
    ):
        shift = comparison.time_shift(text, start, NOW, "Asia/Seoul")
        assert shift.moved(start, NOW)[0] == datetime(2026, 11, 19, 15, tzinfo=UTC), text


@pytest.mark.parametrize("window", ["24h", "today", "now-2d/now-1d"])
def test_a_typed_start_beside_a_zoom_holds_still_while_its_window_moves(window: str) -> None:
    zoom = "2026-11-25T10:00+09:00/2026-11-25T11:00+09:00"
    query = {"tag": ["D101"], "window": window, "zoom": zoom, "compare": "2026-11-20T06:00"}
    moments = (NOW, NOW + timedelta(hours=1), NOW + timedelta(days=2))
    shifts = [view(query, now, "Asia/Seoul").compare for now in moments]
    said = {**query, "compare": "2026-11-20T06:00/2026-11-25T10:00"}  # as the page writes it
    assert shifts == [view(said, NOW, "Asia/Seoul").compare] * 3


def test_a_zoom_keeps_how_far_back_a_typed_start_is() -> None:
    base = datetime(2026, 11, 25, 3, tzinfo=UTC)
    zoomed = base + timedelta(minutes=77, seconds=13)
    shift = comparison.time_shift("2026-11-20T06:00", zoomed, NOW, "Asia/Seoul", base=base)
    assert shift.back == timedelta(days=5, hours=6)
    said = shift.start(zoomed)  # of a link that knows the zoomed start alone
    assert comparison.time_shift(said, zoomed, NOW, "Asia/Seoul").back == shift.back


def test_what_is_looked_at_in_a_live_window_is_compared_with_the_same_at_any_time() -> None:
    zoom = "2026-11-25T10:00+09:00/2026-11-25T11:00+09:00"
    held = "2026-11-20T06:00:00/2026-11-25T06:00:00+09:00"  # as the page writes it at a zoom
    query = {"tag": ["D101"], "window": "24h", "zoom": zoom, "compare": held}
    for later in (timedelta(0), timedelta(minutes=10), timedelta(days=3)):
        looked = view(query, NOW + later, "Asia/Seoul").compare
        assert looked.back == timedelta(days=5)
        assert looked.start(datetime(2026, 11, 25, 1, tzinfo=UTC)) == "2026-11-20T10:00:00"


def test_two_times_of_which_one_is_compared_with_the_other_hold_whatever_is_looked_at() -> None:
    start = datetime(2026, 11, 25, 3, tzinfo=UTC)
    for text in ("2026-11-20/2026-11-25", "2026-11-19T15:00Z/2026-11-24T15:00:00.000+00:00"):
        assert comparison.time_shift(text, start, NOW, "Asia/Seoul").back == timedelta(days=5)
    for text in ("2026-11-20/", "/2026-11-20", "2026-11-20/x", "2026-11-20/2026-11-21/2026-11-22"):
        with pytest.raises(BadInput) as refusal:
            comparison.time_shift(text, start, NOW, "Asia/Seoul")
        assert refusal.value.key == "unknown_compare"


def test_a_shift_before_is_that_of_what_is_looked_at_as_its_rows_and_links_have_it():
    shifts = (time(7), time(15, 30), time(23, 30))
    zoom = ("2026-11-24T16:00+09:00", "2026-11-24T18:00+09:00")
    query = {"tag": ["D101"], "compare": "-1shift"}
    zoomed = view({**query, "window": "60h", "zoom": "/".join(zoom)}, NOW, "Asia/Seoul", shifts)
    linked = view({**query, "start": zoom[0], "stop": zoom[1]}, NOW, "Asia/Seoul", shifts)
    assert zoomed.compare == linked.compare
    assert zoomed.compare.back == timedelta(hours=8, minutes=30)
    whole = view({**query, "window": "60h"}, NOW, "Asia/Seoul", shifts)
    assert whole.compare.back != zoomed.compare.back


def test_a_typed_start_is_as_many_whole_buckets_back_as_fit() -> None:
    start = datetime(2026, 11, 25, 13, 26, 31, 500_000, tzinfo=UTC)
    shift = comparison.time_shift("2026-11-20", start, NOW + timedelta(hours=1), "Asia/Seoul")
    assert shift.of(buckets.resolution("10m")).back == timedelta(days=5, hours=22, minutes=20)
    assert shift.of(buckets.resolution("1d")).back == timedelta(days=5)
    assert shift.of(None) == shift


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("last week", "unknown_compare"),
        ("-2d", "unknown_compare"),
        ("1d", "unknown_compare"),
        ("2026-02-30", "unknown_compare"),
        ("9999-12-31T23:59:59", "compare_future"),
        ("0001-01-01", "time_before_1970"),
        ("1969-12-31", "time_before_1970"),
        ("2026-11-26", "compare_future"),
        ("2026-11-20\x00", "unknown_compare"),
        ("<script>", "unknown_compare"),
    ],
)
def test_nonsense_is_refused_by_name_and_value(text: str, key: str) -> None:
    with pytest.raises(BadInput) as refused:
        comparison.time_shift(text, NOW - timedelta(days=1), NOW, "Asia/Seoul")
    assert refused.value.key == key
    assert "compare" in str(refused.value) and repr(text) in str(refused.value)


def test_a_bucket_is_compared_with_none_of_another_width() -> None:
    berlin, width = ZoneInfo("Europe/Berlin"), buckets.resolution("1d")
    days = [datetime(2026, 10, day, tzinfo=berlin) for day in (24, 25, 26)]
    shift = comparison.time_shift("-1d", days[0], NOW, "Europe/Berlin")
    found = shift.alike(_ns(days), width)
    # The 25th has 25 hours: neither it nor the day after it has one of its width before it.
    assert found.tolist() == [_ns([datetime(2026, 10, 23, tzinfo=berlin)])[0], *[arrays.NEVER] * 2]
    hour = comparison.time_shift("-1h", days[0], NOW, "Europe/Berlin")
    assert (hour.alike(_ns(days), width) == arrays.NEVER).all()


def test_the_repeated_hour_is_compared_with_the_same_hour_twice_and_is_compared_once() -> None:
    zone, width = "Europe/Berlin", buckets.resolution("1h")
    first = datetime(2026, 10, 25, 0, tzinfo=UTC)  # 02:00, before and after the clock goes back
    both = _ns([first, first + timedelta(hours=1)])
    shift = comparison.time_shift("-1w", first, NOW, zone)
    assert shift.alike(both, width).tolist() == [_ns([first - timedelta(days=7)])[0]] * 2
    after = _ns([first + timedelta(days=7, hours=1)])
    assert shift.alike(after, width).tolist() == [both[0]]
    assert shift.later(both).tolist() == [after[0], arrays.NEVER]


def test_differences_are_of_the_kind_of_the_number() -> None:
    here, there = np.array([10.0, 350.0, np.nan]), np.array([350.0, 10.0, 1.0])
    assert comparison.deltas(kinds.ANGLE, here, there)[:2].tolist() == [20.0, -20.0]
    assert comparison.deltas(kinds.VALUE, here, there)[:2].tolist() == [-340.0, 340.0]
    assert np.isnan(comparison.deltas(kinds.ANGLE, here, there)[2])
    assert comparison.column(kinds.STATE) is None
    assert comparison.column(kinds.COUNTER, "max") == "difference"
    assert comparison.column(kinds.ANGLE) == "last"
    assert comparison.column(kinds.VALUE, "max") == "max"
