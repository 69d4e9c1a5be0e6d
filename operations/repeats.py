"""What repeats is counted: a historian that is away must not fill a disk with its tracebacks."""

import logging
import threading
import time
import traceback
from dataclasses import dataclass
from weakref import WeakSet

from data.db import line_of, pool
from operations import metrics

#: After a traceback, so long the same one is only counted [s], and so long it has no lines but one.
QUIET_S, ONE_LINE_S = 60.0, 3_600.0
#: Kinds of tracebacks that are kept in mind; beyond it the one seen longest ago goes.
MOST = 200
#: Each of these lines counts: who may what, and who got which file.
AUDIT = ("ksys.access", "ksys.files")
Kind = tuple[str, str, str]


@dataclass
class _Met:
    """A kind of traceback: when it was last told, when in full [s], how often counted since."""

    told: float
    in_full: float
    level: int
    counted: int = 0


class Repeats:
    """A filter of a handler: a traceback in full once an hour, a warning once a minute; counts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._met: dict[Kind, _Met] = {}
        _filters.add(self)

    def admits(self, record: logging.LogRecord) -> bool:
        """Return whether a record is to be written; it may lose its traceback, or gain a count."""
        if getattr(record, "repeated", 0):
            return True
        metrics.LOGGED.labels(record.levelname.lower()).inc()
        has_trace = record.exc_info and record.exc_info[1] is not None
        if record.name in AUDIT or not (has_trace or record.levelno >= logging.WARNING):
            return True
        now = time.monotonic()
        with self._lock:
            return self._admits(record, _kind(record), now)

    def _admits(self, record: logging.LogRecord, kind: Kind, now: float) -> bool:
        met = self._met.get(kind)
        if met is None:
            self._met[kind] = _Met(now, now, record.levelno)
            if len(self._met) > MOST:
                del self._met[min(self._met, key=lambda each: self._met[each].told)]
            return True
        if now - met.told < QUIET_S:
            met.counted += 1
            return False
        if met.counted:
            record.msg, record.args = f"{record.getMessage()} (and {met.counted} more)", None
        if now - met.in_full < ONE_LINE_S:
            _in_one_line(record)
        else:
            met.in_full = now
        met.told, met.counted = now, 0
        return True

    def due(self) -> list[tuple[Kind, int, int]]:
        """Return kind, level and count of what repeated and then stopped; it is told once."""
        now = time.monotonic()
        with self._lock:
            told = []
            for kind, met in self._met.items():
                if met.counted and now - met.told >= QUIET_S:
                    told.append((kind, met.level, met.counted))
                    met.told, met.counted = now, 0
            return told


_filters: WeakSet[Repeats] = WeakSet()

#: Error or text, place, count, seconds.
REPEATED = "%s at %s repeated %d times within %d s"


def tell() -> None:
    """Log how often tracebacks repeated that nobody was told of since."""
    for each in list(_filters):
        for (name, what, where), level, count in each.due():
            values = (what, where, count, round(QUIET_S))
            logging.getLogger(name).log(level, REPEATED, *values, extra={"repeated": count})


def _kind(record: logging.LogRecord) -> Kind:
    """Return what makes two the same: class and place of the error; without one, the text."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return record.name, record.getMessage(), record.levelname
    stack = traceback.extract_tb(error.__traceback__)
    where = f"{stack[-1].filename}:{stack[-1].lineno}" if stack else record.msg
    return record.name, type(error).__name__, str(where)


def told(error: BaseException) -> str:
    """Return class and words of an error; of the driver's without what the DSN says."""
    line = line_of(error, pool.dsn_parts())
    return line or "".join(traceback.format_exception_only(error)).rstrip("\n")


def _in_one_line(record: logging.LogRecord) -> None:
    error = record.exc_info[1] if record.exc_info else None
    if error is None:
        return
    record.msg, record.args = f"{record.getMessage()}: {told(error)}", None
    record.exc_info = record.exc_text = None
