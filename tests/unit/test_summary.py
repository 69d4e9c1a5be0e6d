"""The line that says what is seen: in words, complete, in the viewer's language."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from components.charts import indicator_labels
from components.notices import no_readings, old
from components.summary import caption, gap_list
from components.words import duration
from data.analysis import Gaps
from data.analysis.presence.coverage import Expectation, parts
from data.errors import HistorianUnavailable
from data.queries import Tag
from data.views.presence import Presence
from data.views.series import TagSeries
from data.views.view import View
from tests.support.gaps import gaps_at

pytestmark = pytest.mark.usefixtures("in_english")
NOW = datetime(2026, 11, 22, 13, 26, tzinfo=UTC)
DAY = View(
    tags=("D101",), start=NOW - timedelta(days=1), stop=NOW, now=NOW, zone="Asia/Seoul",
    live=True, pixels=1300,
)  # fmt: skip
NO_GAPS = gaps_at([], [])


def present(listed: Gaps = NO_GAPS, **others: object) -> Presence:
    """Return the presence of a tag with a reading every 5 s all day."""
    edges = parts(*(pd.Timestamp(edge).value for edge in (DAY.start, DAY.stop)))
    due = Expectation(edges, edges[:1], np.full(1, 5.0))
    given = {"gaps": listed, "gaps_from": None, "coverage": 1.0, "since": None, **others}
    return Presence(**{"expectation": due, **given})


def item(gaps: Gaps = NO_GAPS, presence: Presence | None = None, **others: object) -> TagSeries:
    """Return a day of D101 in one-minute buckets, whole and fresh."""
    times = pd.date_range(DAY.start, periods=1440, freq="1min")
    frame = pd.DataFrame(
        {"n": 12, "bad": 0, "bad_value": float("nan"), "unknown": False, "remade": False},
        index=times,
    )
    given = {
        "tag": Tag("D101", "Feed pressure", "bar"), "frame": frame,
        "resolution": "1m", "seconds": 60.0,
        "source": "influx_agg_1m", "spacing": 5.0, "until": NOW,
        "find_presence": lambda: presence or present(gaps),
        "marks": lambda: pd.DataFrame({"quality": 0, "reasons": 0}, times),
        "readings": 17_280, "as_of": NOW,
        "error": None, **others,
    }  # fmt: skip
    return TagSeries(**given)


def gap(minutes: float) -> Gaps:
    """Return one gap of that many minutes, ending now."""
    return gaps_at([NOW - timedelta(minutes=minutes)], [NOW])


def test_the_line_says_resolution_source_readings_coverage_gaps_and_bounds():
    assert caption(DAY, [item()]).text == (
        "1 min buckets, mean with min–max"
        " · 1,440 buckets from 17,280 readings · coverage 100.0% · no gap · Asia/Seoul +09:00"
        " · raw below 1 h 48 min · 2026-11-21 22:26:00 – 2026-11-22 22:26:00 +09:00"
    )


def test_single_readings_are_said_to_be_all():
    said = caption(DAY, [item(seconds=0.0, resolution="raw", source="influx_hist")]).text
    assert said.startswith("every reading · 17,280 readings")
    assert "raw below" not in said


def test_one_gap_is_told_with_its_length_and_several_with_the_longest():
    assert "one gap of 19 min" in caption(DAY, [item(gaps=gap(19))]).text
    several = caption(DAY, [item(gaps=gap(19)), item(gaps=gap(90))]).text
    assert "2 gaps, longest 1 h 30 min" in several


def test_gaps_are_listed_newest_first_with_tag_and_length():
    listed = gap_list(DAY, [item(gaps=gap(90)), item(tag=Tag("D300"), gaps=gap(19))])
    assert listed == [
        "D300 · 2026-11-22 22:07:00 – 2026-11-22 22:26:00 · 19 min",
        "D101 · 2026-11-22 20:56:00 – 2026-11-22 22:26:00 · 1 h 30 min",
    ]


def test_empty_buckets_of_the_grid_of_indicators_are_not_said_to_be_of_readings():
    """A reading in 6 min gave 61 buckets an hour: 61 buckets from 11 readings."""
    one = item(readings=11)
    one.frame["n"] = 0
    one.frame.loc[one.frame.index[:66:6], "n"] = 1
    one.frame.loc[one.frame.index[0], ["n", "bad"]] = 0, 1
    assert " · 11 buckets from 11 readings · " in caption(DAY, [one], "tech").text


def test_bad_readings_are_counted():
    one = item()
    one.frame.loc[one.frame.index[3], "bad"] = 2
    assert "2 BAD readings left out" in caption(DAY, [one]).text


def test_a_single_bad_reading_is_one():
    one = item()
    one.frame.loc[one.frame.index[3], "bad"] = 1
    assert "one BAD reading left out" in caption(DAY, [one]).text


def test_what_nobody_counted_is_not_known_and_never_none():
    one = item()
    one.frame["unknown"] = True
    assert caption(DAY, [one]).text.split(" · ")[5] == "left out: not known"
    one.frame.loc[one.frame.index[60:], "unknown"] = False
    said = caption(DAY, [one]).text
    assert "left out: not known from 2026-11-21 22:26 to 2026-11-21 23:25" in said


def test_what_a_rollup_lacks_and_what_was_not_checked_is_told():
    one = item(unchecked=1)
    one.frame.loc[one.frame.index[:2], "remade"] = True
    said = caption(DAY, [one, item(unchecked=11)]).text
    again = "2 buckets read again: their rollup differs from the readings"
    assert f"{again} · 12 buckets not checked" in said
    one.frame.loc[one.frame.index[0], "remade"] = False
    said = caption(DAY, [one]).text
    again = "one bucket read again: its rollup differs from the readings"
    assert f"{again} · one bucket not checked" in said
    assert not {"checked", "again"} & set(caption(DAY, [item()]).text.split())


def test_a_time_of_which_only_rollups_know_is_told():
    said = caption(DAY, [item(), item(gone=NOW - timedelta(hours=3))]).text
    assert "before 2026-11-22 19:26 by rollups alone: the readings are gone" in said


def test_tags_of_different_resolution_are_told_one_by_one():
    slow = item(tag=Tag("D300"), seconds=600.0, resolution="10m", source="influx_agg_10m")
    said = caption(DAY, [item(), slow]).text
    assert "D101: 1 min buckets" in said
    assert "D300: 10 min buckets" in said


def test_an_old_answer_says_of_when_it_is_and_no_age_which_would_stand_while_it_grows():
    kept = item(error=HistorianUnavailable("historian_lost"), as_of=NOW)
    said = caption(DAY, [kept]).text
    assert "the historian does not answer: kept from 22:26:00" in said and " old" not in said


def test_a_wait_for_a_connection_is_called_busy_and_not_that_the_historian_is_silent():
    busy = item(error=HistorianUnavailable("historian_busy"), as_of=NOW)
    assert "Ksys is busy: kept from 22:26:00" in caption(DAY, [item(), busy]).text
    (text,) = old(DAY, [item(), busy])
    assert "in use" in text and "of 2026-11-22 22:26:00" in text
    assert "does not answer" not in text
    silent = item(error=HistorianUnavailable("historian_refused"), as_of=NOW)
    assert "does not answer" in old(DAY, [busy, silent])[0]


def test_a_message_says_of_when_an_old_chart_is_and_none_is_given_for_a_fresh_one():
    kept = item(error=HistorianUnavailable("historian_lost"), as_of=NOW)
    (text,) = old(DAY, [item(), kept])
    assert "What is shown is of 2026-11-22 22:26:00" in text
    assert old(DAY, [item()]) == []


@pytest.mark.parametrize(
    ("hours", "advice"),
    [
        (-48, "its newest is of 2026-11-20 22:26:00. Choose a longer window or step back."),
        (48, "its newest is of 2026-11-24 22:26:00. Choose another window."),
    ],
)
def test_an_empty_window_leads_to_where_there_are_readings(hours, advice):
    """A window before the first reading was said to want a step back, further from all of them."""
    said = no_readings(DAY, "D101", NOW + timedelta(hours=hours))
    assert said == f"Tag D101 has no readings in this window; {advice}"


def test_a_tag_with_readings_of_the_future_alone_is_not_said_to_have_none_at_all():
    assert no_readings(DAY, "D101", None) == "Tag D101 has no readings up to now."


def test_a_change_of_clocks_is_told_with_both_offsets_and_that_of_the_axis():
    change = datetime(2026, 10, 25, 1, tzinfo=UTC)
    autumn = replace(
        DAY, zone="Europe/Berlin", start=change - timedelta(hours=6),
        stop=change + timedelta(hours=6),
    )  # fmt: skip
    said = caption(autumn, [item()]).text
    assert "2026-10-24 21:00:00 +02:00 – 2026-10-25 08:00:00 +01:00" in said
    assert "clocks change in this window: every time says its offset" in said


def test_the_zone_has_each_offset_of_a_window_also_one_that_neither_end_has():
    year = replace(
        DAY, zone="America/St_Johns", start=datetime(2025, 11, 28, tzinfo=UTC),
        stop=datetime(2026, 11, 28, tzinfo=UTC),
    )  # fmt: skip
    assert "America/St_Johns -03:30 / -02:30" in caption(year, [item()]).first
    assert "Asia/Seoul +09:00" in caption(DAY, [item()]).first


def test_a_coverage_that_cannot_be_known_is_not_told():
    assert "coverage" not in caption(DAY, [item(presence=present(coverage=float("nan")))]).text


def test_a_tag_that_reports_by_exception_is_said_to_have_no_coverage():
    due = replace(present().expectation, irregular=True)
    one = item(presence=present(coverage=float("nan"), expectation=due))
    assert "coverage not known (irregular)" in caption(DAY, [one]).text


def test_what_is_missing_is_not_rounded_away():
    """Ten minutes of thirty days are missing: coverage 100.0% beside a gap were two sayings."""
    lacking = item(presence=present(gap(10), coverage=0.99977))
    assert "coverage >99.9% · one gap of 10 min" in caption(DAY, [lacking]).text
    assert "coverage <0.1%" in caption(DAY, [item(presence=present(coverage=0.0004))]).text
    assert "coverage 0.0%" in caption(DAY, [item(presence=present(coverage=0.0))]).text


def test_a_young_tag_says_since_when_by_the_clock_of_the_view():
    since = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)
    one = item(presence=present(since=since))
    one.frame.index = one.frame.index.tz_convert("Asia/Seoul")
    assert "coverage 100.0% · since 2026-11-22 · no gap" in caption(DAY, [one]).text


def test_a_change_of_spacing_is_told_of_the_tag_that_has_it():
    spacings = np.array([60.0] * 7 + [1.0] * 5)
    due = replace(present().expectation, spacings=spacings)
    changed = item(presence=present(expectation=due))
    assert "spacing changed from 1 min to 1 s" in caption(DAY, [changed]).text
    both = caption(DAY, [item(tag=Tag("D300")), changed]).text
    assert "D101: spacing changed from 1 min to 1 s" in both


def test_what_holds_for_several_tags_is_told_once_with_their_names_and_for_all_without():
    """A logger that was set to seconds changed them all: eight sentences hid the gaps."""
    spacings = np.array([60.0] * 7 + [1.0] * 5)
    changed = present(expectation=replace(present().expectation, spacings=spacings))
    one, two = (item(tag=Tag(name), presence=changed) for name in ("D101", "D300"))
    told = "spacing changed from 1 min to 1 s"
    assert f"coverage 100.0% · {told} · no gap" in caption(DAY, [one, two]).text
    some = caption(DAY, [one, item(tag=Tag("D200")), two]).text
    assert f"coverage 100.0% · D101, D300: {told} · no gap" in some


def test_gaps_between_buckets_are_at_least_so_long_and_say_from_which_length_on():
    one = item(presence=present(gap(30), gaps_from=1_200.0))
    said = caption(DAY, [one]).text
    assert "one gap of at least 30 min · gaps from 20 min up" in said
    assert gap_list(DAY, [one])[0].endswith("· at least 30 min")
    none = item(presence=present(gaps_from=1_200.0))
    assert "no gap · gaps from 20 min up" in caption(DAY, [none]).text


def test_nothing_drawn_is_nothing_said():
    assert caption(DAY, []).text == ""


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.25, "0.25 s"), (5, "5 s"), (60, "1 min"), (90, "1 min 30 s"), (3_600, "1 h"),
        (3_601, "1 h"), (5_400, "1 h 30 min"), (90_000, "1 d 1 h"), (86_400 * 3, "3 d"),
        (59.9999, "1 min"),
    ],
)  # fmt: skip
def test_a_length_of_time_is_told_in_at_most_two_units(seconds, words):
    assert duration(seconds) == words


def test_the_legend_names_the_window_of_an_indicator_in_time():
    label = indicator_labels(item())["sma_10"]
    assert label.text == "SMA 10 = 10 min of 1 min means"
    assert (label.name, label.width, label.of) == ("SMA 10", "10 min", "10 × 1 min")
    hourly = indicator_labels(item(seconds=3600.0))
    assert hourly["sma_60"].text == "SMA 60 = 2 d 12 h of 1 h means"


def test_what_is_asked_first_stands_in_four_chips_and_all_of_it_in_the_line():
    found = caption(DAY, [item()]).chips
    short = [part.children for part in found if getattr(part, "className", "") == "seeing__chip"]
    assert len(short) == 4 and short[3] == "Asia/Seoul +09:00"
    assert "".join(part.children for part in found) == caption(DAY, [item()]).text
    assert caption(DAY, []).chips == []
