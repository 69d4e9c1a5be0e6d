"""What Ksys refuses: one tree of errors, each a sentence with the thing, the value, the way out."""

import inspect
import pickle
import re

import pytest

from data import db, embedded, errors, files, store
from data.errors import SENTENCES, KsysError

KINDS = KsysError.__subclasses__()


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


def test_the_sentences_are_sorted_by_key():
    assert list(SENTENCES) == sorted(SENTENCES)
