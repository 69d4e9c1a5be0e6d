"""What happened and what is forecast, drawn into the figure of a trend."""

from figures.events.forecasts import Expected, draw_forecasts, reach
from figures.events.marks import Mark, draw_events

__all__ = ["Expected", "Mark", "draw_events", "draw_forecasts", "reach"]
