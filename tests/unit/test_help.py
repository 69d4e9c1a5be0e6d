"""The help: every badge and key that there is, in both languages at once."""

import flask
import pytest
from flask_babel import Babel

from components.help import connect_dialog, help_dialog
from components.help.panel import SHAPES
from data.analysis import states
from settings import Settings, from_env
from tests.support import scripts
from tests.support.places import ROOT

LANGUAGES = {"en": "English", "ko": "한국어"}


@pytest.fixture
def dialog():
    app = flask.Flask(__name__)
    Babel(app, default_translation_directories=str(ROOT / "locale"))
    with app.test_request_context():
        yield help_dialog(LANGUAGES, "en")


def said(node):
    """Return all texts of a tree of components."""
    if isinstance(node, str):
        return [node]
    children = node if isinstance(node, list) else getattr(node, "children", None) or []
    children = [children] if isinstance(children, str) else children
    return [text for child in children for text in said(child)]


def test_the_help_explains_every_badge_worst_first_by_the_shape_of_the_page(dialog):
    shapes = scripts.shapes()
    assert list(SHAPES) == [badge for badge in states.BADGES if badge != "NORMAL"]
    assert {state: shapes[state] for state in SHAPES} == SHAPES


def test_both_languages_are_there_and_one_is_shown(dialog):
    english, korean = dialog.children
    assert (english.hidden, korean.hidden) == (False, True)
    assert (english.lang, korean.lang) == ("en", "ko")
    assert "Find a tag" in said(english) and "태그 찾기" in said(korean)
    assert len(said(english)) == len(said(korean))
    same = {one for one, other in zip(said(english), said(korean), strict=True) if one == other}
    assert not {text for text in same if len(text) > 12}, "not translated"


def test_how_to_connect_names_the_one_setting(dialog):
    (lines,) = [text.splitlines() for text in said(connect_dialog()) if "TS_DSN=" in text]
    # A line that has the address for itself alone lets the next one look at made-up readings.
    assert lines[0].startswith("export TS_DSN=")
    assert [line.split()[1:] for line in lines[1:]] == [["manage.py", "check"], ["app.py"]]


def test_readings_of_a_file_are_not_put_beside_made_up_ones(dialog):
    (lines,) = [text.splitlines() for text in said(connect_dialog()) if " load " in text]
    page = (ROOT / "docs/loading.md").read_text(encoding="utf8")
    assert "\n".join(lines[:2]) in page
    first, *given = lines[0].split()
    settings = from_env(dict(item.split("=") for item in given))
    assert first == "export" and not settings.demo and settings.data_dir != Settings().data_dir
