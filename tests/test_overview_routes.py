"""The routes of the overview, over readers that are made up."""

import threading
from datetime import UTC, datetime

import flask
import pandas as pd
import pytest
from flask_babel import Babel

import api.frames
from data import cache, overview, queries
from data.engine import HistorianUnavailable
from tests import frames

COUNT = 5


class Plant:
    """A historian that counts its reads, and can be down."""

    def __init__(self):
        self.reads = 0
        self.down = False

    def now(self):
        self.reads += 1
        if self.down:
            raise HistorianUnavailable("historian_lost")
        judged = frames.judged(COUNT)
        tags = self.tags()
        known = {name: frames.rule(name) for name in tags.index}
        return overview.Now(tags, known, judged, pd.Series([1.0] * COUNT, tags.index))

    def tags(self):
        if self.down:
            raise HistorianUnavailable("historian_lost")
        columns = {
            name: [None] * COUNT
            for name in ("description", "unit", "tag_type", "decimals", "states", "group")
        }
        return pd.DataFrame(columns, pd.Index(frames.names(COUNT), dtype=object), dtype=object)


@pytest.fixture
def plant(monkeypatch):
    made = Plant()
    cache.forget()
    monkeypatch.setattr(overview, "now", made.now)
    monkeypatch.setattr(queries, "tags", cache.cached(300)(made.tags))
    monkeypatch.setattr(
        queries,
        "rules",
        cache.cached(300)(lambda: {n: frames.rule(n) for n in frames.names(COUNT)}),
    )
    monkeypatch.setattr(
        overview, "gaps", lambda tags, known: pd.Series([30.0] * len(tags), tags.index)
    )
    yield made
    cache.forget()


@pytest.fixture
def client(plant):
    app = flask.Flask("test")
    app.config["KSYS"] = {"zone": "UTC"}
    Babel(app)
    app.register_blueprint(api.frames.blueprint)
    return app.test_client()


def test_the_frame_names_the_version_of_the_tags(client):
    tags, frame = client.get("/overview/tags").json, client.get("/overview/frame").json
    assert tags["names"] == frames.names(COUNT)
    assert frame["version"] == tags["version"]
    assert len(frame["value"]) == len(frame["age"]) == len(frame["badge"]) == COUNT
    assert "error" not in frame


def test_fifty_viewers_of_a_tick_cost_one_read(client, plant):
    api.frames.tag_columns()
    threads = [
        threading.Thread(target=lambda: client.application.test_client().get("/overview/frame"))
        for _ in range(50)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert plant.reads == 1


@pytest.mark.parametrize("encoding", ["br", "gzip", "identity"])
def test_every_encoding_says_the_same(client, encoding):
    plain = client.get("/overview/frame").json
    response = client.get("/overview/frame", headers={"Accept-Encoding": encoding})
    packed = api.frames.frame()
    expected = {"br": packed.br, "gzip": packed.gzip, "identity": packed.plain}[encoding]
    assert response.data == expected
    assert response.headers.get("Content-Encoding", "identity") == encoding
    assert response.headers["Vary"] == "Accept-Encoding"
    assert packed.plain == api.frames.orjson.dumps(plain)


def test_an_answer_says_for_how_long_it_was_kept(client):
    client.get("/overview/frame")
    kept = int(client.get("/overview/frame").headers["X-Kept-Ms"])
    assert 0 <= kept < 2000


def test_a_historian_that_is_down_leaves_the_last_good_frame_marked_with_its_time(
    client, plant, monkeypatch
):
    good = client.get("/overview/frame").json
    before = datetime.now(UTC).timestamp() * 1000
    plant.down = True
    monkeypatch.setattr(api.frames, "TICK_S", 0)
    _expire(api.frames.frame)
    response = client.get("/overview/frame")
    assert response.status_code == 200
    assert response.json["error"] == "historian_lost"
    assert response.json["message"]
    assert abs(response.json["as_of"] - before) < 5000
    assert response.json["value"] == good["value"]


def test_a_historian_that_never_answered_gives_503_with_a_sentence(client, plant):
    plant.down = True
    response = client.get("/overview/frame")
    assert response.status_code == 503
    assert response.json["error"] == "historian_lost"
    assert response.json["message"]


@pytest.mark.parametrize("tag", ["", "nobody", *frames.HOSTILE])
@pytest.mark.parametrize("route", ["reading", "details"])
def test_an_unknown_tag_gets_a_sentence_and_never_a_500(client, monkeypatch, route, tag):
    monkeypatch.setattr(queries, "known", lambda tag: False)
    response = client.get(f"/overview/{route}", query_string={"tag": tag})
    assert response.status_code == 400
    assert response.json["error"] == "unknown_tag"


def test_the_name_of_what_is_deployed_follows_the_content():
    assert api.frames.build() == api.frames.build()
    assert len(api.frames.build()) == 12


def _expire(reader):
    """Make the kept answer old, as time would."""
    store = cache._state.store
    for key in list(store._cache):
        kept = store.get(key)
        if isinstance(kept.value, api.frames.Packed):
            store.set(key, type(kept)(kept.value, kept.read_at, 0.0))
