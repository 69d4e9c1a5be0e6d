"""Tags of a file: by name, by pattern, by group, or a list that is pasted."""

import json
import re
from collections.abc import Mapping, Sequence

from dash import html
from flask_babel import gettext as _

from components.export.query import FileQuery, query_of, question
from components.question import mapping, texts
from components.tags import tag_options
from data import queries
from data.db import HistorianUnavailable
from data.errors import BadInput
from data.queries import Tag

#: How tags are chosen: parameters of the address, in the order of its tags.
WAYS = ("tag", "tag_like", "group")
#: Signs of a pattern; what may stand between names of a list.
PATTERN = re.compile(r"[*?]")
BETWEEN = re.compile(r"[,;\t]")
#: So many chips are shown: more than one reads, few enough to draw.
MOST_CHIPS = 60
#: What takes all of them away.
ALL = "all"
#: So many tags are offered for what is typed.
MOST_OFFERS = 8


def tags_by_name() -> Mapping[str, Tag]:
    """Return the tags of the historian; none while it never told them."""
    try:
        return queries.tags.answer().value
    except HistorianUnavailable:
        return {}


def groups() -> list[str]:
    """Return the names of the groups of tags, sorted."""
    return sorted({tag.group for tag in tags_by_name().values() if tag.group})


def named(typed: object) -> dict[str, list[str]]:
    """Return what a text names, typed or pasted: tags and patterns, a line each or separated.

    It comes in pieces, as a call holds no long text. A name that the historian knows is one
    whatever signs it holds.

    Raises
    ------
    BadInput
        If a page would not send that.
    """
    text = "".join(texts(mapping(typed, "export-typed").get("text"), "export-typed"))
    every = tags_by_name()
    names: dict[str, list[str]] = {"tag": [], "tag_like": []}
    for line in text.splitlines():
        for name in _names(line.strip(), every):
            way = "tag_like" if name not in every and PATTERN.search(name) else "tag"
            if name not in names[way]:
                names[way].append(name)
    return names


def _names(line: str, every: Mapping[str, Tag]) -> list[str]:
    parts = [line] if line in every else [part.strip() for part in BETWEEN.split(line)]
    return [part for part in parts if part]


def offers(text: object, chosen: object) -> list[html.Button]:
    """Return what fits to a text that is being typed: a pattern, then tags that hold it.

    Raises
    ------
    BadInput
        If it is no text.
    """
    if text is not None and not isinstance(text, str):
        raise BadInput("bad_call", part="export-add")
    if not text or not text.strip():
        return []
    taken = ways_of(chosen).get("tag", [])
    text = text.strip()
    rows = [("tag", option["value"], option["label"]) for option in tag_options(text, taken)]
    if PATTERN.search(text) and text not in tags_by_name():
        count = count_of("tag_like", text)
        rows = [("tag_like", text, f"{text} · {_pattern(count)}")] if count else []
    return [
        html.Button(
            label,
            id={"type": "export-offer", "way": way, "name": name},
            className="export-offer",
            type="button",
        )
        for way, name, label in rows[:MOST_OFFERS]
    ]


def count_of(way: str, name: str) -> int:
    """Return how many tags a pattern or a group stands for, by the parser of addresses."""
    try:
        return len(question(FileQuery({way: [name]}, "csv")).tags)
    except (BadInput, HistorianUnavailable):
        return 0


def chips(chosen: object) -> list[html.Span | html.Button]:
    """Return a chip for each tag, pattern and group that is chosen, with what takes it away.

    Of a long list some names stand in no chip: those that the historian lacks go by one button.
    """
    ways, every = ways_of(chosen), tags_by_name()
    items = [(way, name) for way in WAYS for name in ways.get(way, [])]
    shown: list[html.Span | html.Button] = [
        _chip(way, name, every) for way, name in items[:MOST_CHIPS]
    ]
    rest = len(items) - len(shown) + _more(chosen)
    if rest:
        shown.append(html.Span(_("and %(count)s more", count=f"{rest:,}"), className="chip"))
    lacking = [item for item in items if _is_lacking(*item, every)]
    if len(lacking) > 1 or (lacking and lacking[0] not in items[:MOST_CHIPS]):
        words = _("Remove %(count)s that do not exist", count=f"{len(lacking):,}")
        shown.append(html.Button(words, id=_removal(lacking), className="seg", type="button"))
    if len(items) > 1:
        words = _("Remove all")
        shown.append(html.Button(words, id=_removal(ALL), className="seg", type="button"))
    return shown


def ways_of(chosen: object) -> dict[str, list[str]]:
    """Return how tags are chosen, which comes as the query of an address, in pieces.

    Raises
    ------
    BadInput
        If a page would not send that.
    """
    part = "export-chosen"
    return {} if chosen is None else query_of(mapping(chosen, part).get("query"), part)


def _more(chosen: object) -> int:
    """Return how many names a list has that no call holds, besides those that were sent."""
    more = chosen.get("more") if isinstance(chosen, dict) else 0
    return more if type(more) is int and more > 0 else 0


def _removal(gone: Sequence[tuple[str, str]] | str) -> dict[str, str]:
    """Return the id of a button that takes away ways and their names, or ALL.

    Not by place: it would be another's while the chips of other tags are on their way.
    """
    return {"type": "export-remove", "index": json.dumps(gone, ensure_ascii=False)}


def _is_lacking(way: str, name: str, every: Mapping[str, Tag]) -> bool:
    """Whether there is no tag of a name; nobody knows while the historian never told its tags."""
    return way == "tag" and bool(every) and name not in every


def _chip(way: str, name: str, every: Mapping[str, Tag]) -> html.Span:
    note = _note(way, name, every)
    children = [
        html.B(name, className="chip__tag"),
        html.Small(note) if note else None,
        html.Button(
            "✕",
            id=_removal([(way, name)]),
            className="chip__remove",
            type="button",
            title=_("Remove %(tag)s", tag=name),
        ),
    ]
    kind = "chip" if way == "tag" else "chip chip--many"
    return html.Span([child for child in children if child is not None], className=kind)


def _note(way: str, name: str, every: Mapping[str, Tag]) -> str:
    if way == "tag_like":
        return _pattern(count_of(way, name))
    if way == "group":
        return _group(count_of(way, name))
    if _is_lacking(way, name, every):
        return _("no such tag")
    return every[name].unit if name in every else ""


def _pattern(count: int) -> str:
    return _("pattern, %(tags)s", tags=tag_count(count))


def _group(count: int) -> str:
    return _("group, %(tags)s", tags=tag_count(count))


def tag_count(count: int) -> str:
    """Return a number of tags in words."""
    return _("1 tag") if count == 1 else _("%(n)s tags", n=f"{count:,}")


def order(names: Sequence[str]) -> str:
    """Return which tags a file holds, in their order."""
    some = ", ".join(names[:MOST_OFFERS])
    if len(names) > MOST_OFFERS:
        some += ", …"
    return _("%(tags)s, in this order: %(names)s", tags=tag_count(len(names)), names=some)
