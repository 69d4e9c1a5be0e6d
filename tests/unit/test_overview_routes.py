"""The routes of the overview, over readers that are made up."""

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event

import flask
import numpy as np
import pandas as pd
import pytest
from flask_babel import Babel

import api.overview
from data import queries
from data.db import cache, disk
from data.errors import HistorianUnavailable
from data.sql import Looks, QcCode
from data.views import overview
from tests.support import frames

COUNT = 5
THEN = datetime(2026, 11, 25, 3, 0, 30, tzinfo=UTC)


class Plant:
    """A historian that counts its reads, and can be down."""

    def __init__(self):
        self.reads = 0
        self.down = False
        self.unit = "bar"

    def now(self, tags, hold):
        assert hold == 86_400
        self.reads += 1
        if self.down:
            raise HistorianUnavailable("historian_lost")
        return overview.Now(
            frames.found_states(COUNT),
            pd.Series([1.0] * COUNT, list(tags)),
            frames.crossed([]),
            pd.Series([False] * COUNT, list(tags)),
            np.full(COUNT, 1),
        )

    def tags(self):
        if self.down:
            raise HistorianUnavailable("historian_lost")
        return {tag.name: tag for tag in frames.records(COUNT, unit=[self.unit] * COUNT)}


@pytest.fixture
def plant(monkeypatch):
    made = Plant()
    cache.forget()
    monkeypatch.setattr(overview, "now", made.now)
    monkeypatch.setattr(queries, "tags", cache.cached(300)(made.tags))
    monkeypatch.setattr(queries, "read_anew", queries.tags.expire)
    monkeypatch.setattr(queries, "about_tags", queries.AboutTags)
    monkeypatch.setattr(queries, "reach", lambda: timedelta(days=30))
    yield made
    maker = api.overview.next_frame
    maker.wait(maker.want(86_400.0), 60)  # else what was begun here would ask the next test's
    cache.forget()


@pytest.fixture
def client(plant):
    app = flask.Flask("test")
    app.config["KSYS"] = {"zone": "UTC", "alarm_hold": 24}
    Babel(app)
    app.register_blueprint(api.overview.blueprint)
    return app.test_client()


def test_the_frame_names_the_version_of_the_tags(client):
    tags, frame = client.get("/overview/tags").json, client.get("/overview/frame").json
    assert tags["names"] == frames.names(COUNT)
    assert frame["version"] == tags["version"]
    assert len(frame["value"]) == len(frame["age"]) == len(frame["badge"]) == COUNT
    assert "error" not in frame


@pytest.fixture
def full_disk(monkeypatch):
    """A disk under the embedded historian with 3 MB left."""
    monkeypatch.setattr(disk, "disk", lambda: disk.Disk(3 * 2**20))


#: What a page says of its tags, one by one: level and a part of the sentence.
SAID = [
    ({"denied": ("influx_qc_rule",)}, "fault", "Limits cannot be read"),
    ({"denied": ("influx_tag",)}, "warning", "Descriptions and units cannot be read"),
    ({"rules_as_of": THEN}, "warning", "Rules as of 03:00:30"),
    ({"qc_looks": Looks(QcCode.DA, 192, 90)}, "fault", "qc looks like OPC DA"),
    ({"names_back_to": THEN}, "warning", "2026-11-25"),
    ({"disk_full": True}, "warning", "The disk under the embedded historian is full: 3 MB"),
]


@pytest.mark.parametrize(("about", "level", "says"), SAID)
def test_the_tags_bring_each_sentence_about_them_with_its_level(
    client, full_disk, monkeypatch, about, level, says
):
    monkeypatch.setattr(queries, "about_tags", lambda: queries.AboutTags(**about))
    answer = client.get("/overview/tags")
    assert answer.status_code == 200
    ((told, text),) = answer.json["notices"]
    assert told == level and says in text


def test_all_that_may_be_said_of_the_tags_is_tried_here():
    tried = {name for about, _level, _says in SAID for name in about}
    assert tried == {*queries.AboutTags._fields}


def test_a_worker_that_is_late_catches_up_with_the_tags_its_viewer_knows(
    client, plant, monkeypatch
):
    old = client.get("/overview/frame").json["version"]
    plant.unit = "psi"
    monkeypatch.setattr(api.overview, "TICK_S", 0)
    same = client.get("/overview/frame", headers={"X-Ksys-Version": old})
    assert same.json["version"] == old, "a viewer who knows the same changes nothing"
    other = client.get("/overview/frame", headers={"X-Ksys-Version": "of another worker"})
    assert other.json["version"] != old
    assert client.get("/overview/tags").json["units"] == ["psi"] * COUNT


def test_the_tags_of_a_frame_of_another_worker_are_looked_for(client, plant, monkeypatch):
    client.get("/overview/frame")
    plant.unit = "psi"
    monkeypatch.setattr(api.overview, "TICK_S", 0)
    sent = client.get("/overview/tags", headers={"X-Ksys-Version": "of another worker"})
    assert sent.json["units"] == ["psi"] * COUNT


def test_a_viewer_who_is_late_makes_no_storm(client, plant):
    old = client.get("/overview/frame").json["version"]
    plant.unit = "psi"
    late = client.get("/overview/frame", headers={"X-Ksys-Version": "of yesterday"})
    assert late.json["version"] == old, "what was looked for within a tick is not looked for again"


def test_a_worker_that_catches_up_in_an_outage_keeps_what_it_had(client, plant, monkeypatch):
    old = client.get("/overview/frame").json
    plant.down = True
    monkeypatch.setattr(api.overview, "TICK_S", 0)
    found = client.get("/overview/frame", headers={"X-Ksys-Version": "of another worker"}).json
    assert found["error"] == "historian_lost"
    assert found["value"] == old["value"]


def test_an_old_frame_is_waited_for_only_where_nobody_asked_for_long(client, plant, monkeypatch):
    """A frame that takes long is never young: whoever looks meanwhile gets the last one at once."""
    waited: list[int] = []
    client.get("/overview/frame")
    monkeypatch.setattr(api.overview, "_wait_for", lambda number, seconds: waited.append(number))
    kept = api.overview.frame.kept(86_400.0)
    for age, took, waits in ((5.0, 0.1, True), (5.0, 1.0, False), (3.9, 0.0, False)):
        waited.clear()
        last = replace(kept, age=age, took=took, is_fresh=False)
        monkeypatch.setattr(api.overview.frame, "kept", lambda hold, last=last: last)
        assert client.get("/overview/frame").status_code == 200
        assert bool(waited) is waits, (age, took)


def test_an_old_frame_says_so_where_the_next_takes_longer_than_it_did(client, plant, monkeypatch):
    good, kept, released = client.get("/overview/frame").json, api.overview.frame.kept, Event()
    now = overview.now
    monkeypatch.setattr(overview, "now", lambda *each: released.wait() and now(*each))

    def aged(hold, took):
        last = kept(hold)
        return replace(last, age=last.age + 20, took=took, is_fresh=False)

    _expire(api.overview.frame)
    for took, says in ((0.0, "historian_late"), (60.0, None)):
        monkeypatch.setattr(api.overview.frame, "kept", partial(aged, took=took))
        sent = client.get("/overview/frame").json
        assert (sent.get("error"), sent["value"]) == (says, good["value"])
    released.set()


def test_fifty_viewers_of_a_tick_cost_one_read(client, plant):
    api.overview.tag_list()
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
    packed = api.overview.frame(86_400.0)
    expected = {"br": packed.br, "gzip": packed.gzip, "identity": packed.plain}[encoding]
    assert response.data == expected
    assert response.headers.get("Content-Encoding", "identity") == encoding
    assert response.headers["Vary"] == "Accept-Encoding"
    assert packed.plain == api.overview.orjson.dumps(plain)


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
    monkeypatch.setattr(api.overview, "MOST_TICKS", 0)
    monkeypatch.setattr(api.overview, "TICK_S", -10.0)  # any frame is old
    _expire(api.overview.frame)
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
    monkeypatch.setattr(queries, "tag", {}.get)
    response = client.get(f"/overview/{route}", query_string={"tag": tag})
    assert response.status_code == 400
    assert response.json["error"] == "unknown_tag"


def test_the_name_of_what_is_deployed_follows_the_content():
    assert api.build.build() == api.build.build()
    assert len(api.build.build()) == 12


def _expire(reader):
    """Make the kept answer old, as time would."""
    store = cache._state.stores.memory
    for key in list(store._cache):
        kept = store.get(key)
        if isinstance(kept.value, api.overview.Encoded):
            store.set(key, replace(kept, seconds=-1.0))
