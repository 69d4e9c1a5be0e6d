"""What a sheet and a picture say of limits, and how a picture is named."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from components.sheet.paper import _limit_lines, _span
from components.sheet.picture import file_name
from data.analysis.checks import Checks, Limits
from data.queries import Tag
from data.views import TagSeries, View

NOTHING = Checks()
NOW = datetime(2026, 11, 26, 15, 30, tzinfo=UTC)


def item(name: str, checks: Checks = NOTHING, resolution: str = "1m", **tag: Any) -> TagSeries:
    found = Tag(name, checks=checks, **tag)
    return cast(TagSeries, SimpleNamespace(tag=found, resolution=resolution))


def test_limits_are_written_in_full_and_a_tag_without_any_says_so(in_english: None) -> None:
    checks = Checks(state="ACTIVE", low=0.0, limits=Limits(hi=180.5, hi_hi=195.0))
    series = [item("D101", checks, description="Feed", unit="bar"), item("X")]
    assert _limit_lines(series) == ["D101 Feed [bar]: H 180.5 · HH 195", "X: no limits"]
    assert [_span(each) for each in series] == ["0 – …", "–"]


def test_a_picture_is_named_by_tags_window_and_resolution_in_the_zone_of_the_view() -> None:
    view = View(("D101", "X"), NOW - timedelta(hours=1), NOW, NOW, "Asia/Seoul", live=False)
    both = [item("D101"), item("X")]
    assert file_name(view, both, "trend") == "ksys-trend-D101+1-20261126T233000-20261127T003000-1m"
    mixed = [item("D101"), item("X", resolution="raw")]
    assert file_name(view, mixed, "trend").endswith("-mixed")
