"""What a card needs besides its tag's newest readings."""

from data.queries.cards.changes import held_states
from data.queries.cards.hour import card_digits

__all__ = ["card_digits", "held_states"]
