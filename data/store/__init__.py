"""What writes: the schema, the rollups, bulk COPY in."""

from data.store import copy_in, install, rollups, shapes
from data.store.copy_in import Progress, Readings
from data.store.shapes import ForeignSchema

__all__ = ["ForeignSchema", "Progress", "Readings", "copy_in", "install", "rollups", "shapes"]
