"""Where no reading is gone nothing is said to be: whatever silences and few readings there are."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from data import views
from data.views import histories
from tests.support.historians import asked_there, filled

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("in_english", "asked_there")]
__all__ = ["asked_there"]
START, DAYS = datetime(2026, 11, 1, tzinfo=UTC), 5
NOW = START + timedelta(days=DAYS + 4)
TAGS, WINDOWS = 24, 150
#: Readings lie on whole steps of so many seconds, as most loggers write them.
STEPS = (1, 10, 60, 300, 3_600)


def series(chance: random.Random) -> list[datetime]:
    """Return the times of a tag: stretches of some spacing, with silences before and after each."""
    at, times = chance.uniform(0, 86_400 * 2), list[datetime]()
    while at < 86_400 * DAYS and len(times) < 1_500:
        step = chance.choice(STEPS)
        at = at // step * step
        for _ in range(chance.choice([1, 1, 2, 5, 40, 300])):
            times.append(START + timedelta(seconds=at))
            at += step
        at += chance.choice([60, 900, 7_200, 40_000, 100_000]) * chance.random()
    return [each for each in times if each < START + timedelta(days=DAYS)]


@pytest.fixture(scope="module")
def dsn(module_database: str) -> str:
    """Tags of a few readings and of many, with silences between them."""
    chance = random.Random(7)
    rows = [f"('{at.isoformat()}', 'T{tag}', 1)" for tag in range(TAGS) for at in series(chance)]
    values = ", ".join(dict.fromkeys(rows))
    return filled(module_database, f"INSERT INTO influx_hist (ts, tag_name, value) VALUES {values}")


def window(chance: random.Random) -> dict[str, Any]:
    step = chance.choice([1, 60, 3_600])
    start = chance.uniform(-43_200, 86_400 * DAYS) // step * step
    length = max(chance.choice([60, 900, 7_200, 86_400, 300_000]) // step * step, step)
    edges = (START + timedelta(seconds=each) for each in (start, start + length))
    resolution = chance.choice(["auto", "1m", "10m", "1h", "1d"])
    if (length < 3_600 and resolution in ("1h", "1d")) or (length > 86_400 and resolution == "1m"):
        resolution = "auto"
    return dict(
        zip(("start", "stop", "resolution"), (*map(str, edges), resolution), strict=True),
        tag=[f"T{chance.randrange(TAGS)}"],
        width=chance.choice([None, 400, 1_400]),
    )


@pytest.mark.parametrize("zone", ["UTC", "Asia/Seoul", "Asia/Kolkata"])
def test_silences_between_few_readings_are_no_readings_that_are_gone(zone: str) -> None:
    chance = random.Random(zone)
    for _ in range(WINDOWS):
        query = window(chance)
        view = views.view(query, NOW, zone)
        ((item,), _refusals) = histories(view)
        assert item.wider is None and item.gone is None, query
        told = views.statistics(item.tag, *view.told, zone, view.now)
        assert not told.gone, query
