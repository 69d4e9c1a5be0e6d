"""What the charts ask beside Dash: what a typed window is understood as, and what draws them."""

from api.chart import plotly_js
from api.chart.shared_answers import share_answers
from api.chart.windows import blueprint

__all__ = ["blueprint", "share_answers", "plotly_js"]
