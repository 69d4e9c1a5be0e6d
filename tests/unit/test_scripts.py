"""The plan of the scripts: who imports whom, what they share, and what they are sent."""

import graphlib
import re
import subprocess
import textwrap
from pathlib import Path

import pytest

from api.assets import FOLDERS, entry, joined
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
def test_the_script_of_a_page_has_each_of_its_modules_once_and_no_other(page):
    graph = _graph()
    first = ASSETS / entry(page)
    reached, waiting = set(), {first.resolve()}
    while waiting:
        path = waiting.pop()
        reached.add(path)
        waiting |= graph[path] - reached
    run = re.findall(r'^\$run\["(.+)"\] \?\?=', joined.script(ASSETS, entry(page)), re.M)
    assert len(run) == len(reached)
    assert {(ASSETS / name).resolve() for name in run} == reached


@pytest.mark.optional("node")
@pytest.mark.parametrize("folder", sorted(set(FOLDERS.values())))
def test_the_script_of_a_page_is_one_that_a_browser_reads(folder, tmp_path):
    path = tmp_path / "page.mjs"
    path.write_text(joined.script(ASSETS, f"{folder}/page.mjs"), encoding="utf8")
    done = subprocess.run(["node", "--check", str(path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


#: Modules with every statement that ours may have, two of which import a third with a state.
FORMS = {
    "page.mjs": """
        import { add as more, Sum } from "./parts/sum.mjs";
        import * as state from "./state.mjs";
        export * as all from "./parts/sum.mjs";
        export { twice, add as plus } from "./parts/sum.mjs";
        const own = 3;
        export const told = () => [more(own), state.count(), new Sum(4).value, typeof this];
        export async function later() {
          return own + 1;
        }
        export { own, own as same };
    """,
    "parts/sum.mjs": """
        import { count } from "../state.mjs";
        const run = 1;
        export function add(value) {
          return value + count() + run;
        }
        export const twice = (value) => 2 * value;
        export class Sum {
          constructor(value) {
            this.value = twice(value);
          }
        }
    """,
    "state.mjs": """
        let counted = 0;
        export const count = () => (counted += 1);
    """,
}
ASKED = """
    const asked = [page.told(), page.told(), page.plus(1), page.twice(5), Object.keys(page.all),
        await page.later(), page.own, page.same, new page.all.Sum(1).value];
    console.log(JSON.stringify([...asked, Object.keys(page).sort()]));
"""


def written(folder: Path, modules: dict[str, str]) -> Path:
    """Write modules into a folder; return it."""
    for name, text in modules.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf8")
    return folder


def told_by_node(script: Path) -> str:
    """Return what a module tells when it is asked."""
    program = f'import * as page from "{script}";{ASKED}'
    command = ["node", "--input-type=module", "-e", program]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.optional("node")
def test_modules_that_are_joined_say_what_they_say_one_by_one(tmp_path):
    folder = written(tmp_path / "single", FORMS)
    whole = written(tmp_path, {"whole.mjs": joined.script(folder, "page.mjs")})
    assert told_by_node(whole / "whole.mjs") == told_by_node(folder / "page.mjs")


@pytest.mark.optional("node")
def test_a_module_of_two_scripts_runs_once(tmp_path):
    other = 'export { count } from "./state.mjs";\n'
    folder = written(tmp_path / "single", {**FORMS, "other.mjs": other})
    for name in ("page", "other"):
        written(tmp_path, {f"{name}.mjs": joined.script(folder, f"{name}.mjs")})
    program = (
        f'import {{ told }} from "{tmp_path}/page.mjs"; import {{ count }} from'
        f' "{tmp_path}/other.mjs"; told(); console.log(count());'
    )
    command = ["node", "--input-type=module", "-e", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "3\n"  # counted twice by what was told


@pytest.mark.parametrize(
    "line",
    [
        'import whole from "./state.mjs";',
        'import "./state.mjs";',
        "export default 3;",
        "export let counted = 0;",
        'export * from "./state.mjs";',
        "import {",
    ],
)
def test_what_cannot_be_joined_is_refused_by_its_line(tmp_path, line):
    folder = written(tmp_path, {**FORMS, "page.mjs": f"{line}\nconst own = 3;\n"})
    with pytest.raises(
        ValueError, match=re.escape(f"page.mjs: a script cannot be joined with `{line}`")
    ):
        joined.script(folder, "page.mjs")


def test_the_one_style_sheet_has_every_rule_and_those_of_all_pages_first():
    whole = joined.style(ASSETS)
    texts = [path.read_text(encoding="utf8") for path in ASSETS.rglob("*.css")]
    assert len(texts) > 15
    assert all(text in whole for text in texts)
    tokens = (ASSETS / "tokens.css").read_text(encoding="utf8")
    chart = (ASSETS / "chart" / "chart.css").read_text(encoding="utf8")
    assert whole.index(tokens) < whole.index(chart)


def test_a_page_without_scripts_has_none():
    assert entry("/nowhere") is None


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
    """Every style sheet is served with every page: one name for two things paints both."""
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
