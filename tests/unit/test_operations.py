"""Ready, and measured: what is told without asking the historian, and to whom."""

import re
import time
from datetime import UTC, datetime
from types import SimpleNamespace

import flask
import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from data.db import Answer, cache, cached, clock, file_sent, lanes, measures
from data.errors import HistorianUnavailable
from data.status import WIDTHS
from operations import metrics, routes, viewers, watch
from operations.watch import Look, Tags, Watch
from settings import Settings
from tests.support.app import whole_app
from tests.support.people import add_people, signed_in

LAGS = {"influx_agg_1m": 20.0, "influx_agg_1h": 9_000.0}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> flask.Flask:
    """A site where one signs in, over a historian that is nowhere."""
    folder = tmp_path_factory.mktemp("operations")
    add_people(folder)
    return whole_app(Settings(dsn="host=/nowhere", auth=("password",), data_dir=str(folder))).server


def told(client) -> dict[tuple[str, tuple], float]:
    """Return every sample by name and labels, as Prometheus reads them."""
    text = client.get("/metrics").text
    return {
        (each.name, tuple(sorted(each.labels.items()))): each.value
        for family in text_string_to_metric_families(text)
        for each in family.samples
    }


@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
def test_a_stranger_is_told_nothing_and_a_viewer_all(site, path):
    stranger = site.test_client().get(path, environ_base={"REMOTE_ADDR": "127.0.0.1"})
    screen = signed_in(site, "screen").get(path)
    viewer = signed_in(site, "viewer").get(path)
    assert (stranger.status_code, screen.status_code) == (401, 403)
    assert viewer.status_code in (200, 503) and viewer.data


def test_nothing_is_ready_before_the_first_look():
    assert routes.readiness(None, 0)["ready"] is False


@pytest.mark.parametrize(
    ("look", "now", "ready"),
    [
        (Look(100, "", 0.01), 101, True),
        (Look(100, "historian_refused", 0.01), 101, False),
        (Look(100, "", 0.01), 100 + watch.OLD_S + 1, False),
        (Look(100, "", 0.01, LAGS, ("rollups",), False), 101, True),
    ],
)
def test_ready_is_who_lately_got_an_answer_of_the_historian(look, now, ready):
    content = routes.readiness(look, now)
    assert content["ready"] is ready
    assert content["age"] == now - 100
    assert (content["reason"] is None) is ready


def test_what_is_late_lost_or_down_is_told():
    content = routes.readiness(Look(0, "", 0, LAGS, ("rollups",), False), 1)
    assert content["rollups"]["ok"] is False and content["rollups"]["lag"] == LAGS
    assert content["jobs"] == {"ok": False, "down": ("rollups",)}
    assert content["cache"] == {"ok": False}
    assert Look(0, "", 0, LAGS).late == ("influx_agg_1h",)


def frame(age: float) -> Answer:
    """Return a frame of three tags and of an age."""
    content = {"badge": "0bb", "age": [40, 3, None]}
    value = SimpleNamespace(plain=orjson.dumps(content))
    return Answer(value, None, None, age)


def test_a_look_tells_tags_by_state_and_an_age_that_goes_on(monkeypatch):
    monkeypatch.setattr(watch, "database_now", lambda: None)
    monkeypatch.setattr(watch, "_lags", lambda: LAGS)
    looking = Watch(lambda most: frame(7.0))
    looking.look()
    assert looking.last.tags == Tags({"CRITICAL": 1, "NORMAL": 2}, 10.0, 7.0)
    assert metrics.TAGS.labels("NORMAL")._value.get() == 2
    assert metrics.TAGS.labels("STALE")._value.get() == 0
    assert metrics.ROLLUP_LAG.labels("influx_agg_1h")._value.get() == 9_000
    assert metrics.DATA_AGE._value.get() == 10


def test_while_the_historian_is_away_no_state_looks_current(monkeypatch, caplog):
    def away():
        raise HistorianUnavailable("historian_lost")

    monkeypatch.setattr(watch, "database_now", away)
    asked = []
    looking = Watch(lambda most: asked.append(most) or frame(500.0))
    for _ in range(3):
        looking.look()
    value = metrics.TAGS.labels("NORMAL")._value.get()
    assert value != value, "NaN"
    assert metrics.DATA_AGE._value.get() == 503
    assert metrics.HISTORIAN_UP._value.get() == 0
    assert asked == [None] * 3, "no frame is asked of it"
    assert len(caplog.records) == 1, "it is said once"
    monkeypatch.setattr(watch, "database_now", lambda: None)
    monkeypatch.setattr(watch, "_lags", dict)
    looking.look()
    assert "answers again" in caplog.records[-1].getMessage()


def test_a_look_hears_the_clock_for_those_who_look_into_a_shared_cache(monkeypatch):
    monkeypatch.setattr(watch, "database_now", lambda: None)
    monkeypatch.setattr(watch, "_lags", dict)
    monkeypatch.setattr(clock, "database_now", lambda: datetime.now(UTC))
    cache.forget()
    Watch(lambda _most: None).look()
    monkeypatch.setattr(clock, "database_now", lambda: pytest.fail("the historian was asked"))
    assert clock.shared() == pytest.approx(time.time(), abs=60)
    cache.forget()


def test_a_request_is_counted_by_route_and_callback_and_never_by_what_a_stranger_wrote(site):
    client, own = signed_in(site, "viewer"), {"Origin": "http://localhost"}
    before = told(client)
    client.get("/made/up/by/a/stranger")
    client.post("/_dash-update-component", json={"output": "made.up"}, headers=own)
    output = "demo.children"
    call = {
        "output": output,
        "outputs": {"id": "demo", "property": "children"},
        "inputs": [{"id": "address", "property": "pathname", "value": "/"}],
        "state": [],
    }
    client.post("/_dash-update-component", json=call, headers=own)
    client.post("/_dash-update-component", json=call | {"inputs": []}, headers=own)
    after = told(client)
    route = ("route", "/_dash-update-component")

    def more(name: str, *labels: tuple[str, str]) -> float:
        return after.get((name, labels), 0) - before.get((name, labels), 0)

    assert more("ksys_request_seconds_count", ("callback", output), route) == 1
    assert more("ksys_request_seconds_count", ("callback", "none"), route) == 2
    assert more("ksys_requests_total", ("route", "/metrics"), ("status", "200")) == 1
    assert not re.search("made", str(after))


def test_an_answer_that_failed_names_its_request(site):
    site.config["PROPAGATE_EXCEPTIONS"] = False
    client = signed_in(site, "viewer")
    failed, fine = client.get("/overview/frame"), client.get("/build")
    assert failed.status_code == 503 and failed.headers["X-Request-ID"]
    assert "X-Request-ID" not in fine.headers


def test_questions_statements_and_files_are_counted_by_name(site):
    @measures.measured
    def read_rows() -> list[int]:
        return [1, 2, 3]

    @measures.measured
    def read_none() -> list[int]:
        raise HistorianUnavailable("historian_lost")

    @cached(60)
    def counted_reader() -> int:
        return len(read_rows())

    client = signed_in(site, "viewer")
    cache.forget()
    for _ in range(3):
        counted_reader()
    with pytest.raises(HistorianUnavailable), measures.naming("failing"):
        read_none()
    file_sent("trend", "complete", 12)
    sums = told(client)
    named = {key: value for key, value in sums.items() if "counted_reader" in str(key)}
    by_answer = {dict(k[1]).get("answer"): v for k, v in named.items() if "questions_t" in k[0]}
    assert by_answer == {"read": 1, "memory": 2}
    assert [v for (name, _), v in named.items() if name == "ksys_query_rows_total"] == [3]
    assert sums["ksys_query_failures_total", (("failure", "historian_lost"), ("query", "failing"))]
    assert sums["ksys_file_rows_total", (("page", "trend"),)] >= 12
    cache.forget()


def test_viewers_are_counted_once_each_and_forgotten_after_a_minute(monkeypatch):
    viewers.forget()
    now = [1_000.0]
    monkeypatch.setattr(viewers.time, "monotonic", lambda: now[0])
    for viewer in range(500):
        for _ in range(3):
            viewers.saw(hash((viewer, "somebody")))
    assert viewers.count() == pytest.approx(500, rel=0.03)
    now[0] += viewers.WITHIN_S + 1
    assert viewers.count() == 0


def test_neither_route_holds_a_place_of_those_who_ask_the_historian(site):
    """With every place taken, both are answered: they ask for none."""
    client = signed_in(site, "viewer")
    free, lanes._places.free = lanes._places.free, 0
    try:
        assert client.get("/metrics").status_code == 200
        assert client.get("/readyz").json["reason"] == "not looked yet"
        assert client.get("/healthz").status_code == 200
    finally:
        lanes._places.free = free


def test_the_age_of_data_goes_on_when_no_frame_is_left(monkeypatch):
    monkeypatch.setattr(watch, "database_now", lambda: None)
    monkeypatch.setattr(watch, "_lags", dict)
    now, frames = [100.0], [frame(7.0), None]
    monkeypatch.setattr(watch.time, "monotonic", lambda: now[0])
    looking = Watch(lambda most: frames.pop(0))
    looking.look()
    now[0] += 4_000
    looking.look()
    assert metrics.DATA_AGE._value.get() == 4_010
    assert metrics.FRAME_AGE._value.get() == 4_007
    value = metrics.TAGS.labels("NORMAL")._value.get()
    assert value != value, "NaN"


def test_what_is_ready_can_be_sent_with_the_names_of_relations_as_they_come(site):
    """They are no plain text but SQLAlchemy's, which JSON refuses as keys."""
    site.extensions[routes.WATCH] = SimpleNamespace(last=Look(0, "", 0, dict.fromkeys(WIDTHS, 1.0)))
    answer = signed_in(site, "viewer").get("/readyz")
    del site.extensions[routes.WATCH]
    assert set(answer.json["rollups"]["lag"]) == set(WIDTHS)
