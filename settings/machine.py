"""How many workers the machine carries, where nobody says it."""

import contextlib
import math
import os
from pathlib import Path

#: A site of two workers that had answered 280 requests held 251 MB; what runs beside it needs some.
LEAST_BYTES = 1_000_000_000
CGROUP = Path("/sys/fs/cgroup")
MEMORY = Path("/proc/meminfo")


def workers(cores: float | None = None, free: float | None = None) -> int:
    """Return two where there are two cores and memory for both, else one.

    Parameters
    ----------
    cores : that this process may use; None: as the system says it
    free : memory that can be had [bytes]; None: as the system says it
    """
    cores = _cores() if cores is None else cores
    free = _free() if free is None else free
    return 2 if cores >= 2 and free >= LEAST_BYTES else 1


def _cores() -> float:
    """Return how many cores this process may use, by its affinity and the quota of its group."""
    with contextlib.suppress(AttributeError, OSError):  # Linux alone has it
        return min(len(os.sched_getaffinity(0)), _quota())
    return os.cpu_count() or 1


def _quota() -> float:
    with contextlib.suppress(OSError, ValueError):
        quota, period = (CGROUP / "cpu.max").read_text(encoding="ascii").split()
        return float(quota) / float(period)
    return math.inf  # "max" is no number


def _free() -> float:
    """Return the memory that can be had [bytes]; nothing where the system does not tell."""
    with contextlib.suppress(OSError, ValueError, StopIteration):
        lines = MEMORY.read_text(encoding="ascii").splitlines()
        line = next(each for each in lines if each.startswith("MemAvailable:"))
        return min(1_024.0 * int(line.split()[1]), _left())
    return 0.0


def _left() -> float:
    with contextlib.suppress(OSError, ValueError):
        most, used = ((CGROUP / f"memory.{name}").read_text("ascii") for name in ("max", "current"))
        return float(most) - float(used)
    return math.inf
