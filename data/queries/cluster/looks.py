"""Where the relations lie on a Citus cluster, and what the qc of readings is there."""

from typing import Any

from data.db import read_frame, read_rows
from data.sql import cluster, described_statement, metadata, qc_counts_of_statement


def places(citus: str | None) -> dict[str, cluster.Placed]:
    """Return where each relation of the contract lies, nothing without Citus.

    Parameters
    ----------
    citus : version of the extension, None without

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    if citus is None:
        return {}
    return cluster.placed(read_rows(cluster.placed_statement(tuple(metadata.tables))))


def qc_counts() -> list[dict[str, Any]]:
    """Return qc and n: how often each value stands in the newest readings of some tags.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    names = [row["tag_name"] for row in read_rows(described_statement())]
    values = {"tags": [name for name in names if name is not None]}
    statement = qc_counts_of_statement()
    rows = read_frame(statement, values, dialect=cluster.DISTRIBUTED)
    return [{"qc": qc, "n": n} for qc, n in zip(rows["qc"], rows["n"], strict=True)]
