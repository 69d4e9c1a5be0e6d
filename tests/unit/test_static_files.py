"""Files of the app are asked for once, whole, and answered in the same bytes after that."""

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from api.static_files import StaticFiles

PATH = "/assets/0123456789ab/app.css"


class Files:
    """An application that counts what it is asked, and answers each path with its name."""

    def __init__(self, **headers: str) -> None:
        self.asked: list[str] = []
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.status = 200

    def __call__(self, environ, start_response):
        request = Request(environ)
        self.asked.append(request.path)
        encoding = request.headers.get("Accept-Encoding", "none")
        answer = Response(f"{request.path} {encoding}" + "." * 100, self.status, self.headers)
        answer.set_etag("of-" + encoding)
        answer.make_conditional(environ)
        return answer(environ, start_response)


def test_a_file_is_asked_for_once_and_answered_alike() -> None:
    files = Files(X_Frame_Options="DENY")
    client = Client(StaticFiles(files))
    first = client.get(PATH, headers={"Accept-Encoding": "br"})
    second = client.get(PATH + "?m=1", headers={"Accept-Encoding": "br"})
    assert files.asked == [PATH]
    assert second.status_code == 200 and second.data == first.data
    assert second.headers["X-Frame-Options"] == "DENY"
    assert int(second.headers["Content-Length"]) == len(second.data)
    assert "Date" not in second.headers


def test_each_encoding_is_a_file_of_its_own() -> None:
    client = Client(StaticFiles(Files()))
    answers = [client.get(PATH, headers={"Accept-Encoding": name}).text for name in ("br", "gzip")]
    assert answers == [f"{PATH} br" + "." * 100, f"{PATH} gzip" + "." * 100]


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", PATH, {}),
        ("GET", "/overview/frame", {}),
        ("GET", "/", {}),
        ("GET", "/assets/x/../0123456789ab/app.css", {}),
        ("GET", "/assets//app.css", {}),
    ],
)
def test_anything_but_a_file_by_its_plain_path_is_passed_on_each_time(
    method, path, headers
) -> None:
    files = Files()
    client = Client(StaticFiles(files))
    for _ in range(2):
        client.open(path, method=method, headers=headers)
    assert files.asked == [path, path]


SCRIPT = "/_dash-component-suites/plotly/package_data/plotly"


def test_what_a_stranger_can_vary_costs_nothing_twice() -> None:
    """Query, wishes, ranges, conditions, and the fingerprint that Dash takes as it comes."""
    files = Files()
    client = Client(StaticFiles(files))
    for number in range(20):
        client.get(f"{SCRIPT}.v{number}m{number}.min.js?x={number}")
        client.get(f"{SCRIPT}.vam1.min.js", headers={"Accept-Encoding": f"br, x{number}"})
        client.get(f"{SCRIPT}.vam1.min.js", headers={"Range": f"bytes={number}-"})
        client.get(f"{SCRIPT}.vam1.min.js", headers={"If-None-Match": f'"{number}"'})
        client.head(f"{SCRIPT}.vam1.min.js")
    assert len(files.asked) == 2, "once as it is, once in brotli"
    client.get(f"{SCRIPT}.min.js")
    assert len(files.asked) == 3, "without a fingerprint it is kept for less than a year"


def test_a_query_that_sets_a_cookie_elsewhere_costs_a_file_nothing() -> None:
    asked = []

    def remembering(environ, start_response):
        asked.append(environ["PATH_INFO"])
        answer = Response("file")
        if "lang" in Request(environ).args:
            answer.set_cookie("lang", "ko")
        return answer(environ, start_response)

    client = Client(StaticFiles(remembering))
    answers = [client.get(f"{PATH}?lang=ko&x={number}") for number in range(3)]
    assert len(asked) == 1
    assert not any("Set-Cookie" in answer.headers for answer in answers)


def test_a_head_of_a_file_tells_its_size_and_sends_nothing() -> None:
    client = Client(StaticFiles(Files()))
    whole, head = client.get(PATH), client.head(PATH)
    assert head.data == b"" and head.headers == whole.headers


@pytest.mark.parametrize(("status", "headers"), [(404, {}), (500, {}), (200, {"Set_Cookie": "a"})])
def test_what_is_not_there_or_of_one_viewer_is_not_kept(status, headers) -> None:
    files = Files(**headers)
    files.status = status
    client = Client(StaticFiles(files))
    assert [client.get(PATH).status_code for _ in range(2)] == [status, status]
    assert len(files.asked) == 2


def test_a_browser_that_has_the_file_is_told_so_from_memory() -> None:
    files = Files()
    client = Client(StaticFiles(files))
    tag = client.get(PATH, headers={"If-None-Match": '"another"'})
    assert tag.status_code == 200
    again = client.get(PATH, headers={"If-None-Match": tag.headers["ETag"]})
    assert again.status_code == 304 and again.data == b""
    assert len(files.asked) == 1


def test_what_was_asked_for_longest_ago_goes_where_room_ends() -> None:
    files = Files()
    size = len(f"{PATH}0 none") + 100
    client = Client(StaticFiles(files, limit=2 * size))
    for last in "01021":
        client.get(PATH + last)
    assert [path[-1] for path in files.asked] == ["0", "1", "2", "1"]


def test_a_file_larger_than_the_room_is_answered_and_not_kept() -> None:
    files = Files()
    client = Client(StaticFiles(files, limit=10))
    assert [client.get(PATH).status_code for _ in range(2)] == [200, 200]
    assert len(files.asked) == 2
