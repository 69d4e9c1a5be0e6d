"""Our own PostgreSQL server, kept alive while it is used."""

from data.embedded.location import EmbeddedUnavailable
from data.embedded.server import Server, start

__all__ = ["EmbeddedUnavailable", "Server", "start"]
