"""The name of what is deployed, by which a wall screen sees that it should load itself anew.

Made of the content alone, so that every host of one deployment finds the same name.
"""

import hashlib
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import metadata
from pathlib import Path

#: Where the app lies as it is deployed.
ROOT = Path(__file__).parent.parent
#: The packages whose installed versions are part of the name: their scripts are served too.
REQUIREMENTS = "requirements.txt"
#: Folder -> endings of its files that are shipped, at any depth.
SHIPPED = {
    "access": (".html", ".py"),
    "api": (".html", ".py"),
    "assets": (".css", ".js", ".mjs", ".svg"),
    "commands": (".py",),
    "components": (".py",),
    "data": (".py", ".sql"),
    "figures": (".py",),
    "locale": (".mo",),
    "operations": (".py",),
    "pages": (".py",),
    "settings": (".py",),
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@lru_cache(maxsize=1)
def build() -> str:
    """Return the name of what runs here: 12 hexadecimal digits, made once in a process.

    Raises
    ------
    FileNotFoundError
        As `name_of`.
    """
    return name_of(ROOT)


def name_of(root: Path) -> str:
    """Return the name of what lies in a folder and of the installed packages: 12 hex digits.

    Raises
    ------
    FileNotFoundError
        If a folder of `SHIPPED` is missing or has no file that is shipped.
    """
    digest = hashlib.sha256()
    for path in shipped(root):
        content = path.read_bytes()
        # With its length, so that no content can pass for the name of a next file.
        digest.update(f"{path.relative_to(root).as_posix()}\n{len(content)}\n".encode())
        digest.update(content)
    for package, version in installed(root):
        digest.update(f"{package}=={version}\n".encode())
    return digest.hexdigest()[:12]


def shipped(root: Path) -> Iterator[Path]:
    """Yield the files that make the app, in the same order on every file system.

    Raises
    ------
    FileNotFoundError
        If a folder of `SHIPPED` is missing or has no file that is shipped.
    """
    yield from sorted(root.glob("*.py"))
    for folder, endings in SHIPPED.items():
        paths = sorted(path for path in (root / folder).rglob("*") if path.suffix in endings)
        if not paths:
            raise FileNotFoundError(
                f"{root / folder} holds no file that ends in {', '.join(endings)}; deploy it whole"
            )
        yield from paths


def installed(root: Path) -> Iterator[tuple[str, str]]:
    """Yield name and installed version of each required package, an empty version without it."""
    for line in (root / REQUIREMENTS).read_text(encoding="utf-8").splitlines():
        match = _NAME.match(line)
        if match:
            yield match[0], _version(match[0])


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # Redis, or the embedded server, may be left out
        return ""
