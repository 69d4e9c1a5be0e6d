"""What the page asks for, as the browser sends it: parameters of an address, and a kind of file."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qs

from components.question import mapping, site, texts
from data import export
from data.db import clock
from data.errors import BadInput
from data.export import Question

#: How many characters of a query go into an address: servers take 8,190 of a request's first line.
LONGEST = 7_000


class FileQuery(NamedTuple):
    """Which file a page asks for.

    Parameters
    ----------
    query : parameter of an address -> its texts
    kind : extension of the file
    """

    query: Mapping[str, Sequence[str]]
    kind: str

    @property
    def window(self) -> str:
        """The stretch that ends now, as it was asked for; empty where there is none."""
        return (self.query.get("window") or [""])[0]


def file_query(sent: object) -> FileQuery:
    """Return which file a page asks for.

    Raises
    ------
    BadInput
        If a page would not send that, or there is no such kind of file.
    """
    part = mapping(sent, "export-query")
    query, kind = query_of(part.get("query"), "export-query"), part.get("kind")
    if kind not in export.FORMATS:
        choices = " ".join(export.FORMATS)
        raise BadInput("parameter_choice", name="format", value=kind, choices=choices)
    return FileQuery(query, kind)


def query_of(sent: object, part: str) -> dict[str, list[str]]:
    """Return the query of an address that comes in pieces: a call holds no long list or text.

    Parameters and errors as for `texts`.
    """
    return parse_qs("".join(texts(sent, part)), keep_blank_values=True)


def of_file(sent: Mapping[str, Any], kind: str) -> FileQuery:
    """Return what the address of a file asks for, which comes in pieces.

    Parameters
    ----------
    sent : what the script made of a file that was built
    kind : extension of the file

    Raises
    ------
    BadInput
        If a page would not send that.
    """
    return FileQuery(query_of(sent.get("address"), "export-file"), kind)


def address_of(sent: Mapping[str, Any]) -> str:
    """Return the query of the address of a file, of its pieces."""
    return "".join(texts(sent.get("address"), "export-file"))


def question(sent: FileQuery) -> Question:
    """Return the question, by the one parser of addresses; now is a whole second, to be read.

    Raises
    ------
    BadInput
        Names the parameter, the value and the way out.
    HistorianUnavailable
        If the historian does not answer.
    """
    now = clock.now().value.replace(microsecond=0)
    where = site()
    return export.question(sent.query, now, where["zone"], where["shifts"], where["site_name"])
