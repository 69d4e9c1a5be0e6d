"""Every setting of Ksys: `record` lists them, `values` reads the text of each."""

from settings.record import Settings, from_env, share_metrics, takes_over
from settings.values import LANGUAGES, database_address

__all__ = [
    "LANGUAGES",
    "Settings",
    "database_address",
    "from_env",
    "share_metrics",
    "takes_over",
]
