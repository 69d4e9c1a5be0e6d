"""What stands under a trend: its rows, when it was outside its limits, what the window holds."""

from components.context.told import Told, told
from components.context.views import connect, panel

__all__ = ["Told", "connect", "panel", "told"]
