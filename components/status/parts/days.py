"""Thirty days of a rollup as a row of cells: whole, in part, missing, nothing there."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo

from dash import html
from flask_babel import gettext as _

from data.status import DAYS, Relation, Whole

HOURS = 24


def strip(relation: Relation, at: datetime, zone: tzinfo) -> html.Span | str:
    """Return the cells of the last days of a rollup, oldest first; a dash where none is known."""
    whole = relation.whole
    if whole is None or relation.first is None or relation.newest is None:
        return "–"
    cells = list(day_marks(relation, whole, at, zone))
    holes = [f"{day:%Y-%m-%d}" for day, mark in cells if mark in ("part", "hole")]
    label = _("missing on %(days)s", days=", ".join(holes)) if holes else _("nothing missing")
    return html.Span(
        [html.I(className=f"status-day status-day--{mark}") for _day, mark in cells],
        className="status-days",
        title=label,
        role="img",
        **{"aria-label": label},
    )


def legend() -> list[html.Span | str]:
    """Return what the cells mean, each beside its word: their shades differ by theme."""
    words = (
        ("whole", _("whole")),
        ("hole", _("missing")),
        ("part", _("missing in part")),
        ("unknown", _("not looked for")),
        ("none", _("nothing there")),
    )
    cells = [(html.I(className=f"status-day status-day--{mark}"), word) for mark, word in words]
    told = [html.Span([cell, word], className="status-key") for cell, word in cells]
    return [_("the last 30 days, a cell a day:"), *told]


def day_marks(
    relation: Relation, whole: Whole, at: datetime, zone: tzinfo
) -> Iterator[tuple[date, str]]:
    """Yield day and mark of each of the last days by a zone: whole, part, hole, unknown or none.

    Parameters
    ----------
    relation : with first and newest
    whole : what sampling tells of it
    at : now
    """
    missing, short, unprobed = (
        Counter(each.astimezone(zone).date() for each in times)
        for times in (whole.missing, whole.short, whole.unprobed)
    )
    first, last = (
        each and each.astimezone(zone).date() for each in (relation.first, relation.newest)
    )
    most = HOURS * 3_600 // whole.width
    for back in reversed(range(DAYS)):
        day = at.astimezone(zone).date() - timedelta(days=back)
        if first is None or last is None or not first <= day <= last:
            mark = "none"
        elif missing[day] >= most:
            mark = "hole"
        elif missing[day] or short[day]:
            mark = "part"
        else:
            mark = "unknown" if unprobed[day] else "whole"
        yield day, mark
