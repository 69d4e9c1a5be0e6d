"""How many workers a site has where nobody says it, and how long a restart waits for them."""

import pytest

import app
from settings import Settings, machine


@pytest.mark.parametrize(
    ("cores", "free", "count"),
    [(2, 2e9, 2), (64, 2e9, 2), (1, 2e9, 1), (1.5, 2e9, 1), (2, 0.9e9, 1), (4, 0, 1)],
)
def test_there_are_two_workers_where_two_cores_and_memory_are(cores, free, count):
    assert machine.workers(cores, free) == count


def test_the_quota_and_the_memory_of_a_container_count(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "CGROUP", tmp_path)
    monkeypatch.setattr(machine, "MEMORY", tmp_path / "meminfo")
    assert machine.workers(cores=2) == 1, "nobody says what is free"
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    4000000 kB\n")
    assert machine.workers(cores=2) == 2
    (tmp_path / "memory.max").write_text("1500000000\n")
    (tmp_path / "memory.current").write_text("700000000\n")
    assert machine.workers(cores=2) == 1
    (tmp_path / "memory.max").write_text("max\n")
    assert machine.workers(cores=2) == 2
    (tmp_path / "cpu.max").write_text("150000 100000\n")
    assert machine.workers(free=2e9) == 1


def test_what_the_administrator_says_counts(monkeypatch):
    assert Settings(workers=3).workers == 3


@pytest.mark.parametrize(("grace", "waits"), [("1", 30), ("30", 30), ("600", 600)])
def test_a_restart_waits_for_every_request_at_least_30_s(monkeypatch, grace, waits):
    monkeypatch.setenv("EXPORT_GRACE", grace)
    assert app.gunicorn_options()["graceful_timeout"] == waits
