"""Rules of the house that no tool checks for us."""

import ast
import graphlib
import importlib
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from components.messages import script_texts
from data.errors import SENTENCES
from settings import Settings
from tests.support import scripts
from tests.support.places import ROOT

CATALOGUE = ROOT / "locale" / "ko" / "LC_MESSAGES"
# Who may import whom: a package and what of ours it may see.
ALLOWED = {
    "access": {"access", "data"},
    "data": {"data"},
    "figures": {"figures", "data"},
    "components": {"components", "access", "figures", "data"},
    "api": {"api", "access", "components", "figures", "data"},
    "operations": {"operations", "access", "data"},
    "pages": {"components", "access", "figures", "data"},
    "settings": {"settings", "data"},
    "commands": {"commands", "settings", "components", "data"},
}
OURS = {*ALLOWED, "app", "web", "manage"}
# The ground of `data/`, and what each room stands on besides it.
GROUND = {"errors", "sentences", "command_sentences", "windows", "typed", "buckets"}
ROOMS = {
    "analysis": set(),
    "sql": {"analysis"},
    "shared": set(),
    "db": {"shared"},
    "queries": {"sql", "db", "analysis"},
    "views": {"queries", "db", "analysis"},
    "export": {"views", "queries", "sql", "db", "analysis"},
    "status": {"queries", "sql", "db", "analysis"},
    "store": {"sql"},
    "files": {"store", "analysis"},
    "embedded": set(),
    "demo": {"store", "analysis"},
}
# What a view may know of the way to the historian: the types of an answer, never the way itself.
TYPES_OF_DB = {"Answer", "HistorianUnavailable"}
MOST_MODULES, MOST_FLOORS, MOST_LINES = 12, 5, 350


def _files(folder: Path, pattern: str) -> list[Path]:
    """Return the files of a folder, at any depth; a folder without any is a mistake of the test."""
    found = sorted(folder.rglob(pattern))
    assert found, f"no {pattern} below {folder}"
    return found


def _modules(path: Path) -> Iterator[tuple[str, str]]:
    """Yield what a file imports: the module, and the name taken from it ("" for the whole)."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.Import):
            yield from ((name.name, "") for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from ((node.module or "", name.name) for name in node.names)


def _imports(path: Path) -> set[str]:
    return {module.split(".")[0] for module, _name in _modules(path)}


def _of_data(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield room, rest of the path and name of what a file imports of `data/`."""
    for module, name in _modules(path):
        _data, _, inner = module.partition(".")
        if _data == "data":
            room, _, rest = (inner or name).partition(".")
            yield room, rest, name if inner else ""


@pytest.mark.parametrize("package", ALLOWED)
def test_imports_go_down_only(package):
    """data knows nobody, nobody knows a page, and only app, web and manage know the settings."""
    for path in _files(ROOT / package, "*.py"):
        assert _imports(path) & OURS <= ALLOWED[package], path


def test_every_room_of_the_table_is_there_and_no_other():
    rooms = {path.parent.name for path in (ROOT / "data").glob("*/__init__.py")}
    assert rooms == set(ROOMS)
    assert {path.stem for path in (ROOT / "data").glob("*.py")} == {*GROUND, "__init__"}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_stands_on_what_the_table_allows(room):
    for path in _files(ROOT / "data" / room, "*.py"):
        for other, _rest, name in _of_data(path):
            assert other in {room, *GROUND, *ROOMS[room]}, f"{path} imports {other}"
            assert (room, other) != ("views", "db") or name in TYPES_OF_DB, f"{path}: {name}"


def test_the_ground_stands_on_itself():
    for name in GROUND:
        assert {room for room, *_ in _of_data(ROOT / "data" / f"{name}.py")} <= GROUND


def test_a_room_is_entered_by_its_door():
    """What others use is in `__all__`; the rest of a room is its own."""
    for path in _sources():
        here = path.relative_to(ROOT).parts[1] if path.is_relative_to(ROOT / "data") else None
        for room, rest, name in _of_data(path):
            if room in ROOMS and room != here:
                assert not rest, f"{path} goes past the door of {room} to {rest}"
                assert not name or name in _door(room), f"{path}: {room} does not offer {name}"


def _door(room: str) -> list[str]:
    return list(importlib.import_module(f"data.{room}").__all__)


def test_no_folder_holds_more_modules_than_one_looks_over():
    for package in ALLOWED:
        for folder in {path.parent for path in _files(ROOT / package, "*.py")}:
            assert len(list(folder.glob("*.py"))) <= MOST_MODULES, folder


def test_no_module_is_longer_than_one_reads_at_once():
    for path in _sources():
        assert len(path.read_text(encoding="utf8").splitlines()) <= MOST_LINES, path


def test_no_module_needs_itself_and_no_room_is_higher_than_five_floors():
    for package in ALLOWED:
        for folder in {path.parent for path in _files(ROOT / package, "*.py")}:
            sorter = graphlib.TopologicalSorter(_inside(folder))
            sorter.prepare()  # raises CycleError where modules need one another
            floors = 0
            while sorter.is_active():
                floors += 1
                sorter.done(*sorter.get_ready())
            assert floors <= MOST_FLOORS, folder


def _inside(folder: Path) -> dict[str, set[str]]:
    """Return which modules of a folder each of them imports."""
    here = ".".join(folder.relative_to(ROOT).parts)
    names = {path.stem for path in folder.glob("*.py")}
    graph: dict[str, set[str]] = {}
    for name in names:
        found = set()
        for module, taken in _modules(folder / f"{name}.py"):
            inner = taken if module == here else module.removeprefix(f"{here}.")
            found |= {inner} & (names - {name})
        graph[name] = found
    return graph


@pytest.mark.parametrize(
    ("package", "stranger"), [("data", "dash"), ("data", "plotly"), ("figures", "dash")]
)
def test_lower_layers_do_not_know_the_web(package, stranger):
    for path in _files(ROOT / package, "*.py"):
        assert stranger not in _imports(path), path


def test_only_settings_reads_the_environment():
    for path in _sources():
        if path != ROOT / "settings" / "environment.py":
            text = path.read_text(encoding="utf8")
            assert not re.search(r"os\.environ|getenv", text), path


def _sources():
    for package in ALLOWED:
        yield from _files(ROOT / package, "*.py")
    yield from (ROOT / name for name in ("app.py", "web.py", "manage.py"))


def _said() -> set[str]:
    """Every English text that the code hands to the catalogue."""
    said = {*SENTENCES.values(), *script_texts()}
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


def test_korean_says_each_thing_by_the_fields_word():
    """조회 기간 is a window, 집계 구간 a bucket, 결측 구간 a gap; 구간 alone is none of them."""
    for entry in _catalogue():
        text = str(entry.string)
        assert not re.search(r"(?<!집계 )(?<!결측 )구간", text), text
        assert not re.search(r"해상도|기울기|빈틈|히스토리언|오래됨", text), text
        assert not re.search(r"\d\)?s? %%", text), text


def test_a_korean_particle_after_a_hole_fits_whatever_fills_it():
    """은 or 는, 이 or 가 go by the last sound of a word: of a name nobody knows it beforehand."""
    hole, particle = r"(?:%\(\w+\)s|\{[^{}]+\})", r"(?:[이가은는을를과와로]|으로|이?라는|[와과]의)"
    for entry in _catalogue():
        assert not re.search(rf"{hole}{particle}(?![\w(])", str(entry.string)), entry.string


def test_korean_speaks_to_its_reader_in_one_tone():
    for entry in _catalogue():
        assert not re.search(r"[세어해]요\b", str(entry.string)), entry.string


def test_korean_says_nothing_that_reads_two_ways():
    """끄십시오 is "switch off" as well as "drag"; a length of time has its Korean word."""
    two_ways = re.compile(r"끄십시오|Parquet으로|\d (?:h|min|s|d) ")
    for entry in _catalogue():
        assert not two_ways.search(str(entry.string)), entry.string


def test_korean_calls_a_page_and_its_readings_by_one_word_each():
    """Status is 진단, 상태 the state of a tag; good is 양호, 정상 the alarm state NORMAL."""
    for entry in _catalogue():
        assert not re.search(r"상태 (?:페이지|화면)|정상 측정값", str(entry.string)), entry.string


def test_korean_names_each_limit_as_a_control_room_does():
    korean = {entry.id: entry.string for entry in _catalogue()}
    words = ["하하한(LL)", "하한(L)", "상한(H)", "상상한(HH)"]
    english, limits = scripts.words("RULE"), ("crit_min", "warn_min", "warn_max", "crit_max")
    assert [korean[english[name]] for name in limits] == words


def test_the_compiled_catalogue_is_the_one_that_is_written():
    with (CATALOGUE / "messages.mo").open("rb") as file:
        compiled = {entry.id: entry.string for entry in read_mo(file) if entry.id}
    assert compiled == {entry.id: entry.string for entry in _catalogue() if entry.id}


def test_every_text_of_a_script_is_written_out_where_it_is_said():
    """What is put together at run time is found by no one who translates."""
    for path in _files(ROOT / "assets", "*.mjs"):
        text = re.sub(r"function t\(", "", path.read_text(encoding="utf8"))
        for call in re.findall(r"(?<![\w.])t\(\s*(.)", text):
            assert call == '"', path


def test_babel_finds_what_the_catalogue_holds():
    """`make messages` would add nothing, drop nothing, and guess nothing."""
    with (ROOT / "babel.cfg").open(encoding="utf8") as file:
        methods, options = parse_mapping_cfg(file)
    keywords = {**DEFAULT_KEYWORDS, "t": None}
    rows = extract_from_dir(ROOT, methods, options, keywords)
    found = {row[2] for row in rows}
    catalogue = _catalogue()
    assert found == {entry.id for entry in catalogue if entry.id}
    assert [entry.id for entry in catalogue if entry.fuzzy] == []
    assert list(catalogue.obsolete) == []


def test_the_page_of_settings_names_every_one_and_no_other():
    told = dict(re.findall(r"^\| `([A-Z_`, ]+)` \| (.*?) \|", _settings(), re.M))
    for record in fields(Settings):
        names = "`, `".join(record.metadata["env"])
        assert record.metadata["means"] in _settings(), names
        assert names in told, names
    assert len(told) == len(fields(Settings))


def test_the_page_of_settings_tells_every_default():
    told = dict(re.findall(r"^\| `([A-Z_`, ]+)` \| .* \| (.*?) \|$", _settings(), re.M))
    # What the machine has decides.
    assert told.pop("WEB_CONCURRENCY").startswith("2, or 1 with less than two cores")
    settings = {"`, `".join(each.metadata["env"]): each.default for each in fields(Settings)}
    assert told == {name: _in_words(settings[name]) for name in settings if name in told}


def _in_words(default):
    """Return a default as the table of settings has it."""
    if default in (None, "", ()):
        return "empty"
    if isinstance(default, bool):
        return str(int(default))
    if isinstance(default, tuple):
        return ",".join(f"{each:%H:%M}" for each in default)
    return str(default)


def _settings() -> str:
    return (ROOT / "docs/settings.md").read_text(encoding="utf8")


def test_no_colour_stands_outside_the_tokens():
    for path in _files(ROOT / "assets", "*.css"):
        if path.name != "tokens.css":
            assert not re.search(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", path.read_text()), path


def test_every_list_of_supported_pythons_is_the_same():
    """The project's metadata, the two scripts that choose a Python, and what the README says."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf8")
    low, above = re.search(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', project).groups()
    versions = [f"3.{minor}" for minor in range(int(low), int(above))]
    chooser = (ROOT / "setup/python.sh").read_text(encoding="utf8")
    assert f"({', '.join(versions[0].split('.'))}) <= sys.version_info[:2]" in chooser
    assert f"<= ({', '.join(versions[-1].split('.'))})" in chooser
    assert " ".join(f"python{v}" for v in reversed(versions)) in chooser
    tester = (ROOT / "setup/pythons.sh").read_text(encoding="utf8")
    readme = (ROOT / "README.md").read_text(encoding="utf8")
    assert f"for version in {' '.join(versions)}; do" in tester
    assert f"Python {', '.join(versions[:-1])} or {versions[-1]} on Linux" in readme
