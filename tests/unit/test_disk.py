"""A full disk under the embedded historian: named for what it is, waited for, told."""

import logging
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from api import background
from components.notices import about_tags
from data.db import disk, pool
from data.embedded import server
from data.errors import HistorianUnavailable, size_text
from data.queries import AboutTags
from data.status.worker_lines import worker_lines
from data.store.patience import MOST_S, Patience
from operations import metrics, routes, watch
from tests.support.places import ROOT

FULL, ROOMY = 3 * 2**20, 2**40


class Usage(NamedTuple):
    free: int


@pytest.fixture
def free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """What is free on the disk of an embedded historian; a test may change it."""
    left = [FULL]
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(left[0]))
    disk.store_in(tmp_path)
    yield left
    disk.store_in(None)


@pytest.mark.parametrize("key", ["historian_refused", "historian_lost", "historian_disk"])
def test_a_failure_on_a_full_disk_is_named_by_it_with_what_is_free(free: list[int], key: str):
    found = disk.named(HistorianUnavailable(key))
    assert found.key == "historian_disk_here"
    assert "3 MB are free" in str(found)
    free[0] = ROOMY
    assert disk.named(HistorianUnavailable(key)).key == key


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 MB"), (1, "0 MB"), (3 * 2**20, "3 MB"), (64 * 2**20 - 1, "64 MB"),
        (999 * 2**20, "999 MB"), (1_000 * 2**20, "0.98 GB"), (67_800 * 2**20, "66.2 GB"),
        (2**40, "1 TB"), (1_234 * 2**40, "1234 TB"),
    ],
)  # fmt: skip
def test_a_size_is_written_as_people_write_it(count: int, words: str):
    assert size_text(count) == words


def test_what_no_disk_causes_keeps_its_name(free: list[int]):
    for key in ("historian_busy", "historian_denied", "historian_password"):
        assert disk.named(HistorianUnavailable(key)).key == key


def test_of_a_historian_elsewhere_no_disk_is_known(free: list[int]):
    disk.store_in(None)
    assert disk.disk() is None
    assert disk.named(HistorianUnavailable("historian_refused")).key == "historian_refused"


def test_the_status_page_says_how_much_is_free(free: list[int], in_english: None):
    def said() -> dict[str, str]:
        return {line.key: line.level for line in worker_lines(()) if line.subject == "disk"}

    assert said() == {"disk_full": "fault"}
    free[0] = disk.LOW - 1
    assert said() == {"disk_low": "risk"}
    free[0] = ROOMY
    assert said() == {"disk": "ok"}


def test_every_page_says_that_nothing_new_is_stored(free: list[int], in_english: None):
    ((level, text),) = about_tags(AboutTags(disk_full=True), background.UTC)
    assert level == "warning"
    assert "The disk under the embedded historian is full: 3 MB" in text
    assert about_tags(AboutTags(), background.UTC) == []


def test_the_log_tells_once_that_it_is_full_and_once_that_there_is_room(
    free: list[int], caplog: pytest.LogCaptureFixture
):
    class Stop(threading.Event):
        """Let it look so often, with what is free by then."""

        looks = [ROOMY, FULL, FULL, ROOMY, ROOMY]

        def wait(self, timeout: float | None = None) -> bool:
            if not self.looks:
                return True
            free[0] = self.looks.pop(0)
            return False

    with caplog.at_level(logging.WARNING):
        background.watch_disk(Stop())
    texts = [record.getMessage() for record in caplog.records]
    assert ["is full: 3 MB" in text for text in texts] == [True, False]
    assert "has room again" in texts[1]


def test_little_room_is_told_in_log_readiness_and_metric_before_it_is_none(
    free: list[int], caplog: pytest.LogCaptureFixture
):
    stop = threading.Event()
    free[0] = disk.LOW - 1
    stop.wait = lambda _timeout: bool(caplog.records)
    background.watch_disk(stop)
    assert [record.getMessage() for record in caplog.records] == [
        "the disk under the embedded historian has only 2 GB free"
    ]
    look = watch.Look(0, "", 0, space=disk.disk())
    told = routes.readiness(look, 0)
    assert told["ready"] and told["disk"] == {"ok": False, "free": disk.LOW - 1}
    watch.Watch(lambda _age: None)._tell(look)
    assert metrics.DISK_FREE._value.get() == disk.LOW - 1
    elsewhere = routes.readiness(watch.Look(0, "", 0), 0)
    assert elsewhere["disk"] == {"ok": True, "free": None}


def test_the_alert_begins_where_the_status_page_warns():
    rules = (ROOT / "docs/alerts.yaml").read_text(encoding="utf8")
    assert "ksys_disk_free_bytes < 2 * 1024 * 1024 * 1024\n" in rules
    assert disk.LOW == 2 * 1024**3


def test_who_starts_and_who_reads_call_the_same_disk_full():
    assert server.ROOM == disk.LEAST


def test_waits_grow_to_a_minute_and_begin_anew_when_it_works():
    patience = Patience(5)
    assert [patience.failed() for _ in range(6)] == [5, 10, 20, 40, MOST_S, MOST_S]
    patience.worked()
    assert patience.failed() == 5
    assert Patience(300).failed() == 300


def test_another_historian_has_no_disk_here(tmp_path: Path) -> None:
    disk.store_in(tmp_path)
    pool.dispose()
    assert disk.disk() is None


def test_a_folder_that_was_taken_away_is_no_disk(tmp_path: Path) -> None:
    disk.store_in(tmp_path / "gone")
    assert disk.disk() is None
    disk.store_in(None)
