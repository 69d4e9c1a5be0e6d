"""Rules as a CSV file: written, read back to the last bit, and each broken row named."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from data.analysis import Rule, rules
from data.errors import BadInput, naming
from data.files import cells

#: The contract has `max_gap_seconds` as an integer.
LONGEST_GAP = 2**31 - 1


def write_csv(every: Iterable[Rule], path: Path) -> None:
    """Write rules in the order given; `read_csv` returns the same ones."""
    with naming(path), path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rules.COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({k: _text(v) for k, v in rules.as_row(rule).items()} for rule in every)


def _text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def read_csv(path: Path) -> list[Rule]:
    """Return the rules of a CSV file: UTF-8, delimited by comma, semicolon, tab or |.

    Raises
    ------
    BadInput
        For the first row that is no sound rule, naming file, line, tag and reason.
    """
    return [rule for _, rule in numbered(path)]


def numbered(path: Path) -> list[tuple[int, Rule]]:
    """Return (line, rule) of each row of a rules file.

    Raises
    ------
    BadInput
        As `read_csv`.
    """
    every = []
    for line, rule in _judged(path):
        if isinstance(rule, BadInput):
            raise rule
        every.append((line, rule))
    return every


def judged(path: Path) -> Iterator[Rule | BadInput]:
    """Yield for each row of a rules file the rule, or what is wrong with it.

    Raises
    ------
    BadInput
        If the file as a whole cannot be read: not UTF-8, no tag_name column, a column nobody knows.
    """
    return (rule for _, rule in _judged(path))


def _judged(path: Path) -> Iterator[tuple[int, Rule | BadInput]]:
    lines: dict[str, int] = {}
    for line, row in _rows(path):
        try:
            rule = _sound(row)
            if rule.tag_name in lines:
                raise BadInput("rule_twice", tag=rule.tag_name, line=lines[rule.tag_name])
        except BadInput as reason:
            yield line, in_row(path, line, row.get("tag_name") or "", reason)
        else:
            lines[rule.tag_name] = line
            yield line, rule


def in_row(path: Path, line: int, tag: str, reason: BadInput) -> BadInput:
    """Return a reason with the row of a rules file that it holds for."""
    return BadInput("rules_row", file=path.name, line=line, tag=tag, reason=str(reason))


def _sound(row: Mapping[str, Any]) -> Rule:
    if None in row or None in row.values():
        raise BadInput("rule_cells")
    rule = rules.parse(row)
    for problem in rules.problems(rule):
        if problem.key == "rule_number":
            column = str(problem.values["column"])
            raise BadInput("rule_number", column=column, value=rules.cell(row, column))
        raise problem
    _check_storable(rule)
    return rule


def _check_storable(rule: Rule) -> None:
    """Refuse what no historian of the contract can hold."""
    gap, meta = rule.max_gap_seconds, rule.meta or "{}"
    if gap is not None and not (gap.is_integer() and gap <= LONGEST_GAP):
        raise BadInput("rule_gap", value=gap)
    if "\0" in rule.tag_name:
        raise BadInput("rule_text", column="tag_name", value=rule.tag_name)
    try:
        json.dumps(json.loads(meta), allow_nan=False)
        meta.encode()
    except ValueError as error:
        raise BadInput("rule_text", column="meta", value=rule.meta) from error
    if "\\u0000" in meta:
        raise BadInput("rule_text", column="meta", value=rule.meta)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line, row); too few cells show as None values, too many under the key None."""
    lines = io.StringIO(_text_of(path), newline="")
    delimiter = max(cells.DELIMITERS, key=lines.readline().count)
    lines.seek(0)
    reader = csv.DictReader(lines, delimiter=delimiter)
    try:
        reader.fieldnames = [cells.word(name) for name in reader.fieldnames or ()]
        _check_header(path, reader.fieldnames)
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        line = reader.line_num + 1
        raise BadInput("rules_csv", file=path.name, line=line, reason=str(error)) from error


def _text_of(path: Path) -> str:
    """Return the text of a file, the ends of its lines as they are."""
    with naming(path):
        content = path.read_bytes()
    try:
        return content.decode().lstrip("\ufeff")
    except UnicodeDecodeError as error:
        raise BadInput("rules_encoding", file=path.name) from error


def _check_header(path: Path, names: Sequence[str]) -> None:
    allowed = {*rules.COLUMNS, *rules.OTHER_SPELLING.values(), "flat_seconds"}
    columns = ", ".join(rules.COLUMNS)
    if "tag_name" not in names:
        header = cells.names_text(names)
        raise BadInput("rules_header", file=path.name, found=header, columns=columns)
    for place, name in enumerate(names):
        if name not in allowed:
            raise BadInput("rules_column", file=path.name, column=name, columns=columns)
        if name in names[:place]:
            raise BadInput("rules_column_twice", file=path.name, column=name)
