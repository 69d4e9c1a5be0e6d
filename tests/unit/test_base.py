"""Below a path: a request reaches its route whether a proxy cut the path off or not."""

import pytest

from api.base import Below


@pytest.mark.parametrize(
    ("path", "asked", "script", "rest"),
    [
        ("", "/trend", "", "/trend"),
        ("/ksys", "/ksys/trend", "/ksys", "/trend"),
        ("/ksys", "/ksys", "/ksys", "/"),
        ("/ksys", "/ksys/", "/ksys", "/"),
        ("/ksys", "/trend", "", "/trend"),
        ("/ksys", "/ksysnot/trend", "", "/ksysnot/trend"),
        ("/a/b", "/a/b/build", "/a/b", "/build"),
    ],
)
def test_a_path_moves_into_the_base(path, asked, script, rest):
    seen = {}

    def application(environ, _start):
        seen.update(environ)
        return [b"ok"]

    assert list(Below(application, path)({"PATH_INFO": asked}, lambda *_: None)) == [b"ok"]
    assert (seen.get("SCRIPT_NAME", ""), seen["PATH_INFO"]) == (script, rest)
