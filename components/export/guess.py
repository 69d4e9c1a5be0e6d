"""How large a file would be: what is known of it beforehand, and how."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _

from components.export.form import KINDS
from components.export.query import address_of, of_file, question
from components.notices import told_by
from data import export, queries
from data.db import HistorianUnavailable
from data.errors import BadInput

UNKNOWN = {"rows": None, "bytes": None, "rows_known": "unknown", "bytes_known": "unknown"}
#: Of so many tags a sentence has the names.
NAMED = 3


def guess(file: object) -> dict[str, Any] | None:
    """Return rows and bytes of a file, as `export/estimate` tells them, and of which file that is.

    Parameters
    ----------
    file : what the script made of what `answer` gave to it; None: there is no question
    """
    if not isinstance(file, dict):
        return None
    kind = str(file.get("kind"))
    try:
        whole = question(of_file(file, kind))
        estimated, zone = export.estimate(whole, kind), whole.zone
    except (BadInput, HistorianUnavailable):
        estimated, zone = {}, ""
    of = f"{kind}?{address_of(file)}"
    return {
        **UNKNOWN,
        **estimated,
        "kind": KINDS.get(kind, kind),
        "of": of,
        "note": _note(estimated, zone),
    }


def _note(estimated: Mapping[str, Any], zone: str) -> str:
    """Return what a file in a zone cannot have, nothing where there is nothing to say."""
    gone: Mapping[str, str] = estimated.get("readings_gone") or {}
    if not estimated.get("gone_before"):
        every = [queries.Whole.of(token) for token in gone.values()]
        names = ", ".join([*gone][:NAMED]) + (" …" if len(gone) > NAMED else "")
        widest = max(every, key=lambda each: each.width.seconds, default=None)
        return told_by(names, widest, zone) if widest else ""
    return _(
        "Readings before %(time)s are gone and in no file; buckets, such as those of 1 h, go "
        "further back.",
        time=str(estimated["gone_before"]).replace("T", " "),
    )
