"""The frame around every page: what it has for callbacks of any page, and for browsers."""

from collections.abc import Iterator

import pytest

from components.shell import TOLD
from settings import Settings
from tests.support.app import whole_app
from web import Ksys


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Ksys:
    """The app, over a historian that is nowhere."""
    return whole_app(Settings(dsn="host=/nowhere", data_dir=str(tmp_path_factory.mktemp("shell"))))


def marked(app: Ksys) -> Iterator[str]:
    """Yield what is marked while a callback runs, as `id.property`."""
    for each in app._callback_list:
        yield from ((each.get("running") or {}).get("running") or {})


def test_what_a_callback_marks_while_it_runs_is_there_on_every_page(app: Ksys) -> None:
    """A page may be left meanwhile: a node of it would be gone when the mark is taken away."""
    with app.server.test_request_context("/"):
        frame = {component.id for component in app.layout()._traverse() if hasattr(component, "id")}
    nodes = {target.rsplit(".", 1)[0] for target in marked(app)}
    assert nodes == {f"{name}-telling" for name in TOLD}
    assert nodes <= frame


def test_a_browser_that_shows_a_file_gets_the_icon_it_asks_for(app: Ksys) -> None:
    """It asks at the root, and was sent the page that there is no such page."""
    answer = app.server.test_client().get("/favicon.ico")
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert len(answer.data) < 2_000
