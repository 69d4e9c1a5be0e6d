"""The cache that workers share: signed values in a Redis that is trusted with nothing."""

from data.shared.address import address
from data.shared.store import Shared, Sharing

__all__ = ["Shared", "Sharing", "address"]
