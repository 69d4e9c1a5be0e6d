"""`/api/v1/excursions`: when tags were outside their limits in a window, by how much."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from api.v1.cells import cells_of, text_of
from api.v1.parameters import MOST_ROWS, N_, SELECTION, SPAN, ZONE, Query
from api.v1.routes import Answer, Route
from components.question import view_of
from data import queries
from data.analysis import alarms
from data.errors import BadInput
from data.views import Excursions, View, every_excursion, looked_up, selected
from data.windows import site_zone

#: What a row is of.
WHOLE, EXCURSION = "window", "excursion"
#: The words of limits, in the order of Limits.
LIMITS = ("LL", "L", "H", "HH")
COLUMNS = {
    "tag_name": "text",
    "kind": "text",
    "start": "time",
    "stop": "time",
    "seconds": "number",
    "level": "text",
    "limit": "text",
    "limit_value": "number",
    "extreme": "number",
    "extreme_at": "time",
    "over": "number",
    "coverage": "number",
    "began_before": "truth",
    "still_on": "truth",
    "rule": "text",
    "source": "text",
}
OF_WINDOW = {"start": "time", "stop": "time", "tz": "text"}


def answer(query: Query) -> Answer:
    """Return for each tag a row of its window, and one of each of its excursions."""
    view = window_of(query)
    looked_up(query)
    tags = queries.tags.answer()
    error = tags.error or queries.rules.answer().error
    if error is not None:
        raise error
    chosen = [tags.value[name] for name in selected(query, tags.value)]
    stop = min(view.stop, view.now)
    found = every_excursion(chosen, view.start, stop)
    if len(found) + sum(len(each.frame) for each in found) > MOST_ROWS:
        raise BadInput("too_many_rows", limit=MOST_ROWS)
    zone = site_zone(view.zone)
    table = _table(found, view)
    columns = {name: cells_of(table[name], kind, zone) for name, kind in COLUMNS.items()}
    about = {"start": text_of(view.start, zone), "stop": text_of(view.stop, zone), "tz": view.zone}
    return Answer(columns, about)


def window_of(query: Query) -> View:
    """Return the window of an address that may name any number of tags."""
    asked = {
        name: texts for name, texts in query.items() if name in ("start", "stop", "window", "tz")
    }
    return view_of({**asked, "tag": []})


def _table(found: Sequence[Excursions], view: View) -> pd.DataFrame:
    return pd.concat([_of_tag(each, view) for each in found], ignore_index=True)


def _of_tag(each: Excursions, view: View) -> pd.DataFrame:
    stop = max(view.start, min(view.stop, view.now))
    seconds = (stop - view.start).total_seconds()
    bounds = pd.DataFrame({"start": [view.start], "stop": [stop], "seconds": [seconds]})
    head = bounds.assign(kind=WHOLE, level="", limit="", rule=each.tag.checks.state)
    head = head.assign(source=each.source, began_before=False, still_on=False)
    for name in ("limit_value", "extreme", "over", "coverage"):
        head[name] = np.nan
    head["extreme_at"] = pd.NaT
    for name in ("start", "stop", "extreme_at"):
        head[name] = pd.DatetimeIndex(head[name], tz="UTC").as_unit("ns")
    rows = each.frame.assign(kind=EXCURSION, rule="", source="")
    rows["level"] = [alarms.ALARMS[code] for code in each.frame["level"]]
    rows["limit"] = [LIMITS[place] for place in each.frame["limit"]]
    whole = pd.concat([head, rows], ignore_index=True) if len(rows) else head
    return whole.assign(tag_name=each.tag.name)


ROUTE = Route(
    "excursions",
    N_("When tags were outside their limits, tag by tag: a row kind=window, then kind=excursion."),
    (*SELECTION, *SPAN, ZONE),
    COLUMNS,
    answer,
    about=OF_WINDOW,
    example="tag=D101&window=7d",
)
