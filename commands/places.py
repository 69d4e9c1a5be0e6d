"""`manage.py places`: data of embedded historians that root's starts put elsewhere."""

from datetime import UTC, datetime

import click

from data import embedded
from data.errors import EmbeddedUnavailable, size_text


def add_places(group: click.Group) -> None:
    """Add the commands to a group."""

    @group.group()
    def places() -> None:
        """Data below /var/lib/ksys, of checkouts that the server's user cannot enter."""

    @places.command("list")
    def show() -> None:
        """List them: name, size, when last used, by whom."""
        for each in embedded.shelters():
            click.echo(_line(each))

    @places.command("remove")
    @click.argument("name")
    def remove(name: str) -> None:
        """Remove the data of NAME for ever; the name is asked for once more."""
        shelter = embedded.shelter(name)
        if shelter.in_use:
            raise EmbeddedUnavailable("place_used", name=name)
        click.echo(_line(shelter))
        typed = click.prompt("Its readings are lost for ever. To remove it, type its name")
        if typed != name:
            raise EmbeddedUnavailable("place_wrong", typed=typed, name=name)
        embedded.remove(name)
        click.echo(f"{name} is removed: {size_text(shelter.size)}")


def _line(place: embedded.Shelter) -> str:
    """Return a line about a place."""
    used = "in use" if place.in_use else _since(place.used_last)
    gone = " (which is gone)" if place.is_orphan else ""
    directory = f"{place.directory}{gone}" if place.directory else "unknown"
    return f"{place.name}  {size_text(place.size):>8}  {used:14}  of {directory}"


def _since(used_last: datetime | None) -> str:
    if used_last is None:
        return "without data"
    days = (datetime.now(UTC) - used_last).days
    return "used today" if days < 1 else f"unused {days} d"
