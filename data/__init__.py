"""Questions in, frames out: the historian, what its numbers mean, and what a page shows of them.

A room a trade. Others enter by its door, the names in the `__all__` of its `__init__`; the rest of
a room is its own. `tests/unit/test_house.py` holds the table.

| room | what it does | may import, besides the ground |
|---|---|---|
| `errors.py`, `sentences.py`, `command_sentences.py`, `windows.py`, `typed.py`, `buckets.py` \
| the ground: what we refuse, which stretch of time, as an address or as one types it, how wide \
the buckets | |
| `analysis/` | what numbers mean: pure functions over frames and arrays; no database, no clock | |
| `sql/` | what is asked of the historian: tables and pure statement builders | analysis |
| `shared/` | the cache that workers share: signed values in a Redis that is trusted \
with nothing | |
| `db/` | the way to it: pool, binary COPY, failures, watchdog, cache, the database's clock | \
shared |
| `queries/` | readers: a question in, a cached frame out | sql, db, analysis |
| `views/` | what a page shows, put together from queries | queries, analysis, the types of db |
| `export/` | files of any size out of questions, as streams: whole, or visibly failed \
| views, queries, sql, db, analysis |
| `status/` | what `manage.py check` and the status page say: findings, \
read with SELECT alone, as lines | queries, sql, db, analysis |
| `store/` | what writes: schema, rollups, bulk COPY in | sql |
| `files/` | files of readings, tags and rules: parsed, refused or loaded | store, analysis |
| `embedded/` | our own PostgreSQL server, kept alive while it is used | only `errors.py` |
| `demo/` | the demonstration plant and its feeder | store, analysis |
"""
