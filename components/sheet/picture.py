"""The button of pictures and paper, and what a picture says of itself."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from dash import html
from flask_babel import gettext as _

from components.timing import choice, menu
from data.views import TagSeries, View


def picture_control(page: str) -> html.Div:
    """Return the button that opens the choice of PNG, SVG and paper."""
    kinds = {
        "png": (_("Picture as PNG"), _("For a report or a message")),
        "svg": (_("Picture as SVG"), _("Sharp at any size")),
        "print": (_("Print"), _("A4, with limits, gaps and a line to sign")),
    }
    choices = [
        choice(f"{page}-picture-{kind}", *words, **{"data-picture": kind})
        for kind, words in kinds.items()
    ]
    title = _("Save as a picture, or print")
    return menu(f"{page}-picture-panel", html.Span(_("Picture")), choices, title=title)


def file_name(view: View, series: Sequence[TagSeries], page: str) -> str:
    """Return the name of a picture without its ending: page, tags, window, resolution.

    Times are by the view's clock, as in the names of files.
    """
    zone = ZoneInfo(view.zone)
    first, *others = view.tags or ("none",)
    tags = f"{first}+{len(others)}" if others else first
    times = "-".join(f"{each.astimezone(zone):%Y%m%dT%H%M%S}" for each in (view.start, view.stop))
    widths = {item.resolution for item in series}
    width = widths.pop() if len(widths) == 1 else "mixed"
    return f"ksys-{page}-{tags}-{times}-{width}"
