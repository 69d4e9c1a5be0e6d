"""Where PostgreSQL looks for relations, functions and operators while we read.

Statements name relations alone, and functions and operators as PostgreSQL spells its own. Where a
schema of the path has a better fitting `sum` or `=`, that would be taken. Who may write to a schema
with readings decides what is shown anyway; of the other schemas none may divert a statement.
"""

import math
import re
import time
from collections.abc import Sequence
from typing import Any

#: How long the path of a session stands [s]: relations of a new schema are found within a minute.
PATH_S = 25.0
#: Names of what we read; a test compares it with the contract.
RELATIONS = re.compile(r"^(influx_|ksys_|features_5m$|tech_ind_1m_mv$)")
_TELL = "SELECT pg_catalog.set_config('search_path', %s, %s)"
# Each name is that of PostgreSQL's own: this one statement runs with the path of the role.
_GIVEN = "SELECT pg_catalog.current_schemas(false)::pg_catalog.text[]"
# A schema is left out if a function or operator there has a name of PostgreSQL's, came with no
# extension, and the schema has none of our relations.
_TRUSTED = """
SELECT name FROM unnest(%(names)s::text[]) WITH ORDINALITY AS given (name, place)
JOIN pg_namespace schema ON schema.nspname = given.name
WHERE EXISTS (
    SELECT FROM pg_class WHERE relnamespace = schema.oid AND relname ~ %(relations)s
) OR NOT EXISTS (
    SELECT FROM (
        SELECT theirs.oid, 'pg_proc'::regclass AS class FROM pg_proc theirs
        JOIN pg_proc ours USING (proname)
        WHERE theirs.pronamespace = schema.oid AND ours.pronamespace = 'pg_catalog'::regnamespace
        UNION ALL
        SELECT theirs.oid, 'pg_operator'::regclass FROM pg_operator theirs
        JOIN pg_operator ours USING (oprname)
        WHERE theirs.oprnamespace = schema.oid AND ours.oprnamespace = 'pg_catalog'::regnamespace
    ) AS shadow
    WHERE NOT EXISTS (
        SELECT FROM pg_depend
        WHERE classid = shadow.class AND objid = shadow.oid AND deptype = 'e'
    )
)
ORDER BY place
"""


def quoted(name: str) -> str:
    """Return a name as PostgreSQL reads it in a list of schemas."""
    return '"' + name.replace('"', '""') + '"'


def path(schemas: Sequence[str]) -> str:
    """Return the search path of these schemas: PostgreSQL's own before, temporary ones after."""
    return ", ".join(["pg_catalog", *map(quoted, schemas), "pg_temp"])


class SearchPath:
    """The search path of the sessions of a pool.

    Parameters
    ----------
    schema : the only one, which the options of a session name; None: that of the role, less the
        schemas that could divert a statement
    pooler : each transaction is told, as the next one may be of another session
    """

    def __init__(self, schema: str | None, pooler: bool) -> None:
        self.schema, self._pooler = schema, pooler
        self.options = {} if schema is None else {"search_path": path([schema])}
        self._read_at, self._path = -math.inf, ""

    def keep(self, connection: Any) -> None:
        """Keep a session of a pool of SQLAlchemy to the path, read anew every few seconds."""
        if self.schema is not None:
            return
        pooler = self._pooler
        now, told_at = time.monotonic(), connection.info.get("path_told_at", -math.inf)
        if not pooler and now - told_at < PATH_S:
            return
        with connection.cursor() as cursor:
            if not pooler:
                cursor.execute("RESET search_path")
            if not pooler or now - self._read_at >= PATH_S:
                self._path, self._read_at = of_role(cursor), now
            cursor.execute(_TELL, (self._path, pooler))
        connection.info["path_told_at"] = now


def of_role(cursor: Any) -> str:
    """Return the search path of the session, without the schemas that could divert a statement.

    It stays restricted to PostgreSQL's own schema: the caller sets what is returned, or another.
    """
    cursor.execute(_GIVEN)
    (names,) = cursor.fetchone()
    named = [name for name in names if not name.startswith("pg_")]
    cursor.execute(_TELL, ("pg_catalog, pg_temp", False))
    cursor.execute(_TRUSTED, {"names": named, "relations": RELATIONS.pattern})
    return path([name for (name,) in cursor.fetchall()])
