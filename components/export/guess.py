"""How large a file would be: what is known of it beforehand, and how."""

from typing import Any
from urllib.parse import parse_qs

from components.export.asked import Asked, question
from components.export.form import KINDS
from data import export
from data.db import HistorianUnavailable
from data.errors import BadInput

UNKNOWN = {"rows": None, "bytes": None, "rows_known": "unknown", "bytes_known": "unknown"}


def guess(built: object) -> dict[str, Any] | None:
    """Return rows and bytes of a file, as `export/estimate` tells them, and of which file that is.

    Parameters
    ----------
    built : what `answer` gave to the script; None: there is no question
    """
    if not isinstance(built, dict):
        return None
    kind = str(built.get("kind"))
    try:
        whole = question(Asked(parse_qs(str(built.get("address")), keep_blank_values=True), kind))
        found = export.estimate(whole, kind)
    except (BadInput, HistorianUnavailable):
        found = {}
    of = f"{kind}?{built.get('address')}"
    return {**UNKNOWN, **found, "kind": KINDS.get(kind, kind), "of": of}
