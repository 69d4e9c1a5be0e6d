"""Operator commands, one module each subject; `manage.py` puts them together."""
