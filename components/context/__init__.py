"""What stands under a trend: its rows, when it was outside its limits, what the window holds."""

from components.context.contents import Contents, contents, outside
from components.context.views import connect, marker, panel, place, telling

__all__ = ["Contents", "connect", "contents", "marker", "outside", "panel", "place", "telling"]
