"""What tests of pages stand on: the report of one that failed, and a profile that many share."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Error

from tests.support import browsers
from tests.support.places import ROOT

#: What changes a context, so that pages of later tests would have it too.
OF_A_CONTEXT = r"\b({})\.(clock|context(?!\.(new_cdp_session|new_page|expect_page)\b))\b"
TEXTS = {
    path.stem: path.read_text(encoding="utf8")
    for path in sorted((ROOT / "tests/browser").glob("test_*.py"))
}
WARM = [name for name, text in TEXTS.items() if "def tab(warm_tab" in text]


class Page:
    """A page that shows a word, or can no longer be looked at."""

    url = "http://127.0.0.1:1/trend?tag=D1"

    def __init__(self, *, gone: bool) -> None:
        self.gone = gone

    def screenshot(self, path: Path, timeout: float) -> None:
        assert timeout > 0
        path.write_bytes(b"png")

    def evaluate(self, _script: str) -> str:
        if self.gone:
            raise Error("Target page has been closed")
        return "<p>shown</p>"


def shown(folder: Path, *, gone: bool) -> str:
    item: Any = SimpleNamespace(
        nodeid="tests/a.py::b[/trend?x-en]", config=SimpleNamespace(rootpath=folder)
    )
    return browsers.shown(Page(gone=gone), item)


def test_a_failed_test_of_a_page_tells_its_address_and_what_it_showed(tmp_path: Path) -> None:
    said = shown(tmp_path, gone=False)
    (picture,) = (tmp_path / ".pytest_cache/failed").glob("*.png")
    assert Page.url in said and "<p>shown</p>" in said and str(picture) in said


def test_a_page_that_is_gone_hides_no_failure(tmp_path: Path) -> None:
    assert "Target page has been closed" in shown(tmp_path, gone=True)


@pytest.mark.parametrize("name", TEXTS)
def test_tests_that_share_a_profile_change_nothing_that_outlives_them(name: str) -> None:
    pages = "phone|tab" if name in WARM else "phone"
    assert re.search(OF_A_CONTEXT.format(pages), TEXTS[name]) is None


def test_there_are_tests_that_share_a_profile() -> None:
    assert len(WARM) > 20
