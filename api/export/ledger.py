"""What became of each file that was sent, for a day: the same from every worker."""

import json
import logging
import os
import re
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from data.db import cache

logger = logging.getLogger("ksys.files")
#: How long it is told what became of a file [s], and how often older ones are looked for [s].
KEPT_S, SWEEP_S = 86_400.0, 600.0
#: What a request may be called: it names a file of ours.
NAME = re.compile(r"[A-Za-z0-9_-]{8,64}")


class Ledger:
    """A file for each export that ended, in a folder that the workers of a machine share.

    With a shared cache those of other machines find it there: signed, and for no longer.

    Parameters
    ----------
    folder : made when the first one ends
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._swept = 0.0

    def note(self, name: str, record: Mapping[str, Any]) -> None:
        """Keep what became of a file; where that cannot be written, the log says so."""
        if shared := cache.shared():
            shared.set(_key(name), (shared.clock(), dict(record)), KEPT_S)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._sweep()
            descriptor, path = tempfile.mkstemp(dir=self._folder, suffix=".part")
            with os.fdopen(descriptor, "w", encoding="utf8") as file:
                json.dump(record, file)
            Path(path).replace(self._folder / f"{name}.json")
        except OSError as error:
            logger.error("what became of export %s cannot be kept: %s", name, error.strerror)

    def find(self, name: str) -> dict[str, Any] | None:
        """Return what became of a file, None where nobody knows it or it was more than a day ago.

        Raises
        ------
        OSError, ValueError
            If it cannot be read.
        """
        path = self._folder / f"{name}.json"
        if not NAME.fullmatch(name):
            return None
        if not path.exists():
            return _of_another(name)
        if _is_old(path):
            return None
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf8"))
        return found

    def _sweep(self) -> None:
        now = time.time()
        if now - self._swept < SWEEP_S:
            return
        self._swept = now
        for path in [*self._folder.glob("*.json"), *self._folder.glob("*.part")]:
            with suppress(FileNotFoundError):  # another worker was quicker
                if _is_old(path):
                    path.unlink()


def _key(name: str) -> str:
    return f"exported:{name}"


def _of_another(name: str) -> dict[str, Any] | None:
    """Return what another machine tells of a file; Redis may keep it too long, or a stranger."""
    shared = cache.shared()
    if shared is None:
        return None
    at, record = shared.get(_key(name)) or (0.0, None)
    return record if shared.clock() - at <= KEPT_S else None


def _is_old(path: Path) -> bool:
    return time.time() - path.stat().st_mtime > KEPT_S
