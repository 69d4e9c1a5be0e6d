"""A look at a historian: statements, each ended after two seconds, all of them after twelve."""

import time
from collections.abc import Mapping
from typing import Any

from data import queries
from data.db import HistorianUnavailable, copy_out, read_bounded
from data.queries import OF_ONE_STATEMENT

#: Longest a statement may run [ms], and all of a look [s]: the page asks every half minute.
STATEMENT_MS, LOOK_S = 2_000, 12.0


class Look:
    """One look at the historian that is read; what takes too long is left out, and said."""

    def __init__(self) -> None:
        self.deadline = time.monotonic() + LOOK_S
        self.dialect = copy_out.DIALECT

    def speak(self) -> None:
        """Write the statements that follow as the historian runs those about many tags.

        Raises
        ------
        HistorianUnavailable
            If it does not answer.
        """
        self.dialect = queries.dialect()

    def rows(
        self, statement: Any, values: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]] | None:
        """Return the rows of a statement, None where it is refused or takes too long.

        Raises
        ------
        HistorianUnavailable
            If the historian does not answer at all.
        """
        left = self.deadline - time.monotonic()
        if left <= 0:
            return None
        limit = max(1, min(STATEMENT_MS, round(1_000 * left)))
        try:
            return read_bounded(statement, values, limit, self.dialect)
        except HistorianUnavailable as failure:
            if failure.key not in OF_ONE_STATEMENT:
                raise
            return None
