"""Tags to choose from, and the words for those that are chosen."""

from collections.abc import Sequence

from data import queries
from data.db import HistorianUnavailable
from data.queries import Tag

#: Options offered at once: more than one reads, few enough to send at each letter.
OFFERED = 50


def tag_options(search: str | None, taken: Sequence[str]) -> list[dict[str, str]]:
    """Return up to 50 tags whose name, description or unit holds what was typed."""
    try:
        tags = queries.tags.answer().value
    except HistorianUnavailable:
        return []
    wanted = (search or "").strip().casefold()
    found = []
    for tag in tags.values():
        text = " · ".join((tag.name, tag.description, tag.unit))
        if tag.name not in taken and wanted in text.casefold():
            found.append({"value": tag.name, "label": text.strip(" ·"), "search": text})
            if len(found) == OFFERED:
                break
    return found


def named(names: Sequence[str]) -> list[dict[str, str]]:
    """Return name, description and unit of tags, empty where the historian has none."""
    try:
        tags = queries.tags.answer().value
    except HistorianUnavailable:
        tags = {}
    every = [tags.get(name) or Tag(name) for name in names]
    return [{"tag": tag.name, "description": tag.description, "unit": tag.unit} for tag in every]
