"""Which skipped tests CI lets pass: those that lack an optional program or the sample data."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import needs
from tests.support.places import ROOT

TESTS = """
import pytest

@pytest.mark.db
@pytest.mark.optional("no-such-program")
def test_lacks():
    assert False

@pytest.mark.db
@pytest.mark.optional("sh")
def test_has():
    pass

@pytest.mark.optional("sh")
@pytest.mark.{kind}
def test_gives_up():
    pytest.skip("not today")

@pytest.mark.db
@pytest.mark.samples
def test_samples():
    pass
"""


#: How a file says what all its tests need, and how many tests of such a file are fast.
FILES = {
    "": 1,
    "pytestmark = pytest.mark.db": 0,
    "pytestmark = [pytest.mark.db, pytest.mark.browser]": 0,
    'pytestmark = [\n    pytest.mark.browser,\n    pytest.mark.optional("sh"),\n]': 0,
    'pytestmark = [pytest.mark.optional("sh"), pytest.mark.db]': 0,
    "pytestmark = pytest.mark.samples": 1,
    "def of_one() -> None:\n    pytestmark = pytest.mark.db": 1,
    "# pytestmark = pytest.mark.db": 1,
}


def told(folder: Path, kind: str, ci: str) -> tuple[int, str]:
    """Run the tests above with our plugin and settings; return the exit code and what is told."""
    (folder / "test_made_up.py").write_text(TESTS.format(kind=kind), encoding="utf8")
    return run_pytest(folder, ci)


def run_pytest(folder: Path, ci: str, *options: str) -> tuple[int, str]:
    """Run the tests of a folder with our plugin and settings, as above."""
    program = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml")]
    run = subprocess.run(
        [*program, "-p", "tests.support.needs", "-p", "no:cacheprovider", *options, str(folder)],
        cwd=ROOT, env={**os.environ, "CI": ci}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return run.returncode, run.stdout


@pytest.mark.parametrize("kind", ["db", "browser"])
def test_ci_fails_a_test_that_gives_up_but_not_one_without_its_optional_program(tmp_path, kind):
    code, text = told(tmp_path, kind, ci="true")
    assert code == 1
    failed = [line for line in text.splitlines() if line.startswith("FAILED")]
    assert len(failed) == 1 and "test_gives_up" in failed[0]
    assert "no no-such-program on this machine, and it is optional" in text


def test_elsewhere_every_test_that_is_skipped_is_listed_with_its_reason(tmp_path):
    code, text = told(tmp_path, "db", ci="")
    assert code == 0
    listed = [line for line in text.splitlines() if line.startswith("SKIPPED")]
    assert any("no no-such-program on this machine" in line for line in listed)
    assert any("not today" in line for line in listed)


def test_a_file_is_left_out_of_the_fast_tests_if_none_of_its_tests_is_one(tmp_path):
    for number, said in enumerate(FILES):
        text = f"import pytest\n\n{said}\n\n\ndef test_{number}():\n    pass\n"
        (tmp_path / f"test_{number}.py").write_text(text, encoding="utf8")
    options = ("--collect-only", "-q", "-m")
    code, text = run_pytest(tmp_path, "true", *options, needs.FAST)
    assert code == 0
    assert re.findall(r"::test_(\d)$", text, re.M) == [
        str(number) for number, fast in enumerate(FILES.values()) if fast
    ]
    assert "1 deselected" in text, "of a file that names another mark first"
    every = run_pytest(tmp_path, "true", *options, "db or not db")[1]
    assert len(re.findall(r"::test_\d$", every, re.M)) == len(FILES), "asked for all, all come"


def test_who_asks_for_the_fast_tests_asks_in_the_same_words():
    """With others they would be the same tests, at a higher price."""
    for path in ("Makefile", "setup/pythons.sh"):
        assert f'-m "{needs.FAST}"' in (ROOT / path).read_text(encoding="utf8"), path


@pytest.mark.parametrize("there", [True, False])
def test_tests_of_sample_data_are_excused_where_there_are_none(
    monkeypatch, request, tmp_path, there
):
    monkeypatch.setattr(needs, "SHARED", tmp_path if there else tmp_path / "none")
    assert needs.excuse(request.node) == ""
    request.node.add_marker("samples")
    assert bool(needs.excuse(request.node)) is not there


def test_a_browser_that_is_named_and_not_there_is_missed_by_its_name(tmp_path, monkeypatch):
    """Else all tests of pages would run in another one than was asked for, or say nothing of it."""
    monkeypatch.setenv("TEST_CHROMIUM", "no-such-browser")
    code, text = told(tmp_path, "browser", ci="true")
    assert code == 1 and "no no-such-browser on this machine" in text


def test_no_test_of_ours_looks_for_a_program_or_for_sample_data_by_itself():
    """A skip of its own would have failed in CI, or have been hidden there."""
    own = re.compile(r"SHARED\.exists|skip(?:if)?\([^)]*which")
    paths = [path for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__)]
    assert [path.name for path in paths if own.search(path.read_text(encoding="utf8"))] == []
