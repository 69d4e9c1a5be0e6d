"""Rules of the tree as a whole: what may be suppressed, what the documents say of its folders."""

import re
import subprocess
from pathlib import PurePath

import pytest

from tests.support.places import ROOT

pytestmark = pytest.mark.optional("git")

#: Ways to silence a tool, each for named rules; what follows on the line is the reason.
SILENCED = re.compile(
    r"(?:#|//|/\*|<!--)\s*(?:"
    r"(?:ruff:\s*|flake8:\s*)?noqa(?P<noqa>:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?"
    r"|type:\s*ignore(?P<type>\[[\w, -]+\])?"
    r"|pragma:\s*no\s*(?P<pragma>cover|branch)"
    r"|nosec(?P<nosec>\s+B\d+)?"
    r"|(?:shellcheck\s+disable=|eslint-disable[\w-]*\s+|stylelint-disable[\w-]*\s+)"
    r"(?P<other>[\w/-]+(?:,\s*[\w/-]+)*)"
    r"|@ts-(?P<ts>ignore|expect-error|nocheck)"
    r")(?![\w-])(?P<rest>.*)"
)
#: A reason is words: two of them at least, behind a dash or a comment sign.
REASON = re.compile(r"\s*(?:-{1,2}|#|:)\s*[^\W\d_]+\W+\w+")
#: Files that hold no text, or a text that others wrote.
NO_TEXT = {".png", ".mo", ".svg", ".gz"}


def faults(text: str) -> list[str]:
    """Return the lines of a text that silence a tool without naming the rule or the reason."""
    found = []
    for line in text.splitlines():
        for match in SILENCED.finditer(line):
            named = any(match[name] for name in match.groupdict() if name != "rest")
            if not (named and REASON.match(match["rest"])):
                found.append(line.strip())
    return found


@pytest.fixture(scope="module")
def tracked():
    """The files that git knows."""
    answer = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if answer.returncode:
        pytest.skip(f"no repository here: {answer.stderr.strip()}")
    return [name for name in answer.stdout.split("\0") if name]


# Put together, so that this file silences nothing.
MARK = "#" + " noqa"


@pytest.mark.parametrize(
    ("line", "faulty"),
    [
        (f"x = 1  {MARK}", True),
        (f"x = 1  {MARK}: S603", True),
        (f"x = 1  {MARK}: S603, DTZ001 - reason", True),
        (f"x = 1  {MARK}: S603 - our own program", False),
        (f"x = 1  {MARK}: S603, DTZ001 - our own program", False),
        ("x = 1  #" + " type: ignore", True),
        ("x = 1  #" + " type: ignore  # they ship no types", True),
        ("x = 1  #" + " type: ignore[arg-type]", True),
        ("x = 1  #" + " type: ignore[arg-type]  # they ship no types", False),
        ("#" + " ruff: noqa", True),
        ("#" + " shellcheck disable=SC2086", True),
        ("#" + " shellcheck disable=SC2086 # a list of words", False),
        ("/" + "/ eslint-disable-next-line no-console", True),
        ("/" + "/ eslint-disable-next-line no-console -- the log of a kiosk", False),
        ("/" + "/ @ts-ignore", True),
        ("x = 1  #" + " pragma: no cover", True),
        ("nanoseconds = 1  # of the type int", False),
    ],
)
def test_a_silenced_tool_needs_the_rule_and_a_reason(line, faulty):
    assert bool(faults(line)) is faulty


def test_no_file_silences_a_tool_without_a_reason(tracked):
    found = {}
    for name in tracked:
        path = ROOT / name
        if path.suffix not in NO_TEXT and path.is_file():
            lines = faults(path.read_text(encoding="utf8"))
            found |= {name: lines} if lines else {}
    assert found == {}


def test_the_architecture_names_exactly_the_folders_that_are_tracked(tracked):
    folders = {name.split("/")[0] for name in tracked if "/" in name}
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf8")
    table = text.split("\n| folder | holds |\n")[1].split("\n\n")[0]
    told = re.findall(r"^\| `([\w.]+)/` \| \S", table, re.M)
    assert sorted(told) == sorted(folders)


def test_no_module_stands_beside_a_folder_of_its_name_which_would_hide_it(tracked):
    modules = {name.removesuffix(".py") for name in tracked if name.endswith(".py")}
    folders = {str(parent) for name in tracked for parent in PurePath(name).parents}
    assert sorted(modules & folders) == []
