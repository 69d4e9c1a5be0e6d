"""The plan of the scripts: who imports whom, what they share, and what they are sent."""

import graphlib
import re
import subprocess
from pathlib import Path

import pytest

from api.assets import FOLDERS, modules
from tests.support import scripts
from tests.support.places import ASSETS, ROOT

IMPORT = re.compile(r"^(?:import|export)\b[^;]*?from \"([^\"]+)\";", re.M)
#: What the scripts of the overview hand to one another at most.
MOST_SHARED = 12
PAGES = ("/", "/trend", "/tech", "/export", "/status")


def _imports(path: Path) -> set[Path]:
    """Return what a module imports, as files."""
    text = path.read_text(encoding="utf8")
    return {(path.parent / name).resolve() for name in IMPORT.findall(text)}


def _graph() -> dict[Path, set[Path]]:
    found = {path.resolve(): _imports(path) for path in ASSETS.rglob("*.mjs")}
    assert len(found) > 20, "the modules are not where this test looks"
    return found


def test_no_script_needs_itself():
    graphlib.TopologicalSorter(_graph()).prepare()  # raises CycleError


def test_what_is_imported_is_there():
    graph = _graph()
    for path, needed in graph.items():
        assert needed <= set(graph), path


@pytest.mark.parametrize("folder", sorted(set(FOLDERS.values())))
def test_pages_know_nothing_of_one_another(folder):
    for path in (ASSETS / folder).rglob("*.mjs"):
        for needed in _imports(path):
            assert needed.parent == ASSETS or needed.is_relative_to(ASSETS / folder), path


def test_models_know_no_view_and_no_node():
    model = ASSETS / "overview" / "model"
    for path in model.glob("*.mjs"):
        for needed in _imports(path):
            assert needed.is_relative_to(model) or needed.parent == ASSETS, path


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_all_of_its_modules_beforehand_and_no_other(page):
    """A module that is not named costs a round trip for each floor it lies below the first."""
    graph = _graph()
    first = ASSETS / FOLDERS[page] / "page.mjs"
    reached, waiting = set(), {first.resolve()}
    while waiting:
        path = waiting.pop()
        reached.add(path)
        waiting |= graph[path] - reached
    assert {(ASSETS / name).resolve() for name in modules(page)} == reached


def test_a_page_without_scripts_names_none():
    assert modules("/nowhere") == []


def test_each_state_has_a_mark_of_its_own_and_only_what_is_normal_has_none():
    shapes = scripts.shapes()
    assert shapes.pop("NORMAL") == ""
    assert all(shapes.values())
    assert len(set(shapes.values())) == len(shapes)


def test_the_overview_shares_few_fields():
    assert len(scripts.typedef("Page")) <= MOST_SHARED


def test_only_the_door_and_dash_look_up_globals():
    """`window.ksys` is gone; what Dash offers or looks up by name stands in three files."""
    for path in (*ASSETS.rglob("*.mjs"), *ASSETS.glob("*.js")):
        text = path.read_text(encoding="utf8")
        assert not re.search(r"window\.ksys|\bksys\.", text), path
        if path.name not in {"modules.js", "dash.mjs", "clock.mjs"}:
            assert "dash_clientside" not in re.sub(r"/\*\*.*?\*/", "", text, flags=re.S), path


def test_no_script_template_or_route_spells_an_address_from_the_root():
    """Below a path of the host it would lead out of Ksys."""
    wrong = re.compile(r"[\"'`]/(trend|tech|export|api|overview|assets|build|healthz|_dash)\b")
    for path in (*ASSETS.rglob("*.mjs"), *ASSETS.rglob("*.js")):
        code = re.sub(r"/\*\*.*?\*/", "", path.read_text(encoding="utf8"), flags=re.S)
        assert not wrong.search(code), path
    for path in ASSETS.rglob("*.css"):
        assert not re.search(r"url\(\s*[\"']?/", path.read_text(encoding="utf8")), path
    for folder in ("components", "pages"):
        for path in (ROOT / folder).glob("*.py"):
            assert not re.search(r"href=f?\"/", path.read_text(encoding="utf8")), path


def test_what_the_status_page_styles_is_of_no_other_page():
    """Dash serves every style sheet with every page: one name for two things paints both."""
    classes = {
        path: set(re.findall(r"\.([a-z][\w-]*)(?=[^{}]*\{)", path.read_text(encoding="utf8")))
        for path in ASSETS.rglob("*.css")
    }
    everywhere = classes[ASSETS / "app.css"]
    own = classes[ASSETS / "status" / "status.css"] - everywhere
    assert "finding" in own, "the styles are not where this test looks"
    for path in ASSETS.glob("*/*.css"):
        if path.parent.name != "status":
            assert not own & classes[path], path


@pytest.mark.optional("node")
def test_the_scripts_pass_their_own_tests():
    files = sorted(str(path) for path in (ROOT / "tests" / "js").glob("*.test.mjs"))
    assert files
    done = subprocess.run(["node", "--test", *files], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout
