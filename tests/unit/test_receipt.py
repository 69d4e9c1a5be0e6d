"""What a page keeps of an answer: whether the same question has another one later."""

from datetime import UTC, datetime, timedelta

import pytest

from components import timing
from components.question import receipt
from data.views import view

NOW = datetime(2026, 11, 25, 13, 26, 31, tzinfo=UTC)
TODAY = {"start": "2026-11-25", "stop": "2026-11-26"}
pytestmark = pytest.mark.usefixtures("in_english")


def _live(query: dict[str, str], now: datetime) -> bool:
    return bool(receipt(view({"tag": ["D101"], **query}, now, "Asia/Seoul"), [], query)["live"])


def test_a_window_of_fixed_times_is_live_until_they_have_passed() -> None:
    end = datetime(2026, 11, 25, 15, tzinfo=UTC)  # midnight in Seoul
    assert _live(TODAY, NOW)
    assert _live({**TODAY, "start": "2026-11-25T23:00"}, NOW), "all of it is to come"
    assert _live(TODAY, end), "its last readings are on their way"
    assert not _live(TODAY, end + timedelta(minutes=1))
    assert not _live({"start": "2026-11-20", "stop": "2026-11-21"}, NOW)
    for window in ("24h", "yesterday", "now-2w/now-1w"):
        assert _live({"window": window}, NOW)


def test_the_button_says_of_fixed_times_that_they_are_not_over() -> None:
    def motion(query: dict[str, str], now: datetime) -> str:
        return str(timing.of_view(view({"tag": ["D101"], **query}, now, "Asia/Seoul"))["motion"])

    assert motion(TODAY, NOW) == "not over yet"
    assert motion({**TODAY, "start": "2026-11-25T23:00"}, NOW) == "yet to come"
    assert motion(TODAY, NOW + timedelta(days=1)) == ""
    assert motion({"window": "24h"}, NOW) == "live"
