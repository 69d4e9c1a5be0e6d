"""Statements as a Citus cluster runs them: about many tags they start from its `influx_tag`.

Citus sends a join to the nodes where all tables in it are joined by what they are distributed by.
`unnest` is no such table, so the tags that are asked for are those of `influx_tag` that it names.
"""

from typing import Any

from sqlalchemy import BindParameter, TableValuedAlias
from sqlalchemy.dialects.postgresql.psycopg import PGCompiler_psycopg, PGDialect_psycopg
from sqlalchemy.sql import visitors

from data.sql.tables import influx_tag

#: The name of the dialect: what a statement needs there alone stands under it.
CITUS = "citus"
#: Rows of the tags that are asked for, as far as `influx_tag` has them. DISTINCT: a name that is
#: there twice would double its readings. And it keeps the planner from taking the join apart, after
#: which Citus would refuse a LATERAL that looks at an array.
OF_TAGS = (
    "(SELECT DISTINCT {listed} FROM {tags} AS named JOIN {rows} AS asked({columns}"
    " ON asked.tag_name = named.tag_name) AS {alias}"
)
#: Rows that are the same for every tag, as rows of the tag beside which they stand.
BESIDE_TAG = (
    "(SELECT DISTINCT asked.* FROM {tags} AS named CROSS JOIN {rows} AS asked({columns}"
    " WHERE named.tag_name = {of}.tag_name) AS {alias}"
)


class _Compiler(PGCompiler_psycopg):
    """Writes rows of arrays as rows of the tags that they are about."""

    #: The tags that the statement is about, as they are named in it.
    _tags = ""

    def visit_table_valued_alias(self, element: TableValuedAlias, **kw: Any) -> str:
        """Return the rows as rows of `influx_tag`, as far as they are tags or beside tags."""
        text: str = super().visit_table_valued_alias(element, **kw)
        arrays = _arrays(element) if kw.get("asfrom") else set()
        rows, _, named = text.rpartition(" AS ")
        alias, _, columns = named.partition("(")
        if "tags" in arrays:
            self._tags = alias
            return _of_tags(rows, alias, columns, [str(column.name) for column in element.c])
        if "waiting_starts" in arrays:
            return _beside(self._tags, rows, alias, columns)
        return text


def _arrays(element: TableValuedAlias) -> set[str]:
    """Return the names of the arrays that rows are made of."""
    return {each.key for each in visitors.iterate(element) if isinstance(each, BindParameter)}


def _of_tags(rows: str, alias: str, columns: str, names: list[str]) -> str:
    listed = ", ".join(f"named.{name}" if name == "tag_name" else f"asked.{name}" for name in names)
    return OF_TAGS.format(
        listed=listed, tags=influx_tag.name, rows=rows, columns=columns, alias=alias
    )


def _beside(tags: str, rows: str, alias: str, columns: str) -> str:
    return BESIDE_TAG.format(tags=influx_tag.name, rows=rows, columns=columns, of=tags, alias=alias)


class _Distributed(PGDialect_psycopg):
    """PostgreSQL as Citus distributes it."""

    name = CITUS
    statement_compiler = _Compiler
    supports_statement_cache = True


#: What statements are written for where readings are distributed by tag over a Citus cluster.
DISTRIBUTED = _Distributed(paramstyle="pyformat")
