"""How far apart readings were that are gone: as rollups tell."""

from data.queries.rolled.looks import looks, spacings_of

__all__ = ["looks", "spacings_of"]
