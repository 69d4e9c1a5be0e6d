"""The folder in which the workers of a server count, chosen before `metrics` is imported."""

import functools
import os
import shutil
import tempfile
from typing import Any


@functools.cache
def chosen() -> str:
    """Return the folder, made once in a process."""
    return tempfile.mkdtemp(prefix=f"ksys-metrics-{os.getpid()}-")


def forget_worker(_arbiter: Any, worker: Any) -> None:
    """Let what a worker showed of itself end with it: a hook of gunicorn."""
    from operations import metrics

    metrics.forget_worker(worker.pid)


def forget_master(arbiter: Any) -> None:
    """Let what the server itself shows, which is nothing, stand for no worker."""
    from operations import metrics

    metrics.forget_worker(arbiter.pid)


def remove(_arbiter: Any) -> None:
    """Remove the folder when the server ends: a hook of gunicorn."""
    shutil.rmtree(chosen(), ignore_errors=True)
