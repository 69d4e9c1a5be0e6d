"""What must be said of rows: what of a window is gone, by which width that is told, and more."""

from dataclasses import dataclass, field

from data import queries
from data.analysis import arrays, gaps
from data.buckets import Resolution
from data.queries import Request, Whole

#: Starts and ends of rows that have readings, good or not, see `presence.with_readings` [ns].
Rows = tuple[arrays.Whole, arrays.Whole]


def finest_whole(
    request: Request, rows: Rows, spacing: float | None, least: Resolution | None = None
) -> Whole | None:
    """Return the finest width that tells a window whose first readings are gone, None elsewhere.

    Retention takes the oldest, and some that come late may lie there: nobody is asked where the
    first row comes when it is due, and no longer silence follows than all that is before it.

    Parameters
    ----------
    rows : with readings
    spacing : of the readings of the window [s], None where it is not known
    least : no finer width; None: that of the request

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    silences = silences_of(request, rows, spacing)
    return queries.whole_width(request, least, silences) if silences else None


def silences_of(request: Request, rows: Rows, spacing: float | None) -> tuple[gaps.Silence, ...]:
    """Return the stretches of a window without rows that may be gone, see `gaps.silences`."""
    edges = queries.ns_of(request.start), queries.ns_of(request.stop)
    return gaps.silences(*rows, *edges, spacing)


@dataclass(slots=True)
class Caveats:
    """What must be said of rows, by tag: nothing of a tag whose rows are as its readings.

    Parameters
    ----------
    gone : the finest width that tells what is gone of it
    unchecked : how many buckets may lack readings, and were not looked after
    deleted : how many buckets count readings which somebody deleted since
    not_looked_at : of how many tags nobody looked what is gone
    """

    gone: dict[str, Whole] = field(default_factory=dict)
    unchecked: dict[str, int] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)
    not_looked_at: int = 0

    def add(
        self, tag: str, gone: Whole | None = None, unchecked: int = 0, deleted: int = 0
    ) -> None:
        """Add what is said of some rows of a tag: the widest tells all that is gone of it."""
        if gone is not None:
            widest = max(gone, self.gone.get(tag, gone), key=lambda each: each.width.seconds)
            self.gone[tag] = widest
        for counts, count in ((self.unchecked, unchecked), (self.deleted, deleted)):
            if count:
                counts[tag] = counts.get(tag, 0) + count

    def update(self, other: "Caveats") -> None:
        """Add what is said of other rows."""
        for tag in {*other.gone, *other.unchecked, *other.deleted}:
            counts = (each.get(tag, 0) for each in (other.unchecked, other.deleted))
            self.add(tag, other.gone.get(tag), *counts)
