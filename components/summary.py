"""`What am I seeing`: one line under a chart that says what was read and what is missing."""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from dash import html
from flask_babel import gettext as _

from components.words import (
    duration,
    of_kind,
    offset_text,
    percent,
    statistic_words,
    time_text,
)
from data import buckets
from data.analysis import kinds, moments
from data.errors import BUSY
from data.views import TagSeries, View

#: Between the parts of the line.
SEPARATOR = " · "
#: Gaps that the list under a chart names, the newest: a longer list is not read.
MOST_GAPS = 50
#: How the times of a gap are written.
TIME = "%Y-%m-%d %H:%M:%S"


class Caption(NamedTuple):
    """The parts of the line: what is asked first, and what is said beside that."""

    first: list[str]
    rest: list[str]

    @property
    def text(self) -> str:
        """The line as one text; empty where there is nothing to tell of."""
        return SEPARATOR.join([*self.first, *self.rest])

    @property
    def chips(self) -> list[Any]:
        """The line as a page shows it: what is asked first in short chips."""
        parts = [html.Span(part, className="seeing__chip") for part in self.first]
        parts += [html.Span(part) for part in self.rest]
        between = html.Span(SEPARATOR, className="seeing__between")
        return [each for part in parts for each in (between, part)][1:]


def caption(view: View, series: Sequence[TagSeries], page: str = "trend") -> Caption:
    """Return the line: resolution, readings, coverage, gaps, bounds, age of the answer.

    Empty without series. `page` is trend or tech, which differ in what a bucket is drawn as.
    """
    if not series:
        return Caption([], [])
    zone, ends = zone_text(view), [_bounds(view), _clock_change(view), _old(view, series)]
    if len({item.resolution for item in series}) > 1:  # no sentence holds for all tags
        first, rest = [zone], [_of_one(view, item, page) for item in series]
    else:
        number, there, *said = _counts(view, series)
        first = [_kinds(view, series, page), number, there, zone]
        rest = [*said, _raw_below(view, series) if page == "trend" else ""]
    return Caption(list(filter(None, first)), list(filter(None, [*rest, *ends])))


def _of_one(view: View, item: TagSeries, page: str) -> str:
    """Return what is said of a tag that differs from the others in its resolution."""
    parts = (_kind(view, item, page), *_counts(view, [item]))
    return f"{item.tag.name}: " + SEPARATOR.join(filter(None, parts))


def _kinds(view: View, series: Sequence[TagSeries], page: str) -> str:
    """Return what buckets are drawn as; of states, angles and counters beside values each once."""
    return "; ".join(dict.fromkeys(_kind(view, item, page) for item in series))


def zone_text(view: View) -> str:
    """Return the zone of a view with its offset, with both where the window has two.

    A window of twelve months begins and ends with one, and half of it has the other.
    """
    there = sorted(buckets.offsets(view.start, view.stop, view.zone))
    return f"{view.zone} {' / '.join(moments.offset_text(1_000 * each) for each in there)}"


def _kind(view: View, item: TagSeries, page: str) -> str:
    if not item.seconds:
        return _("every reading")
    values = {"resolution": duration(item.seconds)}
    if page == "tech":
        return _("indicators of %(resolution)s means", **values)
    if item.tag.kind == kinds.STATE:
        return _("%(resolution)s buckets, last state with min–max", **values)
    if item.tag.kind == kinds.ANGLE:
        return _("%(resolution)s buckets, last angle", **values)
    counter = item.tag.kind == kinds.COUNTER and view.statistic == "avg"
    statistic = statistic_words()["last" if counter else view.statistic]
    return _(
        "%(resolution)s buckets, %(statistic)s with min–max",
        statistic=statistic,
        **values,
    )


def _counts(view: View, series: Sequence[TagSeries]) -> list[str]:
    readings = sum(item.readings for item in series)
    # Indicators have a row for an empty bucket too, which is of no readings.
    buckets = sum(len(item.rows.with_readings[0]) for item in series)
    raw = not series[0].seconds
    kinds_told = [part for item in series for part in of_kind(item, len(series) > 1)]
    there = SEPARATOR.join(part for part in (_coverage(series), _gaps(series)) if part)
    said = [_bad(series), _uncounted(view, series), *_whole(view, series)]
    return [_number(readings, None if raw else buckets), there, *kinds_told, *said]


def _number(readings: int, buckets: int | None) -> str:
    """Return how many readings there are, and in how many buckets; None: each is seen."""
    one = _("one reading")
    of = one if readings == 1 else _("%(readings)s readings", readings=f"{readings:,}")
    if buckets is None:
        return of
    if buckets == 1:
        return _("one bucket from %(readings)s", readings=of)
    return _("%(buckets)s buckets from %(readings)s", buckets=f"{buckets:,}", readings=of)


def _coverage(series: Sequence[TagSeries]) -> str:
    """Return coverage (the mean of what is known of it), and what of single tags must be said."""
    shares = [item.coverage for item in series if not math.isnan(item.coverage)]
    share = percent(100 * sum(shares) / len(shares)) if shares else ""
    parts = [_("coverage %(share)s", share=share)] if shares else []
    return SEPARATOR.join([*parts, *_of_tags(series)])


def _of_tags(series: Sequence[TagSeries]) -> list[str]:
    """Return what is to be said of single tags: once of those it holds for, unnamed of all."""
    named = dict[str, list[str]]()
    for item in series:
        for text in _expected(item):
            named.setdefault(text, []).append(item.tag.name)
    return [
        text if len(names) == len(series) else f"{', '.join(names)}: {text}"
        for text, names in named.items()
    ]


def _expected(item: TagSeries) -> list[str]:
    """Return what is to be said of the number that was expected of one tag."""
    expectation, since, texts = item.presence.expectation, item.presence.since, []
    if expectation.irregular:
        texts.append(_("coverage not known (irregular)"))
    if since is not None and item.wider is None:
        moment = pd.Timestamp(since).tz_convert(pd.DatetimeIndex(item.frame.index).tz)
        texts.append(_("since %(time)s", time=f"{moment:%Y-%m-%d}"))
    if expectation.change is not None:
        before, after = (duration(seconds) for seconds in expectation.change)
        texts.append(_("spacing changed from %(before)s to %(after)s", before=before, after=after))
    return texts


def _gaps(series: Sequence[TagSeries]) -> str:
    parts = [words] if (words := _gap_words(series)) else []
    least = [item.presence.gaps_from for item in series if item.presence.gaps_from is not None]
    if least:
        parts.append(_("gaps from %(span)s up", span=duration(max(least))))
    return SEPARATOR.join(parts)


def _gap_words(series: Sequence[TagSeries]) -> str:
    there = [item for item in series if len(item.gaps)]
    count = sum(len(item.gaps) for item in there)
    if not count:
        return "" if any(item.wider is not None for item in series) else _("no gap")
    longest = max((float(item.gaps.seconds.max()), _is_least(item)) for item in there)
    if count == 1:
        return _("one gap of %(longest)s", longest=_length(*longest))
    return _("%(count)s gaps, longest %(longest)s", count=f"{count:,}", longest=_length(*longest))


def _is_least(item: TagSeries) -> bool:
    """Return whether gaps are runs of empty buckets, and so at least as long as is said."""
    return item.presence.gaps_from is not None


def _length(seconds: float, at_least: bool) -> str:
    """Return the length of a gap; one between buckets may be longer than the empty ones."""
    words = duration(seconds)
    return _("at least %(length)s", length=words) if at_least else words


def gap_list(view: View, series: Sequence[TagSeries]) -> list[str]:
    """Return a line a gap, newest first, at most `MOST_GAPS`: tag, start, stop, length."""
    gaps = sorted((gap for item in series for gap in _newest_gaps(item)), reverse=True)
    return [
        SEPARATOR.join(
            [
                tag,
                " – ".join(time_text(view, each, TIME) for each in (start, stop)),
                _length(seconds, at_least),
            ]
        )
        for start, stop, tag, at_least, seconds in gaps[:MOST_GAPS]
    ]


def _newest_gaps(item: TagSeries) -> list[tuple[datetime, datetime, str, bool, float]]:
    """Return of each gap start, stop, tag, whether it is at least so long, and seconds."""
    newest = item.gaps.part(slice(-MOST_GAPS, None))
    told = item.tag.name, _is_least(item)
    return [
        (*edges, *told, seconds)
        for edges, seconds in zip(newest.times, newest.seconds.tolist(), strict=True)
    ]


def _bad(series: Sequence[TagSeries]) -> str:
    count = sum(int(np.nansum(item.frame["bad"].to_numpy())) for item in series)
    if count == 1:
        return _("one BAD reading left out")
    return _("%(count)s BAD readings left out", count=f"{count:,}") if count else ""


def _uncounted(view: View, series: Sequence[TagSeries]) -> str:
    """Return of which stretch nobody knows what was left out, where there is one."""
    spans = [item.uncounted for item in series if item.uncounted is not None]
    if not spans:
        return ""
    start, stop = min(first for first, _last in spans), max(last for _first, last in spans)
    if all((item.frame["unknown"].eq(True) | item.frame["n"].isna()).all() for item in series):
        return _("left out: not known")
    return _(
        "left out: not known from %(start)s to %(stop)s",
        start=time_text(view, start, "%Y-%m-%d %H:%M"),
        stop=time_text(view, stop, "%Y-%m-%d %H:%M"),
    )


def _whole(view: View, series: Sequence[TagSeries]) -> list[str]:
    """Return whether rollups differ from readings, and of which time they alone know any."""
    remade = sum(item.remade for item in series)
    unchecked = sum(item.unchecked for item in series)
    deleted = sum(item.deleted for item in series)
    gone = [item.gone for item in series if item.gone is not None]
    texts = []
    if remade == 1:
        texts.append(_("one bucket read again: its rollup differs from the readings"))
    elif remade:
        again = _("%(count)s buckets read again: their rollup differs from the readings")
        texts.append(again % {"count": f"{remade:,}"})
    if unchecked == 1:
        texts.append(_("one bucket not checked"))
    elif unchecked:
        texts.append(_("%(count)s buckets not checked", count=f"{unchecked:,}"))
    if deleted == 1:
        texts.append(_("one bucket holds readings that were deleted since"))
    elif deleted:
        held = _("%(count)s buckets hold readings that were deleted since", count=f"{deleted:,}")
        texts.append(held)
    if gone:
        time = time_text(view, max(gone), "%Y-%m-%d %H:%M")
        texts.append(_("before %(time)s by rollups alone: the readings are gone", time=time))
    return texts


def _raw_below(view: View, series: Sequence[TagSeries]) -> str:
    spacings = [item.spacing for item in series if item.spacing]
    gone = any(item.gone is not None for item in series)
    if not spacings or not series[0].seconds or view.resolution or gone:
        return ""
    span = min(spacings) * (view.pixels or buckets.DEFAULT_PIXELS)
    if view.seconds < span:  # what this is compared with has none
        return ""
    return _("raw below %(span)s", span=duration(span))


def _bounds(view: View) -> str:
    zone = ZoneInfo(view.zone)
    start, stop = view.start.astimezone(zone), view.stop.astimezone(zone)
    if start.utcoffset() == stop.utcoffset():
        return f"{start:%Y-%m-%d %H:%M:%S} – {stop:%Y-%m-%d %H:%M:%S} {offset_text(stop)}"
    return " – ".join(f"{t:%Y-%m-%d %H:%M:%S} {offset_text(t)}" for t in (start, stop))


def _clock_change(view: View) -> str:
    if len(buckets.offsets(view.start, view.stop, view.zone)) == 1:
        return ""
    return _("clocks change in this window: every time says its offset")


def _old(view: View, series: Sequence[TagSeries]) -> str:
    moments = [item.as_of for item in series if item.error is not None and item.as_of]
    if not moments:
        return ""
    oldest = min(moments)
    time = time_text(view, oldest, "%H:%M:%S")
    if all(item.error is None or item.error.key == BUSY for item in series):
        return _("Ksys is busy: kept from %(time)s", time=time)
    return _("the historian does not answer: kept from %(time)s", time=time)
