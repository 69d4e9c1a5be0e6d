"""`/api/v1/excursions`: when tags were outside their limits in a window, by how much."""

import numpy as np
import pandas as pd

from api.v1.cells import cells_of, text_of
from api.v1.parameters import MOST_ROWS, N_, SELECTION, SPAN, ZONE, Query
from api.v1.routes import Answer, Route
from components.question import view_of
from data.analysis import alarms
from data.errors import BadInput
from data.views import Caveats, Excursions, View, every_excursion, tags_of_now
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
    found = every_excursion(tags_of_now(query), *view.told)
    if len(found.tags) + len(found.frame) > MOST_ROWS:
        raise BadInput("too_many_rows", limit=MOST_ROWS)
    zone = site_zone(view.zone)
    table = _table(found, view)
    columns = {name: cells_of(table[name], kind, zone) for name, kind in COLUMNS.items()}
    about = {"start": text_of(view.start, zone), "stop": text_of(view.stop, zone), "tz": view.zone}
    caveats = Caveats()
    for tag, count in zip(found.tags, found.unchecked, strict=True):
        caveats.add(tag.name, unchecked=count)
    return Answer(columns, about, caveats=caveats)


def window_of(query: Query) -> View:
    """Return the window of an address that may name any number of tags."""
    asked = {
        name: texts for name, texts in query.items() if name in ("start", "stop", "window", "tz")
    }
    return view_of({**asked, "tag": []})


def _table(found: Excursions, view: View) -> pd.DataFrame:
    """Return for each tag a row of its window, and behind it one of each of its excursions."""
    start, stop = view.told
    tags, frame = found.tags, found.frame
    head = pd.DataFrame({"tag": np.arange(len(tags)), "source": found.sources})
    head["rule"] = [tag.checks.state for tag in tags]
    head = head.assign(kind=WHOLE, seconds=(stop - start).total_seconds())
    for name, time in (("start", start), ("stop", stop)):
        head[name] = pd.DatetimeIndex([time] * len(tags), tz="UTC").as_unit("ns")
    levels = np.array([alarms.ALARMS[code] for code in (0, 1, 2)], dtype=object)
    rows = frame.assign(kind=EXCURSION, level=levels[frame["level"].to_numpy()])
    rows["limit"] = np.array(LIMITS, dtype=object)[frame["limit"].to_numpy()]
    whole = pd.concat([head, rows], ignore_index=True) if len(rows) else head
    whole = whole.reindex(columns=["tag", *COLUMNS])
    order = np.lexsort((np.arange(len(whole)), whole["tag"]))
    whole = whole.iloc[order].reset_index(drop=True)
    names = np.array([tag.name for tag in tags], dtype=object)
    return whole.assign(tag_name=names[whole["tag"].to_numpy(np.int64)])


ROUTE = Route(
    "excursions",
    N_("When tags were outside their limits, tag by tag: a row kind=window, then kind=excursion."),
    (*SELECTION, *SPAN, ZONE),
    COLUMNS,
    answer,
    about=OF_WINDOW,
    example="tag=D101&window=7d",
)
