"""Commands of an administrator: users, wall screens, tokens of scripts."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

import click

from access import passwords, tokens
from access.folder import Folder
from access.people import PEOPLE, Role, role_of

#: What is said of a link where nobody said how browsers name the site.
IS_LOCAL = (
    "note: this is where Ksys listens; for a screen elsewhere write the https address of the site "
    "before /screen/, or set TRUSTED_HOSTS, as for the server"
)
ROLE = click.Choice([role.word for role in PEOPLE])


class Site(Protocol):
    """What is asked of the settings."""

    @property
    def directory(self) -> Path: ...  # where all that stays lies
    @property
    def host(self) -> str: ...  # that is listened on
    @property
    def port(self) -> int: ...
    @property
    def base_path(self) -> str: ...
    @property
    def trusted_hosts(self) -> tuple[str, ...]: ...  # as browsers name them


class Place(NamedTuple):
    """Where commands work.

    Parameters
    ----------
    folder : of who may
    address : at which the site stands
    is_local : whether that is only where Ksys listens, as nobody said how browsers name the site
    """

    folder: Folder
    address: str
    is_local: bool


def add_commands(group: click.Group, settings: Callable[[], Site]) -> None:
    """Add the commands to a group.

    Parameters
    ----------
    settings : are asked for when a command runs
    """

    def place() -> Place:
        site = settings()
        return Place(Folder(site.directory / "access"), _address(site), not site.trusted_hosts)

    group.add_command(_user(place))
    group.add_command(_screen(place))
    group.add_command(_token(place))


def _address(site: Site) -> str:
    """Return where the site stands: by its name over https, which alone counts elsewhere."""
    if site.trusted_hosts:
        return f"https://{site.trusted_hosts[0]}{site.base_path}"
    host = f"[{site.host}]" if ":" in site.host else site.host
    return f"http://{host}:{site.port}{site.base_path}"


def _password(stdin: bool) -> str:
    """Return a password: typed twice, or the first line of the standard input."""
    if stdin:
        return sys.stdin.readline().rstrip("\r\n")
    text: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return text


STDIN = click.option("--stdin", is_flag=True, help="Read the password from the standard input.")


def _user(place: Callable[[], Place]) -> click.Group:
    """Return the commands of users."""

    @click.group()
    def user() -> None:
        """Users who sign in with a password of this server."""

    @user.command()
    @click.argument("name")
    @click.option(
        "--role", type=ROLE, default=Role.VIEWER.word, show_default=True, help="What the user may."
    )
    @STDIN
    def add(name: str, role: str, stdin: bool) -> None:
        """Add a user."""
        passwords.add(place().folder, name, _password(stdin), role_of(role))
        click.echo(f"user {name}: {role}")

    @user.command()
    @click.argument("name")
    def remove(name: str) -> None:
        """Remove a user with all tokens; sessions end at once."""
        folder = place().folder
        passwords.remove(folder, name)
        tokens.revoke_all(folder, f"password:{name}")
        click.echo(f"user {name} is removed")

    @user.command("list")
    def show() -> None:
        """List users and roles."""
        for name, role in passwords.users(place().folder).items():
            click.echo(f"{role.word:13} {name}")

    @user.command("password")
    @click.argument("name")
    @STDIN
    def change_password(name: str, stdin: bool) -> None:
        """Give a user another password; all sessions of that user end."""
        passwords.set_password(place().folder, name, _password(stdin))
        click.echo(f"user {name} has another password")

    @user.command("role")
    @click.argument("name")
    @click.argument("role", type=ROLE)
    def change_role(name: str, role: str) -> None:
        """Give a user another role, from the next request on."""
        passwords.set_role(place().folder, name, role_of(role))
        click.echo(f"user {name}: {role}")

    return user


def _screen(place: Callable[[], Place]) -> click.Group:
    """Return the commands of wall screens."""

    @click.group()
    def screen() -> None:
        """Wall screens, which show the overview without signing in."""

    @screen.command()
    @click.argument("name")
    def add(name: str) -> None:
        """Make the link of a wall screen; it is shown once. Open it there."""
        here = place()
        click.echo(f"{here.address}/screen/{tokens.make_screen(here.folder, name)}")
        if here.is_local:
            click.echo(IS_LOCAL, err=True)

    @screen.command()
    @click.argument("name")
    def remove(name: str) -> None:
        """Let a wall screen show nothing new, from its next request on."""
        folder = place().folder
        key = {each.name: each.id for each in tokens.tokens_of(folder, "")}.get(name, name)
        tokens.revoke(folder, key, "")
        click.echo(f"screen {name} is removed")

    @screen.command("list")
    def show() -> None:
        """List wall screens."""
        for each in tokens.tokens_of(place().folder, ""):
            click.echo(f"{each.made}  {each.name}")

    return screen


def _token(place: Callable[[], Place]) -> click.Group:
    """Return the commands of tokens for scripts, which people make on their account page."""

    @click.group()
    def token() -> None:
        """Access tokens for scripts, which users make on the page /account."""

    @token.command("list")
    def show() -> None:
        """List tokens: id, when made, role, owner, name."""
        for each in tokens.tokens_of(place().folder):
            click.echo(f"{each.id}  {each.made}  {each.role:7}  {each.owner}  {each.name}")

    @token.command()
    @click.argument("key", metavar="ID")
    def revoke(key: str) -> None:
        """Let a token count no more, from its next request on."""
        tokens.revoke(place().folder, key)
        click.echo(f"token {key} is revoked")

    return token
