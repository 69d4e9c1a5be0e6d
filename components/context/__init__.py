"""What stands under a trend: its rows, when it was outside its limits, what the window holds."""

from components.context.contents import Contents, contents, outside
from components.context.views import connect, panel, place

__all__ = ["Contents", "connect", "contents", "outside", "panel", "place"]
