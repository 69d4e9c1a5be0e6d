"""`manage.py user`, `screen` and `token`, as an administrator types them."""

import pytest
from click.testing import CliRunner

from access import passwords, tokens
from access.folder import Folder
from access.people import Choices, Role, Who
from manage import cli
from tests.support.people import PASSWORD, QUICK


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that runs a command; it takes what is typed, and what is expected to fail."""
    monkeypatch.setenv("KSYS_DATA", str(tmp_path))
    monkeypatch.setattr(passwords, "HASHER", QUICK)

    def command(*arguments, typed="", code=0):
        done = CliRunner().invoke(cli, list(arguments), input=typed)
        assert done.exit_code == code, done.output
        return done.output

    return command


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "access")


TWICE = f"{PASSWORD}\n{PASSWORD}\n"


def test_a_user_is_added_listed_changed_and_removed(run, folder):
    said = run("user", "add", "kim", "--role", "analyst", typed=TWICE)
    assert "user kim: analyst" in said and PASSWORD not in said
    assert passwords.signed_in(folder, "kim", PASSWORD, "::1", 0).who is not None
    run("user", "role", "kim", "administrator")
    assert run("user", "list").split() == ["administrator", "kim"]
    run("user", "password", "kim", "--stdin", typed="another password\n")
    assert passwords.signed_in(folder, "kim", "another password", "::1", 0).who is not None
    run("user", "remove", "kim")
    assert run("user", "list") == ""


def test_without_a_role_a_user_is_a_viewer(run, folder):
    run("user", "add", "kim", "--stdin", typed=f"{PASSWORD}\n")
    assert passwords.users(folder) == {"kim": Role.VIEWER}


@pytest.mark.parametrize(
    ("arguments", "typed", "said"),
    [
        (("user", "add", "a b"), TWICE, "'a b' cannot be used"),
        (("user", "add", "lee"), "short\nshort\n", "from 8 to 1000"),
        (("user", "add", "kim"), TWICE, "already"),
        (("user", "remove", "lee"), "", "no user 'lee'"),
        (("user", "password", "lee"), TWICE, "no user 'lee'"),
        (("screen", "remove", "hall"), "", "no wall screen 'hall'; see manage.py screen list"),
        (("token", "revoke", "x"), "", "no token 'x'"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(run, arguments, typed, said):
    run("user", "add", "kim", typed=TWICE)
    output = run(*arguments, typed=typed, code=1)
    assert said in output.splitlines()[-1]
    assert output.splitlines()[-1].startswith("Error: ")


def test_removing_a_user_takes_his_tokens_along(run, folder):
    run("user", "add", "kim", typed=TWICE)
    tokens.make(folder, Who("kim", Role.VIEWER, "password"), "report", Role.VIEWER)
    listed = run("token", "list")
    assert "password:kim" in listed and "report" in listed
    run("user", "remove", "kim")
    assert run("token", "list") == ""


def test_a_token_is_revoked_by_its_id(run, folder):
    run("user", "add", "kim", typed=TWICE)
    text = tokens.make(folder, Who("kim", Role.VIEWER, "password"), "report", Role.VIEWER)
    run("token", "revoke", run("token", "list").split()[0])
    chosen = Choices(folder.path, ways=("password",))
    assert tokens.of_script(folder, chosen, text) is None


def test_a_screen_gets_a_link_below_the_sites_path(run, folder, monkeypatch):
    monkeypatch.setenv("BASE_PATH", "/ksys")
    link, note = run("screen", "add", "hall").splitlines()
    assert link.startswith("http://127.0.0.1:8050/ksys/screen/ksys_")
    assert note.startswith("note: ") and "TRUSTED_HOSTS" in note
    assert tokens.of_screen(folder, link.rpartition("/")[2]).name == "hall"
    assert "hall" in run("screen", "list")
    assert link.rpartition("_")[2] not in run("screen", "list")
    assert "a wall screen named 'hall' already" in run("screen", "add", "hall", code=1)
    run("screen", "remove", "hall")
    assert run("screen", "list") == ""
    assert tokens.of_screen(folder, link.rpartition("/")[2]) is None


def test_the_link_of_a_screen_has_the_name_of_the_site_over_https(run, monkeypatch):
    """A screen stands elsewhere: an address of this machine, or plain http, opens nothing there."""
    monkeypatch.setenv("TRUSTED_HOSTS", "ksys.example:8443,10.0.0.5")
    monkeypatch.setenv("BASE_PATH", "/ksys")
    (link,) = run("screen", "add", "hall").splitlines()
    assert link.startswith("https://ksys.example:8443/ksys/screen/ksys_")
