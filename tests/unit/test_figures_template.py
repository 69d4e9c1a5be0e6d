"""The look of figures: one palette, exact times."""

import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from figures.template import (
    MANY,
    PALETTES,
    Canvas,
    colour,
    dates,
    escaped,
    faded,
    placed,
)
from tests.support.places import ASSETS

TOKENS = ASSETS / "tokens.css"
START = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
CANVAS = Canvas(START, START + timedelta(hours=1), START, timedelta(hours=9))


def history(times: pd.DatetimeIndex, breaks: tuple[pd.Timestamp, ...] = ()) -> pd.DataFrame:
    """Return a history with one reading a time and an empty row at each break."""
    values = np.arange(len(times), dtype=float)
    frame = pd.DataFrame({"n": 1.0, "avg": values, "min": values, "max": values}, index=times)
    empty = pd.DataFrame(np.nan, index=pd.DatetimeIndex(breaks), columns=frame.columns)
    return pd.concat([frame, empty]).sort_index() if breaks else frame


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_colour_of_a_figure_is_the_token_of_that_name(theme: str) -> None:
    """tokens.css is the only place that chooses a colour."""
    text = TOKENS.read_text(encoding="utf-8")
    block = re.search(rf'\[data-theme="{theme}"\][^{{]*{{([^}}]*)}}', text)
    assert block
    tokens = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]+);", block[1]))
    assert {name: tokens.get(name) for name in PALETTES[theme]} == PALETTES[theme]


def test_both_themes_name_the_same_colours() -> None:
    assert PALETTES["light"].keys() == PALETTES["dark"].keys()


def test_an_unknown_theme_is_the_light_one() -> None:
    canvas = Canvas(START, START, START, timedelta(), theme="<script>")
    assert canvas.palette is PALETTES["light"]


def test_the_ninth_series_takes_the_first_colour_again() -> None:
    assert colour(CANVAS, 8) == colour(CANVAS, 0) == PALETTES["light"]["s1"]


def test_a_faded_colour_keeps_its_three_parts() -> None:
    assert faded("#245a8d", 0.2) == "rgba(36,90,141,0.2)"


def test_a_tag_named_like_markup_is_shown_as_it_is() -> None:
    assert escaped("<b>&") == "&lt;b&gt;&amp;"


def test_times_are_shown_in_the_site_clock_to_the_millisecond() -> None:
    times = pd.DatetimeIndex(["2026-11-22T00:00:00.250Z"]).tz_convert("Asia/Seoul")
    shown = pd.to_datetime(CANVAS.milliseconds(times)[0], unit="ms")
    assert shown == pd.Timestamp("2026-11-22 09:00:00.250")


def test_times_are_text_because_plotly_shows_numbers_in_the_browser_s_own_zone() -> None:
    assert CANVAS.clock(START) == "2026-11-22T09:00:00.000"


def test_regular_buckets_go_as_start_and_step() -> None:
    times = pd.date_range(START, periods=60, freq="1min")
    where, frame = placed(history(times), 60, CANVAS)
    assert where == {"x0": CANVAS.clock(START), "dx": 60_000.0}
    assert len(frame) == 60


def test_a_gap_of_regular_buckets_is_filled_with_empty_ones() -> None:
    times = pd.date_range(START, periods=MANY + 10, freq="1min").delete([100, 101, 102])
    gap = times[99] + pd.Timedelta("2min")
    where, frame = placed(history(times, (gap,)), 60, CANVAS)
    assert "x0" in where
    assert frame["n"].isna().sum() == 3
    assert frame["n"].isna().iloc[100:103].all()


def test_a_missing_bucket_that_is_no_gap_does_not_break_the_line() -> None:
    times = pd.date_range(START, periods=MANY + 10, freq="1min").delete([100])
    where, frame = placed(history(times), 60, CANVAS)
    assert where["connectgaps"]
    assert frame["n"].isna().sum() == 1


def test_a_missing_bucket_beside_a_gap_keeps_both_what_they_are() -> None:
    times = pd.date_range(START, periods=MANY + 10, freq="1min").delete([100, 200, 201, 202])
    gap = times[199] + pd.Timedelta("90s")
    where, frame = placed(history(times, (gap,)), 60, CANVAS)
    assert "x" in where
    assert frame["n"].isna().sum() == 1


def test_few_buckets_with_a_gap_keep_their_own_times_so_that_the_break_is_where_it_is() -> None:
    times = pd.date_range(START, periods=20, freq="1min").delete([10, 11])
    gap = times[9] + pd.Timedelta("90s")
    where, frame = placed(history(times, (gap,)), 60, CANVAS)
    assert where == {"x": dates(CANVAS.milliseconds(frame.index))}
    assert where["x"][10] == "2026-11-22T09:10:30.000"


def test_raw_readings_keep_their_own_times() -> None:
    times = pd.DatetimeIndex(["2026-11-22T00:00:00.1Z", "2026-11-22T00:00:05.3Z"])
    where, _ = placed(history(times), 0, CANVAS)
    assert where == {"x": ["2026-11-22T09:00:00.100", "2026-11-22T09:00:05.300"]}


def test_days_of_a_zone_with_summer_time_keep_their_own_times() -> None:
    """A day of 25 hours is no step of 24 hours."""
    days = pd.date_range("2026-10-20", periods=10, freq="D", tz="Europe/Berlin")
    where, _ = placed(history(days), 86_400, CANVAS)
    assert "x0" not in where
