"""What stands beside a window: when tags were outside their limits, what the window holds."""

from data.views.context.excursions import Excursions, every_excursion

__all__ = ["Excursions", "every_excursion"]
