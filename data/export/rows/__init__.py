"""The rows of one tag of a file, as batches: single readings, or buckets as the pages have them."""

from data.export.rows.blocks import BLOCK, Block, blocks
from data.export.rows.buckets import bucket_rows
from data.export.rows.gone import gone_of
from data.export.rows.left_out import COUNTED, WHY, why_left_out
from data.export.rows.readings import reading_rows
from data.export.rows.tally import Tally

__all__ = [
    "BLOCK",
    "COUNTED",
    "WHY",
    "Block",
    "Tally",
    "blocks",
    "bucket_rows",
    "gone_of",
    "reading_rows",
    "why_left_out",
]
