"""What stands below a trend says why it has nothing to tell: each case its own sentence."""

from datetime import UTC, datetime

import pytest

from components import comparison, context
from data import views
from data.views import Why, compared, histories
from tests.support.historians import asked_there, filled

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("in_english", "asked_there")]
__all__ = ["asked_there"]
NOW = datetime(2026, 11, 6, tzinfo=UTC)
FILL = """
    INSERT INTO influx_hist (ts, tag_name, value)
    SELECT timestamptz '2026-11-05 00:00Z' + k * interval '1 min', name, 50
    FROM generate_series(0, 119) AS k,
    unnest(ARRAY['sound', 'plain', 'broken', 'crossing', 'bad']) AS name;
    UPDATE influx_hist SET value = 500 WHERE tag_name = 'bad';
    INSERT INTO influx_hist (ts, tag_name, value) VALUES
        ('2026-11-05 00:30Z', 'one', 50), ('2026-11-05 01:00:30Z', 'sound', 500);
    INSERT INTO influx_qc_rule (tag_name, min_val, max_val, warn_min, warn_max, crit_max)
    VALUES ('sound', 0, 100, 10, 80, NULL), ('one', 0, 100, 10, 80, NULL),
        ('bad', 0, 100, 10, 80, NULL),
        ('crossing', 0, 100, 90, 20, NULL), ('broken', 0, 100, NULL, 95, 90);
"""


@pytest.fixture(scope="module")
def dsn(module_database: str) -> str:
    """A tag for each case."""
    return filled(module_database, FILL)


def note(chosen: str, *tags: str, **others: str) -> str:
    query = {"tag": list(tags), "start": "2026-11-05T00:00Z", "stop": "2026-11-05T02:00Z"}
    view = views.view({**query, **others}, NOW, "UTC")
    series, _refusals = histories(view)
    return context.contents(chosen, view, series).note


EMPTY = {"start": "2026-11-04T00:00Z", "stop": "2026-11-04T02:00Z"}
STRETCH = {"select": "2026-11-05T01:00Z/2026-11-05T01:30Z"}


@pytest.mark.parametrize(
    ("tag", "others", "said"),
    [
        ("plain", {}, "Without limits in force: plain."),
        ("broken", {}, "The rule of broken has an error, and judges nothing."),
        ("crossing", {}, "The rule of crossing has an error, and judges nothing."),
        ("sound", EMPTY, "No readings there: sound."),
        ("bad", {}, "Only BAD readings there: bad."),
        ("sound", {}, "No limit was crossed in this window."),
        ("sound", STRETCH, "No limit was crossed in the selected stretch."),
        ("one", STRETCH, "No readings there: one."),
        ("one", {}, "No limit was crossed in this window."),
    ],
)
@pytest.mark.parametrize("resolution", ["", "10m"])
def test_without_excursions_a_sentence_says_why(
    tag: str, others: dict[str, str], said: str, resolution: str
) -> None:
    assert note("excursions", tag, resolution=resolution, **others) == said


def test_each_of_several_tags_is_named_in_its_sentence() -> None:
    said = note("excursions", "sound", "plain", "broken", "bad")
    assert said == (
        "The rule of broken has an error, and judges nothing. Without limits in force: plain. "
        "Only BAD readings there: bad. No limit was crossed in this window."
    )


@pytest.mark.parametrize(
    ("tag", "others", "said"),
    [
        ("one", {}, "One reading alone has no deviation: one."),
        ("sound", EMPTY, "No readings there: sound."),
        ("bad", {}, "Only BAD readings there: bad."),
        ("sound", {}, ""),
    ],
)
def test_statistics_say_what_their_window_lacks(
    tag: str, others: dict[str, str], said: str
) -> None:
    assert note("statistics", tag, **others) == said


@pytest.mark.parametrize(
    ("tag", "start", "compare", "why", "said"),
    [
        ("bad", "2026-11-05T01:30Z", "-1h", Why.ONLY_BAD, "has only BAD readings in"),
        ("sound", "2026-11-05T01:30Z", "-1d", Why.BEFORE_FIRST, "has no readings yet in"),
        ("sound", "2026-11-05T05:00Z", "-1h", Why.EMPTY, "has no readings in"),
    ],
)
def test_a_comparison_without_another_side_says_why(
    tag: str, start: str, compare: str, why: Why, said: str
) -> None:
    stop = start.replace("0Z", "9Z")
    query = {"tag": [tag], "start": start, "stop": stop, "compare": compare}
    view = views.view({**query, "resolution": "1m"}, NOW, "UTC")
    series, _refusals = histories(view)
    against = compared(view, series)
    assert [each.why for each in against] == [why]
    assert said in str(comparison.notes(view, series, against))


def test_the_hour_that_occurs_twice_there_is_said() -> None:
    query = {"tag": ["sound"], "start": "2026-10-26T00:00Z", "stop": "2026-10-26T04:00Z"}
    view = views.view({**query, "compare": "-1d", "tz": "Europe/Berlin"}, NOW, "UTC")
    series, _refusals = histories(view)
    said = str(comparison.notes(view, series, compared(view, series)))
    assert "Of the time that occurs twice there, the first is compared." in said
