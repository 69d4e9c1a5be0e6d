"""Names and passwords of this server, and how often one may try.

Passwords are stored as argon2id. A name that nobody has costs the same time as a wrong password.
Tries are counted by name and by address, over all workers, before a password is looked at.
"""

import hashlib
import math
import re
from collections.abc import Callable
from functools import lru_cache
from threading import BoundedSemaphore
from typing import NamedTuple

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from access.folder import THROTTLE, USERS, Folder, Records
from access.people import Role, Who, role_of
from access.proxies import network
from data.errors import BadInput

#: What a name of this server is made of.
NAME = re.compile(r"[\w.@-]{1,64}")
SHORTEST, LONGEST = 8, 1_000
#: RFC 9106, section 4, second recommendation: 64 MiB and three passes, about 50 ms.
HASHER = PasswordHasher()
#: So many passwords are looked at at once in a worker: each needs 64 MiB.
_slots = BoundedSemaphore(2)
SLOT_S = 2.0
#: After so many wrong ones in a row the next has to wait: 1 s, then twice that, up to a minute.
FREE, LONGEST_WAIT_S = 3, 60
#: What was tried so long ago counts no more [s], and so much is remembered at most.
FORGET_S, MOST_KEYS = 3_600, 2_000


def add(folder: Folder, name: str, password: str, role: Role) -> None:
    """Add a user.

    Raises
    ------
    BadInput
        If there is one of that name, or name or password cannot be used.
    """
    if not NAME.fullmatch(name):
        raise BadInput("user_name", name=name)
    record = {"password": _hashed(password), "role": role.word}

    def changed(users: Records) -> Records:
        if name in users:
            raise BadInput("user_there", name=name)
        return users | {name: record}

    folder.change(USERS, changed)


def set_password(folder: Folder, name: str, password: str) -> None:
    """Give a user another password; all sessions of that user end.

    Raises
    ------
    BadInput
        If there is no such user, or the password cannot be used.
    """
    hashed = _hashed(password)
    _change_user(folder, name, lambda users: users | {name: users[name] | {"password": hashed}})


def set_role(folder: Folder, name: str, role: Role) -> None:
    """Give a user another role, from the next request on.

    Raises
    ------
    BadInput
        If there is no such user.
    """
    _change_user(folder, name, lambda users: users | {name: users[name] | {"role": role.word}})


def remove(folder: Folder, name: str) -> None:
    """Remove a user: sessions end and tokens count no more.

    Raises
    ------
    BadInput
        If there is no such user.
    """
    _change_user(folder, name, lambda users: {k: v for k, v in users.items() if k != name})


def _change_user(folder: Folder, name: str, changed: Callable[[Records], Records]) -> None:
    def checked(users: Records) -> Records:
        if name not in users:
            raise BadInput("user_unknown", name=name)
        return changed(users)

    folder.change(USERS, checked)


def users(folder: Folder) -> dict[str, Role]:
    """Return the role of each user of this server."""
    return {name: role_of(record["role"]) for name, record in folder.read(USERS).items()}


def _hashed(password: str) -> str:
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadInput("password_length", least=SHORTEST, most=LONGEST)
    return HASHER.hash(password)


@lru_cache(maxsize=1)
def _of_nobody() -> str:
    """Return the hash that the password of an unknown name is compared with."""
    return HASHER.hash("nobody has this password")


class Try(NamedTuple):
    """A try to sign in.

    Parameters
    ----------
    who : signs in; None where that failed
    waits : how long the next try has to wait [s]
    compared : whether name and password were compared; not while one has to wait
    """

    who: Who | None
    waits: int
    compared: bool


def signed_in(folder: Folder, name: str, password: str, address: str, now: float) -> Try:
    """Return what a try to sign in with a password led to.

    Parameters
    ----------
    address : from which it is tried
    now : seconds since 1970, of this machine
    """
    keys = (_key("name", name), _key("address", network(address)))
    waits = _begin(folder, keys, now)
    if waits:
        return Try(None, waits, compared=False)
    record = folder.read(USERS).get(name)
    right = _matches(record["password"] if record else _of_nobody(), password)
    if record is None or not right:
        return Try(None, wait(folder, name, address, now), compared=True)
    folder.change(THROTTLE, lambda tries: _forgiven(tries, keys))
    return Try(Who(name, role_of(record["role"]), "password"), 0, compared=True)


def wait(folder: Folder, name: str, address: str, now: float) -> int:
    """Return how long the next try has to wait [s], rounded up; 0: none."""
    keys = (_key("name", name), _key("address", network(address)))
    return _waits(folder.read(THROTTLE), keys, now)


def _matches(hashed: str, password: str) -> bool:
    if not _slots.acquire(timeout=SLOT_S):
        raise BadInput("sign_in_busy")
    try:
        return len(password) <= LONGEST and HASHER.verify(hashed, password)
    except VerificationError:
        return False
    finally:
        _slots.release()


def _begin(folder: Folder, keys: tuple[str, ...], now: float) -> int:
    """Count a try before it is made, so that many at once are no more than one after the other.

    Returns the seconds to wait instead, where it may not be made now.
    """
    waits = 0

    def counted(tries: Records) -> Records:
        nonlocal waits
        waits = _waits(tries, keys, now)
        if waits:
            return tries
        recent = {k: v for k, v in tries.items() if now - v["at"] < FORGET_S}
        for key in keys:
            failed = recent.pop(key, {"failed": 0})["failed"] + 1
            recent[key] = {"failed": failed, "at": now, "next": now + _delay(failed)}
        return dict(list(recent.items())[-MOST_KEYS:])

    folder.change(THROTTLE, counted)
    return waits


def _delay(failed: int) -> int:
    """Return how long to wait after so many wrong tries in a row [s]."""
    return min(LONGEST_WAIT_S, 2 ** min(failed - FREE, 10)) if failed >= FREE else 0


def _waits(tries: Records, keys: tuple[str, ...], now: float) -> int:
    """Return the longest wait of some keys [s]; never over a minute, also if the clock steps."""
    rest = [tries[key]["next"] - now for key in keys if key in tries]
    return max(0, min(LONGEST_WAIT_S, math.ceil(max(rest, default=0))))


def _forgiven(tries: Records, keys: tuple[str, ...]) -> Records:
    """Return the tries after a right one: the name's are forgotten, of the address only this one.

    Otherwise one who has a password could try those of others between two of his own.
    """
    name, address = keys
    tries.pop(name, None)
    if address in tries:
        failed = tries[address]["failed"] - 1
        tries[address] = tries[address] | {"failed": failed, "next": tries[address]["at"]}
    return tries


def _key(kind: str, text: str) -> str:
    """Return the key of a name or address; of one length, whatever a stranger sends."""
    return f"{kind}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"
