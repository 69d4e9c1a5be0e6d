"""What cannot be answered as asked: one tree of errors, each with a sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from data import command_sentences, sentences

__all__ = [
    "BUSY",
    "SENTENCES",
    "BadFile",
    "BadInput",
    "BadSetting",
    "EmbeddedUnavailable",
    "ForeignSchema",
    "HistorianUnavailable",
    "KsysError",
    "OF_PARAMETER",
    "about",
    "size_text",
]

#: The sentence for each reason, by key.
SENTENCES = {**command_sentences.SENTENCES, **sentences.SENTENCES}
#: Most that a sentence repeats of a text that was sent [characters]; the longest list of choices is
#: shorter.
MOST_SHOWN = 400
#: All connections of this process are lent: the historian answers, only not this question yet.
BUSY = "historian_busy"


def size_text(count: float) -> str:
    """Return a size [bytes] as people write it: `66.2 GB`, in units of 1,024 as `df -h` counts."""
    amount, unit = count / 2**20, "MB"
    for greater in ("GB", "TB"):
        if amount >= 1_000:
            amount, unit = amount / 1_024, greater
    digits = 0 if amount >= 100 else 1 if amount >= 10 else 2
    return f"{round(amount, digits):g} {unit}"


class KsysError(Exception):
    """What Ksys refuses or cannot do, said in one sentence that names the way out.

    Each carries a key of `SENTENCES` and what fills its holes, so that a page can word it in the
    viewer's language; `str()` is the English sentence, for commands and the log. It pickles, as an
    answer in a shared cache must.

    KsysError
    ├── BadInput (a ValueError too)   a parameter or a rule that cannot be used as given
    ├── BadFile                       a file of readings or tags that cannot be loaded
    ├── BadSetting                    a variable of the environment or an option of a command
    ├── HistorianUnavailable          the historian, or the way to it, does not answer
    ├── EmbeddedUnavailable           our own PostgreSQL server cannot run here
    └── ForeignSchema                 the database holds something that is not ours to change

    Parameters
    ----------
    key : a key of `SENTENCES`
    values : what fills the holes of the sentence
    """

    def __init__(self, key: str, **values: object) -> None:
        self.key = key
        self.values = values
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        return SENTENCES[self.key].format(**self.values)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self.key, self.values)


def _rebuilt(kind: type[KsysError], key: str, values: dict[str, object]) -> KsysError:
    return kind(key, **values)


class BadInput(KsysError, ValueError):
    """A parameter or a rule that cannot be used as given.

    Of a long text its sentence shows the begin: whoever sends a megabyte gets a sentence back.
    """

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key, **{name: _shown(value) for name, value in values.items()})


def _shown(value: object) -> object:
    """Return a text as far as a sentence shows it; anything else as it is."""
    long = isinstance(value, str) and len(value) > MOST_SHOWN
    return f"{str(value)[:MOST_SHOWN]}…" if long else value


class BadFile(KsysError):
    """A file that cannot be loaded: names file, line (where there is one) and reason."""


class BadSetting(KsysError):
    """A setting that cannot be used: names the variable or option, the value and the way out."""


class HistorianUnavailable(KsysError):
    """The historian did not answer; keys that begin with `historian_`, for commands `database_`.

    What the server said (`detail`) is in `str()`, for the log, with its SQLSTATE (`code`) or else
    our key, and only in the sentences that say so. It names no part of the DSN; `said`, which may,
    is for an administrator alone.
    """

    def _sentence(self) -> str:
        sentence, detail = super()._sentence(), self.values.get("detail")
        if not detail or "code" not in self.values:
            return sentence
        code = self.values["code"]
        kind = f"SQLSTATE {code}" if code else self.key
        told = kind if str(detail) in sentence else f"{detail}; {kind}"
        return f"{sentence} ({told})"


class EmbeddedUnavailable(KsysError):
    """The embedded server cannot run here; the sentence says why and names the way out."""


class ForeignSchema(KsysError):
    """The database holds something of our names that is not ours to change."""


class Place(NamedTuple):
    """Where the parts of a refused parameter stand among the values of an error.

    Parameters
    ----------
    parameter : its name; in braces: the value that names it
    given, allowed : which value is what was given, and which is what may be; empty without one
    """

    parameter: str
    given: str = ""
    allowed: str = ""


#: Key -> what a program is told of the parameter that is refused; others are of no parameter.
OF_PARAMETER = {
    "compare_future": Place("compare", "compare"),
    "cursor_foreign": Place("cursor", "cursor"),
    "export_body_value": Place("{name}"),
    "export_manifest_live": Place("window"),
    "export_no_tag": Place("tag"),
    "export_signs": Place("separator"),
    "half_a_window": Place("{given}"),
    "indicators_of_angle": Place("tag", "tag"),
    "indicators_of_counter": Place("tag", "tag"),
    "indicators_of_state": Place("tag", "tag"),
    "limit_of_auto": Place("limit", "value"),
    "no_group": Place("group", "group", "groups"),
    "no_groups": Place("group", "group"),
    "no_tag_like": Place("tag_like", "pattern"),
    "not_of_readings": Place("{name}", "value"),
    "parameter_blank": Place("{name}", "value"),
    "parameter_choice": Place("{name}", "value", "choices"),
    "parameter_empty": Place("{name}"),
    "parameter_needed": Place("{name}"),
    "parameter_number": Place("{name}", "value"),
    "parameter_repeated": Place("{name}", "count"),
    "parameter_twice": Place("{name}", "value"),
    "parameter_unknown": Place("{name}", "", "choices"),
    "select_outside": Place("select", "select"),
    "start_after_stop": Place("{name}", "value"),
    "tag_rolled": Place("tag", "tag"),
    "time_before_1970": Place("{name}", "value"),
    "too_many_buckets": Place("resolution", "resolution", "limit"),
    "too_many_readings": Place("resolution", "count", "limit"),
    "too_many_rows": Place("window", "", "limit"),
    "too_many_tags": Place("tag", "count", "limit"),
    "two_windows": Place("window", "window"),
    "unknown_axes": Place("axes", "axes", "choices"),
    "unknown_compare": Place("compare", "compare", "choices"),
    "unknown_indicator": Place("indicators", "indicator", "choices"),
    "unknown_language": Place("lang", "value", "choices"),
    "unknown_resolution": Place("resolution", "resolution", "choices"),
    "unknown_statistic": Place("statistics", "statistic", "choices"),
    "unknown_switch": Place("{name}", "value"),
    "unknown_tag": Place("tag", "tag"),
    "unknown_window": Place("window", "window"),
    "unknown_zone": Place("tz", "zone"),
    "unreadable_stretch": Place("{name}", "value"),
    "unreadable_time": Place("{name}", "value"),
    "window_future": Place("stop", "stop"),
    "window_too_long": Place("window", "window"),
}


def about(error: KsysError) -> dict[str, Any]:
    """Return parameter, value and allowed of a refusal, as far as it is of a parameter.

    Several that are allowed are a list, a most or least is a number.
    """
    place = OF_PARAMETER.get(error.key)
    if place is None:
        return {}
    told: dict[str, Any] = {"parameter": place.parameter.format(**error.values)}
    if place.given:
        told["value"] = error.values[place.given]
    if place.allowed:
        allowed = error.values[place.allowed]
        told["allowed"] = allowed.split(", ") if isinstance(allowed, str) else allowed
    return told


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an OSError say its file also where the operating system does not: a full disk is such."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise
