"""What a page shows, put together from queries."""

from data.views import day, judging, overview, pages
from data.views.comparison import COMPARED, Compared, Why, beside, both, columns_for, compared
from data.views.context import Excursions, OfWindow, every_excursion, statistics
from data.views.events import Event, Events, Forecast, Forecasts, events, forecasts, there
from data.views.kinds import OfKind
from data.views.pairs import NoPair, Pair, pair
from data.views.parts import Window, parts
from data.views.rows import (
    BUCKET_COLUMNS,
    INDICATOR_COLUMNS,
    KIND_COLUMNS,
    Column,
    Columns,
    Counts,
    Words,
    cells,
    columns,
    framed,
    rows,
    touching,
)
from data.views.selection import Query, check_parameters, looked_up, selected, tag_of
from data.views.series import TagSeries, every_history, histories, indicator_series
from data.views.view import (
    DEFAULT_WINDOW,
    INDICATORS,
    MAX_TAGS,
    NO_INDICATOR,
    USUAL,
    View,
    view,
)

__all__ = [
    "BUCKET_COLUMNS",
    "COMPARED",
    "Column",
    "Columns",
    "Compared",
    "Counts",
    "DEFAULT_WINDOW",
    "Event",
    "Events",
    "Excursions",
    "Forecast",
    "Forecasts",
    "INDICATORS",
    "INDICATOR_COLUMNS",
    "KIND_COLUMNS",
    "MAX_TAGS",
    "NO_INDICATOR",
    "NoPair",
    "OfKind",
    "OfWindow",
    "Pair",
    "Query",
    "TagSeries",
    "USUAL",
    "View",
    "Why",
    "Window",
    "Words",
    "beside",
    "both",
    "cells",
    "check_parameters",
    "columns",
    "columns_for",
    "compared",
    "day",
    "events",
    "every_excursion",
    "every_history",
    "forecasts",
    "framed",
    "histories",
    "indicator_series",
    "judging",
    "looked_up",
    "overview",
    "pages",
    "pair",
    "parts",
    "rows",
    "selected",
    "statistics",
    "tag_of",
    "there",
    "touching",
    "view",
]
