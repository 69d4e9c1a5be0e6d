"""A program run as a container or a unit of systemd runs it, as far as a test can have that."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

#: Mounts of its own: what may be written stays so, all else does not; of /proc only processes.
MOUNTS = """
set -eu
mount --make-rprivate /
while [ "$1" != -- ]; do mount --bind "$1" "$1"; shift; done
shift
mount -o remount,bind,ro /
mount -t proc -o subset=pid proc /proc
exec setpriv --no-new-privs --inh-caps=-all --ambient-caps=-all --bounding-set=-all -- "$@"
"""
#: prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN): no memory is ever writable and a program too.
STRICT = """
import ctypes, os, sys
if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0):
    sys.exit("this kernel cannot forbid writable programs in memory")
os.execv(sys.argv[1], sys.argv[1:])
"""


def narrowed(command: list[str], *writable: Path) -> list[str]:
    """Return a command that runs another one without rights, on a file system it cannot write.

    Parameters
    ----------
    writable : folders that it may write all the same
    """
    outer = ["unshare", "--mount", "sh", "-c", MOUNTS, "sh"]
    strict = [sys.executable, "-I", "-S", "-c", STRICT]
    if os.geteuid() or not all(map(shutil.which, ("unshare", "setpriv"))):
        pytest.skip("a file system that is read-only needs the right to mount one")
    return [*outer, *map(str, writable), "--", *strict, *command]


def may_not_write(path: Path, *writable: Path) -> bool:
    """Return whether such a program cannot write a file."""
    told = subprocess.run(
        narrowed(["/bin/sh", "-c", f"echo x > '{path}'"], *writable), capture_output=True, text=True
    )
    return "Read-only file system" in told.stderr
