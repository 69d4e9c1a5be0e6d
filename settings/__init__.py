"""Every setting of Ksys: `record` lists them, `environment` finds them, `values` reads each."""

from settings.environment import from_env, share_metrics, slips, takes_over
from settings.record import Settings
from settings.values import LANGUAGES, database_address

__all__ = [
    "LANGUAGES",
    "Settings",
    "database_address",
    "from_env",
    "share_metrics",
    "slips",
    "takes_over",
]
