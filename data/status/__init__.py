"""What `manage.py check` and the status page say: findings read with SELECT alone, as lines."""

from data.status.facts import LEVELS, Line, Relation, Whole
from data.status.relations import WIDTHS, allowed
from data.status.report import Report, now, report, rollup_lags, worst
from data.status.statements import DAYS

__all__ = [
    "DAYS",
    "LEVELS",
    "Line",
    "Relation",
    "Report",
    "WIDTHS",
    "Whole",
    "allowed",
    "now",
    "report",
    "rollup_lags",
    "worst",
]
