"""What docs/api.md and docs/exports.md show is run against a site, and says the code's numbers."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from access.guard import HISTORIES
from api.v1 import ROUTES
from api.v1.parameters import EVERY_STATISTIC, MOST_OF_PAGE, MOST_ROWS
from data.views import MAX_TAGS
from tests.support.places import ROOT

TEXT = (ROOT / "docs/api.md").read_text(encoding="utf8")
FILES = (ROOT / "docs/exports.md").read_text(encoding="utf8")
BOTH = TEXT + FILES
SNIPPETS = re.findall(r"<!-- run -->\n```(\w+)\n(.*?)```", BOTH, re.S)


#: By the language of a snippet the program that it needs besides Python.
PROGRAMS = {"sh": "curl", "r": "Rscript"}


def test_there_are_snippets_of_curl_pandas_and_r() -> None:
    kinds = [kind for kind, _text in SNIPPETS]
    assert sorted(kinds) == ["python"] * 3 + ["r"] * 2 + ["sh"] * 2
    assert sum(BOTH.count(f"```{kind}\n") for kind in set(kinds)) == len(SNIPPETS)


@pytest.mark.db
@pytest.mark.parametrize(
    ("kind", "text"),
    [
        pytest.param(kind, text, marks=[pytest.mark.optional(PROGRAMS[kind])])
        if kind in PROGRAMS
        else (kind, text)
        for kind, text in SNIPPETS
    ],
)
def test_a_snippet_runs(site: str, kind: str, text: str, tmp_path: Path) -> None:
    program = {
        "sh": ["sh", "-e", "-c", text.replace("curl -s", "curl -sf")],
        "r": ["Rscript", "-e", text],
    }
    done = subprocess.run(
        program.get(kind, [sys.executable, "-c", text]),
        env={**os.environ, "KSYS": site},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "D101" in done.stdout or "mean" in done.stdout.lower()


def test_every_route_is_told_with_the_role_that_it_needs() -> None:
    for route in ROUTES:
        needs = "analyst" if route.name in HISTORIES else "viewer"
        assert re.search(rf"^\| `/api/v1/{route.name}` \| .* \| {needs} \|$", TEXT, re.M), (
            route.name
        )
    told = {name for route in ROUTES for name in (each.name for each in route.every_parameter)}
    for name in told:
        assert f"`{name}`" in TEXT, name
    assert f"`{','.join(EVERY_STATISTIC)}`" in TEXT


@pytest.mark.parametrize(
    "sentence",
    [
        f"at most {MOST_ROWS:,} rows: more is refused",
        f"(at most {MOST_OF_PAGE:,} rows a page)",
        f"up to {MAX_TAGS} times for a history",
    ],
)
def test_a_stated_number_is_that_of_the_code(sentence: str) -> None:
    assert sentence in " ".join(TEXT.split())
