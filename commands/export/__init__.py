"""`manage.py export`: a file of any size, whole under its name or not there, resumable by day."""

from commands.export.command import add_export

__all__ = ["add_export"]
