"""What is said of the relations of events and forecasts: nothing of one that is not there."""

from data.queries import Catalog
from data.sql import events
from data.status.facts import Line


def event_lines(has: Catalog) -> list[Line]:
    """Return a line for each relation that is there: it is read, or what of it is not as it should.

    Parameters
    ----------
    has : what the historian has, of each only the columns that can be read as they are
    """
    return [_line(name, has) for name in events.EVENT_TABLES if name in dict(has.columns)]


def _line(name: str, has: Catalog) -> Line:
    if has.tells(name):
        return Line("ok", name, "is_events")
    absent = tuple(sorted(events.NEEDED[name] - has.of(name)))
    return Line("risk", name, "other_shape", {"columns": absent})
