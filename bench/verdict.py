"""What a bench measured, held against its limits: said line by line, and at the end as a whole."""

from collections.abc import Mapping
from typing import NamedTuple

# How a sentence about a limit begins that was passed over; `python -m bench` gathers them.
PASSED_OVER = "LIMIT PASSED OVER: "


class Limit(NamedTuple):
    """The bound of a figure, and the side it must stay on."""

    side: str
    bound: float

    def __str__(self) -> str:
        return f"{self.side} {self.bound:g}"

    def keeps(self, figure: float) -> bool:
        """Return whether a figure stays on its side; NaN does not."""
        return figure <= self.bound if self.side == "at most" else figure >= self.bound


def at_most(bound: float) -> Limit:
    """Return an upper limit."""
    return Limit("at most", bound)


def at_least(bound: float) -> Limit:
    """Return a lower limit."""
    return Limit("at least", bound)


class Verdict:
    """The figures of one bench against its table of limits.

    Parameters
    ----------
    limits : the limit of each figure that has one, by the figure's name
    """

    def __init__(self, limits: Mapping[str, Limit]) -> None:
        self.limits = limits
        self.measured: set[str] = set()
        self.failures: list[str] = []

    def add(self, name: str, figure: float, of: str = "", note: str = "") -> None:
        """Print one figure with its limit.

        Parameters
        ----------
        of : what was measured, where one limit holds for several things
        note : what else to say, such as the times behind a ratio
        """
        subject = f"{name}, {of}" if of else name
        limit, word = self.limits.get(name), ""
        if limit is not None:
            self.measured.add(name)
            kept = limit.keeps(figure)
            word = f"{limit}: {'kept' if kept else 'PASSED OVER'}"
            if not kept:
                self.failures.append(f"{subject} is {figure:.4g}, {limit} is allowed")
        print(f"{subject:<66} {figure:8.2f}  {word:<24} {note}".rstrip(), flush=True)

    def end(self) -> None:
        """Say which limits were passed over.

        Raises
        ------
        SystemExit
            With code 1, if there is one, or if a limit of the table was not measured.
        """
        missing = [name for name in self.limits if name not in self.measured]
        failures = self.failures + [f"{name} was not measured" for name in missing]
        for failure in failures:
            print(PASSED_OVER + failure, flush=True)
        if failures:
            raise SystemExit(1)
