"""What a page shows, put together from queries."""

from data.views import overview
from data.views.series import STUDIED, Shown, every_history, histories, rows, studied
from data.views.view import DEFAULT_WINDOW, MAX_TAGS, View, view

__all__ = [
    "DEFAULT_WINDOW",
    "MAX_TAGS",
    "STUDIED",
    "Shown",
    "View",
    "every_history",
    "histories",
    "overview",
    "rows",
    "studied",
    "view",
]
