"""Why readings are left out of statistics, and so of a file of good ones."""

import numpy as np

from data.analysis import arrays, quality
from data.export.rows.blocks import Block
from data.queries import Tag

#: Why readings are left out of statistics; the first that holds. COUNTED: they are not.
COUNTED, NOT_FINITE, ABSURD, FLAGGED, OUT_OF_SPAN = range(5)
WHY = ("counted", "not_finite", "absurd", "flagged", "out_of_span")


def why_left_out(block: Block, tag: Tag) -> arrays.Codes:
    """Return why each reading is left out of statistics, by its place in WHY."""
    value, checks = block.value, tag.checks
    inside = (value >= checks.low) & (value <= checks.high)
    sizes = np.abs(value)
    why = np.where(inside, COUNTED, OUT_OF_SPAN)
    why = np.where(block.flagged != 0, FLAGGED, why)
    why = np.where(sizes >= quality.LARGEST, ABSURD, why)
    return np.where(np.isfinite(value), why, NOT_FINITE).astype(np.int8)
