"""What an administrator can choose of what the pages offer."""

from dataclasses import dataclass
from datetime import time

from data.windows import SHIFTS
from settings import values
from settings.entry import entry as _setting


@dataclass(frozen=True)
class OfPages:
    """What the pages offer."""

    shifts: tuple[time, ...] = _setting(
        SHIFTS,
        "SHIFTS",
        'When the shifts of a day start, by the clock of `SITE_TZ`: what "this shift" and "last '
        'shift" are.',
        values.shifts,
        "times of the day with commas between them, such as 06:00,14:00,22:00",
    )
    site_name: str = _setting(
        "",
        "SITE_NAME",
        "Name of the plant: on the wall screen, in the header and title of every page, and in what "
        "a file says of itself.",
        values.site_name,
        "a line of at most 60 characters",
    )
