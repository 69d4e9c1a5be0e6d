"""What fails in Ksys itself while a file is made: it is broken, and the next one is sent."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from api.export import delivery
from data.analysis import seams
from data.export.formats import sheet
from tests.support.api import asked
from tests.support.api import client as client

pytestmark = pytest.mark.db
WINDOW = "tag=D101&window=2h&tz=UTC"
JUDGED = f"{WINDOW}&columns=tag,time,value,quality"
#: More than are sent at once.
MANY = 5


def fail(*_given: object, **_named: object) -> None:
    raise ZeroDivisionError


def assert_sent(client: FlaskClient) -> None:
    answer = client.get(f"/api/v1/export.csv?{WINDOW}", buffered=True)
    assert (answer.status_code, answer.text.count("\r\n") > 2) == (200, True)


def before_rows(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(delivery, "FIRST_S", 600)  # until it has failed
    monkeypatch.setattr(seams.Readings, "__init__", fail)
    return f"/api/v1/export.csv?{JUDGED}"


def in_a_spreadsheet(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(sheet, "rows", fail)
    return f"/api/v1/export.xlsx?{WINDOW}"


def on_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> str:
    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sheet, "header", full)
    return f"/api/v1/export.xlsx?{WINDOW}"


@pytest.mark.parametrize("failing", [before_rows, in_a_spreadsheet, on_a_full_disk])
def test_a_fault_of_our_own_before_the_first_byte_takes_no_place_from_the_next_file(
    client: FlaskClient, failing: Any
) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        address = failing(monkeypatch)
        for _ in range(MANY):
            answer = client.get(address)
            assert (answer.status_code, answer.json["error"]) == (500, "own_failure")
    assert_sent(client)


def test_a_fault_of_our_own_in_the_middle_is_not_said_to_be_of_who_asked(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged, calls = seams.Readings.judged, iter([True])

    def once(*given: Any) -> Any:
        return judged(*given) if next(calls, False) else fail()

    monkeypatch.setattr(seams.Readings, "judged", once)
    answer = client.get(f"/api/v1/export.csv?{JUDGED}&tag=D102")
    rows: Iterator[bytes] = iter(answer.response)
    with pytest.raises(ZeroDivisionError):
        list(rows)
    answer.close()
    record = asked(client, f"exports/{answer.headers['X-Request-ID']}")
    assert record["state"] == "broken"
    assert "Ksys" in record["why"] and record["sha256"] is None
    monkeypatch.undo()
    assert_sent(client)
