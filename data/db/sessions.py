"""How a connection to the historian is made, and what is in force on it."""

from typing import Any

import psycopg2
from psycopg2 import extensions

#: The name of our sessions in pg_stat_activity.
APPLICATION = "ksys"
#: Longest wait for one host of a DSN [s]: a page waits for all of them in turn.
CONNECT_TIMEOUT_S = 3
#: A connection whose peer is gone is noticed within 45 s instead of the system's two hours.
_KEEPALIVE = {
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}


def session_settings(timeout_ms: int) -> dict[str, str]:
    """Return the options of every session, by the names of PostgreSQL."""
    return {
        "statement_timeout": str(timeout_ms),
        "default_transaction_read_only": "on",
        "timezone": "UTC",
        "extra_float_digits": "1",
        # On many chunks compiling takes 150 times as long as it saves, and cannot be cancelled.
        "jit": "off",
    }


def creator(dsn: str, settings: dict[str, str], pooler: bool) -> Any:
    """Return what SQLAlchemy calls for a new connection; what the DSN says itself stands."""

    def create() -> Any:
        options = extensions.parse_dsn(dsn)
        extra: dict[str, object] = {
            "connect_timeout": CONNECT_TIMEOUT_S,
            "application_name": APPLICATION,
            **_KEEPALIVE,
        }
        extra = {name: value for name, value in extra.items() if name not in options}
        if not pooler:
            ours = " ".join(f"-c {name}={value}" for name, value in settings.items())
            extra["options"] = f"{options.get('options', '')} {ours}".strip()
        connection = psycopg2.connect(dsn, **extra)
        connection.autocommit = not pooler
        return connection

    return create


def set_local(connection: Any, settings: dict[str, str]) -> None:
    """Set the options for one transaction: a pooler may give the next one another session."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        for name, value in settings.items():
            cursor.execute("SELECT set_config(%s, %s, true)", (name, value))
