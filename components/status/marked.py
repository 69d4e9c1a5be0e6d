"""Texts that are marked for the catalogue where they are written, and translated where said."""


def N_(text: str) -> str:
    """Return the text; Babel finds it by this name."""
    return text
