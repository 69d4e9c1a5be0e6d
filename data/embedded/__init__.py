"""Our own PostgreSQL server, kept alive while it is used."""

from data.embedded.server import Server, disk_full, start
from data.errors import EmbeddedUnavailable

__all__ = ["EmbeddedUnavailable", "Server", "disk_full", "start"]
