"""The answer of a chart that several viewers ask for within a second is made once."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import flask
import orjson
import pytest

import web
from api.chart import shared_answers
from data.db import cache, pool
from settings import Settings
from tests.support.people import add_people, signed_in
from tests.support.servers import until

pytestmark = pytest.mark.db
QUESTION = {"tag": ["D101"], "window": "1h", "width": 900, "theme": "light", "n": 1}


class Site:
    """A site whose charts are counted."""

    def __init__(self, app: Any) -> None:
        self.server: flask.Flask = app.server
        self.names = list(app.callback_map)
        self.drawn = 0

    def ask(self, client: Any = None, headers: Any = None, **question: Any) -> bytes:
        """Return the answer to a question, which is QUESTION but for what is given."""
        value = {"trend-question.data": {**QUESTION, **question}}
        return self.call("trend-chart.figure", value, {}, client, headers)

    def call(
        self, part: str, inputs: dict, states: dict, client: Any = None, headers: Any = None
    ) -> bytes:
        """Return the answer of the callback that has an output, to values by "id.property"."""
        (name,) = (each for each in self.names if part in each)
        body = {
            "output": name,
            "outputs": [placed(each) for each in name.strip(".").split("...")],
            "inputs": [{**placed(each), "value": value} for each, value in inputs.items()],
            "state": [{**placed(each), "value": value} for each, value in states.items()],
            "changedPropIds": [next(iter(inputs))],
        }
        client = client or self.server.test_client()
        answer = client.post("/_dash-update-component", json=body, headers=headers or {})
        assert answer.status_code == 200, answer.text
        return bytes(answer.data)


def placed(name: str) -> dict[str, str]:
    """Return id and property of "id.property" as a browser sends them."""
    key, of = name.rsplit(".", 1)
    return {"id": key, "property": of}


def made(
    plant_dsn: str, folder: Path, monkeypatch: pytest.MonkeyPatch, **settings: Any
) -> Iterator[Site]:
    """Give a site in this process, and end it."""
    cache.forget()
    app = web.create_app(Settings(dsn=plant_dsn, data_dir=str(folder), **settings))
    site = Site(app)
    import pages.trend as page

    draw = page.trend_figure

    def counted(*args: Any) -> Any:
        site.drawn += 1
        return draw(*args)

    monkeypatch.setattr(page, "trend_figure", counted)
    # A second is short for a machine that does much else.
    monkeypatch.setattr(shared_answers, "SHARED_FOR", timedelta(minutes=1))
    yield site
    pool.dispose()
    cache.forget()


@pytest.fixture
def site(plant_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site that everybody may see."""
    yield from made(plant_dsn, tmp_path, monkeypatch)


def test_a_second_viewer_gets_the_same_bytes_and_nothing_is_made_for_him(site) -> None:
    first = site.ask()
    assert site.ask(n=7) == first
    assert site.drawn == 1
    assert site.ask(window="2h") != first
    assert site.drawn == 2


def test_who_reads_or_unpacks_otherwise_gets_an_answer_of_his_own(site) -> None:
    plain = site.ask(headers={"Accept-Encoding": "identity"})
    packed = site.ask(headers={"Accept-Encoding": "gzip"})
    korean = site.ask(headers={"Accept-Encoding": "identity", "Accept-Language": "ko"})
    assert packed != plain and b"\xec" not in plain
    assert "측정값".encode() in korean
    assert site.drawn == 3


def test_what_stands_with_a_chart_is_kept_by_its_record_and_by_what_is_chosen(
    site, monkeypatch
) -> None:
    record = orjson.loads(site.ask())["response"]["trend-shown"]["data"]
    from components import context

    asked = []
    for name in ("contents", "outside"):
        made = getattr(context, name)
        monkeypatch.setattr(context, name, lambda *of, made=made: asked.append(of) or made(*of))

    def told(view: str, select: str | None = None) -> bytes:
        values = {"trend-view.value": view, "trend-shown.data": record}
        values["trend-selected.data"] = select
        return site.call("trend-view-statistics.children", values, {})

    def bars() -> bytes:
        return site.call("trend-bars.data", {"trend-shown.data": record}, {})

    for ask in (partial(told, "statistics"), partial(told, "excursions"), bars):
        assert ask() == ask()
    assert len(asked) == 3, "each is made once"
    start, stop = (datetime.fromisoformat(record[name]) for name in ("start", "stop"))
    half = f"{start.isoformat()}/{(start + (stop - start) / 2).isoformat()}"
    assert told("statistics", half) != told("statistics") and len(asked) == 4


def test_a_pair_is_drawn_in_the_colours_of_who_asks(site) -> None:
    record = orjson.loads(site.ask(tag=["D101", "D102"]))["response"]["trend-shown"]["data"]

    def drawn(theme: str) -> bytes:
        values = {"trend-view.value": "pair", "trend-shown.data": record}
        values |= {"trend-pair-other.value": "D102", "trend-selected.data": None}
        return site.call(
            "trend-pair-chart.figure", values, {"trend-question.data": {**QUESTION, "theme": theme}}
        )

    assert drawn("light") == drawn("light") != drawn("dark")


def test_one_that_is_given_again_is_kept_no_longer_for_it(site, monkeypatch) -> None:
    monkeypatch.setattr(shared_answers, "SHARED_FOR", timedelta(seconds=2))

    def is_drawn_again() -> bool:
        time.sleep(0.1)
        site.ask()
        return site.drawn >= 2

    until(is_drawn_again)


def test_nobody_is_given_what_he_may_not_see(
    plant_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_people(tmp_path)
    for site in made(plant_dsn, tmp_path, monkeypatch, auth="password"):
        own = {"Origin": "http://localhost"}
        site.ask(signed_in(site.server, "viewer"), own)
        site.ask(signed_in(site.server, "viewer"), own)
        assert site.drawn == 1
        site.ask(signed_in(site.server, "administrator"), own)
        assert site.drawn == 2, "who may see more gets an answer of his own"
        with pytest.raises(AssertionError, match="40[13]"):
            site.ask(headers=own)
