"""What is said above a chart: unknown tags, empty windows, answers that could not be renewed."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dash import html
from flask_babel import gettext as _

from components.messages import notice, sentence, spoken
from components.words import duration, time_text
from data import queries
from data.analysis import gaps
from data.buckets import Resolution
from data.db import WHOLE_S, HistorianUnavailable, disk, has_rivals, replica_lag
from data.errors import BUSY, KsysError
from data.queries import AboutTags
from data.sql import ROLLUPS, STANDARDS, Looks
from data.views import TagSeries, View


class Told(NamedTuple):
    """A sentence above a page, and its level: `fault`, `warning` or `note`."""

    level: str
    text: str


def notices(
    view: View, series: Sequence[TagSeries], refusals: Sequence[KsysError]
) -> list[html.Div]:
    """Return message blocks: of refusals, old answers, and tags without readings in the window."""
    told = [*_warnings([*map(spoken, refusals), *old(view, series)]), *_about_tags(view)]
    blocks = [notice(each.text, each.level) for each in told]
    if not view.tags:
        blocks.append(notice(_("No tag is chosen; add one above."), "note"))
    blocks += [notice(text, "note") for text in _gone(series)]
    empty = [item.tag.name for item in series if not item.readings and item.wider is None]
    if empty:
        blocks += [notice(text, "note") for text in _nothing(view, empty)]
    return blocks


def _warnings(texts: Iterable[str]) -> list[Told]:
    return [Told("warning", text) for text in texts]


def _behind() -> list[str]:
    """Return that the database's clock went back, if it did."""
    seconds = queries.clock_behind()
    if not seconds:
        return []
    text = _(
        "The database's clock has fallen behind by %(span)s: what is newer by it is not shown. "
        "Ages go on by a steady clock. Set the clock of the database's machine.",
        span=duration(seconds),
    )
    return [text]


def _replica() -> list[Told]:
    """Return that the replica that is read is behind, if it is."""
    seconds = replica_lag()
    if seconds < WHOLE_S:
        return []
    if seconds == math.inf:
        text = _(
            "Replica behind, nobody knows how far: no other server answers, newer readings are "
            "not shown, and every tag is LATE or STALE."
        )
        return _warnings([text])
    if seconds > gaps.MOST_LAG_S:
        text = _(
            "Replica %(span)s behind: no other server answers, newer readings are not shown, "
            "and every tag is LATE or STALE.",
            span=duration(round(seconds)),
        )
        return _warnings([text])
    text = _(
        "Replica %(span)s behind: newer readings are not shown yet.", span=duration(round(seconds))
    )
    return [Told("note", text)]


def _servers() -> list[Told]:
    """Return that nobody can tell which server the plant writes to, if so."""
    if not has_rivals():
        return []
    text = _(
        "Several servers of the historian say that they are the primary: the first that answers is "
        "read, and newer readings may be in another. Status says what to do."
    )
    return _warnings([text])


def _about_tags(view: View) -> list[Told]:
    try:
        about = queries.about_tags()
        told = [*about_tags(about, ZoneInfo(view.zone)), *_warnings(about_charts(about))]
        return [*_warnings(_behind()), *_replica(), *_servers(), *told]
    except HistorianUnavailable as failure:
        return _warnings([spoken(failure)])


def about_tags(about: AboutTags, zone: tzinfo) -> list[Told]:
    """Return what must be said of the rules that judge, and of the texts of tags.

    A fault: no alarm is judged, or every reading counts as BAD.

    Parameters
    ----------
    zone : in which times are written
    """
    faults = [_qc(about.qc_looks)] if about.qc_looks else []
    if "influx_qc_rule" in about.denied:
        faults.append(
            _(
                "Limits cannot be read: no alarm is judged. "
                "The page Status says how an administrator mends that."
            )
        )
    here = disk.disk() if about.disk_full else None
    texts = [sentence(HistorianUnavailable("historian_disk_here", free=str(here)))] if here else []
    if "influx_tag" in about.denied:
        texts.append(
            _(
                "Descriptions and units cannot be read. "
                "The page Status says how an administrator mends that."
            )
        )
    if about.rules_as_of is not None:
        time = f"{about.rules_as_of.astimezone(zone):%H:%M:%S}"
        texts.append(
            _("Rules as of %(time)s: they cannot be read now; these still judge.", time=time)
        )
    texts += [_names(about.names_back_to, zone)] if about.names_back_to else []
    return [*(Told("fault", text) for text in faults), *_warnings(texts)]


def _names(back_to: datetime, zone: tzinfo) -> str:
    return _(
        "Names of tags are still being read, newest readings first: back to %(time)s so far. "
        "A tag without description or rule whose last reading is older is not listed yet; "
        "trend?tag=NAME shows it.",
        time=f"{back_to.astimezone(zone):%Y-%m-%d %H:%M}",
    )


def about_charts(about: AboutTags) -> list[str]:
    """Return that charts do without rollups which may not be read, if they do."""
    if not any(table.name in about.denied for table in ROLLUPS.values()):
        return []
    text = _(
        "Some stored means cannot be read: charts are made without them, which takes longer. "
        "The page Status says how an administrator mends that."
    )
    return [text]


def _qc(looks: Looks) -> str:
    return _(
        "qc looks like %(standard)s: %(percent)s%% are %(value)s. "
        "Until QC_CODE says what it means, every reading is BAD: "
        "set QC_CODE=%(code)s, or QC_CODE=flag if 0 alone is good.",
        standard=STANDARDS[looks.code],
        percent=looks.percent,
        value=looks.value,
        code=looks.code,
    )


def old(view: View, series: Sequence[TagSeries]) -> list[str]:
    """Return one sentence on answers that could not be renewed; none if all are new.

    It names their time and not their age: it stands for longer than that would be true.
    """
    stale = [item for item in series if item.error is not None]
    if not stale:
        return []
    moment = min(item.as_of for item in stale)
    time = time_text(view, moment, "%Y-%m-%d %H:%M:%S")
    errors = [item.error for item in stale if item.error is not None]
    if all(error.key == BUSY for error in errors):
        text = _("What is shown is of %(time)s; it is asked again by itself.", time=time)
        return [f"{spoken(errors[0])} {text}"]
    text = _(
        "The historian does not answer. What is shown is of %(time)s; it is asked again by itself.",
        time=time,
    )
    return [" ".join([text, *sorted({spoken(error) for error in errors})])]


def _gone(series: Sequence[TagSeries]) -> list[str]:
    """Return which width tells of what is gone at the one that is asked for."""
    return [_what_tells(item, item.wider) for item in series if item.wider is not None]


def _what_tells(item: TagSeries, width: Resolution) -> str:
    values = {"tag": item.tag.name, "resolution": duration(width.seconds)}
    if item.by_utc:
        return _(
            "Readings of %(tag)s in this window are gone, all or in part, and the buckets that are "
            "left begin by the clock of UTC alone: choose %(resolution)s or wider, "
            "with tz=UTC in the address.",
            **values,
        )
    return _(
        "Readings of %(tag)s in this window are gone, all or in part: "
        "choose %(resolution)s or wider.",
        **values,
    )


def _nothing(view: View, empty: list[str]) -> list[str]:
    try:
        newest = queries.latest.answer(tuple(empty)).value["ts"]
    except HistorianUnavailable as failure:
        return [spoken(failure)]
    return [no_readings(view, str(tag), moment) for tag, moment in newest.items()]


def no_readings(view: View, tag: str, newest: datetime | None) -> str:
    """Return what is known of a tag without readings in a window, and where there are any.

    Readings of the future are passed over; a window may also lie before the newest reading.
    """
    if newest is None or newest != newest:
        return _("Tag %(tag)s has no readings up to now.", tag=tag)
    values = {"tag": tag, "time": time_text(view, newest, "%Y-%m-%d %H:%M:%S")}
    if newest >= view.start:
        return _(
            "Tag %(tag)s has no readings in this window; its newest is of %(time)s. "
            "Choose another window.",
            **values,
        )
    return _(
        "Tag %(tag)s has no readings in this window; its newest is of %(time)s. "
        "Choose a longer window or step back.",
        **values,
    )
