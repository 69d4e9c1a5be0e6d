"""A stranger's nonsense, sent to every callback and route, is refused in words and never a 500."""

import json
from collections.abc import Iterator
from typing import Any

import flask
import pytest
from dash._utils import split_callback_id
from flask.testing import FlaskClient

from access.folder import THROTTLE
from api.edge import bodies
from api.edge.calls import FITS
from settings import Settings
from tests.support.app import whole_app
from tests.support.people import OWN, add_people, signed_in

DISPATCH = "/_dash-update-component"
LARGE = "x" * (2**20 - 1_000)


def nested(depth: int) -> Any:
    """Return a list in a list, so deep."""
    value: Any = "end"
    for _ in range(depth):
        value = [value]
    return value


NONSENSE: dict[str, Any] = {
    "null": None,
    "true": True,
    "a number": 7,
    "a negative number": -1,
    "a fraction": 0.5,
    "a huge number": 10**300,
    "a text": "nonsense",
    "an empty text": "",
    "a NUL": "\x00",
    "markup": "<script>alert(1)</script>",
    "a list": [],
    "a list of nulls": [None, None],
    "a list of lists": [[], [[]]],
    "a list of objects": [{"a": 1}],
    "a list of many": ["x"] * 50_000,
    "an object": {},
    "an object of objects": {"tag": {"a": 1}, "window": {}, "query": {"tag": 5}},
    "an object of lists": {"tag": [["a"]], "window": ["1h"], "theme": ["dark"], "query": []},
    "a query of numbers": {"query": {"tag": [1], "start": 1, "stop": 2, "width": "x"}},
    "rows that are none": {"startRow": "a", "endRow": None},
    "rows before the first": {"startRow": -1, "endRow": 1e300},
    "1 MB of text": LARGE,
    "an object with 1 MB of text": {"tag": LARGE, "window": LARGE, "tz": LARGE},
    "a list 15 deep": nested(15),
    "a list 900 deep": nested(900),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[flask.Flask]:
    """A site where one signs in, over a historian that is nowhere."""
    folder = tmp_path_factory.mktemp("nonsense")
    add_people(folder)
    server = whole_app(
        Settings(dsn="host=/nowhere", auth=("password",), data_dir=str(folder), rate_limit=0)
    ).server
    server.config["PROPAGATE_EXCEPTIONS"] = False
    yield server


@pytest.fixture(scope="module")
def viewer(site: flask.Flask) -> FlaskClient:
    # Tests that ran before may have tried to sign in as nobody until that had to wait.
    site.extensions["ksys-access"].folder.change(THROTTLE, lambda _tries: {})
    return signed_in(site, "administrator")


@pytest.fixture(scope="module")
def callbacks(viewer: FlaskClient) -> dict[str, Any]:
    """The callbacks that run on the server, by output, as Dash tells them to the browser."""
    told = viewer.get("/_dash-dependencies").json
    found = {each["output"]: each for each in told if not each["clientside_function"]}
    assert len(found) >= 12
    return found


def call(known: dict[str, Any], **other: Any) -> dict[str, Any]:
    """Return what a page posts to call a callback, all values null; `other` replaces parts."""
    body = {
        "output": known["output"],
        "outputs": split_callback_id(known["output"]),
        "inputs": [{**each, "value": None} for each in known["inputs"]],
        "state": [{**each, "value": None} for each in known["state"]],
        "changedPropIds": [],
    }
    return body | other


def told(answer: Any) -> int:
    """Return the status of an answer that is a sentence, or an answer; its body is never large."""
    assert answer.status_code < 500 or answer.json["error"].startswith("historian_"), answer.text
    assert "Traceback" not in answer.text
    assert "Content-Security-Policy" in answer.headers
    if answer.status_code >= 400:
        assert 20 < len(answer.text) < 3_000
    return answer.status_code


@pytest.mark.parametrize("value", NONSENSE.values(), ids=NONSENSE)
def test_no_value_of_a_callback_costs_more_than_a_sentence(viewer, callbacks, value) -> None:
    for known in callbacks.values():
        for kind in ("inputs", "state"):
            for place in range(len(known[kind])):
                body = call(known)
                body[kind][place]["value"] = value
                told(viewer.post(DISPATCH, json=body, headers=OWN))
        body = call(known)
        for part in (*body["inputs"], *body["state"]):
            part["value"] = value
        told(viewer.post(DISPATCH, json=body, headers=OWN))


@pytest.mark.parametrize("value", NONSENSE.values(), ids=NONSENSE)
def test_no_part_of_a_call_may_be_another_thing(viewer, callbacks, value) -> None:
    text = json.dumps(value)
    if len(text) <= bodies.MOST_BYTES:
        answer = viewer.post(DISPATCH, data=text, content_type="application/json", headers=OWN)
        assert told(answer) == 400
    for known in callbacks.values():
        for part in ("output", "outputs", "inputs", "state", "changedPropIds"):
            if value != call(known)[part] and not (part == "state" and value == []):
                answer = viewer.post(DISPATCH, json=call(known, **{part: value}), headers=OWN)
                assert told(answer) in (400, 413), (known["output"], part)


@pytest.mark.parametrize("part", ["outputs", "inputs"])
def test_a_part_of_a_call_that_is_missing_is_refused(viewer, callbacks, part) -> None:
    for known in callbacks.values():
        body = call(known)
        del body[part]
        assert viewer.post(DISPATCH, json=body, headers=OWN).status_code == 400


TEXTS = {
    "nothing": b"",
    "no JSON": b"{",
    "not a number": b'{"output": NaN}',
    "half a character": b'{"output": "\\ud800"}',
    "no UTF-8": b'{"output": "\xff"}',
    "100,000 lists": b"[" * 100_000,
    "100,000 objects": b'{"a":' * 100_000,
    "digits": b"9" * 100_000,
}


@pytest.mark.parametrize("who", ["screen", "viewer"])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_what_is_no_json_is_refused(site, text, who) -> None:
    client = signed_in(site, who)
    answer = client.post(DISPATCH, data=text, content_type="application/json", headers=OWN)
    assert told(answer) == (403 if who == "screen" else 400)


def test_a_call_that_is_not_sent_as_json_is_told_so(viewer) -> None:
    answer = viewer.post(DISPATCH, data=b"{}", content_type="text/plain", headers=OWN)
    assert (told(answer), answer.json["error"]) == (415, "body_no_json")


def test_calls_of_a_page_are_let_through(viewer, callbacks) -> None:
    """Otherwise all that stands above would be true of a site that refuses everything."""
    values = {"pathname": "/trend", "search": "?lang=xx", "n_intervals": 1, "search_value": "D"}
    texts = {"trend-tags": ["D101"], "tech-tags": ["D101"]}
    texts |= {"export-typed": {"text": ["D101"]}, "export-tags": {"tag": []}}
    for known in callbacks.values():
        body = call(known)
        for part in (*body["inputs"], *body["state"]):
            part["value"] = values.get(part["property"], texts.get(part["id"]))
        answer = viewer.post(DISPATCH, json=body, headers=OWN)
        assert told(answer) != 400 or "question" in str(known["inputs"]), known["output"]


def test_every_property_that_is_looked_at_is_one_of_a_callback(callbacks) -> None:
    parts = [each for known in callbacks.values() for each in known["inputs"] + known["state"]]
    assert {each["property"] for each in parts} & set(FITS) == set(FITS) - {"n_clicks"}


@pytest.mark.parametrize("who", ["nobody", "viewer"])
@pytest.mark.parametrize("path", [DISPATCH, "/sign-in", "/sign-out", "/account/tokens", "/x", "/"])
def test_a_body_above_1_mib_is_refused_before_it_is_read(site, path, who) -> None:
    client = site.test_client() if who == "nobody" else signed_in(site, who)

    class Unread:
        def read(self, *_: int) -> bytes:
            raise AssertionError("it was read")

        readline = read

    answer = client.post(
        path,
        headers=OWN,
        environ_overrides={"wsgi.input": Unread(), "CONTENT_LENGTH": str(bodies.MOST_BYTES + 1)},
    )
    assert (told(answer), answer.json["error"]) == (413, "body_too_large")


def test_a_chunked_body_is_read_up_to_the_limit_and_no_further(viewer) -> None:
    class Endless:
        given = 0

        def read(self, size: int = -1) -> bytes:
            assert size >= 0
            self.given += size
            return b" " * size

        readline = read

    endless = Endless()
    answer = viewer.post(
        DISPATCH,
        content_type="application/json",
        headers=OWN,
        environ_overrides={
            "wsgi.input": endless,
            "wsgi.input_terminated": True,
            "HTTP_TRANSFER_ENCODING": "chunked",
        },
    )
    assert told(answer) == 413
    assert endless.given <= 2 * bodies.MOST_BYTES


HEADERS = (
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Authorization",
    "Content-Type",
    "Cookie",
    "Host",
    "If-Modified-Since",
    "If-None-Match",
    "Origin",
    "Range",
    "Sec-Fetch-Site",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Ksys-Version",
)
STRANGE = (
    "",
    "\xff\xfe",
    "x" * 8_000,
    "http://[",
    "[",
    "Basic //79",
    "Bearer ksys_\xff",
    "ksys-session=nonsense; lang=\xff; ksys-screen=%00",
    'bytes=9-1,a-b, "',
    "br;q=1e999, gzip;q=nan, *;q=-1",
    "ko;q=x, en;q=1e999",
    "multipart/form-data",
    "Thu, 99 Foo 99999 99:99:99 GMT",
)


def requests(site: flask.Flask) -> list[tuple[str, str]]:
    """Return method and address of every route, its holes filled."""
    found = []
    for rule in site.url_map.iter_rules():
        path = rule.rule
        for name in rule.arguments:
            for kind in ("path:", "string:", ""):
                path = path.replace(f"<{kind}{name}>", "x")
        found += [(method, path) for method in rule.methods - {"HEAD", "OPTIONS"}]
    assert len(found) > 25
    return found


@pytest.fixture(scope="module")
def open_site(tmp_path_factory: pytest.TempPathFactory) -> flask.Flask:
    """A site without sign-in: whoever asks gets past the guard."""
    folder = tmp_path_factory.mktemp("open")
    server = whole_app(Settings(dsn="host=/nowhere", data_dir=str(folder))).server
    server.config["PROPAGATE_EXCEPTIONS"] = False
    return server


#: One of each kind: a page, a call, a form, JSON, a frame, a file, a file of another build.
KINDS = (
    ("GET", "/"),
    ("POST", DISPATCH),
    ("POST", "/sign-in"),
    ("GET", "/sign-in"),
    ("GET", "/build"),
    ("GET", "/overview/frame"),
    ("GET", "/trend/rows.csv"),
    ("GET", "/bootstrap/static/css/bootstrap.min.css"),
    ("GET", "/assets/x"),
)


def variable(header: str) -> str:
    """Return the name under which WSGI gives a header."""
    name = header.upper().replace("-", "_")
    return name if name == "CONTENT_TYPE" else f"HTTP_{name}"


@pytest.mark.parametrize("header", HEADERS)
def test_no_header_costs_more_than_a_sentence(site, open_site, header) -> None:
    for client in (site.test_client(), open_site.test_client()):
        for method, path in KINDS:
            for value in STRANGE:
                given = {variable(header): value}
                told_plainly(client.open(path, method=method, environ_overrides=given))


@pytest.mark.parametrize("value", STRANGE)
def test_no_route_fails_at_headers(open_site, value) -> None:
    client = open_site.test_client()
    given = {variable(header): value for header in HEADERS if header != "Host"}
    for method, path in requests(open_site):
        told_plainly(client.open(path, method=method, environ_overrides=given))


def told_plainly(answer: Any) -> None:
    """Hold what is true of every answer, also of files."""
    text = answer.get_data()
    # That nobody has looked yet whether Ksys is ready is an answer too.
    fine = answer.status_code < 500 or b"historian" in text or answer.request.path == "/readyz"
    assert fine, (answer.request.path, text[:300])
    for name in ("Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options"):
        assert name in answer.headers, (answer.request.path, answer.status_code)


PARAMETERS = (
    *("tag", "window", "start", "stop", "zoom", "statistic", "resolution", "tz", "width"),
    *("lang", "next", "kiosk", "m", "q", "pathname_", "self"),
)
QUERIES = (
    *("%00", "%ff%fe", "x" * 400, "//[", "/[", "-1", "1e999", "a&a=b", "%F0%9F%98%80"),
    *("9" * 200 + "d", "../../etc/passwd", "0001-01-01", "2020-01-01T00:00%2B99:99"),
)


@pytest.mark.parametrize("value", QUERIES)
def test_no_route_fails_at_parameters(site, open_site, value) -> None:
    query = "&".join(f"{name}={value}" for name in PARAMETERS)
    for asked in (site, open_site):
        for method, path in requests(asked):
            told_plainly(asked.test_client().open(f"{path}?{query}", method=method))


@pytest.mark.parametrize("name", PARAMETERS)
def test_no_parameter_costs_more_than_a_sentence(open_site, name) -> None:
    client = open_site.test_client()
    for path in ("/", "/sign-in", "/overview/details", "/trend/rows.csv", "/tech/rows.csv"):
        for value in QUERIES:
            told_plainly(client.get(f"{path}?{name}={value}"))


LOST = (
    "/_dash-component-suites/x/y.js",
    "/_dash-component-suites/dash/x.js",
    "/_dash-component-suites/dash/../dash.py",
    "/_dash-component-suites/os/path.py",
    "/_dash-component-suites/plotly/%00.js",
    "/assets/%00",
    "/assets/x/%ff",
    "/assets/../app.py",
    "/bootstrap/static/%00",
    "/bootstrap/static/../x",
    "/bootstrap/static/" + "x" * 5_000,
    "/%00",
    "/screen/%00",
)


@pytest.mark.parametrize("path", LOST)
def test_a_path_that_leads_nowhere_is_refused_and_carries_the_policy(site, viewer, path) -> None:
    for client in (site.test_client(), viewer):
        answer = client.get(path)
        told_plainly(answer)
        assert answer.status_code in (400, 401, 403, 404)


def test_what_fails_in_ksys_itself_is_told_in_a_sentence_with_the_policy(tmp_path) -> None:
    server = whole_app(Settings(dsn="host=/nowhere", data_dir=str(tmp_path))).server
    server.config["PROPAGATE_EXCEPTIONS"] = False
    server.view_functions["builds.send_build"] = lambda: 1 / 0
    answer = server.test_client().get("/build")
    assert (answer.status_code, answer.json["error"]) == (500, "own_failure")
    assert "Content-Security-Policy" in answer.headers
    page = server.test_client().get("/build", headers={"Accept": "text/html"})
    assert (page.status_code, page.mimetype) == (500, "text/html")


def test_a_method_that_an_address_does_not_take_is_told_with_those_it_does(viewer) -> None:
    answer = viewer.delete("/overview/frame", headers=OWN)
    assert (told(answer), answer.json["error"]) == (405, "no_such_method")
    assert "GET" in answer.headers["Allow"]


@pytest.mark.parametrize(
    ("proxies", "proto", "is_told"),
    [("", None, False), ("", "https", False), ("127.0.0.1", "https", True),
     ("127.0.0.1", "http", False)],
)  # fmt: skip
def test_only_who_came_over_https_is_told_to_come_so_again(
    tmp_path, proxies, proto, is_told
) -> None:
    from settings.values import networks  # as TRUSTED_PROXIES is read

    chosen = {"trusted_proxies": networks(proxies)} if proxies else {}
    settings = Settings(dsn="host=/nowhere", data_dir=str(tmp_path), **chosen)
    client = whole_app(settings).server.test_client()
    headers = {"X-Forwarded-Proto": proto} if proto else {}
    for path in ("/", "/assets/x", "/bootstrap/static/css/bootstrap.min.css", "/nowhere"):
        answer = client.get(path, headers=headers)
        assert ("Strict-Transport-Security" in answer.headers) == is_told, path
    other = client.get("/bootstrap/static/css/bootstrap.min.css")
    assert "Strict-Transport-Security" not in other.headers, "a kept file is of its scheme"


def test_json_of_a_page_is_modest() -> None:
    assert bodies.is_modest(json.loads('{"a": [{"b": ["c", 1, null]}]}'))
    assert not bodies.is_modest(nested(bodies.MOST_DEPTH))
    assert bodies.is_modest(nested(bodies.MOST_DEPTH - 1))
    assert not bodies.is_modest({"x" * (bodies.MOST_TEXT + 1): 1})
    assert not bodies.is_modest([0] * bodies.MOST_VALUES)
    assert bodies.is_modest([0] * (bodies.MOST_VALUES - 1))
