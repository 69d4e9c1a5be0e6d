"""The time control of trend and tech: which window is shown, what is typed, and links to it."""

from components.timing.control import link_control, time_control
from components.timing.menu import choice, menu
from components.timing.named import views_control
from components.timing.reading import reading
from components.timing.words import between, of_view, short

__all__ = [
    "between",
    "choice",
    "link_control",
    "menu",
    "of_view",
    "reading",
    "short",
    "time_control",
    "views_control",
]
