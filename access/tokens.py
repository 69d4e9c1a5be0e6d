"""Tokens: of people for their scripts, which read, and of wall screens, which show the overview.

A token is `ksys_<id>_<secret>`, shown once; what is stored is its SHA-256. The secret is random and
long, so that a plain hash keeps it: nobody guesses 160 bits.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from access.folder import TOKENS, Folder, Records
from access.people import OF_TOKENS, Choices, Role, Who, is_name, role_of
from data.errors import BadInput

PREFIX = "ksys_"
SECRET_BYTES = 20
#: The role of a wall screen, as it stands in a record.
SCREEN = Role.SCREEN.word
#: So many tokens one may have.
MOST = 50


class Token(NamedTuple):
    """A token as it is listed; its secret is nowhere.

    Parameters
    ----------
    id : by which it is revoked
    name : that its owner gave it
    role : which it has at most; it never has more than its owner
    owner : `way:name` of who made it; empty for a wall screen
    made : when [ISO 8601, UTC]
    """

    id: str
    name: str
    role: str
    owner: str
    made: str


def make(folder: Folder, who: Who, name: str, role: Role) -> str:
    """Return a new token for the scripts of a person, as it is shown once.

    Raises
    ------
    BadInput
        If the name cannot be used, the role is above the owner's, or there are too many.
    """
    if role not in OF_TOKENS or role > who.role:
        raise BadInput("token_role", role=role.word, own=who.role.word)
    return _added(folder, name, {"role": role.word, "owner": who.key, "owner_role": who.role.word})


def make_screen(folder: Folder, name: str) -> str:
    """Return a new token for a wall screen, as it is shown once.

    Raises
    ------
    BadInput
        If the name cannot be used, or a screen has it.
    """
    return _added(folder, name, {"role": SCREEN, "owner": "", "owner_role": SCREEN})


def _added(folder: Folder, name: str, record: Records) -> str:
    if not is_name(name):
        raise BadInput("token_name", name=name[:80])
    key, secret = secrets.token_hex(4), secrets.token_hex(SECRET_BYTES)
    made = datetime.now(UTC).isoformat(timespec="seconds")
    whole = record | {"name": name, "hash": _hash(secret), "made": made}

    def changed(tokens: Records) -> Records:
        own = [each for each in tokens.values() if each["owner"] == record["owner"]]
        if any(each["name"] == name for each in own):
            raise BadInput("screen_there" if record["role"] == SCREEN else "token_there", name=name)
        if len(own) >= MOST:
            raise BadInput("token_many", most=MOST)
        return tokens | {key: whole}

    folder.change(TOKENS, changed)
    return f"{PREFIX}{key}_{secret}"


def tokens_of(folder: Folder, owner: str | None = None) -> list[Token]:
    """Return the tokens of a person by `Who.key`; of the screens for ""; all of people for None."""
    return [
        Token(key, each["name"], each["role"], each["owner"], each["made"])
        for key, each in folder.read(TOKENS).items()
        if each["owner"] == owner or (owner is None and each["owner"])
    ]


def revoke(folder: Folder, key: str, owner: str | None = None) -> None:
    """Let a token count no more, from the next request on.

    Parameters
    ----------
    owner : only if it is of this owner; None: whoever has it

    Raises
    ------
    BadInput
        If there is no such token.
    """

    def changed(tokens: Records) -> Records:
        if key not in tokens or owner not in (None, tokens[key]["owner"]):
            raise BadInput("screen_unknown" if owner == "" else "token_unknown", id=key[:80])
        return {k: v for k, v in tokens.items() if k != key}

    folder.change(TOKENS, changed)


def revoke_all(folder: Folder, owner: str) -> None:
    """Let no token of an owner count any more."""
    folder.change(TOKENS, lambda all_: {k: v for k, v in all_.items() if v["owner"] != owner})


def of_script(folder: Folder, choices: Choices, text: str) -> Who | None:
    """Return whose script has this token, with the role that both have now; None: nobody's."""
    record = _record(folder, text)
    if record is None or record["role"] == SCREEN:
        return None
    way, _, name = record["owner"].partition(":")
    owner = _owner_role(folder, choices, way, name, record)
    if owner is None:
        return None
    return Who(f"{name}/{record['name']}", min(owner, role_of(record["role"])), "token")


def _owner_role(
    folder: Folder, choices: Choices, way: str, name: str, record: Records
) -> Role | None:
    """Return the role of a token's owner: now, or where others sign in, when last seen."""
    if way not in choices.ways:
        return None
    if way == "password":
        word = folder.role_of_user(name)
        return role_of(word) if word else None
    by_name_now = choices.role_by_name(name)
    return by_name_now and role_of(record["owner_role"])


def of_screen(folder: Folder, text: str) -> Who | None:
    """Return the wall screen that has this token; None: none."""
    record = _record(folder, text)
    if record is None or record["role"] != SCREEN:
        return None
    return Who(record["name"], Role.SCREEN, "screen")


def follow(folder: Folder, who: Who) -> None:
    """Let the tokens of one whom others sign in know the role that he has now."""
    stale = list(_of_other_role(folder.read(TOKENS), who))
    if stale:
        folder.change(TOKENS, lambda all_: all_ | _followed(all_, who))


def _followed(tokens: Records, who: Who) -> Records:
    return {key: tokens[key] | {"owner_role": who.role.word} for key in _of_other_role(tokens, who)}


def _of_other_role(tokens: Records, who: Who) -> Iterator[str]:
    for key, each in tokens.items():
        if each["owner"] == who.key and each["owner_role"] != who.role.word:
            yield key


def _record(folder: Folder, text: str) -> Records | None:
    key, _, secret = text.removeprefix(PREFIX).partition("_")
    record: Records | None = folder.read(TOKENS).get(key)
    if record is None or not hmac.compare_digest(record["hash"], _hash(secret)):
        return None
    return record


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
