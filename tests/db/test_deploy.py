"""What deploy/ starts: each command runs here as it stands there, as far as this machine can."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import yaml
from psycopg2.extensions import make_dsn, parse_dsn

from data.embedded import location
from settings import Settings, from_env, machine
from tests.conftest import free_port
from tests.support.narrow import may_not_write, narrowed
from tests.support.nginx import reached
from tests.support.places import ROOT
from tests.support.proxy import Proxy
from tests.support.servers import asked, until

DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
#: Keys of a service in the Compose specification that are used here.
KEYS = {
    "build", "cap_add", "cap_drop", "command", "depends_on", "entrypoint", "environment",
    "healthcheck", "image", "logging", "mem_limit", "network_mode", "networks", "pids_limit",
    "ports", "profiles", "read_only", "restart", "secrets", "security_opt", "shm_size",
    "stop_grace_period", "tmpfs", "user", "volumes",
}  # fmt: skip
#: The programs of PostgreSQL, as in the image of TimescaleDB.
PROGRAMS = location._binaries() / "bin"


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    """The passwords that deploy/secrets.sh makes."""
    folder = tmp_path / "secrets"
    subprocess.run(["sh", DEPLOY / "secrets.sh", folder], check=True)
    return folder


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_no_rights_that_it_does_not_need(name: str) -> None:
    service = SERVICES[name]
    assert set(service) <= KEYS
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["mem_limit"]
    assert name == "manage" or service["healthcheck"]["test"][0].startswith("CMD")
    assert not {"privileged", "devices", "pid", "ipc"} & set(service)


def test_only_nginx_is_published_beyond_loopback() -> None:
    ports = {name: service.get("ports", []) for name, service in SERVICES.items()}
    assert ports.pop("nginx") == ["80:80", "443:443"]
    assert all(each.startswith("127.0.0.1:") for found in ports.values() for each in found)
    assert SERVICES["ksys"]["network_mode"] == "service:nginx"
    assert SERVICES["ksys"]["environment"]["HOST"] == "127.0.0.1"
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_what_a_service_names_is_declared_and_nothing_is_declared_in_vain() -> None:
    used: dict[str, set[str]] = {"networks": set(), "secrets": set(), "volumes": set()}
    for service in SERVICES.values():
        used["networks"] |= set(service.get("networks", []))
        used["secrets"] |= set(service.get("secrets", []))
        named = [each.split(":")[0] for each in service.get("volumes", [])]
        used["volumes"] |= {each for each in named if re.fullmatch(r"\w+", each)}
        assert set(service.get("depends_on", {})) <= set(SERVICES)
    for kind, names in used.items():
        assert names == set(COMPOSE[kind]), kind


def test_no_secret_stands_in_the_file_and_each_is_made(secrets: Path) -> None:
    assert {path.name for path in secrets.iterdir()} == set(COMPOSE["secrets"])
    assert secrets.stat().st_mode & 0o777 == 0o700
    before = {path: path.read_text() for path in secrets.iterdir()}
    subprocess.run(["sh", DEPLOY / "secrets.sh", secrets], check=True)
    assert {path: path.read_text() for path in secrets.iterdir()} == before
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|DSN|REDIS_URL", key):
                assert key.endswith("_FILE"), f"{name}: {key}"
                assert value.removeprefix("/run/secrets/") in service["secrets"]
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text().split()


def test_every_variable_is_a_setting_and_what_the_operator_gives_is_told() -> None:
    settings = set(
        re.findall(r"`([A-Z_]+)`", (ROOT / "docs/settings.md").read_text(encoding="utf8"))
    )
    for name in ("ksys", "manage"):
        keys = {key.removesuffix("_FILE") for key in SERVICES[name]["environment"]}
        assert keys <= settings
    given = set(re.findall(r"\$\{(\w+)", (DEPLOY / "compose.yaml").read_text(encoding="utf8")))
    page = (ROOT / "docs/operations.md").read_text(encoding="utf8")
    assert all(f"`{each}`" in page for each in given), given
    assert Settings().export_grace < int(SERVICES["ksys"]["stop_grace_period"].rstrip("s"))


def test_nginx_reads_the_configuration_that_is_tested_where_it_looks_for_its_key() -> None:
    conf, tls = SERVICES["nginx"]["volumes"]
    assert conf == "${KSYS_NGINX:-../docs/nginx.conf}:/etc/nginx/conf.d/default.conf:ro"
    assert tls.endswith(":/etc/ssl/ksys:ro")
    assert "/etc/ssl/ksys/key.pem" in (ROOT / "docs/nginx.conf").read_text(encoding="utf8")


@contextmanager
def redis_of_compose(secrets: Path, place: Path) -> Iterator[int]:
    """Run the command of the service redis, on a port of its own."""
    port, (program, _conf, *rest) = free_port(), SERVICES["redis"]["command"]
    given = [program, secrets / "redis_conf", *rest, "--port", str(port), "--dir", str(place)]
    server = subprocess.Popen(given, stdout=subprocess.DEVNULL)
    try:
        reached(port)
        yield port
    finally:
        server.kill()
        server.wait()


@pytest.mark.optional("redis-server", "redis-cli")
def test_redis_of_compose_wants_its_password_and_its_health_is_asked(secrets, tmp_path) -> None:
    with redis_of_compose(secrets, tmp_path) as port:
        kind, text = SERVICES["redis"]["healthcheck"]["test"]
        assert kind == "CMD-SHELL"
        subprocess.run(["sh", "-c", text.replace("ping", f"-p {port} ping")], check=True)
        word = (secrets / "redis_conf").read_text().split()[1]
        cli = ["redis-cli", "-p", str(port), "--no-auth-warning"]
        refused = subprocess.run([*cli, "GET", "x"], capture_output=True, text=True, check=True)
        assert "NOAUTH" in refused.stdout
        told = subprocess.run(
            [*cli, "-a", word, "CONFIG", "GET", "maxmemory*"], capture_output=True, text=True
        ).stdout.split()
        assert {"268435456", "allkeys-lru"} <= set(told)


def copied(place: Path) -> Path:
    """Copy what the Dockerfile copies; return the folder."""
    site = place / "site"
    site.mkdir()
    for line in (DEPLOY / "Dockerfile").read_text(encoding="utf8").splitlines():
        if line.startswith("COPY ") and "./" in line:
            *sources, target = line.split()[1:]
            for name in sources:
                put = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
                put(ROOT / name, site / (name if target == "./" else target))
    return site


def command_of_dockerfile() -> list[str]:
    """Return what a container of Ksys runs."""
    (text,) = re.findall(r"^CMD (.+)$", (DEPLOY / "Dockerfile").read_text(), re.M)
    return list(yaml.safe_load(text))


def test_the_dockerfile_installs_pins_with_hashes_from_no_named_place_and_drops_root() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf8")
    assert "--require-hashes -r /requirements.lock" in text
    assert not re.search(r"index|://|trusted-host", text)
    assert re.search(r"^USER 10001:10001$", text, re.M)
    sent = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf8")
    folders = set(re.findall(r"^COPY (\w+) \./\w+$", text, re.M))
    files = {"*.py", "requirements.lock", "requirements.txt"}
    assert set(re.findall(r"^!(\S+)$", sent, re.M)) == files | folders


@pytest.mark.db
@pytest.mark.optional("redis-server", "unshare", "setpriv")
def test_ksys_of_compose_reads_the_role_of_compose_with_the_secrets_of_compose(
    plant_dsn: str, secrets: Path, tmp_path: Path
) -> None:
    """The whole way: role, secrets, command, health and readiness, on a tree that is read-only."""
    dsn, known = plant_dsn, parse_dsn(plant_dsn)
    owner = {"POSTGRES_USER": known["user"], "POSTGRES_DB": known["dbname"], "SECRETS": secrets}
    place = {"PGHOST": known["host"], "PGPORT": known["port"], "PGDATABASE": known["dbname"]}
    path = f"{PROGRAMS}:{os.environ['PATH']}"
    subprocess.run(["sh", DEPLOY / "reader.sh"], check=True, env={**owner, **place, "PATH": path})
    try:
        assert asked(dsn, "SELECT rolsuper FROM pg_roles WHERE rolname = 'ksys_reader'") is False
        health = SERVICES["timescaledb"]["healthcheck"]["test"][1:]
        alive = [each.replace("127.0.0.1", known["host"]) for each in health]
        subprocess.run([PROGRAMS / alive[0], *alive[1:]], check=True)
        reader = (secrets / "reader_dsn").read_text()
        with Proxy(dsn) as way, redis_of_compose(secrets, tmp_path) as redis:
            there = parse_dsn(reader) | {"dbname": known["dbname"], **to_loopback(way)}
            (secrets / "reader_dsn").write_text(make_dsn(**there))
            url = (secrets / "redis_url").read_text().replace("@redis:6379", f"@127.0.0.1:{redis}")
            (secrets / "redis_url").write_text(url)
            site = copied(tmp_path)
            environment = chosen_environment(secrets) | {"ALLOW_INSECURE_DB": "1"}
            program, *rest = command_of_dockerfile()
            assert program == "gunicorn"
            command = [sys.executable, "-m", program, *rest]
            with running(command, site, tmp_path, **environment) as port:
                asks = SERVICES["ksys"]["healthcheck"]["test"][2:]
                probe = [each.replace("8050", str(port)) for each in asks]
                subprocess.run([sys.executable, *probe], check=True)
                told = readiness(port)
                assert told["ready"] and told["cache"]["ok"], told
    finally:
        asked(dsn, "DROP OWNED BY ksys_reader")
        asked(dsn, "DROP ROLE ksys_reader")


def to_loopback(way: Proxy) -> dict[str, str]:
    """Return where a proxy listens: who has no rights cannot enter the socket's own folder."""
    return {"host": "127.0.0.1", "port": str(way.port)}


def test_the_way_of_compose_to_the_historian_is_safe_enough_for_production(
    secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key, value in chosen_environment(secrets).items():
        monkeypatch.setenv(key, value)
    found = from_env()
    assert found.dsn and "/run/postgresql" in found.dsn and "ksys_reader" in found.dsn
    assert found.trusted_hosts and found.redis_url.endswith("@redis:6379/0")


def listens(port: int) -> bool:
    """Return whether somebody listens on a port."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
        return True
    return False


def chosen_environment(secrets: Path) -> dict[str, str]:
    """Return the environment of Ksys in compose.yaml, with what an operator gives."""
    chosen = {"KSYS_HOST": "ksys.example", "KSYS_AUTH": "none", "WEB_CONCURRENCY": "2"}

    def given(found: re.Match[str]) -> str:
        return chosen.get(found[1], found[2] or "")

    return {
        key: re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", given, str(value)).replace(
            "/run/secrets", str(secrets)
        )
        for key, value in SERVICES["ksys"]["environment"].items()
    }


@contextmanager
def running(command: list[str], site: Path, place: Path, **environment: str) -> Iterator[int]:
    """Run Ksys without rights, where it may write its data and temporary files alone."""
    port = free_port()
    data, temporary = place / "data", place / "tmp"
    for folder in (data, temporary):
        folder.mkdir()
    assert may_not_write(site / "new", data, temporary)
    assert not may_not_write(data / "new", data, temporary)
    own = {"KSYS_DATA": str(data), "PORT": str(port), "TMPDIR": str(temporary)}
    own |= {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    with (place / "log").open("wb") as log:
        server = subprocess.Popen(
            narrowed(command, data, temporary),
            cwd=site, stdout=log, stderr=log, env={**environment, **own},
        )  # fmt: skip
    try:
        until(lambda: server.poll() is not None or listens(port))
        assert server.poll() is None, (place / "log").read_text()
        yield port
    finally:
        server.terminate()
        server.wait(30)
        sys.stdout.write((place / "log").read_text())


def readiness(port: int) -> dict[str, Any]:
    """Return what Ksys says of itself once it has looked."""

    def looked() -> dict[str, Any] | None:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/readyz", timeout=20) as answer:
            return json.load(answer)
        return None

    return until(looked)


UNIT = (DEPLOY / "ksys.service").read_text(encoding="utf8")


def unit_here(place: Path) -> Path:
    """Write the unit as it would be for this checkout and this Python; return its file."""
    text = UNIT.replace(
        "/opt/ksys/.venv/bin/gunicorn", str(Path(sys.executable).parent / "gunicorn")
    )
    path = place / "ksys.service"
    path.write_text(text.replace("/opt/ksys", str(ROOT)), encoding="utf8")
    return path


@pytest.mark.optional("systemd-analyze")
def test_the_unit_is_understood_and_hardly_exposed(tmp_path: Path) -> None:
    path = unit_here(tmp_path)
    done = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True)
    mine = [line for line in done.stderr.splitlines() if "ksys.service" in line]
    assert done.returncode == 0 and mine == [], done.stderr
    bound = ["--offline=yes", "--threshold=20"]
    done = subprocess.run(
        ["systemd-analyze", "security", *bound, path], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_commands_beside_the_unit_have_its_user_and_its_data() -> None:
    page = (ROOT / "docs/operations.md").read_text(encoding="utf8")
    (user, data) = re.findall(r"runuser -u (\S+) -- env (KSYS_DATA=\S+) \S+ manage.py", page)[0]
    assert f"\nUser={user}\n" in UNIT
    assert re.search(rf"^Environment={data} ", UNIT, re.M)
    (address,) = re.findall(r"&& TS_DSN_FILE=(\S+) \S+ manage.py check", page)
    assert f"\nLoadCredential=dsn:{address}\n" in UNIT
    assert "/dev/stdin" not in page  # it would take the commands that are pasted after it


@pytest.mark.optional("unshare")
@pytest.mark.skipif(os.geteuid() != 0, reason="it needs the right to mount a /proc")
def test_under_the_unit_ksys_starts_as_many_workers_as_without_it() -> None:
    """It is seen there what memory is free."""
    seen = {"ProcSubset=pid": "subset=pid", "ProtectProc=invisible": "hidepid=2"}
    options = ",".join(each for line, each in seen.items() if f"\n{line}\n" in UNIT)
    mount = ["sh", "-c", f'mount -t proc -o {options} proc /proc && exec "$@"', "sh"]
    counts = [sys.executable, "-c", "from settings import machine; print(machine.workers(2))"]
    told = subprocess.run(
        ["unshare", "--mount", *mount, *counts], cwd=ROOT, capture_output=True, text=True
    )
    assert told.stdout.strip() == str(machine.workers(2)), told.stderr


@pytest.mark.db
@pytest.mark.optional("unshare", "setpriv")
def test_the_unit_starts_ksys_without_rights_and_tells_when_it_is_ready(
    plant_dsn: str, tmp_path: Path
) -> None:
    """ExecStart, where it may write its data alone, run no memory, and see no process of others."""
    (line,) = re.findall(r"^ExecStart=(.+)$", unit_here(tmp_path).read_text(), re.M)
    with Proxy(plant_dsn) as way, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notified:
        (tmp_path / "dsn").write_text(way.dsn)
        notified.settimeout(60)
        notified.bind(f"\0ksys-{os.getpid()}")
        given = {"TS_DSN_FILE": str(tmp_path / "dsn"), "NOTIFY_SOCKET": f"@ksys-{os.getpid()}"}
        with running(line.split(), ROOT, tmp_path, **given) as port:
            assert b"READY=1" in notified.recv(1_000)
            assert readiness(port)["ready"]


def test_what_compose_asks_of_ksys_is_its_health(tmp_path: Path) -> None:
    """The probe ends well only where Ksys answers."""
    kind, python, *asks = SERVICES["ksys"]["healthcheck"]["test"]
    assert (kind, python) == ("CMD", "python")
    nobody = [each.replace("8050", str(free_port())) for each in asks]
    assert subprocess.run([sys.executable, *nobody], capture_output=True).returncode != 0
