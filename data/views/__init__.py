"""What a page shows, put together from queries."""

from data.views import judging, overview
from data.views.kinds import OfKind
from data.views.parts import Window, parts
from data.views.rows import BUCKET_COLUMNS, INDICATOR_COLUMNS, KIND_COLUMNS, cells, rows
from data.views.series import TagSeries, every_history, histories, indicator_series
from data.views.view import DEFAULT_WINDOW, MAX_TAGS, View, view

__all__ = [
    "BUCKET_COLUMNS",
    "DEFAULT_WINDOW",
    "INDICATOR_COLUMNS",
    "KIND_COLUMNS",
    "MAX_TAGS",
    "OfKind",
    "TagSeries",
    "View",
    "Window",
    "cells",
    "every_history",
    "histories",
    "indicator_series",
    "judging",
    "overview",
    "parts",
    "rows",
    "view",
]
