"""Rules of the house that no tool checks for us."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

import settings
from components.messages import BROWSER
from data.errors import SENTENCES

ROOT = Path(__file__).parent.parent
CATALOGUE = ROOT / "locale" / "ko" / "LC_MESSAGES"
# Who may import whom: a package and what of ours it may see.
ALLOWED = {
    "data": {"data"},
    "figures": {"figures", "data"},
    "components": {"components", "figures", "data"},
    "api": {"api", "components", "figures", "data"},
    "pages": {"components", "figures", "data"},
}
OURS = {*ALLOWED, "app", "settings", "manage"}


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_go_down_only(package):
    """data knows nobody, nobody knows a page, and only app and manage know the settings."""
    for path in (ROOT / package).rglob("*.py"):
        assert _imports(path) & OURS <= ALLOWED[package], path


@pytest.mark.parametrize(
    ("package", "stranger"), [("data", "dash"), ("data", "plotly"), ("figures", "dash")]
)
def test_lower_layers_do_not_know_the_web(package, stranger):
    for path in (ROOT / package).rglob("*.py"):
        assert stranger not in _imports(path), path


def test_only_settings_reads_the_environment():
    for path in _sources():
        if path.name != "settings.py":
            text = path.read_text(encoding="utf8")
            assert not re.search(r"os\.environ|getenv", text), path


def _sources():
    for package in ALLOWED:
        yield from (ROOT / package).rglob("*.py")
    yield from (ROOT / name for name in ("app.py", "manage.py"))


def _said() -> set[str]:
    """Every English text that the code hands to the catalogue."""
    said = {*SENTENCES.values(), *BROWSER.values()}
    for path in _sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"_", "N_"}:
                assert isinstance(node.args[0], ast.Constant), f"{path}:{node.lineno}"
                said.add(node.args[0].value)
    return said


def _catalogue():
    with (CATALOGUE / "messages.po").open("rb") as file:
        return read_po(file, locale="ko", abort_invalid=True)


def test_every_text_is_in_the_korean_catalogue_and_none_is_left_over():
    known = {entry.id for entry in _catalogue() if entry.id}
    assert known - _said() == set()
    assert _said() - known == set()


def test_every_korean_text_has_the_holes_of_the_english_one():
    for entry in _catalogue():
        if entry.id:
            assert entry.string, entry.id
            holes = re.compile(r"%\(\w+\)s|\{\w+")
            assert sorted(holes.findall(entry.id)) == sorted(holes.findall(entry.string)), entry.id


def test_the_compiled_catalogue_is_the_one_that_is_written():
    with (CATALOGUE / "messages.mo").open("rb") as file:
        compiled = {entry.id: entry.string for entry in read_mo(file) if entry.id}
    assert compiled == {entry.id: entry.string for entry in _catalogue() if entry.id}


def test_every_word_of_a_script_is_offered_to_it():
    asked = set()
    for path in (ROOT / "assets").glob("*.js"):
        asked |= set(re.findall(r"ksys\.t\(\s*[\"']([\w.]+)[\"']", path.read_text(encoding="utf8")))
    assert asked - set(BROWSER) == set()


def test_readme_names_every_setting_and_no_other():
    told = dict(re.findall(r"^\| `([A-Z_`, ]+)` \| (.*?) \|", _readme(), re.M))
    for record in settings.fields(settings.Settings):
        names = "`, `".join(record.metadata["env"])
        assert record.metadata["means"] in _readme(), names
        assert names in told, names
    assert len(told) == len(settings.fields(settings.Settings))


def _readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf8")


def test_no_colour_stands_outside_the_tokens():
    for path in (ROOT / "assets").glob("*.css"):
        if path.name != "tokens.css":
            assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", path.read_text()), path
