"""Files of tags and of rules: into `influx_tag` and `influx_qc_rule`, and back."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from psycopg2 import sql
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from psycopg2.extras import RealDictCursor

from data.analysis import kinds, rules
from data.errors import BadInput
from data.files import csvfile
from data.files import rules as rulefile
from data.files.cells import alike, broken, cells_fault, few, names_text, trimmed, word

#: What a column of a tags file is called -> what it is; in small letters, without blanks.
_TAG_COLUMNS = {
    "tag_name": "tag_name",
    "tag": "tag_name",
    "태그": "tag_name",
    "태그명": "tag_name",
    "unit": "unit",
    "단위": "unit",
    "description": "description",
    "설명": "description",
    "tag_type": "tag_type",
    "유형": "tag_type",
    "decimals": "decimals",
    "소수자리": "decimals",
    "group": "group",
    "그룹": "group",
    "states": "states",
    "상태": "states",
    "kind": "kind",
    "종류": "kind",
}
_COLUMNS = """
SELECT a.attname, a.attidentity <> '' OR a.atthasdef
FROM pg_attribute a
WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped
"""


def load_tags(connection: Connection, path: Path, encoding: str | None = None) -> int:
    """Take the tags of a CSV file over into `influx_tag`, all or none; return how many.

    Columns: tag_name, unit, description, tag_type, decimals, group, states (`0=off;1=on`), kind
    (value, state, angle or counter). What the file leaves empty stays as it is. Names are taken
    without blanks around them.

    Parameters
    ----------
    encoding : of the file, where it is not UTF-8 and could be two

    Raises
    ------
    BadFile
        For the first broken line.
    """
    tags = _tags(path, encoding)
    with connection, connection.cursor() as cursor:
        defaults = _columns(cursor, path, "influx_tag")
        for row in tags:
            if not defaults.get("key", True):
                row = {"key": row["tag_name"], **row}
            row = {k: v for k, v in row.items() if k in defaults and v}
            _put(cursor, "influx_tag", row, merged="meta")
    return len(tags)


def remarks(path: Path, encoding: str | None = None) -> list[str]:
    """Return what the user should know of a file of tags that can be loaded."""
    names = [row["tag_name"] for row in _tags(path, encoding)]
    file = csvfile.opened(path, encoding, _named)
    unknown = [
        name
        for name, kind in zip(file.names, _columns_of(path, file.names), strict=True)
        if not kind
    ]
    told = [f"columns not loaded: {few(unknown)}"] if unknown else []
    return [*csvfile.remarks(file), *told, *alike(names)]


def _named(path: Path, names: Sequence[str]) -> tuple[list[str], list[int]]:
    """Return the places of what must be read in the right encoding: all columns that are loaded."""
    return [], [at for at, kind in enumerate(_columns_of(path, names)) if kind]


def _columns_of(path: Path, names: Sequence[str]) -> list[str | None]:
    columns = [_TAG_COLUMNS.get("".join(word(name).split())) for name in names]
    if "tag_name" not in columns:
        raise broken(path, 1, f"no column tag_name among {names_text(names)}; add it")
    return columns


def _tags(path: Path, encoding: str | None = None) -> list[dict[str, Any]]:
    file = csvfile.opened(path, encoding, _named)
    columns = _columns_of(path, file.names)
    tags: dict[str, dict[str, Any]] = {}
    for line, cells in csvfile.rows(file):
        if len(cells) != len(columns):
            raise broken(path, line, cells_fault(len(cells), len(columns)))
        cell = {kind: trimmed(text) for kind, text in zip(columns, cells, strict=True) if kind}
        try:
            row = _tag(cell)
        except ValueError as error:
            raise broken(path, line, str(error)) from error
        if row["tag_name"] in tags:
            raise broken(path, line, f"the tag {row['tag_name']!r} occurs twice; keep one")
        tags[row["tag_name"]] = row
    return list(tags.values())


def _tag(cell: Mapping[str, str]) -> dict[str, Any]:
    """Return a row of `influx_tag`; ValueError says what is wrong."""
    if not cell["tag_name"]:
        raise ValueError("the tag name is empty; name the tag")
    meta: dict[str, Any] = {k: cell[k] for k in ("description", "group") if cell.get(k)}
    if cell.get("decimals"):
        meta["decimals"] = _decimals(cell["decimals"])
    if cell.get("states"):
        meta["states"] = _states(cell["states"])
    if cell.get("kind"):
        meta["kind"] = _kind(cell["kind"])
    return {
        "tag_id": cell["tag_name"],
        "tag_name": cell["tag_name"],
        "tag_type": cell.get("tag_type") or None,
        "unit": cell.get("unit") or None,
        "meta": json.dumps(meta, ensure_ascii=False),
    }


def _decimals(text: str) -> int:
    if not text.isdecimal() or int(text) > 15:
        raise ValueError(f"decimals is {text!r}; write a whole number from 0 to 15")
    return int(text)


def _kind(text: str) -> str:
    if text not in kinds.KINDS:
        raise ValueError(f"kind is {text!r}; write one of {', '.join(kinds.KINDS)}")
    return text


def _states(text: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in text.split(";")]
    if not all(number.strip() and equals and word.strip() for number, equals, word in pairs):
        raise ValueError(f"states is {text!r}; write 0=off;1=on")
    return {number.strip(): word.strip() for number, _, word in pairs}


def load_rules(connection: Connection, path: Path) -> int:
    """Take the rules of a CSV file over into `influx_qc_rule`, all or none; return how many.

    The bounds go into the columns that the store has, in its spelling. Of `meta`, what is not ours
    and not in the file stays.

    Raises
    ------
    BadInput
        For the first rule that is broken, or that the store cannot hold as it is, naming file,
        line and reason.
    """
    every = rulefile.numbered(path)
    with connection, connection.cursor() as cursor:
        columns = _columns(cursor, path, "influx_qc_rule")
        before = _stored(connection)
        for _, rule in every:
            _put(cursor, "influx_qc_rule", _rule_row(rule, before.get(rule.tag_name, {}), columns))
        after = _stored(connection)
        for line, rule in every:
            _check_kept(path, line, rule, after[rule.tag_name], columns)
    return len(every)


def _stored(connection: Connection) -> dict[str, Mapping[str, Any]]:
    """Return the rows of the store by their tags, in that order; a row without one is no rule."""
    with connection.cursor(cursor_factory=RealDictCursor) as cursor:
        cursor.execute("SELECT * FROM influx_qc_rule ORDER BY tag_name")
        return {row["tag_name"]: row for row in cursor if (row["tag_name"] or "").strip()}


def _rule_row(
    rule: rules.Rule, before: Mapping[str, Any], columns: Mapping[str, bool]
) -> dict[str, Any]:
    """Return a rule as a row of the store; both spellings of a bound where it has both."""
    row = rules.as_row(rule) | {"meta": rules.merged_meta(before.get("meta"), rule)}
    row |= {other: row[name] for name, other in rules.OTHER_SPELLING.items()}
    if row["meta"] is None:
        del row["meta"]
    return {name: value for name, value in row.items() if name in columns}


def _check_kept(
    path: Path, line: int, rule: rules.Rule, row: Mapping[str, Any], columns: Mapping[str, bool]
) -> None:
    """Refuse a rule of which the store keeps something else than the file says."""
    stored_rule = rules.parse(row)
    unread = dict(stored_rule.unread_flags)
    for name in (*rules.NUMBERS, *rules.FLAGS):
        value, stored = getattr(rule, name), unread.get(name, getattr(stored_rule, name))
        if value == stored:
            continue
        column = "meta" if name == "flat_seconds" else name
        spelled = {column, rules.OTHER_SPELLING.get(column, column)}
        key = "rule_not_kept" if spelled & set(columns) else "rule_no_column"
        reason = BadInput(key, column=name, value=value, stored=stored)
        raise rulefile.in_row(path, line, rule.tag_name, reason)
    if rule.meta and "meta" not in columns:
        reason = BadInput("rule_no_column", column="meta", value=rule.meta)
        raise rulefile.in_row(path, line, rule.tag_name, reason)


def stored_rules(connection: Connection) -> list[rules.Rule]:
    """Return the rules of the store, in the order of their tags, sound or not."""
    with connection:
        return [rules.parse(row) for row in _stored(connection).values()]


def _columns(cursor: Cursor, path: Path, relation: str) -> dict[str, bool]:
    """Return the columns of a relation, True for those that fill themselves."""
    cursor.execute(_COLUMNS, (relation,))
    columns = dict(cursor.fetchall())
    if not columns:
        raise broken(path, None, f"the store has no {relation}; run manage.py schema install")
    return columns


def _put(cursor: Cursor, relation: str, row: dict[str, Any], merged: str | None = None) -> None:
    """Write a row by its tag name; no unique index is needed. `merged` keeps its other keys."""
    fixed = {"tag_name", "tag_id", "key"}
    changes = [
        sql.SQL("{0} = coalesce({0}, '{{}}') || {1}").format(
            sql.Identifier(name), sql.Placeholder(name)
        )
        if name == merged
        else sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name))
        for name in row
        if name not in fixed
    ]
    cursor.execute(
        sql.SQL("UPDATE {} SET {} WHERE tag_name = {}").format(
            sql.Identifier(relation), sql.SQL(", ").join(changes), sql.Placeholder("tag_name")
        ),
        row,
    )
    if cursor.rowcount:
        return
    cursor.execute(
        sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(relation),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(map(sql.Placeholder, row)),
        ),
        row,
    )
