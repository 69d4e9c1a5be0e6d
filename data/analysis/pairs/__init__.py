"""Two tags on one time axis: which values belong together, and how they go together."""

from data.analysis.pairs.correlation import LEAST, correlation
from data.analysis.pairs.joined import Joined, of_buckets, of_readings

__all__ = ["LEAST", "Joined", "correlation", "of_buckets", "of_readings"]
