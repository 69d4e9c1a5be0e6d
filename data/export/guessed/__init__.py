"""How large a file will be, and how that is known."""

from data.export.guessed.size import estimate

__all__ = ["estimate"]
