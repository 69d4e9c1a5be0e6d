"""One tag against another, over the window of a view."""

from data.views.pairs.pair import MOST_POINTS, NoPair, Pair, pair

__all__ = ["MOST_POINTS", "NoPair", "Pair", "pair"]
