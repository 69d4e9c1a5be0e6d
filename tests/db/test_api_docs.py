"""What docs/api.md and docs/exports.md show is run against a site, and says the code's numbers."""

import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg2
import pytest

from access.guard import HISTORIES
from api.v1 import ROUTES
from api.v1.parameters import EVERY_STATISTIC, MOST_OF_PAGE, MOST_ROWS
from data.store import install
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


#: Times of which most have a fraction and some none, as from a source that stamps by itself.
READINGS = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT date_trunc('minute', now()) - each * interval '97.25 s', tag, each
    FROM generate_series(0, 800) AS each, unnest(ARRAY['D101', 'D102']) AS tag
"""


@pytest.fixture(scope="module")
def fractions(module_database: str, start_module_site: Any) -> str:
    """The address of a site whose readings have fractions of a second."""
    with closing(psycopg2.connect(module_database)) as connection, connection.cursor() as cursor:
        install.install(connection)
        cursor.execute(READINGS)
        connection.commit()
    address, _process = start_module_site(module_database)
    return str(address)


@pytest.mark.db
@pytest.mark.parametrize("text", [text for kind, text in SNIPPETS if kind == "python"])
def test_a_snippet_of_pandas_has_times_where_some_have_fractions(
    fractions: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KSYS", fractions)
    # What is asked in buckets is asked in single readings too, whose times have the fractions.
    readings = re.sub("resolution=[0-9]+[mh]&", "resolution=raw&", text)
    if "timeseries.csv" in readings:
        readings = re.sub(r"\b(bucket|avg)\b", lambda name: OF_READING[name[0]], readings)
    elif readings != text:
        readings = readings.replace('"avg"', '"value"')
    for asked in {text, readings}:
        named: dict[str, Any] = {}
        exec(asked, named)
        frames = [each for each in named.values() if isinstance(each, pd.DataFrame)]
        assert frames
        for frame in frames:
            (name,) = {"time", "ts", "bucket"} & set(frame)
            assert str(frame[name].dtype) == "datetime64[us, UTC]"


#: How the columns of buckets are called of single readings.
OF_READING = {"bucket": "ts", "avg": "value"}


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
