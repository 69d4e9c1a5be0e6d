"""What the address of a file or of the API may say, and which tags it means."""

import fnmatch
import re
from collections.abc import Container, Mapping, Sequence

from data import queries
from data.errors import BadInput
from data.queries import Tag

#: Parameter -> its texts, as they came.
Query = Mapping[str, Sequence[str]]


def check_parameters(
    query: Query, allowed: Mapping[str, Sequence[str]], lists: Container[str]
) -> None:
    """Refuse what an address may not say, whatever the values mean.

    Parameters
    ----------
    allowed : every parameter -> what it may be; empty: no short list tells
    lists : parameters that may be given more than once, each a name or a pattern of names

    Raises
    ------
    BadInput
        If a parameter is none of these, is given twice and is no list, or has no value.
    """
    for name, texts in query.items():
        if name not in allowed:
            raise BadInput("parameter_unknown", name=name, choices=", ".join(allowed))
        if len(texts) > 1 and name not in lists:
            raise BadInput("parameter_repeated", name=name, count=len(texts))
        is_name = name in lists  # which may be of blanks alone
        blank = next(
            (each for each in texts or [""] if not (each if is_name else each.strip())), None
        )
        if blank is None:
            continue
        if allowed[name]:
            choices = ", ".join(allowed[name])
            raise BadInput("parameter_choice", name=name, value=blank, choices=choices)
        if blank:
            raise BadInput("parameter_blank", name=name, value=blank)
        raise BadInput("parameter_empty", name=name)


def selected(query: Query, every: Mapping[str, Tag]) -> list[str]:
    """Return the names that are given, then those of patterns, then those of groups, each once.

    Of an address that names none all.

    Parameters
    ----------
    every : tags by name

    Raises
    ------
    BadInput
        If there is no tag of a name, like a pattern or in a group.
    """
    if not any(name in query for name in ("tag", "tag_like", "group")):
        return list(every)
    for name in query.get("tag", ()):
        if name not in every:
            raise BadInput("unknown_tag", tag=name)
    names = list(query.get("tag", ()))
    for pattern in query.get("tag_like", ()):
        names += _alike(pattern, every)
    for group in query.get("group", ()):
        names += _of_group(group, every)
    return list(dict.fromkeys(names))


def _alike(pattern: str, every: Mapping[str, Tag]) -> list[str]:
    # fnmatch's own pattern needs no time that grows with its stars; [ is a sign like any other.
    alike = re.compile(fnmatch.translate(pattern.replace("[", "[[]")))
    names = [name for name in every if alike.match(name)]
    if not names:
        raise BadInput("no_tag_like", pattern=pattern)
    return names


def _of_group(group: str, every: Mapping[str, Tag]) -> list[str]:
    names = [name for name, tag in every.items() if tag.group == group]
    if not names:
        groups = tuple(sorted({tag.group for tag in every.values() if tag.group}))
        if not groups:
            raise BadInput("no_groups", group=group)
        raise BadInput("no_group", group=group, choices=", ".join(groups), groups=groups)
    return names


def looked_up(query: Query) -> dict[str, Tag]:
    """Return the tags that are named, looked up before it is said that there is none of a name.

    Raises
    ------
    BadInput
        If it has no tag of a name.
    HistorianUnavailable
        If the historian does not answer.
    """
    return {name: tag_of(name) for name in query.get("tag", ())}


def tags_of_now(query: Query) -> list[Tag]:
    """Return the tags of an address, with rules and descriptions of now.

    Raises
    ------
    BadInput
        If there is none of a name.
    HistorianUnavailable
        If the historian does not answer: an old list is no answer to a program.
    """
    named = looked_up(query)
    answer = queries.tags.answer()
    error = answer.error or queries.rules.answer().error
    if error is not None:
        raise error
    every = {**answer.value, **named}
    return [every[name] for name in selected(query, every)]


def tag_of(name: str) -> Tag:
    """Return a tag.

    Raises
    ------
    BadInput
        If there is none of that name.
    HistorianUnavailable
        If the historian does not answer.
    """
    tag = queries.tag(name)
    if tag is None:
        raise BadInput("unknown_tag", tag=name)
    return tag
