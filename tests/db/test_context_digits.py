"""Numbers below a trend have the digits that they need, whatever readings the window holds."""

from datetime import UTC, datetime
from typing import Any

import pytest

from components import context
from components.tables import block
from data import views
from data.views import both, histories, rows
from tests.support.historians import asked_there, filled

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("in_english", "asked_there")]
__all__ = ["asked_there"]
NOW = datetime(2026, 11, 6, tzinfo=UTC)
FILL = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT timestamptz '2026-11-05 00:00Z' + k * interval '1 min', 'whole', (k % 3 = 0)::int
    FROM generate_series(0, 119) AS k;
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT timestamptz '2026-11-04 00:00Z' + k * interval '1 min', 'whole', 0.45
    FROM generate_series(0, 119) AS k;
    INSERT INTO influx_hist (ts, tag_name, value) VALUES
        ('2026-11-05 00:00Z', 'slow', 94.45), ('2026-11-05 02:00Z', 'slow', 50),
        ('2026-11-05 00:00Z', 'near', 50), ('2026-11-05 01:00Z', 'near', 81),
        ('2026-11-05 00:00Z', 'turn', 350), ('2026-11-05 01:00Z', 'turn', 359.1);
    INSERT INTO influx_tag (tag_name, unit) VALUES ('turn', 'deg');
    INSERT INTO influx_qc_rule (tag_name, min_val, max_val, warn_max, max_gap_seconds)
    VALUES ('slow', 0, 100, 90, 36000), ('near', 0, 100, 80.6, 36000);
"""


@pytest.fixture(scope="module")
def dsn(module_database: str) -> str:
    """A tag for each case."""
    return filled(module_database, FILL)


def told(chosen: str, tag: str, start: str, stop: str) -> context.Contents:
    query: dict[str, Any] = {"tag": [tag], "start": start, "stop": stop}
    view = views.view(query, NOW, "UTC")
    return context.contents(chosen, view, histories(view)[0])


def statistics_of(tag: str, start: str, stop: str) -> list[str]:
    """Return the cells of the row of a tag: newest, min, at, max, at, mean, mean by time, …"""
    contents = told("statistics", tag, start, stop)
    body = contents.statistics.children[1].children[0]
    return [cell.children for cell in body.children]


def test_means_of_whole_numbers_have_decimals_and_their_extremes_none() -> None:
    cells = statistics_of("whole", "2026-11-05T00:00Z", "2026-11-05T02:00Z")
    assert (cells[1], cells[2], cells[4]) == ("0", "0", "1")
    assert cells[6:12] == ["0.333", "0.333", "0.473", "0.000", "0.000", "1.000"]
    over = told("statistics", "whole", "2026-11-05T00:00Z", "2026-11-05T02:00Z").headline
    assert "0.333" in str(over) and "0.473" in str(over)


def test_a_mean_direction_has_no_more_digits_than_a_turn_of_its_readings() -> None:
    cells = statistics_of("turn", "2026-11-05T00:00Z", "2026-11-05T02:00Z")
    assert cells[6] == "354.55"


def test_what_stood_before_a_window_without_readings_keeps_its_digits() -> None:
    window = ("2026-11-05T00:30Z", "2026-11-05T01:30Z")
    (row,) = told("excursions", "slow", *window).excursions
    assert row["digits"]["extreme"] == 2 and row["digits"]["over"] == 2
    assert statistics_of("slow", *window)[7] == "94.45"


def test_a_distance_from_a_limit_has_the_decimals_of_that() -> None:
    (row,) = told("excursions", "near", "2026-11-05T00:00Z", "2026-11-05T02:00Z").excursions
    assert row["over"] == pytest.approx(0.4)
    assert row["digits"] == {"extreme": 0, "over": 1}


def test_values_before_have_the_digits_of_their_own_side() -> None:
    query = {"tag": ["whole"], "start": "2026-11-05T00:00Z", "stop": "2026-11-05T02:00Z"}
    view = views.view({**query, "compare": "-1d"}, NOW, "UTC")
    series, _refusals, against = both(view)
    table = rows(series, view.whole_until, against=against)
    sent = block(table, {"startRow": 0, "endRow": 1}, series, [each.other for each in against])
    (row,) = sent["rowData"]
    assert (row["compare_last"], row["compare_delta"]) == (0.45, pytest.approx(-0.45))
    of = row["digits"]
    assert (of["last"], of["compare_last"], of["compare_delta"]) == (0, 2, 2)
