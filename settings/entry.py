"""A setting as a field of the record: its variable, what it means, and how its text is read."""

from collections.abc import Callable
from dataclasses import field
from typing import Any


def entry(
    default: object,
    env: str,
    means: str,
    parse: Callable[[str], object] = str,
    must: str = "text",
    secret: bool = False,
    hidden: bool = False,
) -> Any:
    """Return a field; `secret`: may hold one, `hidden`: is one, of which no word is ever shown."""
    names = tuple(env.split())
    metadata: dict[str, object] = {"env": names, "means": means, "parse": parse, "must": must}
    metadata |= {"secret": secret or hidden, "hidden": hidden}
    return field(default=default, repr=not metadata["secret"], metadata=metadata)
