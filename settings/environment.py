"""The settings as the environment, or files that it names, gives them."""

import difflib
import os
import re
from collections.abc import Mapping, MutableMapping
from dataclasses import Field, fields
from typing import Any

from data.errors import BadSetting
from settings import values
from settings.record import Settings

#: How alike two names are of which one may be a slip of the other, and from which length on: PGHOST
#: is none of HOST.
ALIKE, SLIP_LENGTH = 0.8, 6
#: Names that begin as ours and are for others: of `compose.yaml`, and of Kubernetes for a service.
_OF_OTHERS = re.compile(r"KSYS_(HOST|TLS|NGINX|AUTH|(SERVICE|PORT)(_.*)?)")


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


def slips(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the variables that look like settings and are none, each with the nearest setting."""
    names = set()
    for record in fields(Settings):
        ours = record.metadata["env"]
        names |= {*ours, *(f"{name}_FILE" for name in ours if record.metadata["secret"])}
    others = sorted(name for name in environ.keys() - names if environ[name])
    nearest = {name: _nearest(name, names) for name in others if not _OF_OTHERS.fullmatch(name)}
    return {name: near for name, near in nearest.items() if near}


def _nearest(name: str, names: set[str]) -> str | None:
    """Return the setting that a variable may be meant for; None where it is of something else."""
    if name.removesuffix("_FILE") in names:  # it can stand in no file
        return name.removesuffix("_FILE")
    long = sorted(each for each in names if len(each) >= SLIP_LENGTH)
    least = 0.0 if name.startswith("KSYS_") else ALIKE
    return next(iter(difflib.get_close_matches(name, long, 1, least)), None)


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
