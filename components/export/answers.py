"""What the page says of a question: tags, window, address and first rows, or why not."""

import time
from collections.abc import Generator, Iterator
from contextlib import closing
from datetime import datetime
from typing import Any
from uuid import uuid4

import pyarrow as pa
from dash import html
from flask_babel import gettext as _

from components.export import names, tags
from components.export.form import STEPS
from components.export.query import LONGEST, FileQuery, file_query, of_file, question
from components.export.snippets import address, snippets
from components.messages import notice, sentence, spoken
from components.words import duration
from data import export, windows
from data.db import HistorianUnavailable, lanes
from data.errors import BadInput, KsysError, about
from data.export import Question, Unwanted

#: Rows of a file that are shown, and how long they are waited for [s]; the file itself may take as
#: long as it needs.
FIRST_ROWS, FIRST_S = 20, 8.0
#: Parameter of an address -> the step of the form that asks for it.
STEP_OF = {
    **dict.fromkeys(tags.WAYS, "tags"),
    **dict.fromkeys(("start", "stop", "window", "tz"), "range"),
    **dict.fromkeys(("resolution", "compare"), "rows"),
    "quality": "quality",
    **dict.fromkeys(("columns", "statistics"), "columns"),
    **dict.fromkeys(("shape", "order"), "shape"),
    **dict.fromkeys(("decimal", "separator", "excel", "format"), "format"),
}


def answer(sent: object) -> tuple[Any, ...]:
    """Return what is said of a question: for the script, of tags, of the window, and refusals.

    The refusals are a notice for what no control asks for, then one for each of STEPS.
    """
    try:
        asks = file_query(sent)
        if names := _unsent(sent):
            words = _("%(count)s names are more than a page can send.", count=f"{names:,}")
            way = _("Take a pattern or a group, or a part of them at a time.")
            return None, "", "", None, *_at("tags", f"{words} {way}")
        if not any(asks.query.get(way) for way in tags.WAYS) and not _strange(asks):
            return None, _("Choose a tag, a pattern or a group."), "", None, *_nothing()
        whole = question(asks)
    except (BadInput, HistorianUnavailable) as error:
        return None, "", "", *_refused(error)
    order = tags.order([tag.name for tag in whole.tags])
    return _built(whole, asks) | {"n": _number(sent)}, order, _window(whole), None, *_nothing()


def _number(sent: object) -> object:
    """Return which question of its page one is: the page knows by it whether it is the last."""
    return sent.get("n") if isinstance(sent, dict) else None


def _unsent(sent: object) -> int:
    """Return how many names the list of a question has that no call holds, 0 for any other."""
    names = sent.get("names") if isinstance(sent, dict) else 0
    return names if type(names) is int else 0


def _strange(asks: FileQuery) -> bool:
    """Return whether a parameter is none of a file: said before anything is chosen."""
    return any(name not in export.PARAMETERS for name in asks.query)


def _nothing() -> list[str]:
    return [""] * len(STEPS)


def _refused(error: KsysError) -> list[Any]:
    """Return the notice, and what stands at each step: a refusal stands where it was asked for."""
    text = spoken(error)
    parameter = str(about(error).get("parameter", "")).partition("=")[0]
    step = STEP_OF.get(parameter)
    if step is None:
        return [notice(text), *_nothing()]
    return [None, *_at(step, text)]


def _at(step: str, text: str) -> list[str]:
    """Return what stands at each step: a text at one of them."""
    return [text if each == step else "" for each in STEPS]


def _built(whole: Question, asks: FileQuery) -> dict[str, Any]:
    """Return what the script needs: the address, what the file is called, and lines for scripts."""
    name = names.file_name(whole, asks.kind)
    fixed, moving = (address(whole, asks, moves) for moves in (False, True))
    return {
        "id": uuid4().hex,
        "address": fixed,
        "post": len(fixed) > LONGEST,
        "kind": asks.kind,
        "name": name,
        "snippets": snippets(whole, asks.kind, fixed, name),
        "moving": snippets(whole, asks.kind, moving, name) if asks.window else None,
    }


def _window(whole: Question) -> str:
    """Return which stretch of time a file holds, with the offsets of its zone."""
    zone = windows.site_zone(whole.zone)
    start, stop = (_time(each.astimezone(zone)) for each in (whole.start, whole.stop))
    length = duration((whole.stop - whole.start).total_seconds())
    told = _(
        "%(length)s: from %(start)s, included, to %(stop)s, not included.",
        length=length,
        start=start,
        stop=stop,
    )
    lasting = _("The address gives the same rows tomorrow.")
    if whole.filling_until is not None:
        until = _time(whole.filling_until.astimezone(zone))
        lasting = _("Its end is not over: until %(time)s the address gives other rows.", time=until)
    elif whole.live and whole.stop == whole.now:
        lasting = _("It ends now; the address holds these times and gives the same rows tomorrow.")
    return f"{told} {lasting}"


def _time(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat(sep=" ")


def first_rows(file: object) -> tuple[Any, str]:
    """Return the first rows of a file as CSV, and what they are.

    Parameters
    ----------
    file : what the script made of what `answer` gave to it; None: there is no question
    """
    if not isinstance(file, dict):
        return None, ""
    try:
        lines = _lines(question(of_file(file, "csv")))
    except (BadInput, HistorianUnavailable) as error:
        return None, sentence(error)
    except Unwanted:
        return None, _("The first rows take longer than %(seconds)s s.", seconds=f"{FIRST_S:g}")
    rest = "\n" + "\n".join(lines[1:])
    text = html.Pre([html.B(lines[0]), rest], className="export-file", tabIndex=0)
    name = str(file.get("name"))
    if len(lines) == 1:
        return text, _("No row: the file holds its header alone, %(name)s.", name=name)
    count = len(lines) - 1
    return text, _("The first %(count)s rows, as CSV, of %(name)s.", count=count, name=name)


def _lines(whole: Question) -> list[str]:
    """Return the header and the first rows of a file."""
    lanes.take_place()
    deadline = time.monotonic() + FIRST_S
    pump = export.stream(whole, lambda: time.monotonic() < deadline)
    try:
        with lanes.waiting(), closing(_first(pump.batches())) as batches:
            few = list(batches)
    finally:
        pump.end()
    content = b"".join(export.FORMATS["csv"].written(whole, export.schema(whole), few)).decode()
    return content.lstrip("\ufeff").removesuffix("\r\n").split("\r\n")


def _first(batches: Iterator[pa.RecordBatch]) -> Generator[pa.RecordBatch]:
    """Yield so many rows as are shown."""
    left = FIRST_ROWS
    for batch in batches:
        yield batch.slice(0, left)
        left -= min(left, batch.num_rows)
        if not left:
            return
