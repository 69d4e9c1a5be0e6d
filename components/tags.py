"""Tags to choose from, and the words for those that are chosen."""

from collections.abc import Sequence
from typing import Any

from data import queries
from data.db import HistorianUnavailable


def tag_options(search: str | None, taken: Sequence[str]) -> list[dict[str, str]]:
    """Return up to 50 tags whose name, description or unit holds what was typed."""
    try:
        tags = queries.tags.answer().value
    except HistorianUnavailable:
        return []
    names = tags.index.to_series().astype(str)
    text = (
        names + " · " + tags["description"].fillna("") + " · " + tags["unit"].fillna("")
    ).astype(str)
    wanted = text[~names.isin(list(taken))]
    if search:
        wanted = wanted[wanted.str.contains(search.strip(), case=False, regex=False)]
    return [
        {"value": str(tag), "label": str(label).strip(" ·"), "search": str(label)}
        for tag, label in wanted.head(50).items()
    ]


def named(tags: Sequence[str]) -> list[dict[str, str]]:
    """Return name, description and unit of tags, empty where the historian has none."""
    try:
        known = queries.tags.answer().value
    except HistorianUnavailable:
        return [{"tag": tag, "description": "", "unit": ""} for tag in tags]
    rows: list[Any] = [known.loc[tag].to_dict() if tag in known.index else {} for tag in tags]
    return [
        {
            "tag": tag,
            "description": row.get("description") or "",
            "unit": row.get("unit") or "",
        }
        for tag, row in zip(tags, rows, strict=True)
    ]
