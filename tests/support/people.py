"""People of each role, sites where they sign in, and browsers in which they have."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import flask
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from flask_babel import Babel

from access import Proxies, passwords, protect, tokens
from access.folder import Folder
from access.people import PEOPLE, Choices
from tests.conftest import free_port
from tests.support.places import ROOT

PASSWORD = "a long password"
#: As the tests hash: a hundredth of the time, and no memory to speak of.
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
OWN = {"Origin": "http://localhost"}


def add_people(directory: Path) -> Folder:
    """Add a user of each role, named after it, to the folder below a directory."""
    folder = Folder(directory / "access")
    passwords.HASHER = QUICK
    for role in PEOPLE:
        passwords.add(folder, role.word, PASSWORD, role)
    return folder


@contextmanager
def guarded_site(directory: Path, **environment: str) -> Iterator[int]:
    """Run a site over no historian where the people of a directory sign in; give its port."""
    port = free_port()
    given = {
        "TS_DSN": "host=/nowhere",
        "WEB_CONCURRENCY": "1",
        "AUTH": "password",
        "PORT": str(port),
        "KSYS_DATA": str(directory),
        "PATH": os.environ["PATH"],
    }
    process = subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=given | environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        assert "Ksys shows the historian" in process.stderr.readline()
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=30)


def signed_in(site: flask.Flask, name: str) -> FlaskClient:
    """Return a browser in which a user is signed in; `screen` is a wall screen."""
    client = site.test_client()
    if name == "screen":
        folder = site.extensions["ksys-access"].folder
        count = len(tokens.tokens_of(folder, ""))
        link = tokens.make_screen(folder, f"screen {count + 1}")
        assert client.get(f"/screen/{link}").status_code == 303
        return client
    form = {"name": name, "password": PASSWORD}
    answer = client.post("/sign-in", data=form, headers=OWN)
    assert answer.status_code == 303, answer.text
    return client


def small_site(directory: Path, **chosen: Any) -> flask.Flask:
    """Return a site of a few routes behind the guard, named as those of Ksys are."""
    server = flask.Flask("test")
    Babel(server)
    server.add_url_rule("/", "/", lambda: "the overview")
    server.add_url_rule("/trend", "/<path:path>", lambda: "the trend")
    server.add_url_rule("/overview/frame", "frames.send_frame", lambda: {"tags": []})
    server.add_url_rule("/trend/rows.csv", "rows.trend", lambda: "no,tag")
    server.add_url_rule("/form", "form", lambda: "posted", methods=["POST"])
    choices = Choices(directory / "access", **{"ways": ("password",), **chosen})
    protect(server, choices, "assets/0")
    server.wsgi_app = Proxies(server.wsgi_app, choices)
    return server
