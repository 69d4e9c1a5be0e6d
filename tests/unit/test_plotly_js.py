"""Which plotly.js draws the charts, where it is, and that our figures need no other part of it."""

import json
import re
from pathlib import Path

import flask
import pytest
from plotly.offline import get_plotlyjs_version

from api.chart import plotly_js
from data.errors import BadSetting

ROOT = Path(__file__).parents[2]
#: What else of a figure has a type.
OF_SHAPES_AND_AXES = {"rect", "line", "path", "date"}
HEAD = "/**\n* plotly.js (basic - minified) v{}\n*/\nself.drawn = 1;\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "plotly.js"
    path.write_text(text)
    return path


def asked(chosen: plotly_js.Script, path: str) -> flask.Response:
    server = flask.Flask("of_a_test")
    server.config["PLOTLY_JS"] = chosen
    server.register_blueprint(plotly_js.blueprint)
    answer = server.test_client().get("/" + path)
    assert isinstance(answer, flask.Response)
    return answer


def test_the_small_one_is_taken_where_it_is_at_hand_and_of_the_right_version(tmp_path: Path):
    small = written(tmp_path, HEAD.format(get_plotlyjs_version()))
    assert plotly_js.script(small=small).part == "basic"
    assert plotly_js.script(small=tmp_path / "none").path == plotly_js.FULL
    assert plotly_js.script(small=written(tmp_path, HEAD.format("1.0.0"))).path == plotly_js.FULL
    assert str(plotly_js.script(small=tmp_path / "none")).startswith("plotly.js ")


def test_one_that_is_set_wins_and_of_another_version_is_refused_with_both(tmp_path: Path):
    own = written(tmp_path, HEAD.format(get_plotlyjs_version()))
    assert plotly_js.script(str(own)).path == own
    with pytest.raises(BadSetting, match=f"holds plotly.js 1.0.0, and .* {get_plotlyjs_version()}"):
        plotly_js.script(str(written(tmp_path, HEAD.format("1.0.0"))))
    with pytest.raises(BadSetting, match="no plotly.js"):
        plotly_js.script(str(written(tmp_path, "alert(1)")))
    with pytest.raises(BadSetting, match="No such file"):
        plotly_js.script(str(tmp_path / "none.js"))


def test_another_script_has_another_address_and_only_its_own_is_kept_for_a_year(tmp_path: Path):
    small = written(tmp_path, HEAD.format(get_plotlyjs_version()))
    chosen, whole = plotly_js.script(str(small)), plotly_js.script(small=tmp_path / "none")
    assert chosen.address != whole.address
    answer = asked(chosen, chosen.address)
    assert answer.get_data() == small.read_bytes()
    assert "immutable" in answer.headers["Cache-Control"]
    for other in (whole.address, plotly_js.PACKAGE + plotly_js.SCRIPT):
        answer = asked(chosen, other)
        assert answer.get_data() == small.read_bytes(), "Dash's own address gives the same"
        assert "immutable" not in answer.headers.get("Cache-Control", "")
    assert asked(chosen, plotly_js.PACKAGE + "widgetbundle.js").status_code == 404


def test_the_lock_file_names_the_version_that_dash_asks_for_with_its_hash():
    lock = json.loads((ROOT / "setup/plotly/package-lock.json").read_text())
    (small,) = (each for name, each in lock["packages"].items() if name)
    assert small["version"] == get_plotlyjs_version()
    assert small["integrity"].startswith("sha512-") and "resolved" not in small


def test_figures_have_no_trace_that_the_small_one_cannot_draw():
    source = "".join(path.read_text() for path in (ROOT / "figures").rglob("*.py"))
    types = set(re.findall(r"""["']type["']: ["'](\w+)["']""", source))
    assert types - OF_SHAPES_AND_AXES == {"scatter"}
