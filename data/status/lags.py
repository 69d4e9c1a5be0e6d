"""How far the rollups are behind the readings: what is looked at again and again, so only that."""

import math

from data import queries
from data.db import cached
from data.status.asking import Look
from data.status.relations import WIDTHS, relation_facts, with_reach
from data.status.sampling import sample

#: How long a look is shared [s].
LAGS_S = 30.0


@cached(LAGS_S)
def rollup_lags() -> dict[str, float]:
    """Return how far each rollup that is there is behind the readings of three tags [s].

    NaN where none of them has a reading, or where a statement takes too long.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    look = Look()
    facts = relation_facts(look, timescale=False)
    relations = with_reach(look, facts, sample(sorted(queries.tags())))
    lags = {name: relations[name].lag for name in WIDTHS if relations[name].usable}
    return {name: math.nan if lag is None else lag.total_seconds() for name, lag in lags.items()}
