"""Plants whose files are estimated: a store of readings with rollups, read without a clock."""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest

from data.db import cache, pool
from data.export.guessed import exact, rows, size
from data.store import install
from tests.conftest import _new_database
from tests.support.historians import Historian

RULE = "INSERT INTO influx_qc_rule (tag_name, min_val, max_val) VALUES (%s, %s, %s)"


def stored(
    server_dsn: str,
    readings: Mapping[str, pd.DataFrame],
    spans: Mapping[str, tuple[float, float]] | None = None,
) -> str:
    """Return the DSN of a new store with its rollups.

    Parameters
    ----------
    readings : of each tag, columns ts, value, qc
    spans : least and greatest value of the tags that have a rule
    """
    historian = Historian(_new_database(server_dsn))
    historian.connection.autocommit = False
    install.install(historian.connection)
    with historian.connection.cursor() as cursor:
        for tag, frame in readings.items():
            table = frame.assign(tag=tag)[["ts", "tag", "value", "qc"]]
            text = io.StringIO(table.to_csv(header=False, index=False))
            cursor.copy_expert("COPY influx_hist (ts, tag_name, value, qc) FROM STDIN CSV", text)
        for tag, (low, high) in (spans or {}).items():
            cursor.execute(RULE, (tag, low, high))
    historian.connection.commit()
    historian.connection.autocommit = True
    historian.refresh()
    historian.run("ANALYZE influx_hist")
    historian.connection.close()
    return historian.dsn


@contextmanager
def read_without_haste(dsn: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this process read a store, however long an estimate of it takes."""
    for module, name in ((exact, "COUNTING_S"), (rows, "COUNTING_S"), (size, "READING_S")):
        monkeypatch.setattr(module, name, np.inf)
    pool.connect(dsn)
    cache.forget()
    yield
    pool.dispose()
    cache.forget()
