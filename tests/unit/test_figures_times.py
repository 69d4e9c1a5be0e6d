"""The times of a chart: as the table and the file have them, in zones with summer time too."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from api.csv_rows import document
from data import buckets
from data.analysis import moments
from data.buckets import resolution
from figures.template import Canvas, dates
from figures.times import time_names

#: With a change of clocks by an hour, by half an hour, at midnight, on the southern half; and none.
ZONES = (
    *("Asia/Seoul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"),
    *("America/Santiago", "Asia/Kolkata"),
)
START, STOP = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)


def canvas(zone, start=START, stop=STOP, pixels=1200.0):
    offset = stop.astimezone(ZoneInfo(zone)).utcoffset()
    return Canvas(start, stop, stop, offset, zone=zone, pixels=pixels)


def hovered(surface, times):
    """Return what plotly writes over a hover box at each time: it looks its own text up."""
    axis = time_names(surface, [times])
    form = axis["hoverformat"].replace("%L", "%f")
    shown = pd.to_datetime(dates(surface.milliseconds(times)))
    own = [text.strftime(form) for text in shown]
    if "%f" in form:
        own = [text[:23] + text[26:] for text in own]
    return [axis.get("labelalias", {}).get(text, text) for text in own]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("step", ["1s", "1ms"])
def test_a_time_over_a_chart_is_the_text_of_the_table_and_the_instant_of_the_file(zone, step):
    draw = np.random.default_rng(len(zone))
    at = np.sort(draw.integers(0, int((STOP - START) / pd.Timedelta(step)), 1000))
    times = (pd.Timestamp(START) + pd.to_timedelta(at * pd.Timedelta(step))).tz_convert(zone)
    in_table = moments.texts(times, moments.fractional(times))
    assert hovered(canvas(zone), times) == in_table
    written = pd.to_datetime(pd.Series(in_table), utc=True, format="ISO8601")
    in_file = document(
        pd.DataFrame({"time": times}).assign(filling=0, remade=0), ["time", "filling", "remade"]
    )
    texts = [line.split(",")[0] for line in in_file.decode().splitlines()[1:]]
    assert (written == pd.to_datetime(pd.Series(texts), utc=True, format="ISO8601")).all()
    assert [text[-6:] for text in texts] == [text[-6:] for text in in_table]


@pytest.mark.parametrize("zone", ZONES)
def test_the_bucket_of_a_day_has_the_name_of_that_day_over_the_chart(zone):
    days = pd.DatetimeIndex(buckets.edges(START, STOP, resolution("1d"), zone)).tz_convert(zone)
    names = [text[:10] for text in hovered(canvas(zone), days)]
    assert names == [f"{day:%Y-%m-%d}" for day in days]


def test_a_repeated_hour_is_two_times():
    times = pd.date_range("2026-10-25T00:00Z", periods=2, freq="h").tz_convert("Europe/Berlin")
    texts = hovered(canvas("Europe/Berlin"), times)
    assert texts == ["2026-10-25 02:00:00+02:00", "2026-10-25 02:00:00+01:00"]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("days", [3, 12, 50, 340])
def test_ticks_stand_at_round_times_of_the_place_and_say_their_offset(zone, days):
    for at in (datetime(2026, 3, 26, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)):
        surface = canvas(zone, at, at + timedelta(days=days))
        axis = time_names(surface, [])
        if "tickvals" not in axis:
            assert len(buckets.offsets(surface.start, surface.stop, zone)) == 1
            continue
        shown = pd.to_datetime(axis["tickvals"]) - surface.offset
        local = shown.tz_localize("UTC").tz_convert(zone)
        assert 3 <= len(local) <= 1200 / 120 + 1
        labels = [axis["labelalias"][text[:19]] for text in axis["tickvals"]]
        for time, label in zip(local, labels, strict=True):
            assert time == time.normalize() or days < 12 and time.minute == 0
            assert time.isoformat()[-6:] in label
            assert f"{time:%Y-%m}" in label
