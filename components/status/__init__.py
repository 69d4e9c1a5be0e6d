"""What is so with the historian, in words: for the page, the terminal and the JSON."""

from components.status.page import body, status_now
from components.status.text import as_json, as_report, as_text, in_language

__all__ = ["as_json", "as_report", "as_text", "body", "in_language", "status_now"]
