"""What the historian has for a view: a series for each tag."""

from data.views.series.histories import every_history, histories, indicator_series, series_of
from data.views.series.tag_series import TagSeries

__all__ = ["TagSeries", "every_history", "histories", "indicator_series", "series_of"]
