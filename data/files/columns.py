"""What the columns of a file of readings mean by their names, what it says, what became of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.files.buckets import refuse_beside, refuse_long, refuse_wide
from data.files.cells import broken, name_fault, names_text, trimmed, word
from data.store import Readings

#: Words that head a column, in small letters, without blanks and underscores.
TIME_WORDS = (
    *("ts", "time", "timestamp", "datetime", "date", "시간", "시각", "일시", "날짜", "타임스탬프"),
    *("측정시간", "측정시각", "측정일시", "수집시간", "수집시각", "수집일시"),
)
TAG_WORDS = (
    *("tagname", "tag", "sensor", "point"),
    *("태그", "태그명", "태그이름", "센서", "센서명"),
)
VALUE_WORDS = ("value", "val", "reading", "값", "측정값", "측정치", "계측값")
#: What a column says of its reading, by the kind of its name (`data/files/quality.py`).
QC_WORDS = {
    "qc": ("qc",),
    "flag": ("flag", "flags", "qcflag", "qualityflag", "플래그"),
    "quality": (
        *("quality", "qual", "qualitycode", "opcquality", "dataquality", "qualitystatus"),
        *("qccode", "statuscode", "품질", "품질코드", "품질상태", "데이터품질"),
    ),
    "valid": ("valid", "validity", "isvalid", "good", "isgood", "ok", "유효", "유효성", "유효여부"),
    "invalid": ("invalid", "isinvalid", "bad", "isbad", "불량", "불량여부"),
    "doubtful": ("questionable", "uncertain", "suspect", "doubtful", "의심"),
    "status": (
        *("status", "state", "condition", "confidence", "reliability", "sts", "stat"),
        *("datastatus", "tagstatus", "pointstatus", "valuestatus"),
        *("상태", "상태코드", "신뢰도", "신뢰성"),
    ),
}
_KINDS = {each: kind for kind, words in QC_WORDS.items() for each in words}
#: In one of these a word may hide in a longer name: "OPC Quality (raw)".
_HINTS = ("quality", "품질", "valid", "유효", "status", "상태")
#: Names of a row's number; in the second line such that no measured point has.
NUMBER_WORDS = (
    *("no", "nr", "n", "id", "index", "idx", "number", "seq", "row", "line", "record", "#", "순서"),
    *("", "rownum", "rowno", "rownumber", "rowid", "row#", "lineno", "seqno", "sequence", "recno"),
    *("recordno", "recordnumber", "번호", "순번", "연번", "일련번호", "행", "행번호", "unnamed0"),
    *("indexlevel0",),
)
_VALUED = re.compile(r"(.+?)[\s_.:/(\[-]+(\w+)[)\]]?")
SURE_NUMBERS = NUMBER_WORDS[NUMBER_WORDS.index("") :]

FIRST_US = 0
STOP_US = 7_258_118_400_000_000  # 2200-01-01, where influx_hist ends


@dataclass(frozen=True, slots=True)
class Quality:
    """A column that says how far readings can be trusted.

    kind : of its name, a key of QC_WORDS, or `found` where only its values show it;
    of : the number of the tag in `wide` that it belongs to; None: all readings of a row
    """

    at: int
    name: str
    kind: str
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a file keeps what: long has `tag` and `value`, wide a column a tag.

    unused : columns of a long file that are not loaded; own : whether Ksys made the file, so that
    names are taken sign by sign
    """

    time: int
    tag: int | None = None
    value: int | None = None
    wide: tuple[tuple[int, str], ...] = ()
    qualities: tuple[Quality, ...] = ()
    unused: tuple[tuple[int, str], ...] = ()
    own: bool = False

    def values(self) -> tuple[tuple[int, str], ...]:
        """Return place and name of each column of values."""
        return self.wide or ((self.value or 0, "value"),)

    def places(self) -> list[int]:
        """Return the places of all columns that are read."""
        given = (self.time, self.tag, self.value, *(at for at, _ in self.wide))
        return [*(at for at in given if at is not None), *(each.at for each in self.qualities)]


@dataclass(frozen=True, slots=True)
class Reject:
    """A line, or one cell of it, left out: so many readings."""

    line: int
    reason: str
    cells: tuple[str, ...]
    readings: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """What a file says: every reading in file order, NaN where it has no value.

    lines : of each reading, None where nobody had to count them; notes : sentences for the user;
    judged : whether a column said how far readings can be trusted; tags : columns that became tags;
    encoding : what a CSV file came in
    """

    readings: Readings
    lines: NDArray[np.int64] | None = None
    rejects: Sequence[Reject] = field(default=())
    notes: tuple[str, ...] = ()
    judged: bool = False
    tags: tuple[str, ...] = ()
    encoding: str | None = None

    @property
    def rejected(self) -> int:
        """How many readings were left out."""
        return sum(reject.readings for reject in self.rejects)


@dataclass(frozen=True, slots=True)
class Summary:
    """What became of the readings of a file.

    read = loaded + unchanged + duplicates + nulls + rejected. `duplicates` are those that another
    reading of the file overrules, `unchanged` those that the store keeps as it is. A line of a wide
    file without its time counts as one rejected reading a tag, a broken cell as one. first, last :
    times of what was loaded or unchanged; qualities : how many of these are good, uncertain, bad by
    the file, None where it does not say; notes : sentences for the user; tags : columns that became
    tags.
    """

    read: int
    loaded: int
    duplicates: int
    nulls: int
    rejected: int
    first: datetime | None
    last: datetime | None
    unchanged: int = 0
    qualities: tuple[int, int, int] | None = None
    notes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def __str__(self) -> str:
        counts = ("read", "loaded", "unchanged", "duplicates", "nulls", "rejected")
        said = ", ".join(f"{name} {getattr(self, name):,}" for name in counts)
        for name, count in zip(("good", "uncertain", "bad"), self.qualities or (), strict=False):
            said += f", {name} {count:,}"
        if self.first is None or self.last is None:
            return said
        first, last = (time.isoformat(timespec="seconds") for time in (self.first, self.last))
        return f"{said}, first {first}, last {last}"


class Unclear(Exception):
    """The fast path met something that only a look at each line can name."""


def layout(path: Path, names: Sequence[str], ignore: Sequence[str] = ()) -> Layout:
    """Return what the columns mean by their names.

    Raises
    ------
    BadFile
        If there is no time column, neither the long nor the wide form, or no column to ignore, or
        if columns hold numbers of buckets.
    """
    left = {trimmed(name) for name in ignore}
    if not left <= set(map(trimmed, names)):
        lacking = sorted(left - set(map(trimmed, names)))[0]
        raise broken(
            path, 1, f"no column {lacking!r} to --ignore among {names_text(names)}; mend it"
        )
    every = [(at, trimmed(name)) for at, name in enumerate(names) if trimmed(name) not in left]
    time = _only(path, every, TIME_WORDS)
    if time is None:
        raise broken(path, 1, f"no time column among {names_text(names)}; call it ts")
    tag, value = (_only(path, every, words) for words in (TAG_WORDS, VALUE_WORDS))
    rest = [(at, name) for at, name in every if at not in (time, tag, value)]
    if tag is not None and value is not None:
        return _long(path, rest, Layout(time, tag, value))
    if tag is not None or value is not None:
        if value is None:
            refuse_long(path, [name for _, name in rest])
        lacking = "value" if value is None else "tag_name"
        raise broken(path, 1, f"no column {lacking} among {names_text(names)}; add it")
    for refuse in (refuse_wide, refuse_beside):
        refuse(path, [name for _, name in rest])
    return _wide(path, rest, time)


def plain(name: str) -> str:
    """Return a column's name in small letters, without blanks and the signs between its words."""
    return re.sub(r"[\s_.:/\\()\[\]{}-]+", "", word(name))


def hints(name: str) -> bool:
    """Whether a word of quality or status hides in the name of a column."""
    bare = plain(name)
    return bare in _KINDS or bare == "q" or any(hint in bare for hint in _HINTS)


def _only(path: Path, columns: Sequence[tuple[int, str]], words: Sequence[str]) -> int | None:
    mine = [each for each in columns if "".join(word(each[1]).split()).replace("_", "") in words]
    if len(mine) > 1:
        both = " and ".join(repr(name) for _, name in mine)
        raise broken(path, 1, f"the columns {both} mean the same; keep one")
    return mine[0][0] if mine else None


def _long(path: Path, rest: Sequence[tuple[int, str]], shape: Layout) -> Layout:
    qualities = tuple(
        Quality(at, name, kind) for at, name in rest if (kind := _kind_in_long(name)) is not None
    )
    for kind in ("qc", "quality"):
        same = [each.name for each in qualities if each.kind == kind]
        if len(same) > 1:
            both = " and ".join(map(repr, same))
            raise broken(
                path, 1, f"the columns {both} mean the same; keep one, or choose with --ignore"
            )
    taken = {each.at for each in qualities}
    unused = tuple((at, name) for at, name in rest if at not in taken)
    return Layout(shape.time, shape.tag, shape.value, (), qualities, unused)


def _kind_in_long(name: str) -> str | None:
    kind = _KINDS.get(plain(name))
    if kind is None and ("quality" in plain(name) or "품질" in plain(name) or plain(name) == "q"):
        return "quality"
    return kind or ("status" if hints(name) else None)


def _wide(path: Path, rest: Sequence[tuple[int, str]], time: int) -> Layout:
    bases = _bases(rest)
    judging = {
        at: word_kind for at, name in rest if (word_kind := _kind_in_wide(name, bases)) is not None
    }
    wide = tuple((at, name) for at, name in rest if at not in judging)
    numbers = {at: number for number, (at, _) in enumerate(wide)}
    qualities = tuple(
        Quality(at, name, kind, None if of is None else numbers.get(of))
        for at, name in rest
        if at in judging
        for kind, of in (judging[at],)
    )
    _check_wide(path, wide, qualities)
    return Layout(time, wide=wide, qualities=qualities)


def _kind_in_wide(name: str, bases: Mapping[str, int]) -> tuple[str, int | None] | None:
    """Return the kind of a quality column and the place of its tag; None for another column.

    The tag is that of which the name is left when the word of quality is taken off: D100.Quality
    belongs to D100, or to D100.Value. pandas puts a number to a repeated name: quality.1
    """
    low = word(name)
    whole = _KINDS.get(plain(re.sub(r"\.\d+$", "", low)))
    if whole:
        return whole, None
    for cut in range(1, len(low)):
        for base, rest in ((low[:cut], low[cut:]), (low[cut:], low[:cut])):
            kind = _kind_beside(rest) if base in bases else None
            if kind:
                return kind, bases[base]
    return None


def _kind_beside(rest: str) -> str | None:
    """Return the kind of what stands before or behind a tag's name; `Xok` is no `X ok`."""
    if rest[0].isalnum() and rest[-1].isalnum():
        return None
    return "quality" if plain(rest) == "q" else _KINDS.get(plain(rest))


def _bases(rest: Sequence[tuple[int, str]]) -> dict[str, int]:
    """Return the places of columns by their names, with and without a word for value behind."""
    bases = {}
    for at, name in rest:
        match = _VALUED.fullmatch(word(name))
        if match and match[2] in (*VALUE_WORDS, "v", "pv"):
            bases[match[1]] = at
    return bases | {word(name): at for at, name in rest}


def _check_wide(path: Path, wide: Sequence[tuple[int, str]], judges: Sequence[Quality]) -> None:
    if not wide:
        raise broken(
            path, 1, "no column besides the time; add tag_name and value, or a column a tag"
        )
    names: set[str] = set()
    for at, name in wide:
        fault = name_fault(name)
        if fault and plain(name) not in NUMBER_WORDS:
            raise broken(path, 1, f"column {at + 1}: {fault}")
        if name in names:
            raise broken(path, 1, f"there are two columns {name!r}; keep one")
        names.add(name)
    for number in {each.of for each in judges}:
        same = [each.name for each in judges if each.of == number]
        if len(same) > 1:
            both = " and ".join(map(repr, same))
            of = "of which tag is not said" if number is None else f"of {wide[number][1]!r}"
            way = f"keep one, name them as '{wide[0][1]} quality', or leave one out with --ignore"
            raise broken(path, 1, f"the columns {both} are both a quality, {of}; {way}")
