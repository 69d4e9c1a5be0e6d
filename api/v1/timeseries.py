"""`/api/v1/timeseries`: readings or buckets of tags, whole, or in pages that a cursor leads on."""

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import orjson
import pandas as pd

from api.v1.cells import cells_of, text_of
from api.v1.parameters import (
    AUTO,
    COMPARE,
    CURSOR,
    EVERY_STATISTIC,
    FILL,
    FILLS,
    LIMIT,
    MOST_ROWS,
    N_,
    RAW,
    RESOLUTION,
    SPAN,
    STATISTIC,
    TAGS,
    ZONE,
    Query,
    choice,
    limit,
    one,
    statistics,
)
from api.v1.routes import Answer, Route
from components.question import view_of
from data import buckets
from data.errors import BadInput
from data.views import Caveats, View, columns_for, every_both, pages
from data.windows import EPOCH, site_zone

#: What of an address is the view that a page shows, too.
OF_VIEW = ("tag", "start", "stop", "window", "resolution", "tz", "compare")
#: What may differ from page to page of one question.
OF_PAGE = ("cursor", "limit", "lang")
OF_READING = {
    "tag_name": "text",
    "ts": "time",
    "value": "number",
    "qc": "whole",
    "quality": "text",
    "reasons": "texts",
}
#: Kind of the statistics that are no numbers.
KIND_OF = {"n": "whole", "reset": "whole", "state": "text"}
BEFORE = {"tag_name": "text", "bucket": "time", "resolution": "text"}
AFTER = {
    "bad": "whole",
    "bad_value": "number",
    "share": "number",
    "quality": "text",
    "reasons": "texts",
    "filling": "truth",
    "remade": "truth",
}
OF_BUCKET = BEFORE | {each: KIND_OF.get(each, "number") for each in EVERY_STATISTIC} | AFTER
MICROSECOND = timedelta(microseconds=1)


def answer(query: Query) -> Answer:
    """Return the rows that an address asks for, all of them, or a page where it has a limit."""
    width = one(query, "resolution", AUTO)
    is_raw = width == RAW
    if width not in (RAW, AUTO):  # a view's refusal would not name these two
        buckets.resolution(width, (RAW, AUTO))
    names, fill, most = statistics(query), choice(query, "fill", FILLS) == "null", limit(query)
    _refuse_unfitting(query, is_raw, fill, most)
    view, place = _view_of(query)
    if is_raw:
        found = _readings(view, place, most)
        columns = _of_readings(found.tables, view)
    else:
        found = _buckets(view, place, most, fill)
        columns = _statistics(found.tables, names, view)
    zone = site_zone(view.zone)
    about = {
        "start": text_of(view.start, zone),
        "stop": text_of(view.stop, zone),
        "tz": view.zone,
        "next": found.following and _cursor(query, view, found.following),
    }
    return Answer(columns, about, caveats=found.caveats)


def _refuse_unfitting(query: Query, is_raw: bool, fill: bool, most: int | None) -> None:
    is_auto = one(query, "resolution", AUTO) == AUTO
    for name in ("statistics", "compare"):
        if is_raw and name in query:
            raise BadInput("not_of_readings", name=name, value=query[name][0])
    if fill and (is_raw or is_auto):
        raise BadInput("not_of_readings", name="fill", value="null")
    if most is not None and is_auto:
        raise BadInput("limit_of_auto", value=most)
    if most is None and "cursor" in query:
        raise BadInput("parameter_needed", name="limit", example="limit=1000")


def _view_of(query: Query) -> tuple[View, pages.Place]:
    """Return what is asked for, and where the page begins; a cursor says both."""
    asked: dict[str, Any] = {name: query[name] for name in OF_VIEW if name in query}
    if one(query, "resolution", AUTO) == RAW:
        del asked["resolution"]
    if "cursor" not in query:
        view = view_of(asked)
        return view, pages.Place(0, view.start)
    cursor = query["cursor"][0]
    try:
        name, start, stop, tag, us = orjson.loads(base64.urlsafe_b64decode(cursor + "=="))
        at = EPOCH + us * MICROSECOND
        asked = asked | {"start": start + "", "stop": stop + ""}
        asked.pop("window", None)
        view = view_of(asked)
    except (binascii.Error, ValueError, TypeError, OverflowError) as error:  # BadInput, too
        raise BadInput("cursor_foreign", cursor=cursor) from error
    is_place = type(tag) is int and 0 <= tag < len(view.tags) and view.start <= at < view.stop
    if name != _name_of(query) or not is_place:
        raise BadInput("cursor_foreign", cursor=cursor)
    return view, pages.Place(tag, at)


def _name_of(query: Query) -> str:
    """Return a name of a question without what may differ from page to page."""
    question = sorted((name, list(texts)) for name, texts in query.items() if name not in OF_PAGE)
    return hashlib.sha256(orjson.dumps(question)).hexdigest()[:12]


def _cursor(query: Query, view: View, place: pages.Place) -> str:
    """Return the cursor of the page that begins at a place of a view."""
    bounds = (each.isoformat() for each in (view.start, view.stop))
    parts = [_name_of(query), *bounds, place.tag, (place.at - EPOCH) // MICROSECOND]
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


def _readings(view: View, place: pages.Place, most: int | None) -> pages.Page:
    if most is not None:
        return pages.page(view, place, most, pages.readings)
    return _whole(pages.page(view, place, MOST_ROWS, pages.readings, parts=MOST_ROWS))


def _whole(page: pages.Page) -> pages.Page:
    if page.following is not None or page.length > MOST_ROWS:
        raise BadInput("too_many_rows", limit=MOST_ROWS)
    return page


def _buckets(view: View, place: pages.Place, most: int | None, fill: bool) -> pages.Page:
    width = view.resolution
    filled = width if fill else None
    if most is None or width is None:
        every, _against = every_both(view)
        parts, caveats = [pages.bucket_rows(view, item, filled) for item in every], Caveats()
        for _table, said in parts:
            caveats.update(said)
        return _whole(pages.Page([table for table, _said in parts], None, caveats))
    return pages.page(view, place, most, partial(pages.buckets_of, width=width, fill=filled))


def _joined(tables: list[pd.DataFrame], name: str) -> pd.Series:
    return pd.concat([table[name] for table in tables], ignore_index=True)


def _of_readings(tables: list[pd.DataFrame], view: View) -> dict[str, list[Any]]:
    zone = site_zone(view.zone)
    return {name: cells_of(_joined(tables, name), kind, zone) for name, kind in OF_READING.items()}


def _statistics(
    tables: list[pd.DataFrame], names: tuple[str, ...], view: View
) -> dict[str, list[Any]]:
    of_names = {name: KIND_OF.get(name, "number") for name in names}
    kinds: Mapping[str, str] = BEFORE | of_names | AFTER
    if view.compare is not None:
        kinds = {**kinds, **_of_compared(names)}
    zone = site_zone(view.zone)
    return {name: cells_of(_joined(tables, name), kind, zone) for name, kind in kinds.items()}


def _of_compared(names: Sequence[str]) -> dict[str, str]:
    """Return the columns of the other side of a comparison, with their kinds."""
    time, *others, delta = columns_for(names)
    kinds = [KIND_OF.get(name, "number") for name in names]
    return {time: "time", **dict(zip(others, kinds, strict=True)), delta: "number"}


ROUTE = Route(
    "timeseries",
    N_("Readings or buckets of tags over a window, tag by tag, oldest first."),
    (TAGS, *SPAN, RESOLUTION, STATISTIC, FILL, COMPARE, LIMIT, CURSOR, ZONE),
    OF_BUCKET | _of_compared(EVERY_STATISTIC) | OF_READING,
    answer,
    about={"start": "time", "stop": "time", "tz": "text"},
    example="tag=D101&window=6h&resolution=10m&statistics=avg,min,max,n",
    pages=True,
)
