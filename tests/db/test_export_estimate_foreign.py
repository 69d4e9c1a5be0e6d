"""Where others made the rollups, nobody counted which readings these leave out of their counts."""

from datetime import timedelta

import numpy as np
import pytest

from data import export
from data.db import lanes, pool
from data.export.guessed import exact
from data.export.stream import rows_of
from tests.support.historians import START, Historian, rolled, wave

pytestmark = pytest.mark.db
HOURS = 12
NAMES = "influx_agg_1m", "influx_agg_10m", "influx_agg_1h"


def asked(**query: str) -> export.Question:
    bounds = {"start": START.isoformat(), "stop": (START + timedelta(hours=HOURS)).isoformat()}
    texts = {name: [text] for name, text in ({"tag": "D1"} | bounds | query).items()}
    return export.question(texts, START + timedelta(days=2), "Asia/Seoul")


def rows_sent(question: export.Question) -> int:
    with lanes.within("export"), pool.snapshot() as state:
        return sum(batch.num_rows for batch in rows_of(question, state))


@pytest.fixture
def lacking(bare: Historian) -> Historian:
    """A historian whose rollups leave out what is NULL: one in fifty, and most of an hour."""
    readings = wave(START, HOURS, 5)
    readings.iloc[::50] = np.nan
    readings.iloc[1_000:1_600] = np.nan
    bare.write(readings)
    bare.run("UPDATE influx_hist SET value = NULL WHERE value = 'NaN'")
    rolled(bare, *NAMES)
    return bare


@pytest.mark.parametrize(
    "query",
    [{}, {"quality": "good"}, {"resolution": "10s"}, {"resolution": "1m"}, {"resolution": "1h"}],
)
def test_what_is_called_counted_is_what_the_file_has(
    lacking: Historian, query: dict[str, str]
) -> None:
    question = asked(**query)
    told = export.estimate(question)
    assert (told["rows"], told["rows_known"]) == (rows_sent(question), "counted")


@pytest.mark.parametrize(
    ("query", "how"),
    [({}, "rollups"), ({"quality": "good"}, "rollups"), ({"resolution": "1h"}, "counted")],
)
def test_of_too_many_readings_the_counts_of_others_are_called_so(
    lacking: Historian, query: dict[str, str], how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exact, "MOST_READINGS", 0)
    monkeypatch.setattr(exact, "MOST_BUCKETS", 0)
    question = asked(**query)
    told = export.estimate(question)
    assert told["rows_known"] == how
    assert told["rows"] == pytest.approx(rows_sent(question), rel=0.1)
