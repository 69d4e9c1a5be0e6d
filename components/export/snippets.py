"""An address as scripts take it over: for curl, for pandas, for the query of a spreadsheet."""

import json
import shlex
from urllib.parse import parse_qs, urlencode

from flask_babel import gettext as _

from access import who
from components.export.query import LONGEST, FileQuery
from data.analysis import comparison
from data.export import Question

#: Stands for what the browser alone knows: scheme and host of the site, and the path of its base.
SITE = "%SITE%"
TOKEN = "TOKEN"  # noqa: S105 - a reader puts his own in its place
#: What pandas must be told: a tag called NA is no missing value, and 101 is a name.
AS_TEXTS = ', dtype={"tag": str}, keep_default_na=False, na_values=[""]'


def address(question: Question, asks: FileQuery, moving: bool) -> str:
    """Return the query of an address.

    Parameters
    ----------
    moving : whether its window is to end at the time of each request
    """
    if not (moving and asks.window):
        return question.address
    pairs = parse_qs(question.address, keep_blank_values=True)
    del pairs["start"], pairs["stop"]
    return urlencode({**pairs, "window": [asks.window]}, doseq=True)


def snippets(question: Question, kind: str, query: str, name: str) -> dict[str, str]:
    """Return the address of a file, and lines that fetch it.

    Parameters
    ----------
    query : of its address
    name : of the file
    """
    if len(query) > LONGEST:
        too_long = _(
            "This address has %(count)s characters, more than servers take. Choose tags by a "
            "pattern or a group, or post the question as curl does.",
            count=f"{len(query):,}",
        )
        texts = dict.fromkeys(("address", "pandas", "sheet"), too_long)
        return texts | {"curl": _posted(kind, query, name)}
    whole = f"{SITE}api/v1/export.{kind}?{query}"
    return {
        "address": whole,
        "curl": f"curl --fail --output {shlex.quote(name)} \\\n  {_header()}{shlex.quote(whole)}",
        "pandas": _pandas(question, kind, whole),
        "sheet": _sheet(question, kind, whole),
    }


def _signs_in() -> bool:
    person = who()
    return person is not None and person.is_person


def _header() -> str:
    return f"--header 'Authorization: Bearer {TOKEN}' \\\n  " if _signs_in() else ""


def _posted(kind: str, query: str, name: str) -> str:
    body = json.dumps(parse_qs(query, keep_blank_values=True), ensure_ascii=False)
    place = shlex.quote(f"{SITE}api/v1/export.{kind}")
    whole = f"curl --fail --output {shlex.quote(name)} \\\n  {_header()}"
    return f"{whole}--json {shlex.quote(body)} \\\n  {place}"


def _pandas(question: Question, kind: str, whole: str) -> str:
    """Return the lines that make a frame of a file, with times that are times."""
    text = json.dumps(whole)
    if _signs_in():
        header = f'{{"Authorization": "Bearer {TOKEN}"}}'
        opened = f"urlopen(Request({text}, headers={header}))"
    else:
        opened = f"urlopen({text})"
    lines = ["import pandas as pd", "from urllib.request import Request, urlopen"]
    if not _signs_in():
        lines[1] = "from urllib.request import urlopen"
    if kind.startswith("csv"):
        lines.append(f"frame = pd.read_csv({opened}{_csv_options(question, kind)})")
        return "\n".join([*lines, *_times(question)])
    if kind == "arrow":
        lines[0] = "import pyarrow as pa"
        return "\n".join([*lines, f"frame = pa.ipc.open_stream({opened}).read_pandas()"])
    lines[0] = "import io, pandas as pd"
    content = f"io.BytesIO({opened}.read())"
    if kind == "xlsx":
        return "\n".join([*lines, f"frame = pd.read_excel({content}{AS_TEXTS})"])
    return "\n".join([*lines, f"frame = pd.read_parquet({content})"])


def _times(question: Question) -> list[str]:
    """Return the lines that make times of the texts of a CSV file.

    `parse_dates` leaves texts where some times have a fraction and others none, or where the
    offset of the zone changes. With `excel` times have lost their offset, and stay as they are.
    """
    zone = json.dumps(question.zone)
    return [
        f'frame["{name}"] = pd.to_datetime(frame["{name}"], format="ISO8601", utc=True)'
        f".dt.tz_convert({zone})"
        for name in ("time", comparison.PREFIX + "time")
        if name in question.columns and not question.excel
    ]


def _csv_options(question: Question, kind: str) -> str:
    """Return what pandas must be told of a file of texts."""
    options = AS_TEXTS
    if question.separator != ",":
        options += f", sep={json.dumps(question.separator)}"
    if question.decimal != ".":
        options += f", decimal={json.dumps(question.decimal)}"
    if question.excel:
        options += ', encoding="utf-8-sig"'
    if kind == "csv.gz":
        options += ', compression="gzip"'
    return options


def _sheet(question: Question, kind: str, whole: str) -> str:
    """Return the query of Excel's Power Query (M) that opens a file."""
    contents = f'Web.Contents("{whole}")'
    if kind == "parquet":
        return f"let file = Parquet.Document({contents}) in file"
    if kind == "xlsx":
        return f"let file = Excel.Workbook({contents}, true) in file"
    if kind == "arrow":
        return _("Power Query reads no Arrow; choose CSV or Parquet.")
    if kind == "csv.gz":
        contents = f"Binary.Decompress({contents}, Compression.GZip)"
    sign = question.separator.replace("\t", "#(tab)")
    options = f'[Delimiter="{sign}", Encoding=65001, QuoteStyle=QuoteStyle.Csv]'
    return (
        f"let file = Csv.Document({contents}, {options}),\n"
        "    rows = Table.PromoteHeaders(file, [PromoteAllScalars=true])\nin rows"
    )
