"""Events and forecasts on a trend: their switches, what is drawn and listed, what is said."""

from components.events.beside import Beside, beside
from components.events.switches import event_list, switches

__all__ = ["Beside", "beside", "event_list", "switches"]
