"""What stands beside a window: when tags were outside their limits, what the window holds."""

from data.views.context.excursions import READINGS, Excursions, every_excursion

__all__ = ["READINGS", "Excursions", "every_excursion"]
