"""The SQL of the historian's schema, and the names to install it by."""

from data.installation import Finding, ForeignSchema, check, install, script

__all__ = ["Finding", "ForeignSchema", "check", "install", "script"]
