"""The demonstration plant and the feeder that goes on writing."""

from data.demo import plant
from data.demo.language import speak
from data.demo.model import TAGS, Plant, written

__all__ = ["TAGS", "Plant", "plant", "speak", "written"]
