"""How far the rollups reach, as a look at the historian finds it, and at what cost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from data import status
from data.db import cache, read_bounded
from data.status import statements
from data.status.asking import Look
from tests.support.historians import Historian, rolled

pytestmark = pytest.mark.db
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
#: Since when and until when each tag has readings [days ago].
TAGS = {"young": (0.25, 0), "old": (100, 0), "silent": (100, 9), "gone": (100, 60)}


def readings(since: float, until: float) -> pd.DataFrame:
    bounds = (NOW - timedelta(days=ago) for ago in (since, until))
    times = pd.date_range(*bounds, freq="1h")
    return pd.DataFrame({"value": 1.0}, times.as_unit("us"))


def test_a_look_at_a_historian_of_others_asks_for_nothing_that_it_has_not(
    bare: Historian, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each refusal is an error in the log of their server, at every look of each page."""
    bare.write(readings(0.25, 0))
    rolled(bare, "influx_agg_1h")
    refused: list[str] = []
    ask = Look.rows

    def rows(look: Look, statement: Any, values: Any = None) -> Any:
        answer = ask(look, statement, values)
        if answer is None:
            refused.append(str(statement))
        return answer

    monkeypatch.setattr(Look, "rows", rows)
    cache.forget()
    status.now()
    assert refused == []


def test_the_ends_of_a_rollup_are_found_wherever_they_are(bare: Historian) -> None:
    every = {tag: bare.write(readings(*span), tag) for tag, span in TAGS.items()}
    rolled(bare, "influx_agg_1h", "influx_agg_1d")
    for name, unit in (("influx_hist", "us"), ("influx_agg_1h", "h"), ("influx_agg_1d", "D")):
        rows = read_bounded(statements.edges_statement(name), {"tags": [*every, "none"]}, 5_000)
        ends = {row["tag_name"]: (row["first"], row["newest"]) for row in rows}
        assert ends.pop("none") == (None, None)
        for tag, (first, newest) in ends.items():
            there = every[tag].index.floor(unit)
            assert newest == there[-1], (name, tag)
            is_before = there[0] <= first < NOW - timedelta(days=statements.DAYS - 1)
            assert first == there[0] or (name != "influx_hist" and is_before), (name, tag)
