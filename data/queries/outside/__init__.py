"""What tells when tags were outside their limits."""

from data.queries.outside.finding import Outside, every_excursion
from data.queries.stretches import Question

__all__ = ["Outside", "Question", "every_excursion"]
