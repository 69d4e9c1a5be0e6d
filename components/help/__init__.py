"""What explains Ksys where it is read: badges, words and keys; how to connect a historian."""

from components.help.connect import connect_dialog
from components.help.panel import help_dialog

__all__ = ["connect_dialog", "help_dialog"]
