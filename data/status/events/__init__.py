"""What is so with the relations of events and forecasts."""

from data.status.events.lines import event_lines

__all__ = ["event_lines"]
