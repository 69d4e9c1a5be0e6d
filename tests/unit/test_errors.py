"""What Ksys refuses: one tree of errors, each a sentence with the thing, the value, the way out."""

import gzip
import inspect
import pickle
import re
from pathlib import Path

import psycopg2
import pytest

import app
from components.question import view_of
from data import (
    buckets,
    command_sentences,
    db,
    embedded,
    errors,
    files,
    sentences,
    store,
    windows,
)
from data.demo import model
from data.errors import SENTENCES, KsysError
from data.files import load, rules, tags
from data.views import check_parameters
from settings import database_address, from_env
from tests.support.sentences import WAY_OUT

KINDS = KsysError.__subclasses__()
HEAD = "ts,tag_name,value\n"
# How an error is provoked -> what its sentence must name: the thing, the value, and the way out.
# `file` is a file with that content; the rest is called as it stands.
PROVOKED = {
    "window: a token": (lambda: windows.parse("9q"), "window", "'9q'", "45m or 12mo"),
    "window: turned round": (
        lambda: windows.absolute("2026-01-02", "2026-01-01", "UTC"),
        "window", "2026-01-01 00:00:00+00:00", "choose a later stop",
    ),
    "window: no time": (
        lambda: windows.absolute("noon", "2026-01-01", "UTC"),
        "start", "'noon'", "write 2025-01-31T08:00",
    ),
    "window: too long": (
        lambda: windows.parse("99y").bounds(windows.EPOCH, "UTC"),
        "window", "'99y'", "choose a shorter one",
    ),
    "window: resolution": (lambda: buckets.resolution("7m"), "resolution", "'7m'", "choose one of"),
    "tag: unknown": (lambda: model.tag("X9"), "tag", "'X9'", "search the overview"),
    "tag: too many": (lambda: view_of({"tag": ["a"] * 9}, 8), "tags", "9", "at most 8: choose"),
    "zone: unknown": (lambda: windows.site_zone("Mars/Base"), "zone", "'Mars/Base'", "Asia/Seoul"),
    "zone: a directory": (lambda: windows.site_zone("Asia"), "time zone", "'Asia'", "Asia/Seoul"),
    "zone: of the site": (lambda: from_env({"SITE_TZ": "Asia"}), "SITE_TZ", "'Asia'", "IANA name"),
    "zone: of a load": (
        lambda: load.read(Path("a.csv"), "Nowhere"), "zone", "'Nowhere'", "Asia/Seoul",
    ),
    "port: out of range": (lambda: from_env({"PORT": "99999"}), "PORT", "'99999'", "1 to 65535"),
    "port: no number": (lambda: from_env({"PORT": "http"}), "PORT", "'http'", "1 to 65535"),
    "port: not ours": (
        lambda: app.refuse_taken("192.0.2.1", 8050), "PORT=8050", "192.0.2.1", "HOST=127.0.0.1",
    ),
    "dsn: of the pages": (
        lambda: from_env({"TS_DSN": "nonsense"}), "TS_DSN", "'nonsense'", "host=db dbname=plant",
    ),
    "dsn: of a command": (
        lambda: database_address("--dsn", "nonsense"), "--dsn", "'nonsense'", "host=db dbname",
    ),
    "dsn: nobody there": (
        lambda: db.writing("host=127.0.0.1 port=1 password=hush", "--dsn").__enter__(),
        "--dsn", "host=127.0.0.1 port=1", "start the server",
    ),
    "dsn: no such host": (
        lambda: db.writing("host=no.invalid password=hush", "TS_DSN_WRITE").__enter__(),
        "TS_DSN_WRITE", "host=no.invalid", "mend host",
    ),
    "cache: no address": (
        lambda: from_env({"REDIS_URL": "nonsense"}), "REDIS_URL", "'nonsense'", "redis://",
    ),
    "file: absent": (
        lambda: load.read(Path("/none/a.csv")), "a.csv", "No such file", "mend the path",
    ),
    "file: no header": ("", load.read, "file, line 1", "no header", "must name the columns"),
    "file: no value": (HEAD + "2026-01-01,D1,x\n", load.read, "line 2", "'x'", "leave it empty"),
    "file: no time": (HEAD + "noon,D1,1\n", load.read, "line 2", "'noon'", "write 2025-01-31T08"),
    "file: other columns": ("when,tag,value\n", load.read, "line 1", "'when'", "call it ts"),
    "file: two of a tag": ("ts,D1,D1\n", load.read, "line 1", "'D1'", "keep one"),
    "file: cells": (HEAD + "2026-01-01,D1\n", load.read, "line 2", "2 columns", "quote cells"),
    "file: archive": (gzip.compress(b"ts")[:-4], load.read, "file", "archive", "pack it again"),
    "file: text": (HEAD.encode() + b"\xff\xff\xff", load.read, "file", "UTF-8", "save it as"),
    "file: quality": (
        "ts,tag,value,quality\n2026-01-01,D1,1,0\n", load.read, "'quality'", "'0'", "--quality",
    ),
    "file: status": (
        "ts,tag,value,status\n2026-01-01,D1,1,RUN\n",
        load.read, "line 2", "status", "'RUN'", "--ignore 'status'",
    ),
    "file: two encodings": (
        "ts,T °C\n".encode("cp1252"), load.read, "line 1", "'T °C'", "--encoding cp1252",
    ),
    "file: thousands": (
        "ts;D1\n2026-01-01;1,234\n", load.read, "line 2", "D1 is '1,234'", "--thousands ,",
    ),
    "file: cut off": (HEAD + "2026-01-01,D", load.read, "line 2", "cut off", "make it anew"),
    "file: tags": ("name,unit\n", tags._tags, "line 1", "'name', 'unit'", "tag_name"),
    "file: tag twice": ("tag,unit\nA,\nA,\n", tags._tags, "line 3", "'A'", "keep one"),
    "rule: header": ("tag name,max_val\n", rules.read_csv, "file", "'tag name'", "columns are"),
    "rule: column": ("tag_name,mx\n", rules.read_csv, "file", "'mx'", "the columns are"),
    "rule: number": ("tag_name,max_val\nA,x\n", rules.read_csv, "max_val", "'x'", "leave it emp"),
    "rule: flag": ("tag_name,enabled\nA,maybe\n", rules.read_csv, "enabled", "'maybe'", "write tr"),
    "rule: nesting": (
        "tag_name,warn_min,warn_max\nA,9,1\n", rules.read_csv, "tag 'A'", "warn_min 9", "mend",
    ),
    "rule: twice": ("tag_name\nA\nA\n", rules.read_csv, "line 3", "'A'", "keep one"),
    "rule: no tag": ("tag_name,max_val\n,5\n", rules.read_csv, "line 2", "tag_name", "write the"),
    "rule: encoding": (b"tag_name\n\xff", rules.read_csv, "file", "not UTF-8", "save it as CSV"),
}  # fmt: skip
MATTERS = ("window", "tag", "zone", "port", "dsn", "file", "rule")


@pytest.mark.parametrize("name", PROVOKED)
def test_an_error_names_the_thing_the_value_and_the_way_out(name, tmp_path):
    first, *rest = PROVOKED[name]
    if callable(first):
        provoke = first
    else:
        read, *rest = rest
        path = tmp_path / "file"
        path.write_bytes(first if isinstance(first, bytes) else first.encode())
        provoke = lambda: read(path)  # noqa: E731 - one short expression
    with pytest.raises(KsysError) as caught:
        provoke()
    said = str(caught.value)
    for words in rest:
        assert words in said
    assert WAY_OUT.search(said), said
    assert "hush" not in said
    assert "\n" not in said


@pytest.mark.parametrize("matter", MATTERS)
def test_every_matter_is_provoked_in_at_least_two_ways(matter):
    assert sum(name.startswith(f"{matter}: ") for name in PROVOKED) >= 2


# These hold the sentence of another error, or remark on something that is no error.
WRAPPERS = {"file_broken", "file_line_broken", "rules_row"}
REMARKS = {"rule_blank_name", "rule_deadband_clipped"}


@pytest.mark.parametrize("key", sorted(set(SENTENCES) - WRAPPERS - REMARKS))
def test_every_sentence_has_a_way_out(key):
    assert WAY_OUT.search(SENTENCES[key]), SENTENCES[key]


LIBPQ = 'connection to server at "db", port 5432 failed: '
# What libpq says -> the key of what we say, and what must be in it.
REFUSALS = {
    "password authentication failed": (
        f'{LIBPQ}FATAL:  password authentication failed for user "me"\n',
        "database_password", "user 'me'",
    ),
    "no password": (f"{LIBPQ}fe_sendauth: no password supplied\n", "database_password", "'you'"),
    "pg_hba": (
        f'{LIBPQ}FATAL:  no pg_hba.conf entry for host "1.2.3.4", user "me", database "x"\n',
        "database_denied", "user 'me'",
    ),
    "peer": (
        f'{LIBPQ}FATAL:  Peer authentication failed for user "me"\n', "database_denied", "'me'",
    ),
    "database": (f'{LIBPQ}FATAL:  database "x" does not exist\n', "database_missing", "'x'"),
    "role": (f'{LIBPQ}FATAL:  role "me" does not exist\n', "database_role", "'me'"),
    "refused": (
        f"{LIBPQ}Connection refused\n\tIs the server running on that host?\n",
        "database_refused", "(Connection refused)",
    ),
    "two hosts": (
        f"{LIBPQ}Connection refused\n\tIs it running?\n{LIBPQ}timeout expired\n",
        "database_refused", "(Connection refused)",
    ),
    "time": (f"{LIBPQ}timeout expired\n", "database_refused", "(timeout expired)"),
    "full": (f"{LIBPQ}FATAL:  sorry, too many clients already\n", "database_failed", "too many"),
    "Korean": (f"{LIBPQ}치명적오류:  모름\n", "database_failed", "모름"),
    "service": ('definition of service "x" not found\n', "database_failed", 'service "x"'),
    "silence": ("", "database_failed", "no word of why"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_whatever_libpq_says_of_a_connection_becomes_one_sentence_of_ours(name, monkeypatch):
    text, key, words = REFUSALS[name]

    def connect(*_args, **_kwargs):
        raise psycopg2.OperationalError(text)

    monkeypatch.setattr(psycopg2, "connect", connect)
    with pytest.raises(errors.HistorianUnavailable) as caught:
        db.writing("host=db user=you password=hush dbname=plant", "--dsn").__enter__()
    said = str(caught.value)
    assert caught.value.key == key
    assert words in said
    assert said.startswith("--dsn: ")
    assert "host=db port=5432" in said
    assert "FATAL" not in said and "hush" not in said and "\n" not in said


def test_the_tree_in_the_docstring_is_the_tree_of_the_classes():
    drawn = re.findall(r"[├└]── (\w+)", inspect.getdoc(KsysError) or "")
    assert drawn == [kind.__name__ for kind in KINDS]
    assert len(drawn) == 6


def test_every_error_class_of_the_module_belongs_to_the_tree():
    classes = [each for _, each in inspect.getmembers(errors, inspect.isclass)]
    strays = [each for each in classes if issubclass(each, Exception)]
    assert set(strays) == {KsysError, *KINDS}


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_comes_out_of_a_shared_cache_as_it_went_in(kind):
    before = kind("file_line_broken", file="a.csv", line=3, reason="no number")
    after = pickle.loads(pickle.dumps(before))
    assert type(after) is kind
    assert (after.key, after.values, str(after)) == (before.key, before.values, str(before))
    assert str(after) == "a.csv, line 3: no number"


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_has_a_sentence_or_is_none(kind):
    with pytest.raises(KeyError):
        kind("no_such_sentence")


def test_the_doors_offer_the_errors_of_their_rooms():
    assert db.HistorianUnavailable is errors.HistorianUnavailable
    assert files.BadFile is errors.BadFile
    assert embedded.EmbeddedUnavailable is errors.EmbeddedUnavailable
    assert store.ForeignSchema is errors.ForeignSchema


def test_a_directory_that_cannot_be_made_is_named_with_its_setting(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(errors.EmbeddedUnavailable, match=r"file/var: Not a dir.*KSYS_DATA.*TS_DSN"):
        embedded.start(tmp_path / "file" / "var")


def test_the_sentences_are_sorted_by_key_and_each_stands_in_one_table():
    tables = (sentences.SENTENCES, command_sentences.SENTENCES)
    assert [list(table) for table in tables] == [sorted(table) for table in tables]
    assert len(SENTENCES) == sum(map(len, tables))


def test_counts_are_written_with_their_thousands():
    bare = [key for key, text in SENTENCES.items() if re.search(r"\{(count|limit)\}", text)]
    assert not bare


@pytest.mark.parametrize("given", ["\t", "\u3000", " \r\n"])
@pytest.mark.parametrize("choices", [(",", ";"), ()])
def test_a_refusal_spells_a_blank_that_was_given(given, choices):
    with pytest.raises(errors.BadInput, match=re.escape(f"separator is {given!r}")) as refused:
        check_parameters({"separator": [given]}, {"separator": choices}, ())
    assert errors.about(refused.value)["value"] == given
