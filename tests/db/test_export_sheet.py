"""A spreadsheet on its way: whole with its length, or refused before any of it is sent."""

import hashlib
import io
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import openpyxl
import pytest

from tests.conftest import started_site
from tests.support.exports import ADDRESS, ask, fill
from tests.support.servers import until

pytestmark = pytest.mark.db
SHEET = ADDRESS.replace("export.csv", "export.xlsx")
HOUR = SHEET.replace("2026-02-01T00:00Z", "2026-01-01T01:00Z")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder for temporary files of the site, and for what it keeps."""
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="module")
def site(module_database: str, folder: Path) -> Iterator[str]:
    """The address of Ksys, which makes spreadsheets of up to 3 MB."""
    fill(module_database)
    of_site = {"KSYS_DATA": str(folder), "TMPDIR": str(folder), "EXPORT_TEMP_MB": "3"}
    address, process = started_site(module_database, **of_site)
    yield address
    process.kill()
    process.wait(15)


def left(folder: Path) -> list[Path]:
    """Return the spreadsheets that are there."""
    return list(folder.rglob("*.xlsx"))


def ends(folder: Path) -> list[str]:
    """Return what became of the files, in any order."""
    return [json.loads(path.read_text())["state"] for path in folder.glob("exports/*.json")]


def told(site: str, name: str) -> dict:
    """Return what the site tells of a file."""
    with urllib.request.urlopen(f"{site}/api/v1/exports/{name}", timeout=60) as answer:
        return dict(json.load(answer))


def test_a_spreadsheet_comes_with_its_length_and_every_reading(site, folder):
    with urllib.request.urlopen(site + HOUR, timeout=60) as answer:
        content = answer.read()
        name = answer.headers["X-Request-ID"]
    assert int(answer.headers["Content-Length"]) == len(content)
    assert answer.headers["Transfer-Encoding"] is None
    assert "spreadsheetml" in answer.headers["Content-Type"]
    assert ".xlsx" in answer.headers["Content-Disposition"]
    rows = list(openpyxl.load_workbook(io.BytesIO(content))["ksys"].iter_rows(values_only=True))
    assert len(rows) == 3_601
    assert [row[0] for row in rows[:2]] == ["tag", "D1"]
    record = told(site, name)
    assert (record["rows"], record["bytes"]) == (3_600, len(content))
    assert record["sha256"] == hashlib.sha256(content).hexdigest()
    assert record["state"] == "complete"
    until(lambda: not left(folder))


def test_one_that_would_be_too_large_is_refused_and_nothing_is_left_of_it(site, folder):
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(site + SHEET, timeout=120)
    with refused.value as answer:
        assert answer.code == 400
        assert "more than 3 MB" in answer.read().decode()
        assert "Content-Disposition" not in answer.headers
    assert not left(folder) and "refused" in ends(folder)


def test_who_goes_away_while_it_is_written_ends_it(site, folder, module_database):
    parts = urlsplit(site)
    running = "SELECT pid FROM pg_stat_activity WHERE application_name = 'ksys' AND "
    running += "query ILIKE '%string_agg%' AND state <> 'idle' AND datname = current_database()"
    with closing(socket.create_connection((str(parts.hostname), int(parts.port or 0)))) as client:
        head = f"GET {parts.path}{SHEET} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n"
        client.sendall(head.encode())
        until(lambda: left(folder))
    until(lambda: not left(folder) and not ask(module_database, running))
    until(lambda: "abandoned" in ends(folder))
