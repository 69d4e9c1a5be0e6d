"""The days of a file that are read already: kept beside it until the whole of it is there."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from commands.export.days import pieces
from commands.whole import whole
from data import export
from data.errors import BadInput
from data.export import Question

Batches = Iterator[pa.RecordBatch]


class Parts:
    """A folder beside a file: of each day that was read, its rows as arrow has them.

    Parameters
    ----------
    file : that is to be written
    question : what it is to hold; its bounds are fixed

    Attributes
    ----------
    pieces : the questions of its parts
    folder : holds them

    Raises
    ------
    BadInput
        If the folder holds parts of another question, or judged by other rules.
    """

    def __init__(self, file: Path, question: Question) -> None:
        self.folder = file.with_name(file.name + ".parts")
        self._now = question.now
        self.pieces = pieces(question)
        path, told = self.folder / "question.json", _told(question)
        if path.exists():
            self._check(json.loads(path.read_text(encoding="utf8")), told, file)
        else:
            self.folder.mkdir(exist_ok=True)
            with whole(path) as text:
                text.write(json.dumps(told).encode())
        for path in self.folder.glob("*-open.arrow"):
            path.unlink()  # of a day that was not over when it was read

    def _check(self, noted: Any, told: dict[str, str], file: Path) -> None:
        if noted == told:
            return
        is_same = isinstance(noted, dict) and noted.get("query") == told["query"]
        key = "export_other_rules" if is_same else "export_other_parts"
        raise BadInput(key, folder=str(self.folder), file=str(file))

    def missing(self) -> list[int]:
        """Return the numbers of the pieces that are still to be read."""
        return [number for number in range(len(self.pieces)) if not self._path(number).exists()]

    def oldest(self) -> datetime | None:
        """Return when the first of the pieces that are kept was read; None: none is."""
        every = [self._path(number) for number in range(len(self.pieces))]
        times = [path.stat().st_mtime for path in every if path.exists()]
        return datetime.fromtimestamp(min(times), UTC) if times else None

    def read(self, number: int) -> int:
        """Read a piece and keep it, once it is whole; return its rows.

        Raises
        ------
        HistorianUnavailable
            If the historian does not answer: nothing of the piece is kept.
        """
        pump = export.stream(self.pieces[number])
        try:
            with whole(self._path(number)) as file:
                return _filled(file, pump.batches())
        finally:
            pump.end()

    def batches(self) -> Batches:
        """Yield the rows of all pieces."""
        for number in range(len(self.pieces)):
            path = self._path(number)
            if path.stat().st_size:
                with pa.memory_map(str(path)) as file, pa.ipc.open_stream(file) as reader:
                    yield from reader

    def remove(self) -> None:
        """Remove what is kept: the file is there."""
        shutil.rmtree(self.folder)

    def _path(self, number: int) -> Path:
        is_over = self.pieces[number].stop <= self._now
        return self.folder / f"{number:06}{'' if is_over else '-open'}.arrow"


def _told(question: Question) -> dict[str, str]:
    """Return what all parts of a file share: what is asked for, and by which rules it is judged."""
    return {"query": question.address, "rules": export.rule_version(question.tags)}


def _filled(file: BinaryIO, batches: Batches) -> int:
    """Write batches to a file, nothing where there is none; return their rows."""
    rows, writer = 0, None
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    for batch in batches:
        writer = writer or pa.ipc.new_stream(file, batch.schema, options=options)
        writer.write_batch(batch)
        rows += batch.num_rows
    if writer is not None:
        writer.close()
    return rows
