"""Rows of a window compared with one whose readings are gone: of one width, wherever they are."""

from pathlib import Path

import pandas as pd
import pytest

import web
from settings import Settings
from tests.db.test_readings_gone import HOUR, START, plant, view_of
from tests.support.api import cells
from tests.support.historians import ZONE, Historian

pytestmark = pytest.mark.db
__all__ = ["plant"]


def test_files_and_the_api_have_the_rows_of_the_page(
    bare: Historian, plant: pd.DataFrame, tmp_path: Path
) -> None:
    view = view_of(START + 48.9 * HOUR, START + 49.3 * HOUR, compare="-1h")
    client = web.create_app(Settings(dsn=bare.dsn, data_dir=str(tmp_path))).server.test_client()
    bounds = {"start": view.start.isoformat(), "stop": view.stop.isoformat()}
    query = {"tag": "D1", "tz": ZONE, "compare": "-1h", **bounds}
    rows = cells(client, "/trend/rows.csv", **query)
    assert len(rows) == 24
    assert [row["compare_n"] for row in rows] == ["2"] * 24
    api = cells(client, "/api/v1/timeseries.csv", **query, statistics="n")
    told = [(row["resolution"], row["n"], row["compare_n"]) for row in api]
    assert told == [("1m", "2", "2")] * 24
