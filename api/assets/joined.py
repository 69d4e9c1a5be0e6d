"""The modules of a page as one script, and all style sheets as one: one question, not sixty.

What imports nothing but the files beside it needs no bundler: every module becomes a function that
returns what it exports, below those that it imports. It runs once in a page, whichever script of
several brings it, as one that is loaded by itself would.
"""

import posixpath
import re
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

#: Modules that have run, by their paths.
RUN = "globalThis.ksysModules"
#: The statements that a module may have, each at the start of a line; of a name or of a list.
_FROM = r' (?:\* as (\w+)|\{([^}]*)\}) from "([^"]+)";$'
_IMPORT, _AGAIN = (re.compile(f"^{word}{_FROM}", re.M) for word in ("import", "export"))
_NAMED = re.compile(r"^export \{([^}]*)\};$", re.M)
_MADE = re.compile(r"^export ((?:async )?function|const|class) (\w+)", re.M)
_OTHER = re.compile(r"^(?:import|export)\b.*$", re.M)


class _Module(NamedTuple):
    """A module as the function that it becomes.

    Parameters
    ----------
    needs : the paths of those that it imports
    names : what it exports
    text : the statement that runs it, unless it has run
    """

    needs: frozenset[str]
    names: tuple[str, ...]
    text: str


def script(folder: Path, entry: str) -> str:
    """Return a module with all that it imports as one module, which exports the same.

    Parameters
    ----------
    folder : of all modules
    entry : path of the module below it

    Raises
    ------
    ValueError
        If a line imports or exports in a way that is not known here.
    """
    modules, waiting = dict[str, _Module](), [entry]
    while waiting:
        path = waiting.pop()
        if path not in modules:
            modules[path] = _module(path, (folder / path).read_text(encoding="utf-8"))
            waiting += modules[path].needs
    order = TopologicalSorter({path: each.needs for path, each in modules.items()}).static_order()
    lines = [f"const $run = ({RUN} ??= {{}});", *(modules[path].text for path in order)]
    lines += [f"export const {name} = {_of(entry)}.{name};" for name in modules[entry].names]
    return "\n".join(lines)


def style(folder: Path) -> str:
    """Return all style sheets below a folder as one: those at the top first, by their names."""
    paths = [*sorted(folder.glob("*.css")), *sorted(folder.glob("*/**/*.css"))]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def _of(path: str) -> str:
    return f'$run["{path}"]'


def _module(path: str, text: str) -> _Module:
    needs, exported = set[str](), dict[str, str]()

    def source(match: re.Match[str]) -> str:
        other = posixpath.normpath(posixpath.join(posixpath.dirname(path), match[3]))
        needs.add(other)
        return _of(other)

    def imported(match: re.Match[str]) -> str:
        names = match[1] or "{ " + ", ".join(f"{a}: {b}" for a, b in _pairs(match[2])) + " }"
        return f"const {names} = {source(match)};"

    def again(match: re.Match[str]) -> str:
        whole = source(match)
        exported.update({match[1]: whole} if match[1] else {})
        exported.update({b: f"{whole}.{a}" for a, b in _pairs(match[2] or "")})
        return ""

    def named(match: re.Match[str]) -> str:
        exported.update({b: a for a, b in _pairs(match[1])})
        return ""

    def made(match: re.Match[str]) -> str:
        exported[match[2]] = match[2]
        return f"{match[1]} {match[2]}"

    for form, other in ((_IMPORT, imported), (_AGAIN, again), (_NAMED, named), (_MADE, made)):
        text = form.sub(other, text)
    strange = _OTHER.search(text)
    if strange:
        raise ValueError(f"{path}: a script cannot be joined with `{strange[0]}`")
    given = ", ".join(f"{name}: {value}" for name, value in sorted(exported.items()))
    whole = f"{_of(path)} ??= (() => {{\n{text}\nreturn {{ {given} }};\n}})();"
    return _Module(frozenset(needs), tuple(exported), whole)


def _pairs(names: str) -> Iterator[tuple[str, str]]:
    """Yield each name of a list, and as what it is known on the other side."""
    for each in filter(None, map(str.strip, names.split(","))):
        name, _as, other = each.partition(" as ")
        yield name, other or name
