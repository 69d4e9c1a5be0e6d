"""Signing in and out, scripts, wall screens, proxies, foreign hosts and foreign forms."""

import ipaddress
import json
import logging
import time
from base64 import b64encode

import flask
import pytest

from access import Role, name_the_user, origin, passwords, sessions, tokens
from access.guard import SCREEN_COOKIE
from access.origin import own_path
from access.people import Who
from settings import Settings
from tests.support.app import whole_app
from tests.support.people import OWN, PASSWORD, add_people, signed_in, small_site

PAGE = {"Accept": "text/html,application/xhtml+xml"}
FORM = {"name": "viewer", "password": PASSWORD}
FAR = {"REMOTE_ADDR": "192.0.2.7"}
LOCAL = (ipaddress.ip_network("127.0.0.1"),)


@pytest.fixture
def site(tmp_path):
    add_people(tmp_path)
    return small_site(tmp_path)


def folder_of(site):
    return site.extensions["ksys-access"].folder


def test_a_page_leads_to_sign_in_and_back(site):
    client = site.test_client()
    asked = client.get("/trend?tag=D1&window=24h", headers=PAGE)
    assert (asked.status_code, asked.headers["Location"]) == (
        302,
        "/sign-in?next=%2Ftrend%3Ftag%3DD1%26window%3D24h",
    )
    form = client.get(asked.headers["Location"], headers=PAGE).text
    assert "Then you are back at Trend, D1, 24h." in form
    done = client.post(asked.headers["Location"], data=FORM, headers=OWN)
    assert (done.status_code, done.headers["Location"]) == (303, "/trend?tag=D1&window=24h")
    assert client.get("/trend", headers=PAGE).text == "the trend"
    assert client.get("/sign-in?next=/trend").headers["Location"] == "/trend"


def test_data_gets_401_that_pages_take_for_signed_out(site):
    answer = site.test_client().get("/overview/frame")
    assert (answer.status_code, answer.mimetype) == (401, "application/json")
    assert answer.json["error"] == "signed_out"
    assert "sign in" in answer.json["message"]
    assert answer.headers["WWW-Authenticate"].startswith("Bearer"), "Basic opens a browser's dialog"


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x=1",
        "/\tevil",
        " /trend",
        "",
        "trend",
    ],
)
def test_after_signing_in_one_stays_on_this_site(site, path):
    answer = site.test_client().post("/sign-in", data={**FORM, "next": path}, headers=OWN)
    assert answer.headers["Location"] == "/"


def test_below_a_path_one_stays_below_it():
    assert own_path("/ksys/trend?a=1", "/ksys") == "/ksys/trend?a=1"
    for other in ("/trend", "/ksysnot/", "//x/ksys/", "/ksys"):
        assert own_path(other, "/ksys") == "/ksys/"


def test_the_cookie_is_for_us_alone_and_secure_over_https(site):
    plain = site.test_client().post("/sign-in", data=FORM, headers=OWN).headers["Set-Cookie"]
    assert "HttpOnly" in plain and "SameSite=Lax" in plain and "Secure" not in plain
    safe = site.test_client().post(
        "/sign-in", data=FORM, headers={"Origin": "https://localhost"}, base_url="https://localhost"
    )
    assert "Secure" in safe.headers["Set-Cookie"]
    assert PASSWORD not in plain


def test_a_wrong_password_is_said_and_a_wait_is_counted(site):
    client = site.test_client()
    for _ in range(2):
        wrong = client.post("/sign-in", data={**FORM, "password": "x"}, headers=OWN)
        assert wrong.status_code == 401
        assert "Name and password do not match." in wrong.text
    third = client.post("/sign-in", data={**FORM, "password": "x"}, headers=OWN)
    assert (third.status_code, third.headers["Retry-After"]) == (429, "1")
    assert "The next one is possible in 1 s." in third.text
    early = client.post("/sign-in", data=FORM, headers=OWN)
    assert early.status_code == 429
    assert "do not match" not in early.text, "it was not looked at"
    assert "Set-Cookie" not in early.headers


def test_the_log_tells_from_where_somebody_signed_in(site, caplog):
    """After a stolen password one has to know who came from where; the password is not told."""
    caplog.set_level("INFO", "ksys.access")
    address = {"REMOTE_ADDR": "127.0.0.7"}
    site.test_client().post("/sign-in", data=FORM, headers=OWN, environ_overrides=address)
    assert "signed in by password from 127.0.0.7" in caplog.text
    assert FORM["password"] not in caplog.text


def test_an_unknown_name_reads_like_a_wrong_password(site):
    texts = set()
    for number, name in enumerate(("viewer", "nobody")):
        address = {"REMOTE_ADDR": "127.0.0.1" if number else "127.0.0.2"}
        form = {"name": name, "password": "x"}
        answer = site.test_client().post(
            "/sign-in", data=form, headers=OWN, environ_overrides=address
        )
        texts.add(answer.text.replace(name, "NAME"))
    assert len(texts) == 1


def test_over_plain_http_from_elsewhere_nobody_signs_in(site):
    client = site.test_client()
    shown = client.get("/sign-in", environ_overrides=FAR)
    assert "plain http" in shown.text and "<form" not in shown.text
    sent = client.post("/sign-in", data=FORM, headers=OWN, environ_overrides=FAR)
    assert sent.status_code == 403
    assert "Set-Cookie" not in sent.headers


def test_what_is_typed_is_never_markup(site):
    name = '"><script>alert(1)</script>'
    answer = site.test_client().post("/sign-in", data={"name": name, "password": "x"}, headers=OWN)
    assert "<script>alert" not in answer.text


def test_signing_out_ends_the_session_and_a_copy_of_its_cookie(site):
    client = signed_in(site, "viewer")
    cookie = client.get_cookie(sessions.COOKIE).value
    assert client.post("/sign-out", headers=OWN).status_code == 303
    assert client.get("/overview/frame").status_code == 401
    client.set_cookie(sessions.COOKIE, cookie)
    assert client.get("/overview/frame").status_code == 401


def test_signing_out_everywhere_ends_every_browser(site):
    first, second, other = (signed_in(site, name) for name in ("viewer", "viewer", "analyst"))
    first.post("/sign-out", data={"everywhere": "1"}, headers=OWN)
    assert [each.get("/overview/frame").status_code for each in (first, second, other)] == [
        401,
        401,
        200,
    ]
    assert "Your session was ended." in second.get("/sign-in").text


def test_after_its_hours_a_session_says_so(site, monkeypatch):
    client = signed_in(site, "viewer")
    later = time.time() + 12 * 3600 + 5
    monkeypatch.setattr("access.guard.time.time", lambda: later)
    assert client.get("/overview/frame").status_code == 401
    assert "You were signed out after 12 h." in client.get("/sign-in").text


def test_a_cookie_that_we_did_not_sign_is_nobodys(site, tmp_path):
    other = tmp_path / "other"
    add_people(other)
    stranger = signed_in(small_site(other), "administrator").get_cookie(sessions.COOKIE).value
    for value in (stranger, "x", "", "a.b.c", stranger[:-1]):
        client = site.test_client()
        client.set_cookie(sessions.COOKIE, value)
        assert client.get("/overview/frame").status_code == 401, value


def test_a_role_too_low_is_said_with_both_roles(site):
    answer = signed_in(site, "viewer").get("/trend/rows.csv")
    assert answer.status_code == 403
    assert "the role analyst, and yours is viewer" in answer.json["message"]
    assert signed_in(site, "analyst").get("/trend/rows.csv").status_code == 200


def basic(name, password):
    return {"Authorization": "Basic " + b64encode(f"{name}:{password}".encode()).decode()}


def test_a_script_sends_its_token_as_bearer_or_as_a_password(site):
    viewer = Who("viewer", Role.VIEWER, "password")
    token = tokens.make(folder_of(site), viewer, "report", Role.VIEWER)
    client = site.test_client()
    for headers in (
        {"Authorization": f"Bearer {token}"},
        {"Authorization": f"bearer  {token}"},
        basic("anything", token),
        basic("", token),
    ):
        assert client.get("/overview/frame", headers=headers).status_code == 200
        assert client.get("/trend/rows.csv", headers=headers).status_code == 403
    for path in (f"/overview/frame?token={token}", f"/overview/frame?access_token={token}"):
        assert client.get(path).status_code == 401
    assert client.get(f"/screen/{token}").status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer ksys_0_0"},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic /w=="},
        basic("viewer", PASSWORD),
        basic("viewer", "ksys_x"),
    ],
)
def test_a_wrong_token_is_nobodys_and_a_password_is_none(site, headers):
    assert site.test_client().get("/overview/frame", headers=headers).status_code == 401


def test_a_wrong_token_does_not_fall_back_to_the_cookie(site):
    client = signed_in(site, "viewer")
    wrong = {"Authorization": "Bearer ksys_0_0"}
    assert client.get("/overview/frame", headers=wrong).status_code == 401


def test_a_token_makes_no_token(site):
    person = Who("analyst", Role.ANALYST, "password")
    token = tokens.make(folder_of(site), person, "report", Role.ANALYST)
    headers = {"Authorization": f"Bearer {token}"}
    form = {"name": "more", "role": "viewer"}
    made = site.test_client().post("/account/tokens", data=form, headers=headers)
    assert made.status_code == 403
    assert len(tokens.tokens_of(folder_of(site), person.key)) == 1


def test_a_token_is_made_shown_once_and_revoked_on_the_account_page(site):
    client = signed_in(site, "viewer")
    form = {"name": "report", "role": "viewer"}
    made = client.post("/account/tokens", data=form, headers=OWN)
    token = made.text.partition('id="token">')[2].partition("<")[0]
    assert token.startswith("ksys_")
    headers = {"Authorization": f"Bearer {token}"}
    assert site.test_client().get("/overview/frame", headers=headers).status_code == 200
    page = client.get("/account").text
    assert "report" in page and token not in page
    key = tokens.tokens_of(folder_of(site), "password:viewer")[0].id
    stranger = signed_in(site, "analyst")
    assert stranger.post("/account/tokens/revoke", data={"id": key}, headers=OWN).status_code == 400
    assert client.post("/account/tokens/revoke", data={"id": key}, headers=OWN).status_code == 303
    refused = site.test_client().get("/overview/frame", headers=headers)
    assert (refused.status_code, refused.json["error"]) == (401, "token_void")
    assert "/account" in refused.json["message"], "a script cannot sign in again"
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("role", ["analyst", "administrator", "screen", "", "x"])
def test_the_account_page_makes_no_token_above_its_owner(site, role):
    form = {"name": "more", "role": role}
    made = signed_in(site, "viewer").post("/account/tokens", data=form, headers=OWN)
    assert made.status_code == 400
    assert "choose viewer or analyst" in made.text


def test_a_wall_screen_opens_its_link_once_and_never_sees_a_form(site):
    link = tokens.make_screen(folder_of(site), "hall")
    client = site.test_client()
    opened = client.get(f"/screen/{link}?rotate=30s", headers=PAGE)
    assert (opened.status_code, opened.headers["Location"]) == (303, "/?kiosk=1&rotate=30s")
    assert "HttpOnly" in opened.headers["Set-Cookie"]
    assert client.get("/", headers=PAGE).text == "the overview"
    assert client.get("/trend", headers=PAGE).status_code == 403
    tokens.revoke(folder_of(site), tokens.tokens_of(folder_of(site), "")[0].id)
    gone = client.get("/", headers=PAGE)
    assert gone.status_code == 403
    assert "manage.py screen add" in gone.text and "<form" not in gone.text
    assert client.get("/overview/frame").status_code == 401
    assert client.get(f"/screen/{link}", headers=PAGE).status_code == 403


def test_the_cookie_of_a_wall_screen_outlives_what_browsers_allow(site):
    client = signed_in(site, "screen")
    answer = client.get("/", headers=PAGE)
    assert SCREEN_COOKIE in answer.headers["Set-Cookie"]
    assert "Max-Age=34560000" in answer.headers["Set-Cookie"]


def test_who_signs_in_at_a_wall_screen_is_himself(site):
    client = signed_in(site, "screen")
    client.post("/sign-in", data=FORM, headers=OWN)
    assert client.get("/trend", headers=PAGE).status_code == 200


POSTS = {
    "same-origin": ({"Sec-Fetch-Site": "same-origin"}, True),
    "typed": ({"Sec-Fetch-Site": "none"}, True),
    "cross-site": ({"Sec-Fetch-Site": "cross-site"}, False),
    "a sister": ({"Sec-Fetch-Site": "same-site", **OWN}, False),
    "nonsense": ({"Sec-Fetch-Site": "", **OWN}, False),
    "our origin": (OWN, True),
    "another origin": ({"Origin": "http://evil.example"}, False),
    "another port": ({"Origin": "http://localhost:99"}, False),
    "no origin": ({"Origin": "null"}, False),
    "an empty origin": ({"Origin": ""}, False),
    "nothing, with a cookie": ({}, False),
}


@pytest.mark.parametrize(("headers", "fine"), POSTS.values(), ids=POSTS)
def test_what_another_site_posts_is_refused_in_words(site, headers, fine):
    answer = signed_in(site, "viewer").post("/form", headers=headers)
    assert (answer.status_code == 200) == fine
    if not fine:
        assert answer.status_code == 403
        assert "not sent by a page of this site" in answer.json["message"]


def test_a_script_without_cookies_may_post(site):
    person = Who("viewer", Role.VIEWER, "password")
    token = tokens.make(folder_of(site), person, "report", Role.VIEWER)
    headers = {"Authorization": f"Bearer {token}"}
    assert site.test_client().post("/form", headers=headers).status_code == 200


def hosted(site, host):
    return site.test_client().get("/sign-in", headers={"Host": host}).status_code


@pytest.mark.parametrize(
    ("hosts", "host", "fine"),
    [
        ((), "localhost", True),
        ((), "LOCALHOST:8050", True),
        ((), "127.0.0.1:8050", True),
        ((), "[::1]:8050", True),
        ((), "evil.example", False),
        ((), "evil.example:8050", False),
        ((), "localhost.evil.example", False),
        ((), "127.0.0.1.evil.example", False),
        ((), "localhost@evil.example", False),
        ((), "", False),
        ((), "localhost:port", False),
        ((), "localhost/evil", False),
        ((), "[::1]evil", False),
        ((), "[::1]evil:8050", False),
        ((), "evil[::1]", False),
        ((), "evil[::1]:8050", False),
        (("ksys.example",), "ksys.example", True),
        (("ksys.example",), "KSYS.example.:8443", True),
        (("ksys.example",), "localhost", True),
        (("ksys.example",), "x.ksys.example", False),
        (("ksys.example:8443",), "ksys.example:8443", True),
        (("ksys.example:8443",), "ksys.example", False),
        (("[2001:db8::1]",), "[2001:db8::1]:8050", True),
    ],
)
def test_a_host_that_is_not_ours_is_refused(tmp_path, hosts, host, fine):
    assert hosted(small_site(tmp_path, hosts=hosts), host) == (200 if fine else 400)


def test_the_refusal_of_a_host_names_the_setting(site):
    answer = site.test_client().get("/sign-in", headers={"Host": "evil.example"})
    assert "'evil.example'" in answer.json["message"]
    assert "TRUSTED_HOSTS" in answer.json["message"]


def test_a_host_of_all_addresses_is_reached_by_the_name_of_its_machine(tmp_path, monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "plant7")
    monkeypatch.setattr("socket.getfqdn", lambda name: f"{name}.example")
    origin._own.cache_clear()
    try:
        site = small_site(tmp_path, host="0.0.0.0")
        assert [hosted(site, host) for host in ("plant7:8050", "plant7.example", "other")] == [
            200,
            200,
            400,
        ]
    finally:
        origin._own.cache_clear()


PROXY = {"proxies": LOCAL, "ways": ("proxy",)}


def test_a_trusted_proxy_says_who_asks(tmp_path):
    client = small_site(tmp_path, **PROXY).test_client()
    sent = "김".encode().decode("latin-1")  # as WSGI hands on the bytes of a header
    assert client.get("/trend", headers={"X-Forwarded-User": sent}).status_code == 200
    assert client.get("/trend/rows.csv", headers={"X-Forwarded-User": "kim"}).status_code == 403
    for name in ("", " ", "x" * 129, "a\x01b"):
        assert client.get("/overview/frame", headers={"X-Forwarded-User": name}).status_code == 401


def test_nobody_else_says_who_asks(tmp_path):
    client = small_site(tmp_path, **PROXY).test_client()
    headers = {"X-Forwarded-User": "kim", "X-Forwarded-For": "127.0.0.1"}
    answer = client.get("/overview/frame", headers=headers, environ_overrides=FAR)
    assert answer.status_code == 401
    page = client.get("/sign-in", headers=PAGE, environ_overrides=FAR)
    assert "<form" not in page.text


def test_roles_come_from_a_header_or_from_the_list(tmp_path):
    roles = {"kim": Role.ANALYST, "*": Role.VIEWER}
    client = small_site(tmp_path, **PROXY, role_header="X-Groups", roles=roles).test_client()
    for name, groups, status in (
        ("lee", "staff, Analyst", 200),
        ("lee", "staff", 403),
        ("lee", "screen", 403),
        ("kim", "staff", 200),
        ("lee", "administrator", 200),
    ):
        headers = {"X-Forwarded-User": name, "X-Groups": groups}
        assert client.get("/trend/rows.csv", headers=headers).status_code == status, (name, groups)


def test_who_is_not_in_the_list_is_told_so(tmp_path):
    client = small_site(tmp_path, **PROXY, roles={"kim": Role.VIEWER}).test_client()
    headers = {"X-Forwarded-User": "lee"}
    assert client.get("/overview/frame", headers=headers).status_code == 401
    assert "lee is signed in but has no role" in client.get("/sign-in", headers=headers).text


def test_scheme_and_address_are_believed_from_trusted_proxies_alone(tmp_path):
    add_people(tmp_path)
    site = small_site(tmp_path, proxies=LOCAL)
    seen = []
    site.before_request(lambda: seen.append((flask.request.remote_addr, flask.request.scheme)))
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9, 198.51.100.4, 127.0.0.1"}
    client = site.test_client()
    client.get("/sign-in", headers=told)
    client.get("/sign-in", headers=told, environ_overrides=FAR)
    assert seen == [("198.51.100.4", "https"), ("192.0.2.7", "http")]


def test_a_cookie_is_not_secure_because_a_stranger_says_https(site):
    headers = {**OWN, "X-Forwarded-Proto": "https"}
    answer = site.test_client().post("/sign-in", data=FORM, headers=headers)
    assert "Secure" not in answer.headers["Set-Cookie"]


@pytest.mark.parametrize(("name", "told"), [("viewer", "[viewer] "), (None, "[-] ")])
def test_a_line_of_the_log_names_the_user(site, name, told):
    lines = []

    def log():
        record = logging.makeLogRecord({"msg": "x"})
        name_the_user(record)
        lines.append(record.user)
        return "logged"

    site.add_url_rule("/healthz", "health.send_health", log)
    client = signed_in(site, name) if name else site.test_client()
    client.get("/healthz")
    assert lines == [told]


def test_outside_of_a_request_a_line_of_the_log_names_nobody():
    record = logging.makeLogRecord({"msg": "x"})
    assert name_the_user(record)
    assert record.user == ""


def test_two_workers_share_sessions_tokens_and_what_ended(tmp_path):
    add_people(tmp_path)
    first, second = small_site(tmp_path), small_site(tmp_path)
    client = signed_in(first, "viewer")
    cookie = client.get_cookie(sessions.COOKIE).value
    other = second.test_client()
    other.set_cookie(sessions.COOKIE, cookie)
    assert other.get("/overview/frame").status_code == 200
    passwords.set_password(folder_of(first), "viewer", "another password")
    assert other.get("/overview/frame").status_code == 401
    token = tokens.make(
        folder_of(first), Who("analyst", Role.ANALYST, "password"), "r", Role.VIEWER
    )
    headers = {"Authorization": f"Bearer {token}"}
    assert second.test_client().get("/overview/frame", headers=headers).status_code == 200


@pytest.mark.parametrize("known", [True, False])
def test_a_token_over_plain_http_is_refused_with_the_reason(tmp_path, known, caplog):
    folder = add_people(tmp_path)
    token = tokens.make(folder, Who("viewer", Role.VIEWER, "password"), "script", Role.VIEWER)
    client = small_site(tmp_path, proxies=(ipaddress.ip_network("192.0.2.0/24"),)).test_client()
    text = token if known else "ksys_0_0"
    for credentials in (f"Bearer {text}", f"Basic {b64encode(f'x:{text}'.encode()).decode()}"):
        headers = {"Authorization": credentials}
        near = client.get("/overview/frame", headers=headers)
        assert near.status_code == (200 if known else 401), "on the machine itself"
        told = {**headers, "X-Forwarded-For": "198.51.100.9", "X-Forwarded-Proto": "https"}
        behind = client.get("/overview/frame", headers=told, environ_overrides=FAR)
        assert behind.status_code == near.status_code, "behind a proxy that says https"
        for far in (
            {**told, "X-Forwarded-Proto": "http"},
            {**headers, "X-Forwarded-For": "198.51.100.9"},
        ):
            answer = client.get("/overview/frame", headers=far, environ_overrides=FAR)
            assert answer.status_code == 403
            assert answer.json["error"] == "token_plain" and "https" in answer.json["message"]
        stranger = {"REMOTE_ADDR": "203.0.113.5"}
        claims = client.get("/overview/frame", headers=told, environ_overrides=stranger)
        assert claims.json["error"] == "token_plain", "whoever is no proxy cannot say https"
    assert "198.51.100.9" in caplog.text and text not in caplog.text


def test_a_wall_screen_over_plain_http_is_refused_with_the_reason(site):
    client = site.test_client()
    link = tokens.make_screen(folder_of(site), "hall")
    opened = client.get(f"/screen/{link}", environ_overrides=FAR)
    assert (opened.status_code, opened.json["error"]) == (403, "token_plain")
    assert "Set-Cookie" not in opened.headers
    client.set_cookie(SCREEN_COOKIE, link)
    assert client.get("/overview/frame").status_code == 200
    shown = client.get("/overview/frame", environ_overrides=FAR)
    assert (shown.status_code, shown.json["error"]) == (403, "token_plain")
    page = client.get("/", headers=PAGE, environ_overrides=FAR)
    assert page.status_code == 403 and "plain http" in page.text, "no form on a wall screen"


def test_a_damaged_file_lets_nobody_in_in_words(site):
    client = signed_in(site, "viewer")
    (folder_of(site).path / "users.json").write_text("{")
    answer = client.get("/overview/frame")
    assert answer.status_code == 503
    assert json.loads(answer.text)["error"] == "access_damaged"


def test_a_folder_that_cannot_be_read_or_written_lets_nobody_in_in_words(site):
    """As a folder of another host does whose disk is away; that Ksys lives is told all the same."""
    site.add_url_rule("/healthz", "health.send_health", lambda: "lives")
    client, path = signed_in(site, "viewer"), folder_of(site).path
    (path / "lock").unlink()
    (path / "lock").mkdir()
    form = {"name": "viewer", "password": PASSWORD}
    signing = site.test_client().post("/sign-in", data=form, headers=OWN)
    assert (signing.status_code, signing.json["error"]) == (503, "access_unreached")
    (path / "users.json").unlink()
    (path / "users.json").mkdir()
    for page in ("/overview/frame", "/sign-in"):
        answer = client.get(page)
        assert (answer.status_code, answer.json["error"]) == (503, "access_unreached")
    assert client.get("/healthz").text == "lives"


@pytest.mark.parametrize("name", ["viewer", "analyst", "administrator"])
def test_only_an_administrator_who_signed_in_sees_what_the_server_said(tmp_path, name):
    folder = tmp_path / name
    add_people(folder)
    settings = Settings(
        dsn="host=/nowhere user=secretive", auth=("password",), data_dir=str(folder)
    )
    site = whole_app(settings).server
    told = signed_in(site, name).get("/status.json").text
    assert ("/nowhere" in told) == (name == "administrator")
    open_to_all = whole_app(Settings(dsn="host=/nowhere", data_dir=str(tmp_path))).server
    assert "/nowhere" not in open_to_all.test_client().get("/status.json").text
