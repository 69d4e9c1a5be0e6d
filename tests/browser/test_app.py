"""The app as a whole: what every answer carries, and what starting it does not do."""

import subprocess
import sys
import urllib.request

import pytest

from api.assets import url_path
from tests.support.places import ROOT
from tests.support.scripts import watch_policy


def test_importing_the_app_starts_nothing(tmp_path):
    code = (
        "import os, threading, app;"
        "assert threading.active_count() == 1, threading.enumerate();"
        f"assert not os.listdir({str(tmp_path)!r})"
    )
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "KSYS_DATA": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)


def test_a_wrong_setting_ends_the_start_with_one_sentence():
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOST": "0.0.0.0"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "AUTH=none" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.db
def test_every_answer_carries_the_security_headers(site):
    for path in ("/", "/trend", "/healthz", "/_dash-layout", "/assets/tokens.css", "/nowhere"):
        with _answer(site + path) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "script-src 'self' 'sha256-" in policy
            script = policy.split("script-src")[1].split(";")[0]
            assert "unsafe" not in script
            assert "http" not in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["X-Frame-Options"] == "DENY"


@pytest.mark.db
def test_an_address_without_a_page_answers_404(site):
    with _answer(site + "/nowhere") as answer:
        assert answer.status == 404


@pytest.mark.db
@pytest.mark.parametrize(
    ("query", "header", "language"),
    [("?lang=ko", "en", "ko"), ("?lang=xx", "en", "en"), ("", "ko-KR,ko;q=0.9", "ko")],
)
def test_the_language_is_the_one_asked_for_else_the_browsers(site, query, header, language):
    with _answer(site + "/" + query, {"Accept-Language": header}) as answer:
        assert f'<html lang="{language}"' in answer.read().decode()


@pytest.mark.db
def test_static_files_are_compressed(site):
    path = f"{site}/{url_path()}"
    for name in ("site.css", "overview/page.mjs"):
        with _answer(f"{path}/{name}", {"Accept-Encoding": "br"}) as answer:
            assert answer.headers["Content-Encoding"] == "br"
            assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.db
def test_a_file_of_another_build_is_not_found(site):
    """A page of that build would otherwise run modules of two builds."""
    for path in ("/assets/0123456789ab/overview/page.mjs", "/assets/overview/page.mjs"):
        with _answer(site + path) as answer:
            assert answer.status == 404
            assert answer.headers["Content-Type"].startswith("text/plain")
            assert answer.headers["Cache-Control"] == "no-store"


def _answer(address, headers=None):
    request = urllib.request.Request(address, headers=headers or {})
    try:
        return urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as error:
        return error


@pytest.mark.browser
@pytest.mark.parametrize(
    "path",
    ["/", "/?kiosk=1", "/trend?tag=D101", "/tech?tag=D300", "/status", "/nowhere", "/account"],
)
def test_no_page_asks_another_machine_or_breaks_the_policy(site, tab, path):
    asked, complaints = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: complaints.append(message.text))
    violations = watch_policy(tab)
    tab.goto(site + path, wait_until="networkidle")
    assert [url for url in asked if not url.startswith((site, "data:", "blob:"))] == []
    assert [text for text in complaints if "Content Security Policy" in text] == []
    assert violations() == []


@pytest.mark.browser
def test_what_breaks_the_policy_would_be_seen(site, tab):
    violations = watch_policy(tab)
    tab.goto(site + "/nowhere", wait_until="networkidle")
    tab.evaluate("document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/'}))")
    tab.wait_for_function("window.policyViolations.length > 0")
    assert violations() == ["img-src http://127.0.0.1:9/"]


@pytest.mark.browser
def test_an_unknown_page_and_an_unknown_language_are_told_in_words(site, tab):
    tab.goto(site + "/nowhere?lang=xx")
    tab.get_by_text("There is no page at this address").wait_for()
    tab.get_by_text("choose one of en, ko").wait_for()


@pytest.mark.browser
def test_the_language_link_keeps_the_view(site, tab):
    tab.goto(site + "/trend?tag=D101&window=1h")
    tab.locator("#language").click()
    tab.get_by_role("link", name="개요").wait_for()
    assert "tag=D101" in tab.url and "window=1h" in tab.url
    tab.reload()  # the page takes `lang` out of its address; the browser keeps it
    tab.get_by_role("link", name="개요").wait_for()


@pytest.mark.browser
def test_the_theme_stays_with_the_viewer(site, tab):
    tab.goto(site + "/nowhere")
    before = tab.evaluate("document.documentElement.dataset.theme")
    tab.locator("#theme").click()
    tab.reload()
    assert tab.evaluate("document.documentElement.dataset.theme") != before
