"""What is so with the historian, in words: for the page, the terminal and the JSON."""

from components.status.now import status_now
from components.status.page import body
from components.status.text import as_json, as_text, in_language

__all__ = ["as_json", "as_text", "body", "in_language", "status_now"]
