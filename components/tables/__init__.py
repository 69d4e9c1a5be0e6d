"""The table under a chart: `columns` it has, `order` its headers ask for, `blocks` of its rows."""

from components.tables.blocks import block
from components.tables.columns import NAME, locale_text, table, tech_columns, trend_columns

__all__ = ["NAME", "block", "locale_text", "table", "tech_columns", "trend_columns"]
