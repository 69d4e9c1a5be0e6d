"""Tags to choose from, and the words for those that are chosen."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from data import queries
from data.analysis import kinds
from data.db import HistorianUnavailable
from data.queries import Tag
from data.views import MAX_TAGS

#: Options offered at once: more than one reads, few enough to send at each letter.
MOST_OPTIONS = 50


def tag_options(
    search: str | None, chosen: Sequence[str], values_alone: bool = False
) -> list[dict[str, Any]]:
    """Return up to 50 options of a dropdown: tags with the text in name, description or unit.

    Where as many are chosen as can be shown, the only option says so.

    Parameters
    ----------
    search : what is typed, in either case; None or empty: any tag
    chosen : names that are not offered again
    values_alone : whether states, angles and counters are named with the reason why they are not
        offered
    """
    if len(chosen) >= MAX_TAGS:
        full = _("%(n)s of %(n)s tags", n=MAX_TAGS)
        return [{"value": "", "label": full, "search": search or "", "disabled": True}]
    try:
        tags = queries.tags.answer().value
    except HistorianUnavailable:
        return []
    shown = set(chosen)
    needle = (search or "").strip().casefold()
    options = []
    for tag in tags.values():
        text = " · ".join((tag.name, tag.description, tag.unit))
        if tag.name not in shown and needle in text.casefold():
            option = {"value": tag.name, "label": text.strip(" ·"), "search": text}
            refused = values_alone and tag.kind != kinds.VALUE
            options.append(option | (_refused(tag, option["label"]) if refused else {}))
            if len(options) == MOST_OPTIONS:
                break
    return options


def _refused(tag: Tag, label: str) -> dict[str, Any]:
    """Return what tells that there are no indicators of a tag."""
    words = {
        kinds.STATE: _("a state: no indicators"),
        kinds.ANGLE: _("an angle: no indicators"),
        kinds.COUNTER: _("a counter: no indicators"),
    }
    return {"label": f"{label} · {words[tag.kind]}", "disabled": True}


def tag_labels(names: Sequence[str]) -> list[dict[str, str]]:
    """Return of each name `tag`, `description` and `unit`; the latter empty for an unknown tag."""
    try:
        tags = queries.tags.answer().value
    except HistorianUnavailable:
        tags = {}
    every = [tags.get(name) or Tag(name) for name in names]
    return [{"tag": tag.name, "description": tag.description, "unit": tag.unit} for tag in every]
