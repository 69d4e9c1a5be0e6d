"""Files by address: `/api/v1/export.csv?tag=…`, whole or visibly failed."""

from api.export.document import paths
from api.export.routes import connect

__all__ = ["connect", "paths"]
