"""A site over a historian whose API a test asks, in this process."""

import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

import web
from data.db import cache, pool
from settings import Settings


@pytest.fixture(scope="module")
def client(plant_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A browser of a site over the demonstration plant."""
    cache.forget()
    folder = str(tmp_path_factory.mktemp("api"))
    app = web.create_app(Settings(dsn=plant_dsn, data_dir=folder))
    yield app.server.test_client()
    pool.dispose()
    cache.forget()


def asked(client: FlaskClient, path: str, **query: Any) -> dict[str, Any]:
    """Return the JSON of an answer that is one."""
    answer = client.get(f"/api/v1/{path}", query_string=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def cells(client: FlaskClient, path: str, **query: Any) -> list[dict[str, str]]:
    """Return the rows of an answer as CSV."""
    answer = client.get(path, query_string=query, buffered=True)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))
