"""What a typed window is understood as, before it is applied."""

import re
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from components.timing.words import between, days, length, motion, name_words, pending
from components.words import window_word
from data import buckets, windows
from data.typed import typed

#: Those of which the control tells the hours.
SHIFT_NAMES = ("this-shift", "last-shift")
#: A count and the word of a unit behind it.
_COUNTED = re.compile(r"(\d{1,9})(\D+)", re.ASCII)


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
    window = typed(_spelled(text), now, zone, shifts)
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


def _spelled(text: str) -> str:
    """Return a window as an address spells it, typed as its button names it; other text as it is.

    Whoever reads 오늘 and 24시간 on the buttons types these.
    """
    said = _plain(text)
    names = {_plain(word): name for name, word in name_words().items()}
    if said in names:
        return names[said]
    units = {_plain(window_word(f"1{unit}")).removeprefix("1"): unit for unit in windows.UNITS}
    counted = _COUNTED.fullmatch(said)
    unit = units.get(counted[2]) if counted else None
    return f"{counted[1]}{unit}" if counted and unit else text


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()


def _hours(name: str, now: datetime, zone: str, shifts: Sequence[time]) -> str:
    """Return the hours of a shift; of the present one, which is not over, when it started."""
    ends = windows.parse(name).bounds(now, zone, shifts)
    start, stop = (each.astimezone(ZoneInfo(zone)) for each in ends)
    if name == "this-shift":
        return f"{start:%H:%M} –"
    form = "%H:%M" if start.minute or stop.minute else "%H"
    return f"{start:{form}} – {stop:{form}}"
