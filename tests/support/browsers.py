"""Browsers of tests: a page of its own for each, and one that is spared compiling its scripts."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.support import scripts
from tests.support.chromium import CHROMIUM_FLAGS, DESK, PHONE, PROGRAM

#: So long a test waits for what it says no time of: a machine that runs four at once is slow.
PATIENCE_MS = 30_000
#: Of the main part of a page that failed so many characters are reported.
MOST_SHOWN = 20_000
#: What a page may store, by the names that the protocol of DevTools has for it.
STORED = "cookies,local_storage,indexeddb,cache_storage,service_workers,file_systems"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[Any]:
    """Say in the report of a test that failed what its page showed."""
    report = yield
    arguments = getattr(item, "funcargs", {})
    page = next((arguments[name] for name in ("tab", "phone") if name in arguments), None)
    if report.when == "call" and report.failed and page is not None:
        report.sections.append(("what the page showed", shown(page, item)))
    return report


def shown(page: Any, item: pytest.Item) -> str:
    """Return the address and the main part of a page, and where its picture was saved."""
    from playwright.sync_api import Error

    folder = item.config.rootpath / ".pytest_cache/failed"
    picture = folder / f"{re.sub(r'[^0-9A-Za-z]+', '-', item.nodeid)[-150:]}.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=picture, timeout=5_000)
        main = page.evaluate("(document.querySelector('main') ?? document.body).innerHTML")
    except (Error, OSError) as error:
        return f"{page.url}: it could not be pictured: {error}"
    return f"{page.url}, pictured in {picture}\n{main[:MOST_SHOWN]}"


@pytest.fixture(scope="session")
def browsers() -> Iterator[Any]:
    """What starts a headless Chromium, with its options (Playwright)."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        yield playwright.chromium


@pytest.fixture(scope="session")
def chromium(browsers: Any) -> Iterator[Any]:
    """A headless Chromium, one for the session."""
    browser = browsers.launch(executable_path=PROGRAM, args=list(CHROMIUM_FLAGS))
    yield browser
    browser.close()


@contextmanager
def _profile(browsers: Any, **options: Any) -> Iterator[Any]:
    """A context of a Chromium that keeps files and what it compiled of scripts on the disk."""
    with tempfile.TemporaryDirectory(prefix="ksys-", ignore_cleanup_errors=True) as name:
        started = {"executable_path": PROGRAM, "args": list(CHROMIUM_FLAGS)}
        context = browsers.launch_persistent_context(name, **started, locale="en-US", **options)
        context.add_init_script(scripts.REACH)
        yield context
        context.close()


@pytest.fixture(scope="session")
def profile(browsers: Any) -> Iterator[Any]:
    """Such a context on a screen of a desk."""
    with _profile(browsers, viewport=DESK) as context:
        yield context


@pytest.fixture(scope="session")
def phone_profile(browsers: Any) -> Iterator[Any]:
    """Such a context on a screen of a phone."""
    with _profile(browsers, viewport=PHONE, has_touch=True, is_mobile=True) as context:
        yield context


@contextmanager
def _warm_page(profile: Any) -> Iterator[Any]:
    """A page of a profile, of which nothing outlives it but cached files."""
    page, origins = profile.new_page(), set[str]()
    errors = _errors(page)
    page.on("framenavigated", lambda frame: origins.add("/".join(frame.url.split("/")[:3])))
    yield page
    _forget(profile, {origin for origin in origins if origin.startswith("http")})
    assert errors == []


@contextmanager
def _page(chromium: Any, **options: Any) -> Iterator[Any]:
    """A fresh browser page of its own context, which fails the test on a script error."""
    context = scripts.context(chromium, locale="en-US", **options)
    page = context.new_page()
    errors = _errors(page)
    yield page
    context.close()
    assert errors == []


def _errors(page: Any) -> list[str]:
    """Return a list that grows by the script errors of a page."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(error.stack or str(error)))
    return errors


def _forget(context: Any, origins: set[str]) -> None:
    """Close the pages of a profile but its first, and clear what they stored; not cached files."""
    first, *others = context.pages
    for page in others:
        page.close()
    session = context.new_cdp_session(first)
    for origin in origins:
        stored = {"origin": origin, "storageTypes": STORED}
        session.send("Storage.clearDataForOrigin", stored)
    session.detach()
    context.clear_cookies()


@pytest.fixture
def tab(chromium: Any) -> Iterator[Any]:
    """A page on a screen of a desk."""
    with _page(chromium, viewport=DESK) as page:
        yield page


@pytest.fixture
def warm_tab(profile: Any) -> Iterator[Any]:
    """A page like `tab` that need not compile again what pages of its site have compiled before.

    That is half of what a chart takes of the processor. For tests that change nothing of a context
    (its clock, routes, permissions): only what pages store is forgotten after each.
    """
    with _warm_page(profile) as page:
        yield page


@pytest.fixture
def phone(phone_profile: Any) -> Iterator[Any]:
    """A page like `warm_tab` on a screen of 390 pixels that is touched."""
    with _warm_page(phone_profile) as page:
        yield page
