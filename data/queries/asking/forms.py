"""Statements about many tags: on a Citus cluster they start from its `influx_tag`."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from sqlalchemy import Select
from sqlalchemy.engine import Dialect

from data import db
from data.queries.relations import catalog
from data.sql import cluster


def dialect() -> Dialect:
    """Return in which form the historian runs statements about many tags.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    return cluster.DISTRIBUTED if catalog().distributed else db.copy_out.DIALECT


def read_frame(statement: Select[Any], values: Mapping[str, Any] | None = None) -> pd.DataFrame:
    """Return the rows of a statement as a frame, see `read_columns` of `data/db/pool/reading.py`.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    return db.read_frame(statement, values, dialect=dialect())


def read_columns(statement: Select[Any], values: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the same as columns by name, see `read_columns` of `data/db/pool/reading.py`.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    return db.read_columns(statement, values, dialect=dialect())


def read_by_tag(statement: Select[Any], values: Mapping[str, Any]) -> pd.DataFrame:
    """Return the rows of a statement without their column `tag_name`; in no order.

    Over a Citus cluster: its nodes put the rows of each tag together, so that the coordinator has
    one for each.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    return db.read_packed(statement, values, cluster.DISTRIBUTED, cluster.BY)
