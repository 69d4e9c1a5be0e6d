"""Who asks, and what each role may; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any

#: Longest name that is taken from a proxy or a provider.
LONGEST_NAME = 128
#: Name of all who have no line of their own in a list of roles.
ANYBODY = "*"


class Role(IntEnum):
    """What one may; each may all that those before it may."""

    #: A wall screen: the overview, nothing else.
    SCREEN = 1
    #: Every page.
    VIEWER = 2
    #: Files too.
    ANALYST = 3
    #: Also what names hosts, users and paths.
    ADMINISTRATOR = 4

    @property
    def word(self) -> str:
        """The role as it is written in settings, commands and files."""
        return self.name.lower()


#: The roles of people; a screen is none.
PEOPLE = (Role.VIEWER, Role.ANALYST, Role.ADMINISTRATOR)
#: The roles that a token for scripts may have: it only reads.
OF_TOKENS = (Role.VIEWER, Role.ANALYST)


def role_of(word: str) -> Role:
    """Return the role of a person by its word; KeyError for any other."""
    return {role.word: role for role in PEOPLE}[word]


def highest(words: Iterable[str]) -> Role | None:
    """Return the highest role of people among some words; None without any."""
    named = {word.strip().lower() for word in words}
    return max((role for role in PEOPLE if role.word in named), default=None)


@dataclass(frozen=True, slots=True)
class Who:
    """One who asks, as far as this request proves it.

    Parameters
    ----------
    name : as it stands in lists and logs
    role : what is allowed now
    way : how it is known: none, password, proxy, oidc, token or screen
    """

    name: str
    role: Role
    way: str

    @property
    def key(self) -> str:
        """What tells this person from one of the same name who comes another way."""
        return f"{self.way}:{self.name}"

    @property
    def is_person(self) -> bool:
        """Whether tokens can be made: a token makes no other, and nobody owns those of nobody."""
        return self.way in ("password", "proxy", "oidc")


#: All who ask where there is no sign-in.
EVERYBODY = Who("-", Role.ADMINISTRATOR, "none")


@dataclass(frozen=True)
class Provider:
    """An OpenID Connect provider: its address, and who we are there."""

    issuer: str
    client_id: str
    client_secret: str
    role_claim: str


@dataclass(frozen=True)
class Choices:
    """What an administrator chose about who may.

    Parameters
    ----------
    directory : where users, tokens and ended sessions stand
    ways : of signing in, in the order of the page; none: everybody may everything
    session_hours : after so long one signs in again [h]
    hosts : trusted `Host` headers, each a name or address, or with `:port`; none: those of `host`
    host : address that is listened on
    base_path : path of the host below which Ksys stands, empty for its root
    proxies : networks whose forwarded headers are believed; a unix socket counts as 127.0.0.1
    user_header, role_header : in which a proxy names user and role; no role_header: by `roles`
    roles : name -> role of those whom a proxy or provider signs in; None: all are viewers
    """

    directory: Path
    ways: tuple[str, ...] = ()
    session_hours: int = 12
    hosts: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    base_path: str = ""
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    user_header: str = "X-Forwarded-User"
    role_header: str | None = None
    roles: Mapping[str, Role] | None = None
    provider: Provider | None = field(default=None, repr=False)

    def role_by_name(self, name: str) -> Role | None:
        """Return the role of one whom a proxy or provider signs in; None: none."""
        if self.roles is None:
            return Role.VIEWER
        return self.roles.get(name, self.roles.get(ANYBODY))


def chosen(directory: Path, ways: tuple[str, ...], settings: Mapping[str, Any]) -> Choices:
    """Return what the settings say of who may.

    Parameters
    ----------
    settings : by the names of their fields
    """
    given = settings["auth_roles"]
    provider = None
    if "oidc" in ways:
        names = ("oidc_issuer", "oidc_client_id", "oidc_client_secret", "oidc_role_claim")
        provider = Provider(*(settings[name] for name in names))
    return Choices(
        directory,
        ways=ways,
        session_hours=settings["session_hours"],
        hosts=settings["trusted_hosts"],
        host=settings["host"],
        base_path=settings["base_path"],
        proxies=settings["trusted_proxies"],
        user_header=settings["auth_header"],
        role_header=settings["auth_role_header"],
        roles=None if given is None else {name: role_of(word) for name, word in given},
        provider=provider,
    )


def is_name(name: str) -> bool:
    """Return whether a name can stand in lists and logs: letters and signs, no line breaks."""
    return 0 < len(name) <= LONGEST_NAME and name.isprintable() and name == name.strip()
