"""When a line was outside its limits, as it is drawn."""

from figures.excursions.thick import thick

__all__ = ["thick"]
