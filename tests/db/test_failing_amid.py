"""A historian that fails amid an answer: after any of its statements the page says a sentence."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import pytest

import web
from bench.trend import call_of, sent
from data import views
from data.db import cache, pool
from data.db.pool import reading
from data.errors import HistorianUnavailable
from data.store import install, rollups
from settings import Settings

pytestmark = pytest.mark.db
STOP = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
#: More readings than are shown one by one, of two tags.
FILL = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT %s - k * interval '1 min', name, sin(k)
    FROM generate_series(1, 3000) AS k, unnest(ARRAY['a', 'b']) AS name
"""
SENTENCE = "The historian cannot be reached"
#: No answer takes more statements.
MOST = 200


class Failing:
    """The way to the historian, which fails once so many statements have been asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left, self._ask = MOST, reading.answer_of
        monkeypatch.setattr(reading, "answer_of", self.answer_of)

    def answer_of(self, lane: str | None, ask: Callable[[Any], Any]) -> Any:
        self.left -= 1
        if self.left < 0:
            raise HistorianUnavailable("historian_refused")
        return self._ask(lane, ask)


class Page:
    """The app over a small store; asks it for the chart of a page."""

    def __init__(self, dsn: str, name: str) -> None:
        app = web.create_app(Settings(dsn=dsn))
        self._client = app.server.test_client()
        self._client.get(f"/{name}")
        bounds = {"start": (STOP - timedelta(hours=30)).isoformat(), "stop": STOP.isoformat()}
        question = {"tag": ["a"], "width": 1400, "theme": "light", **bounds}
        values = {f"{name}-question.data": question}
        body = call_of(app.callback_map, f"{name}-chart.figure")
        self._body = {**body, "changedPropIds": [*values], "inputs": sent(values), "state": []}

    def asked(self) -> str:
        """Return the answer, which is one also where the historian fails."""
        answer = self._client.post("/_dash-update-component", json=self._body)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return answer.get_data(as_text=True)


@pytest.fixture(params=["trend", "tech"])
def page(database: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of the charts."""
    with closing(psycopg2.connect(database)) as connection:
        install.install(connection)
        connection.cursor().execute(FILL, (STOP,))
        rollups.refresh(connection)
        connection.commit()
    yield Page(database, request.param)
    cache.forget()
    pool.dispose()


def test_a_chart_is_answered_whichever_statement_of_it_the_historian_fails_at(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = Failing(monkeypatch)
    for count in itertools.count():
        assert count < MOST
        cache.forget()
        way.left = count
        told = page.asked()
        if way.left >= 0:
            break
        assert SENTENCE in told or '"figure"' in told, count
    assert count > 3


def test_a_chart_is_shown_where_nothing_beside_it_can_be_read(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What stands beside it is read by itself; where that fails a page stayed empty."""
    assert SENTENCE not in page.asked()

    def refused(*_given: object) -> None:
        raise HistorianUnavailable("historian_refused")

    for name in ("there", "events", "forecasts"):
        cache.forget()  # of the drawn answer too
        monkeypatch.setattr(views, name, refused)
        assert '"figure"' in page.asked(), name
