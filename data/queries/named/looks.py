"""Looks for a name in readings, descriptions and rules, and in rollups."""

from collections.abc import Sequence

from data.db import NO_LETTERS, TOO_LONG, HistorianUnavailable, cached, read_rows
from data.queries.plan import is_text
from data.queries.relations import catalog, degrading
from data.sql import ROLLUPS, named_statement

#: How long the tags, and that there is none of a name, are shared [s].
TAGS_S = 4.0


@cached(TAGS_S)
@degrading
def has_rows(name: str) -> bool:
    """Return whether readings, descriptions or rules that may be read have a row of a tag.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    if not is_text(name):
        return False
    named = ("influx_tag", "influx_qc_rule")
    relations = ["influx_hist", *(each for each in named if "tag_name" in catalog().of(each))]
    relations = ["influx_tag"] if catalog().distributed else relations
    return _is_there(name, relations)


@cached(TAGS_S)
@degrading
def is_rolled(name: str) -> bool:
    """Return whether a rollup has a bucket of a tag; not where it takes too long to say.

    Raises
    ------
    HistorianUnavailable
        If the historian does not answer.
    """
    relations = [ROLLUPS[width].name for width in catalog().rollups]
    if not relations or catalog().distributed or not is_text(name):
        return False
    try:
        return _is_there(name, relations)
    except HistorianUnavailable as failure:
        if failure.key not in TOO_LONG:
            raise
        return False


def _is_there(name: str, relations: Sequence[str]) -> bool:
    try:
        return bool(read_rows(named_statement(name, relations))[0]["there"])
    except HistorianUnavailable as failure:
        if failure.key != NO_LETTERS:  # no name there has a sign that its letters do not write
            raise
        return False
