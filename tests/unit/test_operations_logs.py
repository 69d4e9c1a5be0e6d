"""The log: no stranger writes a line of it, and what repeats is counted."""

import logging
import sys

import flask
import orjson
import pytest

from access.people import Role, Who
from operations import logs, repeats

EVIL = "x\nERROR forged \x1b[2J\r\x9b1m\u2028\u202e\x00"


def record(text: str = "said", error: BaseException | None = None, level: int = logging.ERROR):
    """Return a record as `logging` makes it."""
    told = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("ksys", level, __file__, 1, text, None, told)


def raised(text: str) -> ValueError:
    """Return an error as it is caught, with what led to it."""
    try:
        try:
            raise KeyError(text)
        except KeyError as cause:
            raise ValueError(text) from cause
    except ValueError as error:
        return error


@pytest.mark.parametrize("form", [logs.Plain(), logs.Json()])
def test_a_strangers_newline_or_escape_reaches_no_log_raw(form):
    line = form.format(record(f"user {EVIL}"))
    assert line.isprintable()
    assert "\\n" in line and "forged" in line


@pytest.mark.parametrize("form", [logs.Plain(), logs.Json()])
def test_what_an_error_says_begins_no_line_of_its_own(form):
    text = form.format(record(error=raised(EVIL)))
    assert all(line.isprintable() for line in text.split("\n"))
    assert not [line for line in text.split("\n") if line.lstrip().startswith("ERROR")]
    assert text.count("forged") == 2, "the error and its cause"


def test_a_line_of_json_names_request_user_and_route():
    app = flask.Flask("test")
    app.add_url_rule("/trend", "trend", str)
    with app.test_request_context("/trend"):
        flask.g.who = Who("kim", Role.VIEWER, "password")
        lines = [orjson.loads(logs.Json().format(record())) for _ in range(2)]
    assert [line["user"] for line in lines] == ["kim", "kim"]
    assert lines[0]["route"] == "/trend"
    assert lines[0]["request"] and lines[0]["request"] == lines[1]["request"]
    assert "request" not in orjson.loads(logs.Json().format(record()))


def test_a_repeated_traceback_is_counted_instead_of_written(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(repeats.time, "monotonic", lambda: now[0])
    kept, error = repeats.Repeats(), raised("away")
    lines = [kept.admits(record(error=error)) for _ in range(1000)]
    assert (lines[0], sum(lines)) == (True, 1)
    now[0] = repeats.QUIET_S
    later = record(error=error)
    assert kept.admits(later)
    assert "and 999 more" in later.getMessage() and later.exc_info is None
    now[0] = 2 * repeats.ONE_LINE_S
    hours_later = record(error=error)
    assert kept.admits(hours_later) and hours_later.exc_info


def test_another_error_from_another_place_is_written():
    kept = repeats.Repeats()
    assert kept.admits(record(error=raised("one")))
    try:
        int("x")
    except ValueError as other:
        assert kept.admits(record(error=other))


def test_who_may_what_and_who_got_which_file_is_never_only_counted():
    kept = repeats.Repeats()
    line = record(level=logging.WARNING)
    line.name = "ksys.access"
    assert [kept.admits(line) for _ in range(3)] == [True] * 3
    assert [kept.admits(record(level=logging.WARNING)) for _ in range(3)] == [True, False, False]


def test_what_repeated_and_then_stopped_is_told_once(monkeypatch, caplog):
    now = [0.0]
    monkeypatch.setattr(repeats.time, "monotonic", lambda: now[0])
    kept = repeats.Repeats()
    for _ in range(5):
        kept.admits(record(error=raised("away")))
    now[0] = repeats.QUIET_S + 1
    for _ in range(2):
        repeats.tell()
    assert [line.repeated for line in caplog.records] == [4]


def test_the_memory_for_repeats_is_bounded():
    kept = repeats.Repeats()
    for number in range(2 * repeats.MOST):
        kept.admits(record(f"warning {number}", level=logging.WARNING))
    assert len(kept._met) <= repeats.MOST


def test_the_log_of_statements_is_on_by_its_setting_or_by_the_level(monkeypatch, capsys):
    root, ours = logging.getLogger(), logging.getLogger("ksys")
    query = logging.getLogger("ksys.query")
    before = root.handlers[:], root.level, ours.level, query.level
    monkeypatch.setattr(logs.threading, "excepthook", logs.threading.excepthook)
    try:
        for level, switch, told in [
            ("info", False, False),
            ("info", True, True),
            ("debug", False, True),
            ("error", True, True),
        ]:
            logs.write("json", level, switch)
            query.debug("query %s", "x", extra={"query": "x", "ms": 1.5, "rows": 3, "hit": False})
            text = capsys.readouterr().err
            assert bool(text) is told, (level, switch)
            assert not told or orjson.loads(text)["ms"] == 1.5
    finally:
        root.handlers[:], level, *levels = before
        root.setLevel(level)
        ours.setLevel(levels[0])
        query.setLevel(levels[1])
    assert sys.stderr
