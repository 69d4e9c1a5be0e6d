"""The hosts of a DSN: that which answered last comes first, and all others stay."""

import pytest

from data.db.sessions import reordered


@pytest.mark.parametrize(
    ("given", "answered", "expected"),
    [
        (
            {"host": "a,b,c", "port": "1,2,3"}, ("b", "2"),
            {"host": "b,a,c", "port": "2,1,3"},
        ),
        (
            {"host": "a,b", "port": "5432"}, ("b", "5432"),
            {"host": "b,a", "port": "5432,5432"},
        ),
        (
            {"host": "a,b", "port": ",7"}, ("a", "5432"),
            {"host": "a,b", "port": ",7"},
        ),
        (
            {"host": "same,same", "port": "1,2"}, ("same", "2"),
            {"host": "same,same", "port": "2,1"},
        ),
        (
            {"hostaddr": "10.0.0.1,10.0.0.2", "port": "1"}, ("10.0.0.2", "1"),
            {"hostaddr": "10.0.0.2,10.0.0.1", "port": "1,1"},
        ),
        (
            {"host": "a,b", "hostaddr": "10.0.0.1,10.0.0.2", "port": "1,1"}, ("b", "1"),
            {"host": "b,a", "hostaddr": "10.0.0.2,10.0.0.1", "port": "1,1"},
        ),
        ({"host": "a", "port": "1"}, ("a", "1"), {}),
        ({"port": "5432"}, ("/tmp", "5432"), {}),
        ({"host": "a,b", "port": "1,2"}, ("c", "1"), {}),
    ],
)  # fmt: skip
def test_the_host_that_answered_goes_to_the_front_with_its_port_and_address(
    given, answered, expected
):
    assert reordered(given, *answered) == expected
