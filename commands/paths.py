"""Paths that commands take: what cannot be used is refused by its name before anything is done."""

import errno
import os
import stat
from pathlib import Path
from typing import Any

import click

from data.errors import BadFile

__all__ = ["FILE", "NEW_FILE", "WHOLE_FILE"]

#: Rights to a folder that let a file be made in it.
MAKES = os.W_OK | os.X_OK


class _Input(click.Path):
    """A file that is there and can be read."""

    def convert(self, value: Any, param: click.Parameter | None, _ctx: Any) -> Path:
        path, told = Path(value), _told(value, param)
        try:
            path.stat()
        except FileNotFoundError as error:
            raise BadFile("path_missing", **told) from error
        except OSError as error:
            raise BadFile("path_unreadable", **told, reason=error.strerror) from error
        if path.is_dir():
            raise BadFile("path_folder", **told)
        if not os.access(path, os.R_OK):
            raise BadFile("path_unreadable", **told, reason=os.strerror(errno.EACCES))
        return path


class _Output(click.Path):
    """A file that can be written, or be made.

    Parameters
    ----------
    replaced : whether a file that is there gives way to a new one, as what is written whole does;
        else it is opened, and may be a device
    """

    def __init__(self, replaced: bool) -> None:
        super().__init__()
        self._replaced = replaced

    def convert(self, value: Any, param: click.Parameter | None, _ctx: Any) -> Path:
        path, told = Path(value), _told(value, param)
        folder, mode = Path(os.path.realpath(path)).parent, _mode(path, told)
        if mode is not None and stat.S_ISDIR(mode):
            raise BadFile("path_folder", **told)
        if not folder.is_dir():
            raise BadFile("path_no_folder", **told, folder=str(folder))
        if self._replaced and mode is not None and not stat.S_ISREG(mode):
            raise BadFile("path_device", **told)
        is_opened = mode is not None and not self._replaced
        if not os.access(path if is_opened else folder, os.W_OK if is_opened else MAKES):
            raise BadFile("path_unwritable", **told, reason=os.strerror(errno.EACCES))
        return path


def _mode(path: Path, told: dict[str, str]) -> int | None:
    """Return the kind and the rights of a file, None where there is none."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise BadFile("path_unwritable", **told, reason=error.strerror) from error


def _told(value: Any, param: click.Parameter | None) -> dict[str, str]:
    """Return what a refusal says of a path: the name of its option or argument, and the path."""
    name = "FILE"
    if isinstance(param, click.Option):
        name = param.opts[0]
    elif param is not None:
        name = param.human_readable_name
    return {"name": name, "path": str(value)}


#: A file to read; one to open and write; one that is there once it is whole.
FILE, NEW_FILE, WHOLE_FILE = _Input(), _Output(replaced=False), _Output(replaced=True)
