"""What stands beside a window: when tags were outside their limits, what the window holds."""

from data.views.context.excursions import Excursions, every_excursion
from data.views.context.statistics import OfWindow, statistics

__all__ = ["Excursions", "OfWindow", "every_excursion", "statistics"]
