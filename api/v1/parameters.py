"""What an address of the API may say: one table for the judge, the OpenAPI document, the page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import flask

from components.shell import LANGUAGES
from data.buckets import RESOLUTIONS
from data.errors import BadInput
from data.views import check_parameters

#: Parameter -> its texts, as they came.
Query = Mapping[str, Sequence[str]]
RAW, AUTO = "raw", "auto"
#: What of a bucket is given where nobody says; and all that there is.
STATISTICS = ("avg", "min", "max", "first", "last", "n")
EVERY_STATISTIC = (*STATISTICS, "sum", "diff", "difference", "reset", "resultant", "state")
#: What stands for a bucket without readings: nothing, or a row of nulls.
FILLS = ("none", "null")
#: Most rows of one answer, and of one page.
MOST_ROWS, MOST_OF_PAGE = 50_000, 10_000
#: JSON Schema of a text: one without a value is refused.
TEXT: dict[str, Any] = {"type": "string", "minLength": 1}


def N_(text: str) -> str:
    """Return a text that is translated where it is said; Babel finds it by this name."""
    return text


@dataclass(frozen=True)
class Parameter:
    """One parameter of an address.

    Parameters
    ----------
    means : what it does, in English
    schema : of one text of it, as JSON Schema has it
    example : a text that can be used
    repeated, needed : whether it may be given more than once, must be given
    """

    name: str
    means: str
    schema: Mapping[str, Any] = field(default_factory=lambda: TEXT)
    example: str = ""
    repeated: bool = False
    needed: bool = False


def _one_of(choices: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "enum": list(choices)}


_TIME = TEXT | {"examples": ["2025-01-31T08:00", "2025-01-31T08:00+09:00"]}
_WIDTHS = [each.token for each in RESOLUTIONS]

TAG = Parameter("tag", N_("Name of a tag; may be given several times."), TEXT, "D101", True)
TAGS = Parameter(TAG.name, TAG.means, TEXT, "D101", True, True)
ONE_TAG = Parameter("tag", N_("Name of the tag."), TEXT, "D101", False, True)
TAG_LIKE = Parameter(
    "tag_like",
    N_("Tags by a pattern: * stands for any signs, ? for one; adds to tag and group."),
    TEXT,
    "D1*",
    True,
)
GROUP = Parameter("group", N_("Tags of a group; adds to tag and tag_like."), TEXT, "", True)
START = Parameter("start", N_("Start of the window, belongs to it; without offset in tz."), _TIME)
STOP = Parameter("stop", N_("End of the window, no more part of it; without offset in tz."), _TIME)
WINDOW = Parameter(
    "window",
    N_(
        "Window that moves with the clock, such as 45m, 3mo, now-2w/now-1w or yesterday, in place "
        "of start and stop."
    ),
    TEXT | {"default": "24h"},
    "6h",
)
RESOLUTION = Parameter(
    "resolution",
    N_("Width of the buckets; raw: every reading; auto: as a chart 1,000 pixels wide shows it."),
    _one_of([RAW, *_WIDTHS, AUTO]) | {"default": AUTO},
    "10m",
)
BUCKETS = Parameter(
    "resolution",
    N_("Width of the buckets; auto: as a chart 1,000 pixels wide shows it."),
    _one_of([*_WIDTHS, AUTO]) | {"default": AUTO},
    "10m",
)
STATISTIC = Parameter(
    "statistics",
    N_("Columns of a bucket, with commas between them."),
    TEXT | {"default": ",".join(STATISTICS)},
    "avg,min,max,n",
)
COMPARE = Parameter(
    "compare",
    N_(
        "What each bucket stands beside: an hour (-1h), a day (-1d), a week (-1w) or a shift "
        "(-1shift) before, or when the other window starts; adds columns compare_…."
    ),
    TEXT | {"examples": ["-1h", "-1d", "-1w", "-1shift", "2025-01-20T06:00"]},
    "-1d",
)
FILL = Parameter(
    "fill",
    N_("null: a bucket without readings is a row of nulls with n = 0; none: it has no row."),
    _one_of(FILLS) | {"default": FILLS[0]},
    "null",
)
LIMIT = Parameter(
    "limit",
    N_("Rows of a page at most; next of its answer is the cursor of the next page."),
    {"type": "integer", "minimum": 1, "maximum": MOST_OF_PAGE},
    "1000",
)
CURSOR = Parameter("cursor", N_("Where a page goes on: next of the page before."))
ZONE = Parameter(
    "tz",
    N_("Zone of times and of buckets of an hour and more, an IANA name; else the site's."),
    TEXT,
    "Asia/Seoul",
)
LANGUAGE = Parameter("lang", N_("Language of sentences."), _one_of(LANGUAGES), "en")
SELECTION = (TAG, TAG_LIKE, GROUP)
SPAN = (START, STOP, WINDOW)


def query_of(parameters: Sequence[Parameter]) -> dict[str, list[str]]:
    """Return what the address of this request says.

    Raises
    ------
    BadInput
        If it says what is none of these parameters, one of them twice or without a value, or not
        what is needed.
    """
    by_name = {each.name: each for each in parameters}
    query = flask.request.args.to_dict(flat=False)
    allowed = {name: each.schema.get("enum", ()) for name, each in by_name.items()}
    lists = {name for name, each in by_name.items() if each.repeated}
    check_parameters(query, allowed, lists)
    for name, each in by_name.items():
        if each.needed and name not in query:
            raise BadInput("parameter_needed", name=name, example=f"{name}={each.example}")
    _check_shared(query)
    return query


def _check_shared(query: Query) -> None:
    if "window" in query and ("start" in query or "stop" in query):
        raise BadInput("two_windows", window=query["window"][0])
    check_language(query)


def check_language(query: Query) -> None:
    """Refuse a language that there is not.

    Raises
    ------
    BadInput
        If `lang` is none of `LANGUAGES`.
    """
    if one(query, "lang", "en") not in LANGUAGES:
        choices = ", ".join(LANGUAGES)
        raise BadInput("unknown_language", value=query["lang"][0], choices=choices)


def one(query: Query, name: str, default: str) -> str:
    """Return the text of a parameter, the default without one."""
    return query[name][0].strip() if name in query else default


def choice(query: Query, name: str, choices: Sequence[str]) -> str:
    """Return which of some words a parameter is, the first of them without one.

    Raises
    ------
    BadInput
        If it is none of them.
    """
    value = one(query, name, choices[0])
    if value not in choices:
        raise BadInput("parameter_choice", name=name, value=value, choices=", ".join(choices))
    return value


def limit(query: Query) -> int | None:
    """Return how many rows a page has at most, None where no pages are asked for.

    Raises
    ------
    BadInput
        If it is no whole number that is allowed.
    """
    text = one(query, "limit", "")
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_OF_PAGE):
        raise BadInput("parameter_number", name="limit", value=text, least=1, most=MOST_OF_PAGE)
    return int(text)


def statistics(query: Query) -> tuple[str, ...]:
    """Return which columns of a bucket are asked for, in their order, each once.

    Raises
    ------
    BadInput
        If there is none of that name.
    """
    names = one(query, "statistics", ",".join(STATISTICS)).split(",")
    for name in names:
        if name not in EVERY_STATISTIC:
            choices = ", ".join(EVERY_STATISTIC)
            raise BadInput("unknown_statistic", statistic=name, choices=choices)
    return tuple(dict.fromkeys(names))
