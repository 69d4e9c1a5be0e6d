"""When a line was outside its limits, as it is drawn."""

from figures.excursions.thick import thick
from figures.excursions.track import draw_tracks

__all__ = ["draw_tracks", "thick"]
