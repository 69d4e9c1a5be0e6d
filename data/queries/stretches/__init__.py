"""Stretches of time of many tags: what is asked of all of them at once."""

from data.queries.stretches import asking, before
from data.queries.stretches.asking import Asked, Pieces, Question

__all__ = ["Asked", "Pieces", "Question", "asking", "before"]
