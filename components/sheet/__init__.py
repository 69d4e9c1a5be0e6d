"""What trend and tech are on paper and as a picture: whose, of what, when, which limits."""

from components.sheet.paper import foot, head, place
from components.sheet.picture import picture_control

__all__ = ["foot", "head", "picture_control", "place"]
