"""What the charts ask beside Dash: what a typed window is understood as."""

from api.chart.windows import blueprint

__all__ = ["blueprint"]
