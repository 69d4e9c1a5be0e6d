"""What a typed window is understood as, before it is applied."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from components.timing.words import between, days, length, motion, pending
from data import buckets, windows
from data.typed import typed

#: Those of which the control tells the hours.
SHIFT_NAMES = ("this-shift", "last-shift")


def reading(
    text: str, now: datetime, zone: str, shifts: Sequence[time], resolution: str = ""
) -> dict[str, Any]:
    """Return the window that a text means: what an address says of it, and what it reads as.

    Parameters
    ----------
    now : the database's clock
    zone : that of the question
    resolution : that of the page where it was chosen by hand, else empty

    Raises
    ------
    BadInput
        If the text means none, or none that can be shown.
    """
    window = typed(text, now, zone, shifts)
    start, stop = window.bounds(now, zone, shifts)
    if resolution not in ("", "auto"):
        buckets.check_count(buckets.resolution(resolution), start, stop)
    moves = motion(window.token, stop, now)
    told = (length(window.token, start, stop), moves, pending(start, stop, now))
    words = [between(start, stop, now, zone, exact=True), *told]
    site = ZoneInfo(zone)
    return {
        "window": window.token or None,
        "start": None if window.token else start.astimezone(site).isoformat(),
        "stop": None if window.token else stop.astimezone(site).isoformat(),
        "reads": ", ".join(word for word in words if word),
        "zone": zone,
        "days": days(start, stop, zone),
        "shifts": {name: _hours(name, now, zone, shifts) for name in SHIFT_NAMES},
    }


def _hours(name: str, now: datetime, zone: str, shifts: Sequence[time]) -> str:
    """Return the hours of a shift; of the present one, which is not over, when it started."""
    ends = windows.parse(name).bounds(now, zone, shifts)
    start, stop = (each.astimezone(ZoneInfo(zone)) for each in ends)
    if name == "this-shift":
        return f"{start:%H:%M} –"
    form = "%H:%M" if start.minute or stop.minute else "%H"
    return f"{start:{form}} – {stop:{form}}"
