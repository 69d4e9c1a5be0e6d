"""A right that is taken away while running degrades at once, as a dropped relation does."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest

from components import notices
from data import queries
from data.db import cache, pool
from data.errors import HistorianUnavailable
from data.queries.history import HISTORY_S
from tests.support.historians import START, Historian, asked, wave
from tests.support.servers import until

pytestmark = pytest.mark.db
NAMES = ("D1",)
ROLLUPS = ("influx_agg_1m", "influx_agg_10m", "influx_agg_1h", "influx_agg_1d")
STOP = START + timedelta(days=3)


@pytest.fixture
def reader(own: Historian) -> Iterator[str]:
    """The name of a role that may read everything, by which the pages read."""
    role = f"few_{own.connection.info.dbname}"
    own.write(wave(START, 72, 600))
    own.refresh()
    own.run(f"CREATE ROLE {role} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    pool.connect(f"{own.dsn} options='-c role={role}'")
    yield role
    pool.dispose()
    own.run(f"DROP OWNED BY {role}; DROP ROLE {role}")


def answered() -> bool:
    """Whether the newest readings can be read; a failure is remembered for some seconds."""
    with contextlib.suppress(HistorianUnavailable):
        return queries.tail.answer(NAMES).error is None
    return False


def by_days() -> pd.DataFrame:
    return queries.history(asked("D1", "1d", START, STOP, "UTC"))


QUESTIONS: dict[str, Callable[[], Any]] = {
    "history": by_days,
    "recent": lambda: queries.recent(NAMES, 0.0),
    "latest": lambda: queries.latest(NAMES),
    "tail": lambda: queries.tail(NAMES),
    "sparklines": lambda: queries.sparklines(NAMES),
    "spacings": lambda: queries.spacings(NAMES),
    "spacing": lambda: queries.spacing("D1"),
    "tags": lambda: queries.tags(),
    "indicators": lambda: queries.indicators(asked("D1", "1h", START, STOP, "UTC")),
    "features": lambda: queries.features(asked("D1", "5m", START, STOP, "UTC")),
}
RELATIONS = (*ROLLUPS, "ksys_left_1h", "ksys_left_since", "influx_tag", "influx_qc_rule")
TAKEN = {
    "right": (
        "REVOKE SELECT ON {relation} FROM {reader}",
        "GRANT SELECT ON {relation} TO {reader}",
    ),
    "name": ("ALTER TABLE {relation} RENAME TO away", "ALTER TABLE away RENAME TO {relation}"),
}


@pytest.mark.parametrize("way", TAKEN)
@pytest.mark.parametrize("relation", RELATIONS)
def test_what_is_taken_away_fails_no_question_and_is_used_again(
    own: Historian, reader: str, relation: str, way: str
) -> None:
    """The catalogue still says that it is there: nothing but the failed statement tells."""
    take, give = (each.format(relation=relation, reader=reader) for each in TAKEN[way])
    before = by_days()
    cache.forget()
    queries.catalog()
    own.run(take)
    for ask in QUESTIONS.values():
        ask()
    assert relation not in by_days().attrs["source"]
    assert by_days()["avg"].tolist() == pytest.approx(before["avg"].tolist())
    own.run(give)
    queries.catalog.expire()
    queries.history.expire(asked("D1", "1d", START, STOP, "UTC"))
    assert by_days().attrs["source"] == before.attrs["source"]


@pytest.mark.parametrize("relation", ROLLUPS)
def test_that_a_rollup_may_not_be_read_is_said_above_a_chart_and_named_on_the_status_page(
    own: Historian, reader: str, relation: str, in_english: None
) -> None:
    own.run(f"REVOKE SELECT ON {relation} FROM {reader}")
    (said,) = notices.about_charts(queries.about_tags())
    assert relation not in said and "The page Status says" in said
    own.run(f"GRANT SELECT ON {relation} TO {reader}")
    queries.catalog.expire()
    assert notices.about_charts(queries.about_tags()) == []


def test_readings_that_may_not_be_read_are_named_with_the_way_out_and_come_back(
    own: Historian, reader: str
) -> None:
    own.run(f"REVOKE SELECT ON influx_hist FROM {reader}")
    queries.catalog()
    with pytest.raises(HistorianUnavailable, match="influx_hist; GRANT SELECT") as failure:
        queries.tail(NAMES)
    assert failure.value.key == "historian_right"
    own.run(f"GRANT SELECT ON influx_hist TO {reader}")
    until(answered, 10)


def test_a_relation_that_comes_back_is_used_within_a_minute() -> None:
    """Both ages add up: an answer may be made just before the catalogue is read anew."""
    assert queries.catalog.seconds + HISTORY_S <= 60
