"""One tag against another, as points."""

from figures.pairs.scatter import Axis, Points, pair_figure

__all__ = ["Axis", "Points", "pair_figure"]
