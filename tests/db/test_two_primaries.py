"""Of two servers that say they are the primary the promoted one is read, and both are told of."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from sqlalchemy import Integer, column, text

import api.overview
from components import notices
from data.analysis import gaps
from data.db import cache, pool
from data.db.replicas import histories
from data.errors import HistorianUnavailable
from data.status.worker_lines import worker_lines
from data.store import install
from tests.support import standbys
from tests.support.places import ROOT
from tests.support.servers import asked, until
from tests.support.standbys import Node, Pair

pytestmark = pytest.mark.db
RULE = """
    INSERT INTO influx_qc_rule (tag_name, min_val, max_val, max_gap_seconds)
    VALUES ('slow', 0, 100, 300)
"""
READING = "INSERT INTO influx_hist (ts, tag_name, value) VALUES (now(), 'slow', %s)"


@pytest.fixture
def nodes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Node]]:
    """A primary with a tag that is read every few minutes, and its standby; both are in TS_DSN."""
    monkeypatch.setattr(histories, "BEGIN_S", 0.0)  # a promotion is seen, however soon it comes
    with (
        tempfile.TemporaryDirectory(prefix="ksys-", ignore_cleanup_errors=True) as name,
        ExitStack() as ending,
    ):
        Path(name).chmod(0o755)
        made = standbys.replicated(Path(name).resolve(), 1, ending)
        with closing(psycopg2.connect(made[0].dsn)) as connection:
            install.install(connection)
            connection.commit()
        asked(made[0].dsn, RULE)
        asked(made[0].dsn, READING, 42)
        Pair(*made).caught_up()
        cache.forget()
        pool.connect(standbys.several(made))
        yield made
        pool.dispose()
        cache.forget()


def read_port() -> int:
    """Return the port of the server that pages read now."""
    statement = text("SELECT current_setting('port')::int AS port").columns(column("port", Integer))
    return int(pool.read_rows(statement)[0]["port"])


def said() -> dict[str, Any]:
    """Return what is said of the servers, by key."""
    return {line.key: line.values for line in worker_lines(())}


def frame() -> dict[str, Any]:
    """Return the frame that a page gets now."""
    api.overview.frame.expire()
    return dict(json.loads(api.overview.frame.answer().value.plain))


def promoted(old: Node, new: Node) -> None:
    """Let the primary die, its standby be promoted and written to, and the old one come back."""
    old.stop(signal.SIGQUIT)
    new.promote()
    until(lambda: asked(new.dsn, "SELECT NOT pg_is_in_recovery()"), 30)
    asked(new.dsn, READING, 99)
    old.start()


def test_an_old_primary_that_comes_back_is_not_read_and_is_named(nodes: list[Node]) -> None:
    old, new = nodes
    assert read_port() == old.port
    assert "primary_ended" not in said()
    promoted(old, new)
    until(lambda: said().get("primary_ended") == {"servers": "1"}, 30)
    asked(old.dsn, READING, 13)
    for _ in range(5):
        assert read_port() == new.port
    assert frame()["value"] == [99]


def test_what_only_an_old_primary_has_is_never_fresh(
    nodes: list[Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = nodes
    assert frame()["value"] == [42]
    promoted(old, new)
    until(lambda: said().get("primary_ended"), 30)
    until(lambda: frame()["value"] == [99], 30)
    asked(old.dsn, READING, 13)
    new.stop(signal.SIGQUIT)
    until(lambda: read_port() == old.port, 30)
    monkeypatch.setattr(gaps, "MOST_LAG_S", 3.0)
    until(lambda: pool.replica_lag() > 3, 30)
    shown = frame()
    assert (shown["value"], shown["freshness"]) == ([13], "1"), "newly written, and LATE"
    with pytest.raises(HistorianUnavailable) as refused, pool.snapshot():
        pass
    assert refused.value.key.startswith("historian_replica")
    new.start()
    until(lambda: read_port() == new.port, 30)
    shown = frame()
    assert (shown["value"], shown["freshness"], shown["replica"]) == ([99], "0", 0)


def test_what_is_kept_of_one_history_is_not_shown_of_another(nodes: list[Node]) -> None:
    old, new = nodes
    before = pool.historian()
    assert api.overview.frame.answer().value and api.overview.frame.kept()
    promoted(old, new)
    until(lambda: read_port() == new.port and pool.historian() != before, 30)
    assert api.overview.frame.kept() is None


def twin(node: Node, port: int) -> Node:
    """Return a copy of a server that runs beside it, as a snapshot of its disk that was started."""
    node.stop(signal.SIGINT)
    made = Node(node.place, node.data.parent / f"twin-{port}", port)
    subprocess.run(["cp", "-a", str(node.data), str(made.data)], check=True)
    node.start()
    made.start()
    return made


def checked(nodes: list[Node]) -> str:
    """Return what `manage.py check` says of these servers."""
    command = [sys.executable, str(ROOT / "manage.py"), "check"]
    given = os.environ | {"TS_DSN": standbys.several(nodes), "LANGUAGE": "en"}
    return subprocess.run(command, env=given, capture_output=True, text=True, check=False).stdout


@pytest.mark.usefixtures("in_english")
def test_primaries_of_which_none_was_promoted_are_told_on_every_page(nodes: list[Node]) -> None:
    first, _standby = nodes
    second = twin(first, 5999)
    try:
        pool.connect(standbys.several([first, second]))
        cache.forget()
        assert read_port() == first.port
        until(lambda: said().get("primaries") == {"servers": "1, 2"}, 30)
        assert frame()["rivals"] is True
        assert "say that they are the primary" in notices._servers()[0].text
        assert "say that they are the primary" in checked([first, second])
        before = pool.historian()
        first.stop(signal.SIGQUIT)
        until(lambda: read_port() == second.port, 30)
        assert pool.historian() != before
        assert said()["primaries"], "it is the other one's history that pages show now"
    finally:
        second.stop(signal.SIGQUIT)
