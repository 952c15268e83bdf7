"""`flask rooms …`"""

import click
from flask.cli import AppGroup

from recovery_net.core import db
from recovery_net.core.errors import DomainError
from recovery_net.rooms import service
from recovery_net.rooms.models import Access

rooms = AppGroup("rooms", help="Open rooms.")


@rooms.command("create")
@click.argument("slug")
@click.option("--name", required=True, help="What people read.")
@click.option("--topic", default="", help="One line on what it is for.")
@click.option("--access", type=click.Choice([access.value for access in Access]), default=Access.OPEN.value)
def create(slug: str, name: str, topic: str, access: str) -> None:
    """Open a room at the address SLUG."""
    try:
        with db.transaction():
            service.make_room(slug, service.RoomDraft(name=name, topic=topic, access=access))
    except DomainError as error:
        click.echo(error.message % error.params if error.params else error.message, err=True)
        raise SystemExit(2) from error
    click.echo(f"Opened {name} at /rooms/{slug}.")
