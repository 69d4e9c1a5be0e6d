"""Edges of buckets on the clock of a zone, against a walk minute by minute along that clock."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from data import buckets
from data.buckets import resolution

ZONES = (
    *("Asia/Seoul", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "Asia/Kathmandu"),
    *(
        "America/St_Johns",
        "Pacific/Apia",
        "America/Havana",
        "America/Sao_Paulo",
        "Antarctica/Troll",
    ),
)
TOKENS = ("1h", "2h", "3h", "4h", "6h", "12h", "1d", "1w")
MINUTE = timedelta(minutes=1)


def label(wall: datetime, seconds: int) -> datetime:
    """Return the edge of the clock, naive, that a reading of it lies after."""
    day = wall.replace(hour=0, minute=0, second=0, microsecond=0)
    if seconds == buckets.WEEK:
        return day - timedelta(days=day.weekday())
    return day + timedelta(seconds=(wall - day).total_seconds() // seconds * seconds)


def edges_by_hand(start: datetime, stop: datetime, seconds: int, zone: str) -> list[datetime]:
    """Walk along the clock: where does it first reach an edge, and where does each hour begin?"""
    site, found, last = ZoneInfo(zone), [], None
    highest = datetime.min  # noqa: DTZ901 - the latest edge of a clock
    time = start - timedelta(hours=26)
    while time <= stop:
        wall = time.astimezone(site).replace(tzinfo=None)
        if seconds == 3_600:
            jumped = last is not None and wall - last > MINUTE
            is_edge = wall.minute == 0 or (jumped and label(wall, seconds) > label(last, seconds))
        else:
            edge = label(wall, seconds)
            is_edge, highest = edge > highest, max(highest, edge)
        if is_edge and time >= start:
            found.append(time)
        last, time = wall, time + MINUTE
    return found


def moments(zone: str, seed: int) -> list[datetime]:
    """Return times of 1970 to 2037: changes of clocks, and some others."""
    draw = random.Random(seed)
    whole = (datetime(1970, 1, 3, tzinfo=UTC), datetime(2037, 12, 1, tzinfo=UTC))
    found = [change.at for change in buckets.changes(*whole, zone)]
    found = [at for at in found if at.second == 0]
    others = [whole[0] + draw.random() * (whole[1] - whole[0]) for _ in range(2)]
    return draw.sample(found, min(3, len(found))) + [t.replace(second=0) for t in others]


@pytest.mark.parametrize("token", TOKENS)
@pytest.mark.parametrize("zone", ZONES)
def test_edges_are_those_of_a_walk_along_the_clock(zone: str, token: str) -> None:
    width = resolution(token)
    for moment in moments(zone, 1):
        start = buckets.floor(moment - timedelta(hours=8), width, zone)
        stop = buckets.ceiling(moment + timedelta(hours=8), width, zone)
        found = buckets.edges(start, stop, width, zone)
        minutes = start.replace(second=0, microsecond=0)
        assert found == edges_by_hand(minutes, stop, width.seconds, zone), moment
        for one, other in pairwise(found):
            for time in (one, one + (other - one) / 3, other - timedelta(microseconds=1)):
                assert buckets.floor(time, width, zone) == one
            assert buckets.ceiling(one + buckets.INSTANT, width, zone) == other


@pytest.mark.parametrize(
    ("token", "zone", "hours"),
    [
        ("1h", "Europe/Berlin", [1, 1, 1, 1]),
        ("6h", "Europe/Berlin", [6, 7, 6, 6]),
        ("1d", "Europe/Berlin", [24, 25, 24]),
        ("1h", "Australia/Lord_Howe", [1, 1, 1, 1]),
        ("6h", "Asia/Kathmandu", [6, 6, 6]),
    ],
)
def test_a_bucket_over_a_change_is_longer_and_a_repeated_hour_is_two(
    token: str, zone: str, hours: list[float]
) -> None:
    width, change = resolution(token), datetime(2026, 10, 25, 1, tzinfo=UTC)
    start = buckets.floor(change - timedelta(seconds=width.seconds), width, zone)
    edges = [start]
    for _ in hours:
        edges.append(buckets.after(edges[-1], width, zone))
    if token == "6h" and zone == "Europe/Berlin":
        start = buckets.floor(change - timedelta(hours=6), width, zone)
    lengths = [(b - a).total_seconds() / 3_600 for a, b in pairwise(edges)]
    assert lengths == hours


def test_six_hours_start_at_midnight_six_noon_and_eighteen_of_the_zone() -> None:
    for zone in ZONES:
        start = buckets.floor(datetime(2026, 6, 10, 11, 59, tzinfo=UTC), resolution("6h"), zone)
        local = start.astimezone(ZoneInfo(zone))
        assert (local.hour % 6, local.minute) == (0, 0), zone


def test_below_an_hour_buckets_are_utc_multiples_in_every_zone() -> None:
    time = datetime(2026, 6, 10, 11, 59, tzinfo=UTC)
    found = {buckets.floor(time, resolution("30m"), zone) for zone in ZONES}
    assert found == {datetime(2026, 6, 10, 11, 30, tzinfo=UTC)}
