"""What a worker holds from tick to tick of the overview."""

from data.queries.tick.recent import Recent, resumed
from data.queries.tick.search import (
    FIRST_LOOK,
    SEARCH_AGAIN_S,
    SEARCH_S,
    Search,
    by_tag_and_time,
    spans,
)

__all__ = [
    "FIRST_LOOK",
    "SEARCH_AGAIN_S",
    "SEARCH_S",
    "Recent",
    "Search",
    "by_tag_and_time",
    "resumed",
    "spans",
]
