"""Users, tokens, sessions and tries in `KSYS_DATA/access`, as every worker sees them."""

import json
import multiprocessing
import os
import pwd
import stat
import threading
from pathlib import Path

import pytest

from access import passwords, sessions, tokens
from access.folder import SESSIONS, THROTTLE, TOKENS, USERS, Folder, is_seen_late
from access.people import Choices, Role, Who
from data.errors import BadInput, BadSetting
from tests.support.people import PASSWORD, QUICK

NOW = 1_800_000_000.0
KIM = Who("kim", Role.ANALYST, "password")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(passwords, "HASHER", QUICK)
    passwords._of_nobody.cache_clear()
    yield
    passwords._of_nobody.cache_clear()


@pytest.fixture
def folder(tmp_path):
    found = Folder(tmp_path / "access")
    passwords.add(found, "kim", PASSWORD, Role.ANALYST)
    return found


def choices(folder, **chosen):
    return Choices(folder.path, **{"ways": ("password",), **chosen})


def test_only_the_owner_reads_the_folder_whatever_the_umask(folder):
    before = os.umask(0)
    try:
        folder.secret()
        tokens.make_screen(folder, "hall")
        passwords.signed_in(folder, "kim", "wrong", "192.0.2.1", NOW)
        sessions.end_all(folder, KIM)
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    names = {path.name for path in folder.path.iterdir()}
    assert names >= {"users.json", "tokens.json", "sessions.json", "throttle.json", "secret"}
    for path in folder.path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of another user")
def test_what_root_writes_belongs_to_the_user_of_the_server(tmp_path):
    nobody = pwd.getpwnam("nobody")
    os.chown(tmp_path, nobody.pw_uid, nobody.pw_gid)
    folder = Folder(tmp_path / "access")
    passwords.add(folder, "kim", PASSWORD, Role.ANALYST)
    passwords.set_role(folder, "kim", Role.VIEWER)
    for path in (folder.path, *folder.path.iterdir()):
        assert (path.stat().st_uid, path.stat().st_gid) == (nobody.pw_uid, nobody.pw_gid), path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make files of another user")
def test_root_gives_nobody_a_file_that_a_link_leads_to(folder, tmp_path):
    strange = tmp_path / "strange"
    strange.touch()
    (folder.path / "lock").unlink()
    (folder.path / "lock").symlink_to(strange)
    with pytest.raises(BadSetting):
        passwords.add(folder, "lee", PASSWORD, Role.VIEWER)
    assert strange.stat().st_uid == 0


def test_no_password_and_no_token_stands_in_the_folder(folder):
    text = tokens.make(folder, KIM, "report", Role.VIEWER)
    for path in folder.path.iterdir():
        content = path.read_text()
        assert PASSWORD not in content, path
        assert text.rpartition("_")[2] not in content, path
    assert folder.read(USERS)["kim"]["password"].startswith("$argon2id$")


def test_another_worker_sees_a_change_at_its_next_look(folder):
    other = Folder(folder.path)
    assert passwords.users(other) == {"kim": Role.ANALYST}
    passwords.set_role(folder, "kim", Role.VIEWER)
    assert passwords.users(other) == {"kim": Role.VIEWER}
    passwords.remove(folder, "kim")
    assert passwords.users(other) == {}


def _add_many(path, worker):
    passwords.HASHER = QUICK
    for number in range(10):
        passwords.add(Folder(path), f"user-{worker}-{number}", PASSWORD, Role.VIEWER)


def test_writers_of_several_processes_lose_nothing(folder):
    fork = multiprocessing.get_context("fork")
    workers = [fork.Process(target=_add_many, args=(folder.path, n)) for n in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    assert len(passwords.users(folder)) == 31


@pytest.mark.parametrize("content", ["", "{", "[]", '"kim"', "null"])
def test_a_damaged_file_lets_nobody_in_and_is_named(folder, content):
    (folder.path / "users.json").write_text(content)
    with pytest.raises(BadSetting, match=r"^users\.json in .* is damaged"):
        folder.read(USERS)
    with pytest.raises(BadSetting, match=r"^users\.json in .* is damaged"):
        passwords.add(folder, "lee", PASSWORD, Role.VIEWER)
    assert (folder.path / "users.json").read_text() == content


def test_a_write_that_was_killed_leaves_the_file_of_before(folder):
    (folder.path / "users.new").write_text("{half")
    assert passwords.users(folder) == {"kim": Role.ANALYST}
    passwords.set_role(folder, "kim", Role.VIEWER)
    assert passwords.users(folder) == {"kim": Role.VIEWER}


def test_the_secret_is_made_once_and_is_long(folder):
    assert folder.secret() == Folder(folder.path).secret()
    assert len(bytes.fromhex(folder.secret())) == 32


@pytest.mark.parametrize("name", ["", " ", "a b", "a/b", "a\n", "x" * 65, "<b>"])
def test_a_name_that_cannot_be_used_is_refused(folder, name):
    with pytest.raises(BadInput, match="cannot be used"):
        passwords.add(folder, name, PASSWORD, Role.VIEWER)


@pytest.mark.parametrize("password", ["", "seven77", "x" * 1001])
def test_a_password_too_short_or_long_is_refused(folder, password):
    for act in (
        lambda: passwords.add(folder, "lee", password, Role.VIEWER),
        lambda: passwords.set_password(folder, "kim", password),
    ):
        with pytest.raises(BadInput, match="from 8 to 1000"):
            act()


def test_who_is_there_is_not_added_and_who_is_not_is_not_changed(folder):
    with pytest.raises(BadInput, match="already"):
        passwords.add(folder, "kim", PASSWORD, Role.VIEWER)
    for act in (
        lambda: passwords.remove(folder, "lee"),
        lambda: passwords.set_role(folder, "lee", Role.VIEWER),
        lambda: passwords.set_password(folder, "lee", PASSWORD),
    ):
        with pytest.raises(BadInput, match="no user 'lee'"):
            act()


def test_the_right_password_signs_in_with_the_role(folder):
    tried = passwords.signed_in(folder, "kim", PASSWORD, "192.0.2.1", NOW)
    assert tried.who == KIM
    assert folder.read(THROTTLE).keys() == {passwords._key("address", "192.0.2.1")}


def test_an_unknown_name_is_compared_with_a_hash_too(folder, monkeypatch):
    seen = []
    verify = QUICK.verify

    class Counting:
        hash = QUICK.hash

        def verify(self, hashed, password):
            seen.append(hashed)
            return verify(hashed, password)

    monkeypatch.setattr(passwords, "HASHER", Counting())
    for name in ("kim", "nobody"):
        assert passwords.signed_in(folder, name, "wrong", "192.0.2.1", NOW).who is None
    assert len(seen) == 2
    parameters = [hashed.rsplit("$", 2)[0] for hashed in seen]
    assert parameters[0] == parameters[1], "or the time would tell"


def waits(folder, name, address, tries, start=NOW):
    """Try a wrong password as often as may be; return the waits, and the time after them."""
    found, now = [], start
    for _ in range(tries):
        tried = passwords.signed_in(folder, name, "wrong", address, now)
        assert tried.compared and tried.who is None
        found.append(tried.waits)
        now += tried.waits
    return found, now


def test_waits_double_up_to_a_minute(folder):
    found, now = waits(folder, "kim", "192.0.2.1", 11)
    assert found == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    early = passwords.signed_in(folder, "kim", PASSWORD, "192.0.2.1", now - 24)
    assert (early.who, early.waits, early.compared) == (None, 24, False)
    assert passwords.signed_in(folder, "kim", PASSWORD, "192.0.2.1", now).who == KIM
    assert passwords.wait(folder, "kim", "192.0.2.1", now) == 0


def test_a_name_waits_from_every_address_and_an_address_for_every_name(folder):
    passwords.add(folder, "lee", PASSWORD, Role.VIEWER)
    _found, now = waits(folder, "kim", "192.0.2.1", 5)
    soon = now - 1
    assert passwords.signed_in(folder, "kim", PASSWORD, "192.0.2.9", soon).waits == 1
    assert passwords.signed_in(folder, "lee", PASSWORD, "192.0.2.1", soon).waits == 1
    assert passwords.signed_in(folder, "lee", PASSWORD, "192.0.2.9", soon).who is not None


def test_one_with_a_password_cannot_clear_the_count_of_his_address(folder):
    passwords.add(folder, "lee", PASSWORD, Role.VIEWER)
    now = NOW
    for number in range(8):
        now += passwords.wait(folder, "lee", "192.0.2.1", now)
        passwords.signed_in(folder, f"other-{number}", "wrong", "192.0.2.1", now)
        now += passwords.wait(folder, "lee", "192.0.2.1", now)
        assert passwords.signed_in(folder, "lee", PASSWORD, "192.0.2.1", now).who is not None
    tried = passwords.signed_in(folder, "other", "wrong", "192.0.2.1", now)
    assert tried.waits >= 32


def test_addresses_of_one_ipv6_network_are_one(folder):
    _found, now = waits(folder, "kim", "2001:db8::1", 5)
    assert passwords.signed_in(folder, "x", "wrong", "2001:db8::ffff", now - 1).waits == 1
    assert passwords.signed_in(folder, "x", "wrong", "2001:db8:1::1", now - 1).compared


def test_tries_at_once_are_no_more_than_one_after_the_other(folder):
    compared = []

    def guess():
        tried = passwords.signed_in(folder, "kim", "wrong", "192.0.2.1", NOW)
        compared.append(tried.compared)

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert compared.count(True) == passwords.FREE


def test_two_workers_count_the_same_tries(folder):
    other = Folder(folder.path)
    for each in (folder, other, folder):
        passwords.signed_in(each, "kim", "wrong", "192.0.2.1", NOW)
    assert passwords.signed_in(other, "kim", PASSWORD, "192.0.2.1", NOW).waits == 1


def test_what_strangers_leave_is_bounded_and_forgotten(folder):
    many = {f"name:{n}": {"failed": 1, "at": NOW, "next": NOW} for n in range(5_000)}
    folder.change(THROTTLE, lambda _: many)
    passwords.signed_in(folder, "x" * 100_000, "wrong", "192.0.2.1", NOW)
    assert len(folder.read(THROTTLE)) == passwords.MOST_KEYS
    assert max(map(len, folder.read(THROTTLE))) < 60
    passwords.signed_in(folder, "kim", "wrong", "192.0.2.1", NOW + passwords.FORGET_S)
    assert len(folder.read(THROTTLE)) == 2


def test_a_clock_that_steps_back_locks_nobody_out(folder):
    waits(folder, "kim", "192.0.2.1", 8)
    assert passwords.wait(folder, "kim", "192.0.2.1", NOW - 86_400) == passwords.LONGEST_WAIT_S


def begun(folder, who=KIM, now=NOW, role=None):
    session = {}
    sessions.begin(folder, session, who, now, role)
    return json.loads(json.dumps(session))


def test_a_session_is_its_holders_for_its_hours(folder):
    session, chosen = begun(folder), choices(folder)
    for later, found in (
        (0, (KIM, "")),
        (12 * 3600, (KIM, "")),
        (12 * 3600 + 1, (None, sessions.EXPIRED)),
        (-3600, (None, sessions.EXPIRED)),
    ):
        assert sessions.holder(folder, chosen, session, NOW + later) == found, later


def test_the_role_of_a_session_is_that_of_now(folder):
    session = begun(folder)
    passwords.set_role(folder, "kim", Role.VIEWER)
    who, _reason = sessions.holder(folder, choices(folder), session, NOW)
    assert who.role is Role.VIEWER


def _again(folder):
    passwords.remove(folder, "kim")
    passwords.add(folder, "kim", PASSWORD, Role.ANALYST)


ENDINGS = {
    "another password": lambda folder: passwords.set_password(folder, "kim", "another password"),
    "removed": lambda folder: passwords.remove(folder, "kim"),
    "removed and added again": _again,
    "out everywhere": lambda folder: sessions.end_all(folder, KIM),
}


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
def test_what_ends_all_sessions_ends_those_of_every_device(folder, ending):
    other = Folder(folder.path)
    both = [begun(folder), begun(folder)]
    for session in both:
        assert sessions.holder(other, choices(folder), session, NOW)[0] == KIM
    ending(folder)
    for session in both:
        assert sessions.holder(other, choices(folder), session, NOW) == (None, sessions.ENDED)


def test_signing_out_ends_this_session_also_where_its_cookie_was_copied(folder):
    mine, other = begun(folder), begun(folder)
    copy = dict(mine)
    sessions.end(folder, mine, 12, NOW)
    assert mine == {}
    assert sessions.holder(folder, choices(folder), copy, NOW) == (None, sessions.ENDED)
    assert sessions.holder(folder, choices(folder), other, NOW)[0] == KIM


def test_ended_sessions_are_forgotten_once_their_time_is_over(folder):
    sessions.end(folder, begun(folder), 12, NOW)
    sessions.end(folder, begun(folder, now=NOW + 90_000), 12, NOW + 90_000)
    assert len(folder.read(SESSIONS)["ended"]) == 1


def test_a_way_that_is_off_ends_its_sessions(folder):
    chosen = choices(folder, ways=("proxy",))
    assert sessions.holder(folder, chosen, begun(folder), NOW)[0] is None


def test_one_of_the_same_name_by_another_way_is_somebody_else(folder):
    chosen = choices(folder, ways=("password", "oidc"))
    other = Who("kim", Role.VIEWER, "oidc")
    session = begun(folder, other)
    sessions.end_all(folder, KIM)
    assert sessions.holder(folder, chosen, session, NOW)[0] == other


def test_a_token_is_its_owners_and_reads(folder):
    text = tokens.make(folder, KIM, "report", Role.ANALYST)
    assert text.startswith("ksys_") and len(text) > 45
    who = tokens.of_script(folder, choices(folder), text)
    assert who == Who("kim/report", Role.ANALYST, "token")
    assert not who.is_person


@pytest.mark.parametrize("text", ["", "ksys_", "ksys_x_y", "ksys__", "ksys_é_ü"])
def test_what_is_no_token_is_nobodys(folder, text):
    tokens.make(folder, KIM, "report", Role.VIEWER)
    assert tokens.of_script(folder, choices(folder), text) is None
    assert tokens.of_screen(folder, text) is None


def test_a_token_with_another_secret_is_nobodys(folder):
    text = tokens.make(folder, KIM, "report", Role.VIEWER)
    wrong = text[:-1] + ("0" if text[-1] != "0" else "1")
    assert tokens.of_script(folder, choices(folder), wrong) is None


def test_a_token_never_has_more_than_its_owner(folder):
    text = tokens.make(folder, KIM, "report", Role.ANALYST)
    passwords.set_role(folder, "kim", Role.VIEWER)
    assert tokens.of_script(folder, choices(folder), text).role is Role.VIEWER
    viewer = Who("kim", Role.VIEWER, "password")
    for role in (Role.ANALYST, Role.ADMINISTRATOR, Role.SCREEN):
        with pytest.raises(BadInput, match="cannot have the role"):
            tokens.make(folder, viewer, "more", role)
    passwords.set_role(folder, "kim", Role.ADMINISTRATOR)
    with pytest.raises(BadInput, match="cannot have the role"):
        tokens.make(folder, Who("kim", Role.ADMINISTRATOR, "password"), "m", Role.ADMINISTRATOR)


def test_a_token_ends_with_its_owner_and_when_it_is_revoked(folder):
    first, second = (tokens.make(folder, KIM, name, Role.VIEWER) for name in "ab")
    tokens.revoke(folder, tokens.tokens_of(folder, KIM.key)[0].id, KIM.key)
    assert tokens.of_script(folder, choices(folder), first) is None
    assert tokens.of_script(folder, choices(folder), second) is not None
    passwords.remove(folder, "kim")
    assert tokens.of_script(folder, choices(folder), second) is None


def test_nobody_revokes_what_is_not_his(folder):
    text = tokens.make(folder, KIM, "report", Role.VIEWER)
    (listed,) = tokens.tokens_of(folder, KIM.key)
    with pytest.raises(BadInput, match="no token"):
        tokens.revoke(folder, listed.id, "password:lee")
    assert tokens.of_script(folder, choices(folder), text) is not None


def test_two_tokens_of_one_owner_have_two_names_and_there_is_an_end(folder):
    tokens.make(folder, KIM, "report", Role.VIEWER)
    with pytest.raises(BadInput, match="already"):
        tokens.make(folder, KIM, "report", Role.VIEWER)
    for number in range(tokens.MOST - 1):
        tokens.make(folder, KIM, f"{number}", Role.VIEWER)
    with pytest.raises(BadInput, match="50 tokens"):
        tokens.make(folder, KIM, "one more", Role.VIEWER)


def test_a_screen_is_no_script_and_a_script_no_screen(folder):
    screen, script = tokens.make_screen(folder, "hall"), tokens.make(folder, KIM, "r", Role.VIEWER)
    assert tokens.of_screen(folder, screen) == Who("hall", Role.SCREEN, "screen")
    assert tokens.of_screen(folder, script) is None
    assert tokens.of_script(folder, choices(folder), screen) is None


def test_tokens_of_one_whom_others_sign_in_follow_his_role(folder):
    chosen = choices(folder, ways=("oidc",))
    analyst = Who("mia", Role.ANALYST, "oidc")
    text = tokens.make(folder, analyst, "report", Role.ANALYST)
    assert tokens.of_script(folder, chosen, text).role is Role.ANALYST
    tokens.follow(folder, Who("mia", Role.VIEWER, "oidc"))
    assert tokens.of_script(folder, chosen, text).role is Role.VIEWER
    nobody = choices(folder, ways=("oidc",), roles={"kim": Role.VIEWER})
    assert tokens.of_script(folder, nobody, text) is None


def test_what_is_read_again_is_only_what_is_another(folder):
    first = folder.read(TOKENS)
    tokens.make_screen(folder, "hall")
    second = folder.read(TOKENS)
    assert second is folder.read(TOKENS) and first != second
    folder.change(TOKENS, dict)
    assert folder.read(TOKENS) is second, "the same is not written again"


NFS = "rw,relatime,vers=4.2,hard,proto=tcp"


@pytest.mark.parametrize(
    ("kind", "options", "is_late"),
    [
        ("ext4", "rw,relatime", False),
        ("nfs4", NFS, True),
        ("nfs4", f"{NFS},acregmin=1,acregmax=1,acdirmin=1,acdirmax=1", False),
        ("nfs", f"{NFS},acregmin=1,acregmax=1", True),
        ("nfs", f"{NFS},acregmax=3,acdirmin=1,acdirmax=1", True),
        ("nfs", f"{NFS},noac", False),
    ],
)
def test_nfs_that_believes_for_long_what_it_has_seen_is_told_apart(kind, options, is_late):
    mounts = (
        f"none / ext4 rw 0 0\nstore:/a /srv/k\\040sys {kind} {options} 0 0\nx /srv/k tmpfs rw\n"
    )
    assert is_seen_late(Path("/srv/k sys/access"), mounts) == is_late
    assert not is_seen_late(Path("/srv/k/access"), mounts)
    assert not is_seen_late(Path("/srv/else"), mounts)
