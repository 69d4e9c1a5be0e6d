"""A file on its way to who asked: how many at once, whether they still wait, and what became of it.

A stream that breaks ends without its last chunk, so that nobody takes it for a shorter file.
"""

import errno
import hashlib
import logging
import select
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import flask

from access import who
from api.export.ledger import Ledger
from api.export.slots import Slot
from api.responses import caveat_fields
from data import export
from data.db import file_sent, lanes
from data.errors import BadInput, KsysError
from data.export import Pump, Question, Unwanted, Workbook
from data.views import Caveats

logger = logging.getLogger("ksys.files")
#: The first rows are waited for so long [s], as a failure until then has an answer of its own;
#: the first byte of a file is due after 0.3.
FIRST_S = 0.2
#: Most that is sent at once [bytes], and how long the other end may take for it [s]: who stops
#: reading, or is gone without a word, holds a slot no longer.
PIECE, SEND_S = 65_536, 60.0
#: So much of what was asked for is logged [characters]: of a thousand tags it names the first.
MOST_LOGGED = 1_000
#: What became of a file: whole; ended by a failure of ours; by who asked for it.
COMPLETE, BROKEN, ABANDONED = "complete", "broken", "abandoned"
#: A spreadsheet that would be too large: nothing of it was sent.
REFUSED = "refused"


class Broken(ConnectionResetError):
    """The file cannot go on: the server closes the connection without the end of the answer."""

    def __init__(self) -> None:
        super().__init__(errno.ECONNRESET, "the file is not whole")


@dataclass
class Account:
    """What is told of a file: who asked for what, how much went out, and what became of it."""

    name: str
    who: str
    kind: str
    question: Question
    rows: int = 0
    size: int = 0
    state: str = BROKEN
    why: str = ""
    caveats: Caveats = field(default_factory=Caveats)

    def __post_init__(self) -> None:
        self._begun, self._started = time.monotonic(), datetime.now(UTC)
        self._digest = hashlib.sha256()

    def add(self, chunk: bytes) -> None:
        """Count what goes out."""
        self.size += len(chunk)
        self._digest.update(chunk)

    def record(self) -> dict[str, Any]:
        """Return all of it; of a file that is not whole there is no digest to compare with."""
        whole = self.state == COMPLETE
        return {
            "id": self.name,
            "who": self.who,
            "file": self.kind,
            "query": self.question.address,
            "started": self._started.isoformat(timespec="milliseconds"),
            "seconds": round(time.monotonic() - self._begun, 3),
            "rows": self.rows,
            "bytes": self.size,
            "sha256": self._digest.hexdigest() if whole else None,
            "state": self.state,
            "why": self.why,
            **caveat_fields(self.caveats),
        }


class Delivery:
    """The bytes of one file as WSGI takes them; closed, it tells what became of it.

    Parameters
    ----------
    question, kind : what is sent, and the extension of its format
    slot : given back when it is closed
    name : of the request
    ledger : where it is kept what became of it
    tally : counts what goes by, where that is to be told
    """

    def __init__(
        self,
        question: Question,
        kind: str,
        slot: Slot,
        name: str,
        ledger: Ledger,
        tally: export.Tally | None = None,
    ) -> None:
        person = who()
        self.account = Account(name, person.name if person else "-", kind, question)
        self._slot, self._ledger, self._closed = slot, ledger, False
        self._is_sending = False
        self._connection = _connection(flask.request.environ)
        schema = export.schema(question)
        self._pump = export.stream(question, self._is_wanted, tally, self.account.caveats)
        batches = self._batches(self._pump)
        self._file = export.FORMATS[kind].written(question, schema, batches)
        self._chunks = pieces(self._file)
        self.size: int | None = None

    def begin(self, megabytes: int) -> None:
        """Wait for the first rows, for a moment; for a spreadsheet until it is written.

        Whatever ends that, the file is closed: a slot that is not given back is gone for good.

        Parameters
        ----------
        megabytes : most that a spreadsheet may have

        Raises
        ------
        HistorianUnavailable
            If the historian does not answer by then.
        BadInput
            If the spreadsheet would have more than that, or than a sheet holds.
        Unwanted
            If nobody waits for the spreadsheet any more.
        """
        with ExitStack() as on_failure, lanes.waiting():
            on_failure.callback(self.close)
            try:
                if isinstance(self._file, Workbook):
                    self.size = self._file.make(megabytes)
                else:
                    self._pump.wait(FIRST_S)
            except (KsysError, Unwanted) as failure:
                if isinstance(failure, BadInput):
                    self.account.state = REFUSED
                elif isinstance(failure, Unwanted):
                    self.account.state = ABANDONED
                self.account.why = str(failure)
                raise
            on_failure.pop_all()

    def __iter__(self) -> Iterator[bytes]:
        if self._connection is not None:
            self._connection.settimeout(SEND_S)
        return self

    def __next__(self) -> bytes:
        self._is_sending = False
        try:
            chunk = next(self._chunks)
        except StopIteration:
            self.account.state = COMPLETE
            raise
        except Unwanted:
            self.account.state = ABANDONED
            raise Broken from None
        except KsysError as failure:
            self.account.why = str(failure)
            raise Broken from failure
        self.account.add(chunk)
        self._slot.keep()
        self._is_sending = True
        return chunk

    def _is_wanted(self) -> bool:
        self._slot.keep()
        return waits(self._connection)

    def _batches(self, pump: Pump) -> Iterator[Any]:
        for batch in pump.batches():
            if isinstance(self._file, Workbook) and not self._is_wanted():
                raise Unwanted
            self.account.rows += batch.num_rows
            yield batch

    def close(self) -> None:
        """End the reading, free the slot, and tell what became of the file."""
        if self._closed:
            return
        self._closed = True
        if self._connection is not None:
            self._connection.settimeout(None)
        self._pump.end()
        if isinstance(self._file, Workbook):
            self._file.close()
        self._slot.release()
        account = self.account
        if account.state == BROKEN and self._is_sending:  # the server could write no more of it
            account.state = ABANDONED
        elif account.state == BROKEN and not account.why:
            account.why = str(KsysError("own_failure"))
        if account.state != REFUSED:  # whoever answers with the refusal counts it
            file_sent("export", account.state, account.rows)
        record = account.record()
        told = logger.info if account.state == COMPLETE else logger.warning
        asked = record["query"][:MOST_LOGGED]
        told(
            "export %(id)s for %(who)s: %(file)s?%(asked)s, %(tags)d tags, %(rows)d rows, "
            "%(bytes)d bytes, %(seconds).1f s, sha256 %(sha256)s, %(state)s %(why)s",
            record | {"asked": asked, "tags": len(account.question.tags)},
        )
        self._ledger.note(account.name, record)


def pieces(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Return bytes in pieces that are sent at once, none of them empty."""
    for chunk in chunks:
        for place in range(0, len(chunk), PIECE):
            yield chunk[place : place + PIECE]


def _connection(environ: Mapping[str, Any]) -> socket.socket | None:
    """Return the connection that a request came over, where the server tells it."""
    connection = environ.get("gunicorn.socket")
    return connection if isinstance(connection, socket.socket) else None


def waits(connection: socket.socket | None) -> bool:
    """Return whether the other end of a connection still waits for an answer."""
    if connection is None:
        return True
    with suppress(OSError, ValueError):
        readable, _, _ = select.select([connection], [], [], 0)
        return not readable or bool(connection.recv(1, socket.MSG_PEEK))
    return False
