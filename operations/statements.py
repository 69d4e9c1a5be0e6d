"""What is asked of the historian, counted by the name of the reader, and logged where wished."""

import logging

from data.db import Listener
from operations import metrics

#: Every statement at its level DEBUG: a line each, which `QUERY_LOG=1` turns on.
logger = logging.getLogger("ksys.query")


class Counting(Listener):
    """Counts questions, statements and files. A reader is named by its function alone."""

    def question(self, name: str, how: str) -> None:
        """Count a question, and log the one that needed no statement."""
        query = _short(name)
        metrics.QUESTIONS.labels(query, how).inc()
        if how == "memory" and logger.isEnabledFor(logging.DEBUG):
            logger.debug("query %s hit", query, extra={"query": query, "hit": True})

    def statement(self, name: str, seconds: float, rows: int, failure: str) -> None:
        """Count a statement, and log it."""
        query = _short(name)
        metrics.QUERY_SECONDS.labels(query).observe(seconds)
        metrics.QUERY_ROWS.labels(query).inc(rows)
        if failure:
            metrics.QUERY_FAILURES.labels(query, failure).inc()
        if logger.isEnabledFor(logging.DEBUG):
            took = round(1_000 * seconds, 1)
            said = {"query": query, "ms": took, "rows": rows, "hit": False, "failure": failure}
            text = f"query %s %.1f ms, %d rows{' failed: ' + failure if failure else ''}"
            logger.debug(text, query, took, rows, extra=said)

    def file(self, page: str, state: str, rows: int) -> None:
        """Count a file and its rows."""
        metrics.FILES.labels(page, state).inc()
        metrics.FILE_ROWS.labels(page).inc(rows)


def _short(name: str) -> str:
    """Return the name of a reader as it is told: `queries.latest.recent`."""
    return name.removeprefix("data.")
