"""How long what writes waits before it tries again: ever longer, until it works."""

#: Longest wait [s]: so soon after there is room on a disk again, rollups and readings go on.
MOST_S = 60.0


class Patience:
    """Waits that double with each failure.

    Parameters
    ----------
    least : the first wait [s]
    """

    def __init__(self, least: float) -> None:
        self.least = self._next = least

    def failed(self) -> float:
        """Return how long to wait now [s]."""
        wait, self._next = self._next, min(2 * self._next, max(MOST_S, self.least))
        return wait

    def worked(self) -> None:
        """Begin with the first wait again."""
        self._next = self.least
