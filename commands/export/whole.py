"""A file is there under its name only when it is whole, whatever ends this process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """Yield a file to write; it gets its name when the block ends well, and else is gone."""
    under_way = path.with_name(path.name + ".unfinished")
    try:
        with under_way.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        under_way.replace(path)
    finally:
        under_way.unlink(missing_ok=True)
