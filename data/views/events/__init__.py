"""What happened in a window, and what was forecast for it, where the historian has either."""

from data.views.events.forecasts import Forecast, Forecasts, forecasts
from data.views.events.happened import Event, Events, events, there

__all__ = ["Event", "Events", "Forecast", "Forecasts", "events", "forecasts", "there"]
