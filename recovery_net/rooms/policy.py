"""Who may do what in a room. Pure: the service, the pages and the sockets ask the same predicates."""

from typing import Protocol

from recovery_net.rooms.models import Access, Standing


class Actor(Protocol):
    """Who asks: an account, or as much of it as the rules need."""

    @property
    def is_operator(self) -> bool: ...
    @property
    def keeps_rooms(self) -> bool: ...


class Room(Protocol):
    """Where."""

    @property
    def access(self) -> str: ...


class Member(Protocol):
    """How they stand with it."""

    @property
    def standing(self) -> str: ...
    @property
    def is_active(self) -> bool: ...
    @property
    def is_host(self) -> bool: ...


def may_see(actor: Actor, room: Room, member: Member | None) -> bool:
    """Know that the room exists. A private one is there for those in it or asked in, and for the operator."""
    return room.access != Access.PRIVATE or member is not None or actor.is_operator


def may_read(actor: Actor, room: Room, member: Member | None) -> bool:
    """Read and listen. An open room is open to every member of the site, as a walk-in."""
    return room.access == Access.OPEN or (member is not None and member.is_active)


def may_post(actor: Actor, room: Room, member: Member | None) -> bool:
    """Say something."""
    return may_read(actor, room, member)


def may_keep(actor: Actor, room: Room, member: Member | None) -> bool:
    """Change the room, let people in, ask people in. What is private is its hosts' and the operator's."""
    is_host = member is not None and member.is_active and member.is_host
    return is_host or actor.is_operator or (actor.keeps_rooms and room.access != Access.PRIVATE)


def may_enter(actor: Actor, room: Room, member: Member | None) -> bool:
    """Become a member at once: an open room, one that asked, or one that this person looks after."""
    if room.access == Access.OPEN or (member is not None and member.standing == Standing.INVITED):
        return True
    return actor.keeps_rooms and room.access == Access.REQUEST


def may_ask(actor: Actor, room: Room, member: Member | None) -> bool:
    """Ask to be let in."""
    return room.access == Access.REQUEST and member is None


def may_open_rooms(actor: Actor) -> bool:
    """Make a new room."""
    return actor.keeps_rooms
