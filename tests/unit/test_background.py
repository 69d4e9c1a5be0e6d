"""Jobs beside the requests: one that ends is started again, and `/healthz` says so."""

import threading
from collections.abc import Iterator

import flask
import pytest

from api import background
from api.background import Background


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "LOOK_S", 0.001)


@pytest.fixture
def started() -> Iterator[list[Background]]:
    """Those that are to be stopped."""
    every: list[Background] = []
    yield every
    for each in every:
        each.stop()


def health(keeper: Background | None) -> str:
    app = flask.Flask("test")
    app.register_blueprint(background.blueprint)
    if keeper:
        app.extensions["ksys-background"] = keeper
    answer = app.test_client().get("/healthz")
    assert answer.status_code == 200
    return str(answer.text)


class Rollups:
    """A job that ends as often as it is told to, by itself or by an error, then goes on."""

    def __init__(self, failures: list[Exception | None]) -> None:
        self.failures = failures
        self.goes_on = threading.Event()

    def __call__(self, stop: threading.Event) -> None:
        if not self.failures:
            self.goes_on.set()
            stop.wait()
            return
        failure = self.failures.pop(0)
        if failure:
            raise failure


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # on purpose
def test_a_job_that_ends_is_started_again_and_named(started: list[Background]) -> None:
    rollups, feeder = Rollups([RuntimeError("no"), None]), Rollups([])
    keeper = Background({"rollups": rollups, "feeder": feeder})
    started.append(keeper)
    keeper.start()
    assert rollups.goes_on.wait(10) and feeder.goes_on.wait(10)
    first, note, end = health(keeper).split("\n")
    assert (first, end) == ("ok", "")
    assert note.startswith("rollups: started again 2 times, last at 2")


def test_a_job_that_is_told_to_end_is_not_started_again() -> None:
    job = Rollups([])
    keeper = Background({"rollups": job})
    keeper.start()
    assert job.goes_on.wait(10)
    keeper.stop()
    keeper._threads["rollups"].join(10)
    assert health(keeper) == "ok\n"


def test_a_process_without_jobs_is_well() -> None:
    assert health(None) == "ok\n"
