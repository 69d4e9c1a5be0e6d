"""The build's name changes with whatever is shipped, and with nothing else."""

import shutil
from importlib import metadata
from pathlib import Path

import pytest

from api import build
from tests.support.places import ROOT

# One file of each kind that is shipped.
KINDS = (
    "app.py",
    "web.py",
    "access/guard.py",
    "access/templates/access/frame.html",
    "api/overview.py",
    "assets/app.css",
    "assets/clock.mjs",
    "assets/logo.svg",
    "commands/shared.py",
    "components/shell.py",
    "data/errors.py",
    "data/queries/history.py",
    "data/store/schema/001_plain.sql",
    "figures/trend.py",
    "locale/ko/LC_MESSAGES/messages.mo",
    "operations/metrics.py",
    "pages/trend.py",
    "settings/record.py",
)
# What lies in a shipped folder and is none of the app: catalogues before they are compiled.
LEFT_OUT = {".po", ".pyc"}


@pytest.fixture
def deployed(tmp_path: Path) -> Path:
    """A folder with one shipped file of each kind."""
    for name in (*KINDS, build.REQUIREMENTS):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_the_name_is_of_the_content_and_stays(deployed):
    before = build.name_of(deployed)
    (deployed / "var").mkdir()
    (deployed / "var/log.txt").write_text("x")
    (deployed / "api/__pycache__").mkdir()
    (deployed / "api/__pycache__/overview.pyc").write_text("x")
    assert build.name_of(deployed) == before
    assert len(before) == 12


@pytest.mark.parametrize("name", KINDS)
def test_a_changed_byte_of_any_kind_of_file_changes_the_name(deployed, name):
    before = build.name_of(deployed)
    content = bytearray((deployed / name).read_bytes())
    content[len(content) // 2] ^= 1
    (deployed / name).write_bytes(content)
    assert build.name_of(deployed) != before


@pytest.mark.parametrize("name", KINDS)
def test_a_file_that_moves_or_comes_changes_the_name(deployed, name):
    names = {build.name_of(deployed)}
    path = deployed / name
    shutil.copy(path, path.with_name(f"z{path.name}"))
    names.add(build.name_of(deployed))
    path.unlink()
    names.add(build.name_of(deployed))
    assert len(names) == 3


def test_content_does_not_pass_for_the_name_of_the_next_file(deployed):
    first, second = deployed / "pages/y.py", deployed / "pages/z.py"
    first.write_text("a = 1\n")
    second.write_text("b = 2\n")
    before = build.name_of(deployed)
    first.write_text("a = 1\npages/z.py\n6\nb = 2\n")
    second.unlink()
    assert build.name_of(deployed) != before


def test_another_version_of_a_required_package_changes_the_name(deployed, monkeypatch):
    before = build.name_of(deployed)
    found = metadata.version
    newer = lambda name: "99" if name == "plotly" else found(name)  # noqa: E731 - one short expression
    monkeypatch.setattr(metadata, "version", newer)
    assert build.name_of(deployed) != before


def test_every_required_package_counts_with_its_version_here():
    found = dict(build.installed(ROOT))
    assert found["dash"] == metadata.version("dash")
    assert all(found.values())
    assert len(found) == len((ROOT / build.REQUIREMENTS).read_text().splitlines())


def test_a_package_that_is_not_installed_counts_as_none(tmp_path):
    (tmp_path / build.REQUIREMENTS).write_text("no-such-package==1\n# a remark\n\n")
    assert list(build.installed(tmp_path)) == [("no-such-package", "")]


@pytest.mark.parametrize("folder", build.SHIPPED)
def test_a_folder_that_is_missing_or_empty_is_named(deployed, folder):
    for path in [path for path in (deployed / folder).rglob("*") if path.is_file()]:
        path.rename(path.with_name("other.txt"))
    with pytest.raises(FileNotFoundError, match=f"{folder} holds no file that ends in"):
        build.name_of(deployed)
    shutil.rmtree(deployed / folder)
    with pytest.raises(FileNotFoundError, match=f"{folder} holds no file that ends in"):
        build.name_of(deployed)


def test_no_file_of_a_shipped_folder_is_forgotten():
    there = {path for folder in build.SHIPPED for path in (ROOT / folder).rglob("*")}
    files = {path for path in there if path.is_file() and path.suffix not in LEFT_OUT}
    assert files <= set(build.shipped(ROOT))
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert packages <= set(build.SHIPPED)
