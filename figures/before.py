"""The period before in a trend: the dotted line of one tag, and the values of all."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd


class Piece(NamedTuple):
    """From a time of the axis on [ms]: how much less the earlier clock read [ms], its offset.

    `back` is None where there is no such time.
    """

    since: int
    back: int | None
    end: str


@dataclass(frozen=True)
class Before:
    """What a line is compared with; its frame has the columns `before` and `delta` besides.

    Parameters
    ----------
    column : that is drawn
    told : how the numbers are written, see `data.analysis.digits`
    pieces : which time each point is compared with
    counted : whether the numbers are what a counter counted
    frame : the line at the times of this window, with NaN rows where it breaks; None: not drawn
    """

    column: str
    told: int
    pieces: list[Piece]
    counted: bool = False
    frame: pd.DataFrame | None = None


def heights(before: Before | None) -> list[np.ndarray]:
    """Return the values of the line of the period before, none where it is not drawn."""
    if before is None or before.frame is None:
        return []
    return [before.frame[before.column].to_numpy(dtype=float)]
