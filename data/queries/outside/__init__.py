"""What tells when tags were outside their limits."""

from data.queries.outside.finding import Found, every_excursion
from data.queries.stretches import Question

__all__ = ["Found", "Question", "every_excursion"]
