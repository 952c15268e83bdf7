"""Who may do what in a room: the whole table."""

import pytest

from recovery_net.accounts.models import Account, Role
from recovery_net.rooms import policy
from recovery_net.rooms.models import Access, Membership, Room, Standing

MEMBER, MODERATOR, OPERATOR = (Account(role=role) for role in (Role.MEMBER, Role.MODERATOR, Role.OPERATOR))
NOBODY = None
ACTIVE = Membership(standing=Standing.ACTIVE, is_host=False)
HOST = Membership(standing=Standing.ACTIVE, is_host=True)
ASKED = Membership(standing=Standing.REQUESTED, is_host=False)
INVITED = Membership(standing=Standing.INVITED, is_host=False)

# access, actor, membership: see, read, post, keep, enter, ask
TABLE = [
    (Access.OPEN, MEMBER, NOBODY, "see read post enter"),
    (Access.OPEN, MEMBER, ACTIVE, "see read post enter"),
    (Access.OPEN, MEMBER, HOST, "see read post keep enter"),
    (Access.OPEN, MODERATOR, NOBODY, "see read post keep enter"),
    (Access.REQUEST, MEMBER, NOBODY, "see ask"),
    (Access.REQUEST, MEMBER, ASKED, "see"),
    (Access.REQUEST, MEMBER, INVITED, "see enter"),
    (Access.REQUEST, MEMBER, ACTIVE, "see read post"),
    (Access.REQUEST, MEMBER, HOST, "see read post keep"),
    (Access.REQUEST, MODERATOR, NOBODY, "see keep enter ask"),
    (Access.PRIVATE, MEMBER, NOBODY, ""),
    (Access.PRIVATE, MEMBER, INVITED, "see enter"),
    (Access.PRIVATE, MEMBER, ACTIVE, "see read post"),
    (Access.PRIVATE, MEMBER, HOST, "see read post keep"),
    (Access.PRIVATE, MODERATOR, NOBODY, ""),
    (Access.PRIVATE, OPERATOR, NOBODY, "see keep"),
    (Access.PRIVATE, OPERATOR, INVITED, "see keep enter"),
]


@pytest.mark.parametrize(("access", "actor", "member", "allowed"), TABLE)
def test_truth_table(access: Access, actor: Account, member: Membership | None, allowed: str) -> None:
    room = Room(access=access)
    predicates = {
        "see": policy.may_see,
        "read": policy.may_read,
        "post": policy.may_post,
        "keep": policy.may_keep,
        "enter": policy.may_enter,
        "ask": policy.may_ask,
    }
    assert {name for name, may in predicates.items() if may(actor, room, member)} == set(allowed.split())
