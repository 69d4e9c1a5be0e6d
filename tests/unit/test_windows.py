"""Windows, resolutions and the edges of buckets."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import buckets
from data.buckets import RESOLUTIONS, finest_for, resolution, snapped
from data.errors import SENTENCES, BadInput
from data.windows import UNITS, WINDOWS, absolute, parse

NOW = datetime(2026, 3, 31, 12, 34, 56, tzinfo=UTC)
ZONES = ("UTC", "Asia/Seoul", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe")
moments = st.datetimes(
    datetime(1971, 1, 1),  # noqa: DTZ001 - hypothesis takes bounds without a zone
    datetime(2036, 1, 1),  # noqa: DTZ001 - as above
).map(lambda moment: moment.replace(tzinfo=UTC))


def test_every_offered_window_can_be_parsed_and_names_itself() -> None:
    assert [parse(token).token for token in WINDOWS] == list(WINDOWS)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("60m", timedelta(hours=1)),
        ("30 min", timedelta(minutes=30)),
        ("1 hour", timedelta(hours=1)),
        ("2 Weeks", timedelta(days=14)),
        ("24h", timedelta(days=1)),
    ],
)
def test_a_window_is_as_long_as_its_token_says(text: str, length: timedelta) -> None:
    start, stop = parse(text).bounds(NOW, "Asia/Seoul")
    assert (stop, stop - start) == (NOW, length)


def test_months_go_by_the_calendar_of_the_site_and_stop_at_short_ones() -> None:
    start, _ = parse("1mo").bounds(NOW, "UTC")
    assert start == datetime(2026, 2, 28, 12, 34, 56, tzinfo=UTC)


def test_a_month_back_over_a_change_of_clocks_keeps_the_time_of_day() -> None:
    start, stop = parse("1mo").bounds(NOW, "America/New_York")
    zone = ZoneInfo("America/New_York")
    assert start.astimezone(zone).time() == stop.astimezone(zone).time()


@pytest.mark.parametrize("text", ["", "9q", "0m", "1M", "m", "-5m", "5.5m", "1h 30m", "٣m", "raw"])
def test_an_unknown_window_is_refused_with_its_name_and_the_form(text: str) -> None:
    with pytest.raises(BadInput, match="such as 45m or 12mo, or give start and stop") as refusal:
        parse(text)
    assert repr(text) in str(refusal.value)


def test_the_form_of_a_window_names_every_unit_and_its_examples_are_windows() -> None:
    said = SENTENCES["unknown_window"]
    units = re.search(r"a number with (.+? or \w+),", said)
    assert units and re.split(", | or ", units[1]) == list(UNITS)
    examples = re.findall(r"\d+[a-z]+", said)
    assert [parse(token).token for token in examples] == examples == ["45m", "12mo"]


@pytest.mark.parametrize("text", ["99y", "999999999y", "999999999d", "700mo"])
def test_a_window_that_starts_before_1970_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="before 1970"):
        parse(text).bounds(NOW, "Asia/Seoul")


def test_a_time_without_offset_is_one_of_the_site_zone() -> None:
    window = absolute("2026-01-01", "2026-01-02T00:00:00Z", "Asia/Seoul")
    assert window.start == datetime(2025, 12, 31, 15, tzinfo=UTC)
    assert window.stop == datetime(2026, 1, 2, tzinfo=UTC)
    assert not window.relative


@pytest.mark.parametrize("night", ["2026-03-28", "2026-10-24", "2026-11-20"])
@pytest.mark.parametrize("over", ["{next}T06:00", "{next} 06:00:00", "{night}T24:00"])
def test_an_address_takes_times_over_midnight_by_the_clock_of_the_zone(night: str, over: str):
    berlin, day = ZoneInfo("Europe/Berlin"), date.fromisoformat(night)
    following = day + timedelta(days=1)
    window = absolute(f"{night}T22:00", over.format(night=night, next=following), berlin.key)
    hour = 0 if "24" in over[-5:] else 6
    expected = [
        datetime(each.year, each.month, each.day, at, tzinfo=berlin)
        for each, at in ((day, 22), (following, hour))
    ]
    assert [window.start, window.stop] == expected


@pytest.mark.parametrize("end", ["24:00", "24:00:00.000", "24:00Z", "24:00:00+09:00", "24", "2400"])
def test_the_end_of_a_day_is_the_start_of_the_next(end: str) -> None:
    begin = end.replace("24", "00", 1)
    window = absolute("2026-01-01", f"2026-02-28T{end}", "Asia/Seoul")
    assert window.stop == absolute("2026-01-01", f"2026-03-01T{begin}", "Asia/Seoul").stop
    for beyond in ("24:01", "24:00:01", "25:00", "124:00", "24:00:00.1"):
        with pytest.raises(BadInput):
            absolute("2026-01-01", f"2026-02-28T{beyond}", "Asia/Seoul")


@pytest.mark.parametrize(
    ("start", "stop", "key"),
    [
        ("22:00", "06:00", "unreadable_time"),
        ("2026-01-01", "9999-12-31T24:00", "unreadable_time"),
        ("2026-01-02", "2026-01-01", "start_after_stop"),
        ("2026-01-01", "2026-01-01", "start_after_stop"),
        ("yesterday", "2026-01-01", "unreadable_time"),
        ("2026-13-01", "2026-01-01", "unreadable_time"),
        (None, "2026-01-01", "unreadable_time"),
        ("0001-01-01", "2026-01-01", "time_before_1970"),
        ("1969-12-31T23:59:59Z", "2026-01-01", "time_before_1970"),
    ],
)
def test_bad_bounds_are_refused_by_name(start: str, stop: str, key: str) -> None:
    with pytest.raises(BadInput) as refusal:
        absolute(start, stop, "UTC")
    assert refusal.value.key == key


def test_the_first_and_last_year_of_the_calendar_are_refused_not_an_overflow() -> None:
    with pytest.raises(BadInput):
        absolute("0001-01-01T00:00:00+14:00", "2026-01-01", "Asia/Seoul")
    with pytest.raises(BadInput, match="1970"):
        absolute("0001-01-01T00:00:00", "2026-01-01", "Asia/Seoul")
    with pytest.raises(BadInput):
        absolute("2026-01-01", "9999-12-31T23:59:59-01:00", "Asia/Seoul")
    with pytest.raises(BadInput, match="9999-12-31 23:00:00"):
        absolute("9999-12-31T23:00:00Z", "2026-01-01", "Asia/Seoul")
    with pytest.raises(BadInput, match="more than a day"):
        absolute("2026-01-01", "9999-12-31T23:00:00Z", "Asia/Seoul").bounds(NOW, "Asia/Seoul")


def test_a_window_more_than_a_day_ahead_is_refused_and_a_day_is_not() -> None:
    day = timedelta(days=1)
    assert absolute(NOW - day, NOW + day, "UTC").bounds(NOW, "UTC") == (NOW - day, NOW + day)
    with pytest.raises(BadInput, match="more than a day"):
        absolute(NOW, NOW + day + timedelta(seconds=1), "UTC").bounds(NOW, "UTC")


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "Asia", "../etc/passwd", "a\0b", "가나"])
def test_an_unknown_zone_is_refused_by_name(zone: str) -> None:
    with pytest.raises(BadInput) as refusal:
        absolute("2026-01-01", "2026-01-02", zone)
    assert refusal.value.values == {"zone": zone}


def test_resolutions_are_known_by_every_spelling_of_their_length() -> None:
    assert [resolution(known.token) for known in RESOLUTIONS] == list(RESOLUTIONS)
    assert resolution("60m") == resolution("1h") == resolution("3600s")
    assert resolution("7d").token == "1w"


@pytest.mark.parametrize("token", ["raw", "7m", "1mo", "", "1 fortnight", "0s"])
def test_an_unknown_resolution_is_refused_with_the_choices(token: str) -> None:
    with pytest.raises(BadInput, match="1s, 2s, 5s"):
        resolution(token)


@given(
    span=st.floats(1, 60 * 365 * 86_400),
    pixels=st.one_of(st.none(), st.floats(), st.integers(-5, 10_000)),
    spacing=st.one_of(st.none(), st.floats(0.001, 1e6)),
)
def test_the_resolution_follows_the_pixels_and_bounds_the_rows(
    span: float, pixels: float | None, spacing: float | None
) -> None:
    chosen = finest_for(span, pixels, spacing)
    if chosen is None:
        assert spacing is None or span / spacing <= buckets.MAX_READINGS
    else:
        assert span / chosen.seconds <= buckets.MAX_ROWS
        finer = [known for known in RESOLUTIONS if known.seconds < chosen.seconds]
        fits = chosen.seconds <= span / 100 or not finer
        assert fits or span / finer[-1].seconds > buckets.MAX_ROWS or span < 100


@pytest.mark.parametrize(
    ("span", "pixels", "spacing", "token"),
    [
        (3_600, 1_000, 5, None),
        (6 * 3_600, 1_000, 5, "15s"),
        (86_400, 1_000, 5, "1m"),
        (86_400, 1_000, 600, None),
        (86_400, 320, 5, "2m"),
        (365 * 86_400, 1_000, 5, "6h"),
        (60, 1_000, 0.001, "1s"),
        (40 * 365 * 86_400, 1_000, None, "1w"),
    ],
)
def test_the_resolution_of_common_views(
    span: float, pixels: float, spacing: float | None, token: str | None
) -> None:
    chosen = finest_for(span, pixels, spacing)
    assert (chosen.token if chosen else None) == token


@given(
    moment=moments, zone=st.sampled_from(ZONES), width=st.sampled_from(RESOLUTIONS), more=moments
)
def test_snapping_moves_outward_by_less_than_a_bucket_and_only_once(
    moment: datetime, zone: str, width: buckets.Resolution, more: datetime
) -> None:
    first, last = sorted([moment, more])
    start, stop = snapped(first, last, width, zone)
    slack = timedelta(seconds=width.seconds + (3_600 if width.local else 0))
    assert start <= first < start + slack
    assert stop - slack < last <= stop
    assert snapped(start, stop, width, zone) == (start, stop)


@given(moment=moments, zone=st.sampled_from(ZONES))
def test_days_and_weeks_start_at_midnight_of_the_site_as_pandas_has_it(
    moment: datetime, zone: str
) -> None:
    local = pd.Timestamp(moment).tz_convert(zone)
    day = local.normalize()
    week = (local.tz_localize(None).normalize() - pd.Timedelta(days=local.weekday())).tz_localize(
        zone, ambiguous=True
    )
    assert buckets.floor(moment, resolution("1d"), zone) == day
    assert buckets.floor(moment, resolution("1w"), zone) == week


def test_the_offsets_of_a_window_show_a_change_of_clocks() -> None:
    year = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert buckets.offsets(*year, "America/New_York") == {-18_000, -14_400}
    assert buckets.offsets(*year, "Asia/Kathmandu") == {20_700}
    assert buckets.midnight(date(2026, 3, 8), "Asia/Seoul").hour == 15
