"""Who may do what in a room. Pure: the service, the pages and the sockets ask the same predicates."""

from recovery_net.accounts.models import Account
from recovery_net.rooms.models import Access, Membership, Room, Standing


def may_see(actor: Account, room: Room, member: Membership | None) -> bool:
    """Know that the room exists. A private one is there for those in it or asked in, and for the operator."""
    return room.access != Access.PRIVATE or member is not None or actor.is_operator


def may_read(actor: Account, room: Room, member: Membership | None) -> bool:
    """Read and listen. An open room is open to every member of the site, as a walk-in."""
    return room.access == Access.OPEN or (member is not None and member.is_active)


def may_post(actor: Account, room: Room, member: Membership | None) -> bool:
    """Say something."""
    return may_read(actor, room, member)


def may_keep(actor: Account, room: Room, member: Membership | None) -> bool:
    """Change the room, let people in, ask people in. What is private is its hosts' and the operator's."""
    is_host = member is not None and member.is_active and member.is_host
    return is_host or actor.is_operator or (actor.keeps_rooms and room.access != Access.PRIVATE)


def may_enter(actor: Account, room: Room, member: Membership | None) -> bool:
    """Become a member at once: an open room, one that asked, or one that this person looks after."""
    if room.access == Access.OPEN or (member is not None and member.standing == Standing.INVITED):
        return True
    return actor.keeps_rooms and room.access == Access.REQUEST


def may_ask(actor: Account, room: Room, member: Membership | None) -> bool:
    """Ask to be let in."""
    return room.access == Access.REQUEST and member is None


def may_open_rooms(actor: Account) -> bool:
    """Make a new room."""
    return actor.keeps_rooms
