"""Whether the historian has anything of a name, where no list has it."""

from data.queries.named.looks import TAGS_S, has_rows, is_rolled

__all__ = ["TAGS_S", "has_rows", "is_rolled"]
