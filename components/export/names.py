"""What a file is called: its tags, its stretch of time in its zone, its resolution."""

import re
from urllib.parse import quote

from data import windows
from data.export import Question

#: What no system's file names may hold, and what a shell would read.
UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\s%$`!&;\'#{}()\[\]~^]+')
#: So much of a tag's name is shown [characters]: with the rest it stays below 255 bytes.
MOST = 48


def file_name(question: Question, kind: str) -> str:
    """Return the name of a file, in any script; `kind` is its extension."""
    tags = [UNSAFE.sub("_", tag.name)[:MOST].strip("._") or "tag" for tag in question.tags[:2]]
    others = len(question.tags) - len(tags)
    named = "-".join([*tags, *([f"and-{others}-more"] if others else [])])
    zone = windows.site_zone(question.zone)
    times = (f"{each.astimezone(zone):%Y%m%dT%H%M%S}" for each in (question.start, question.stop))
    return f"ksys-{named}-{'-'.join(times)}-{question.token}.{kind}"


def disposition(name: str) -> str:
    """Return the header that names a file: ASCII for all, and in UTF-8 (RFC 6266, RFC 8187)."""
    plain = "".join(sign if sign.isascii() else "_" for sign in name)
    whole = f'attachment; filename="{plain}"'
    return whole if plain == name else f"{whole}; filename*=UTF-8''{quote(name, safe='')}"
