"""Which stretches of a window a coarse rollup does not answer, for excursions."""

import numpy as np
import pytest

from data.queries.outside import coarse
from data.queries.relations import LAST, Waiting

HOUR = 3_600 * 10**9


class Refreshes:
    """A historian whose rollups are refreshed."""

    refreshes = True


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        (LAST, [(2, 5), (20, 22)]),
        (0, [(2, 5), (20, 22)]),
        (3, [(3, 5), (20, 22)]),
        (15, [(20, 22)]),
        (24, []),
    ],
)
def test_a_rollup_answers_where_chunks_were_dropped_although_it_waits_there(
    monkeypatch: pytest.MonkeyPatch, kept: int, told: list[tuple[int, int]]
) -> None:
    stretches = {3_600: ((2 * HOUR, 5 * HOUR), (20 * HOUR, 22 * HOUR))}
    at = kept if kept == LAST else kept * HOUR
    monkeypatch.setattr(coarse, "catalog", Refreshes)
    monkeypatch.setattr(coarse, "waiting", lambda: Waiting(stretches, at))
    found = coarse._spans(0, np.array([24 * HOUR, 23 * HOUR]), 24 * HOUR, 3_600)
    hours = [[(start // HOUR, stop // HOUR) for start, stop in each] for each in found]
    assert hours == [told, [*told, (23, 24)]]
