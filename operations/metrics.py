"""Every metric there is: name, meaning, labels. No label holds what a stranger or a tag is called.

Workers write into files of one folder, so that whoever is asked answers for all of them. The folder
must be named in the environment before this module is imported (`settings.share_metrics`).
"""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import REGISTRY, Collector
from prometheus_client.values import ValueClass

#: Bounds of times [s]: from an answer out of memory to the longest statement of a page.
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
#: What all workers know alike is taken from the one that looked last.
SEEN: Literal["livemostrecent"] = "livemostrecent"

REQUEST_SECONDS = Histogram(
    "ksys_request_seconds",
    "Time to answer a request, by route and by callback of Dash.",
    ("route", "callback"),
    buckets=SECONDS,
)
REQUESTS = Counter("ksys_requests", "Requests answered, by route and status.", ("route", "status"))
QUERY_SECONDS = Histogram(
    "ksys_query_seconds",
    "Time of a statement with the wait for its connection, by the reader that asks.",
    ("query",),
    buckets=SECONDS,
)
QUERY_ROWS = Counter("ksys_query_rows", "Rows that statements returned, by reader.", ("query",))
QUERY_FAILURES = Counter(
    "ksys_query_failures",
    "Statements that failed, by reader and by the key of the sentence.",
    ("query", "failure"),
)
QUESTIONS = Counter(
    "ksys_questions",
    "Questions to readers: answered from memory, by the flight of another one, by a read.",
    ("query", "answer"),
)
FILES = Counter(
    "ksys_files",
    "Files asked for: complete, refused, unavailable, busy, broken, abandoned.",
    ("page", "state"),
)
FILE_ROWS = Counter("ksys_file_rows", "Rows of complete files.", ("page",))
LOGGED = Counter("ksys_log_lines", "Lines for the log, by level, repeated ones too.", ("level",))

CONNECTIONS = Gauge(
    "ksys_connections", "Connections for pages that are lent, of all workers.", (),
    multiprocess_mode="livesum",
)  # fmt: skip
CONNECTIONS_MOST = Gauge(
    "ksys_connections_most", "Connections for pages that all workers may open.", (),
    multiprocess_mode="livesum",
)  # fmt: skip
MEMORY = Gauge(
    "ksys_worker_memory_bytes", "Memory that a worker holds (resident).", (),
    multiprocess_mode="liveall",
)  # fmt: skip
LOOKED = Gauge(
    "ksys_last_look_timestamp_seconds",
    "When the worker that looked longest ago last looked at the historian.", (),
    multiprocess_mode="livemin",
)  # fmt: skip
HISTORIAN_UP = Gauge(
    "ksys_historian_up", "1 while the historian answers every worker, else 0.", (),
    multiprocess_mode="livemin",
)  # fmt: skip
HISTORIAN_SECONDS = Gauge(
    "ksys_historian_answer_seconds", "Time of the slowest last look at the historian.", (),
    multiprocess_mode="livemax",
)  # fmt: skip
CACHE_UP = Gauge(
    "ksys_cache_up", "1 while every worker reaches its store of answers, else 0.", (),
    multiprocess_mode="livemin",
)  # fmt: skip
DISK_FREE = Gauge(
    "ksys_disk_free_bytes",
    "What is free on the disk under the embedded historian; NaN of another one.", (),
    multiprocess_mode=SEEN,
)  # fmt: skip
JOBS_DOWN = Gauge(
    "ksys_jobs_down", "Jobs beside the requests that do not run, of all workers.", (),
    multiprocess_mode="livesum",
)  # fmt: skip
JOB_RESTARTS = Gauge(
    "ksys_job_restarts", "Times that jobs were started again, of all living workers.", (),
    multiprocess_mode="livesum",
)  # fmt: skip
DATA_AGE = Gauge(
    "ksys_data_age_seconds",
    "Age of the newest reading of any tag, carried on while none is seen; NaN without any.", (),
    multiprocess_mode=SEEN,
)  # fmt: skip
TAGS = Gauge(
    "ksys_tags", "Tags by the state on their badge; NaN while no frame is made.", ("state",),
    multiprocess_mode=SEEN,
)  # fmt: skip
FRAME_AGE = Gauge(
    "ksys_frame_age_seconds", "Age of the frame of which ksys_tags speaks.", (),
    multiprocess_mode=SEEN,
)  # fmt: skip
ROLLUP_LAG = Gauge(
    "ksys_rollup_lag_seconds",
    "How far a rollup is behind the readings of a few tags; NaN where nobody could look.",
    ("relation",),
    multiprocess_mode=SEEN,
)


#: Whether workers share their counts; else a process counts for itself, as in tests.
SHARED = bool(getattr(ValueClass, "_multiprocess", False))


class Workers(MultiProcessCollector):
    """What all workers counted, also while one of them begins a file, which is empty at first."""

    def collect(self) -> Iterable[Metric]:
        """Return the metrics of all files that hold something."""
        files = []
        for path in Path(self._path).glob("*.db"):
            with suppress(FileNotFoundError):  # its worker ended
                if path.stat().st_size:
                    files.append(str(path))
        return self.merge(files, accumulate=True)


def registry(*here: Collector) -> CollectorRegistry:
    """Return what is to be told now: of all workers, and what the one that is asked adds.

    Parameters
    ----------
    here : metrics that are the same in every worker, made when they are asked for
    """
    told = CollectorRegistry()
    if SHARED:
        Workers(told)
    else:
        told.register(REGISTRY)
    for collector in here:
        told.register(collector)
    return told


def forget_worker(pid: int) -> None:
    """Let what a worker showed of itself end with it; what it counted stays counted."""
    if SHARED:
        mark_process_dead(pid)
