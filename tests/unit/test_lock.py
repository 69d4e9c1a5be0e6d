"""What is installed with hashes is what requirements.txt asks for, whole, and may be used."""

import importlib.util
import os
import re
import subprocess
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.places import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf8")
ENTRY = re.compile(
    r"^([\w.-]+)==([^\s;]+)((?: ; [^\\\n]+)?) \\\n((?:    --hash=\S+(?: \\)?\n)+)", re.M
)
ENTRIES = {
    canonicalize_name(name): (version, hashes) for name, version, _if, hashes in ENTRY.findall(LOCK)
}
spec = importlib.util.spec_from_file_location("licences", ROOT / "setup/licences.py")
licences = importlib.util.module_from_spec(spec)
spec.loader.exec_module(licences)


def asked() -> dict[str, str]:
    """Return the version of each package that requirements.txt asks for."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf8").split()
    return {
        canonicalize_name(name): version for name, version in (each.split("==") for each in lines)
    }


def test_the_lock_has_what_is_asked_for_in_the_same_version():
    assert len(asked()) > 20
    assert {name: ENTRIES[name][0] for name in asked()} == asked()


def test_every_package_of_the_lock_has_hashes_and_no_line_names_an_index():
    assert len(ENTRIES) == len(re.findall(r"^\S+==", LOCK, re.M)) > len(asked())
    assert all("--hash=sha256:" in hashes for _version, hashes in ENTRIES.values())
    assert not re.search(r"index|find-links|://|file:", LOCK)


def test_the_lock_is_whole_what_a_package_needs_is_in_it_too():
    for name in ENTRIES:
        if not licences.ELSEWHERE.get(name):
            try:
                needs = metadata.requires(name) or []
            except metadata.PackageNotFoundError:
                continue  # of another platform
            for line in needs:
                need = Requirement(line)
                if not need.marker or need.marker.evaluate({"extra": ""}):
                    found = ENTRIES.get(canonicalize_name(need.name))
                    assert found, f"{name} needs {need}"
                    assert need.specifier.contains(found[0], prereleases=True), f"{name}: {need}"


def test_every_licence_is_on_the_list_and_the_page_names_it():
    assert (ROOT / "docs/licences.md").read_text(encoding="utf8") == licences.page()
    for name, _version in licences.pins():
        assert not licences.refused(licences.licence(name)), name


@pytest.mark.parametrize(
    "stated", ["GPL-3.0-only", "", "MIT AND GPL-3.0-only", "LGPL-3.0-only", "UNKNOWN"]
)
def test_a_licence_that_is_not_on_the_list_is_refused(stated: str):
    assert licences.refused(stated)


@pytest.mark.parametrize(
    "stated", ["MIT", "MPL-2.0 AND (Apache-2.0 OR MIT)", "LGPL with exceptions"]
)
def test_a_licence_that_is_on_the_list_is_not(stated: str):
    assert not licences.refused(stated)


def test_an_audit_that_cannot_reach_its_database_fails():
    """No answer is no all-clear, and of the other database it is asked all the same."""
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    done = subprocess.run(
        ["sh", "setup/audit.sh"],
        cwd=ROOT, env={**os.environ, **nowhere, "NO_PROXY": ""},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "no known" not in (done.stdout + done.stderr).lower()
    for service in ("pypi", "osv"):
        assert f"{service} could not be asked" in done.stderr, done.stderr


CLEAN = "echo 'No known vulnerabilities found' >&2"
SKIPPED = "echo 'one Dependency not found on PyPI and could not be audited: one (1.0)'; " + CLEAN
WEAK = "echo 'Found 1 known vulnerability in 1 package' >&2; echo 'one 1.0 PYSEC-1'; exit 1"
BROKEN = "echo 'requests.ConnectionError: no way' >&2; exit 1"
AUDITS = {
    (CLEAN, CLEAN): (0, "osv names no known weakness of the 2 packages"),
    (SKIPPED, CLEAN): (1, "pypi could not be asked of 1 of 2 packages"),
    (BROKEN, WEAK): (1, "PYSEC-1"),
    (WEAK, BROKEN): (1, "osv could not be asked: requests.ConnectionError: no way"),
}


@pytest.mark.parametrize(("answers", "told"), AUDITS.items())
def test_an_audit_tells_what_each_database_said(tmp_path, answers, told):
    """One that is silent hides nothing of the other."""
    program = tmp_path / ".venv/bin/pip-audit"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\ncase $* in\n*pypi*) {} ;;\n*) {} ;;\nesac\n".format(*answers))
    program.chmod(0o755)
    (tmp_path / "lock").write_text("one==1.0 \\\n    --hash=sha256:0\ntwo==1.0 \\\n")
    done = subprocess.run(
        ["sh", ROOT / "setup/audit.sh", "lock"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    code, sentence = told
    assert (done.returncode, sentence in done.stdout + done.stderr) == (code, True), done
