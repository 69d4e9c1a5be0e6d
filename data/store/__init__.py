"""What writes: the schema, the rollups, bulk COPY in."""

from data.errors import ForeignSchema
from data.store import copy_in, install, rollups, shapes
from data.store.copy_in import Progress, Readings
from data.store.patience import Patience

__all__ = [
    "ForeignSchema",
    "Patience",
    "Progress",
    "Readings",
    "copy_in",
    "install",
    "rollups",
    "shapes",
]
