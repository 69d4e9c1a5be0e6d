"""What a test needs of the machine: without it the test is skipped, and in CI it may fail."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import chromium
from tests.support.citus import CITUS
from tests.support.places import SHARED

#: What is asked for by who wants the fast tests.
FAST = "not db and not browser"
#: What says that all tests of a file are none of them.
WHOLE_FILE = re.compile(r"^pytestmark = \[?\s*pytest\.mark\.(?:db|browser)\b", re.M)


def excuse(item: pytest.Item) -> str:
    """Return what a test may lack anywhere, CI included: an optional program, sample data."""
    for mark in item.iter_markers("optional"):
        for program in mark.args:
            if not shutil.which(program):
                return f"no {program} on this machine, and it is optional"
    if item.get_closest_marker("timescale") and not os.environ.get("TEST_TIMESCALE_DSN"):
        return "no TEST_TIMESCALE_DSN, which names a real TimescaleDB"
    if item.get_closest_marker("citus") and not CITUS:
        return "no TEST_CITUS_DSN, which names the coordinator of a real Citus cluster"
    for mark in item.iter_markers("one_server") if CITUS else ():
        return f"not on a Citus cluster: {mark.args[0]}"
    if item.get_closest_marker("samples") and not SHARED.exists():
        return "no sample data beside the checkout"
    return ""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out files of which no test is fast, where the fast tests are asked for.

    To import them, in each worker, took as long as all others together, to deselect all they hold.
    """
    if config.option.markexpr != FAST or collection_path.suffix != ".py":
        return None
    return bool(WHOLE_FILE.search(collection_path.read_text(encoding="utf8"))) or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what this machine cannot run, with the reason."""
    browserless = "" if chromium.PROGRAM else f"no {chromium.NAME} on this machine"
    for item in items:
        reason = excuse(item) or (item.get_closest_marker("browser") and browserless)
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[Any]:
    """In CI a database or browser test that is skipped without an excuse has failed."""
    report = yield
    needed = item.get_closest_marker("db") or item.get_closest_marker("browser")
    if report.skipped and needed and os.environ.get("CI") and not excuse(item):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and CI skips no such test: {report.longrepr}"
    return report
