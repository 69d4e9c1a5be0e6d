"""The settings as the environment, or files that it names, gives them."""

import os
from collections.abc import Mapping, MutableMapping
from dataclasses import Field, fields
from typing import Any

from data.errors import BadSetting
from settings import values
from settings.record import Settings


def from_env(environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings that the environment asks for.

    Raises
    ------
    BadSetting
        If a variable has a value that cannot be used.
    """
    chosen: dict[str, Any] = {}
    named: dict[str, str] = {}
    for record in fields(Settings):
        for name in record.metadata["env"]:
            given = _given(record, name, environ)
            if given:
                named[record.name], text = given
                chosen[record.name] = _parsed(record, named[record.name], text)
                break
    settings = Settings(**chosen)
    for field_name in ("dsn", "dsn_read", "dsn_write"):
        settings.demand_tls(named.get(field_name, ""), getattr(settings, field_name))
    return settings


def _given(record: "Field[Any]", name: str, environ: Mapping[str, str]) -> tuple[str, str] | None:
    """Return the variable that gives a setting and its text, None where it is not set."""
    file = f"{name}_FILE"
    path = environ.get(file) if record.metadata["secret"] else None
    if path and environ.get(name):
        raise BadSetting("setting_twice", name=name, file=file)
    if path:
        return file, values.file_text(file, path)
    return (name, environ[name]) if environ.get(name) else None


def share_metrics(folder: str, environ: MutableMapping[str, str] = os.environ) -> None:
    """Let the workers of this process share their metrics: their library asks the environment."""
    environ["PROMETHEUS_MULTIPROC_DIR"] = folder


def takes_over(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a socket is handed to us: by the server we replace (USR2), or by systemd."""
    return "GUNICORN_FD" in environ or "LISTEN_FDS" in environ


def _parsed(record: "Field[Any]", name: str, text: str) -> Any:
    try:
        return record.metadata["parse"](text)
    except (ValueError, KeyError) as error:
        must, secret = record.metadata["must"], record.metadata["secret"]
        if record.metadata["hidden"] or name.endswith("_FILE"):
            raise BadSetting("setting_secret", name=name, must=must) from None
        raise values.unusable(name, text, must, secret) from (None if secret else error)
