"""One tag against another, below a trend: which other, their points, what is said of them."""

from components.pairs.contents import contents
from components.pairs.panel import VIEW, pair_panel

__all__ = ["VIEW", "contents", "pair_panel"]
