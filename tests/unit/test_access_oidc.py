"""Signing in with an account of an OpenID Connect provider, a small one of our own."""

import subprocess
import sys
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from access import Role
from access.people import Provider as Named
from tests.support import provider as providers
from tests.support.people import OWN, PASSWORD, add_people, small_site
from tests.support.places import ROOT


@pytest.fixture(scope="module")
def running():
    with providers.running() as found:
        yield found


@pytest.fixture
def provider(running):
    running.claims = {"sub": "42", "preferred_username": "kim"}
    running.changed, running.stranger = {}, False
    return running


def site_of(tmp_path, provider, secret=providers.SECRET, **chosen):
    named = Named(provider.address, providers.CLIENT, secret, "ksys_role")
    return small_site(tmp_path, ways=("oidc", "password"), provider=named, **chosen)


def sent_back(client, path="/sign-in/account"):
    """Return the address at which the provider sends the browser back."""
    away = client.get(path).headers["Location"]
    answer = requests.get(away, allow_redirects=False, timeout=10)
    back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


def test_an_account_signs_in_and_one_is_back_where_one_was(tmp_path, provider):
    client = site_of(tmp_path, provider).test_client()
    back = sent_back(client, "/sign-in/account?next=/trend?tag=D1")
    done = client.get(back)
    assert (done.status_code, done.headers["Location"]) == (303, "/trend?tag=D1")
    assert client.get("/trend").text == "the trend"
    assert client.get("/trend/rows.csv").status_code == 403, "without a list all are viewers"
    assert "kim" in client.get("/account").text


def test_the_browser_is_sent_away_with_state_nonce_and_proof(tmp_path, provider):
    client = site_of(tmp_path, provider).test_client()
    away = urlsplit(client.get("/sign-in/account").headers["Location"])
    asked = parse_qs(away.query)
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == ["http://localhost/sign-in/back"]
    assert "openid" in asked["scope"][0]


@pytest.mark.parametrize(
    ("claim", "files"),
    [
        ("analyst", 200),
        (["staff", "Analyst"], 200),
        ("viewer", 403),
        (["staff"], 403),
        ("screen", 403),
        (None, 403),
        (7, 403),
        ({"analyst": 1}, 403),
    ],
)
def test_the_provider_may_tell_the_role(tmp_path, provider, claim, files):
    provider.claims["ksys_role"] = claim
    client = site_of(tmp_path, provider).test_client()
    client.get(sent_back(client))
    assert client.get("/trend/rows.csv").status_code == files


def test_else_the_role_comes_from_the_list(tmp_path, provider):
    roles = {"kim": Role.ANALYST}
    client = site_of(tmp_path, provider, roles=roles).test_client()
    client.get(sent_back(client))
    assert client.get("/trend/rows.csv").status_code == 200
    provider.claims["preferred_username"] = "lee"
    other = site_of(tmp_path, provider, roles=roles).test_client()
    refused = other.get(sent_back(other))
    assert refused.status_code == 403
    assert "lee is signed in but has no role" in refused.text
    assert other.get("/trend").status_code == 401


FAULTS = {
    "another issuer": lambda p: p.changed.update(iss="https://evil.example"),
    "for another client": lambda p: p.changed.update(aud="other"),
    "over": lambda p: p.changed.update(exp=int(time.time()) - 3600),
    "another nonce": lambda p: p.changed.update(nonce="x"),
    "signed by a stranger": lambda p: setattr(p, "stranger", True),
    "a name with a line break": lambda p: p.claims.update(preferred_username="kim\nlee"),
    "no name": lambda p: (p.claims.pop("preferred_username"), p.claims.update(sub="")),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_what_is_not_to_be_believed_signs_nobody_in(tmp_path, provider, fault):
    fault(provider)
    client = site_of(tmp_path, provider).test_client()
    answer = client.get(sent_back(client))
    assert answer.status_code == 403
    assert "did not confirm who you are" in answer.text
    assert client.get("/trend").status_code == 401


def test_a_code_counts_once_and_in_the_browser_that_asked(tmp_path, provider):
    site = site_of(tmp_path, provider)
    client, other = site.test_client(), site.test_client()
    back = sent_back(client)
    assert other.get(back).status_code == 403, "another browser has another state"
    assert client.get(back).status_code == 303
    assert client.get(back).status_code == 403


@pytest.mark.parametrize("query", ["", "?code=x", "?code=x&state=y", "?error=access_denied"])
def test_nonsense_from_elsewhere_signs_nobody_in(tmp_path, provider, query):
    client = site_of(tmp_path, provider).test_client()
    assert client.get(f"/sign-in/back{query}").status_code == 403
    assert client.get("/trend").status_code == 401


def test_a_wrong_secret_of_the_client_is_a_sentence(tmp_path, provider):
    client = site_of(tmp_path, provider, secret="wrong").test_client()
    assert "did not confirm who you are" in client.get(sent_back(client)).text


def test_a_provider_that_does_not_answer_leaves_passwords(tmp_path, provider):
    add_people(tmp_path)
    named = Named("http://127.0.0.1:9", providers.CLIENT, providers.SECRET, "ksys_role")
    site = small_site(tmp_path, ways=("oidc", "password"), provider=named)
    client = site.test_client()
    away = client.get("/sign-in/account")
    assert away.status_code == 503
    assert "did not confirm" in away.text
    form = {"name": "viewer", "password": PASSWORD}
    assert client.post("/sign-in", data=form, headers=OWN).status_code == 303


def test_the_page_offers_the_account_first(tmp_path, provider):
    page = site_of(tmp_path, provider).test_client().get("/sign-in?next=/trend").text
    assert page.index('href="/sign-in/account?next=/trend"') < page.index('name="password"')


def test_authlib_is_loaded_only_where_a_provider_is_named():
    code = (
        "import sys, app; from settings import Settings;"
        "app.create_app(Settings(dsn='host=/nowhere'));"
        "sys.exit('authlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert done.returncode == 0
