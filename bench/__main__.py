"""Run every bench, one after another, and list the limits that were passed over: `make bench`."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.verdict import PASSED_OVER

HERE = Path(__file__).parent
#: Modules of this folder that measure nothing.
NO_BENCH = {"__main__", "historian", "usual", "verdict"}


def names(folder: Path = HERE) -> list[str]:
    """Return the benches of a folder, in the order they run."""
    return sorted({path.stem for path in folder.glob("*.py")} - NO_BENCH)


def command(name: str) -> list[str]:
    """Return what runs one bench."""
    return [sys.executable, "-m", f"bench.{name}"]


def failures(name: str) -> Iterator[str]:
    """Run one bench and pass on what it prints; yield what went wrong, a sentence each."""
    print(f"== {name}", flush=True)
    found = False
    with subprocess.Popen(command(name), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            if line.startswith(PASSED_OVER):
                found = True
                yield f"{name}: {line.removeprefix(PASSED_OVER).strip()}"
    if process.returncode and not found:
        yield f"{name}: it ended with code {process.returncode}"


def main() -> None:
    """Run them all, also after one that failed."""
    found = [failure for name in names() for failure in failures(name)]
    if found:
        raise SystemExit("\n".join(["", "Limits passed over:", *(f"- {each}" for each in found)]))
    print("Every bench kept its limits.")


if __name__ == "__main__":
    main()
