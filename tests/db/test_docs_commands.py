"""The commands that operators copy out of the docs do what is said there."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bench.__main__ import names
from tests.support.places import ROOT
from tests.support.servers import gone

DOCS = ("operations.md", "sizing.md", "security.md")
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.S | re.M)
COMPOSE = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf8"))
#: What belongs to a machine of root's, or is run by `test_deploy.py` and `test_lock.py`.
ELSEWHERE = ("export ", "useradd ", "cd /opt/ksys", "install ", "sh deploy/secrets.sh")


def lines(start: str) -> list[str]:
    """Return the lines of all blocks of the docs that begin so."""
    texts = [(ROOT / "docs" / name).read_text(encoding="utf8") for name in DOCS]
    found = [line for text in texts for block in BLOCK.findall(text) for line in block.split("\n")]
    return [line.partition("  #")[0].strip() for line in found if line.startswith(start)]


def test_every_command_of_the_docs_is_of_a_kind_that_is_run() -> None:
    kinds = (*ELSEWHERE, ".venv/bin/python manage.py ", ".venv/bin/python -m bench.", "docker ")
    for line in lines(""):
        assert not line or line.startswith(kinds), line


@pytest.mark.db
def test_the_commands_of_the_docs_run_in_their_order(tmp_path: Path) -> None:
    environment = {**os.environ, "KSYS_DATA": str(tmp_path / "var")}
    environment.pop("TS_DSN", None)

    def run(*arguments: str) -> str:
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run("demo", "--days", "1")
    given = [shlex.split(line)[2:] for line in lines(".venv/bin/python manage.py")]
    assert [each[0] for each in given] == ["backup", "restore", "places"]
    for arguments in given:
        run(*arguments)
        assert gone(tmp_path)
    assert (tmp_path / "plant.ksys").exists()


def test_a_dump_comes_back_as_timescaledb_wants_it() -> None:
    (line,) = [each for each in lines("docker compose") if "pg_restore" in each]
    steps = ["timescaledb_pre_restore()", "pg_restore --exit", "timescaledb_post_restore()"]
    assert sorted(map(line.index, steps)) == list(map(line.index, steps))


def test_the_benches_of_the_docs_are_there() -> None:
    found = [re.match(r"\S+ -m bench\.(\w+)", line)[1] for line in lines(".venv/bin/python -m")]
    assert found and set(found) <= set(names())


def test_what_docker_is_told_names_services_and_commands_that_are_there() -> None:
    for line in lines("docker compose"):
        assert line.startswith("docker compose -f deploy/compose.yaml "), line
        words = shlex.split(line.partition(" > ")[0])[4:]
        if words[0] == "up":
            continue
        verb, service, *rest = [word for word in words if word not in ("--rm", "-T")]
        # Through a terminal, which compose may make, the bytes of a dump would be others.
        assert ("-T" in words) == (" < " in line or " > " in line), line
        assert service in COMPOSE["services"], line
        entry = COMPOSE["services"][service].get("entrypoint", []) if verb == "run" else []
        command = [*entry, *rest]
        if command[0] == "python":
            done = subprocess.run(
                [sys.executable, ROOT / command[1], *command[2:], "--help"], capture_output=True
            )
            assert done.returncode == 0, line
        else:
            assert command[:2] == ["sh", "-c"] and service == "timescaledb", line
