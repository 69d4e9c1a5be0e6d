"""Lines of the log: as sentences, or as JSON for a machine; none that a stranger could forge."""

import logging
import sys
import threading
import traceback
from datetime import UTC, datetime
from typing import Any

import flask
import orjson
from gunicorn.glogging import Logger as GunicornLogger

from access import name_the_user, who
from data.db import line_of, pool
from operations.repeats import Repeats, told
from operations.requests import request_id

#: What a line may carry besides its text; `operations.statements` gives it.
FIELDS = ("query", "ms", "rows", "hit", "failure", "repeated")


def harmless(text: str) -> str:
    """Return text in one line without control characters: what is not printable as an escape.

    A stranger may put a line of his own into a log by a newline, and act on a terminal by ESC.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escape(each) for each in text)


def _escape(character: str) -> str:
    signs = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return signs.get(character) or character.encode("unicode_escape").decode("ascii")


def trace(error: BaseException) -> list[str]:
    """Return the lines of a traceback; what the error itself says stays in its one line."""
    lines: list[str] = []
    for part in _chain(error):
        stack = traceback.extract_tb(part.__traceback__)
        lines += ["Traceback (most recent call last):"] if stack else []
        for entry in stack.format():
            lines += [harmless(line) for line in entry.rstrip("\n").split("\n")]
        lines.append(harmless(told(part)))
    return lines


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error and what led to it, the first one first."""
    part: BaseException | None = error
    chain: list[BaseException] = []
    while part is not None and part not in chain:
        chain.append(part)
        part = part.__cause__ or (None if part.__suppress_context__ else part.__context__)
    return chain[::-1]


class Plain(logging.Formatter):
    """A sentence a line, and the name of the user where there is a request."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record, and its traceback indented below it."""
        name_the_user(record)
        user = vars(record)["user"]
        lines = [harmless(f"{user}{record.getMessage()}")]
        if record.exc_info and record.exc_info[1] is not None:
            lines += [f"  {line}" for line in trace(record.exc_info[1])]
        return "\n".join(lines)


class Json(logging.Formatter):
    """One object of JSON a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object of a record: times in UTC, names of fields as in docs/operations.md."""
        content: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": harmless(record.getMessage()),
        }
        content |= _of_request()
        content |= {name: vars(record)[name] for name in FIELDS if name in vars(record)}
        if record.exc_info and record.exc_info[1] is not None:
            content["traceback"] = trace(record.exc_info[1])
        return orjson.dumps(content, default=str).decode()


def without_dsn(record: logging.LogRecord) -> bool:
    """Let an error of the driver that a line tells say nothing that the DSN says."""
    if isinstance(record.args, tuple):
        errors = (isinstance(each, Exception) for each in record.args)
        if any(errors):
            record.args = tuple(_told_if_of_driver(each) for each in record.args)
    return True


def _told_if_of_driver(value: object) -> object:
    line = line_of(value, pool.dsn_parts()) if isinstance(value, Exception) else None
    return value if line is None else line


def _of_request() -> dict[str, str | None]:
    if not flask.has_request_context():
        return {}
    person, request = who(), flask.request
    return {
        "request": request_id(),
        "user": person.name if person is not None else None,
        "route": request.url_rule.rule if request.url_rule else None,
    }


class GunicornLog(GunicornLogger):
    """What gunicorn says goes the way of all other lines: it quotes what strangers send."""

    def setup(self, cfg: Any) -> None:
        """Hand on the lines of the server to the root of all logs."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Log a failure; that the other end said or took nothing in its time is none of ours."""
        if isinstance(sys.exception(), BlockingIOError):
            self.warning("A connection was closed: its other end stopped in the middle.")
        else:
            super().exception(msg, *args, **kwargs)


def write(form: str, level: str, queries: bool) -> None:
    """Write the log to stderr from now on.

    Parameters
    ----------
    form : plain or json
    level : debug, info, warning or error; of debug, only our own lines are less than a warning
    queries : a line for each statement and for each answer from memory
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Json() if form == "json" else Plain())
    handler.addFilter(without_dsn)
    handler.addFilter(Repeats().admits)
    root = logging.getLogger()
    for before in list(root.handlers):
        root.removeHandler(before)
    root.addHandler(handler)
    root.setLevel(max(logging.INFO, logging.getLevelName(level.upper())))
    logging.getLogger("ksys").setLevel(level.upper())
    logging.getLogger("ksys.query").setLevel(logging.DEBUG if queries else logging.NOTSET)
    threading.excepthook = _log_thread


def _log_thread(ended: threading.ExceptHookArgs) -> None:
    """Log why a thread ended, by the way of all other lines."""
    name = ended.thread.name if ended.thread else "?"
    if ended.exc_value is not None:
        why = (ended.exc_type, ended.exc_value, ended.exc_traceback)
        logging.getLogger("ksys").error("%s ended", name, exc_info=why)
