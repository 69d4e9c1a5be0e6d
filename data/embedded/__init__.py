"""Our own PostgreSQL server, kept alive while it is used."""

from data.embedded.archive import Manifest, checked
from data.embedded.backups import backup, restore
from data.embedded.places import Shelter, remove, shelter, shelters
from data.embedded.server import Server, disk_full, start
from data.errors import EmbeddedUnavailable

__all__ = [
    "EmbeddedUnavailable",
    "Manifest",
    "Server",
    "Shelter",
    "backup",
    "checked",
    "disk_full",
    "remove",
    "restore",
    "shelter",
    "shelters",
    "start",
]
