"""The documents name what is in the tree, and state the numbers that are in the code."""

import re
from pathlib import Path

import numpy as np
import pytest
from babel.messages.pofile import read_po

import data
from api import letters
from data import buckets
from data.analysis import (
    UNCHECKED,
    alarms,
    coverage,
    digits,
    gaps,
    indicators,
    quality,
    spacing,
    spikes,
    states,
)
from data.export import PARAMETERS
from data.export.columns import OF_BUCKETS, OF_READINGS
from data.files.quality import MOST_FLAGGED
from data.queries.cards.changes import MOST_HOURS as MOST_COUNTED
from data.queries.cards.changes import MOST_READINGS as MOST_COUNTED_READINGS
from data.queries.cards.hour import OLD_S
from data.queries.grouped import REREAD
from data.queries.latest import SPACING_READINGS
from data.queries.outside.composed import MOST_READ
from data.queries.outside.finding import MOST_TOGETHER
from data.queries.readings import MOST_READINGS
from data.queries.relations import RELATIONS_S
from data.queries.stretches.asking import SPACING_READINGS as SPACING_AT_END
from data.queries.tick import FIRST_LOOK
from data.sql.catalog import SAMPLE_READINGS, SAMPLE_TAGS
from data.sql.look_back import HOURS_BACK, READINGS_BACK
from data.sql.many import FUTURE
from data.sql.qc import COMMON
from data.views import overview
from data.views.presence import FINE_BUCKETS
from tests.support import scripts
from tests.support.places import ROOT

DOCS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
DOCS += sorted((ROOT / "docs").glob("*.md"))
# Between backticks and with a slash, but no path: parameters, formulas, zones, what a start makes.
NO_PATHS = {"start/stop", "now-2w/now-1w", "sum/n", "Asia/Seoul", "var/"}
# Stands for a name that the reader chooses.
PLACEHOLDER = re.compile(r"\b(NAME|CODE)\b")
#: Words of the field, which the catalogue and the glossary keep.
FIELD = {
    "trend": "추이",
    "slope": "추세",
    "window": "조회 기간",
    "bucket": "집계 구간",
    "resolution": "집계 간격",
    "gap": "결측 구간",
    "coverage": "수집률",
    "excursion": "이탈",
    "STALE": "갱신 중단",
    "historian": "히스토리안",
    "operator": "운전원",
    "limits": r"상상한\(HH\) hi_hi, 상한\(H\) hi, 하한\(L\) lo, 하하한\(LL\) lo_lo",
}
PATH = re.compile(r"`([\w.-]+(?:/[\w.*-]+)*/?)`")
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)")
FILE = r"`(?P<file>[\w./-]+\.(?:py|mjs|js|css|sql|po))`"
#: A name that a page puts into a file: "`kind` of `file.py`", "`file.py`: `kind`".
PLACED = [
    re.compile(rf"`(?P<name>[A-Za-z_]\w*)`\s+(?:of|in|at the decorator)\s+{FILE}"),
    re.compile(rf"{FILE}(?: beside it)?: `(?P<name>[A-Za-z_]\w*)`"),
]
ROOM = re.compile(r"^\| `(\w+)/` \|.*$", re.M)
ROOMS = re.compile(r"<!-- rooms -->.*<!-- /rooms -->", re.S)


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf8")


def _ending_in(name: str) -> list[Path]:
    """Return the file that a page names by its path, or those that it names by the end of it."""
    whole = ROOT / name
    return [whole] if whole.is_file() else list(ROOT.glob(f"[!.]*/**/{name}"))


def _rooms() -> dict[str, str]:
    """Return the rows of the table of rooms by the room's name."""
    (table,) = ROOMS.findall(_text("docs/architecture.md"))
    return {row[1]: row[0] for row in ROOM.finditer(table)}


def _plain(text: str) -> str:
    return " ".join(text.split())


def _anchors(text: str) -> set[str]:
    """Return the anchors of headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("doc", DOCS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(doc: Path) -> None:
    for target, anchor in LINK.findall(doc.read_text(encoding="utf8")):
        path = doc.parent / target if target else doc
        assert path.exists(), target
        assert not anchor or anchor in _anchors(path.read_text(encoding="utf8")), anchor


@pytest.mark.parametrize("doc", DOCS, ids=lambda path: path.name)
def test_every_path_that_is_named_exists(doc: Path) -> None:
    text = ROOMS.sub("", doc.read_text(encoding="utf8"))
    named = {name for name in PATH.findall(text) if "/" in name and not PLACEHOLDER.search(name)}
    assert [name for name in sorted(named - NO_PATHS) if not list(ROOT.glob(name))] == []


@pytest.mark.parametrize("doc", DOCS, ids=lambda path: path.name)
def test_every_name_that_is_put_into_a_file_stands_there(doc: Path) -> None:
    """A name changes with the code; the page that sends a reader to it must follow."""
    text = doc.read_text(encoding="utf8")
    for placed in (each for form in PLACED for each in form.finditer(text)):
        texts = [path.read_text(encoding="utf8") for path in _ending_in(placed["file"])]
        name = re.compile(rf"\b{placed['name']}\b")
        assert any(name.search(text) for text in texts), placed.group()


def test_the_documents_are_found_and_name_paths() -> None:
    assert {path.name for path in DOCS} >= {"README.md", "architecture.md", "definitions.md"}
    assert "data/views/view.py" in PATH.findall(_text("docs/architecture.md"))


def test_the_table_of_rooms_names_every_folder_of_data_and_no_other() -> None:
    folders = {path.parent.name for path in (ROOT / "data").glob("*/__init__.py")}
    assert set(_rooms()) == folders


def test_the_rooms_are_told_as_in_the_map_of_data() -> None:
    told = [row.group() for row in ROOM.finditer(data.__doc__ or "")]
    assert list(_rooms().values()) == told


def test_every_word_of_a_state_is_defined() -> None:
    words = {*states.BADGES, *states.RULE_STATES, *quality.QUALITIES.values()}
    text = _text("docs/definitions.md")
    for word in words | {*alarms.ALARMS.values()}:
        assert re.search(rf"\b{word}\b", text), word


def test_every_reason_is_defined_in_a_row_of_its_own() -> None:
    for key in quality.REASONS.values():
        assert f"\n| `{key}` |" in _text("docs/definitions.md"), key


def test_the_glossary_gives_the_words_of_the_catalogue() -> None:
    with (ROOT / "locale/ko/LC_MESSAGES/messages.po").open("rb") as file:
        korean = {entry.id: entry.string for entry in read_po(file, locale="ko")}
    glossary = _text("docs/glossary.md")
    for english in scripts.words("STATES").values():
        assert f"\n| {english} | {korean[english]} |" in glossary, english
    for key, english in scripts.words("REASONS").items():
        assert f"\n| `{key}` | {english} | {korean[english]} |" in glossary, key


def test_the_glossary_gives_the_words_of_the_fields_things() -> None:
    """What the catalogue is held to, and what is written here, is one list."""
    glossary = _text("docs/glossary.md")
    for english, korean in FIELD.items():
        assert re.search(rf"\n\| {re.escape(english)} \| [^|]*\b{korean}\b", glossary), english


STATED = [
    ("compared with the last {} readings before it that are not BAD", spikes.COMPARED),
    ("sought among the {:,} readings before it", spikes.LOOK_BACK),
    ("not judged with fewer than {} of them", spikes.LEAST_COMPARED),
    ("`abs(x) >= {}`, with or without a rule", f"{quality.LARGEST:g}".replace("+", "")),
    ("A reading later than now + {:.0f} s is passed over", FUTURE.total_seconds()),
    ("median spacing of the tag's last {} readings", SPACING_READINGS),
    ("at the {} readings before a moment", spacing.BEFORE),
    ("is over {:.0f} medians", spacing.IRREGULAR),
    ("where that has {} spacings", spacing.FEW_STEPS),
    ("differ by more than {:.2f} ×", spacing.DIFFERS),
    ("{:.0f} % of the spacings of each lie on their side", 100 * spacing.APART),
    ("a spacing that holds for less than {} readings", spacing.END),
    ("differ by more than {:.0f} ×", coverage.CHANGED),
    ("where the window holds up to {:,} of the tag", MOST_READINGS),
    ("are fewer than {} in the window", FINE_BUCKETS),
    ("tags asked for up to {:,} together", MOST_TOGETHER),
    ("something turns, up to {:,} readings of the tag are read", MOST_READ),
    ("the spacing of the {} readings before the window's end", SPACING_AT_END),
    ("in the last {} days, by the hours of", HOURS_BACK.days),
    ("in the last {:.0f} h of readings", READINGS_BACK.total_seconds() / 3600),
    ("not BAD, at least {:.0f} h old", overview.REFERENCE_S / 3600),
    ("each of the last {} minutes", letters.BUCKETS),
    ("the window holds at most {:,} buckets", buckets.MAX_ROWS),
    ("there are at most {:,} of them", buckets.MAX_READINGS),
    ("hold at most {:,} readings together", REREAD),
    ("full and at least {} % of its buckets", indicators.needed(100)),
    ("n from 2 to {:,}, shown", indicators.LONGEST),
    ("Warm-up {}n buckets", indicators.EMA_WARM_UP),
    ("where at least {:.0f} % of the newest readings", 100 * COMMON),
    (f"once in {RELATIONS_S:.0f} s, {{}} tags, of each", SAMPLE_TAGS),
    ("of each the {} newest readings now", SAMPLE_READINGS),
    ("or 1 in more than {:.0f} % of its rows", 100 * MOST_FLAGGED),
    ("10^-d <= (max − min)/{:,} of what is shown", digits.PARTS),
    ("span fewer than {} steps of theirs", digits.STEPS),
    ("at most {} significant digits in all", digits.MOST),
    ("as it was sent up to {:.0f} min ago", OLD_S / 60),
    ("up to {:,} hours with", MOST_COUNTED),
    ("up to {:,} readings together an answer", MOST_COUNTED_READINGS),
    ("the last of the {} newest before them is sought", FIRST_LOOK),
]


@pytest.mark.parametrize(("sentence", "number"), STATED, ids=[each for each, _ in STATED])
def test_a_stated_number_is_that_of_the_code(sentence: str, number: object) -> None:
    assert _plain(sentence.format(number)) in _plain(_text("docs/definitions.md"))


def test_freshness_turns_where_the_page_says() -> None:
    text = _plain(_text("docs/definitions.md"))
    assert "| LATE | gap < age <= 3 gaps |" in text
    codes = gaps.freshness_codes(np.array([20, 20.1, 60, 60.1]), np.array(20.0))
    words = [gaps.FRESHNESS[code] for code in codes]
    assert words == ["FRESH", "LATE", "LATE", "STALE"]
    assert "4.1 × the median spacing of the tag's last 100 readings, at least 30 s" in text
    limits = [gaps.limit(UNCHECKED, spacing) for spacing in (100, 1, None)]
    assert limits == pytest.approx([410, 30, 30])


def test_every_column_of_a_file_is_in_the_table_of_its_page_with_what_has_it() -> None:
    _, rest = _text("docs/exports.md").split("\n## Columns\n")
    rows = re.findall(r"^\| (`[^|]+`) \| (both|readings|buckets) \|", rest.split("\n## ")[0], re.M)
    of = {
        name: what for names, what in rows for name in re.findall(r"`([a-z_]+)`", names)
    }  # fmt: skip
    for what, columns in (("readings", OF_READINGS), ("buckets", OF_BUCKETS)):
        assert {name for name in of if of[name] in {what, "both"}} == set(columns)


def test_every_parameter_of_a_file_is_in_the_table_of_its_page_and_no_other() -> None:
    table, _ = _text("docs/exports.md").split("## Columns")
    rows = re.findall(r"^\| (`[a-z_]+`(?:, `[a-z_]+`)*) \|", table, re.M)
    named = [name for row in rows for name in re.findall(r"`([a-z_]+)`", row)]
    assert sorted(named) == sorted(set(PARAMETERS) - {"lang"})


def test_both_proxies_write_over_the_same_that_a_stranger_says_of_himself():
    """What one of them hands on as it came, Ksys takes for the word of a trusted proxy."""
    nginx = re.findall(
        r"^ +proxy_set_header (\S+)", (ROOT / "docs/nginx.conf").read_text("utf8"), re.M
    )
    caddy = re.findall(r"^\t+header_up -?(\S+)", (ROOT / "docs/Caddyfile").read_text("utf8"), re.M)
    assert {*nginx} - {"Connection", "Host"} == {*caddy} and "X-Forwarded-For" in caddy
