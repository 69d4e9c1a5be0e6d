"""What the catalog of a historian says of it."""

import pytest

from data.queries import relations
from data.sql import LEFT, metadata

COUNTED = tuple(
    (name, frozenset(column.name for column in metadata.tables[name].c))
    for name in (*(table.name for table in LEFT.values()), "ksys_left_since")
)


@pytest.mark.parametrize(
    ("refreshes", "has_logs", "counts"),
    [(False, False, True), (True, True, True), (False, True, False)],
)
def test_what_is_left_out_is_known_only_where_what_waits_for_a_refresh_can_be(
    refreshes: bool, has_logs: bool, counts: bool
) -> None:
    """Where a server has logs, and the role may not read them, the newest hours are not counted."""
    found = relations.Catalog(COUNTED, "15", "2.28.3", refreshes=refreshes, has_logs=has_logs)
    assert found.left is counts
    assert not relations.Catalog(COUNTED[1:], "15", None).left
