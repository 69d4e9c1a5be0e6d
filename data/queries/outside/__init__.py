"""What tells when tags were outside their limits."""

from data.queries.outside.readings import excursions_of_readings

__all__ = ["excursions_of_readings"]
