"""What is computed of a window: five-minute features, indicators, and gaps with coverage."""

from dataclasses import replace

import numpy as np
import pandas as pd

from api.v1.cells import cells_of, text_of
from api.v1.parameters import (
    BUCKETS,
    MOST_ROWS,
    N_,
    ONE_TAG,
    SPAN,
    TAGS,
    ZONE,
    Query,
)
from api.v1.routes import Answer, Columns, Route
from components.question import view_of
from data import queries
from data.analysis import arrays
from data.buckets import resolution
from data.errors import BadInput
from data.queries import Whole
from data.views import (
    INDICATOR_COLUMNS,
    Caveats,
    TagSeries,
    View,
    caveats_of,
    every_history,
    finest_whole,
    indicator_series,
    rows,
    tag_of,
)
from data.windows import site_zone

#: The columns of features; indicators are named as on the page and in its files.
FEATURES = ("mean_5m", "std_5m", "min_5m", "max_5m", "p10_5m", "p90_5m")
OF_FEATURES = {"tag_name": "text", "bucket": "time", **dict.fromkeys(FEATURES, "number")}
OF_FEATURES |= {"n_5m": "whole"}
OF_INDICATORS = {"tag_name": "text", "bucket": "time", "resolution": "text"}
OF_INDICATORS |= dict.fromkeys(INDICATOR_COLUMNS, "number") | {"n": "whole", "bad": "whole"}
OF_INDICATORS |= {"bad_value": "number", "share": "number", "quality": "text", "reasons": "texts"}
OF_INDICATORS |= {"filling": "truth", "remade": "truth"}
OF_GAPS = {"tag_name": "text", "kind": "text", "start": "time", "stop": "time"}
OF_GAPS |= {"seconds": "number", "coverage": "number", "gaps_from": "number"}
OF_WINDOW = {"start": "time", "stop": "time", "tz": "text"}
#: What a row of gaps is of.
WHOLE, GAP = "window", "gap"


def _view_of(query: Query) -> View:
    return view_of({name: texts for name, texts in query.items() if name != "lang"})


def _answer(view: View, tables: list[pd.DataFrame], kinds: Columns, caveats: Caveats) -> Answer:
    """Return tables one after the other, where they are not too long together.

    Raises
    ------
    BadInput
        If they are.
    """
    if sum(len(table) for table in tables) > MOST_ROWS:
        raise BadInput("too_many_rows", limit=MOST_ROWS)
    zone = site_zone(view.zone)
    whole = pd.concat([table[list(kinds)] for table in tables], ignore_index=True)
    columns = {name: cells_of(whole[name], kind, zone) for name, kind in kinds.items()}
    about = {"start": text_of(view.start, zone), "stop": text_of(view.stop, zone), "tz": view.zone}
    return Answer(columns, about, caveats=caveats)


def features(query: Query) -> Answer:
    """Return the features of tags over a window."""
    view = _view_of(query)
    tables, caveats = list[pd.DataFrame](), Caveats()
    for name in view.tags:
        table, wide = _features(view, name)
        tables.append(table)
        caveats.add(name, wide)
    return _answer(view, tables, OF_FEATURES, caveats)


def _features(view: View, name: str) -> tuple[pd.DataFrame, Whole | None]:
    """Return the features of a tag, and the finest width that tells what of them is gone."""
    tag, width = tag_of(name), resolution("5m")
    request = queries.request(name, width, view.start, view.stop, view.zone, tag.checks)
    found = queries.features.answer(request)
    if found.error is not None:
        raise found.error
    frame = found.value
    at = arrays.nanoseconds(frame.index)
    # No rollup has quantiles: they are of readings, or stored.
    there = (at, arrays.after(at, np.full(len(at), float(width.seconds))))
    wide = finest_whole(replace(request, resolution=None), there, float(width.seconds))
    return frame.reset_index().assign(tag_name=name), wide


def indicators(query: Query) -> Answer:
    """Return the indicators of a tag, as the page of indicators has them, oldest first."""
    view = _view_of(query)
    item = indicator_series(view)
    if item.error is not None:
        raise item.error
    table = rows([item], view.whole_until, INDICATOR_COLUMNS)[::-1]
    table = table.rename(columns={"tag": "tag_name", "time": "bucket"})
    table = table.assign(resolution=item.resolution)
    return _answer(view, [table], OF_INDICATORS, caveats_of([item]))


def gaps(query: Query) -> Answer:
    """Return for each tag a row of its coverage of the window, and one of each of its gaps."""
    view = _view_of(query)
    series = every_history(view)
    return _answer(view, [_gaps(view, item) for item in series], OF_GAPS, caveats_of(series))


def _gaps(view: View, item: TagSeries) -> pd.DataFrame:
    if item.error is not None:
        raise item.error
    zone, (start, stop) = site_zone(view.zone), view.told
    window = {"start": [start], "stop": [stop], "coverage": [item.coverage]}
    window |= {"seconds": [(stop - start).total_seconds()]}
    window |= {"gaps_from": [item.presence.gaps_from or np.nan]}
    head = pd.DataFrame(window).assign(kind=WHOLE)
    listed = item.gaps.frame.assign(kind=GAP, coverage=np.nan, gaps_from=np.nan)
    for table in (head, listed):
        for edge in ("start", "stop"):
            table[edge] = pd.DatetimeIndex(table[edge]).tz_convert(zone).as_unit("us")
    return pd.concat([head, listed], ignore_index=True).assign(tag_name=item.tag.name)


ROUTES = (
    Route(
        "features",
        N_("Five-minute features of tags over a window: mean, deviation, quantiles."),
        (TAGS, *SPAN, ZONE),
        OF_FEATURES,
        features,
        about=OF_WINDOW,
        example="tag=D101&window=6h",
    ),
    Route(
        "indicators",
        N_("Moving means, Bollinger band and slope of a tag, as the page Tech indicators shows."),
        (ONE_TAG, *SPAN, BUCKETS, ZONE),
        OF_INDICATORS,
        indicators,
        about=OF_WINDOW,
        example="tag=D101&window=6h&resolution=1m",
    ),
    Route(
        "gaps",
        N_("Coverage of a window and its gaps, tag by tag: a row kind=window, then kind=gap."),
        (TAGS, *SPAN, ZONE),
        OF_GAPS,
        gaps,
        about=OF_WINDOW,
        example="tag=D102&window=3d",
    ),
)
