"""What an administrator can choose of the files that are sent as they are read."""

from dataclasses import dataclass

from settings import values
from settings.entry import entry as _setting


@dataclass(frozen=True)
class OfExports:
    """How many files at once, and for how long."""

    exports: int = _setting(
        2,
        "EXPORTS",
        "Files of `/export` that a worker process sends at once, with `REDIS_URL` all of them "
        "together; one more is turned away.",
        values.up_to(100),
        "a whole number from 1 to 100",
    )
    export_timeout_ms: int = _setting(
        600_000,
        "EXPORT_TIMEOUT_MS",
        "Longest a statement of such a file may run, in milliseconds; it takes many.",
        values.up_to(2**31 - 1),
        "a whole number from 1 to 2147483647",
    )
    export_grace: int = _setting(
        600,
        "EXPORT_GRACE",
        "Seconds that a restart lets files that are being sent come to their end; at least 30, "
        "which every request gets.",
        values.up_to(86_400),
        "a whole number from 1 to 86400",
    )
    export_temp_mb: int = _setting(
        200,
        "EXPORT_TEMP_MB",
        "Most megabytes of a spreadsheet, which is made in the folder for temporary files.",
        values.up_to(2_047),
        "a whole number from 1 to 2047",
    )
