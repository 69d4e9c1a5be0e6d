"""What writes: the schema, the rollups, bulk COPY in."""

from data.errors import ForeignSchema
from data.store import copy_in, install, rollups, shapes
from data.store.copy_in import Progress, Readings

__all__ = ["ForeignSchema", "Progress", "Readings", "copy_in", "install", "rollups", "shapes"]
