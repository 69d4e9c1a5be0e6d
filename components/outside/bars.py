"""Excursions as bars at the top of their tags' lanes, as the script draws them."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from data.analysis import alarms
from data.views import Excursions, TagSeries, View
from figures.template import mark

#: Bars of a chart, the newest: of more a lane is one bar.
MOST_BARS = 300


def bars(every: Excursions, view: View, series: Sequence[TagSeries]) -> list[dict[str, Any]]:
    """Return tag, its mark, start and stop [ms since 1970] of each bar, and whether critical.

    None of a tag that is shown by days: marks on the track of its lane stand for them, a day each.
    """
    by_day = {item.tag.name for item in series if item.seconds >= 86_400}
    frame = every.frame.sort_values("start", kind="stable").tail(MOST_BARS)
    until = min(view.stop, view.now)
    return [
        {
            "tag": every.tags[each["tag"]].name,
            "mark": mark(view.tags.index(every.tags[each["tag"]].name)).glyph,
            "start": _milliseconds(each["start"]),
            "stop": _milliseconds(until if pd.isna(each["stop"]) else each["stop"]),
            "critical": int(each["level"]) == alarms.CRITICAL,
        }
        for each in frame.to_dict("records")
        if every.tags[each["tag"]].name not in by_day
    ]


def _milliseconds(moment: Any) -> float:
    return float(pd.Timestamp(moment).as_unit("ns").value) / 1e6
