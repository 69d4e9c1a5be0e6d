"""A rule as far as it is in force, of one tag or of many at once: what every test compares with."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.errors import BadInput

#: Words for the states of a rule, as the card's badge says them.
ACTIVE, NO_RULE, RULE_ERROR, DISABLED = "ACTIVE", "NO RULE", "RULE ERROR", "DISABLED"
#: The states of a rule; the code of one is its place here.
RULE_STATES = (ACTIVE, RULE_ERROR, NO_RULE, DISABLED)


class Limits(NamedTuple):
    """The level limits that alarm [tag unit]; None where that level has no limit."""

    lo_lo: float | None = None
    lo: float | None = None
    hi: float | None = None
    hi_hi: float | None = None


@dataclass(frozen=True, slots=True)
class Checks:
    """What is tested of a tag's readings; made by `rules.checks`, which alone applies a rule.

    Parameters
    ----------
    state : of the rule (see RULE_STATES); only an ACTIVE one checks anything
    min_val, high : what the instrument can read, infinite where unchecked [tag unit]
    low : `min_val`, and at least 0 where a reading below 0 cannot be right: with `high` what a
        reading that is not BAD lies between [tag unit]
    signed : whether a reading below 0 can be right
    step, rate, zscore : most change [tag unit], change a minute and robust z-score; infinite where
        not tested
    flat_seconds : how long a tag may stay at one value [s], infinite where not tested
    gap_seconds : longest spacing that is no gap [s]; None: from the spacing (`gaps.limit`)
    span : S, the width of the instrument's range [tag unit]; None where no bounds give one
    turn : after which an angle begins anew [tag unit]: it changes by the short way; else infinite
    limits, deadband : the level limits in force and d, already clipped [tag unit]
    faults : what is wrong with the rule
    """

    state: str = NO_RULE
    min_val: float = -math.inf
    low: float = -math.inf
    high: float = math.inf
    signed: bool = True
    step: float = math.inf
    rate: float = math.inf
    zscore: float = math.inf
    flat_seconds: float = math.inf
    gap_seconds: float | None = None
    span: float | None = None
    turn: float = math.inf
    limits: Limits = Limits()
    deadband: float = 0.0
    faults: tuple[BadInput, ...] = ()

    @property
    def active(self) -> bool:
        """Whether a rule is in force."""
        return self.state == ACTIVE

    @property
    def compares(self) -> bool:
        """Whether a test compares a reading with those before it."""
        return min(self.step, self.rate, self.zscore, self.flat_seconds) < math.inf


#: The checks of a tag of which nothing is tested.
UNCHECKED = Checks()


class ManyChecks(NamedTuple):
    """The checks of n tags: as `Checks`, an array of n each, NaN for None; limits n x 4."""

    state: NDArray[np.int8]
    min_val: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    signed: NDArray[np.bool_]
    step: NDArray[np.float64]
    rate: NDArray[np.float64]
    zscore: NDArray[np.float64]
    flat_seconds: NDArray[np.float64]
    gap_seconds: NDArray[np.float64]
    span: NDArray[np.float64]
    turn: NDArray[np.float64]
    limits: NDArray[np.float64]
    deadband: NDArray[np.float64]

    @property
    def active(self) -> NDArray[np.bool_]:
        """Which of the tags have a rule in force."""
        return np.asarray(self.state == RULE_STATES.index(ACTIVE))

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "ManyChecks":
        """Return the checks of the chosen tags (places or a mask)."""
        return ManyChecks._make(column[rows] for column in self)

    def columns(self) -> "ManyChecks":
        """Return the checks as columns (n x 1), to be compared with a matrix of a row a tag."""
        return ManyChecks._make(column[:, None] for column in self)


_NUMBERS = [
    field.name for field in fields(Checks) if field.name not in ("state", "limits", "faults")
]
_numbers = attrgetter(*_NUMBERS)


def stacked(checks: Sequence[Checks]) -> ManyChecks:
    """Return the checks of many tags in their order, as arrays."""
    rows = [(*_numbers(each), *each.limits) for each in checks]
    table = np.array(rows, dtype=np.float64).reshape(len(rows), len(_NUMBERS) + 4)  # None is NaN
    columns = dict(zip(_NUMBERS, table.T[: len(_NUMBERS)], strict=True))
    signed = columns.pop("signed") > 0
    state = np.array([RULE_STATES.index(each.state) for each in checks], dtype=np.int8)
    return ManyChecks(state=state, signed=signed, limits=table[:, -4:], **columns)
