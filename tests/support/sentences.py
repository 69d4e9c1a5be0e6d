"""How a sentence of an error shows its reader the way out."""

import re

#: What to do, what is allowed, or that there is nothing to do.
WAY_OUT = re.compile(
    r"\b(add|ask for|choose|end|give|GRANT|keep|leave|make|mend|name (the|some|a)|pack|quote|"
    r"restore it|run|save|search|see|send one|set|sign in|shorten|take (one|it) out|"
    r"take (out|another)|try|type the|update|use an?|with --replace|write|must be|helps|"
    r"by itself|says what|tells (why|which)|call it|the columns are|load it|the log)\b",
    re.IGNORECASE,
)
