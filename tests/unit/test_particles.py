"""Korean particles behind what fills a sentence."""

import json
import re
import subprocess

import flask
import pytest
from flask_babel import force_locale, gettext

from components.language import Language
from data.analysis import particles
from data.analysis.written.particles import FORMS
from tests.support.places import ROOT

#: A word, and it with the particle that a Korean writes behind it.
CASES = {
    "5초(으)로": "5초로",
    "10분(으)로": "10분으로",
    "3일(으)로": "3일로",
    "2시간(으)로": "2시간으로",
    "+09:00(으)로": "+09:00으로",
    "influx_agg_1m(으)로": "influx_agg_1m(으)로",
    "탱크 1이(가)": "탱크 1이",
    "탱크 2이(가)": "탱크 2가",
    "밸브이(가) 펌프을(를)": "밸브가 펌프를",
    "압력은(는) 유량와(과)": "압력은 유량과",
    "속도와(과) 수위과(와)는": "속도와 수위와는",
    "'펌프'은(는)": "'펌프'는",
    "PT-1A이(가)": "PT-1A이(가)",
    "{name}을(를)": "{name}을(를)",
    "1(으)로 3(으)로 7(으)로 9(으)로 0(으)로": "1로 3으로 7로 9로 0으로",
    "all readings (n)": "all readings (n)",
}


@pytest.mark.parametrize(("text", "fits"), CASES.items())
def test_a_particle_fits_the_word_before_it(text: str, fits: str) -> None:
    assert particles.fitted(text) == fits


@pytest.mark.optional("node")
def test_the_scripts_fit_them_as_the_server_does() -> None:
    script = (
        f"import {{ fitted }} from '{ROOT / 'assets/messages.mjs'}';"
        f"console.log(JSON.stringify({json.dumps(list(CASES))}.map(fitted)))"
    )
    call = ["node", "--input-type=module", "-e", script]
    told = subprocess.run(call, capture_output=True, text=True, check=True).stdout
    assert json.loads(told) == list(CASES.values())


def test_every_particle_of_the_catalogue_that_goes_by_a_sound_has_its_forms() -> None:
    catalogue = (ROOT / "locale/ko/LC_MESSAGES/messages.po").read_text(encoding="utf8")
    open_ones = re.findall(r"[%}](?:\(\w+\)s)?['\"”’]?([가-힣]?\([가-힣]\)[로]?)", catalogue)
    assert len(open_ones) > 20
    assert set(open_ones) <= set(FORMS)


def test_a_sentence_of_the_catalogue_reads_as_one_is_spoken() -> None:
    app = flask.Flask("ksys")
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(ROOT / "locale")
    Language(app)
    with app.test_request_context(), force_locale("ko"):
        changed = gettext(
            "spacing changed from %(before)s to %(after)s", before="10분", after="5초"
        )
    assert changed == "측정 간격이 10분에서 5초로 바뀜"
