"""Files by address, whole or visibly failed: `/api/v1/export.csv?tag=…`; what is told of them."""

from api.export import facts
from api.export.document import paths
from api.export.routes import connect

__all__ = ["connect", "facts", "paths"]
