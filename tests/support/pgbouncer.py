"""PgBouncer in transaction mode before a test's database."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from psycopg2.extensions import make_dsn, parse_dsn

from tests.support.servers import answers, until

#: So few sessions of the server that every client soon gets one that another had.
SESSIONS = 3
#: How long a server that refused a session is left alone [s], as PgBouncer does by itself.
RETRY_S = 15
SETTINGS = """
[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr =
unix_socket_dir = {here}
listen_port = 6432
auth_type = trust
auth_file = {here}/users
pool_mode = transaction
default_pool_size = {sessions}
max_client_conn = 200
server_login_retry = {retry}
stats_users = {user}
admin_users = {user}
logfile = {here}/log
"""


@contextmanager
def pgbouncer(
    dsn: str, folder: Path | None = None, sessions: int = SESSIONS, retry: float = RETRY_S
) -> Iterator[str]:
    """Run PgBouncer; yield the DSN of the same database through it.

    Parameters
    ----------
    folder : where it listens, so that another one may take its place; None: one of its own
    sessions : most of the server at once
    retry : how long a server that refused a session is left alone [s]
    """
    parts = parse_dsn(dsn)
    with ExitStack() as ending:
        here = folder or Path(
            ending.enter_context(tempfile.TemporaryDirectory(prefix="ksys-bouncer-"))
        )
        given = {"host": parts["host"], "port": parts.get("port", "5432"), "user": parts["user"]}
        more = {"here": here, "sessions": sessions, "retry": retry}
        (here / "ini").write_text(SETTINGS.format(**given, **more))
        (here / "users").write_text(f'"{parts["user"]}" ""\n')
        account = _owner(Path(parts["host"]), here)
        program = shutil.which("pgbouncer") or "pgbouncer"
        server = subprocess.Popen(
            [program, "-q", str(here / "ini")], stderr=subprocess.DEVNULL, **account
        )
        through = make_dsn(dsn, host=str(here), port=6432)
        try:
            until(lambda: answers(through), 30)
            yield through
        finally:
            server.kill()
            server.wait()


def _owner(socket: Path, here: Path) -> dict[str, Any]:
    """Return whom root becomes: the user who may enter the folder of the server's socket."""
    if os.geteuid():
        return {}
    user = pwd.getpwuid(socket.stat().st_uid)
    for path in (here, *here.iterdir()):
        os.chown(path, user.pw_uid, user.pw_gid)
    here.chmod(0o755)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
