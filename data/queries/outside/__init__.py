"""What tells when tags were outside their limits."""

from data.queries.outside.asking import Question
from data.queries.outside.finding import Found, every_excursion

__all__ = ["Found", "Question", "every_excursion"]
