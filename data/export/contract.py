"""What an address asks a file to be: one parser for pages, files, commands and the API."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from urllib.parse import urlencode

from data import buckets, queries, windows
from data.analysis import comparison
from data.buckets import Resolution
from data.errors import BadInput
from data.export import columns
from data.queries import Tag
from data.views import DEFAULT_WINDOW, Query, check_parameters, looked_up, selected

#: Every parameter of a file, in the order in which an address names them; `lang` is that of any
#: page.
PARAMETERS = (
    *("tag", "tag_like", "group", "start", "stop", "window", "resolution", "statistics", "tz"),
    *("shape", "quality", "columns", "order", "decimal", "separator", "excel", "compare", "lang"),
)
#: Those that may be given more than once.
REPEATED = {"tag", "tag_like", "group"}
LONG, WIDE = "long", "wide"
ALL, GOOD = "all", "good"
BY_TAG, BY_TIME = "tag", "time"
#: What an address calls the signs between cells.
SEPARATORS = {",": ",", ";": ";", "tab": "\t"}
RAW, AUTO = "raw", "auto"
#: Parameter -> what it may be, the default first.
CHOICES = {
    "shape": (LONG, WIDE),
    "quality": (ALL, GOOD),
    "order": (BY_TAG, BY_TIME),
    "decimal": (".", ","),
    "separator": tuple(SEPARATORS),
    "excel": ("0", "1"),
}
#: Every parameter -> what it may be, where a short list tells.
ALLOWED: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(PARAMETERS, ()),
    **CHOICES,
    "resolution": (RAW, *(each.token for each in buckets.RESOLUTIONS), AUTO),
}


@dataclass(frozen=True, slots=True)
class Question:
    """What a file is to hold, in full.

    Parameters
    ----------
    tags : in the asked order, each once
    start, stop : half-open, aware UTC, as asked: nothing is moved to whole buckets
    now : the database's clock
    zone : IANA name of the zone of times and of buckets of an hour and more
    resolution : width of the buckets; None: every reading
    columns : of the file, in their order
    shape : long: a row a reading or bucket and tag; wide: a row a time, a column a tag
    quality : all, or good: without what is left out of statistics
    order : of rows: tag by tag, or by time
    decimal, separator : signs of numbers and between cells
    excel : whether a spreadsheet is to open it by double click
    live : whether the window moves with the clock, so that no two files are alike
    site : name of the plant, empty where it has none
    compare : how far back buckets are compared, None where they are not
    whole_stop : of a part of a file, where the whole ends: how far apart readings are is measured
        there, and so up to which spacing a step is one; None: it is a whole file
    """

    tags: tuple[Tag, ...]
    start: datetime
    stop: datetime
    now: datetime
    zone: str
    resolution: Resolution | None
    columns: tuple[str, ...]
    shape: str = LONG
    quality: str = ALL
    order: str = BY_TAG
    decimal: str = "."
    separator: str = ","
    excel: bool = False
    live: bool = False
    site: str = ""
    compare: comparison.TimeShift | None = None
    whole_stop: datetime | None = None

    @property
    def token(self) -> str:
        """Its resolution as addresses spell it: 10m, or raw."""
        return self.resolution.token if self.resolution else RAW

    @property
    def filling_until(self) -> datetime | None:
        """When its end is over, and that of its last bucket; None where it is."""
        stop = self.stop
        if self.resolution is not None:
            _start, stop = buckets.snapped(self.start, stop, self.resolution, self.zone)
        return stop if stop > self.now else None

    @property
    def address(self) -> str:
        """The query of an address that asks the same, with fixed start and stop."""
        separator = next(word for word, sign in SEPARATORS.items() if sign == self.separator)
        pairs = [("tag", tag.name) for tag in self.tags]
        pairs += [("start", self.start.isoformat()), ("stop", self.stop.isoformat())]
        pairs += [("resolution", self.token), ("tz", self.zone)]
        pairs += [("columns", ",".join(self.columns)), ("shape", self.shape)]
        pairs += [("quality", self.quality), ("order", self.order)]
        pairs += [("decimal", self.decimal), ("separator", separator)]
        if self.compare is not None:
            pairs += [("compare", self.compare.start(self.start))]
        return urlencode([*pairs, ("excel", str(int(self.excel)))])


def question(
    query: Query,
    now: datetime,
    zone: str,
    shifts: Sequence[time] = windows.SHIFTS,
    site: str = "",
) -> Question:
    """Return what an address asks for.

    Parameters
    ----------
    query : parameter -> its texts, as they came
    now : the database's clock
    zone : the site's, used without `tz`
    shifts : when its shifts start
    site : name of the plant, which a file tells

    Raises
    ------
    BadInput
        Names the parameter, the value and the way out.
    HistorianUnavailable
        If the historian never told its tags.
    """
    check_parameters(query, ALLOWED, REPEATED)
    zone = windows.site_zone(_one(query, "tz") or zone).key
    window = _window(query, zone)
    start, stop = window.bounds(now, zone, shifts)
    width = _resolution(_one(query, "resolution"), (stop - start).total_seconds())
    decimal, separator = _signs(query)
    shape = _choice(query, "shape")
    named, statistics = _one(query, "columns"), _one(query, "statistics")
    other = _one(query, "compare")
    compare = comparison.time_shift(other, start, now, zone, shifts) if other else None
    return Question(
        tags=_tags(query),
        start=start,
        stop=stop,
        now=now,
        zone=zone,
        resolution=width,
        columns=columns.chosen(named, statistics, width, shape == WIDE, other),
        shape=shape,
        quality=_choice(query, "quality"),
        order=_choice(query, "order"),
        decimal=decimal,
        separator=separator,
        excel=_choice(query, "excel") == "1",
        live=window.relative,
        site=site,
        compare=compare,
    )


def _one(query: Query, name: str) -> str:
    texts = query.get(name) or ("",)
    return texts[0].strip()


def _choice(query: Query, name: str) -> str:
    value = _one(query, name) or CHOICES[name][0]
    if value not in CHOICES[name]:
        raise BadInput("parameter_choice", name=name, value=value, choices=", ".join(CHOICES[name]))
    return value


def _signs(query: Query) -> tuple[str, str]:
    """Return the signs of numbers and between cells; a comma is not both."""
    decimal = _choice(query, "decimal")
    if decimal == "," and not _one(query, "separator"):
        return decimal, ";"
    separator = SEPARATORS[_choice(query, "separator")]
    if decimal == separator:
        raise BadInput("export_signs")
    return decimal, separator


def _window(query: Query, zone: str) -> windows.Window:
    start, stop, window = (_one(query, name) for name in ("start", "stop", "window"))
    if window and (start or stop):
        raise BadInput("two_windows", window=window)
    return windows.window_of(start, stop, window or DEFAULT_WINDOW, zone)


def _resolution(token: str, seconds: float) -> Resolution | None:
    """Return the width of the buckets; None: every reading. No chart's pixels decide it."""
    if token in ("", RAW):
        return None
    if token == AUTO:
        return buckets.finest_for(seconds, None)
    return buckets.resolution(token, (RAW, AUTO))


def _tags(query: Query) -> tuple[Tag, ...]:
    """Return the tags that are named, then those of patterns, then those of groups."""
    if not any(query.get(name) for name in REPEATED):
        raise BadInput("export_no_tag")
    named = looked_up(query)
    every = queries.tags.answer().value if query.keys() & {"tag_like", "group"} else {}
    every = {**every, **named}
    return tuple(every[name] for name in selected(query, every))
